//! Page-table entries as x86-64 has them (arch/x86/include/asm/pgtable_types.h): [`Pte`] is what
//! one means, [`Entry`] the 64 bits in memory.

use crate::addr::{Pfn, TableId};

/// A page-table entry of the lowest level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pte {
    /// Nothing is mapped.
    #[default]
    None,
    /// A frame is mapped.
    Present(PresentPte),
    /// The page is in this swap slot.
    Swap(u32),
    /// A guard region (MADV_GUARD_INSTALL): every access raises SIGSEGV.
    Guard,
}

/// A present entry: the frame and the bits the processor looks at or sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PresentPte {
    /// The frame.
    pub frame: Pfn,
    /// Stores are allowed (bit 1, RW).
    pub writable: bool,
    /// User mode may use it (bit 2, US): false under PROT_NONE.
    pub user: bool,
    /// Loaded from or stored to (bit 5, A).
    pub accessed: bool,
    /// Stored to (bit 6, D).
    pub dirty: bool,
    /// Instructions are not to be fetched (bit 63, XD).
    pub no_execute: bool,
}

/// An entry of any level, packed.
///
/// Bits 0 (P), 1 (RW), 2 (US), 5 (A), 6 (D) and 63 (XD) are the processor's; the number of a frame,
/// table or swap slot is in bits 12 to 43. In an entry that is not present, bit 3 marks swap and
/// bit 4 a guard. In an entry that leads to a table, RW clear and [`Entry::OLD`] set say how a
/// table shared since fork looks through this entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entry(pub u64);

impl Entry {
    /// P
    pub const PRESENT: u64 = 1;
    /// RW
    pub const WRITABLE: u64 = 1 << 1;
    /// US
    pub const USER: u64 = 1 << 2;
    /// A
    pub const ACCESSED: u64 = 1 << 5;
    /// D
    pub const DIRTY: u64 = 1 << 6;
    /// Of an entry that leads to a table: no entry below counts as accessed.
    pub const OLD: u64 = 1 << 9;
    /// XD
    pub const NO_EXECUTE: u64 = 1 << 63;
    const SWAP: u64 = 1 << 3;
    const GUARD: u64 = 1 << 4;
    const NUMBER_SHIFT: u32 = 12;

    /// Nothing.
    pub const NONE: Entry = Entry(0);
    /// A guard region's entry.
    pub const GUARD_MARKER: Entry = Entry(Entry::GUARD);

    /// An entry that leads to a table.
    pub const fn of_table(table: TableId) -> Entry {
        let bits = Entry::PRESENT | Entry::WRITABLE | Entry::USER | Entry::ACCESSED;
        Entry(bits | (table.0 as u64) << Entry::NUMBER_SHIFT)
    }

    /// An entry that maps a frame, with these bits.
    pub const fn of_frame(frame: Pfn, bits: u64) -> Entry {
        Entry(Entry::PRESENT | bits | (frame.0 as u64) << Entry::NUMBER_SHIFT)
    }

    /// Whether it is empty.
    #[inline]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether it maps a frame or leads to a table.
    #[inline]
    pub const fn is_present(self) -> bool {
        self.0 & Entry::PRESENT != 0
    }

    /// Whether all of `bits` are set.
    #[inline]
    pub const fn has(self, bits: u64) -> bool {
        self.0 & bits == bits
    }

    /// With these bits set.
    #[inline]
    pub const fn with(self, bits: u64) -> Entry {
        Entry(self.0 | bits)
    }

    /// With these bits clear.
    #[inline]
    pub const fn without(self, bits: u64) -> Entry {
        Entry(self.0 & !bits)
    }

    /// The table that it leads to.
    #[inline]
    pub const fn table(self) -> TableId {
        TableId(self.number())
    }

    /// The frame that it maps.
    #[inline]
    pub const fn frame(self) -> Pfn {
        Pfn(self.number())
    }

    #[inline]
    const fn number(self) -> u32 {
        (self.0 >> Entry::NUMBER_SHIFT) as u32
    }

    /// What it maps, and how.
    pub fn present(self) -> Option<PresentPte> {
        self.is_present().then(|| PresentPte {
            frame: self.frame(),
            writable: self.has(Entry::WRITABLE),
            user: self.has(Entry::USER),
            accessed: self.has(Entry::ACCESSED),
            dirty: self.has(Entry::DIRTY),
            no_execute: self.has(Entry::NO_EXECUTE),
        })
    }

    /// How this entry, of a table reached through `upper`, is to be read.
    #[inline]
    pub const fn seen_through(self, upper: Entry) -> Entry {
        if !self.is_present() {
            return self;
        }
        let mut clear = 0;
        if !upper.has(Entry::WRITABLE) {
            clear |= Entry::WRITABLE;
        }
        if upper.has(Entry::OLD) {
            clear |= Entry::ACCESSED;
        }
        self.without(clear)
    }
}

impl From<Entry> for Pte {
    fn from(entry: Entry) -> Pte {
        if let Some(present) = entry.present() {
            Pte::Present(present)
        } else if entry.has(Entry::SWAP) {
            Pte::Swap(entry.number())
        } else if entry.has(Entry::GUARD) {
            Pte::Guard
        } else {
            Pte::None
        }
    }
}
