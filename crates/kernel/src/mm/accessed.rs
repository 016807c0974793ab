//! Which pages were used lately: PG_referenced and PG_active (`folio_mark_accessed`, mm/swap.c).

use crate::addr::{InodeId, MmId, PageIndex, PageRange, Pfn};
use crate::kernel::Kernel;
use crate::mm::file_rmap::FileMapping;
use crate::mm::page_table::Entry;
use crate::mm::vma::{VmFlags, Vma};
use crate::phys::frame::{FrameFlags, FrameTable, Owner};
use smallvec::SmallVec;

impl FrameTable {
    /// A page was used: the first time it becomes referenced, the second time active, unless it is
    /// `locked` in RAM anyway.
    pub(crate) fn mark_accessed(&mut self, pfn: Pfn, locked: bool) {
        let flags = &mut self.get_mut(pfn).flags;
        if !flags.contains(FrameFlags::REFERENCED) {
            flags.insert(FrameFlags::REFERENCED);
        } else if !locked && !flags.contains(FrameFlags::ACTIVE) {
            flags.remove(FrameFlags::REFERENCED);
            flags.insert(FrameFlags::ACTIVE);
        }
    }
}

impl Kernel {
    /// Marks a page of the page cache, if it is there.
    pub(crate) fn mark_cached_page_accessed(&mut self, inode: InodeId, index: PageIndex) {
        if let Some(frame) = self.cached_page(inode, index) {
            let locked = self.is_locked(inode, index, frame);
            self.frames.mark_accessed(frame, locked);
        }
    }

    /// Whether a locked VMA maps the file's page (PG_mlocked).
    fn is_locked(&self, inode: InodeId, index: PageIndex, frame: Pfn) -> bool {
        let maps = |mapping: &FileMapping| {
            let page = mapping.page_of(index)?;
            let vma = self.mm(mapping.mm).vma_at(page)?;
            let entry = self.entry_of(mapping.mm, page);
            let mapped = entry.is_present() && entry.frame() == frame;
            Some(mapped && vma.flags.contains(VmFlags::LOCKED))
        };
        let mut mappings = self.mappings_of(inode).into_iter();
        self.frames.get(frame).mapcount > 0 && mappings.any(|m| maps(&m).unwrap_or(false))
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
        let locked = vma.flags.contains(VmFlags::LOCKED);
        let entries = self.entries_in(mm, vma.range.intersection(range));
        let used = entries.filter(|(_, entry)| entry.is_present() && entry.has(Entry::ACCESSED));
        let frames: SmallVec<[Pfn; 16]> = used.map(|(_, entry)| entry.frame()).collect();
        for frame in frames {
            if matches!(self.frames.get(frame).owner, Owner::Cache { .. }) {
                self.frames.mark_accessed(frame, locked);
            }
        }
    }
}
