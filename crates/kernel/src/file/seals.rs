//! Seals of a memfd (fcntl(2), F_ADD_SEALS; mm/memfd.c).

use abi::Errno;

use crate::file::inode::Inode;
use crate::outcome::{Failure, Reason};

/// No more seals can be added.
pub const F_SEAL_SEAL: u32 = 1;
/// The file cannot shrink.
pub const F_SEAL_SHRINK: u32 = 2;
/// The file cannot grow.
pub const F_SEAL_GROW: u32 = 4;
/// The file cannot be written to.
pub const F_SEAL_WRITE: u32 = 8;
/// The file cannot be written to but through mappings that there are.
pub const F_SEAL_FUTURE_WRITE: u32 = 0x10;
/// The execute permission is fixed.
pub const F_SEAL_EXEC: u32 = 0x20;
/// Every seal.
pub const ALL_SEALS: u32 = 0x3f;

/// A seal forbids it.
pub(crate) const SEALED: Failure = Failure::new(Errno::EPERM, Reason::NotPermitted);

/// Whether the file may get this size.
pub(crate) fn check_resize(inode: &Inode, new: u64) -> Result<(), Failure> {
    let seals = inode.seals();
    let shrinks = new < inode.size && seals & F_SEAL_SHRINK != 0;
    let grows = new > inode.size && seals & F_SEAL_GROW != 0;
    match shrinks || grows {
        true => Err(SEALED),
        false => Ok(()),
    }
}

/// Whether bytes of the file may change.
pub(crate) fn check_write(inode: &Inode) -> Result<(), Failure> {
    match inode.seals() & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) != 0 {
        true => Err(SEALED),
        false => Ok(()),
    }
}
