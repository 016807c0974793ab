//! `string.h` and `ctype.h`: bytes and strings in simulated memory.

use crate::headers::LibraryFunction as F;
use crate::types::IntType;
use crate::vm::bus::Stop;

use super::{Answer, Arguments, Call};

/// The first piece that is read of a string, in bytes; pieces never cross a page before its bytes are wanted.
const FIRST_PIECE: u64 = 64;
const PAGE: u64 = kernel::addr::PAGE_SIZE;

/// A string being read piece by piece.
struct Pieces {
    address: u64,
    size: u64,
}

impl Pieces {
    fn of(address: u64) -> Pieces {
        Pieces {
            address,
            size: FIRST_PIECE,
        }
    }

    /// The next piece, at most to the end of its page, and at most so many bytes.
    fn next(&mut self, call: &mut Call<'_, '_>, most: u64) -> Result<std::rc::Rc<[u8]>, Stop> {
        let to_boundary = self.size - self.address % self.size;
        let bytes = call.load_bytes(self.address, to_boundary.min(most))?;
        self.address = self.address.wrapping_add(bytes.len() as u64);
        self.size = (self.size * 4).min(PAGE);
        Ok(bytes)
    }
}

impl Call<'_, '_> {
    /// The bytes of a string, without its NUL.
    pub(crate) fn string(&mut self, address: u64) -> Result<Vec<u8>, Stop> {
        self.string_up_to(address, u64::MAX)
    }

    /// The bytes of a string before its NUL, at most so many.
    pub(super) fn string_up_to(&mut self, address: u64, limit: u64) -> Result<Vec<u8>, Stop> {
        Ok(self.scan(address, limit, |byte| byte == 0)?.0)
    }

    /// Reads up to the first byte that `stops`, at most `limit` bytes: those before it, and that byte.
    fn scan(
        &mut self,
        address: u64,
        limit: u64,
        stops: impl Fn(u8) -> bool,
    ) -> Result<(Vec<u8>, Option<u8>), Stop> {
        self.check_freed(address);
        let mut before = Vec::new();
        let mut pieces = Pieces::of(address);
        while (before.len() as u64) < limit {
            let bytes = pieces.next(self, limit - before.len() as u64)?;
            if bytes.is_empty() {
                break;
            }
            if let Some(end) = bytes.iter().position(|&b| stops(b)) {
                before.extend(bytes.iter().take(end));
                return Ok((before, bytes.get(end).copied()));
            }
            before.extend_from_slice(&bytes);
        }
        Ok((before, None))
    }

    /// The address of the first byte of this value within so many bytes, or before the NUL; or 0.
    fn find_byte(&mut self, address: u64, byte: u8, limit: u64, string: bool) -> Result<i64, Stop> {
        let (before, found) = self.scan(address, limit, |b| b == byte || (string && b == 0))?;
        let position = (found == Some(byte)).then_some(before.len());
        Ok(at(address, position))
    }

    /// A string with its NUL.
    fn whole_string(&mut self, address: u64) -> Result<Vec<u8>, Stop> {
        let mut string = self.string(address)?;
        string.push(0);
        Ok(string)
    }

    /// The difference of the first bytes that differ, of at most `limit`; strings end at their NUL.
    fn compare(&mut self, a: u64, b: u64, limit: u64, strings: bool) -> Result<i64, Stop> {
        self.check_freed(a);
        self.check_freed(b);
        let mut done = 0;
        let mut left = Pieces::of(a);
        let mut right = Pieces::of(b);
        while done < limit {
            // As far as both are within their pages.
            let room = |address: u64| PAGE - address % PAGE;
            let length = room(left.address)
                .min(room(right.address))
                .min(limit - done);
            let length = length.min(left.size).min(right.size);
            let (x, y) = (left.next(self, length)?, right.next(self, length)?);
            let length = x.len().min(y.len());
            for (&p, &q) in x.iter().zip(y.iter()) {
                if p != q || (strings && p == 0) {
                    return Ok(i64::from(p) - i64::from(q));
                }
            }
            if length == 0 {
                break;
            }
            done = done.saturating_add(length as u64);
            left.address = a.wrapping_add(done);
            right.address = b.wrapping_add(done);
        }
        Ok(0)
    }

    fn copy_string(&mut self, to: u64, from: u64, limit: Option<u64>) -> Result<i64, Stop> {
        let bytes = match limit {
            None => self.whole_string(from)?,
            Some(limit) => {
                let mut bytes = self.string_up_to(from, limit)?;
                let length = usize::try_from(limit)
                    .unwrap_or(usize::MAX)
                    .min(LARGEST_FILL);
                bytes.resize(length.max(bytes.len()), 0);
                bytes
            }
        };
        self.check_freed(to);
        self.store_bytes(to, &bytes)?;
        Ok(to as i64)
    }
}

/// The most bytes that strncpy fills with NULs: more than any process of the lab stores by it.
const LARGEST_FILL: usize = 1 << 28;

/// The functions of `string.h` and `ctype.h`.
pub(super) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    let (a, b, n) = (args.unsigned(0), args.unsigned(1), args.unsigned(2));
    Some(match function {
        F::Memcpy | F::Memmove => move_memory(call, a, b, n),
        F::Memset => {
            call.check_freed(a);
            call.fill_bytes(a, b as u8, n).map(|()| a as i64)
        }
        F::Memcmp => call.compare(a, b, n, false),
        F::Memchr => call.find_byte(a, b as u8, n, false),
        F::Strcpy => call.copy_string(a, b, None),
        F::Strncpy => call.copy_string(a, b, Some(n)),
        F::Strlen => call.string(a).map(|string| string.len() as i64),
        F::Strcmp => call.compare(a, b, u64::MAX, true),
        F::Strncmp => call.compare(a, b, n, true),
        F::Strcat => concatenate(call, a, b),
        F::Strchr => call.find_byte(a, b as u8, u64::MAX, true),
        F::Strrchr => last_of(call, a, b as u8),
        F::Strstr => find_string(call, a, b),
        F::Strdup => duplicate(call, a),
        F::Toupper => Ok(on_ascii(args.int(0), |c| c.to_ascii_uppercase().into())),
        F::Tolower => Ok(on_ascii(args.int(0), |c| c.to_ascii_lowercase().into())),
        F::Isalpha => Ok(is_ascii(args.int(0), |c| c.is_ascii_alphabetic(), 1024)),
        F::Isdigit => Ok(is_ascii(args.int(0), |c| c.is_ascii_digit(), 2048)),
        F::Isspace => Ok(is_ascii(
            args.int(0),
            |c| c.is_ascii_whitespace() || c == 11,
            8192,
        )),
        _ => return None,
    })
}

fn move_memory(call: &mut Call<'_, '_>, to: u64, from: u64, length: u64) -> Result<i64, Stop> {
    call.check_freed(to);
    call.check_freed(from);
    call.copy_bytes(to, from, length)?;
    Ok(to as i64)
}

fn concatenate(call: &mut Call<'_, '_>, to: u64, from: u64) -> Result<i64, Stop> {
    let length = call.string(to)?.len() as u64;
    call.copy_string(to.wrapping_add(length), from, None)?;
    Ok(to as i64)
}

fn at(string: u64, position: Option<usize>) -> i64 {
    position.map_or(0, |position| string.wrapping_add(position as u64) as i64)
}

fn last_of(call: &mut Call<'_, '_>, string: u64, byte: u8) -> Result<i64, Stop> {
    let bytes = call.whole_string(string)?;
    Ok(at(string, bytes.iter().rposition(|&b| b == byte)))
}

fn find_string(call: &mut Call<'_, '_>, string: u64, wanted: u64) -> Result<i64, Stop> {
    let wanted = call.string(wanted)?;
    let bytes = call.string(string)?;
    if wanted.is_empty() {
        return Ok(string as i64);
    }
    Ok(at(
        string,
        bytes
            .windows(wanted.len())
            .position(|window| window == wanted),
    ))
}

fn duplicate(call: &mut Call<'_, '_>, string: u64) -> Result<i64, Stop> {
    let bytes = call.whole_string(string)?;
    let copy = super::heap::allocate(call, bytes.len() as u64)?;
    if copy != 0 {
        call.store_bytes(copy, &bytes)?;
    }
    Ok(copy as i64)
}

fn on_ascii(c: i32, map: impl Fn(u8) -> i64) -> i64 {
    u8::try_from(c).map_or(i64::from(c), map)
}

/// glibc's answer: the bit of the class in its table, not 1.
fn is_ascii(c: i32, is: impl Fn(u8) -> bool, bit: i64) -> i64 {
    if u8::try_from(c).is_ok_and(is) {
        IntType::Int.wrap(bit)
    } else {
        0
    }
}
