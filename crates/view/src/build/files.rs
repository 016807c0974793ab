//! Files: the page cache, with the disk's bytes beside.

use abi::Pid;
use kernel::Kernel;
use kernel::addr::InodeId;

/// A file's name.
pub fn file_name(_kernel: &Kernel, inode: InodeId) -> String {
    format!("inode {}", inode.0)
}

/// The name of the file that a process has open under a descriptor.
pub fn descriptor_name(_kernel: &Kernel, _pid: Pid, _fd: i32) -> Option<String> {
    None
}
