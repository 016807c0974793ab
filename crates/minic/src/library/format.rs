//! printf(3)'s formats: flags, width, precision, length modifiers and the conversions `d i u x X o c s p %`.

use crate::types::IntType;
use crate::vm::bus::Stop;

use super::Call;

/// The most bytes that one printf makes: a width or a string beyond that is cut.
const LONGEST: usize = 1 << 24;

/// A conversion specification, `%-08.3ld`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Specification {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    length: Length,
    conversion: u8,
}

/// A length modifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Length {
    Char,
    Short,
    #[default]
    Int,
    Long,
}

/// A format being read.
struct Reader<'f> {
    rest: &'f [u8],
    args: std::slice::Iter<'f, i64>,
}

impl Call<'_, '_> {
    /// The text that a format and its arguments make.
    pub(super) fn formatted(&mut self, format: u64, args: &[i64]) -> Result<Vec<u8>, Stop> {
        let format = self.string(format)?;
        let mut reader = Reader {
            rest: &format,
            args: args.iter(),
        };
        let mut text = Vec::new();
        while let Some(literal) = reader.literal() {
            text.extend_from_slice(literal);
            let Some(specification) = reader.specification() else {
                continue;
            };
            self.convert(&specification, &mut reader, &mut text)?;
            text.truncate(LONGEST);
        }
        Ok(text)
    }

    fn convert(
        &mut self,
        specification: &Specification,
        reader: &mut Reader<'_>,
        text: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        match specification.conversion {
            b'%' => text.push(b'%'),
            b'm' => {
                let message = super::stdio::message(self.state.errno);
                specification.padded(message.as_bytes(), text);
            }
            b'c' => {
                let byte = self.argument(reader) as u8;
                specification.padded(&[byte], text);
            }
            b's' => {
                let address = self.argument(reader) as u64;
                let limit = specification.precision.map(|precision| precision as u64);
                let string = match address {
                    0 if limit.is_some_and(|limit| limit < 6) => Vec::new(),
                    0 => b"(null)".to_vec(),
                    _ => self.string_up_to(address, limit.unwrap_or(LONGEST as u64))?,
                };
                specification.padded(&string, text);
            }
            b'p' => match self.argument(reader) {
                0 => specification.padded(b"(nil)", text),
                value => {
                    let hex = Specification {
                        alternate: true,
                        conversion: b'x',
                        length: Length::Long,
                        ..specification.clone()
                    };
                    hex.number(value, text);
                }
            },
            b'd' | b'i' | b'u' | b'x' | b'X' | b'o' => {
                let value = self.argument(reader);
                specification.number(value, text);
            }
            other => {
                self.warn("the format has a conversion that printf does not know");
                text.extend([b'%', other]);
            }
        }
        Ok(())
    }

    fn argument(&mut self, reader: &mut Reader<'_>) -> i64 {
        if let Some(&value) = reader.args.next() {
            return value;
        }
        self.warn("the format asks for more arguments than there are");
        0
    }
}

impl<'f> Reader<'f> {
    /// The bytes before the next `%`; none at the end.
    fn literal(&mut self) -> Option<&'f [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self
            .rest
            .iter()
            .position(|&b| b == b'%')
            .unwrap_or(self.rest.len());
        let (literal, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(literal)
    }

    fn next_if(&mut self, wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        if !wanted(byte) {
            return None;
        }
        self.rest = rest;
        Some(byte)
    }

    /// A specification, from its `%` on; none at the end of the format.
    fn specification(&mut self) -> Option<Specification> {
        self.next_if(|b| b == b'%')?;
        let mut found = Specification::default();
        while let Some(flag) = self.next_if(|b| b"-+ #0".contains(&b)) {
            match flag {
                b'-' => found.left = true,
                b'+' => found.plus = true,
                b' ' => found.space = true,
                b'#' => found.alternate = true,
                _ => found.zero = true,
            }
        }
        let width = self.count();
        found.left |= width.is_some_and(i64::is_negative);
        found.width = width.map_or(0, magnitude);
        if self.next_if(|b| b == b'.').is_some() {
            let precision = self.count().unwrap_or(0);
            found.precision = (precision >= 0).then(|| magnitude(precision));
        }
        while let Some(modifier) = self.next_if(|b| b"hlqzjtL".contains(&b)) {
            found.length = match (modifier, found.length) {
                (b'h', Length::Short) => Length::Char,
                (b'h', _) => Length::Short,
                _ => Length::Long,
            };
        }
        found.conversion = self.next_if(|_| true)?;
        Some(found)
    }

    /// A number of the format, or for `*` of the arguments.
    fn count(&mut self) -> Option<i64> {
        if self.next_if(|b| b == b'*').is_some() {
            return self.args.next().map(|&value| i64::from(value as i32));
        }
        let mut number = None;
        while let Some(digit) = self.next_if(|b| b.is_ascii_digit()) {
            let value = number.unwrap_or(0i64).saturating_mul(10);
            number = Some(value.saturating_add(i64::from(digit - b'0')));
        }
        number
    }
}

fn magnitude(count: i64) -> usize {
    usize::try_from(count.unsigned_abs())
        .unwrap_or(LONGEST)
        .min(LONGEST)
}

impl Specification {
    /// The text, padded with spaces to the width.
    fn padded(&self, piece: &[u8], text: &mut Vec<u8>) {
        let padding = self.width.saturating_sub(piece.len());
        if !self.left {
            text.resize(text.len().saturating_add(padding), b' ');
        }
        text.extend_from_slice(piece);
        if self.left {
            text.resize(text.len().saturating_add(padding), b' ');
        }
    }

    fn number(&self, value: i64, text: &mut Vec<u8>) {
        let is_signed = matches!(self.conversion, b'd' | b'i');
        let value = self.int_type(is_signed).wrap(value);
        let (negative, magnitude) = match is_signed {
            true => (value < 0, value.unsigned_abs()),
            false => (false, value as u64),
        };
        let mut digits = match self.conversion {
            b'x' => format!("{magnitude:x}"),
            b'X' => format!("{magnitude:X}"),
            b'o' => format!("{magnitude:o}"),
            _ => magnitude.to_string(),
        };
        if self.precision == Some(0) && magnitude == 0 {
            digits.clear();
        }
        if self.conversion == b'o' && self.alternate && !digits.starts_with('0') {
            digits.insert(0, '0');
        }
        let prefix = match (self.conversion, is_signed) {
            (b'x', _) if self.alternate && magnitude != 0 => "0x",
            (b'X', _) if self.alternate && magnitude != 0 => "0X",
            (_, true) if negative => "-",
            (_, true) if self.plus => "+",
            (_, true) if self.space => " ",
            _ => "",
        };
        let wanted = match self.precision {
            Some(precision) => precision,
            None if self.zero && !self.left => self.width.saturating_sub(prefix.len()),
            None => 0,
        };
        let zeros = "0".repeat(wanted.saturating_sub(digits.len()));
        self.padded(format!("{prefix}{zeros}{digits}").as_bytes(), text);
    }

    fn int_type(&self, is_signed: bool) -> IntType {
        let signed = match self.length {
            Length::Char => IntType::SignedChar,
            Length::Short => IntType::Short,
            Length::Int => IntType::Int,
            Length::Long => IntType::Long,
        };
        if is_signed {
            signed
        } else {
            signed.to_unsigned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What printf makes of one specification and a number.
    fn number(format: &str, value: i64) -> String {
        let mut reader = Reader {
            rest: format.as_bytes(),
            args: [].iter(),
        };
        let mut text = Vec::new();
        if let Some(specification) = reader.specification() {
            specification.number(value, &mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    #[test]
    fn numbers_are_written_as_glibc_writes_them() {
        assert_eq!(number("%5d", -42), "  -42");
        assert_eq!(number("%-5d|", -42), "-42  ");
        assert_eq!(number("%05d", -42), "-0042");
        assert_eq!(number("%+.3d", 7), "+007");
        assert_eq!(number("% d", 7), " 7");
        assert_eq!(number("%#x", 255), "0xff");
        assert_eq!(number("%#010x", 255), "0x000000ff");
        assert_eq!(number("%#o", 8), "010");
        assert_eq!(number("%.0d", 0), "");
        assert_eq!(number("%hhd", 200), "-56");
        assert_eq!(number("%u", -1), "4294967295");
        assert_eq!(number("%lu", -1), "18446744073709551615");
        assert_eq!(number("%08.3d", 5), "     005");
        assert_eq!(number("%X", 0xbeef), "BEEF");
    }
}
