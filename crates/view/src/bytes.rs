//! The bytes of a page, for a view in hexadecimal and text.

use std::ops::Range;

use abi::{Pid, VirtAddr};

use crate::cell::CellId;

/// The bytes of one page-sized thing.
#[derive(Clone, Debug, PartialEq)]
pub struct BytesView {
    /// Whose bytes.
    pub of: CellId,
    /// The process and address at which byte 0 can be stored to from the drawing, if it can.
    pub address: Option<(Pid, VirtAddr)>,
    /// A variable that points to characters of the same mapping, and where to.
    pub pointer: Option<(String, VirtAddr)>,
    /// Where byte 0 lies in its file, if it is a file's.
    pub file_offset: Option<u64>,
    /// All bytes of the page; empty when it is not in memory.
    pub bytes: Vec<u8>,
    /// The bytes that the step that led here changed.
    pub changed: Option<Range<u16>>,
}

/// Sixteen bytes of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesRow {
    /// Where in the page.
    pub offset: u16,
    /// `41 42 ..`
    pub hex: String,
    /// Printable ASCII, `.` for the rest.
    pub text: String,
}

impl BytesView {
    /// The C expression for a byte, by a pointer of the program where there is one: `p[5]`; none where no process maps it.
    pub fn place(&self, offset: u16) -> Option<String> {
        let address = self.address?.1.offset(u64::from(offset));
        let pointer = self.pointer.as_ref();
        let index = pointer.and_then(|(name, target)| {
            let index = address.0.checked_sub(target.0)?;
            Some(format!("{name}[{index}]"))
        });
        Some(index.unwrap_or_else(|| format!("*(char *){:#x}", address.0)))
    }

    /// The statement that stores a byte, and the process that it is for.
    pub fn store(&self, offset: u16, byte: u8) -> Option<(Pid, String)> {
        let value = match byte {
            b'\'' | b'\\' => format!("'\\{}'", char::from(byte)),
            0x20..=0x7e => format!("'{}'", char::from(byte)),
            _ => format!("{byte:#04x}"),
        };
        let place = self.place(offset)?;
        Some((self.address?.0, format!("{place} = {value};")))
    }

    /// The rows of a hex view.
    pub fn rows(&self) -> impl Iterator<Item = BytesRow> {
        (0u16..)
            .step_by(16)
            .zip(self.bytes.chunks(16))
            .map(|(offset, row)| BytesRow {
                offset,
                hex: hex(row),
                text: printable(row),
            })
    }
}

/// `41 42 0a`
pub fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

/// ASCII as it is, `.` for what cannot be printed.
pub fn printable(bytes: &[u8]) -> String {
    let visible = |byte: &u8| match byte {
        0x20..=0x7e => char::from(*byte),
        _ => '.',
    };
    bytes.iter().map(visible).collect()
}
