//! fsync(2), fdatasync(2), sync(2): dirty pages reach the disk; posix_fadvise(2).

use abi::{Errno, Fd, FileAdvice, Pid};

use crate::addr::{InodeId, PAGE_SIZE, PageIndex, Pfn};
use crate::file::inode::InodeKind;
use crate::file::transfer::{INVALID, NOT_SEEKABLE};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};
use crate::phys::frame::FrameFlags;

impl Kernel {
    /// fsync(2) and fdatasync(2), which differ in nothing that is modelled.
    pub(crate) fn sys_fsync(&mut self, pid: Pid, fd: Fd) -> Result<u64, Failure> {
        let (_, inode) = self.file_and_inode(pid, fd)?;
        match self.files.inode(inode).kind {
            InodeKind::Disk(_) => {
                self.write_back_file(inode);
                Ok(0)
            }
            InodeKind::Tmpfs(_) | InodeKind::Directory => Ok(0),
            _ => Err(Failure::new(Errno::EINVAL, Reason::WrongKind)),
        }
    }

    /// posix_fadvise(2) (mm/fadvise.c)
    pub(crate) fn sys_fadvise(
        &mut self,
        pid: Pid,
        fd: Fd,
        offset: i64,
        length: i64,
        advice: FileAdvice,
    ) -> Result<u64, Failure> {
        let (file, inode) = self.file_and_inode(pid, fd)?;
        if let InodeKind::Pipe(_) = self.files.inode(inode).kind {
            return Err(NOT_SEEKABLE);
        }
        if let FileAdvice::Unknown(_) = advice {
            return Err(INVALID);
        }
        let length = u64::try_from(length).map_err(|_| INVALID)?;
        if !self.files.inode(inode).is_on_disk() {
            return Ok(0);
        }
        let start = offset as u64;
        let last = match start.checked_add(length) {
            Some(end) if length > 0 => end - 1,
            _ => i64::MAX as u64,
        };
        match advice {
            FileAdvice::WillNeed => {
                let end = PageIndex(last / PAGE_SIZE + 1);
                self.read_in(file, PageIndex(start / PAGE_SIZE), end);
            }
            FileAdvice::DontNeed => self.give_up(inode, start, last),
            _ => self.files.open_file_mut(file).readahead.advise(advice),
        }
        Ok(0)
    }

    /// POSIX_FADV_DONTNEED: writes back the bytes `start..=last`, and drops the whole pages among
    /// them that nobody maps.
    fn give_up(&mut self, id: InodeId, start: u64, last: u64) {
        self.write_back(
            id,
            PageIndex(start / PAGE_SIZE),
            PageIndex(last / PAGE_SIZE + 1),
        );
        let size = self.files.inode(id).size;
        // In signed arithmetic: what begins just below 0 begins at 0.
        let first = start.wrapping_add(PAGE_SIZE - 1) as i64;
        let first = first.div_euclid(PAGE_SIZE as i64) as u64;
        let whole = last % PAGE_SIZE == PAGE_SIZE - 1 || last.checked_add(1) == Some(size);
        let end = last / PAGE_SIZE + u64::from(whole || last == i64::MAX as u64);
        self.forget_evicted(id, PageIndex(first), PageIndex(end));
        let unused = self.files.inode(id).pages.iter().filter(|(index, frame)| {
            (first..end).contains(index) && self.frames.get(**frame).mapcount == 0
        });
        let unused: Vec<(u64, Pfn)> = unused.map(|(index, frame)| (index, *frame)).collect();
        for (index, frame) in unused {
            let flags = &mut self.frames.get_mut(frame).flags;
            if flags.contains(FrameFlags::DIRTY) {
                // Reclaim is to take it once it is clean; Linux has one bit for that and for the
                // start of a readahead (`lru_deactivate_file`).
                *flags -= FrameFlags::ACTIVE | FrameFlags::REFERENCED;
                *flags |= FrameFlags::READAHEAD;
            } else {
                self.remove_page(id, PageIndex(index));
            }
        }
    }
}
