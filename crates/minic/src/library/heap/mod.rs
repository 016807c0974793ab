//! malloc(3) as glibc's: chunks with headers in the process's own memory, on the break and in mappings.
//!
//! A chunk begins with the size of a free chunk before it and its own size with two flags; memory handed out
//! begins 16 bytes further. Small freed chunks are kept in lists by size (the tcache, which lies at the heap's
//! start); others are merged with free neighbours and kept in one list ([`lists`]); behind all of them is the top ([`top`]). From a
//! threshold on, which freeing raises, a chunk is a mapping of its own. Fast bins and arenas are left out.

mod lists;
mod top;

use std::rc::Rc;

use abi::{Errno, Fd, MapFlags, MremapFlags, Prot, Syscall, VirtAddr};
use kernel::addr::page_align;

use crate::headers::LibraryFunction as F;
use crate::vm::bus::Stop;

use super::{Answer, Arguments, Call, HEAP, process, stdio};
use lists::{cache, link, take_cached, take_free, unlink};
use top::{carve, grow, trim};

/// Bytes before the memory of a chunk.
const HEADER: u64 = 16;
const SMALLEST: u64 = 32;
/// A chunk's flags, in its size.
const PREVIOUS_IN_USE: u64 = 1;
const MAPPED: u64 = 2;
const FLAGS: u64 = 15;
/// From this size on a chunk is mapped on its own, until freeing such a chunk raises the threshold.
const THRESHOLD: u64 = 128 << 10;
const LARGEST_THRESHOLD: u64 = 32 << 20;
/// A freed chunk of this size makes the heap look whether it can shrink.
const TRIM_CHECK: u64 = 64 << 10;
/// The chunk that holds the tcache.
const TCACHE_SIZE: u64 = 0x290;

/// The heap's numbers in the library's data.
#[derive(Clone, Copy)]
enum Field {
    /// Where the heap starts; 0 before the first call.
    Start = 0,
    Top = 8,
    /// The end of the top chunk.
    End = 16,
    /// The first free chunk.
    Free = 24,
    Threshold = 32,
}

/// A piece of memory with its header.
#[derive(Clone, Copy)]
struct Chunk(u64);

impl Chunk {
    fn memory(self) -> u64 {
        self.0.wrapping_add(HEADER)
    }

    fn at(memory: u64) -> Chunk {
        Chunk(memory.wrapping_sub(HEADER))
    }

    fn after(self, size: u64) -> Chunk {
        Chunk(self.0.wrapping_add(size))
    }
}

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
    let Some(chunk) = allocate_chunk(call, bytes)? else {
        return Ok(0);
    };
    let size = size_of(call, chunk)?;
    give_out(call, chunk, size);
    Ok(chunk.memory())
}

/// The memory is the program's from now on.
fn give_out(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) {
    Rc::make_mut(&mut call.state.freed).remove(chunk.memory(), (size & !FLAGS).saturating_sub(8));
}

/// The size of a chunk that holds so many bytes; none beyond PTRDIFF_MAX.
fn chunk_size(bytes: u64) -> Option<u64> {
    let size = bytes.checked_add(8 + 15)? & !15;
    (size <= i64::MAX as u64).then_some(size.max(SMALLEST))
}

fn allocate_chunk(call: &mut Call<'_, '_>, bytes: u64) -> Result<Option<Chunk>, Stop> {
    let Some(size) = chunk_size(bytes) else {
        call.fail(Errno::ENOMEM);
        return Ok(None);
    };
    if field(call, Field::Start)? == 0 {
        start(call)?;
    }
    if let Some(chunk) = take_cached(call, size)? {
        return Ok(Some(chunk));
    }
    if let Some(chunk) = take_free(call, size)? {
        return Ok(Some(chunk));
    }
    let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
    if end.wrapping_sub(top) >= size.saturating_add(SMALLEST) {
        return carve(call, size).map(Some);
    }
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

fn field(call: &mut Call<'_, '_>, field: Field) -> Result<u64, Stop> {
    call.load_u64(call.own(HEAP + field as u64))
}

fn set_field(call: &mut Call<'_, '_>, field: Field, value: u64) -> Result<(), Stop> {
    call.store_u64(call.own(HEAP + field as u64), value)
}

fn threshold(call: &mut Call<'_, '_>) -> Result<u64, Stop> {
    Ok(field(call, Field::Threshold)?.max(THRESHOLD))
}

/// The size word with its flags.
fn size_of(call: &mut Call<'_, '_>, chunk: Chunk) -> Result<u64, Stop> {
    call.load_u64(chunk.0.wrapping_add(8))
}

fn set_size(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<(), Stop> {
    call.store_u64(chunk.0.wrapping_add(8), size)
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
    set_size(call, chunk, length | MAPPED)?;
    Ok(Some(chunk))
}

/// free(3)
fn free(call: &mut Call<'_, '_>, memory: u64) -> Result<(), Stop> {
    if memory == 0 {
        return Ok(());
    }
    let chunk = Chunk::at(memory);
    let word = size_of(call, chunk)?;
    let size = word & !FLAGS;
    if word & MAPPED != 0 {
        return unmap_chunk(call, chunk, word & !0xfff);
    }
    if !memory.is_multiple_of(16) || size < SMALLEST || chunk.0.checked_add(size).is_none() {
        return corrupted(call, "free(): invalid pointer");
    }
    give_back(call, chunk, word)?;
    Rc::make_mut(&mut call.state.freed).insert(memory, size.saturating_sub(8));
    Ok(())
}

fn unmap_chunk(call: &mut Call<'_, '_>, chunk: Chunk, length: u64) -> Result<(), Stop> {
    let threshold = threshold(call)?;
    if length > threshold && length <= LARGEST_THRESHOLD {
        set_field(call, Field::Threshold, length)?;
    }
    let address = VirtAddr(chunk.0);
    let errno = call.state.errno;
    if call.syscall(Syscall::Munmap { address, length })? == -1 {
        call.state.errno = errno;
        return corrupted(call, "munmap_chunk(): invalid pointer");
    }
    Ok(())
}

/// Keeps a chunk of the break for later, merged with its free neighbours.
fn give_back(call: &mut Call<'_, '_>, chunk: Chunk, word: u64) -> Result<(), Stop> {
    let mut size = word & !FLAGS;
    if cache(call, chunk, size)? {
        return Ok(());
    }
    let top = field(call, Field::Top)?;
    let mut behind = chunk.after(size);
    let mut behind_word = size_of(call, behind)?;
    if chunk.0 == top || behind_word & PREVIOUS_IN_USE == 0 {
        return corrupted(call, "double free or corruption (!prev)");
    }
    let mut start = chunk;
    if word & PREVIOUS_IN_USE == 0 {
        let before = call.load_u64(chunk.0)?;
        start = Chunk(chunk.0.wrapping_sub(before));
        size = size.wrapping_add(before);
        unlink(call, start)?;
    }
    if behind.0 != top {
        let behind_size = behind_word & !FLAGS;
        let beyond = behind.after(behind_size);
        if size_of(call, beyond)? & PREVIOUS_IN_USE == 0 {
            unlink(call, behind)?;
            size = size.wrapping_add(behind_size);
            behind = beyond;
            behind_word = size_of(call, behind)?;
        }
    }
    let flags = size_of(call, start)? & PREVIOUS_IN_USE;
    if behind.0 == top {
        size = size.wrapping_add(behind_word & !FLAGS);
        set_size(call, start, size | flags)?;
        set_field(call, Field::Top, start.0)?;
        if size > TRIM_CHECK {
            trim(call)?;
        }
        return Ok(());
    }
    set_size(call, start, size | flags)?;
    link(call, start, size)
}

/// calloc(3)
fn allocate_zeroed(call: &mut Call<'_, '_>, count: u64, size: u64) -> Result<u64, Stop> {
    let Some(bytes) = count.checked_mul(size) else {
        call.fail(Errno::ENOMEM);
        return Ok(0);
    };
    let Some(chunk) = allocate_chunk(call, bytes)? else {
        return Ok(0);
    };
    let word = size_of(call, chunk)?;
    if word & MAPPED == 0 {
        call.fill_bytes(chunk.memory(), 0, bytes)?;
    }
    give_out(call, chunk, word);
    Ok(chunk.memory())
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
    let word = size_of(call, chunk)?;
    let old = word & !FLAGS;
    let Some(size) = chunk_size(bytes) else {
        call.fail(Errno::ENOMEM);
        return Ok(0);
    };
    if word & MAPPED != 0 {
        if let Some(moved) = remap_chunk(call, chunk, old, size)? {
            return Ok(moved.memory());
        }
    } else if !memory.is_multiple_of(16) || old < SMALLEST {
        return corrupted(call, "realloc(): invalid pointer");
    } else if size <= old {
        shrink(call, chunk, word, size)?;
        return Ok(memory);
    }
    let Some(new) = allocate_chunk(call, bytes)? else {
        return Ok(0);
    };
    let overhead = if word & MAPPED != 0 { 16 } else { 8 };
    call.copy_bytes(
        new.memory(),
        memory,
        old.saturating_sub(overhead).min(bytes),
    )?;
    let new_word = size_of(call, new)?;
    free(call, memory)?;
    give_out(call, new, new_word);
    Ok(new.memory())
}

/// Gives back what a chunk has too much.
fn shrink(call: &mut Call<'_, '_>, chunk: Chunk, word: u64, size: u64) -> Result<(), Stop> {
    let old = word & !FLAGS;
    if old - size < SMALLEST {
        return Ok(());
    }
    set_size(call, chunk, size | (word & PREVIOUS_IN_USE))?;
    let rest = chunk.after(size);
    let rest_word = (old - size) | PREVIOUS_IN_USE;
    set_size(call, rest, rest_word)?;
    give_back(call, rest, rest_word)
}

fn remap_chunk(
    call: &mut Call<'_, '_>,
    chunk: Chunk,
    old: u64,
    size: u64,
) -> Result<Option<Chunk>, Stop> {
    let Some(length) = size.checked_add(8).and_then(page_align) else {
        return Ok(None);
    };
    if length == old {
        return Ok(Some(chunk));
    }
    let address = call.syscall(Syscall::Mremap {
        old_address: VirtAddr(chunk.0),
        old_length: old,
        new_length: length,
        flags: MremapFlags::MREMAP_MAYMOVE,
        new_address: VirtAddr::NULL,
    })?;
    if address == -1 {
        return Ok(None);
    }
    let moved = Chunk(address as u64);
    set_size(call, moved, length | MAPPED)?;
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
    let room = bytes.saturating_add(align).saturating_add(SMALLEST);
    let found = if align <= 16 {
        allocate_chunk(call, bytes)?
    } else {
        allocate_chunk(call, room)?
    };
    call.state.errno = errno;
    let Some(chunk) = found else {
        return Ok(Errno::ENOMEM.number().into());
    };
    let word = size_of(call, chunk)?;
    let mut aligned = Chunk::at(chunk.memory().wrapping_add(align - 1) & !(align - 1));
    if aligned.0 != chunk.0 && aligned.0.wrapping_sub(chunk.0) < SMALLEST {
        aligned = aligned.after(align);
    }
    let lead = aligned.0.wrapping_sub(chunk.0);
    if lead > 0 && word & MAPPED == 0 {
        set_size(call, aligned, ((word & !FLAGS) - lead) | PREVIOUS_IN_USE)?;
        let lead_word = lead | (word & PREVIOUS_IN_USE);
        set_size(call, chunk, lead_word)?;
        give_back(call, chunk, lead_word)?;
    } else if lead > 0 {
        // A mapping is cut: its first pages go, or stay unused before the header.
        set_size(call, aligned, ((word & !FLAGS) - lead) | MAPPED)?;
    }
    call.store_u64(result, aligned.memory())?;
    let word = size_of(call, aligned)?;
    give_out(call, aligned, word);
    Ok(0)
}

/// The heap's own structure is broken: a message, and abort(3).
fn corrupted<T>(call: &mut Call<'_, '_>, message: &str) -> Result<T, Stop> {
    stdio::complain_of(call, message)?;
    process::abort(call)?;
    Err(Stop::Signal)
}
