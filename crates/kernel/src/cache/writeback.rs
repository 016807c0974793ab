//! Writeback: dirty pages go to the disk (mm/page-writeback.c, fs/fs-writeback.c).
//!
//! It happens when asked for (fsync, msync, sync), and when a file has been dirty for 30 simulated
//! seconds. A page under writeback is first write-protected in every page table that maps it, so
//! that the next store is noticed (`folio_mkclean`).

use crate::addr::{InodeId, PAGE_SIZE, PageIndex, Pfn};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::file_rmap::FileMapping;
use crate::persistent::unshared;
use crate::phys::frame::FrameFlags;

/// How long a file stays dirty before it is written back, in nanoseconds (`dirty_expire_centisecs`).
pub const DIRTY_EXPIRES: u64 = 30_000_000_000;

impl Kernel {
    /// Writes the dirty pages from `first` up to, not including, `end` (`file_write_and_wait_range`).
    /// Gives how many there were. What has no disk is left as it is.
    pub(crate) fn write_back(&mut self, inode: InodeId, first: PageIndex, end: PageIndex) -> u64 {
        let mut at = first.0;
        let mut written = 0;
        let mappings = self.mappings_of(inode);
        while let Some((index, &frame)) = self.files.inode(inode).pages.next_tagged(at) {
            if index >= end.0 {
                break;
            }
            self.write_back_page(inode, PageIndex(index), frame, &mappings);
            written += 1;
            at = index.saturating_add(1);
            // With the end of the file the walk is done, though a write that failed may have left a
            // page behind it (`mpage_process_page_bufs`).
            if at >= self.files.inode(inode).page_count() {
                break;
            }
        }
        if written > 0 && self.files.inode(inode).pages.next_tagged(0).is_none() {
            unshared(&mut self.files.dirty).remove(&inode);
        }
        written
    }

    /// Writes all of a file's dirty pages.
    pub(crate) fn write_back_file(&mut self, inode: InodeId) -> u64 {
        self.write_back(inode, PageIndex(0), PageIndex(u64::MAX))
    }

    /// Writes every dirty page (sync(2)).
    pub(crate) fn write_back_all(&mut self) {
        let dirty: Vec<InodeId> = self.files.dirty.keys().copied().collect();
        for inode in dirty {
            self.write_back_file(inode);
        }
    }

    /// Writes the files that have been dirty for too long at the present simulated time.
    pub(crate) fn write_back_expired(&mut self) {
        let now = self.clock;
        let expired = |since: &u64| since.saturating_add(DIRTY_EXPIRES) <= now;
        let dirty = self.files.dirty.iter().filter(|(_, since)| expired(since));
        let dirty: Vec<InodeId> = dirty.map(|(inode, _)| *inode).collect();
        for inode in dirty {
            self.write_back_file(inode);
        }
    }

    fn write_back_page(
        &mut self,
        inode: InodeId,
        index: PageIndex,
        frame: Pfn,
        mappings: &[FileMapping],
    ) {
        self.write_protect_file_page(mappings, index);
        let held = self.files.inode_mut(inode);
        held.pages.set_tag(index.0, false);
        let size = held.size;
        // Nothing is written of a page behind the end, whose block stays a promise.
        let block = match index.0 < held.page_count() {
            true => {
                held.settle_block(index);
                held.block(index)
            }
            false => None,
        };
        self.files.counts.dirty -= 1;
        let page = self.frames.get_mut(frame);
        // What reclaim waited for is the next to go (`folio_rotate_reclaimable`).
        let goes_next = page.flags.contains(FrameFlags::READAHEAD) && block.is_some();
        if goes_next && !page.flags.contains(FrameFlags::UNEVICTABLE) {
            page.flags.remove(FrameFlags::ACTIVE);
        }
        page.flags.remove(FrameFlags::DIRTY | FrameFlags::READAHEAD);
        page.flags.set(FrameFlags::BLOCK_KNOWN, block.is_none());
        // Stores behind the end of the file do not reach it.
        let valid = size.saturating_sub(index.0.saturating_mul(PAGE_SIZE));
        if valid < PAGE_SIZE {
            page.contents.zero_tail(valid);
        }
        let contents = page.contents.clone();
        if let Some(block) = block {
            self.files.disk.write(block, contents);
            self.counters.blocks_written += 1;
            self.emit(|| Event::BlockWritten {
                inode,
                index,
                frame,
            });
        }
    }
}
