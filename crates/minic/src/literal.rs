//! The values of literals: integers (C11 6.4.4.1), characters and strings with their escapes.
//!
//! Errors are messages with an optional hint; the caller knows the place.

use crate::types::IntType;
use std::rc::Rc;

/// What is wrong with a literal, and what may help.
pub type LiteralError = (String, Option<&'static str>);

fn wrong<T>(message: impl Into<String>) -> Result<T, LiteralError> {
    Err((message.into(), None))
}

/// Whether a number is one with a fraction or an exponent.
pub fn is_floating(text: &str) -> bool {
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let exponent = if is_hex { ['p', 'P'] } else { ['e', 'E'] };
    text.contains('.') || text.contains(exponent)
}

/// The value and type of an integer literal, in register form.
pub fn integer(text: &str) -> Result<(i64, IntType), LiteralError> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (lower.get(2..).unwrap_or(""), 16),
        [b'0', b'b', ..] => (lower.get(2..).unwrap_or(""), 2),
        [b'0', b'0'..=b'9', ..] => (lower.get(1..).unwrap_or(""), 8),
        _ => (lower.as_str(), 10),
    };
    let end = digits
        .find(|c: char| !c.is_digit(radix))
        .unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    let (is_unsigned, longs) = match suffix {
        "" => (false, 0),
        "u" => (true, 0),
        "l" => (false, 1),
        "ul" | "lu" => (true, 1),
        "ll" => (false, 2),
        "ull" | "llu" => (true, 2),
        _ => return wrong(format!("`{text}` is no number")),
    };
    if digits.is_empty() {
        return wrong(format!("`{text}` is no number"));
    }
    let Ok(value) = u64::from_str_radix(digits, radix) else {
        return wrong(format!("`{text}` does not fit into 64 bits"));
    };
    Ok((
        value as i64,
        integer_type(value, radix == 10, is_unsigned, longs),
    ))
}

/// The first type of C11's list that holds the value.
fn integer_type(value: u64, is_decimal: bool, is_unsigned: bool, longs: u8) -> IntType {
    let (long, unsigned_long) = match longs {
        2 => (IntType::LongLong, IntType::UnsignedLongLong),
        _ => (IntType::Long, IntType::UnsignedLong),
    };
    let may_be_int = longs == 0;
    let may_be_signed = !is_unsigned;
    let may_be_unsigned = is_unsigned || !is_decimal;
    if may_be_int && may_be_signed && i32::try_from(value).is_ok() {
        IntType::Int
    } else if may_be_int && may_be_unsigned && u32::try_from(value).is_ok() {
        IntType::UnsignedInt
    } else if may_be_signed && i64::try_from(value).is_ok() {
        long
    } else {
        unsigned_long
    }
}

/// The value of a character constant, an `int`. Several characters count as gcc counts them.
pub fn character(spelling: &str) -> Result<i64, LiteralError> {
    let Some(body) = spelling
        .strip_prefix('\'')
        .and_then(|s| s.strip_suffix('\''))
    else {
        return wrong("wide characters are not part of the lab's language");
    };
    let bytes = unescape(body)?;
    match bytes.as_slice() {
        [] => wrong("a character constant needs a character"),
        [byte] => Ok(IntType::Char.wrap(i64::from(*byte))),
        bytes if bytes.len() <= 4 => {
            let value = bytes
                .iter()
                .fold(0i64, |value, byte| value << 8 | i64::from(*byte));
            Ok(IntType::Int.wrap(value))
        }
        _ => Err((
            format!("{spelling} is too long for a character constant"),
            Some("a text stands in double quotes"),
        )),
    }
}

/// The bytes of a string literal, without the final NUL.
pub fn string(spelling: &str) -> Result<Vec<u8>, LiteralError> {
    let spelling = spelling.strip_prefix("u8").unwrap_or(spelling);
    match spelling.strip_prefix('"').and_then(|s| s.strip_suffix('"')) {
        Some(body) => unescape(body),
        None => wrong("wide strings are not part of the lab's language"),
    }
}

/// A string's bytes with its final NUL, shared.
pub fn terminated(mut bytes: Vec<u8>) -> Rc<[u8]> {
    bytes.push(0);
    bytes.into()
}

fn unescape(body: &str) -> Result<Vec<u8>, LiteralError> {
    let mut bytes = Vec::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let Some(escape) = chars.next() else {
            return wrong("the `\\` at the end escapes nothing");
        };
        let simple = match escape {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'v' => 11,
            'e' => 27,
            '\\' | '\'' | '"' | '?' => u8::try_from(escape).unwrap_or(b'?'),
            '0'..='7' => {
                let mut value = escape.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    if let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) {
                        value = value.wrapping_mul(8).wrapping_add(digit);
                        chars.next();
                    }
                }
                match u8::try_from(value) {
                    Ok(byte) => byte,
                    Err(_) => return wrong("the octal escape does not fit into a char"),
                }
            }
            'x' => hex_escape(&mut chars)?,
            'u' | 'U' => {
                let wanted = if escape == 'u' { 4 } else { 8 };
                let digits: String = chars.by_ref().take(wanted).collect();
                let code = u32::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| digits.len() == wanted);
                let Some(c) = code.and_then(char::from_u32) else {
                    return wrong(format!("`\\{escape}{digits}` is no character"));
                };
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                continue;
            }
            other => return wrong(format!("`\\{other}` is no escape sequence")),
        };
        bytes.push(simple);
    }
    Ok(bytes)
}

fn hex_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<u8, LiteralError> {
    let mut value: Option<u32> = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)) {
        value = Some(value.unwrap_or(0).saturating_mul(16).saturating_add(digit));
        chars.next();
    }
    let Some(value) = value else {
        return wrong("`\\x` needs hexadecimal digits");
    };
    u8::try_from(value).or_else(|_| wrong("the hexadecimal escape does not fit into a char"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_get_the_first_type_that_holds_them() {
        assert_eq!(integer("42"), Ok((42, IntType::Int)));
        assert_eq!(
            integer("0x80000000"),
            Ok((0x8000_0000, IntType::UnsignedInt))
        );
        assert_eq!(integer("2147483648"), Ok((0x8000_0000, IntType::Long)));
        assert_eq!(
            integer("0xffffffffffffffff"),
            Ok((-1, IntType::UnsignedLong))
        );
        assert_eq!(integer("10ULL"), Ok((10, IntType::UnsignedLongLong)));
        assert_eq!(integer("017"), Ok((15, IntType::Int)));
        assert_eq!(integer("0b101"), Ok((5, IntType::Int)));
        for bad in ["08", "0x", "1.5", "1e3", "3abc", "99999999999999999999"] {
            assert!(integer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn escapes_give_their_bytes() {
        assert_eq!(
            string(r#""a\n\x41\0\101\\é""#),
            Ok(b"a\nA\0A\\\xc3\xa9".to_vec())
        );
        assert_eq!(character(r"'\xff'"), Ok(-1));
        assert_eq!(character("'ab'"), Ok(0x6162));
        for bad in ["''", "'\\q'", "'abcde'", "L'a'"] {
            assert!(character(bad).is_err(), "{bad}");
        }
    }
}
