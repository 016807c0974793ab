//! read(2) and pread(2) (fs/read_write.c, `filemap_read`, `shmem_file_read_iter`).

use abi::{Errno, Fd, OpenFlags, Pid, VirtAddr};

use crate::addr::{InodeId, OpenFileId, PAGE_SIZE, PageIndex, TASK_SIZE};
use crate::event::Event;
use crate::file::descriptor::BAD_DESCRIPTOR;
use crate::file::inode::InodeKind;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};
use crate::phys::contents::Contents;

/// The most bytes that one call moves (MAX_RW_COUNT).
pub(crate) const MAX_RW_COUNT: u64 = 0x7fff_f000;
/// A buffer that cannot be used.
pub(crate) const BAD_BUFFER: Failure = Failure::new(Errno::EFAULT, Reason::BadBuffer);
/// An argument that the object does not take.
pub(crate) const INVALID: Failure = Failure::new(Errno::EINVAL, Reason::BadArgument);
/// The object has no offset.
pub(crate) const NOT_SEEKABLE: Failure = Failure::new(Errno::ESPIPE, Reason::WrongKind);

/// What a read or write of `count` bytes at `buffer` may do: the descriptor allows it, and the buffer
/// lies in user space (`vfs_read`, `vfs_write`). Gives the count, cut to what one call moves.
pub(crate) fn check_transfer(
    allowed: bool,
    why: Reason,
    buffer: VirtAddr,
    count: u64,
) -> Result<u64, Failure> {
    if !allowed {
        return Err(Failure::new(Errno::EBADF, why));
    }
    match buffer.0.checked_add(count) {
        Some(end) if end <= TASK_SIZE => Ok(count.min(MAX_RW_COUNT)),
        _ => Err(BAD_BUFFER),
    }
}

impl Kernel {
    /// read(2)
    pub(crate) fn sys_read(
        &mut self,
        pid: Pid,
        fd: Fd,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<u64, Stop> {
        let (file, inode) = self.file_and_inode(pid, fd)?;
        let readable = self.files.open_file(file).flags.readable();
        let count = check_transfer(readable, Reason::NotReadable, buffer, count)?;
        if let InodeKind::Pipe(_) = self.files.inode(inode).kind {
            return self.read_pipe(pid, file, buffer, count);
        }
        let position = self.files.open_file(file).offset;
        let done = self.read_at(pid, file, buffer, count, position)?;
        if done > 0 {
            self.files.open_file_mut(file).offset = position + done;
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
        let offset = u64::try_from(offset).map_err(|_| INVALID)?;
        let (file, inode) = self.file_and_inode(pid, fd)?;
        if let InodeKind::Pipe(_) = self.files.inode(inode).kind {
            return Err(NOT_SEEKABLE);
        }
        let readable = self.files.open_file(file).flags.readable();
        let count = check_transfer(readable, Reason::NotReadable, buffer, count)?;
        self.read_at(pid, file, buffer, count, offset)
    }

    fn read_at(
        &mut self,
        pid: Pid,
        file: OpenFileId,
        buffer: VirtAddr,
        count: u64,
        position: u64,
    ) -> Result<u64, Failure> {
        if position
            .checked_add(count)
            .is_none_or(|end| end > i64::MAX as u64)
        {
            return Err(Failure::new(Errno::EOVERFLOW, Reason::OffsetOverflow));
        }
        let inode = self.files.open_file(file).inode;
        match &self.files.inode(inode).kind {
            InodeKind::Disk(_) | InodeKind::Tmpfs(_) => {
                self.read_regular(pid, file, buffer, count, position)
            }
            InodeKind::Directory => Err(Failure::new(Errno::EISDIR, Reason::WrongKind)),
            InodeKind::Terminal | InodeKind::DevNull => Ok(0),
            InodeKind::DevZero => self.read_zeros(pid, buffer, count),
            InodeKind::Proc(proc) => {
                let text = self.proc_text(*proc);
                let part = text.read(position, count);
                self.give_bytes(pid, buffer, part)
            }
            InodeKind::Pipe(_) => Err(BAD_DESCRIPTOR),
        }
    }

    /// Through the page cache, up to the end of the file.
    fn read_regular(
        &mut self,
        pid: Pid,
        file: OpenFileId,
        buffer: VirtAddr,
        count: u64,
        position: u64,
    ) -> Result<u64, Failure> {
        let inode = self.files.open_file(file).inode;
        let held = self.files.inode(inode);
        let is_tmpfs = held.is_tmpfs();
        let end = (position + count).min(held.size);
        let end_wanted = (position + count).div_ceil(PAGE_SIZE);
        let mut at = position;
        while at < end {
            let index = PageIndex(at / PAGE_SIZE);
            let start = at % PAGE_SIZE;
            let length = (PAGE_SIZE - start).min(end - at);
            let contents =
                match self.readable_page(file, inode, index, end_wanted - index.0, is_tmpfs) {
                    Ok(contents) => contents,
                    Err(_) if at > position => break,
                    Err(failure) => return Err(failure),
                };
            self.mark_read_page(file, inode, index, at == position, start);
            let to = buffer.offset(at - position);
            let copied = self.contents_to_user(pid, to, &contents, start, length);
            at += copied;
            if copied < length {
                break;
            }
        }
        if at == position && end > position {
            return Err(BAD_BUFFER);
        }
        self.copied(pid, true, at - position);
        if at > position && !is_tmpfs {
            let last = PageIndex((at - 1) / PAGE_SIZE);
            self.files.open_file_mut(file).readahead.reached(last);
        }
        Ok(at - position)
    }

    /// Counts a page as used, but not once more for each of several small reads in a row.
    fn mark_read_page(
        &mut self,
        file: OpenFileId,
        inode: InodeId,
        index: PageIndex,
        is_first: bool,
        start: u64,
    ) {
        let is_new = if self.files.inode(inode).is_tmpfs() {
            start == 0
        } else {
            !is_first || !self.files.open_file(file).readahead.has_reached(index)
        };
        if is_new {
            self.mark_cached_page_accessed(inode, index);
        }
    }

    /// What a page of a file reads as. A hole of a tmpfs file stays one.
    fn readable_page(
        &mut self,
        file: OpenFileId,
        inode: InodeId,
        index: PageIndex,
        wanted: u64,
        is_tmpfs: bool,
    ) -> Result<Contents, Failure> {
        let frame = match self.cached_page(inode, index) {
            None if is_tmpfs => return Ok(Contents::ZERO),
            _ => self.page_for_read(file, inode, index, wanted)?,
        };
        Ok(self.frames.get(frame).contents.clone())
    }

    fn read_zeros(&mut self, pid: Pid, buffer: VirtAddr, count: u64) -> Result<u64, Failure> {
        let mut done = 0;
        while done < count {
            let to = buffer.offset(done);
            let length = (PAGE_SIZE - to.0 % PAGE_SIZE).min(count - done);
            let copied = self.contents_to_user(pid, to, &Contents::ZERO, 0, length);
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
            self.emit_with(|| Event::Copied {
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
