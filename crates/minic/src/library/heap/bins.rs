//! The bins: where freed chunks wait that are not in the tcache.
//!
//! Fast bins keep small chunks as they are, the last freed first. All others go to the unsorted bin, and from there,
//! when malloc passes them by, to the bin of their size: one for each small size, the oldest first out; large ones
//! by ranges of sizes, the smallest that fits first out.

use crate::vm::bus::Stop;

use super::super::{BINS, Call, FAST_BINS};
use super::chunk::{Chunk, Field, PREVIOUS_IN_USE, field, mangled, set_field};
use super::corrupted;

/// Chunks up to this size go to the fast bins.
pub(super) const LARGEST_FAST: u64 = 128;
/// From this size on a bin is for a range of sizes.
const SMALLEST_LARGE: u64 = 1024;
/// Bin 1 is the unsorted one; bin n + 1 follows bin n.
const UNSORTED: u64 = 1;
const LAST: u64 = 126;

pub(super) fn is_small(size: u64) -> bool {
    size < SMALLEST_LARGE
}

/// The bin for chunks of a size.
pub(super) fn index_of(size: u64) -> u64 {
    let ranges = [
        (6, 48, 48),
        (9, 20, 91),
        (12, 10, 110),
        (15, 4, 119),
        (18, 2, 124),
    ];
    if is_small(size) {
        return size >> 4;
    }
    let range = ranges
        .iter()
        .find(|&&(shift, most, _)| size >> shift <= most);
    range.map_or(LAST, |&(shift, _, first)| first + (size >> shift))
}

/// A bin is the head of a ring of chunks, and looks like a chunk itself.
pub(super) fn bin(call: &Call<'_, '_>, index: u64) -> Chunk {
    Chunk::at(call.own(BINS + (index - 1) * 16))
}

pub(super) fn unsorted(call: &Call<'_, '_>) -> Chunk {
    bin(call, UNSORTED)
}

/// The chunk of a bin that was put in first; none of an empty one.
pub(super) fn last(call: &mut Call<'_, '_>, bin: Chunk) -> Result<Option<Chunk>, Stop> {
    let last = bin.backward(call)?;
    Ok((last.0 != 0 && last != bin).then_some(last))
}

/// Puts a chunk into a ring, behind `before`.
fn insert(call: &mut Call<'_, '_>, chunk: Chunk, before: Chunk) -> Result<(), Stop> {
    let mut next = before.forward(call)?;
    if next.0 == 0 {
        // A bin that was never used.
        next = before;
    }
    chunk.set_forward(call, next)?;
    chunk.set_backward(call, before)?;
    before.set_forward(call, chunk)?;
    next.set_backward(call, chunk)
}

/// Makes a chunk the first of the unsorted bin.
pub(super) fn put_unsorted(call: &mut Call<'_, '_>, chunk: Chunk) -> Result<(), Stop> {
    let bin = unsorted(call);
    let first = bin.forward(call)?;
    if first.0 != 0 && first.backward(call)? != bin {
        return corrupted(call, "free(): corrupted unsorted chunks");
    }
    insert(call, chunk, bin)
}

/// Takes a chunk out of its ring.
pub(super) fn unlink(call: &mut Call<'_, '_>, chunk: Chunk) -> Result<(), Stop> {
    let (next, before) = (chunk.forward(call)?, chunk.backward(call)?);
    if next.backward(call)? != chunk || before.forward(call)? != chunk {
        return corrupted(call, "corrupted double-linked list");
    }
    before.set_forward(call, next)?;
    next.set_backward(call, before)
}

/// Sorts a free chunk into the bin of its size.
pub(super) fn sort_in(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    let head = bin(call, index_of(size));
    let mut before = head;
    if !is_small(size) {
        // The largest come first; of equal ones the newcomer is the second.
        let mut next = head.forward(call)?;
        while next.0 != 0 && next != head {
            let next_size = next.size(call)?;
            if next_size < size {
                break;
            }
            before = next;
            if next_size == size {
                break;
            }
            next = next.forward(call)?;
        }
    }
    insert(call, chunk, before)
}

/// The smallest chunk of a large size's own bin that holds it; of equal ones the second.
pub(super) fn fitting(call: &mut Call<'_, '_>, size: u64) -> Result<Option<Chunk>, Stop> {
    let head = bin(call, index_of(size));
    let Some(mut chunk) = last(call, head)? else {
        return Ok(None);
    };
    while chunk != head && chunk.size(call)? < size {
        chunk = chunk.backward(call)?;
    }
    if chunk == head {
        return Ok(None);
    }
    // Of a run of equal ones `chunk` is the last; the one behind the first is taken.
    let found = chunk.size(call)?;
    let (mut first, mut second) = (chunk, chunk);
    loop {
        let before = first.backward(call)?;
        if before == head || before.size(call)? != found {
            return Ok(Some(second));
        }
        (first, second) = (before, first);
    }
}

/// The oldest chunk of the first bin from `index` on that is not empty.
pub(super) fn larger(call: &mut Call<'_, '_>, index: u64) -> Result<Option<Chunk>, Stop> {
    for index in index..=LAST {
        let bin = bin(call, index);
        if let Some(chunk) = last(call, bin)? {
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}

/// Where the first chunk of a small size's fast bin is kept.
fn fast_bin(call: &Call<'_, '_>, size: u64) -> u64 {
    call.own(FAST_BINS + (size / 16).saturating_sub(2) * 8)
}

/// Takes the chunk that came last into a fast bin.
pub(super) fn take_fast(call: &mut Call<'_, '_>, size: u64) -> Result<Option<Chunk>, Stop> {
    let at = fast_bin(call, size);
    let first = call.load_u64(at)?;
    if first == 0 {
        return Ok(None);
    }
    let chunk = Chunk(first);
    if chunk.size(call)? != size {
        return corrupted(call, "malloc(): memory corruption (fast)");
    }
    let next = mangled(chunk.memory(), chunk.forward(call)?.0);
    call.store_u64(at, next)?;
    Ok(Some(chunk))
}

/// Puts a freed chunk into its fast bin. The chunk stays in use in the eyes of its neighbours.
pub(super) fn put_fast(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    let next = chunk.after(size).word(call)?;
    if next <= 16 || next >= field(call, Field::System)? {
        return corrupted(call, "free(): invalid next size (fast)");
    }
    set_field(call, Field::HasFast, 1)?;
    let at = fast_bin(call, size);
    let first = call.load_u64(at)?;
    if first == chunk.0 {
        return corrupted(call, "double free or corruption (fasttop)");
    }
    let link = mangled(chunk.memory(), first);
    chunk.set_forward(call, Chunk(link))?;
    call.store_u64(at, chunk.0)
}

/// Merges the chunks of all fast bins with their free neighbours (`malloc_consolidate`).
pub(super) fn consolidate(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    set_field(call, Field::HasFast, 0)?;
    for size in (32..=LARGEST_FAST).step_by(16) {
        let at = fast_bin(call, size);
        let mut next = call.load_u64(at)?;
        if next != 0 {
            call.store_u64(at, 0)?;
        }
        while next != 0 {
            let chunk = Chunk(next);
            next = mangled(chunk.memory(), chunk.forward(call)?.0);
            let size = chunk.size(call)?;
            merge(call, chunk, size)?;
        }
    }
    Ok(())
}

/// Makes a chunk a free one, merged with the free ones beside it: it becomes part of the top, or unsorted.
/// Gives the size of what it became.
pub(super) fn merge(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<u64, Stop> {
    let (mut chunk, mut size) = (chunk, size);
    let next = chunk.after(size);
    if chunk.word(call)? & PREVIOUS_IN_USE == 0 {
        let before = chunk.previous_size(call)?;
        chunk = Chunk(chunk.0.wrapping_sub(before));
        size = size.wrapping_add(before);
        if chunk.size(call)? != before {
            return corrupted(call, "corrupted size vs. prev_size while consolidating");
        }
        unlink(call, chunk)?;
    }
    let next_size = next.size(call)?;
    if next.0 == field(call, Field::Top)? {
        size = size.wrapping_add(next_size);
        chunk.set_word(call, size | PREVIOUS_IN_USE)?;
        set_field(call, Field::Top, chunk.0)?;
        return Ok(size);
    }
    if next.is_in_use(call, next_size)? {
        next.set_previous_in_use(call, false)?;
    } else {
        unlink(call, next)?;
        size = size.wrapping_add(next_size);
    }
    put_unsorted(call, chunk)?;
    chunk.set_word(call, size | PREVIOUS_IN_USE)?;
    chunk.after(size).set_previous_size(call, size)?;
    Ok(size)
}
