//! malloc(3) as glibc's: chunks with headers in the process's own memory, on the break and in mappings.
//!
//! A chunk begins with the size of a free chunk before it and its own size with two flags; memory handed out
//! begins 16 bytes further ([`chunk`]). Freed chunks wait in the tcache ([`cache`]) or in bins ([`bins`]); behind all
//! of them is the top ([`top`]); [`arena`] says where a chunk is looked for. From a threshold on, which freeing raises,
//! a chunk is a mapping of its own.

mod arena;
mod bins;
mod cache;
mod chunk;
mod top;

use std::rc::Rc;

use abi::{Errno, Fd, MapFlags, MremapFlags, Prot, Syscall, VirtAddr};
use kernel::addr::{PAGE_SIZE, page_align};

use crate::headers::LibraryFunction as F;
use crate::vm::bus::Stop;

use super::{Answer, Arguments, Call, process, stdio};
use arena::{give_back, take};
use bins::unlink;
use cache::{List, TCACHE_SIZE};
use chunk::{Chunk, FLAGS, Field, MAPPED, PREVIOUS_IN_USE, SMALLEST, chunk_size, field, set_field};
use top::{carve, grow};

/// From this size on a chunk is mapped on its own, until freeing such a chunk raises the threshold.
const THRESHOLD: u64 = 128 << 10;
const LARGEST_THRESHOLD: u64 = 32 << 20;

/// The functions of this module.
pub(super) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    let (a, b) = (args.unsigned(0), args.unsigned(1));
    Some(match function {
        F::Malloc => allocate(call, a).map(|memory| memory as i64),
        F::Calloc => allocate_zeroed(call, a, b).map(|memory| memory as i64),
        F::Realloc => reallocate(call, a, b).map(|memory| memory as i64),
        F::Free => free(call, a).map(|()| 0),
        F::PosixMemalign => allocate_aligned(call, a, b, args.unsigned(2)),
        _ => return None,
    })
}

/// malloc(3): the memory's address, or 0 with errno set.
pub(super) fn allocate(call: &mut Call<'_, '_>, bytes: u64) -> Result<u64, Stop> {
    let Some(size) = requested(call, bytes)? else {
        return Ok(0);
    };
    let cached = match List::of(call, size)? {
        Some(list) => list.take(call)?,
        None => None,
    };
    let found = match cached {
        Some(chunk) => Some(chunk),
        None => take(call, size)?,
    };
    give_out(call, found)
}

/// The memory is the program's from now on.
fn give_out(call: &mut Call<'_, '_>, chunk: Option<Chunk>) -> Result<u64, Stop> {
    let Some(chunk) = chunk else {
        return Ok(0);
    };
    let size = chunk.size(call)?;
    Rc::make_mut(&mut call.state.freed).remove(chunk.memory(), size.saturating_sub(8));
    Ok(chunk.memory())
}

/// The chunk size of a request, on a heap that has started; none, with errno set, for one that is too large.
fn requested(call: &mut Call<'_, '_>, bytes: u64) -> Result<Option<u64>, Stop> {
    let Some(size) = chunk_size(bytes) else {
        call.fail(Errno::ENOMEM);
        return Ok(None);
    };
    if field(call, Field::Start)? == 0 {
        start(call)?;
    }
    Ok(Some(size))
}

fn threshold(call: &mut Call<'_, '_>) -> Result<u64, Stop> {
    Ok(field(call, Field::Threshold)?.max(THRESHOLD))
}

/// The first call: a heap with the tcache in its first chunk.
fn start(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    if !grow(call, TCACHE_SIZE)? {
        // Without a break there is no tcache either: mappings serve alone.
        return set_field(call, Field::Start, u64::MAX);
    }
    let first = carve(call, TCACHE_SIZE)?;
    set_field(call, Field::Start, first.0)
}

/// A mapping of its own.
fn map_chunk(call: &mut Call<'_, '_>, size: u64) -> Result<Option<Chunk>, Stop> {
    let Some(length) = size.checked_add(8).and_then(page_align) else {
        return Ok(None);
    };
    let address = call.syscall(Syscall::Mmap {
        address: VirtAddr::NULL,
        length,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
        flags: MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS,
        fd: Fd(-1),
        offset: 0,
    })?;
    if address == -1 {
        return Ok(None);
    }
    let chunk = Chunk(address as u64);
    chunk.set_word(call, length | MAPPED)?;
    Ok(Some(chunk))
}

/// free(3)
fn free(call: &mut Call<'_, '_>, memory: u64) -> Result<(), Stop> {
    if memory == 0 {
        return Ok(());
    }
    let size = release(call, memory)?;
    Rc::make_mut(&mut call.state.freed).insert(memory, size.saturating_sub(8));
    Ok(())
}

/// Gives memory back; gives the size of its chunk, 0 for a mapping.
fn release(call: &mut Call<'_, '_>, memory: u64) -> Result<u64, Stop> {
    let chunk = Chunk::at(memory);
    let word = chunk.word(call)?;
    let size = word & !FLAGS;
    if word & MAPPED != 0 {
        unmap_chunk(call, chunk, size)?;
        return Ok(0);
    }
    if !memory.is_multiple_of(16) || chunk.0 > size.wrapping_neg() {
        return corrupted(call, "free(): invalid pointer");
    }
    if size < SMALLEST || word & 8 != 0 {
        return corrupted(call, "free(): invalid size");
    }
    give_back(call, chunk, size)?;
    Ok(size)
}

fn unmap_chunk(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    let lead = chunk.previous_size(call)?;
    let (block, length) = (chunk.0.wrapping_sub(lead), size.wrapping_add(lead));
    if !block.is_multiple_of(PAGE_SIZE) || !length.is_multiple_of(PAGE_SIZE) {
        return corrupted(call, "munmap_chunk(): invalid pointer");
    }
    if size > threshold(call)? && size <= LARGEST_THRESHOLD {
        set_field(call, Field::Threshold, size)?;
    }
    let address = VirtAddr(block);
    let errno = call.state.errno;
    call.syscall(Syscall::Munmap { address, length })?;
    call.state.errno = errno;
    Ok(())
}

/// calloc(3), which does not ask the tcache.
fn allocate_zeroed(call: &mut Call<'_, '_>, count: u64, size: u64) -> Result<u64, Stop> {
    let Some(bytes) = count.checked_mul(size) else {
        call.fail(Errno::ENOMEM);
        return Ok(0);
    };
    let Some(size) = requested(call, bytes)? else {
        return Ok(0);
    };
    let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
    let Some(chunk) = take(call, size)? else {
        return Ok(0);
    };
    let word = chunk.word(call)?;
    if word & MAPPED == 0 {
        let mut used = word & !FLAGS;
        if chunk.0 == top {
            // What the break has just brought is zero already.
            used = used.min(end.wrapping_sub(top));
        }
        call.fill_bytes(chunk.memory(), 0, used.saturating_sub(8))?;
    }
    give_out(call, Some(chunk))
}

/// realloc(3)
fn reallocate(call: &mut Call<'_, '_>, memory: u64, bytes: u64) -> Result<u64, Stop> {
    if memory == 0 {
        return allocate(call, bytes);
    }
    if bytes == 0 {
        free(call, memory)?;
        return Ok(0);
    }
    let chunk = Chunk::at(memory);
    let word = chunk.word(call)?;
    let old = word & !FLAGS;
    if word & MAPPED == 0 && (!memory.is_multiple_of(16) || chunk.0 > old.wrapping_neg()) {
        return corrupted(call, "realloc(): invalid pointer");
    }
    let Some(size) = chunk_size(bytes) else {
        call.fail(Errno::ENOMEM);
        return Ok(0);
    };
    if word & MAPPED == 0 {
        return resize(call, chunk, old, size);
    }
    if let Some(moved) = remap_chunk(call, chunk, old, size)? {
        return Ok(moved.memory());
    }
    if old >= size.saturating_add(8) {
        return Ok(memory);
    }
    let new = allocate(call, bytes)?;
    if new == 0 {
        return Ok(0);
    }
    call.copy_bytes(new, memory, old.saturating_sub(16).min(bytes))?;
    free(call, memory)?;
    Ok(new)
}

/// Makes a chunk of the break larger or smaller, in place where that is possible (`_int_realloc`).
fn resize(call: &mut Call<'_, '_>, chunk: Chunk, old: u64, size: u64) -> Result<u64, Stop> {
    let system = field(call, Field::System)?;
    if old <= 16 || old >= system {
        return corrupted(call, "realloc(): invalid old size");
    }
    let next = chunk.after(old);
    let next_size = next.size(call)?;
    if next_size <= 16 || next_size >= system {
        return corrupted(call, "realloc(): invalid next size");
    }
    let mut room = old;
    if size > old {
        let both = old.saturating_add(next_size);
        if next.0 == field(call, Field::Top)? {
            if both >= size.saturating_add(SMALLEST) {
                chunk.set_size(call, size)?;
                let top = chunk.after(size);
                top.set_word(call, (both - size) | PREVIOUS_IN_USE)?;
                set_field(call, Field::Top, top.0)?;
                return give_out(call, Some(chunk));
            }
        } else if both >= size && !next.is_in_use(call, next_size)? {
            unlink(call, next)?;
            room = both;
        }
    }
    if room < size {
        let Some(new) = take(call, size)? else {
            return Ok(0);
        };
        if new != next {
            call.copy_bytes(new.memory(), chunk.memory(), old.saturating_sub(8))?;
            free(call, chunk.memory())?;
            return give_out(call, Some(new));
        }
        room = old.saturating_add(new.size(call)?);
    }
    chunk.set_size(call, room)?;
    chunk.after(room).set_previous_in_use(call, true)?;
    shorten(call, chunk, size)?;
    give_out(call, Some(chunk))
}

/// Gives back what a chunk in use has beyond a size.
fn shorten(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    let rest_size = chunk.size(call)?.saturating_sub(size);
    if rest_size < SMALLEST {
        return Ok(());
    }
    chunk.set_size(call, size)?;
    let rest = chunk.after(size);
    rest.set_word(call, rest_size | PREVIOUS_IN_USE)?;
    free(call, rest.memory())
}

fn remap_chunk(
    call: &mut Call<'_, '_>,
    chunk: Chunk,
    old: u64,
    size: u64,
) -> Result<Option<Chunk>, Stop> {
    let lead = chunk.previous_size(call)?;
    let length = size.checked_add(8).and_then(|size| size.checked_add(lead));
    let Some(length) = length.and_then(page_align) else {
        return Ok(None);
    };
    let (block, whole) = (chunk.0.wrapping_sub(lead), old.wrapping_add(lead));
    if !block.is_multiple_of(PAGE_SIZE) || !whole.is_multiple_of(PAGE_SIZE) {
        return corrupted(call, "mremap_chunk(): invalid pointer");
    }
    if length == whole {
        return Ok(Some(chunk));
    }
    let address = call.syscall(Syscall::Mremap {
        old_address: VirtAddr(block),
        old_length: whole,
        new_length: length,
        flags: MremapFlags::MREMAP_MAYMOVE,
        new_address: VirtAddr::NULL,
    })?;
    if address == -1 {
        return Ok(None);
    }
    let moved = Chunk(address as u64).after(lead);
    moved.set_word(call, length.wrapping_sub(lead) | MAPPED)?;
    Ok(Some(moved))
}

/// posix_memalign(3): where the address goes, alignment, bytes. Gives an error number.
fn allocate_aligned(
    call: &mut Call<'_, '_>,
    result: u64,
    align: u64,
    bytes: u64,
) -> Result<i64, Stop> {
    if !align.is_power_of_two() || align < 8 {
        return Ok(Errno::EINVAL.number().into());
    }
    let errno = call.state.errno;
    let memory = if align <= 16 {
        allocate(call, bytes)?
    } else {
        let chunk = take_aligned(call, align.max(SMALLEST), bytes)?;
        give_out(call, chunk)?
    };
    call.state.errno = errno;
    if memory == 0 {
        return Ok(Errno::ENOMEM.number().into());
    }
    call.store_u64(result, memory)?;
    Ok(0)
}

/// A chunk whose memory begins at a multiple of `align`: cut out of one that surely holds it.
fn take_aligned(call: &mut Call<'_, '_>, align: u64, bytes: u64) -> Result<Option<Chunk>, Stop> {
    let Some(size) = requested(call, bytes)? else {
        return Ok(None);
    };
    let room = size.saturating_add(align).saturating_add(SMALLEST);
    let Some(room) = requested(call, room)? else {
        return Ok(None);
    };
    let Some(chunk) = take(call, room)? else {
        return Ok(None);
    };
    let word = chunk.word(call)?;
    let mut aligned = Chunk::at(chunk.memory().wrapping_add(align - 1) & !(align - 1));
    if aligned != chunk && aligned.0.wrapping_sub(chunk.0) < SMALLEST {
        aligned = aligned.after(align);
    }
    let lead = aligned.0.wrapping_sub(chunk.0);
    if word & MAPPED != 0 {
        if lead > 0 {
            aligned.set_previous_size(call, lead)?;
            aligned.set_word(call, ((word & !FLAGS) - lead) | MAPPED)?;
        }
        return Ok(Some(aligned));
    }
    if lead > 0 {
        aligned.set_word(call, ((word & !FLAGS) - lead) | PREVIOUS_IN_USE)?;
        chunk.set_size(call, lead)?;
        free(call, chunk.memory())?;
    }
    if aligned.size(call)? > size + SMALLEST {
        shorten(call, aligned, size)?;
    }
    Ok(Some(aligned))
}

/// The heap's own structure is broken: a message, and abort(3).
fn corrupted<T>(call: &mut Call<'_, '_>, message: &str) -> Result<T, Stop> {
    stdio::complain_of(call, message)?;
    process::abort(call)?;
    Err(Stop::Signal)
}
