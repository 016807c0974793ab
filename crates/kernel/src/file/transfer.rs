//! What read(2), pread(2), write(2) and pwrite(2) have in common: which file and which bytes of it a
//! call is about, and whether it may move them (fs/read_write.c).

use abi::{Errno, Fd, Pid, VirtAddr};

use crate::addr::{InodeId, OpenFileId, TASK_SIZE};
use crate::file::inode::InodeKind;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// The most bytes that one call moves.
const MAX_RW_COUNT: u64 = 0x7fff_f000;
/// A buffer that cannot be used.
pub(crate) const BAD_BUFFER: Failure = Failure::new(Errno::EFAULT, Reason::BadBuffer);
/// An argument that the object does not take.
pub(crate) const INVALID: Failure = Failure::new(Errno::EINVAL, Reason::BadArgument);
/// The object has no offset.
pub(crate) const NOT_SEEKABLE: Failure = Failure::new(Errno::ESPIPE, Reason::WrongKind);

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the file to the process.
    Read,
    /// From the process to the file.
    Write,
}

/// A call that may move bytes between a process and an open file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transfer {
    pub pid: Pid,
    pub file: OpenFileId,
    pub inode: InodeId,
    pub buffer: VirtAddr,
    /// How many bytes, cut to what one call moves.
    pub count: u64,
    /// Where in the file, in bytes.
    pub position: u64,
}

impl Kernel {
    /// read(2) or write(2) at the open file's own offset.
    pub(crate) fn transfer(
        &self,
        pid: Pid,
        fd: Fd,
        direction: Direction,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<Transfer, Failure> {
        let (file, inode) = self.file_and_inode(pid, fd)?;
        let position = self.files.open_file(file).offset;
        self.checked(pid, (file, inode), direction, (buffer, count), position)
    }

    /// pread(2) or pwrite(2) at `offset`.
    pub(crate) fn transfer_at(
        &self,
        pid: Pid,
        fd: Fd,
        direction: Direction,
        (buffer, count): (VirtAddr, u64),
        offset: i64,
    ) -> Result<Transfer, Failure> {
        let position = u64::try_from(offset).map_err(|_| INVALID)?;
        let (file, inode) = self.file_and_inode(pid, fd)?;
        if let InodeKind::Pipe(_) = self.files.inode(inode).kind {
            return Err(NOT_SEEKABLE);
        }
        self.checked(pid, (file, inode), direction, (buffer, count), position)
    }

    /// The descriptor allows it, the buffer lies in user space, and no offset overflows
    /// (`vfs_read`, `vfs_write`, `rw_verify_area`).
    fn checked(
        &self,
        pid: Pid,
        (file, inode): (OpenFileId, InodeId),
        direction: Direction,
        (buffer, count): (VirtAddr, u64),
        position: u64,
    ) -> Result<Transfer, Failure> {
        let flags = self.files.open_file(file).flags;
        let (allowed, why) = match direction {
            Direction::Read => (flags.readable(), Reason::NotReadable),
            Direction::Write => (flags.writable(), Reason::NotWritable),
        };
        if !allowed {
            return Err(Failure::new(Errno::EBADF, why));
        }
        if buffer
            .0
            .checked_add(count)
            .is_none_or(|end| end > TASK_SIZE)
        {
            return Err(BAD_BUFFER);
        }
        if position.saturating_add(count) > i64::MAX as u64 {
            return Err(Failure::new(Errno::EINVAL, Reason::OffsetOverflow));
        }
        Ok(Transfer {
            pid,
            file,
            inode,
            buffer,
            count: count.min(MAX_RW_COUNT),
            position,
        })
    }
}
