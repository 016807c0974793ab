//! fallocate(2): space for a file, and holes in it (fs/open.c, `ext4_fallocate`, `shmem_fallocate`).

use abi::{Errno, FallocateFlags, Fd, Pid, Signal, SignalCode, SignalInfo};

use crate::addr::{InodeId, PAGE_SIZE, PageIndex};
use crate::event::Event;
use crate::file::inode::InodeKind;
use crate::file::seals::{check_resize, check_write};
use crate::file::transfer::{INVALID, NOT_SEEKABLE};
use crate::file::write::TOO_LARGE;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};

const KEEP_SIZE: FallocateFlags = FallocateFlags::FALLOC_FL_KEEP_SIZE;
const PUNCH_HOLE: FallocateFlags = FallocateFlags::FALLOC_FL_PUNCH_HOLE;
const ZERO_RANGE: FallocateFlags = FallocateFlags::FALLOC_FL_ZERO_RANGE;
/// What [`Kernel::block_kind`] says of a page without a block.
const HOLE: (bool, bool, bool) = (false, false, false);
/// The file's kind has no such mode.
const NOT_SUPPORTED: Failure = Failure::new(Errno::EOPNOTSUPP, Reason::NotModelled);

impl Kernel {
    /// fallocate(2)
    pub(crate) fn sys_fallocate(
        &mut self,
        pid: Pid,
        fd: Fd,
        mode: FallocateFlags,
        offset: i64,
        length: i64,
    ) -> Result<u64, Stop> {
        let (file, id) = self.file_and_inode(pid, fd)?;
        let start = u64::try_from(offset).map_err(|_| INVALID)?;
        let length = u64::try_from(length)
            .ok()
            .filter(|length| *length > 0)
            .ok_or(INVALID)?;
        if !is_known(mode) {
            return Err(NOT_SUPPORTED.into());
        }
        if !self.files.open_file(file).flags.writable() {
            return Err(Failure::new(Errno::EBADF, Reason::NotWritable).into());
        }
        let inode = self.files.inode(id);
        match inode.kind {
            InodeKind::Disk(_) | InodeKind::Tmpfs(_) => {}
            InodeKind::Pipe(_) => return Err(NOT_SEEKABLE.into()),
            InodeKind::Directory => {
                return Err(Failure::new(Errno::EISDIR, Reason::WrongKind).into());
            }
            _ => return Err(Failure::new(Errno::ENODEV, Reason::WrongKind).into()),
        }
        let end = start + length;
        if end > inode.largest_size() {
            return Err(TOO_LARGE.into());
        }
        if mode.contains(PUNCH_HOLE) {
            check_write(inode)?;
            self.punch_hole(id, start, end)?;
            return Ok(0);
        }
        if mode.contains(ZERO_RANGE) && inode.is_tmpfs() {
            return Err(NOT_SUPPORTED.into());
        }
        let passes = end > inode.size;
        let grows = passes && !mode.contains(KEEP_SIZE);
        // tmpfs asks also where the size stays.
        if grows || passes && inode.is_tmpfs() {
            self.check_growth(pid, id, end)?;
        }
        // ext4 takes the file for changed also where there is no space, tmpfs when it has been.
        let is_on_disk = self.files.inode(id).is_on_disk();
        if is_on_disk {
            self.set_modified(id);
        }
        let zeroes = mode.contains(ZERO_RANGE);
        let in_pages = start.is_multiple_of(PAGE_SIZE) && end.is_multiple_of(PAGE_SIZE);
        if zeroes && in_pages {
            self.clear_range(id, start, end)?;
        }
        let steps = self.allocate_range(id, start, end)?;
        if grows {
            self.grow(id, end, &steps)?;
        }
        if zeroes && !in_pages {
            self.clear_range(id, start, end)?;
            self.allocate_range(id, start, end)?;
        }
        if !is_on_disk {
            self.set_modified(id);
        }
        Ok(0)
    }

    /// Whether the file may grow to `end`: its seals and RLIMIT_FSIZE.
    fn check_growth(&mut self, pid: Pid, id: InodeId, end: u64) -> Result<(), Stop> {
        let limit = self
            .tasks
            .get(pid)
            .map_or(u64::MAX, |task| task.limits.file_size());
        if end > limit {
            let info = SignalInfo::sent(Signal::Xfsz, SignalCode::User, pid);
            self.send_signal(pid, info);
            return Err(self.stop_with(pid, TOO_LARGE));
        }
        Ok(check_resize(self.files.inode(id), end)?)
    }

    /// The size becomes `new`. After each step of a disk file's allocation that passed the old end,
    /// the parts of pages behind that become zeros (`ext4_alloc_file_blocks`).
    fn grow(&mut self, id: InodeId, new: u64, steps: &[u64]) -> Result<(), Failure> {
        let inode = self.files.inode_mut(id);
        let old = std::mem::replace(&mut inode.size, new);
        self.emit(|| Event::FileResized {
            inode: id,
            old,
            new,
        });
        let is_on_disk = self.files.inode(id).is_on_disk();
        for reached in steps.iter().filter(|at| is_on_disk && **at > old) {
            self.zero_partial_blocks(id, old, *reached)?;
        }
        Ok(())
    }

    /// Gives each page of the bytes `start..end` a block, or RAM where the file has no disk. Gives
    /// where the steps end in which a disk file gets them: each is of pages that are alike, be they
    /// holes, promised, reserved or written, and ends where the file was cut within a hole.
    fn allocate_range(&mut self, id: InodeId, start: u64, end: u64) -> Result<Vec<u64>, Failure> {
        let pages = start / PAGE_SIZE..end.div_ceil(PAGE_SIZE);
        let is_on_disk = self.files.inode(id).is_on_disk();
        let room = match is_on_disk {
            true => self.files.disk.size() - self.files.disk.used_blocks(),
            false => self.frames.free_count().into(),
        };
        if pages.end - pages.start > room {
            return Err(Failure::new(Errno::ENOSPC, Reason::OutOfSpace));
        }
        let mut steps = Vec::new();
        let mut before = None;
        let cut = self.files.inode(id).cut;
        for index in pages.map(PageIndex) {
            if is_on_disk {
                let kind = self.block_kind(id, index);
                let is_cut = kind == HOLE && index == cut;
                if before.is_some_and(|before| before != kind || is_cut) {
                    steps.push(index.0 * PAGE_SIZE);
                }
                before = Some(kind);
                self.allocate_block(id, index)?;
                self.files.inode_mut(id).settle_block(index);
            } else {
                self.reserve_page(id, index)?;
            }
        }
        steps.push(end);
        Ok(steps)
    }

    /// Whether a disk file's page has a block, one that was written, one that is merely promised.
    fn block_kind(&self, id: InodeId, index: PageIndex) -> (bool, bool, bool) {
        let InodeKind::Disk(blocks) = &self.files.inode(id).kind else {
            return (false, false, false);
        };
        let block = blocks.get(index.0);
        let is_written = block.is_some_and(|block| self.files.disk.is_written(*block));
        (
            block.is_some(),
            is_written,
            self.files.inode(id).is_promised(index),
        )
    }

    /// A page of tmpfs that is reserved is dirty, and up to date from its first use on, or when it is
    /// reserved once more (`shmem_fallocate`).
    fn reserve_page(&mut self, id: InodeId, index: PageIndex) -> Result<(), Failure> {
        match self.cached_page(id, index) {
            Some(_) => self.page_alone(id, index)?,
            None => self.page_to_overwrite(id, index)?,
        };
        self.mark_page_dirty(id, index)?;
        Ok(())
    }

    /// Makes the bytes `start..end` zeros: whole pages become holes and leave every shared mapping;
    /// private copies stay.
    pub(crate) fn punch_hole(&mut self, id: InodeId, start: u64, end: u64) -> Result<(), Failure> {
        self.set_modified(id);
        let inode = self.files.inode(id);
        if inode.is_on_disk() && start >= inode.size {
            return Ok(());
        }
        let end = match inode.is_on_disk() && end > inode.size {
            true => inode.page_count() * PAGE_SIZE,
            false => end,
        };
        match start < end {
            true => self.clear_range(id, start, end),
            false => Ok(()),
        }
    }

    fn clear_range(&mut self, id: InodeId, start: u64, end: u64) -> Result<(), Failure> {
        let first = PageIndex(start.div_ceil(PAGE_SIZE));
        let last = PageIndex(end / PAGE_SIZE);
        if last.0 == 0 {
            // Linux computes the last byte to unmap as 0 - 1 here, and unmaps all the rest.
            self.unmap_file_pages(id, first, PageIndex(u64::MAX), false);
        }
        if first < last {
            self.unmap_file_pages(id, first, last, false);
            self.drop_pages_from(id, first, last);
            self.free_blocks_from(id, first, last);
        }
        if self.files.inode(id).is_on_disk() {
            return self.zero_partial_blocks(id, start, end);
        }
        if first > last {
            return self.zero_cached(id, start, end);
        }
        self.zero_cached(id, start, first.0 * PAGE_SIZE)?;
        self.zero_cached(id, last.0 * PAGE_SIZE, end)
    }

    /// Zeroes bytes within one page of tmpfs, if the file has that page.
    fn zero_cached(&mut self, id: InodeId, start: u64, end: u64) -> Result<(), Failure> {
        let index = PageIndex(start / PAGE_SIZE);
        let Some(frame) = self.cached_page(id, index).filter(|_| start < end) else {
            return Ok(());
        };
        self.mark_page_dirty(id, index)?;
        let page = index.0 * PAGE_SIZE;
        self.zero_in_page(frame, start - page, end - page);
        Ok(())
    }
}

/// Allocate, punch (which keeps the size) or zero; the other modes are not modelled.
fn is_known(mode: FallocateFlags) -> bool {
    match mode - KEEP_SIZE {
        rest if rest == PUNCH_HOLE => mode.contains(KEEP_SIZE),
        rest => rest.is_empty() || rest == ZERO_RANGE,
    }
}
