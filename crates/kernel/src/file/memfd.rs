//! memfd_create(2), and the nameless tmpfs files behind shared anonymous memory (mm/memfd.c, mm/shmem.c).

use std::rc::Rc;

use abi::{Errno, MemfdFlags, OpenFlags, Path, Pid};

use crate::addr::OpenFileId;
use crate::event::Event;
use crate::file::inode::{Inode, InodeKind, Tmpfs};
use crate::file::open_file::OpenFile;
use crate::file::seals::{F_SEAL_EXEC, F_SEAL_SEAL};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// The longest name of a memfd, without its terminating NUL.
const MFD_NAME_MAX: usize = 249;

impl Kernel {
    /// memfd_create(2)
    pub(crate) fn sys_memfd_create(
        &mut self,
        pid: Pid,
        name: &Path,
        flags: MemfdFlags,
    ) -> Result<u64, Failure> {
        let known = MemfdFlags::MFD_CLOEXEC
            | MemfdFlags::MFD_ALLOW_SEALING
            | MemfdFlags::MFD_NOEXEC_SEAL
            | MemfdFlags::MFD_EXEC;
        let both = MemfdFlags::MFD_EXEC | MemfdFlags::MFD_NOEXEC_SEAL;
        if flags.contains(MemfdFlags::MFD_HUGETLB) {
            // As on a machine without huge pages set aside.
            return Err(Failure::new(Errno::ENOSYS, Reason::NotModelled));
        }
        if flags.bits() & !known.bits() != 0 || flags.contains(both) {
            return Err(Failure::new(Errno::EINVAL, Reason::BadFlags));
        }
        let name = self.path_text(pid, name)?;
        if name.len() > MFD_NAME_MAX {
            return Err(Failure::new(Errno::EINVAL, Reason::BadArgument));
        }
        let fd = self.free_descriptor(pid, 0)?;
        let no_exec = flags.contains(MemfdFlags::MFD_NOEXEC_SEAL);
        let seals = match (no_exec, flags.contains(MemfdFlags::MFD_ALLOW_SEALING)) {
            (true, _) => F_SEAL_EXEC,
            (false, true) => 0,
            (false, false) => F_SEAL_SEAL,
        };
        let permissions = if no_exec { 0o666 } else { 0o777 };
        let path = format!("/memfd:{name}");
        let file = self.new_tmpfs_file(&path, seals, permissions, 0);
        let close_on_exec = flags.contains(MemfdFlags::MFD_CLOEXEC);
        Ok(self.install(pid, fd, file, close_on_exec))
    }

    /// The file behind `length` bytes of shared anonymous memory, with one reference.
    pub(crate) fn new_shared_anonymous(&mut self, length: u64) -> OpenFileId {
        self.new_tmpfs_file("/dev/zero", F_SEAL_SEAL, 0o777, length)
    }

    fn new_tmpfs_file(
        &mut self,
        path: &str,
        seals: u32,
        permissions: u32,
        size: u64,
    ) -> OpenFileId {
        let mut inode = Inode::new(InodeKind::Tmpfs(Tmpfs { seals }), permissions);
        inode.size = size;
        inode.modified = self.clock;
        let inode = self.files.add_inode(inode);
        self.emit(|| Event::FileCreated { inode });
        let flags = OpenFlags::O_RDWR | OpenFlags::O_LARGEFILE;
        self.files
            .add_open_file(OpenFile::new(inode, flags, Rc::from(path)))
    }
}
