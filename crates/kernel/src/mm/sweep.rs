//! One change after the other to the entries of a range (the `walk_page_range` of mprotect and
//! madvise).

use crate::addr::{MmId, PageRange, TableId, Vpn};
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::table::{ENTRIES, index_at};
use crate::mm::tlb::Flush;

/// An entry that is in use, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub mm: MmId,
    /// The node that holds it, this address space's own.
    pub table: TableId,
    pub page: Vpn,
    pub entry: Entry,
}

impl Kernel {
    /// Calls `change` for each entry of `range` that is not empty, ascending; gives the flushes
    /// that the changes owe, as one.
    pub(crate) fn sweep(
        &mut self,
        mm: MmId,
        range: PageRange,
        mut change: impl FnMut(&mut Kernel, Slot) -> Flush,
    ) -> Flush {
        let mut flush = Flush::NONE;
        let mut from = range.start;
        while let Some((first, _)) = self.next_entry(mm, from, range.end) {
            let node_end = Vpn((first.0 / ENTRIES + 1) * ENTRIES);
            from = node_end.min(range.end);
            let table = self.own_table(mm, first);
            for page in PageRange::new(first, from).iter() {
                let entry = self.tables.entry(table, index_at(1, page));
                if !entry.is_none() {
                    let slot = Slot {
                        mm,
                        table,
                        page,
                        entry,
                    };
                    flush = flush.and(change(self, slot));
                }
            }
        }
        flush
    }
}
