//! The main arena: how a chunk is found, and given back (glibc's `_int_malloc` and `_int_free`).

use abi::Errno;

use crate::vm::bus::Stop;

use super::super::Call;
use super::bins::{
    LARGEST_FAST, bin, consolidate, fitting, index_of, is_small, larger, last, merge, put_fast,
    put_unsorted, sort_in, take_fast, unlink, unsorted,
};
use super::cache::{List, cache};
use super::chunk::{Chunk, FLAGS, Field, PREVIOUS_IN_USE, SMALLEST, field, set_field};
use super::top::{carve, grow, trim};
use super::{corrupted, map_chunk, threshold};

/// A freed chunk of this size makes the heap tidy up: merge the fast ones, and look whether it can shrink.
const TIDY_SIZE: u64 = 64 << 10;
/// How many unsorted chunks a call sorts at most.
const MOST_SORTED: u32 = 10_000;

/// What came of looking through the unsorted chunks.
enum Sorted {
    Found(Chunk),
    /// Chunks that fit went to the tcache.
    Cached,
    Nothing,
}

/// A chunk of this size that is in use from now on; none, with errno set, when there is no memory.
/// The tcache is filled on the way, but not asked.
pub(super) fn take(call: &mut Call<'_, '_>, size: u64) -> Result<Option<Chunk>, Stop> {
    let cached = List::of(call, size)?;
    if let Some(chunk) = take_exact(call, size, cached)? {
        return Ok(Some(chunk));
    }
    if !is_small(size) && field(call, Field::HasFast)? != 0 {
        consolidate(call)?;
    }
    loop {
        match sort(call, size, cached)? {
            Sorted::Found(chunk) => return Ok(Some(chunk)),
            Sorted::Cached => {
                if let Some(list) = cached {
                    return list.take(call);
                }
            }
            Sorted::Nothing => {}
        }
        let own = if is_small(size) {
            None
        } else {
            fitting(call, size)?
        };
        let found = match own {
            Some(chunk) => Some(chunk),
            None => larger(call, index_of(size) + 1)?,
        };
        if let Some(chunk) = found {
            unlink(call, chunk)?;
            split(call, chunk, size, own.is_none())?;
            return Ok(Some(chunk));
        }
        let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
        if top != 0 && Chunk(top).size(call)? > field(call, Field::System)? {
            return corrupted(call, "malloc(): corrupted top size");
        }
        if end.wrapping_sub(top) >= size.saturating_add(SMALLEST) {
            return carve(call, size).map(Some);
        }
        if field(call, Field::HasFast)? == 0 {
            return take_new(call, size);
        }
        consolidate(call)?;
    }
}

/// A chunk of exactly this size from a fast bin or a small one; more of them go to the tcache.
fn take_exact(
    call: &mut Call<'_, '_>,
    size: u64,
    cached: Option<List>,
) -> Result<Option<Chunk>, Stop> {
    if size <= LARGEST_FAST
        && let Some(chunk) = take_fast(call, size)?
    {
        while let Some(list) = cached
            && list.has_room(call)?
            && let Some(more) = take_fast(call, size)?
        {
            list.put(call, more)?;
        }
        return Ok(Some(chunk));
    }
    if !is_small(size) {
        return Ok(None);
    }
    let bin = bin(call, index_of(size));
    let Some(chunk) = last(call, bin)? else {
        return Ok(None);
    };
    use_whole(call, chunk, size)?;
    while let Some(list) = cached
        && list.has_room(call)?
        && let Some(more) = last(call, bin)?
    {
        use_whole(call, more, size)?;
        list.put(call, more)?;
    }
    Ok(Some(chunk))
}

/// Takes a free chunk out of its bin, for use.
fn use_whole(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    unlink(call, chunk)?;
    chunk.after(size).set_previous_in_use(call, true)
}

/// Looks through the unsorted chunks, the oldest first: one that fits exactly is taken, others are sorted in.
fn sort(call: &mut Call<'_, '_>, size: u64, cached: Option<List>) -> Result<Sorted, Stop> {
    let unsorted = unsorted(call);
    let mut was_cached = false;
    for _ in 0..MOST_SORTED {
        let Some(chunk) = last(call, unsorted)? else {
            break;
        };
        let found = checked_unsorted(call, chunk)?;
        let is_alone = chunk.backward(call)? == unsorted;
        if is_small(size)
            && is_alone
            && chunk.0 == field(call, Field::LastRemainder)?
            && found > size + SMALLEST
        {
            unlink(call, chunk)?;
            split(call, chunk, size, true)?;
            return Ok(Sorted::Found(chunk));
        }
        if found != size {
            unlink(call, chunk)?;
            sort_in(call, chunk, found)?;
            continue;
        }
        use_whole(call, chunk, size)?;
        match cached {
            Some(list) if list.has_room(call)? => list.put(call, chunk)?,
            _ => return Ok(Sorted::Found(chunk)),
        }
        was_cached = true;
    }
    Ok(if was_cached {
        Sorted::Cached
    } else {
        Sorted::Nothing
    })
}

/// The size of an unsorted chunk, if its header and the next one's are whole.
fn checked_unsorted(call: &mut Call<'_, '_>, chunk: Chunk) -> Result<u64, Stop> {
    let system = field(call, Field::System)?;
    let size = chunk.size(call)?;
    if size <= 16 || size > system {
        return corrupted(call, "malloc(): invalid size (unsorted)");
    }
    let next = chunk.after(size);
    let next_word = next.word(call)?;
    if next_word < 16 || next_word > system {
        return corrupted(call, "malloc(): invalid next size (unsorted)");
    }
    if next.previous_size(call)? != size {
        return corrupted(call, "malloc(): mismatching next->prev_size (unsorted)");
    }
    if next_word & PREVIOUS_IN_USE != 0 {
        return corrupted(call, "malloc(): invalid next->prev_inuse (unsorted)");
    }
    Ok(size)
}

/// Cuts a free chunk, which is in no list, to size; the rest is unsorted.
fn split(
    call: &mut Call<'_, '_>,
    chunk: Chunk,
    size: u64,
    is_remembered: bool,
) -> Result<(), Stop> {
    let found = chunk.size(call)?;
    let rest_size = found.wrapping_sub(size);
    if rest_size < SMALLEST {
        return chunk.after(found).set_previous_in_use(call, true);
    }
    let rest = chunk.after(size);
    put_unsorted(call, rest)?;
    if is_remembered && is_small(size) {
        set_field(call, Field::LastRemainder, rest.0)?;
    }
    chunk.set_size(call, size)?;
    rest.set_word(call, rest_size | PREVIOUS_IN_USE)?;
    rest.after(rest_size).set_previous_size(call, rest_size)
}

/// Memory from the kernel: a mapping for a large chunk, otherwise a larger top (`sysmalloc`).
fn take_new(call: &mut Call<'_, '_>, size: u64) -> Result<Option<Chunk>, Stop> {
    if size >= threshold(call)?
        && let Some(chunk) = map_chunk(call, size)?
    {
        return Ok(Some(chunk));
    }
    if grow(call, size)? {
        return carve(call, size).map(Some);
    }
    call.fail(Errno::ENOMEM);
    Ok(None)
}

/// Keeps a chunk of the break for later.
pub(super) fn give_back(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    if cache(call, chunk, size)? {
        return Ok(());
    }
    if size <= LARGEST_FAST {
        return put_fast(call, chunk, size);
    }
    let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
    let next = chunk.after(size);
    if chunk.0 == top {
        return corrupted(call, "double free or corruption (top)");
    }
    if next.0 >= end {
        return corrupted(call, "double free or corruption (out)");
    }
    let next_word = next.word(call)?;
    if next_word & PREVIOUS_IN_USE == 0 {
        return corrupted(call, "double free or corruption (!prev)");
    }
    if next_word <= 16 || next_word & !FLAGS >= field(call, Field::System)? {
        return corrupted(call, "free(): invalid next size (normal)");
    }
    let merged = merge(call, chunk, size)?;
    if merged >= TIDY_SIZE {
        if field(call, Field::HasFast)? != 0 {
            consolidate(call)?;
        }
        trim(call)?;
    }
    Ok(())
}
