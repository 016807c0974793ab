//! The tcache: lists of freed chunks by size, the last freed first, which malloc looks at before all others.

use crate::types::IntType;
use crate::vm::bus::Stop;

use super::super::Call;
use super::chunk::{Chunk, Field, HEADER, SMALLEST, field, mangled};
use super::corrupted;

/// The tcache keeps chunks up to this size, in lists 16 bytes apart, at most seven chunks each.
const LARGEST: u64 = 0x410;
const FILL: i64 = 7;
/// The chunk that holds the tcache.
pub(super) const TCACHE_SIZE: u64 = 0x290;

/// Where the tcache keeps a size's count and first chunk.
#[derive(Clone, Copy)]
pub(super) struct List {
    count: u64,
    first: u64,
}

impl List {
    /// The list of a size; none for sizes that the tcache does not keep.
    pub(super) fn of(call: &mut Call<'_, '_>, size: u64) -> Result<Option<List>, Stop> {
        if size > LARGEST {
            return Ok(None);
        }
        let start = field(call, Field::Start)?;
        if start == 0 || start == u64::MAX {
            return Ok(None);
        }
        let index = (size - SMALLEST) / 16;
        let tcache = Chunk(start).memory();
        Ok(Some(List {
            count: tcache + index * 2,
            first: tcache + 0x80 + index * 8,
        }))
    }

    fn count(self, call: &mut Call<'_, '_>) -> Result<i64, Stop> {
        call.load(self.count, IntType::UnsignedShort)
    }

    pub(super) fn has_room(self, call: &mut Call<'_, '_>) -> Result<bool, Stop> {
        Ok(self.count(call)? < FILL)
    }

    /// Takes the chunk that came last.
    pub(super) fn take(self, call: &mut Call<'_, '_>) -> Result<Option<Chunk>, Stop> {
        let count = self.count(call)?;
        if count == 0 {
            return Ok(None);
        }
        let memory = call.load_u64(self.first)?;
        let next = mangled(memory, call.load_u64(memory)?);
        call.store_u64(self.first, next)?;
        call.store(self.count, IntType::UnsignedShort, count - 1)?;
        call.store_u64(memory.wrapping_add(8), 0)?;
        Ok(Some(Chunk::at(memory)))
    }

    pub(super) fn put(self, call: &mut Call<'_, '_>, chunk: Chunk) -> Result<(), Stop> {
        let memory = chunk.memory();
        let first = call.load_u64(self.first)?;
        let count = self.count(call)?;
        let key = key(call)?;
        call.store_u64(memory, mangled(memory, first))?;
        call.store_u64(memory.wrapping_add(8), key)?;
        call.store_u64(self.first, memory)?;
        call.store(self.count, IntType::UnsignedShort, count + 1)
    }

    /// Whether the list holds a chunk already: then it is freed twice.
    fn holds(self, call: &mut Call<'_, '_>, chunk: Chunk) -> Result<bool, Stop> {
        if call.load_u64(chunk.memory().wrapping_add(8))? != key(call)? {
            return Ok(false);
        }
        let mut cached = call.load_u64(self.first)?;
        for _ in 0..self.count(call)? {
            if cached == chunk.memory() {
                return Ok(true);
            }
            cached = mangled(cached, call.load_u64(cached)?);
        }
        Ok(false)
    }
}

/// What marks the memory of a chunk in the tcache.
fn key(call: &mut Call<'_, '_>) -> Result<u64, Stop> {
    Ok(field(call, Field::Start)?.wrapping_add(HEADER))
}

/// Puts a freed chunk into the tcache, if there is room.
pub(super) fn cache(call: &mut Call<'_, '_>, chunk: Chunk, size: u64) -> Result<bool, Stop> {
    let Some(list) = List::of(call, size)? else {
        return Ok(false);
    };
    if list.holds(call, chunk)? {
        return corrupted(call, "free(): double free detected in tcache 2");
    }
    if !list.has_room(call)? {
        return Ok(false);
    }
    list.put(call, chunk)?;
    Ok(true)
}
