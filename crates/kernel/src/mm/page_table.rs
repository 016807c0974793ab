//! Page-table entries as x86-64 has them (arch/x86/include/asm/pgtable_types.h).

use crate::addr::Pfn;

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
