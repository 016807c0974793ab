//! Page-table entries that move from one place to another, without faults and without a copy
//! (`move_page_tables`, mm/mremap.c).

use crate::addr::{MmId, PageRange, Vpn};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::table::{ENTRIES, Resident, index_at};
use crate::mm::tlb::Flush;
use crate::mm::walk::LastLeaf;

impl Kernel {
    /// Moves the entries of `range` to where `target` is the first page; nothing is mapped there.
    /// Where the old place has a node of level 1, be it empty, the new one gets one too.
    pub(crate) fn move_entries(&mut self, mm: MmId, range: PageRange, target: Vpn) {
        let moved_to = |page: Vpn| Vpn(page.0 - range.start.0 + target.0);
        let mut from = range.start;
        while let Some(page) = self.next_with_table(mm, from, range.end) {
            let start = Vpn(page.0 / ENTRIES * ENTRIES);
            let node = PageRange::new(start, start.plus(ENTRIES));
            let whole = node.intersection(range) == node
                && moved_to(start).0.is_multiple_of(ENTRIES)
                && self.leaf(mm, moved_to(start)).is_err();
            let part = if whole {
                self.move_node(mm, node, moved_to(start));
                node
            } else {
                let room = ENTRIES - moved_to(page).0 % ENTRIES;
                let end = node.end.min(range.end).min(page.plus(room));
                let part = PageRange::new(page, end);
                self.move_part(mm, part, moved_to(page));
                part
            };
            from = part.end;
            self.flush(mm, Flush::range_of(part));
        }
    }

    /// Moves entries from one node to another; what is mapped stays mapped as often. The caller
    /// flushes the old place.
    fn move_part(&mut self, mm: MmId, part: PageRange, target: Vpn) {
        let old = self.own_table(mm, part.start);
        let new = self.own_table(mm, target);
        let pid = self.mm(mm).owner;
        let (mut moved, mut resident) = (0, Resident::default());
        for page in part.iter() {
            let slot = &mut self.tables.node_mut(old)[index_at(1, page)];
            let entry = std::mem::take(slot);
            if entry.is_none() {
                continue;
            }
            let to = Vpn(page.0 - part.start.0 + target.0);
            self.tables.set_entry(new, index_at(1, to), entry);
            moved += 1;
            if entry.is_present() {
                resident.add(Resident::of(self.frames.get(entry.frame())));
            }
            let none = Entry::NONE;
            self.emit(|| Event::PteChanged {
                pid,
                page,
                old: entry,
                new: none,
            });
            self.emit(|| Event::PteChanged {
                pid,
                page: to,
                old: none,
                new: entry,
            });
        }
        if old != new {
            let info = self.tables.info_mut(old);
            info.used -= moved;
            info.resident.subtract(resident);
            let info = self.tables.info_mut(new);
            info.used += moved;
            info.resident.add(resident);
        }
    }

    /// Moves a whole node of level 1: only the entry that leads to it changes its place.
    fn move_node(&mut self, mm: MmId, node: PageRange, to: Vpn) {
        self.last_leaf = LastLeaf::NONE;
        let old = self.directory_of(mm, node.start);
        let new = self.directory_for(mm, to);
        let index = index_at(2, node.start);
        let upper = self.tables.entry(old, index);
        self.tables.set_entry(old, index, Entry::NONE);
        self.tables.info_mut(old).used -= 1;
        self.tables.set_entry(new, index_at(2, to), upper);
        self.tables.info_mut(new).used += 1;
        let pid = self.mm(mm).owner;
        let range = node;
        self.emit(|| Event::PteRangeMoved { pid, range, to });
    }
}
