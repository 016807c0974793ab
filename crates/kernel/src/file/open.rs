//! open(2) (fs/open.c, fs/namei.c).

use std::rc::Rc;

use abi::{Errno, OpenFlags, Path, Pid};

use crate::addr::InodeId;
use crate::event::Event;
use crate::file::directory::parent;
use crate::file::inode::{Inode, InodeKind, Tmpfs};
use crate::file::lookup::{Found, NO_SUCH_FILE};
use crate::file::open_file::OpenFile;
use crate::file::seals::F_SEAL_SEAL;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// The process's umask.
const UMASK: u32 = 0o022;
/// What open(2) does not do, and refuses.
const MAKES_DIRECTORY: OpenFlags = OpenFlags::O_CREAT.union(OpenFlags::O_DIRECTORY);
/// What F_GETFL does not give: open's flags that only count while it opens.
const CREATION_FLAGS: u32 = 0o100 | 0o200 | 0o400 | 0o1000 | 0o2000000;

impl Kernel {
    /// open(2)
    pub(crate) fn sys_open(
        &mut self,
        pid: Pid,
        path: &Path,
        flags: OpenFlags,
        mode: u32,
    ) -> Result<u64, Failure> {
        let flags = effective_flags(flags);
        let temporary = flags.contains(OpenFlags::O_TMPFILE);
        let creates_directory = flags & MAKES_DIRECTORY == MAKES_DIRECTORY;
        if temporary && !flags.writable() || creates_directory {
            return Err(Failure::new(Errno::EINVAL, Reason::BadFlags));
        }
        let found = self.look_up(pid, path)?;
        let fd = self.free_descriptor(pid, 0)?;
        let inode = match temporary {
            true => self.create_unnamed(&found, mode)?,
            false => self.open_or_create(&found, flags, mode)?,
        };
        // A file that is new is not cut.
        let truncates = flags.contains(OpenFlags::O_TRUNC) && found.inode.is_some();
        if truncates && self.files.inode(inode).is_regular() {
            self.resize(inode, 0)?;
            self.set_modified(inode);
        }
        let large = match flags.contains(OpenFlags::O_PATH) {
            true => OpenFlags::empty(),
            false => OpenFlags::O_LARGEFILE,
        };
        let kept = OpenFlags::from_bits_retain(flags.bits() & !CREATION_FLAGS) | large;
        let path = match temporary {
            true => format!("{}/#{}", found.path, inode.0),
            false => found.path,
        };
        let file = OpenFile::new(inode, kept, Rc::from(path));
        let file = self.files.add_open_file(file);
        let close_on_exec = flags.contains(OpenFlags::O_CLOEXEC);
        Ok(self.install(pid, fd, file, close_on_exec))
    }

    fn open_or_create(
        &mut self,
        found: &Found,
        flags: OpenFlags,
        mode: u32,
    ) -> Result<InodeId, Failure> {
        if let Some(proc) = found.proc {
            return match flags.writable() {
                true => Err(Failure::new(Errno::EACCES, Reason::NotPermitted)),
                false => Ok(self
                    .files
                    .add_inode(Inode::new(InodeKind::Proc(proc), 0o444))),
            };
        }
        let create = flags.contains(OpenFlags::O_CREAT);
        let Some(inode) = found.inode else {
            return match create {
                true => self.create(&found.path, mode),
                false => Err(NO_SUCH_FILE),
            };
        };
        if create && flags.contains(OpenFlags::O_EXCL) {
            return Err(Failure::new(Errno::EEXIST, Reason::FileExists));
        }
        let is_directory = self.files.inode(inode).kind == InodeKind::Directory;
        if is_directory && (flags.writable() || create) {
            return Err(Failure::new(Errno::EISDIR, Reason::WrongKind));
        }
        if flags.contains(OpenFlags::O_DIRECTORY) && !is_directory {
            return Err(Failure::new(Errno::ENOTDIR, Reason::WrongKind));
        }
        Ok(inode)
    }

    /// A new, empty file under an absolute path, whose directory exists.
    fn create(&mut self, path: &str, mode: u32) -> Result<InodeId, Failure> {
        if parent(path).starts_with("/proc") {
            return Err(NO_SUCH_FILE);
        }
        let kind = kind_within(parent(path));
        let inode = self.files.add_named(path, kind, mode & 0o7777 & !UMASK);
        self.set_modified(inode);
        self.emit(|| Event::FileCreated { inode });
        Ok(inode)
    }

    /// O_TMPFILE: a file without a name, which maps call `#` and its number (`d_mark_tmpfile`).
    fn create_unnamed(&mut self, found: &Found, mode: u32) -> Result<InodeId, Failure> {
        if found.inode.is_none() {
            return Err(NO_SUCH_FILE);
        }
        if !self.directory_named(&found.path) {
            return Err(Failure::new(Errno::ENOTDIR, Reason::WrongKind));
        }
        let inode = Inode::new(kind_within(&found.path), mode & 0o7777 & !UMASK);
        let inode = self.files.add_inode(inode);
        self.emit(|| Event::FileCreated { inode });
        Ok(inode)
    }
}

/// What a new file in this directory is: under /dev/shm it has no disk.
fn kind_within(directory: &str) -> InodeKind {
    match directory.starts_with("/dev") {
        true => InodeKind::Tmpfs(Tmpfs { seals: F_SEAL_SEAL }),
        false => InodeKind::Disk(Default::default()),
    }
}

/// O_PATH leaves but a few flags (`build_open_flags`).
fn effective_flags(flags: OpenFlags) -> OpenFlags {
    let with_path =
        OpenFlags::O_PATH | OpenFlags::O_DIRECTORY | OpenFlags::O_NOFOLLOW | OpenFlags::O_CLOEXEC;
    match flags.contains(OpenFlags::O_PATH) {
        true => flags & with_path,
        false => flags,
    }
}
