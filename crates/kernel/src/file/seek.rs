//! lseek(2) (fs/read_write.c, `generic_file_llseek`, `shmem_file_llseek`).

use abi::{Errno, Fd, Pid, Whence};

use crate::addr::{InodeId, PAGE_SIZE, PageIndex};
use crate::file::inode::InodeKind;
use crate::file::transfer::{INVALID, NOT_SEEKABLE};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// There is no data, or no hole, at or behind the offset.
const BEYOND_END: Failure = Failure::new(Errno::ENXIO, Reason::BadArgument);

impl Kernel {
    /// lseek(2)
    pub(crate) fn sys_lseek(
        &mut self,
        pid: Pid,
        fd: Fd,
        offset: i64,
        whence: Whence,
    ) -> Result<u64, Failure> {
        let (file, id) = self.file_and_inode(pid, fd)?;
        let inode = self.files.inode(id);
        match inode.kind {
            InodeKind::Pipe(_) | InodeKind::Terminal => return Err(NOT_SEEKABLE),
            InodeKind::DevNull | InodeKind::DevZero => return Ok(0),
            _ => {}
        }
        let position = self.files.open_file(file).offset;
        // A directory's offsets are hashes of names, and it ends with the largest (`ext4_dir_llseek`).
        let is_directory = inode.kind == InodeKind::Directory;
        let (size, largest) = match is_directory {
            true => (i64::MAX as u64, i64::MAX as u64),
            false => (inode.size, inode.largest_size()),
        };
        let base = match whence {
            Whence::Set => 0,
            Whence::Current => position,
            Whence::End => size,
            Whence::Data | Whence::Hole if is_directory => {
                let within = u64::try_from(offset).ok().filter(|at| *at < size);
                let at = within.ok_or(BEYOND_END)?;
                let target = if whence == Whence::Data { at } else { size };
                self.files.open_file_mut(file).offset = target;
                return Ok(target);
            }
            Whence::Data => return self.seek_content(file, id, offset, true),
            Whence::Hole => return self.seek_content(file, id, offset, false),
            Whence::Unknown(_) => return Err(INVALID),
        };
        let target = base.checked_add_signed(offset).ok_or(INVALID)?;
        if target > largest {
            return Err(INVALID);
        }
        self.files.open_file_mut(file).offset = target;
        Ok(target)
    }

    /// SEEK_DATA and SEEK_HOLE: the first byte from `offset` on that is, or is not, within a page with data.
    fn seek_content(
        &mut self,
        file: crate::addr::OpenFileId,
        id: InodeId,
        offset: i64,
        data: bool,
    ) -> Result<u64, Failure> {
        let size = self.files.inode(id).size;
        let offset = u64::try_from(offset).map_err(|_| BEYOND_END)?;
        if offset >= size {
            return Err(BEYOND_END);
        }
        let mut index = PageIndex(offset / PAGE_SIZE);
        let target = if data {
            let next = self.next_data(id, index).ok_or(BEYOND_END)?;
            offset.max(next.0.saturating_mul(PAGE_SIZE))
        } else {
            while self.next_data(id, index) == Some(index) {
                index.0 += 1;
            }
            offset.max(index.0.saturating_mul(PAGE_SIZE)).min(size)
        };
        if target >= size && data {
            return Err(BEYOND_END);
        }
        self.files.open_file_mut(file).offset = target;
        Ok(target)
    }

    /// The first page from `first` on that is no hole. One that fallocate reserved is, unless it is up
    /// to date in the cache; one that a write was promised is none (`iomap_seek_data`).
    fn next_data(&self, id: InodeId, first: PageIndex) -> Option<PageIndex> {
        let inode = self.files.inode(id);
        let mut from = first;
        loop {
            let index = match inode.is_on_disk() {
                true => self.next_block(id, from)?.0,
                false => PageIndex(inode.pages.next(from.0)?.0),
            };
            let cached = inode.cached(index);
            let in_cache = cached.is_some_and(|frame| self.is_uptodate(frame));
            if self.has_data(id, index) || in_cache || inode.is_promised(index) {
                return Some(index);
            }
            from = PageIndex(index.0 + 1);
        }
    }
}
