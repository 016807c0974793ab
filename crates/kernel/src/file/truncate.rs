//! ftruncate(2) and truncate(2): a file's size changes under whoever has it open or mapped
//! (mm/truncate.c, `ext4_setattr`, `shmem_setattr`).

use abi::{Errno, Fd, Path, Pid, Signal, SignalCode, SignalInfo};

use crate::addr::{InodeId, PAGE_SIZE, PageIndex};
use crate::event::Event;
use crate::file::inode::InodeKind;
use crate::file::lookup::NO_SUCH_FILE;
use crate::file::read::INVALID;
use crate::file::seals::check_resize;
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
        self.set_size(pid, inode, length)
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
        if new == old && inode.is_tmpfs() {
            return Ok(());
        }
        self.files.inode_mut(id).size = new;
        self.files.inode_mut(id).modified = self.clock;
        if new != old {
            self.emit(Event::FileResized {
                inode: id,
                old,
                new,
            });
        }
        if new > old {
            return self.zero_tail_on_disk(id, old);
        }
        let first = PageIndex(new.div_ceil(PAGE_SIZE));
        self.unmap_file_pages(id, first, PageIndex(u64::MAX), true);
        self.zero_tail_on_disk(id, new)?;
        self.zero_tail_of_tmpfs(id, new)?;
        self.drop_pages_from(id, first, PageIndex(u64::MAX));
        self.free_blocks_from(id, first, PageIndex(u64::MAX));
        Ok(())
    }

    /// Zeroes the page at `size` from there on, where the disk has it (`ext4_block_truncate_page`).
    pub(crate) fn zero_tail_on_disk(&mut self, id: InodeId, size: u64) -> Result<(), Failure> {
        self.zero_on_disk(id, size, u64::MAX)
    }

    /// Zeroes the bytes `start..end` as far as they lie in the page of `start`, where the disk has it
    /// (`ext4_block_zero_page_range`). The page comes to the cache for that, and is dirty.
    fn zero_on_disk(&mut self, id: InodeId, start: u64, end: u64) -> Result<(), Failure> {
        let index = PageIndex(start / PAGE_SIZE);
        if start.is_multiple_of(PAGE_SIZE) || self.files.inode(id).block(index).is_none() {
            return Ok(());
        }
        let frame = self.page_for_zeroing(id, index)?;
        self.mark_page_dirty(id, index)?;
        let page = index.0 * PAGE_SIZE;
        self.zero_in_page(frame, start - page, (end - page).min(PAGE_SIZE));
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

    /// A write at `position`, behind the end of a disk file, shows what mappings stored between the
    /// two: it becomes zeros. tmpfs leaves it.
    pub(crate) fn zero_exposed(&mut self, id: InodeId, position: u64) -> Result<(), Failure> {
        let size = self.files.inode(id).size;
        match position > size {
            true => self.zero_on_disk(id, size, position),
            false => Ok(()),
        }
    }
}
