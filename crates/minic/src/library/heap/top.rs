//! The top chunk, which grows and shrinks with the break.

use kernel::addr::{PAGE_SIZE, page_align};

use crate::vm::bus::Stop;

use super::super::Call;
use super::THRESHOLD;
use super::arena::give_back;
use super::chunk::{Chunk, FLAGS, Field, HEADER, PREVIOUS_IN_USE, SMALLEST, field, set_field};

/// What is asked of the break beyond what is needed.
const TOP_PAD: u64 = 128 << 10;

/// Moves the break so that the top holds a chunk of this size; false when it does not move.
pub(super) fn grow(call: &mut Call<'_, '_>, size: u64) -> Result<bool, Stop> {
    let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
    let wanted = size.saturating_add(TOP_PAD + SMALLEST);
    let more = page_align(wanted.saturating_sub(end.wrapping_sub(top)));
    let Some(more) = more.and_then(|more| i64::try_from(more).ok()) else {
        return Ok(false);
    };
    let errno = call.state.errno;
    let old = call.move_break(more)?;
    if old == -1 {
        call.state.errno = errno;
        return Ok(false);
    }
    let system = field(call, Field::System)?;
    set_field(call, Field::System, system.wrapping_add(more as u64))?;
    let old = old as u64;
    if old != end || top == 0 {
        return restart(call, old, more as u64);
    }
    set_top(call, Chunk(top), old.wrapping_add(more as u64))?;
    Ok(true)
}

/// The top goes up to `end` from now on.
fn set_top(call: &mut Call<'_, '_>, top: Chunk, end: u64) -> Result<(), Stop> {
    set_field(call, Field::Top, top.0)?;
    set_field(call, Field::End, end)?;
    top.set_word(call, (end.wrapping_sub(top.0) & !FLAGS) | PREVIOUS_IN_USE)
}

/// The program moved the break itself, or there was no heap: the top starts anew at `start`, and is filled up to a
/// page's end. The old top ends in two chunks that are never free, and its rest is freed.
fn restart(call: &mut Call<'_, '_>, start: u64, length: u64) -> Result<bool, Stop> {
    let (old, old_end) = (field(call, Field::Top)?, field(call, Field::End)?);
    let old_size = old_end.wrapping_sub(old);
    let aligned = start.wrapping_add(15) & !15;
    let mut end = start.wrapping_add(length);
    let wanted = end.wrapping_add(aligned.wrapping_sub(start) + old_size);
    let more = page_align(wanted).unwrap_or(end).wrapping_sub(end);
    let errno = call.state.errno;
    if more != 0 && call.move_break(more as i64)? != -1 {
        end = end.wrapping_add(more);
        let system = field(call, Field::System)?;
        set_field(call, Field::System, system.wrapping_add(more))?;
    }
    call.state.errno = errno;
    set_top(call, Chunk(aligned), end)?;
    if old == 0 {
        return Ok(true);
    }
    let rest = old_size.saturating_sub(2 * HEADER) & !FLAGS;
    Chunk(old).set_word(call, rest | PREVIOUS_IN_USE)?;
    for fence in [rest, rest + HEADER] {
        let fence = Chunk(old).after(fence);
        fence.set_word(call, HEADER | PREVIOUS_IN_USE)?;
    }
    if rest >= SMALLEST {
        give_back(call, Chunk(old), rest)?;
    }
    Ok(true)
}

/// Cuts a chunk off the top, which is large enough.
pub(super) fn carve(call: &mut Call<'_, '_>, size: u64) -> Result<Chunk, Stop> {
    let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
    let chunk = Chunk(top);
    chunk.set_size(call, size)?;
    set_top(call, chunk.after(size), end)?;
    Ok(chunk)
}

/// Gives the end of a large top back to the kernel.
pub(super) fn trim(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
    let size = end.wrapping_sub(top);
    let raised = field(call, Field::Threshold)?;
    if size <= raised.saturating_mul(2).max(THRESHOLD) {
        return Ok(());
    }
    let extra = size.saturating_sub(SMALLEST + 1 + TOP_PAD) / PAGE_SIZE * PAGE_SIZE;
    let errno = call.state.errno;
    // Only where the break is still the heap's own.
    if extra == 0 || call.move_break(0)? as u64 != end {
        return Ok(());
    }
    if call.move_break((extra as i64).wrapping_neg())? == -1 {
        call.state.errno = errno;
        return Ok(());
    }
    let system = field(call, Field::System)?;
    set_field(call, Field::System, system.saturating_sub(extra))?;
    set_top(call, Chunk(top), end.wrapping_sub(extra))
}
