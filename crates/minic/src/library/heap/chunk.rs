//! The heap's structure in memory: chunks with their headers, and the heap's own numbers.

use crate::vm::bus::Stop;

use super::super::{Call, HEAP};

/// Bytes before the memory of a chunk.
pub(super) const HEADER: u64 = 16;
pub(super) const SMALLEST: u64 = 32;
/// A chunk's flags, in its size.
pub(super) const PREVIOUS_IN_USE: u64 = 1;
pub(super) const MAPPED: u64 = 2;
pub(super) const FLAGS: u64 = 15;

/// The heap's numbers in the library's data.
#[derive(Clone, Copy)]
pub(super) enum Field {
    /// Where the heap starts; 0 before the first call.
    Start = 0,
    Top = 8,
    /// The end of the top chunk.
    End = 16,
    /// From this size on a chunk is mapped on its own.
    Threshold = 24,
    /// What is left of the chunk that was split last for a small request.
    LastRemainder = 32,
    /// Whether fast bins may hold chunks.
    HasFast = 40,
    /// Bytes that came from the break (`system_mem`).
    System = 48,
}

/// A piece of memory with its header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk(pub(super) u64);

impl Chunk {
    pub(super) fn memory(self) -> u64 {
        self.0.wrapping_add(HEADER)
    }

    pub(super) fn at(memory: u64) -> Chunk {
        Chunk(memory.wrapping_sub(HEADER))
    }

    pub(super) fn after(self, size: u64) -> Chunk {
        Chunk(self.0.wrapping_add(size))
    }

    /// The size word with its flags.
    pub(super) fn word(self, call: &mut Call<'_, '_>) -> Result<u64, Stop> {
        call.load_u64(self.0.wrapping_add(8))
    }

    pub(super) fn set_word(self, call: &mut Call<'_, '_>, word: u64) -> Result<(), Stop> {
        call.store_u64(self.0.wrapping_add(8), word)
    }

    /// Its size, without flags.
    pub(super) fn size(self, call: &mut Call<'_, '_>) -> Result<u64, Stop> {
        Ok(self.word(call)? & !FLAGS)
    }

    /// Sets its size; its flags stay.
    pub(super) fn set_size(self, call: &mut Call<'_, '_>, size: u64) -> Result<(), Stop> {
        let flags = self.word(call)? & FLAGS;
        self.set_word(call, size | flags)
    }

    /// Says in a chunk whether the one before it is in use.
    pub(super) fn set_previous_in_use(
        self,
        call: &mut Call<'_, '_>,
        in_use: bool,
    ) -> Result<(), Stop> {
        let word = self.word(call)? & !PREVIOUS_IN_USE;
        self.set_word(call, word | u64::from(in_use))
    }

    /// The size of the chunk before it, where that one is free; of a mapping, what lies before the chunk.
    pub(super) fn previous_size(self, call: &mut Call<'_, '_>) -> Result<u64, Stop> {
        call.load_u64(self.0)
    }

    pub(super) fn set_previous_size(self, call: &mut Call<'_, '_>, size: u64) -> Result<(), Stop> {
        call.store_u64(self.0, size)
    }

    /// Whether a chunk of this size is in use: the next one knows.
    pub(super) fn is_in_use(self, call: &mut Call<'_, '_>, size: u64) -> Result<bool, Stop> {
        Ok(self.after(size).word(call)? & PREVIOUS_IN_USE != 0)
    }

    /// A free chunk's link to the next of its list.
    pub(super) fn forward(self, call: &mut Call<'_, '_>) -> Result<Chunk, Stop> {
        call.load_u64(self.memory()).map(Chunk)
    }

    pub(super) fn backward(self, call: &mut Call<'_, '_>) -> Result<Chunk, Stop> {
        call.load_u64(self.memory().wrapping_add(8)).map(Chunk)
    }

    pub(super) fn set_forward(self, call: &mut Call<'_, '_>, next: Chunk) -> Result<(), Stop> {
        call.store_u64(self.memory(), next.0)
    }

    pub(super) fn set_backward(self, call: &mut Call<'_, '_>, next: Chunk) -> Result<(), Stop> {
        call.store_u64(self.memory().wrapping_add(8), next.0)
    }
}

pub(super) fn field(call: &mut Call<'_, '_>, field: Field) -> Result<u64, Stop> {
    call.load_u64(call.own(HEAP + field as u64))
}

pub(super) fn set_field(call: &mut Call<'_, '_>, field: Field, value: u64) -> Result<(), Stop> {
    call.store_u64(call.own(HEAP + field as u64), value)
}

/// The size of a chunk that holds so many bytes; none beyond PTRDIFF_MAX.
pub(super) fn chunk_size(bytes: u64) -> Option<u64> {
    if bytes > i64::MAX as u64 {
        return None;
    }
    let size = bytes.checked_add(8 + 15)? & !15;
    Some(size.max(SMALLEST))
}

/// Links are stored mixed with their own address (glibc's safe-linking).
pub(super) fn mangled(at: u64, link: u64) -> u64 {
    (at >> 12) ^ link
}
