//! unlink(2).

use abi::{Errno, Path, Pid};

use crate::addr::InodeId;
use crate::file::inode::InodeKind;
use crate::file::lookup::NO_SUCH_FILE;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

impl Kernel {
    /// unlink(2)
    pub(crate) fn sys_unlink(&mut self, pid: Pid, path: &Path) -> Result<u64, Failure> {
        let found = self.look_up(pid, path)?;
        if found.proc.is_some() {
            return Err(Failure::new(Errno::EPERM, Reason::NotPermitted));
        }
        let inode = found.inode.ok_or(NO_SUCH_FILE)?;
        if self.files.inode(inode).kind == InodeKind::Directory {
            return Err(Failure::new(Errno::EISDIR, Reason::WrongKind));
        }
        self.files.directory.remove(&found.path);
        self.drop_name(inode);
        Ok(0)
    }

    /// A name of the inode is gone.
    pub(crate) fn drop_name(&mut self, id: InodeId) {
        let inode = self.files.inode_mut(id);
        inode.links = inode.links.saturating_sub(1);
        self.remove_inode_if_unused(id);
    }
}
