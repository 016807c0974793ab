//! The page cache: frames that hold file pages, found by inode and page index (mm/filemap.c).
//!
//! read(2), write(2) and mappings meet here in one frame. A page is dirty when it differs from the
//! disk: the frame says so, and the inode's map tags it, so that writeback finds it. A page of tmpfs
//! has no disk; it is dirty once written to, and stays so.

use std::ops::Range;

use abi::Errno;

use crate::addr::{InodeId, OpenFileId, PageIndex, Pfn};
use crate::cache::readahead::{Pattern, Window};
use crate::event::Event;
use crate::file::inode::InodeKind;
use crate::kernel::Kernel;
use crate::mutant::Mutant;
use crate::outcome::{Failure, Reason};
use crate::persistent::unshared;
use crate::phys::frame::{FrameFlags, Owner};

/// No RAM is left for a page, or no block for its data.
pub(crate) const OUT_OF_MEMORY: Failure = Failure::new(Errno::ENOMEM, Reason::OutOfSpace);
/// The disk is full.
pub(crate) const DISK_FULL: Failure = Failure::new(Errno::ENOSPC, Reason::OutOfSpace);

/// A file page in RAM for a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CachedPage {
    pub frame: Pfn,
    pub way: Way,
}

/// How a fault came by its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It was there.
    Cached,
    /// It was there, but the fault gave its lock up and began anew: the page was not up to date, or
    /// it started a readahead.
    Retried,
    /// It was not there: the disk was read.
    ReadIn,
}

/// The most pages that read(2) takes from the cache at once.
const PAGEVEC_SIZE: usize = 31;

impl Kernel {
    /// The frame that caches a file page.
    #[inline]
    pub(crate) fn cached_page(&self, inode: InodeId, index: PageIndex) -> Option<Pfn> {
        self.files.inode(inode).cached(index)
    }

    /// The page for a fault in a mapping of `file` (`filemap_fault`, `shmem_fault`). The caller has
    /// checked that it lies within the file. `pattern` is what madvise said of the mapping;
    /// `code_end` is where one that allows to execute ends in the file.
    pub(crate) fn fault_page(
        &mut self,
        file: OpenFileId,
        inode: InodeId,
        index: PageIndex,
        pattern: Pattern,
        code_end: Option<PageIndex>,
    ) -> Result<CachedPage, Failure> {
        let limit = self.config.readahead;
        if let Some(frame) = self.cached_page(inode, index) {
            let marked = self.frames.get(frame).flags.contains(FrameFlags::READAHEAD);
            let reads_ahead = marked && pattern != Pattern::Random;
            if reads_ahead {
                self.readahead_mark_reached(file, inode, index, limit);
            }
            // Zeros of tmpfs need no wait.
            let ready = self.is_uptodate(frame) || self.files.inode(inode).is_tmpfs();
            let frame = self.made_uptodate(frame);
            let way = match ready && !reads_ahead {
                true => Way::Cached,
                false => Way::Retried,
            };
            return Ok(CachedPage { frame, way });
        }
        let (window, way) = match self.files.inode(inode).is_on_disk() {
            false => (Window::plain(index, 1), Way::Cached),
            true => {
                let readahead = &mut self.files.open_file_mut(file).readahead;
                let window = readahead.fault_missed(index, limit, pattern, code_end);
                (window, Way::ReadIn)
            }
        };
        self.fill(inode, index, window)
            .map(|frame| CachedPage { frame, way })
    }

    /// Brings pages in for a read(2) of those from `first` up to, not including, `end`: those that
    /// are there, or the first and what is read ahead with it (`filemap_get_pages`). Gives the last
    /// one that is ready.
    pub(crate) fn pages_for_read(
        &mut self,
        file: OpenFileId,
        inode: InodeId,
        first: PageIndex,
        end: PageIndex,
    ) -> Result<PageIndex, Failure> {
        if self.cached_page(inode, first).is_none() {
            let wanted = end.0.saturating_sub(first.0);
            let limit = self.config.readahead;
            let before = self.cached_before(inode, first, limit);
            let readahead = &mut self.files.open_file_mut(file).readahead;
            let window = readahead.read_missed(first, wanted, limit, before);
            self.fill(inode, first, window)?;
        }
        let (last, flags) = self.read_batch(inode, first, end);
        if flags.contains(FrameFlags::READAHEAD) {
            self.readahead_mark_reached(file, inode, last, end.0.saturating_sub(last.0));
        }
        if flags.contains(FrameFlags::UPTODATE) {
            return Ok(last);
        }
        if last > first {
            return Ok(PageIndex(last.0 - 1));
        }
        if let Some(frame) = self.cached_page(inode, first) {
            self.made_uptodate(frame);
        }
        Ok(first)
    }

    /// The last of the cached pages from `first` on that are read at once, and its flags: the batch
    /// ends with a page that is marked for readahead or not up to date (`filemap_get_read_batch`).
    fn read_batch(
        &self,
        inode: InodeId,
        first: PageIndex,
        end: PageIndex,
    ) -> (PageIndex, FrameFlags) {
        let mut last = (first, FrameFlags::UPTODATE);
        for index in (first.0..end.0).take(PAGEVEC_SIZE).map(PageIndex) {
            let Some(frame) = self.cached_page(inode, index) else {
                break;
            };
            let flags = self.frames.get(frame).flags;
            last = (index, flags);
            if flags.contains(FrameFlags::READAHEAD) || !flags.contains(FrameFlags::UPTODATE) {
                break;
            }
        }
        last
    }

    /// The page whatever readahead would do.
    pub(crate) fn page_alone(&mut self, inode: InodeId, index: PageIndex) -> Result<Pfn, Failure> {
        match self.cached_page(inode, index) {
            Some(frame) => Ok(self.made_uptodate(frame)),
            None => self.add_page(inode, index),
        }
    }

    /// The page for write(2) to it: what the disk has is not read, and a new page is not up to date.
    pub(crate) fn page_to_overwrite(
        &mut self,
        inode: InodeId,
        index: PageIndex,
    ) -> Result<Pfn, Failure> {
        if let Some(frame) = self.cached_page(inode, index) {
            return Ok(frame);
        }
        let frame = self.new_page(inode, index)?;
        let flags = &mut self.frames.get_mut(frame).flags;
        flags.remove(FrameFlags::UPTODATE);
        self.emit(|| Event::PageCached {
            inode,
            index,
            frame,
        });
        Ok(frame)
    }

    /// Reads the page's block, if it has one, unless the page holds it already. Linux does not call
    /// the page up to date before someone reads all of it: mincore(2) does not see it.
    pub(crate) fn load_page(&mut self, inode: InodeId, index: PageIndex, frame: Pfn) {
        let flags = self.frames.get(frame).flags;
        if flags.intersects(FrameFlags::UPTODATE | FrameFlags::LOADED) {
            return;
        }
        self.read_block(inode, index, frame);
        let flags = &mut self.frames.get_mut(frame).flags;
        flags.insert(FrameFlags::LOADED);
    }

    pub(crate) fn is_uptodate(&self, frame: Pfn) -> bool {
        let flags = self.frames.get(frame).flags;
        flags.contains(FrameFlags::UPTODATE)
    }

    fn made_uptodate(&mut self, frame: Pfn) -> Pfn {
        let page = self.frames.get(frame);
        if let Owner::Cache { inode, index } = page.owner
            && !page.flags.contains(FrameFlags::UPTODATE)
        {
            self.load_page(inode, index, frame);
            let flags = &mut self.frames.get_mut(frame).flags;
            flags.insert(FrameFlags::UPTODATE);
        }
        frame
    }

    /// Reads ahead as posix_fadvise(2) and MADV_WILLNEED ask: the pages of the range that are missing,
    /// as far as one window goes (`force_page_cache_ra`).
    pub(crate) fn read_in(&mut self, file: OpenFileId, first: PageIndex, end: PageIndex) {
        let open = self.files.open_file(file);
        let (inode, most) = (open.inode, open.readahead.most(self.config.readahead));
        let end = end.0.min(self.files.inode(inode).page_count());
        for index in (first.0..end.min(first.0.saturating_add(most))).map(PageIndex) {
            if self.cached_page(inode, index).is_none() && self.add_page(inode, index).is_err() {
                return;
            }
        }
    }

    /// A page is about to differ from the disk. Gives whether it was clean; fails where a hole needs
    /// a block and the disk is full (`folio_mark_dirty` after `page_mkwrite`).
    pub(crate) fn mark_page_dirty(
        &mut self,
        inode: InodeId,
        index: PageIndex,
    ) -> Result<bool, Failure> {
        let now = self.clock;
        let held = self.files.inode(inode);
        let Some(frame) = held.cached(index) else {
            return Ok(false);
        };
        if self.frames.get(frame).flags.contains(FrameFlags::DIRTY) {
            return Ok(false);
        }
        if held.is_on_disk() {
            self.allocate_block(inode, index)?;
            self.files.inode_mut(inode).pages.set_tag(index.0, true);
            self.files.counts.dirty += 1;
            let dirty = unshared(&mut self.files.dirty);
            if !dirty.contains_key(&inode) {
                dirty.insert(inode, now);
            }
        }
        self.frames.get_mut(frame).flags.insert(FrameFlags::DIRTY);
        self.emit(|| Event::PageDirtied {
            inode,
            index,
            frame,
        });
        Ok(true)
    }

    /// As [`Kernel::mark_page_dirty`], by stores through a mapping: the page loses its mark for
    /// readahead (`folio_mark_dirty`).
    pub(crate) fn mark_mapped_page_dirty(
        &mut self,
        inode: InodeId,
        index: PageIndex,
    ) -> Result<(), Failure> {
        if let Some(frame) = self.cached_page(inode, index) {
            self.frames.get_mut(frame).flags -= FrameFlags::READAHEAD;
        }
        self.mark_page_dirty(inode, index).map(|_| ())
    }

    /// Gives a hole of a disk file a block, to which nothing is written yet.
    pub(crate) fn allocate_block(
        &mut self,
        inode: InodeId,
        index: PageIndex,
    ) -> Result<(), Failure> {
        if self.files.inode(inode).block(index).is_some() {
            return Ok(());
        }
        let block = self.files.disk.allocate().ok_or(DISK_FULL)?;
        if let InodeKind::Disk(blocks) = &mut self.files.inode_mut(inode).kind {
            blocks.insert(index.0, block);
            blocks.set_tag(index.0, true);
        }
        Ok(())
    }

    /// Takes a page that no page table maps out of the cache and frees its frame; what was not
    /// written back is lost.
    pub(crate) fn remove_page(&mut self, inode: InodeId, index: PageIndex) {
        let held = self.files.inode_mut(inode);
        let (is_on_disk, is_tmpfs) = (held.is_on_disk(), held.is_tmpfs());
        let Some(frame) = held.pages.remove(index.0) else {
            return;
        };
        let nothing_dirty = held.pages.next_tagged(0).is_none();
        let was_dirty = self.frames.get(frame).flags.contains(FrameFlags::DIRTY);
        self.files.counts.cached -= 1;
        self.files.counts.shmem -= u64::from(is_tmpfs);
        self.files.counts.dirty -= u64::from(was_dirty && is_on_disk);
        if nothing_dirty && was_dirty {
            unshared(&mut self.files.dirty).remove(&inode);
        }
        self.emit(|| Event::PageUncached {
            inode,
            index,
            frame,
        });
        self.free_frame(frame);
    }

    /// Sets bytes of a cached page to zero, `end` being at most the page size.
    pub(crate) fn zero_in_page(&mut self, frame: Pfn, start: u64, end: u64) {
        if self.errs(Mutant::DropTailZeroing) {
            return;
        }
        let contents = &mut self.frames.get_mut(frame).contents;
        contents.fill(start, end.saturating_sub(start), 0);
    }

    /// Reads the window's missing pages; gives the frame of `wanted`. Where RAM is short, only that
    /// page counts.
    fn fill(&mut self, inode: InodeId, wanted: PageIndex, window: Window) -> Result<Pfn, Failure> {
        self.read_window(inode, window);
        self.page_alone(inode, wanted)
    }

    /// Reads the window's missing pages from the disk, as far as the file and RAM go.
    fn read_window(&mut self, inode: InodeId, window: Window) {
        let window_end = window.start.0.saturating_add(window.size);
        let end = window_end.min(self.files.inode(inode).page_count());
        let mut from = window.start.0;
        if self.config.large_folios {
            // Up to a page that is there already (`page_cache_ra_order`).
            let mark = window_end.saturating_sub(window.ahead);
            from = self.read_ahead(inode, from..end, mark, true);
        }
        // The mark is set where the window ends with the file (`do_page_cache_ra`).
        let left = end.saturating_sub(from);
        let mark = match window.ahead <= left {
            true => end - window.ahead,
            false => u64::MAX,
        };
        self.read_ahead(inode, from..end, mark, false);
    }

    /// Reads those of `pages` that are not cached, or stops at one that is, or where RAM is short;
    /// the page `mark` is to start the next readahead, unless it was there. Gives where it stopped.
    fn read_ahead(
        &mut self,
        inode: InodeId,
        pages: Range<u64>,
        mark: u64,
        stops_at_cached: bool,
    ) -> u64 {
        for index in pages.clone() {
            match self.cached_page(inode, PageIndex(index)) {
                Some(_) if stops_at_cached => return index,
                Some(_) => {}
                None if self.read_one_ahead(inode, PageIndex(index), mark == index) => {}
                None => return index,
            }
        }
        pages.end
    }

    /// Reads a page that is not cached, if there is RAM; `marks` whether reading it is to start the
    /// next readahead.
    fn read_one_ahead(&mut self, inode: InodeId, index: PageIndex, marks: bool) -> bool {
        if self.frames.free_count() == 0 {
            return false;
        }
        let Ok(frame) = self.add_page(inode, index) else {
            return false;
        };
        if marks {
            let flags = &mut self.frames.get_mut(frame).flags;
            flags.insert(FrameFlags::READAHEAD);
        }
        true
    }

    /// Reads one page that is not cached from the disk, or makes it of zeros where it is a hole.
    fn add_page(&mut self, inode: InodeId, index: PageIndex) -> Result<Pfn, Failure> {
        let returns = self.files.inode(inode).evicted.get(index.0).is_some();
        let frame = self.new_page(inode, index)?;
        if returns {
            let flags = &mut self.frames.get_mut(frame).flags;
            flags.insert(FrameFlags::ACTIVE);
        }
        if !self.read_block(inode, index, frame) {
            self.emit(|| Event::FrameZeroed { frame });
        }
        self.emit(|| Event::PageCached {
            inode,
            index,
            frame,
        });
        Ok(frame)
    }

    /// Whether a page of a disk file has a block with data, or is about to: one that was only
    /// reserved counts as a hole, unless the cached page knows of it already.
    pub(crate) fn has_data(&self, inode: InodeId, index: PageIndex) -> bool {
        let held = self.files.inode(inode);
        let known = FrameFlags::DIRTY | FrameFlags::BLOCK_KNOWN;
        let is_known = |frame: Pfn| self.frames.get(frame).flags.intersects(known);
        held.block(index).is_some_and(|block| {
            self.files.disk.is_written(block) || held.cached(index).is_some_and(is_known)
        })
    }

    /// Reads the page's block into the frame; gives whether it has one with data.
    fn read_block(&mut self, inode: InodeId, index: PageIndex, frame: Pfn) -> bool {
        let block = self.files.inode(inode).block(index);
        let Some(block) = block.filter(|block| self.files.disk.is_written(*block)) else {
            return false;
        };
        self.frames.get_mut(frame).contents = self.files.disk.read(block);
        self.counters.blocks_read += 1;
        self.emit(|| Event::BlockRead {
            inode,
            index,
            frame,
        });
        true
    }

    /// A frame of zeros becomes a page of the cache; the caller tells of it.
    fn new_page(&mut self, inode: InodeId, index: PageIndex) -> Result<Pfn, Failure> {
        let is_tmpfs = self.files.inode(inode).is_tmpfs();
        let flags = match is_tmpfs {
            true => FrameFlags::UPTODATE | FrameFlags::SWAP_BACKED,
            false => FrameFlags::UPTODATE,
        };
        let frame = self
            .allocate_frame(Owner::Cache { inode, index }, flags)
            .ok_or(OUT_OF_MEMORY)?;
        let held = self.files.inode_mut(inode);
        held.pages.insert(index.0, frame);
        held.evicted.remove(index.0);
        self.files.counts.cached += 1;
        self.files.counts.shmem += u64::from(is_tmpfs);
        self.lru.add(&mut self.frames, frame);
        Ok(frame)
    }

    /// A reader came to the page that was marked: reads the next window.
    fn readahead_mark_reached(
        &mut self,
        file: OpenFileId,
        inode: InodeId,
        index: PageIndex,
        wanted: u64,
    ) {
        let Some(frame) = self.cached_page(inode, index) else {
            return;
        };
        self.frames
            .get_mut(frame)
            .flags
            .remove(FrameFlags::READAHEAD);
        let limit = self.config.readahead;
        let gap = (index.0 + 1..=index.0.saturating_add(limit))
            .map(PageIndex)
            .find(|page| self.cached_page(inode, *page).is_none())
            .unwrap_or(PageIndex(u64::MAX));
        let large_folios = self.config.large_folios;
        let readahead = &mut self.files.open_file_mut(file).readahead;
        if let Some(window) = readahead.mark_reached(index, wanted, limit, gap, large_folios) {
            self.read_window(inode, window);
        }
    }

    /// How many pages before `index`, at most `limit`, are cached without a gap.
    fn cached_before(&self, inode: InodeId, index: PageIndex, limit: u64) -> u64 {
        let first = index.0.saturating_sub(limit);
        let cached = |page: &u64| self.cached_page(inode, PageIndex(*page)).is_some();
        (first..index.0).rev().take_while(cached).count() as u64
    }
}
