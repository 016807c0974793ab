//! How often each frame is mapped, page tables that fork shares counted in (`folio_mapcount`).
//! Frames leave out what those tables still owe them (see [`crate::mm::table::TableInfo`]).

use std::collections::BTreeMap;

use crate::addr::Pfn;
use crate::kernel::Kernel;
use crate::phys::frame::{FrameFlags, Owner};

/// The exact counts, as long as the kernel does not change.
pub struct Mapcounts<'a> {
    pub(super) kernel: &'a Kernel,
    owed: BTreeMap<Pfn, Owed>,
}

/// What shared tables owe a frame.
#[derive(Clone, Copy, Default)]
struct Owed {
    mappings: i32,
    not_exclusive: bool,
}

impl Kernel {
    /// Reads how often frames are mapped. Costs the entries of the tables that forks have shared.
    pub fn mapcounts(&self) -> Mapcounts<'_> {
        let mut owed: BTreeMap<Pfn, Owed> = BTreeMap::new();
        for (table, info) in self.tables.iter() {
            if info.pending == 0 && !info.exclusive_pending {
                continue;
            }
            let entries = self.tables.node(table).iter();
            for entry in entries.filter(|entry| entry.is_present()) {
                let owed = owed.entry(entry.frame()).or_default();
                owed.mappings += info.pending;
                owed.not_exclusive |= info.exclusive_pending;
            }
        }
        Mapcounts { kernel: self, owed }
    }
}

impl Mapcounts<'_> {
    /// How many page-table entries map the frame; 0 for the zero page, which is not counted.
    pub fn of(&self, pfn: Pfn) -> u32 {
        let frame = self.kernel.frames.get(pfn);
        if frame.owner == Owner::Zero {
            return 0;
        }
        let owed = self.owed.get(&pfn).map_or(0, |owed| owed.mappings);
        frame.mapcount.saturating_add_signed(owed)
    }

    /// Whether the frame is a private page of one process alone (PG_anon_exclusive).
    pub fn is_exclusive(&self, pfn: Pfn) -> bool {
        let flags = self.kernel.frames.get(pfn).flags;
        flags.contains(FrameFlags::ANON_EXCLUSIVE)
            && !self.owed.get(&pfn).is_some_and(|owed| owed.not_exclusive)
    }
}
