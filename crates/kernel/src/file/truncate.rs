//! ftruncate(2) and truncate(2): a file's size changes under whoever has it open or mapped
//! (mm/truncate.c, `ext4_setattr`, `shmem_setattr`).

use abi::{Errno, Fd, Path, Pid, Signal, SignalCode, SignalInfo};

use crate::addr::{InodeId, PAGE_SIZE, PageIndex};
use crate::event::Event;
use crate::file::inode::InodeKind;
use crate::file::lookup::NO_SUCH_FILE;
use crate::file::seals::check_resize;
use crate::file::transfer::INVALID;
use crate::file::write::TOO_LARGE;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};

impl Kernel {
    /// ftruncate(2)
    pub(crate) fn sys_ftruncate(&mut self, pid: Pid, fd: Fd, length: i64) -> Result<u64, Stop> {
        let length = u64::try_from(length).map_err(|_| INVALID)?;
        let (file, inode) = self.file_and_inode(pid, fd)?;
        let writable = self.files.open_file(file).flags.writable();
        if !writable || !self.files.inode(inode).is_regular() {
            let reason = match writable {
                true => Reason::WrongKind,
                false => Reason::NotWritable,
            };
            return Err(Failure::new(Errno::EINVAL, reason).into());
        }
        let done = self.set_size(pid, inode, length)?;
        self.set_modified(inode);
        Ok(done)
    }

    /// truncate(2)
    pub(crate) fn sys_truncate(&mut self, pid: Pid, path: &Path, length: i64) -> Result<u64, Stop> {
        let length = u64::try_from(length).map_err(|_| INVALID)?;
        let inode = self.look_up(pid, path)?.inode.ok_or(NO_SUCH_FILE)?;
        match &self.files.inode(inode).kind {
            InodeKind::Directory => Err(Failure::new(Errno::EISDIR, Reason::WrongKind).into()),
            InodeKind::Disk(_) | InodeKind::Tmpfs(_) => self.set_size(pid, inode, length),
            _ => Err(INVALID.into()),
        }
    }

    fn set_size(&mut self, pid: Pid, inode: InodeId, length: u64) -> Result<u64, Stop> {
        let held = self.files.inode(inode);
        let limit = self
            .tasks
            .get(pid)
            .map_or(u64::MAX, |task| task.limits.file_size());
        if length > held.size && length > limit {
            let info = SignalInfo::sent(Signal::Xfsz, SignalCode::User, pid);
            self.send_signal(pid, info);
            return Err(self.stop_with(pid, TOO_LARGE));
        }
        if length > held.size && length > held.largest_size() {
            return Err(TOO_LARGE.into());
        }
        check_resize(held, length)?;
        self.resize(inode, length)?;
        Ok(0)
    }

    /// Gives a regular file this size. Pages behind it leave every mapping, private copies included;
    /// what is left of the last one ends in zeros.
    pub(crate) fn resize(&mut self, id: InodeId, new: u64) -> Result<(), Failure> {
        let inode = self.files.inode(id);
        let old = inode.size;
        // tmpfs counts the pages that it gives up, of which it may find none (`shmem_setattr`).
        let changes = new != old || !inode.is_tmpfs() || !inode.pages.is_empty();
        self.files.inode_mut(id).size = new;
        if changes {
            self.set_modified(id);
        }
        if new != old {
            self.emit(|| Event::FileResized {
                inode: id,
                old,
                new,
            });
        }
        let first = PageIndex(new.div_ceil(PAGE_SIZE));
        if new > old {
            self.zero_tail_on_disk(id, old)?;
            if self.files.inode(id).is_on_disk() {
                // What fallocate had in the cache behind the new end (`truncate_pagecache` in `ext4_setattr`).
                self.drop_pages_from(id, first, PageIndex(u64::MAX));
            }
            return Ok(());
        }
        let inode = self.files.inode_mut(id);
        inode.flushed_on_close |= new == 0 && inode.is_on_disk();
        inode.cut = first;
        if old > first.0 * PAGE_SIZE {
            self.unmap_file_pages(id, first, PageIndex(u64::MAX), true);
        }
        self.zero_tail_on_disk(id, new)?;
        self.zero_tail_of_tmpfs(id, new)?;
        self.drop_pages_from(id, first, PageIndex(u64::MAX));
        self.free_blocks_from(id, first, PageIndex(u64::MAX));
        Ok(())
    }

    /// Zeroes the page at `size` from there on (`ext4_block_truncate_page`).
    pub(crate) fn zero_tail_on_disk(&mut self, id: InodeId, size: u64) -> Result<(), Failure> {
        let end = size.next_multiple_of(PAGE_SIZE);
        match self.files.inode(id).is_on_disk() {
            true => self.zero_partial_blocks(id, size, end),
            false => Ok(()),
        }
    }

    /// Zeroes those of the bytes `start..end` of a disk file that make no whole page
    /// (`ext4_zero_partial_blocks`).
    pub(crate) fn zero_partial_blocks(
        &mut self,
        id: InodeId,
        start: u64,
        end: u64,
    ) -> Result<(), Failure> {
        let first_end = start.next_multiple_of(PAGE_SIZE);
        let last_start = end - end % PAGE_SIZE;
        if first_end > last_start {
            return self.zero_in_block(id, start, end);
        }
        self.zero_in_block(id, start, first_end)?;
        self.zero_in_block(id, last_start, end)
    }

    /// Zeroes the bytes `start..end` of one page. The page comes to the cache for that, counts as
    /// used, and is dirty unless it is a hole (`ext4_block_zero_page_range`).
    fn zero_in_block(&mut self, id: InodeId, start: u64, end: u64) -> Result<(), Failure> {
        if start >= end {
            return Ok(());
        }
        let index = PageIndex(start / PAGE_SIZE);
        let frame = self.page_to_overwrite(id, index)?;
        self.mark_accessed(frame);
        if !self.has_data(id, index) {
            return Ok(());
        }
        self.load_page(id, index, frame);
        self.mark_page_dirty(id, index)?;
        let page = index.0 * PAGE_SIZE;
        self.zero_in_page(frame, start - page, end - page);
        Ok(())
    }

    /// The same for tmpfs, where the page is there (`shmem_undo_range`).
    fn zero_tail_of_tmpfs(&mut self, id: InodeId, size: u64) -> Result<(), Failure> {
        let index = PageIndex(size / PAGE_SIZE);
        if size.is_multiple_of(PAGE_SIZE) || !self.files.inode(id).is_tmpfs() {
            return Ok(());
        }
        if let Some(frame) = self.cached_page(id, index) {
            self.mark_page_dirty(id, index)?;
            self.zero_in_page(frame, size % PAGE_SIZE, PAGE_SIZE);
        }
        Ok(())
    }
}
