//! Which pages were used lately: PG_referenced and PG_active (`folio_mark_accessed`, mm/swap.c).

use crate::addr::{InodeId, PageIndex, Pfn};
use crate::kernel::Kernel;
use crate::phys::frame::FrameFlags;

impl Kernel {
    /// A page was used: the first time it becomes referenced, the second time active, unless it is
    /// locked in RAM anyway. One that is on no list yet is active at once.
    pub(crate) fn mark_accessed(&mut self, pfn: Pfn) {
        let frame = self.frames.get_mut(pfn);
        if !frame.flags.contains(FrameFlags::REFERENCED) {
            frame.flags |= FrameFlags::REFERENCED;
        } else if !frame
            .flags
            .intersects(FrameFlags::ACTIVE | FrameFlags::UNEVICTABLE)
        {
            frame.flags -= FrameFlags::REFERENCED;
            if self.lru.is_new(pfn) {
                frame.flags |= FrameFlags::ACTIVE;
            } else {
                self.lru.activate(&mut self.frames, pfn);
            }
        }
    }

    /// Marks a page of the page cache, if it is there.
    pub(crate) fn mark_cached_page_accessed(&mut self, inode: InodeId, index: PageIndex) {
        if let Some(frame) = self.cached_page(inode, index) {
            self.mark_accessed(frame);
        }
    }
}
