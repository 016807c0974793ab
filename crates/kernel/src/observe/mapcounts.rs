//! How often each frame is mapped, page tables that fork shares counted in (`folio_mapcount`).

use std::collections::BTreeMap;

use crate::addr::Pfn;
use crate::kernel::Kernel;
use crate::phys::frame::Owner;

/// The exact counts, as long as the kernel does not change.
pub struct Mapcounts<'a> {
    pub(super) kernel: &'a Kernel,
    /// What the frames of lazily shared tables do not know yet.
    pending: BTreeMap<Pfn, i32>,
}

impl Kernel {
    /// Reads how often frames are mapped. Costs the entries of the tables that forks have shared.
    pub fn mapcounts(&self) -> Mapcounts<'_> {
        let mut pending = BTreeMap::new();
        for (table, info) in self.tables.iter() {
            if info.level != 1 || info.pending == 0 {
                continue;
            }
            let frames = self.tables.node(table).iter().filter(|e| e.is_present());
            for entry in frames {
                *pending.entry(entry.frame()).or_insert(0) += info.pending;
            }
        }
        Mapcounts {
            kernel: self,
            pending,
        }
    }
}

impl Mapcounts<'_> {
    /// How many page-table entries map the frame; 0 for the zero page, which is not counted.
    pub fn of(&self, pfn: Pfn) -> u32 {
        let frame = self.kernel.frames.get(pfn);
        if frame.owner == Owner::Zero {
            return 0;
        }
        let pending = self.pending.get(&pfn).copied().unwrap_or(0);
        frame.mapcount.saturating_add_signed(pending)
    }
}
