//! Pages of files leave the cache where RAM is full, or when they are told to (mm/vmscan.c,
//! fs/drop_caches.c).

use crate::addr::{InodeId, PageIndex};
use crate::kernel::Kernel;
use crate::phys::frame::FrameFlags;

impl Kernel {
    /// Frees clean file pages that nobody maps, after writing dirty ones back: a page's worth of RAM
    /// at least, or `false` where there is none to be had.
    pub(crate) fn reclaim_cache_page(&mut self) -> bool {
        for write_back in [false, true] {
            if write_back {
                self.write_back_all();
            }
            if let Some((inode, index)) = self.find_unused_page() {
                self.files.reclaim_hand = (inode, PageIndex(index.0.saturating_add(1)));
                self.evict_page(inode, index);
                return true;
            }
        }
        false
    }

    /// Reclaim takes a page out of the cache, as [`Kernel::remove_page`], and remembers it.
    pub(crate) fn evict_page(&mut self, inode: InodeId, index: PageIndex) {
        self.remove_page(inode, index);
        self.files.inode_mut(inode).evicted.insert(index.0, ());
    }

    /// The first clean page of a disk file that nobody maps, from the hand on and around.
    fn find_unused_page(&self) -> Option<(InodeId, PageIndex)> {
        let (start, first) = self.files.reclaim_hand;
        let after = self.files.inodes().filter(|(id, _)| *id >= start);
        let around = self.files.inodes().filter(|(id, _)| *id <= start);
        let mut from = first.0;
        for (id, inode) in after.chain(around) {
            let mut at = if id == start {
                std::mem::take(&mut from)
            } else {
                0
            };
            while let Some((index, frame)) = inode.pages.next(at).filter(|_| inode.is_on_disk()) {
                let frame = self.frames.get(*frame);
                if frame.mapcount == 0 && !frame.flags.contains(FrameFlags::DIRTY) {
                    return Some((id, PageIndex(index)));
                }
                at = index.saturating_add(1);
            }
        }
        None
    }

    /// `/proc/sys/vm/drop_caches`: clean pages of the disk that nobody maps leave the cache.
    pub(crate) fn drop_caches(&mut self) {
        let ids: Vec<InodeId> = self.files.inodes().map(|(id, _)| id).collect();
        for id in ids {
            let inode = self.files.inode(id);
            if !inode.is_on_disk() {
                continue;
            }
            self.forget_evicted(id, PageIndex(0), PageIndex(u64::MAX));
            let inode = self.files.inode(id);
            let unused = inode.pages.iter().filter(|(_, frame)| {
                let frame = self.frames.get(**frame);
                frame.mapcount == 0 && !frame.flags.contains(FrameFlags::DIRTY)
            });
            let unused: Vec<u64> = unused.map(|(index, _)| index).collect();
            for index in unused {
                self.remove_page(id, PageIndex(index));
            }
        }
    }
}
