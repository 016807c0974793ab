//! `stdlib.h`'s conversions and random numbers, and what sysconf(3) knows.

use abi::Errno;

use crate::headers::LibraryFunction as F;
use crate::types::IntType;
use crate::vm::bus::Stop;

use super::{Answer, Arguments, Call, RANDOM};

/// The numbers of glibc's generator (TYPE_3 of random(3)): `r[i] = r[i-3] + r[i-31]`.
const DEGREE: usize = 31;
const SEPARATION: usize = 3;
/// How many numbers are thrown away after seeding.
const WARM_UP: usize = 310;

/// The functions of this module.
pub(super) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    let (string, end, base) = (args.unsigned(0), args.unsigned(1), args.int(2));
    Some(match function {
        F::Atoi => integer(call, string, 10).map(|n| IntType::Int.wrap(n.signed().0)),
        F::Atol => integer(call, string, 10).map(|n| n.signed().0),
        F::Abs => Ok(args.int(0).wrapping_abs().into()),
        F::Labs => Ok(args.get(0).wrapping_abs()),
        F::Strtol => strtol(call, string, end, base, true),
        F::Strtoul => strtol(call, string, end, base, false),
        F::Rand => random(call),
        F::Srand => seed(call, args.unsigned(0) as u32).map(|_| 0),
        F::Getpagesize => Ok(kernel::addr::PAGE_SIZE as i64),
        F::Sysconf => Ok(system_value(call, args.int(0))),
        F::Getenv => call.string(string).map(|_| 0),
        _ => return None,
    })
}

/// A number read from a string.
struct Number {
    negative: bool,
    magnitude: u64,
    overflowed: bool,
    /// How many bytes of the string it took; 0 when there is no number.
    length: u64,
}

impl Number {
    /// As `long`, and whether it did not fit.
    fn signed(&self) -> (i64, bool) {
        let limit = i64::MIN.unsigned_abs() - u64::from(!self.negative);
        if self.overflowed || self.magnitude > limit {
            return (if self.negative { i64::MIN } else { i64::MAX }, true);
        }
        let value = self.magnitude as i64;
        (
            if self.negative {
                value.wrapping_neg()
            } else {
                value
            },
            false,
        )
    }

    /// As `unsigned long`, and whether it did not fit.
    fn unsigned(&self) -> (i64, bool) {
        if self.overflowed {
            return (-1, true);
        }
        let value = self.magnitude as i64;
        (
            if self.negative {
                value.wrapping_neg()
            } else {
                value
            },
            false,
        )
    }
}

/// Reads an integer as strtol(3) does.
fn integer(call: &mut Call<'_, '_>, string: u64, base: u32) -> Result<Number, Stop> {
    let bytes = call.string(string)?;
    let mut rest = bytes.as_slice();
    let whole = rest.len();
    while let Some((&byte, after)) = rest.split_first()
        && (byte.is_ascii_whitespace() || byte == 11)
    {
        rest = after;
    }
    let negative = rest.first() == Some(&b'-');
    if let Some((b'-' | b'+', after)) = rest.split_first() {
        rest = after;
    }
    let is_hex = matches!(rest, [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit());
    let base = match base {
        0 if is_hex => 16,
        0 if rest.first() == Some(&b'0') => 8,
        0 => 10,
        base => base,
    };
    if base == 16 && is_hex {
        rest = rest.get(2..).unwrap_or_default();
    }
    let mut number = Number {
        negative,
        magnitude: 0,
        overflowed: false,
        length: 0,
    };
    while let Some((&byte, after)) = rest.split_first()
        && let Some(digit) = char::from(byte).to_digit(base)
    {
        let next = number.magnitude.checked_mul(u64::from(base));
        match next.and_then(|next| next.checked_add(u64::from(digit))) {
            Some(next) => number.magnitude = next,
            None => number.overflowed = true,
        }
        rest = after;
        number.length = (whole - rest.len()) as u64;
    }
    Ok(number)
}

fn strtol(
    call: &mut Call<'_, '_>,
    string: u64,
    end: u64,
    base: i32,
    signed: bool,
) -> Result<i64, Stop> {
    let Some(base) = u32::try_from(base)
        .ok()
        .filter(|&b| b == 0 || (2..=36).contains(&b))
    else {
        return Ok(call.fail(Errno::EINVAL) + 1);
    };
    let number = integer(call, string, base)?;
    if end != 0 {
        call.store_u64(end, string.wrapping_add(number.length))?;
    }
    let (value, overflowed) = if signed {
        number.signed()
    } else {
        number.unsigned()
    };
    if overflowed {
        call.fail(Errno::ERANGE);
    }
    Ok(value)
}

/// Fills the generator's state: an index and the last 31 numbers, 32 ints in the library's data.
fn seed(call: &mut Call<'_, '_>, seed: u32) -> Result<[u32; DEGREE], Stop> {
    let mut numbers = [0u32; DEGREE];
    let mut word = i64::from(if seed == 0 { 1 } else { seed } as i32);
    for slot in &mut numbers {
        *slot = word as u32;
        // 16807 * word % 2147483647 without overflow (Schrage).
        word = 16807 * (word % 127_773) - 2836 * (word / 127_773);
        if word < 0 {
            word += i64::from(i32::MAX);
        }
    }
    numbers.rotate_left(SEPARATION);
    for _ in 0..WARM_UP {
        advance(&mut numbers);
    }
    save(call, &numbers)?;
    Ok(numbers)
}

/// The next number; the oldest one leaves.
fn advance(numbers: &mut [u32; DEGREE]) -> u32 {
    let [oldest, ..] = *numbers;
    let recent = numbers.get(DEGREE - SEPARATION).copied().unwrap_or(0);
    let next = oldest.wrapping_add(recent);
    numbers.rotate_left(1);
    if let Some(last) = numbers.last_mut() {
        *last = next;
    }
    next
}

fn save(call: &mut Call<'_, '_>, numbers: &[u32; DEGREE]) -> Result<(), Stop> {
    let mut bytes: Vec<u8> = 1u32.to_le_bytes().to_vec();
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    call.store_bytes(call.own(RANDOM), &bytes)
}

fn random(call: &mut Call<'_, '_>) -> Result<i64, Stop> {
    let state = call.own(RANDOM);
    let is_seeded = call.load(state, IntType::UnsignedInt)? != 0;
    let mut numbers = [0; DEGREE];
    if is_seeded {
        let bytes = call.load_bytes(state + 4, DEGREE as u64 * 4)?;
        for (slot, word) in numbers.iter_mut().zip(bytes.chunks_exact(4)) {
            *slot = word.try_into().map_or(0, u32::from_le_bytes);
        }
    } else {
        numbers = seed(call, 1)?;
    }
    let next = advance(&mut numbers);
    save(call, &numbers)?;
    Ok(i64::from(next >> 1))
}

/// sysconf(3): `_SC_PAGESIZE`, and the processors, which are one.
fn system_value(call: &mut Call<'_, '_>, name: i32) -> i64 {
    match name {
        30 => kernel::addr::PAGE_SIZE as i64,
        83 | 84 => 1,
        _ => call.fail(Errno::EINVAL),
    }
}
