//! What a frame holds. A page that is zero, or the file's own bytes, or another page's, stores no
//! bytes; nor does one that differs from them in a single word. The first store that needs them
//! makes them.

use std::rc::Rc;

use crate::addr::PAGE_SIZE;
use crate::persistent::unshared;

/// The bytes of a page.
pub type PageBytes = [u8; PAGE_SIZE as usize];

/// The contents of a frame, in the smallest form: a base, and at most one aligned 8-byte word that
/// differs from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contents {
    base: Base,
    /// Which word differs, 0 to 511, or [`NO_WORD`].
    index: u16,
    /// That word, little-endian.
    word: u64,
}

/// What most of a page holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Base {
    /// Zeros.
    #[default]
    Zero,
    /// A page of a file as it is on the disk; what passes its end is zero.
    Source {
        /// All the file's bytes.
        file: Rc<Rc<[u8]>>,
        /// Which page of them.
        page: u32,
    },
    /// Any bytes, which other frames may share.
    Bytes(Rc<PageBytes>),
}

const NO_WORD: u16 = u16::MAX;

impl Default for Contents {
    fn default() -> Contents {
        Contents::ZERO
    }
}

impl Contents {
    /// Zeros.
    pub const ZERO: Contents = Contents {
        base: Base::Zero,
        index: NO_WORD,
        word: 0,
    };

    /// Page `page` of the bytes `file`.
    pub fn of_source(file: &Rc<Rc<[u8]>>, page: u32) -> Contents {
        Contents {
            base: Base::Source {
                file: Rc::clone(file),
                page,
            },
            ..Contents::ZERO
        }
    }

    /// These bytes.
    pub fn of_bytes(bytes: &PageBytes) -> Contents {
        Contents {
            base: Base::Bytes(Rc::new(*bytes)),
            ..Contents::ZERO
        }
    }

    /// Copies the bytes from `offset` on into `into`; what would pass the page's end is zero.
    pub fn read(&self, offset: u64, into: &mut [u8]) {
        match &self.base {
            Base::Zero => into.fill(0),
            Base::Source { file, page } => {
                into.fill(0);
                copy_overlap(source_page(file, *page), 0, offset, into);
            }
            Base::Bytes(bytes) => match bytes.get(range(offset, into.len())) {
                Some(from) => into.copy_from_slice(from),
                None => {
                    into.fill(0);
                    copy_overlap(&bytes[..], 0, offset, into);
                }
            },
        }
        if self.index != NO_WORD {
            let start = u64::from(self.index) * 8;
            copy_overlap(&self.word.to_le_bytes(), start, offset, into);
        }
    }

    /// The `width` (1 to 8) bytes at `offset`, little-endian.
    #[inline]
    pub fn load(&self, offset: u64, width: u64) -> u64 {
        if self.index == NO_WORD && matches!(self.base, Base::Zero) {
            return 0;
        }
        if offset / 8 == u64::from(self.index) && offset % 8 + width <= 8 {
            return self.word >> (offset % 8 * 8) & low_bytes(width);
        }
        let mut bytes = [0; 8];
        let width = width.min(8) as usize;
        self.read(offset, &mut bytes[..width]);
        u64::from_le_bytes(bytes)
    }

    /// Stores the low `width` (1 to 8) bytes of `value` at `offset`; they lie within the page.
    #[inline]
    pub fn store(&mut self, offset: u64, width: u64, value: u64) {
        let index = (offset / 8) as u16;
        if offset % 8 + width <= 8 && self.takes_word(index) {
            let shift = offset % 8 * 8;
            let mask = low_bytes(width) << shift;
            if self.index != index {
                self.word = self.load(offset / 8 * 8, 8);
                self.index = index;
            }
            self.word = self.word & !mask | (value << shift & mask);
        } else {
            let bytes = value.to_le_bytes();
            self.write(offset, &bytes[..width.min(8) as usize]);
        }
    }

    /// Whether a store to this word alone can be kept beside the base.
    #[inline]
    fn takes_word(&self, index: u16) -> bool {
        self.index == index || self.index == NO_WORD
    }

    /// Stores `from` at `offset`; what would pass the page's end is left out.
    pub fn write(&mut self, offset: u64, from: &[u8]) {
        if let (0, Ok(page)) = (offset, <&PageBytes>::try_from(from)) {
            *self = Contents::of_bytes(page);
        } else if !from.is_empty() {
            self.edit(|page| {
                let start = (offset as usize).min(page.len());
                let end = start.saturating_add(from.len()).min(page.len());
                page[start..end].copy_from_slice(&from[..end - start]);
            });
        }
    }

    /// Stores `length` bytes of another page, from its `start` on, at `offset`.
    #[inline(never)] // For its room on the stack.
    pub fn write_from(&mut self, offset: u64, other: &Contents, start: u64, length: u64) {
        let mut buffer = [0; PAGE_SIZE as usize];
        let bytes = &mut buffer[..length.min(PAGE_SIZE) as usize];
        other.read(start, bytes);
        self.write(offset, bytes);
    }

    /// Sets `length` bytes from `offset` on to `byte`.
    pub fn fill(&mut self, offset: u64, length: u64, byte: u8) {
        if byte == 0 && (*self == Contents::ZERO || (offset == 0 && length >= PAGE_SIZE)) {
            *self = Contents::ZERO;
        } else {
            let start = offset.min(PAGE_SIZE);
            let end = start.saturating_add(length).min(PAGE_SIZE);
            self.edit(|page| page[start as usize..end as usize].fill(byte));
        }
    }

    /// Writes zeros from `offset` to the page's end.
    pub fn zero_tail(&mut self, offset: u64) {
        self.fill(offset, PAGE_SIZE, 0);
    }

    /// All the bytes.
    pub fn to_bytes(&self) -> PageBytes {
        let mut bytes = [0; PAGE_SIZE as usize];
        self.read(0, &mut bytes);
        bytes
    }

    /// Whether both hold the same bytes, in whatever form.
    pub fn same_bytes(&self, other: &Contents) -> bool {
        self == other || self.to_bytes() == other.to_bytes()
    }

    /// How many bytes of memory of their own the contents need.
    pub fn stored_bytes(&self) -> u64 {
        match self.base {
            Base::Bytes(_) => PAGE_SIZE,
            _ => 0,
        }
    }

    /// Changes the bytes in place, made where there are none, copied where they are shared.
    fn edit(&mut self, change: impl FnOnce(&mut PageBytes)) {
        let bytes = match std::mem::take(&mut self.base) {
            Base::Bytes(bytes) => bytes,
            other => {
                let base = Contents {
                    base: other,
                    ..Contents::ZERO
                };
                Rc::new(base.to_bytes())
            }
        };
        let Contents { index, word, .. } = std::mem::take(self);
        let mut bytes = bytes;
        let page = unshared(&mut bytes);
        if index != NO_WORD {
            page[range(u64::from(index) * 8, 8)].copy_from_slice(&word.to_le_bytes());
        }
        change(page);
        self.base = Base::Bytes(bytes);
    }
}

fn source_page(file: &[u8], page: u32) -> &[u8] {
    let start = (page as usize * PAGE_SIZE as usize).min(file.len());
    let end = (start + PAGE_SIZE as usize).min(file.len());
    &file[start..end]
}

fn range(offset: u64, length: usize) -> std::ops::Range<usize> {
    offset as usize..offset as usize + length
}

const fn low_bytes(width: u64) -> u64 {
    if width >= 8 {
        u64::MAX
    } else {
        (1 << (width * 8)) - 1
    }
}

/// Copies to `into`, which begins at `offset`, what it shares with `from`, which begins at `start`.
fn copy_overlap(from: &[u8], start: u64, offset: u64, into: &mut [u8]) {
    let first = start.max(offset);
    let end = (start + from.len() as u64).min(offset + into.len() as u64);
    if first < end {
        let length = (end - first) as usize;
        into[range(first - offset, length)].copy_from_slice(&from[range(first - start, length)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_needs_no_bytes_and_a_second_does() {
        let mut page = Contents::ZERO;
        page.store(17, 2, 0xabcd);
        assert_eq!(page.stored_bytes(), 0);
        assert_eq!(
            (page.load(16, 8), page.load(12, 8)),
            (0x00ab_cd00, 0xab_cd00_0000_0000)
        );
        page.store(4088, 8, u64::MAX);
        assert_eq!(page.stored_bytes(), PAGE_SIZE);
        assert_eq!((page.load(17, 2), page.load(4094, 2)), (0xabcd, 0xffff));
    }

    #[test]
    fn a_source_page_ends_in_zeros() {
        let file: Rc<Rc<[u8]>> = Rc::new(Rc::from(vec![7; 5000]));
        let mut page = Contents::of_source(&file, 1);
        assert_eq!((page.load(903, 1), page.load(904, 8)), (7, 0));
        page.zero_tail(1);
        assert_eq!(page.load(0, 8), 7);
        assert_eq!(Contents::of_source(&file, 9).load(0, 8), 0);
    }

    #[test]
    fn a_copy_with_one_word_of_its_own_shares_the_rest() {
        let mut page = Contents::of_bytes(&[3; PAGE_SIZE as usize]);
        let mut copy = page.clone();
        copy.store(4, 1, 9);
        assert_eq!(
            (copy.load(0, 8), page.load(0, 8)),
            (0x0303_0309_0303_0303, 0x0303_0303_0303_0303)
        );
        page.store(0, 8, 1);
        copy.store(8, 8, 2);
        assert_eq!(
            (copy.load(3, 4), copy.load(8, 8), copy.load(16, 1)),
            (0x0303_0903, 2, 3)
        );
        assert_eq!((page.load(0, 8), page.load(8, 1)), (1, 3));
    }
}
