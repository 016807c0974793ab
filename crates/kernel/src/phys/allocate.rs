//! Taking and giving back frames, told as events (mm/page_alloc.c).

use crate::addr::Pfn;
use crate::event::Event;
use crate::kernel::Kernel;
use crate::phys::frame::{FrameFlags, Owner};

impl Kernel {
    /// A free frame, of zeros, for `owner`. Where RAM is full, file pages that nobody maps leave the
    /// cache first; none where that does not help either.
    pub(crate) fn allocate_frame(&mut self, owner: Owner, flags: FrameFlags) -> Option<Pfn> {
        if self.frames.free_count() == 0 {
            self.reclaim_cache_page();
        }
        let frame = self.frames.allocate(0, owner, flags)?;
        let node = self.frames.node_of(frame);
        self.emit(|| Event::FrameAllocated { frame, node });
        Some(frame)
    }

    /// Frees a frame that nobody uses.
    pub(crate) fn free_frame(&mut self, frame: Pfn) {
        if !self.lru.is_empty() {
            self.lru.forget(frame);
        }
        self.frames.free(frame);
        self.emit(|| Event::FrameFreed { frame });
    }

    /// Frees a private page whose last mapping is gone. Pages of the page cache stay.
    pub(crate) fn release_if_unmapped(&mut self, pfn: Pfn) {
        let frame = self.frames.get(pfn);
        if frame.mapcount == 0 && matches!(frame.owner, Owner::Anonymous { .. }) {
            self.free_frame(pfn);
        }
    }
}
