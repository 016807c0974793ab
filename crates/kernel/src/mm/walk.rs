//! Walking a page table, and the only ways to change one (arch/x86/include/asm/pgtable.h, and
//! mm/memory.c where entries are set and cleared).
//!
//! Since fork, address spaces may share nodes of level 1 (see [`crate::mm::table`]). Every change
//! goes through [`Kernel::own_table`], which first gives the address space a node of its own.

use crate::addr::{MmId, PageRange, Pfn, TableId, Vpn};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::table::{ENTRIES, Resident, TOP_LEVEL, index_at, pages_at};
use crate::mm::tlb::Flush;
use crate::phys::frame::{FrameFlags, ZERO_FRAME};
use abi::Pid;

/// A part of an address space that a node of level 1 translates: its first page, the node, and the entries as they stand there.
pub type Leaf<'a> = (Vpn, TableId, &'a [Entry]);

/// What a walk found.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// How many of the four levels had a present entry.
    pub levels: u8,
    /// The PTE, as this address space sees it; `NONE` where the walk ended early.
    pub entry: Entry,
}

/// The node of level 1 that was last walked to, as processors remember it (a paging-structure
/// cache). It is no state: it says nothing that a walk would not find.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastLeaf {
    mm: MmId,
    /// The page number without the bits that level 1 translates.
    region: u64,
    table: TableId,
    upper: Entry,
    /// Whether the node is the address space's own, so that it may be changed as it is.
    own: bool,
}

impl LastLeaf {
    /// Nothing was walked to, or it may have changed.
    pub const NONE: LastLeaf = LastLeaf {
        mm: MmId(0),
        region: u64::MAX,
        table: TableId(0),
        upper: Entry::NONE,
        own: false,
    };

    fn holds(&self, mm: MmId, page: Vpn) -> bool {
        self.region == page.0 / ENTRIES && self.mm == mm
    }
}

impl Kernel {
    /// Walks the page table of `mm` to `page`; it changes nothing.
    #[inline]
    pub(crate) fn walk(&self, mm: MmId, page: Vpn) -> Walk {
        match self.leaf(mm, page) {
            Ok((table, upper)) => self.walk_in(table, upper, page),
            Err(levels) => Walk {
                levels,
                entry: Entry::NONE,
            },
        }
    }

    /// The end of a walk, in the node of level 1.
    #[inline]
    fn walk_in(&self, table: TableId, upper: Entry, page: Vpn) -> Walk {
        let entry = self.tables.entry(table, index_at(1, page));
        let entry = entry.seen_through(upper);
        Walk {
            levels: TOP_LEVEL - 1 + u8::from(entry.is_present()),
            entry,
        }
    }

    /// Walks, and remembers the node of level 1.
    #[inline]
    pub(crate) fn walk_and_remember(&mut self, mm: MmId, page: Vpn) -> Walk {
        if !self.last_leaf.holds(mm, page) {
            self.remember_leaf(mm, page);
            return self.walk(mm, page);
        }
        self.walk_in(self.last_leaf.table, self.last_leaf.upper, page)
    }

    fn remember_leaf(&mut self, mm: MmId, page: Vpn) {
        if let Ok((table, upper)) = self.leaf_from_top(mm, page) {
            self.last_leaf = LastLeaf {
                mm,
                region: page.0 / ENTRIES,
                table,
                upper,
                own: self.is_own(table, upper),
            };
        }
    }

    /// The node of level 1 for `page`, and the entry that leads to it; where there is none, how many
    /// levels were found.
    #[inline]
    pub(crate) fn leaf(&self, mm: MmId, page: Vpn) -> Result<(TableId, Entry), u8> {
        if self.last_leaf.holds(mm, page) {
            return Ok((self.last_leaf.table, self.last_leaf.upper));
        }
        self.leaf_from_top(mm, page)
    }

    fn leaf_from_top(&self, mm: MmId, page: Vpn) -> Result<(TableId, Entry), u8> {
        let mut table = self.mm(mm).root;
        let mut upper = Entry::NONE;
        for level in (2..=TOP_LEVEL).rev() {
            upper = self.tables.entry(table, index_at(level, page));
            if !upper.is_present() {
                return Err(TOP_LEVEL - level);
            }
            table = upper.table();
        }
        Ok((table, upper))
    }

    /// The PTE of `page`.
    #[inline]
    pub(crate) fn entry_of(&self, mm: MmId, page: Vpn) -> Entry {
        self.walk(mm, page).entry
    }

    /// The node of level 1 for `page`, this address space's own, made where it is missing.
    #[inline]
    pub(crate) fn own_table(&mut self, mm: MmId, page: Vpn) -> TableId {
        if self.last_leaf.own && self.last_leaf.holds(mm, page) {
            return self.last_leaf.table;
        }
        self.own_table_by_walk(mm, page)
    }

    fn own_table_by_walk(&mut self, mm: MmId, page: Vpn) -> TableId {
        if let Ok((table, upper)) = self.leaf(mm, page) {
            let own = self.unshare(mm, page, table, upper);
            self.remember_leaf(mm, page);
            return own;
        }
        let directory = self.directory_for(mm, page);
        self.node_below(mm, page, directory, 2)
    }

    /// The node of level 2 on the way to `page`, made where it is missing.
    pub(crate) fn directory_for(&mut self, mm: MmId, page: Vpn) -> TableId {
        let top = self.mm(mm).root;
        let below_top = self.node_below(mm, page, top, TOP_LEVEL);
        self.node_below(mm, page, below_top, TOP_LEVEL - 1)
    }

    /// The node that the entry of `table`, of `level`, for `page` leads to, made where missing.
    fn node_below(&mut self, mm: MmId, page: Vpn, table: TableId, level: u8) -> TableId {
        let index = index_at(level, page);
        let upper = self.tables.entry(table, index);
        if upper.is_present() {
            return upper.table();
        }
        let below = self.tables.allocate(level - 1);
        self.tables.set_entry(table, index, Entry::of_table(below));
        self.tables.info_mut(table).used += 1;
        let space = self.mm_mut(mm);
        space.tables += 1;
        let pid = space.owner;
        self.emit(|| Event::TableAllocated {
            pid,
            page,
            level: level - 1,
        });
        below
    }

    /// The node of level 1 for `page`, this address space's own; none where there is no node.
    pub(crate) fn own_table_if_any(&mut self, mm: MmId, page: Vpn) -> Option<TableId> {
        let (table, upper) = self.leaf(mm, page).ok()?;
        Some(self.unshare(mm, page, table, upper))
    }

    /// Whether no other address space has the node, and fork left nothing to be done for it.
    fn is_own(&self, table: TableId, upper: Entry) -> bool {
        Entry::of_table(table) == upper && self.tables.info(table).is_settled()
    }

    fn unshare(&mut self, mm: MmId, page: Vpn, table: TableId, upper: Entry) -> TableId {
        if self.is_own(table, upper) {
            return table;
        }
        let plain = Entry::of_table(table) == upper;
        let info = *self.tables.info(table);
        self.last_leaf = LastLeaf::NONE;
        self.settle(table);
        let own = if info.sharers == 1 {
            table
        } else {
            self.tables.info_mut(table).sharers -= 1;
            self.tables.duplicate(table)
        };
        if plain && own == table {
            return own;
        }
        if !plain {
            for entry in self.tables.node_mut(own) {
                *entry = entry.seen_through(upper);
            }
        }
        let directory = self.directory_of(mm, page);
        let index = index_at(2, page);
        self.tables
            .set_entry(directory, index, Entry::of_table(own));
        own
    }

    /// Tells the frames of a shared node how often they are mapped.
    pub(crate) fn settle(&mut self, table: TableId) {
        let info = self.tables.info_mut(table);
        let (pending, exclusive) = (info.pending, info.exclusive_pending);
        if pending == 0 && !exclusive {
            return;
        }
        info.pending = 0;
        info.exclusive_pending = false;
        for entry in self.tables.node(table) {
            if !entry.is_present() {
                continue;
            }
            if entry.frame() == ZERO_FRAME {
                continue;
            }
            let frame = self.frames.count_mappings(entry.frame(), pending);
            if exclusive {
                frame.flags -= FrameFlags::ANON_EXCLUSIVE;
            }
        }
    }

    /// The node of level 2 on the way to `page`, which exists.
    pub(crate) fn directory_of(&self, mm: MmId, page: Vpn) -> TableId {
        let mut table = self.mm(mm).root;
        for level in (3..=TOP_LEVEL).rev() {
            table = self.tables.entry(table, index_at(level, page)).table();
        }
        table
    }

    /// Sets the PTE of `page` in a node that [`Kernel::own_table`] gave, and counts what it maps.
    /// The mapcount of a frame newly mapped is raised, that of one no longer mapped lowered;
    /// freeing it is the caller's.
    pub(crate) fn set_pte(&mut self, mm: MmId, table: TableId, page: Vpn, new: Entry) -> Flush {
        let slot = &mut self.tables.node_mut(table)[index_at(1, page)];
        let old = std::mem::replace(slot, new);
        if old == new {
            return Flush::NONE;
        }
        if old.is_present() != new.is_present() || old.frame() != new.frame() {
            self.count_mapping(mm, table, old, -1);
            self.count_mapping(mm, table, new, 1);
        }
        if old.is_none() != new.is_none() {
            let used = &mut self.tables.info_mut(table).used;
            *used = if new.is_none() { *used - 1 } else { *used + 1 };
        }
        let pid = self.mm(mm).owner;
        self.emit(|| Event::PteChanged {
            pid,
            page,
            old,
            new,
        });
        if old.is_present() {
            Flush::page(page)
        } else {
            Flush::NONE
        }
    }

    /// Maps frames of the page cache, with these bits, at those of `pages` whose PTE is none: as
    /// [`Kernel::set_pte`] for each, but counted once. `locked` is whether the VMA is.
    pub(crate) fn map_where_none(
        &mut self,
        mm: MmId,
        table: TableId,
        pages: &[(Vpn, Pfn)],
        bits: u64,
        locked: bool,
    ) {
        let pid = self.mm(mm).owner;
        let node = self.tables.node_mut(table);
        let (mut used, mut resident) = (0, Resident::default());
        for &(page, frame) in pages {
            let slot = &mut node[index_at(1, page)];
            if !slot.is_none() {
                continue;
            }
            *slot = Entry::of_frame(frame, bits);
            used += 1;
            let new = *slot;
            resident.add(Resident::of(self.frames.count_mappings(frame, 1)));
            if locked {
                self.lru.mlock(&mut self.frames, frame);
            }
            let old = Entry::NONE;
            let event = || Event::PteChanged {
                pid,
                page,
                old,
                new,
            };
            self.events.extend(std::iter::once_with(event));
        }
        let info = self.tables.info_mut(table);
        info.used += used;
        info.resident.add(resident);
        self.mm_mut(mm).resident.add(resident);
    }

    #[inline]
    fn count_mapping(&mut self, mm: MmId, table: TableId, entry: Entry, more: i32) {
        if entry.is_present() && entry.frame() != ZERO_FRAME {
            self.count_mapping_of_frame(mm, table, entry, more);
        }
    }

    fn count_mapping_of_frame(&mut self, mm: MmId, table: TableId, entry: Entry, more: i32) {
        let frame = self.frames.count_mappings(entry.frame(), more);
        let count = Resident::of(frame);
        let in_table = &mut self.tables.info_mut(table).resident;
        let space = self.mms.get_mut(mm.0);
        if more > 0 {
            in_table.add(count);
            space.resident.add(count);
        } else {
            in_table.subtract(count);
            space.lose(count);
        }
    }

    /// Gives the TLB the flush that changes of PTEs owe.
    #[inline]
    pub(crate) fn flush(&mut self, mm: MmId, flush: Flush) {
        if let Some(range) = flush.range() {
            self.flush_range(mm, range);
        }
    }

    fn flush_range(&mut self, mm: MmId, range: PageRange) {
        /// Linux flushes everything rather than more pages than this (tlb_single_page_flush_ceiling).
        const CEILING: u64 = 33;
        if range.pages() > CEILING {
            self.flush_all(mm);
            return;
        }
        let asid = self.mm(mm).asid;
        for page in range.iter() {
            if self.tlb.flush(asid, page) {
                self.emit(|| Event::TlbFlushed {
                    pid: asid.owner,
                    page,
                });
            }
        }
    }

    /// Forgets every translation of an address space.
    pub(crate) fn flush_all(&mut self, mm: MmId) {
        let pid: Pid = self.mm(mm).owner;
        let asid = self.tlb.new_asid(pid);
        self.mm_mut(mm).asid = asid;
        self.emit(|| Event::TlbFlushedAll { pid });
    }

    /// The first page from `from` on that has an entry which is not none, with it; what has no node
    /// is not looked at.
    pub(crate) fn next_entry(&self, mm: MmId, from: Vpn, end: Vpn) -> Option<(Vpn, Entry)> {
        let mut page = from;
        while let Some((start, table, upper)) = self.next_node(mm, page, end) {
            let first = index_at(1, start);
            let node = self.tables.node(table);
            if let Some(at) = node[first..].iter().position(|entry| !entry.is_none()) {
                let found = start.plus(at as u64);
                let entry = node[first + at].seen_through(upper);
                return (found < end).then_some((found, entry));
            }
            page = Vpn(start.0 / ENTRIES * ENTRIES + ENTRIES);
        }
        None
    }

    /// The first page from `from` on that has a node of level 1.
    pub(crate) fn next_with_table(&self, mm: MmId, from: Vpn, end: Vpn) -> Option<Vpn> {
        self.next_node(mm, from, end).map(|(page, ..)| page)
    }

    /// The same, with the node and the entry that leads to it.
    #[inline]
    fn next_node(&self, mm: MmId, from: Vpn, end: Vpn) -> Option<(Vpn, TableId, Entry)> {
        let mut page = from;
        'down: while page < end {
            let mut table = self.mm(mm).root;
            let mut upper = Entry::NONE;
            for level in (2..=TOP_LEVEL).rev() {
                upper = self.tables.entry(table, index_at(level, page));
                if !upper.is_present() {
                    let pages = pages_at(level);
                    page = Vpn(page.0 / pages * pages + pages);
                    continue 'down;
                }
                table = upper.table();
            }
            return Some((page, table, upper));
        }
        None
    }

    /// The next node of level 1 that maps some of `from` up to `end`: the page of its first entry there, and its entries from
    /// that one on; `from` goes on behind it.
    pub(crate) fn next_leaf(&self, mm: MmId, from: &mut Vpn, end: Vpn) -> Option<Leaf<'_>> {
        let (page, table, _) = self.next_node(mm, *from, end)?;
        let first = index_at(1, page);
        let count = (ENTRIES - first as u64).min(end.0 - page.0);
        *from = page.plus(count);
        let entries = self.tables.node(table).get(first..first + count as usize)?;
        Some((page, table, entries))
    }

    /// Pages of `range` that have an entry, with it, ascending.
    pub(crate) fn entries_in(
        &self,
        mm: MmId,
        range: PageRange,
    ) -> impl Iterator<Item = (Vpn, Entry)> {
        let mut from = range.start;
        std::iter::from_fn(move || {
            let (page, entry) = self.next_entry(mm, from, range.end)?;
            from = page.plus(1);
            Some((page, entry))
        })
    }
}
