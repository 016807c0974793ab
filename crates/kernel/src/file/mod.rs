//! Files: inodes, open files, descriptors, the disk, and one file for each group of calls.

pub mod block_device;
pub mod directory;
pub mod fd_table;
pub mod file_system;
pub mod inode;
pub(crate) mod invariants;
pub mod open_file;
pub mod pipe;
pub mod seals;

mod add;
mod calls;
mod close;
pub(crate) mod descriptor;
mod fallocate;
mod fcntl;
mod fsync;
pub(crate) mod lookup;
mod memfd;
mod open;
mod pipe_io;
mod proc;
pub(crate) mod read;
mod seek;
pub mod stat;
pub(crate) mod transfer;
mod truncate;
mod unlink;
pub(crate) mod write;

pub use block_device::BlockDevice;
pub use fd_table::{Descriptor, FdTable};
pub use file_system::{CacheCounts, FileSystem};
pub use inode::{Inode, InodeKind, ProcText};
pub use open_file::OpenFile;
pub(crate) use transfer::{BAD_BUFFER, INVALID};

#[cfg(test)]
mod tests;
