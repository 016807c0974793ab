//! write(2) and pwrite(2) (fs/read_write.c, `generic_perform_write`).

use std::rc::Rc;

use abi::{Errno, Fd, OpenFlags, Pid, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::addr::{InodeId, OpenFileId, PAGE_SIZE, PageIndex};
use crate::event::Event;
use crate::file::descriptor::BAD_DESCRIPTOR;
use crate::file::inode::InodeKind;
use crate::file::read::{BAD_BUFFER, INVALID, NOT_SEEKABLE, check_transfer};
use crate::file::seals::check_write;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};

/// The file would pass a limit on its size.
pub(crate) const TOO_LARGE: Failure = Failure::new(Errno::EFBIG, Reason::ResourceLimit);

impl Kernel {
    /// write(2)
    pub(crate) fn sys_write(
        &mut self,
        pid: Pid,
        fd: Fd,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<u64, Stop> {
        let (file, inode) = self.file_and_inode(pid, fd)?;
        let open = self.files.open_file(file);
        let (flags, position) = (open.flags, open.offset);
        let count = check_transfer(flags.writable(), Reason::NotWritable, buffer, count)?;
        match self.files.inode(inode).kind {
            InodeKind::Pipe(_) => return self.write_pipe(pid, file, buffer, count),
            InodeKind::Terminal => return Ok(self.write_terminal(pid, file, buffer, count)?),
            _ => {}
        }
        let (done, end) = self.write_at(pid, file, buffer, count, position)?;
        if done > 0 {
            self.files.open_file_mut(file).offset = end;
        }
        Ok(done)
    }

    /// pwrite(2)
    pub(crate) fn sys_pwrite(
        &mut self,
        pid: Pid,
        fd: Fd,
        buffer: VirtAddr,
        count: u64,
        offset: i64,
    ) -> Result<u64, Stop> {
        let offset = u64::try_from(offset).map_err(|_| INVALID)?;
        let (file, inode) = self.file_and_inode(pid, fd)?;
        if let InodeKind::Pipe(_) = self.files.inode(inode).kind {
            return Err(NOT_SEEKABLE.into());
        }
        let writable = self.files.open_file(file).flags.writable();
        let count = check_transfer(writable, Reason::NotWritable, buffer, count)?;
        if let InodeKind::Terminal = self.files.inode(inode).kind {
            return Ok(self.write_terminal(pid, file, buffer, count)?);
        }
        let (done, _) = self.write_at(pid, file, buffer, count, offset)?;
        Ok(done)
    }

    /// Gives how many bytes were written, and the offset behind them.
    fn write_at(
        &mut self,
        pid: Pid,
        file: OpenFileId,
        buffer: VirtAddr,
        count: u64,
        position: u64,
    ) -> Result<(u64, u64), Stop> {
        let inode = self.files.open_file(file).inode;
        match &self.files.inode(inode).kind {
            InodeKind::Disk(_) | InodeKind::Tmpfs(_) => {}
            InodeKind::DevNull | InodeKind::DevZero => return Ok((count, position + count)),
            _ => return Err(BAD_DESCRIPTOR.into()),
        }
        let held = self.files.inode(inode);
        let appends = self
            .files
            .open_file(file)
            .flags
            .contains(OpenFlags::O_APPEND);
        let position = if appends { held.size } else { position };
        if count == 0 {
            return Ok((0, position));
        }
        let largest = held.largest_size();
        let allowed = self.room_in_file(pid, position, largest)?;
        check_write(self.files.inode(inode))?;
        let end = position.saturating_add(count.min(allowed));
        self.check_growth_seal(inode, end)?;
        self.zero_exposed(inode, position)?;
        let done = self.write_regular(pid, inode, buffer, position, end)?;
        Ok((done, position + done))
    }

    /// How many bytes may be written at `position`; SIGXFSZ where RLIMIT_FSIZE allows none
    /// (`generic_write_check_limits`).
    pub(crate) fn room_in_file(
        &mut self,
        pid: Pid,
        position: u64,
        largest: u64,
    ) -> Result<u64, Stop> {
        let limit = self
            .tasks
            .get(pid)
            .map_or(u64::MAX, |task| task.limits.file_size());
        if position >= limit {
            let info = SignalInfo::sent(Signal::Xfsz, SignalCode::User, pid);
            self.send_signal(pid, info);
            return Err(self.stop_with(pid, TOO_LARGE));
        }
        match largest.checked_sub(position) {
            None | Some(0) => Err(TOO_LARGE.into()),
            Some(room) => Ok(room.min(limit - position)),
        }
    }

    fn check_growth_seal(&self, inode: InodeId, end: u64) -> Result<(), Failure> {
        let held = self.files.inode(inode);
        crate::file::seals::check_resize(held, end.max(held.size))
    }

    /// Through the page cache, page by page.
    fn write_regular(
        &mut self,
        pid: Pid,
        inode: InodeId,
        buffer: VirtAddr,
        position: u64,
        end: u64,
    ) -> Result<u64, Failure> {
        let mut at = position;
        let mut failure = BAD_BUFFER;
        while at < end {
            let length = (PAGE_SIZE - at % PAGE_SIZE).min(end - at);
            let from = buffer.offset(at - position);
            let written = if length == PAGE_SIZE && from.0.is_multiple_of(PAGE_SIZE) {
                self.write_whole_page(pid, inode, at, from)
            } else {
                self.write_part(pid, inode, at, from, length)
            };
            match written {
                Ok(copied) => at += copied,
                Err(why) => failure = why,
            }
            if written != Ok(length) {
                break;
            }
        }
        if at == position {
            return Err(failure);
        }
        self.copied(pid, false, at - position);
        self.files.inode_mut(inode).modified = self.clock;
        Ok(at - position)
    }

    /// Writes a page of the caller over a page of the file; they share the bytes until one changes.
    fn write_whole_page(
        &mut self,
        pid: Pid,
        inode: InodeId,
        at: u64,
        from: VirtAddr,
    ) -> Result<u64, Failure> {
        let Some(contents) = self.contents_from_user(pid, from) else {
            return Ok(0);
        };
        let index = PageIndex(at / PAGE_SIZE);
        let frame = self.page_to_overwrite(inode, index)?;
        self.page_written(inode, index, at + PAGE_SIZE)?;
        self.frames.get_mut(frame).contents = contents;
        Ok(PAGE_SIZE)
    }

    /// Writes bytes that lie within one page of the file; gives how many it could read.
    fn write_part(
        &mut self,
        pid: Pid,
        inode: InodeId,
        at: u64,
        from: VirtAddr,
        length: u64,
    ) -> Result<u64, Failure> {
        let mut bytes = [0; PAGE_SIZE as usize];
        let bytes = &mut bytes[..length.min(PAGE_SIZE) as usize];
        let copied = match self.copy_from_user(pid, from, bytes) {
            Ok(()) => length,
            Err(0) => return Ok(0),
            Err(copied) => copied,
        };
        let index = PageIndex(at / PAGE_SIZE);
        let frame = match copied == PAGE_SIZE {
            true => self.page_to_overwrite(inode, index)?,
            false => self.page_alone(inode, index)?,
        };
        self.page_written(inode, index, at + copied)?;
        let contents = &mut self.frames.get_mut(frame).contents;
        contents.write(at % PAGE_SIZE, &bytes[..copied as usize]);
        Ok(copied)
    }

    /// A page gets new bytes, up to `end`, at which the file now ends at least.
    fn page_written(&mut self, inode: InodeId, index: PageIndex, end: u64) -> Result<(), Failure> {
        self.mark_page_dirty(inode, index)?;
        let held = self.files.inode(inode);
        let old = held.size;
        if held.is_tmpfs() {
            self.mark_cached_page_accessed(inode, index);
        }
        if end > old {
            self.files.inode_mut(inode).size = end;
            self.emit(Event::FileResized {
                inode,
                old,
                new: end,
            });
        }
        Ok(())
    }

    fn write_terminal(
        &mut self,
        pid: Pid,
        file: OpenFileId,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<u64, Failure> {
        let mut bytes = vec![0; count.min(1 << 20) as usize];
        if let Err(copied) = self.copy_from_user(pid, buffer, &mut bytes) {
            bytes.truncate(copied as usize);
            if bytes.is_empty() && count > 0 {
                return Err(BAD_BUFFER);
            }
        }
        let done = bytes.len() as u64;
        let fd = self.files.open_file(file).stream;
        self.copied(pid, false, done);
        if done > 0 {
            let bytes = Rc::from(bytes);
            self.emit(Event::TerminalWritten { pid, fd, bytes });
        }
        Ok(done)
    }
}
