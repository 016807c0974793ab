//! The top chunk, which grows and shrinks with the break.

use kernel::addr::{PAGE_SIZE, page_align};

use crate::vm::bus::Stop;

use super::super::Call;
use super::{
    Chunk, FLAGS, Field, PREVIOUS_IN_USE, SMALLEST, THRESHOLD, field, set_field, set_size, size_of,
};

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
    let old = old as u64;
    if old != end || top == 0 {
        // The program moved the break itself: the top starts anew behind it.
        let top = old.wrapping_add(15) & !15;
        set_field(call, Field::Top, top)?;
    }
    let (top, end) = (field(call, Field::Top)?, old.wrapping_add(more as u64));
    set_field(call, Field::End, end)?;
    set_size(
        call,
        Chunk(top),
        (end.wrapping_sub(top) & !FLAGS) | PREVIOUS_IN_USE,
    )?;
    Ok(true)
}

/// Cuts a chunk off the top, which is large enough.
pub(super) fn carve(call: &mut Call<'_, '_>, size: u64) -> Result<Chunk, Stop> {
    let (top, end) = (field(call, Field::Top)?, field(call, Field::End)?);
    let chunk = Chunk(top);
    let flags = size_of(call, chunk)? & PREVIOUS_IN_USE;
    let rest = chunk.after(size);
    set_size(call, chunk, size | flags)?;
    set_size(
        call,
        rest,
        (end.wrapping_sub(rest.0) & !FLAGS) | PREVIOUS_IN_USE,
    )?;
    set_field(call, Field::Top, rest.0)?;
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
    let flags = size_of(call, Chunk(top))? & PREVIOUS_IN_USE;
    set_field(call, Field::End, end.wrapping_sub(extra))?;
    set_size(call, Chunk(top), ((size - extra) & !FLAGS) | flags)
}
