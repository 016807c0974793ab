//! From a path argument to an inode (fs/namei.c).

use abi::{Errno, Path, Pid};

use crate::addr::InodeId;
use crate::file::directory::{PATH_MAX, absolute, parent};
use crate::file::inode::{InodeKind, ProcFile, ProcText};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// There is no such file or directory.
pub(crate) const NO_SUCH_FILE: Failure = Failure::new(Errno::ENOENT, Reason::NoSuchFile);

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The absolute path.
    pub path: String,
    /// What has that name, if anything.
    pub inode: Option<InodeId>,
    /// The text, where it is one of /proc.
    pub proc: Option<ProcFile>,
}

impl Kernel {
    /// The text of a path argument.
    pub(crate) fn path_text(&mut self, pid: Pid, path: &Path) -> Result<String, Failure> {
        let text = match path {
            Path::At(address) => self.read_user_string(pid, *address, PATH_MAX)?,
            Path::Text(text) => text.to_string(),
        };
        match text.len() as u64 >= PATH_MAX {
            true => Err(Failure::new(Errno::ENAMETOOLONG, Reason::BadArgument)),
            false => Ok(text),
        }
    }

    /// Follows a path. The directory that it lies in exists, or it fails; the file itself may not.
    pub(crate) fn look_up(&mut self, pid: Pid, path: &Path) -> Result<Found, Failure> {
        let text = self.path_text(pid, path)?;
        let path = absolute(&text)?;
        if let Some(proc) = self.proc_file(pid, &path) {
            let inode = None;
            let proc = Some(proc);
            return Ok(Found { path, inode, proc });
        }
        let mut above = parent(&path);
        if self.files.directory.get(above).is_none() {
            // Whether a file or nothing is in the way decides the error.
            while above != "/" && self.files.directory.get(above).is_none() {
                above = parent(above);
            }
            return Err(match self.directory_named(above) {
                true => NO_SUCH_FILE,
                false => Failure::new(Errno::ENOTDIR, Reason::WrongKind),
            });
        }
        if !self.directory_named(above) {
            return Err(Failure::new(Errno::ENOTDIR, Reason::WrongKind));
        }
        let inode = self.files.directory.get(&path);
        if inode.is_some() && text.ends_with('/') && !self.directory_named(&path) {
            return Err(Failure::new(Errno::ENOTDIR, Reason::WrongKind));
        }
        let proc = None;
        Ok(Found { path, inode, proc })
    }

    /// Whether the path names a directory.
    pub(crate) fn directory_named(&self, path: &str) -> bool {
        let inode = self.files.directory.get(path);
        inode.is_some_and(|inode| self.files.inode(inode).kind == InodeKind::Directory)
    }

    /// The text under /proc that a path names: of `self`, or of a process by its number.
    fn proc_file(&self, caller: Pid, path: &str) -> Option<ProcFile> {
        let (process, name) = path.strip_prefix("/proc/")?.split_once('/')?;
        let pid = match process {
            "self" | "thread-self" => caller,
            number => Pid(number.parse().ok()?),
        };
        let text = match name {
            "maps" => ProcText::Maps,
            "smaps" => ProcText::Smaps,
            "status" => ProcText::Status,
            "statm" => ProcText::Statm,
            "pagemap" => ProcText::Pagemap,
            _ => return None,
        };
        self.tasks.get(pid).map(|_| ProcFile { pid, text })
    }
}
