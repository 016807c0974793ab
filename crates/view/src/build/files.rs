//! Files: the page cache, with the disk's bytes beside.

use kernel::addr::InodeId;

use super::Builder;

impl Builder<'_> {
    /// A file's name.
    pub fn file_name(&self, inode: InodeId) -> String {
        format!("inode {}", inode.0)
    }
}
