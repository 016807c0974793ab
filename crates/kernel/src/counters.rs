//! What the machine has done since it was started.

/// Totals over all processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// System calls made.
    pub syscalls: u64,
    /// Bytes that the kernel copied from or to user memory for read, write and their like.
    pub bytes_copied: u64,
    /// Blocks read from the disk, 4096 bytes each.
    pub blocks_read: u64,
    /// Blocks written to the disk.
    pub blocks_written: u64,
}
