//! Which pages were used lately: PG_referenced and PG_active (`folio_mark_accessed`, mm/swap.c).

use crate::addr::{InodeId, MmId, PageIndex, PageRange, Pfn};
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::vma::{VmFlags, Vma};
use crate::phys::frame::{FrameFlags, FrameTable, Owner};
use smallvec::SmallVec;

impl FrameTable {
    /// A page was used: the first time it becomes referenced, the second time active.
    pub(crate) fn mark_accessed(&mut self, pfn: Pfn) {
        let flags = &mut self.get_mut(pfn).flags;
        if !flags.contains(FrameFlags::REFERENCED) {
            flags.insert(FrameFlags::REFERENCED);
        } else if !flags.intersects(FrameFlags::MLOCKED | FrameFlags::ACTIVE) {
            flags.remove(FrameFlags::REFERENCED);
            flags.insert(FrameFlags::ACTIVE);
        }
    }
}

impl Kernel {
    /// Marks a page of the page cache, if it is there.
    pub(crate) fn mark_cached_page_accessed(&mut self, inode: InodeId, index: PageIndex) {
        if let Some(frame) = self.cached_page(inode, index) {
            self.frames.mark_accessed(frame);
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
                self.frames.mark_accessed(frame);
            }
        }
    }
}
