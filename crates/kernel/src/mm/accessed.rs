//! Which pages were used lately: PG_referenced and PG_active (`folio_mark_accessed`, mm/swap.c).

use crate::addr::{InodeId, MmId, PageIndex, PageRange, Pfn};
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::vma::{VmFlags, Vma};
use crate::phys::frame::{FrameFlags, Owner};
use smallvec::SmallVec;

impl Kernel {
    /// A page was used: the first time it becomes referenced, the second time active, unless it is
    /// locked in RAM anyway.
    pub(crate) fn mark_accessed(&mut self, pfn: Pfn) {
        let flags = self.frames.get(pfn).flags;
        if !flags.contains(FrameFlags::REFERENCED) {
            self.frames.get_mut(pfn).flags |= FrameFlags::REFERENCED;
        } else if !flags.contains(FrameFlags::ACTIVE) && !self.is_locked(pfn) {
            let flags = &mut self.frames.get_mut(pfn).flags;
            flags.remove(FrameFlags::REFERENCED);
            flags.insert(FrameFlags::ACTIVE);
        }
    }

    /// Marks a page of the page cache, if it is there.
    pub(crate) fn mark_cached_page_accessed(&mut self, inode: InodeId, index: PageIndex) {
        if let Some(frame) = self.cached_page(inode, index) {
            self.mark_accessed(frame);
        }
    }

    /// Whether a locked VMA of any process maps the page (PG_mlocked).
    pub(crate) fn is_locked(&self, pfn: Pfn) -> bool {
        let frame = self.frames.get(pfn);
        let (Owner::Cache { index, .. } | Owner::Anonymous { index, .. }) = frame.owner else {
            return false;
        };
        let maps = |mm: MmId, vma: &Vma| {
            let pages = index.0.checked_sub(vma.page_offset.0);
            let pages = pages.filter(|pages| *pages < vma.range.pages());
            pages.is_some_and(|pages| {
                let entry = self.entry_of(mm, vma.range.start.plus(pages));
                entry.is_present() && entry.frame() == pfn
            })
        };
        let mut locking = self.mms.iter().filter(|(_, space)| space.size.locked > 0);
        frame.mapcount > 0
            && locking.any(|(mm, space)| {
                let locked = |vma: &&Vma| vma.flags.contains(VmFlags::LOCKED);
                let mut vmas = space.vmas.iter().filter(locked);
                vmas.any(|vma| maps(MmId(mm), vma))
            })
    }

    /// Pages that are being locked leave the active list (`__mlock_folio`).
    pub(crate) fn forget_active(&mut self, mm: MmId, range: PageRange) {
        let entries = self.entries_in(mm, range).filter(|(_, e)| e.is_present());
        let frames: SmallVec<[Pfn; 16]> = entries.map(|(_, entry)| entry.frame()).collect();
        for frame in frames {
            self.frames.get_mut(frame).flags -= FrameFlags::ACTIVE;
        }
    }

    /// Hands on to pages of files that the entries of a VMA, which are about to be taken out, were
    /// used (`zap_present_folio_ptes`); not where the program said that its access has no pattern
    /// of recency (`vma_has_recency`).
    pub(crate) fn hand_on_accessed(&mut self, mm: MmId, vma: &Vma, range: PageRange) {
        let advice = VmFlags::SEQUENTIAL | VmFlags::RANDOM;
        if vma.inode().is_none() || vma.flags.intersects(advice) {
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
