//! How often each frame is mapped, page tables that fork shares counted in (`folio_mapcount`).
//! Frames leave out what those tables still owe them (see [`crate::mm::table::TableInfo`]).

use crate::addr::Pfn;
use crate::kernel::Kernel;
use crate::phys::frame::{FrameFlags, Owner, ZERO_FRAME};
use crate::phys::free_set::FreeSet;

/// The exact counts, as long as the kernel does not change.
pub struct Mapcounts<'a> {
    pub(super) kernel: &'a Kernel,
    /// The mappings that shared tables owe each frame, as far as the last one that they owe any.
    owed: Vec<i32>,
    /// The frames that are not exclusive any more, and do not know it yet.
    not_exclusive: FreeSet,
}

impl Kernel {
    /// Reads how often frames are mapped. Costs the entries of the tables that forks have shared.
    pub fn mapcounts(&self) -> Mapcounts<'_> {
        let (mut owed, mut not_exclusive) = (Vec::new(), FreeSet::default());
        for (table, info) in self.tables.iter() {
            if info.pending == 0 && !info.exclusive_pending {
                continue;
            }
            let entries = self.tables.node(table).iter();
            for entry in entries.filter(|entry| entry.is_present()) {
                let frame = entry.frame().0;
                let at = frame as usize;
                if at >= owed.len() {
                    owed.resize(at + 1, 0);
                }
                owed[at] += info.pending;
                if info.exclusive_pending {
                    not_exclusive.take(frame);
                }
            }
        }
        Mapcounts {
            kernel: self,
            owed,
            not_exclusive,
        }
    }
}

impl Mapcounts<'_> {
    /// How many page-table entries map the frame; 0 for the zero page, which is not counted.
    #[inline]
    pub fn of(&self, pfn: Pfn) -> u32 {
        let frame = self.kernel.frames.get(pfn);
        if frame.owner == Owner::Zero {
            return 0;
        }
        let owed = self.owed.get(pfn.0 as usize).copied().unwrap_or(0);
        frame.mapcount.saturating_add_signed(owed)
    }

    /// Whether any frame may be mapped more than once.
    pub fn any_shared(&self) -> bool {
        self.kernel.frames.any_shared() || !self.owed.is_empty()
    }

    /// As [`Mapcounts::of`], of a frame that a page-table entry maps: a frame that this entry alone maps is not looked at.
    #[inline]
    pub fn of_mapped(&self, pfn: Pfn) -> u32 {
        let owed = self.owed.get(pfn.0 as usize).copied().unwrap_or(0);
        match self.kernel.frames.is_shared(pfn) {
            true => self.of(pfn),
            false if pfn == ZERO_FRAME => 0,
            // Tables that fork shares owe what is beyond one mapping, never the first one.
            false => 1u32.saturating_add_signed(owed),
        }
    }

    /// Whether the frame is a private page of one process alone (PG_anon_exclusive).
    pub fn is_exclusive(&self, pfn: Pfn) -> bool {
        let flags = self.kernel.frames.get(pfn).flags;
        flags.contains(FrameFlags::ANON_EXCLUSIVE) && !self.not_exclusive.contains(pfn.0)
    }
}
