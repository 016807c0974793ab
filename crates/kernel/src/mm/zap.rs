//! Taking pages out of a page table, and nodes that nothing needs any more
//! (`unmap_vmas` and `free_pgtables`, mm/memory.c).

use smallvec::SmallVec;

use crate::addr::{InodeId, MmId, PageIndex, PageRange, Pfn, TableId, Vpn};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::page_table::{Entry, Pte};
use crate::mm::table::{ENTRIES, Resident, TOP_LEVEL, index_at, pages_at};
use crate::mm::tlb::Flush;
use crate::mm::vma::{Backing, VmFlags, Vma};
use crate::mm::walk::LastLeaf;
use crate::phys::frame::{FrameFlags, Owner};

/// Which entries a zap takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zap {
    /// All.
    Everything,
    /// All but guard regions (MADV_DONTNEED).
    KeepGuards,
    /// Pages of the page cache, not private copies of them (hole punching).
    CachedOnly,
}

/// What tells whether a page has still to be marked as stored to.
const DIRTY_AND_MARKED: FrameFlags = FrameFlags::DIRTY.union(FrameFlags::READAHEAD);

impl Zap {
    fn takes(self, entry: Entry, owner: Option<Owner>) -> bool {
        match self {
            Zap::Everything => true,
            Zap::KeepGuards => Pte::from(entry) != Pte::Guard,
            Zap::CachedOnly => matches!(owner, Some(Owner::Cache { .. })),
        }
    }
}

impl Kernel {
    /// Takes every entry of `range` out, and frees the nodes that cover nothing but pages of
    /// `hole`, the range that no VMA has, around `range`.
    pub(crate) fn unmap_pages(&mut self, mm: MmId, range: PageRange, hole: PageRange) {
        let start = Vpn(range.start.0 / ENTRIES * ENTRIES);
        let node = PageRange::new(start, start.plus(ENTRIES));
        if range.end <= node.end && hole.intersection(node) != node {
            let flush = self.zap_table(mm, range, Zap::Everything);
            self.flush(mm, flush);
            return;
        }
        let root = self.mm(mm).root;
        let mut flush = Flush::NONE;
        self.unmap_node(mm, root, TOP_LEVEL, Vpn(0), range, hole, &mut flush);
        self.flush(mm, flush);
    }

    #[allow(clippy::too_many_arguments)] // A recursion over one state.
    fn unmap_node(
        &mut self,
        mm: MmId,
        table: TableId,
        level: u8,
        base: Vpn,
        range: PageRange,
        hole: PageRange,
        flush: &mut Flush,
    ) {
        let pages = pages_at(level);
        let first = range.start.0.saturating_sub(base.0) / pages;
        let last = (range.end.0 - 1 - base.0) / pages;
        for index in first..=last.min(ENTRIES - 1) {
            let upper = self.tables.entry(table, index as usize);
            if !upper.is_present() {
                continue;
            }
            let start = base.plus(index * pages);
            let span = PageRange::new(start, start.plus(pages));
            let whole = range.intersection(span) == span;
            let in_hole = hole.intersection(span) == span;
            let below = upper.table();
            if level > 2 {
                self.unmap_node(mm, below, level - 1, start, range, hole, flush);
            } else if whole && self.tables.info(below).sharers > 1 {
                self.leave_shared_table(mm, below);
                *flush = flush.and(Flush::range_of(span));
            } else {
                let part = range.intersection(span);
                *flush = flush.and(self.zap_table(mm, part, Zap::Everything));
            }
            if in_hole {
                // A node that was left to its other sharers is not freed, but this entry is.
                self.drop_node(mm, table, index as usize, start, level - 1);
            }
        }
    }

    /// Clears an entry that leads to a node, and frees the node where nobody shares it.
    fn drop_node(&mut self, mm: MmId, table: TableId, index: usize, page: Vpn, level: u8) {
        self.last_leaf = LastLeaf::NONE;
        let below = self.tables.entry(table, index).table();
        if self.tables.info(below).sharers > 1 {
            self.tables.info_mut(below).sharers -= 1;
        } else {
            self.tables.free(below);
        }
        self.tables.set_entry(table, index, Entry::NONE);
        self.tables.info_mut(table).used -= 1;
        let space = self.mm_mut(mm);
        space.tables -= 1;
        let pid = space.owner;
        self.emit(|| Event::TableFreed { pid, page, level });
    }

    /// This address space no longer maps what a shared node maps; the entry that leads there is
    /// still to be dropped.
    fn leave_shared_table(&mut self, mm: MmId, table: TableId) {
        let info = self.tables.info_mut(table);
        info.pending -= 1;
        let resident = info.resident;
        self.mm_mut(mm).lose(resident);
    }

    /// Before entries of a VMA are taken out: pages of files learn that they were used, but where the
    /// program said that its access has no pattern of recency (`vma_has_recency`), and what a locked
    /// VMA maps is unlocked (`zap_present_folio_ptes`).
    pub(crate) fn leave_pages(&mut self, mm: MmId, vma: &Vma, range: PageRange, zap: Zap) {
        let is_locked = vma.flags.contains(VmFlags::LOCKED);
        let tells_use = match vma.backing {
            Backing::File { file, .. } => {
                let no_reuse = self.files.open_file(file).readahead.no_reuse;
                !no_reuse && !vma.flags.intersects(VmFlags::SEQUENTIAL | VmFlags::RANDOM)
            }
            _ => false,
        };
        if !is_locked && !tells_use {
            return;
        }
        let entries = self.entries_in(mm, vma.range.intersection(range));
        let present = entries.map(|(_, entry)| entry).filter(|e| e.is_present());
        let concerned: SmallVec<[Entry; 16]> = present
            .filter(|entry| is_locked || entry.has(Entry::ACCESSED))
            .collect();
        for entry in concerned {
            let owner = self.frames.get(entry.frame()).owner;
            let is_cached = matches!(owner, Owner::Cache { .. });
            if tells_use && is_cached && entry.has(Entry::ACCESSED) {
                self.mark_accessed(entry.frame());
            }
            if is_locked && owner != Owner::Zero && zap.takes(entry, Some(owner)) {
                self.lru.munlock(&mut self.frames, entry.frame());
            }
        }
    }

    /// Takes entries out of one node of level 1; `range` lies within what it covers.
    pub(crate) fn zap_table(&mut self, mm: MmId, range: PageRange, zap: Zap) -> Flush {
        let Some(table) = self.own_table_if_any(mm, range.start) else {
            return Flush::NONE;
        };
        if self.tables.info(table).used == 0 {
            return Flush::NONE;
        }
        let pid = self.mm(mm).owner;
        let mut gone = Resident::default();
        let (mut taken, mut flush) = (0, Flush::NONE);
        let mut dirtied: SmallVec<[(InodeId, PageIndex); 8]> = SmallVec::new();
        let mut unused: SmallVec<[Pfn; 64]> = SmallVec::new();
        for page in range.iter() {
            let index = index_at(1, page);
            let entry = self.tables.entry(table, index);
            if entry.is_none() {
                continue;
            }
            let owner = entry
                .is_present()
                .then(|| self.frames.get(entry.frame()).owner);
            if !zap.takes(entry, owner) {
                continue;
            }
            self.tables.set_entry(table, index, Entry::NONE);
            taken += 1;
            self.emit(|| Event::PteChanged {
                pid,
                page,
                old: entry,
                new: Entry::NONE,
            });
            let Some(owner) = owner else { continue };
            flush = flush.and(Flush::page(page));
            if owner == Owner::Zero {
                continue;
            }
            let frame = self.frames.count_mappings(entry.frame(), -1);
            gone.add(Resident::of(frame));
            if matches!(owner, Owner::Anonymous { .. }) && frame.mapcount == 0 {
                unused.push(entry.frame());
                continue;
            }
            match owner {
                Owner::Cache { inode, index }
                    if entry.has(Entry::DIRTY)
                        && (frame.flags & DIRTY_AND_MARKED) != FrameFlags::DIRTY =>
                {
                    dirtied.push((inode, index));
                }
                _ => {}
            }
        }
        let info = self.tables.info_mut(table);
        info.used -= taken;
        info.resident.subtract(gone);
        self.mm_mut(mm).lose(gone);
        for frame in unused {
            self.free_frame(frame);
        }
        for (inode, index) in dirtied {
            // A page whose block cannot be had keeps its bytes in RAM alone.
            let _ = self.mark_mapped_page_dirty(inode, index);
        }
        flush
    }

    /// Takes entries of `range`, which lies in the VMA, out, node by node; the nodes stay
    /// (`zap_page_range_single`).
    pub(crate) fn zap_pages(&mut self, mm: MmId, vma: &Vma, range: PageRange, zap: Zap) {
        self.leave_pages(mm, vma, range, zap);
        let mut flush = Flush::NONE;
        let mut from = range.start;
        while let Some((page, _)) = self.next_entry(mm, from, range.end) {
            let table_end = Vpn((page.0 / ENTRIES + 1) * ENTRIES);
            let part = PageRange::new(page, table_end.min(range.end));
            flush = flush.and(self.zap_table(mm, part, zap));
            from = part.end;
        }
        self.flush(mm, flush);
    }
}
