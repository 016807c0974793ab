//! Where freed chunks wait: the tcache's lists by size, and the list of all others.

use crate::types::IntType;
use crate::vm::bus::Stop;

use super::super::Call;
use super::{
    Chunk, FLAGS, Field, HEADER, PREVIOUS_IN_USE, SMALLEST, corrupted, field, set_field, set_size,
    size_of,
};

/// The tcache keeps chunks up to this size, in lists 16 bytes apart, at most seven chunks each.
const LARGEST_CACHED: u64 = 0x410;
const FILL: i64 = 7;

/// Where the tcache keeps a size's count and first chunk; none for sizes that it does not keep.
fn cache_slots(call: &mut Call<'_, '_>, size: u64) -> Result<Option<(u64, u64)>, Stop> {
    let start = field(call, Field::Start)?;
    if size > LARGEST_CACHED || start == u64::MAX {
        return Ok(None);
    }
    let index = (size - SMALLEST) / 16;
    let tcache = Chunk(start).memory();
    Ok(Some((tcache + index * 2, tcache + 0x80 + index * 8)))
}

/// Links are stored mixed with their own address (glibc's safe-linking).
fn mangled(at: u64, link: u64) -> u64 {
    (at >> 12) ^ link
}

pub(super) fn take_cached(call: &mut Call<'_, '_>, size: u64) -> Result<Option<Chunk>, Stop> {
    let Some((count_at, first_at)) = cache_slots(call, size)? else {
        return Ok(None);
    };
    let count = call.load(count_at, IntType::UnsignedShort)?;
    if count == 0 {
        return Ok(None);
    }
    let memory = call.load_u64(first_at)?;
    let next = mangled(memory, call.load_u64(memory)?);
    call.store_u64(first_at, next)?;
    call.store(count_at, IntType::UnsignedShort, count - 1)?;
    call.store_u64(memory.wrapping_add(8), 0)?;
    Ok(Some(Chunk::at(memory)))
}

/// Puts a freed chunk into the tcache, if there is room.
pub(super) fn cache(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<bool, Stop> {
    let Some((count_at, first_at)) = cache_slots(call, size)? else {
        return Ok(false);
    };
    let memory = chunk.memory();
    let key = field(call, Field::Start)?.wrapping_add(HEADER);
    let count = call.load(count_at, IntType::UnsignedShort)?;
    let first = call.load_u64(first_at)?;
    if call.load_u64(memory.wrapping_add(8))? == key {
        let mut cached = first;
        for _ in 0..count {
            if cached == memory {
                return corrupted(call, "free(): double free detected in tcache 2");
            }
            cached = mangled(cached, call.load_u64(cached)?);
        }
    }
    if count >= FILL {
        return Ok(false);
    }
    call.store_u64(memory, mangled(memory, first))?;
    call.store_u64(memory.wrapping_add(8), key)?;
    call.store_u64(first_at, memory)?;
    call.store(count_at, IntType::UnsignedShort, count + 1)?;
    Ok(true)
}

/// The smallest free chunk that is large enough, cut to size.
pub(super) fn take_free(call: &mut Call<'_, '_>, size: u64) -> Result<Option<Chunk>, Stop> {
    let mut best: Option<(Chunk, u64)> = None;
    let mut next = field(call, Field::Free)?;
    while next != 0 {
        let chunk = Chunk(next);
        let found = size_of(call, chunk)? & !FLAGS;
        if found >= size && best.is_none_or(|(_, smallest)| found < smallest) {
            best = Some((chunk, found));
            if found == size {
                break;
            }
        }
        next = call.load_u64(chunk.memory())?;
    }
    let Some((chunk, found)) = best else {
        return Ok(None);
    };
    unlink(call, chunk)?;
    let flags = size_of(call, chunk)? & PREVIOUS_IN_USE;
    if found - size >= SMALLEST {
        set_size(call, chunk, size | flags)?;
        let rest = chunk.after(size);
        set_size(call, rest, (found - size) | PREVIOUS_IN_USE)?;
        link(call, rest, found - size)?;
    } else {
        let behind = chunk.after(found);
        let behind_size = size_of(call, behind)?;
        set_size(call, behind, behind_size | PREVIOUS_IN_USE)?;
    }
    Ok(Some(chunk))
}

/// Adds a chunk to the free ones; the chunk behind it learns that it is free.
pub(super) fn link(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    let first = field(call, Field::Free)?;
    call.store_u64(chunk.memory(), first)?;
    call.store_u64(chunk.memory() + 8, 0)?;
    if first != 0 {
        call.store_u64(Chunk(first).memory() + 8, chunk.0)?;
    }
    set_field(call, Field::Free, chunk.0)?;
    let behind = chunk.after(size);
    call.store_u64(behind.0, size)?;
    let behind_size = size_of(call, behind)?;
    set_size(call, behind, behind_size & !PREVIOUS_IN_USE)
}

pub(super) fn unlink(call: &mut Call<'_, '_>, chunk: Chunk) -> Result<(), Stop> {
    let next = call.load_u64(chunk.memory())?;
    let previous = call.load_u64(chunk.memory() + 8)?;
    match previous {
        0 => set_field(call, Field::Free, next)?,
        previous => call.store_u64(Chunk(previous).memory(), next)?,
    }
    if next != 0 {
        call.store_u64(Chunk(next).memory() + 8, previous)?;
    }
    Ok(())
}
