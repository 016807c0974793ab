//! read(2) and pread(2) (fs/read_write.c, `filemap_read`, `shmem_file_read_iter`).

use abi::{Errno, Fd, OpenFlags, Pid, VirtAddr};

use crate::addr::{OpenFileId, PAGE_SIZE, PageIndex};
use crate::event::Event;
use crate::file::descriptor::BAD_DESCRIPTOR;
use crate::file::inode::InodeKind;
use crate::file::transfer::{BAD_BUFFER, Direction, Transfer};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};
use crate::phys::contents::Contents;

impl Kernel {
    /// read(2)
    pub(crate) fn sys_read(
        &mut self,
        pid: Pid,
        fd: Fd,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<u64, Stop> {
        let transfer = self.transfer(pid, fd, Direction::Read, buffer, count)?;
        if let InodeKind::Pipe(_) = self.files.inode(transfer.inode).kind {
            return self.read_pipe(pid, transfer.file, buffer, transfer.count);
        }
        let done = self.read_file(&transfer)?;
        if done > 0 {
            self.files.open_file_mut(transfer.file).offset = transfer.position + done;
        }
        Ok(done)
    }

    /// pread(2)
    pub(crate) fn sys_pread(
        &mut self,
        pid: Pid,
        fd: Fd,
        buffer: VirtAddr,
        count: u64,
        offset: i64,
    ) -> Result<u64, Failure> {
        let transfer = self.transfer_at(pid, fd, Direction::Read, (buffer, count), offset)?;
        self.read_file(&transfer)
    }

    fn read_file(&mut self, transfer: &Transfer) -> Result<u64, Failure> {
        let Transfer {
            pid,
            buffer,
            count,
            position,
            ..
        } = *transfer;
        match &self.files.inode(transfer.inode).kind {
            InodeKind::Disk(_) => self.read_cached(transfer),
            InodeKind::Tmpfs(_) => self.read_tmpfs(transfer),
            InodeKind::Directory => Err(Failure::new(Errno::EISDIR, Reason::WrongKind)),
            InodeKind::Terminal | InodeKind::DevNull => Ok(0),
            InodeKind::DevZero => self.read_zeros(pid, buffer, count),
            InodeKind::Proc(proc) => {
                let part = self.read_proc(*proc, position, count)?;
                self.give_bytes(pid, buffer, &part)
            }
            InodeKind::Pipe(_) => Err(BAD_DESCRIPTOR),
        }
    }

    /// Through the page cache, a batch of pages at a time, up to the end of the file: the batch is
    /// brought in before the first of its bytes is copied (`filemap_read`).
    fn read_cached(&mut self, transfer: &Transfer) -> Result<u64, Failure> {
        let Transfer {
            pid,
            file,
            inode,
            position,
            ..
        } = *transfer;
        let size = self.files.inode(inode).size;
        let wanted_end = position + transfer.count;
        let end = wanted_end.min(size);
        let pages_end = PageIndex(wanted_end.div_ceil(PAGE_SIZE));
        let mut at = position;
        let mut failure = BAD_BUFFER;
        // Readahead hears of it when all is done.
        let mut previous = self.files.open_file(file).readahead.previous;
        'batches: while at < end {
            let first = PageIndex(at / PAGE_SIZE);
            let last = match self.pages_for_read(file, inode, first, pages_end) {
                Ok(last) => last,
                Err(why) => {
                    failure = why;
                    break;
                }
            };
            let last_read = previous.and_then(|end| end.checked_sub(1));
            let reached = last_read.is_some_and(|byte| byte / PAGE_SIZE == first.0);
            for index in (first.0..=last.0).map(PageIndex) {
                // Where RAM is full, the buffer may have taken the place of what follows.
                let Some(frame) = self.cached_page(inode, index).filter(|_| at < end) else {
                    break;
                };
                if index > first || !reached {
                    self.mark_cached_page_accessed(inode, index);
                }
                let start = at % PAGE_SIZE;
                let length = (PAGE_SIZE - start).min(end - at);
                let to = transfer.buffer.offset(at - position);
                let contents = self.frames.get(frame).contents.clone();
                let page = (&contents, Some(frame));
                let copied = self.contents_to_user(pid, to, page, start, length);
                at += copied;
                previous = Some(at);
                if copied < length {
                    break 'batches;
                }
            }
        }
        self.files.open_file_mut(file).readahead.previous = previous;
        self.read_so_far(transfer, at, end, failure)
    }

    /// Page by page; a hole stays one, and a page that is only reserved is one too. The first page is
    /// looked up, and counts as used, also where nothing is to be read (`shmem_file_read_iter`).
    fn read_tmpfs(&mut self, transfer: &Transfer) -> Result<u64, Failure> {
        let Transfer {
            pid,
            inode,
            position,
            ..
        } = *transfer;
        let size = self.files.inode(inode).size;
        let end = (position + transfer.count).min(size);
        let mut at = position;
        while at < size {
            let index = PageIndex(at / PAGE_SIZE);
            let start = at % PAGE_SIZE;
            let length = (PAGE_SIZE - start).min(end - at);
            let frame = self.cached_page(inode, index);
            let frame = frame.filter(|frame| self.is_uptodate(*frame));
            if let Some(frame) = frame.filter(|_| start == 0) {
                self.mark_accessed(frame);
            }
            let contents = frame.map(|frame| self.frames.get(frame).contents.clone());
            let contents = contents.unwrap_or_default();
            let to = transfer.buffer.offset(at - position);
            let copied = self.contents_to_user(pid, to, (&contents, frame), start, length);
            at += copied;
            if copied < length || at == end {
                break;
            }
        }
        self.read_so_far(transfer, at, end, BAD_BUFFER)
    }

    /// The answer of a read that came from its position to `at`, `end` being where there is no more.
    fn read_so_far(
        &mut self,
        transfer: &Transfer,
        at: u64,
        end: u64,
        failure: Failure,
    ) -> Result<u64, Failure> {
        let position = transfer.position;
        if at == position && end > position {
            return Err(failure);
        }
        self.copied(transfer.pid, true, at - position);
        Ok(at - position)
    }

    fn read_zeros(&mut self, pid: Pid, buffer: VirtAddr, count: u64) -> Result<u64, Failure> {
        let mut done = 0;
        while done < count {
            let to = buffer.offset(done);
            let length = (PAGE_SIZE - to.0 % PAGE_SIZE).min(count - done);
            let copied = self.contents_to_user(pid, to, (&Contents::ZERO, None), 0, length);
            done += copied;
            if copied < length {
                break;
            }
        }
        self.copied(pid, true, done);
        match done == 0 && count > 0 {
            true => Err(BAD_BUFFER),
            false => Ok(done),
        }
    }

    /// Copies bytes that the kernel made to the caller.
    pub(crate) fn give_bytes(
        &mut self,
        pid: Pid,
        buffer: VirtAddr,
        bytes: &[u8],
    ) -> Result<u64, Failure> {
        let copied = match self.copy_to_user(pid, buffer, bytes) {
            Ok(()) => bytes.len() as u64,
            Err(copied) => copied,
        };
        self.copied(pid, true, copied);
        match copied == 0 && !bytes.is_empty() {
            true => Err(BAD_BUFFER),
            false => Ok(copied),
        }
    }

    /// Tells of, and counts, bytes copied between kernel and user.
    pub(crate) fn copied(&mut self, pid: Pid, to_user: bool, bytes: u64) {
        if bytes > 0 {
            self.counters.bytes_copied += bytes;
            self.emit(|| Event::Copied {
                pid,
                to_user,
                bytes,
            });
        }
    }

    /// Whether the open file's calls fail rather than wait (O_NONBLOCK).
    pub(crate) fn is_nonblocking(&self, file: OpenFileId) -> bool {
        self.files
            .open_file(file)
            .flags
            .contains(OpenFlags::O_NONBLOCK)
    }
}
