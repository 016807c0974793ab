//! Open file descriptions (`struct file`): what open(2) makes and dup(2) and fork(2) share.

use std::rc::Rc;

use abi::OpenFlags;

use crate::addr::InodeId;
use crate::cache::readahead::Readahead;

/// An open file: one offset, shared by all descriptors that refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpenFile {
    /// The file.
    pub inode: InodeId,
    /// Access mode and status flags, as F_GETFL gives them.
    pub flags: OpenFlags,
    /// Where the next read or write happens, in bytes.
    pub offset: u64,
    /// The absolute path under which it was opened, as /proc/PID/maps shows it.
    pub path: Rc<str>,
    /// How many descriptors and VMAs refer to it.
    pub references: u32,
    /// What reading has shown of the access pattern.
    pub readahead: Readahead,
    /// For the terminal: the descriptor that it was opened as, 0 to 2.
    pub stream: i32,
}

impl OpenFile {
    /// A new description at offset 0, with one reference.
    pub fn new(inode: InodeId, flags: OpenFlags, path: Rc<str>) -> OpenFile {
        OpenFile {
            inode,
            flags,
            offset: 0,
            path,
            references: 1,
            readahead: Readahead::default(),
            stream: 1,
        }
    }
}
