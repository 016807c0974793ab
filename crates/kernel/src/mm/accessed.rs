//! Which pages were used lately, and which are locked: PG_referenced, PG_active and PG_unevictable
//! (`folio_mark_accessed`, mm/swap.c; mm/mlock.c).
//!
//! Pages change their LRU list in batches (`struct cpu_fbatches`): a page that becomes active or
//! locked is so from the end of the system call or fault on, or of one VMA's populating.

use crate::addr::{InodeId, MmId, PageIndex, PageRange, Pfn};
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::vma::{Backing, VmFlags, Vma};
use crate::phys::frame::{FrameFlags, Owner, ZERO_FRAME};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// Pages that wait for their place on the LRU lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct LruBatches {
    /// The page that write(2) made last: it is not on a list yet (`lru_add`).
    pub added: Option<Pfn>,
    /// They become active.
    activated: Vec<Pfn>,
    /// They came to a locked VMA, or are locked and left some VMA.
    pub relocked: Vec<(Pfn, Turn)>,
}

/// How a mapping changed that may lock a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A locked VMA maps the page, or its lock changed.
    Came,
    /// A VMA, locked or not, maps the page no more.
    Left,
}

impl LruBatches {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.added.is_none() && self.activated.is_empty() && self.relocked.is_empty()
    }

    /// A page that is freed waits no more.
    pub fn forget(&mut self, pfn: Pfn) {
        self.added = self.added.filter(|waiting| *waiting != pfn);
        self.activated.retain(|waiting| *waiting != pfn);
        self.relocked.retain(|(waiting, _)| *waiting != pfn);
    }
}

impl Kernel {
    /// A page was used: the first time it becomes referenced, the second time active, unless it is
    /// locked in RAM anyway. One that is on no list yet is active at once.
    pub(crate) fn mark_accessed(&mut self, pfn: Pfn) {
        let frame = self.frames.get_mut(pfn);
        if !frame.flags.contains(FrameFlags::REFERENCED) {
            frame.flags |= FrameFlags::REFERENCED;
        } else if !frame
            .flags
            .intersects(FrameFlags::ACTIVE | FrameFlags::MLOCKED)
        {
            frame.flags -= FrameFlags::REFERENCED;
            if self.lru.added == Some(pfn) {
                frame.flags |= FrameFlags::ACTIVE;
            } else {
                self.lru.activated.push(pfn);
            }
        }
    }

    /// Gives the pages that wait their place on the LRU lists (`lru_add_drain`).
    #[inline]
    pub(crate) fn drain_lru(&mut self) {
        if !self.lru.is_empty() {
            self.drain_lru_batches();
        }
    }

    fn drain_lru_batches(&mut self) {
        let LruBatches {
            activated,
            relocked,
            added: _,
        } = std::mem::take(&mut self.lru);
        for pfn in activated {
            let frame = self.frames.get_mut(pfn);
            if !frame.flags.contains(FrameFlags::MLOCKED) {
                frame.flags |= FrameFlags::ACTIVE;
            }
        }
        // Of each page, how its first mapping changed, and how many came.
        let mut turns: BTreeMap<Pfn, (Turn, usize)> = BTreeMap::new();
        for (pfn, turn) in relocked.into_iter().filter(|(pfn, _)| *pfn != ZERO_FRAME) {
            turns.entry(pfn).or_insert((turn, 0)).1 += usize::from(turn == Turn::Came);
        }
        for (pfn, (first, came)) in turns {
            let locking = self.locking(pfn);
            let flags = &mut self.frames.get_mut(pfn).flags;
            let was_locked = flags.contains(FrameFlags::MLOCKED);
            // Unlocked by all before it was locked anew, while it still counted as locked: that is
            // lost (`__mlock_folio`).
            let is_lost = was_locked && first == Turn::Left && locking == came;
            let locked = locking > 0 && !is_lost;
            if locked && !was_locked {
                flags.remove(FrameFlags::ACTIVE);
            }
            flags.set(FrameFlags::MLOCKED, locked);
        }
    }

    /// Marks a page of the page cache, if it is there.
    pub(crate) fn mark_cached_page_accessed(&mut self, inode: InodeId, index: PageIndex) {
        if let Some(frame) = self.cached_page(inode, index) {
            self.mark_accessed(frame);
        }
    }

    /// How many locked VMAs, of any process, map the page.
    fn locking(&self, pfn: Pfn) -> usize {
        let frame = self.frames.get(pfn);
        let (Owner::Cache { index, .. } | Owner::Anonymous { index, .. }) = frame.owner else {
            return 0;
        };
        if frame.mapcount == 0 {
            return 0;
        }
        let maps = |mm: MmId, vma: &Vma| {
            let pages = index.0.checked_sub(vma.page_offset.0);
            let pages = pages.filter(|pages| *pages < vma.range.pages());
            pages.is_some_and(|pages| {
                let entry = self.entry_of(mm, vma.range.start.plus(pages));
                entry.is_present() && entry.frame() == pfn
            })
        };
        let spaces = self.mms.iter().filter(|(_, space)| space.size.locked > 0);
        let vmas = spaces.flat_map(|(mm, space)| space.vmas.iter().map(move |vma| (MmId(mm), vma)));
        vmas.filter(|(mm, vma)| vma.flags.contains(VmFlags::LOCKED) && maps(*mm, vma))
            .count()
    }

    /// A VMA's pages in `range` were locked or unlocked (`mlock_vma_pages_range`).
    pub(crate) fn relock_pages(&mut self, mm: MmId, range: PageRange) {
        self.drain_lru();
        let entries = self.entries_in(mm, range).filter(|(_, e)| e.is_present());
        let frames = entries.map(|(_, entry)| (entry.frame(), Turn::Came));
        self.lru.relocked = frames.collect();
        self.drain_lru();
    }

    /// Hands on to pages of files that the entries of a VMA, which are about to be taken out, were
    /// used (`zap_present_folio_ptes`); not where the program said that its access has no pattern
    /// of recency (`vma_has_recency`).
    pub(crate) fn hand_on_accessed(&mut self, mm: MmId, vma: &Vma, range: PageRange) {
        let advice = VmFlags::SEQUENTIAL | VmFlags::RANDOM;
        let Backing::File { file, .. } = vma.backing else {
            return;
        };
        let no_reuse = self.files.open_file(file).readahead.no_reuse;
        if no_reuse || vma.flags.intersects(advice) {
            return;
        }
        let entries = self.entries_in(mm, vma.range.intersection(range));
        let used = entries.filter(|(_, entry)| entry.is_present() && entry.has(Entry::ACCESSED));
        let frames: SmallVec<[Pfn; 16]> = used.map(|(_, entry)| entry.frame()).collect();
        for frame in frames {
            if matches!(self.frames.get(frame).owner, Owner::Cache { .. }) {
                self.mark_accessed(frame);
            }
        }
    }
}
