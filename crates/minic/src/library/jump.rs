//! `setjmp.h`: a jump buffer holds which frame to return to, in plain numbers.

use abi::{SignalSet, Syscall};

use crate::headers::LibraryFunction as F;
use crate::vm::bus::Stop;

use super::{After, Answer, Arguments, Call, Jump};

/// Numbers in a jump buffer: frame, instruction, serial, stack pointer, whether the mask was saved, the mask.
const WORDS: usize = 6;

/// The functions of this module.
pub(super) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    let buffer = args.unsigned(0);
    Some(match function {
        F::Setjmp => save(call, buffer, false),
        F::Sigsetjmp => save(call, buffer, args.int(1) != 0),
        F::Longjmp | F::Siglongjmp => jump(call, buffer, args.int(1)),
        _ => return None,
    })
}

fn save(call: &mut Call<'_, '_>, buffer: u64, with_mask: bool) -> Result<i64, Stop> {
    let site = &call.site;
    let words: [u64; WORDS] = [
        u64::from(site.depth),
        u64::from(site.pc),
        site.serial,
        site.stack_pointer,
        u64::from(with_mask),
        call.state.mask.0,
    ];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    call.store_bytes(buffer, &bytes)?;
    Ok(0)
}

fn jump(call: &mut Call<'_, '_>, buffer: u64, value: i32) -> Result<i64, Stop> {
    let bytes = call.load_bytes(buffer, WORDS as u64 * 8)?;
    let words: Vec<u64> = bytes
        .chunks_exact(8)
        .map(|word| word.try_into().map_or(0, u64::from_le_bytes))
        .collect();
    let word = |index: usize| words.get(index).copied().unwrap_or(0);
    let mask = (word(4) == 1).then_some(SignalSet(word(5)));
    if let Some(mask) = mask {
        call.syscall(Syscall::Sigsetmask { mask })?;
    }
    call.after = Some(After::Jump(Jump {
        depth: u32::try_from(word(0)).unwrap_or(u32::MAX),
        pc: u32::try_from(word(1)).unwrap_or(u32::MAX),
        serial: word(2),
        stack_pointer: word(3),
        mask,
        value: if value == 0 { 1 } else { i64::from(value) },
    }));
    Ok(0)
}
