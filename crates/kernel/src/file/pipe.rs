//! Pipes (fs/pipe.c): at most 16 pages of bytes between a write end and a read end.

use std::collections::VecDeque;

use crate::addr::PAGE_SIZE;

/// How many buffers a pipe has (`PIPE_DEF_BUFFERS`).
const PIPE_BUFFERS: usize = 16;
/// What a pipe holds at most, in bytes.
pub const PIPE_CAPACITY: u64 = PIPE_BUFFERS as u64 * PAGE_SIZE;

/// A pipe's bytes and its ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pipe {
    /// What was written and not yet read, the oldest first.
    pub buffers: VecDeque<PipeBuffer>,
    /// Open descriptions that can read.
    pub readers: u32,
    /// Open descriptions that can write.
    pub writers: u32,
}

/// A page of a pipe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PipeBuffer {
    /// All that was written to the page.
    pub bytes: Vec<u8>,
    /// How many of them were read.
    pub read: usize,
}

impl PipeBuffer {
    /// The bytes that were not yet read.
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or(&[])
    }
}

impl Pipe {
    /// Whether there is no buffer for another write.
    pub fn is_full(&self) -> bool {
        self.buffers.len() >= PIPE_BUFFERS
    }

    /// The newest buffer, if there is room for so many bytes more in it.
    pub fn last_with_room(&mut self, bytes: u64) -> Option<&mut PipeBuffer> {
        let last = self.buffers.back_mut();
        last.filter(|last| last.bytes.len() as u64 + bytes <= PAGE_SIZE)
    }

    /// So many bytes of the oldest buffer were read.
    pub fn consume(&mut self, bytes: usize) {
        if let Some(first) = self.buffers.front_mut() {
            first.read += bytes;
            if first.unread().is_empty() {
                self.buffers.pop_front();
            }
        }
    }
}
