//! How often each frame is mapped, exactly: for those who look on. Frames leave out what fork's
//! lazily shared tables still owe them (see [`crate::mm::table::TableInfo`]).

use std::collections::BTreeMap;

use crate::addr::Pfn;
use crate::kernel::Kernel;
use crate::phys::frame::{FrameFlags, FrameTable};

/// The exact mapcounts of a kernel at one moment.
#[derive(Clone, Debug)]
pub struct MappingCounts<'a> {
    frames: &'a FrameTable,
    owed: BTreeMap<Pfn, Owed>,
}

/// What shared tables owe a frame.
#[derive(Clone, Copy, Debug, Default)]
struct Owed {
    mappings: i32,
    not_exclusive: bool,
}

impl MappingCounts<'_> {
    /// How many page-table entries map the frame.
    pub fn of(&self, frame: Pfn) -> u32 {
        let owed = self.owed.get(&frame).map_or(0, |owed| owed.mappings);
        self.frames.get(frame).mapcount.saturating_add_signed(owed)
    }

    /// Whether the frame is a private page of one process alone (PG_anon_exclusive).
    pub fn is_exclusive(&self, frame: Pfn) -> bool {
        let flags = self.frames.get(frame).flags;
        flags.contains(FrameFlags::ANON_EXCLUSIVE)
            && !self.owed.get(&frame).is_some_and(|owed| owed.not_exclusive)
    }
}

impl Kernel {
    /// Counts the mappings of every frame.
    pub fn mapping_counts(&self) -> MappingCounts<'_> {
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
        MappingCounts {
            frames: &self.frames,
            owed,
        }
    }
}
