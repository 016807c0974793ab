//! Pipes (fs/pipe.c): 65536 bytes between a write end and a read end.

use std::collections::VecDeque;

/// What a pipe holds at most, in bytes.
pub const PIPE_CAPACITY: u64 = 65536;
/// A write of at most so many bytes happens whole or not at all (PIPE_BUF).
pub const PIPE_ATOMIC: u64 = 4096;

/// A pipe's bytes and its ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pipe {
    /// Written and not yet read.
    pub bytes: VecDeque<u8>,
    /// Open descriptions that can read.
    pub readers: u32,
    /// Open descriptions that can write.
    pub writers: u32,
}

impl Pipe {
    /// How many bytes can be written now.
    pub fn room(&self) -> u64 {
        PIPE_CAPACITY.saturating_sub(self.bytes.len() as u64)
    }
}
