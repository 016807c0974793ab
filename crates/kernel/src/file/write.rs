//! write(2) and pwrite(2) (fs/read_write.c, `generic_perform_write`).

use std::rc::Rc;

use abi::{Errno, Fd, OpenFlags, Pid, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::addr::{InodeId, PAGE_SIZE, PageIndex, Pfn};
use crate::event::Event;
use crate::file::descriptor::BAD_DESCRIPTOR;
use crate::file::inode::InodeKind;
use crate::file::seals::{check_resize, check_write};
use crate::file::transfer::{BAD_BUFFER, Direction, Transfer};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};
use crate::phys::frame::FrameFlags;

/// The file would pass a limit on its size.
pub(crate) const TOO_LARGE: Failure = Failure::new(Errno::EFBIG, Reason::ResourceLimit);

/// Tries of one piece without progress after which a write gives up; Linux needs three.
const MOST_IDLE: u32 = 4;

/// Bytes that a write puts into one page of a file.
#[derive(Clone, Copy, Debug)]
struct Piece {
    inode: InodeId,
    /// The offset of the first, in bytes.
    at: u64,
    /// How many.
    length: u64,
}

impl Piece {
    fn index(self) -> PageIndex {
        PageIndex(self.at / PAGE_SIZE)
    }
}

/// A page that is ready to be written to.
#[derive(Clone, Copy, Debug)]
struct Begun {
    frame: Pfn,
    /// Whether the disk had no data for it.
    is_hole: bool,
}

/// What became of a piece, in bytes.
#[derive(Clone, Copy, Debug)]
struct Written {
    /// Copied to the page.
    copied: u64,
    /// Counted as written.
    taken: u64,
}

impl Kernel {
    /// write(2)
    pub(crate) fn sys_write(
        &mut self,
        pid: Pid,
        fd: Fd,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<u64, Stop> {
        let transfer = self.transfer(pid, fd, Direction::Write, buffer, count)?;
        if let InodeKind::Pipe(_) = self.files.inode(transfer.inode).kind {
            return self.write_pipe(pid, transfer.file, buffer, transfer.count);
        }
        let (done, end) = self.write_file(&transfer)?;
        if done > 0 {
            self.files.open_file_mut(transfer.file).offset = end;
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
        let transfer = self.transfer_at(pid, fd, Direction::Write, (buffer, count), offset)?;
        let (done, _) = self.write_file(&transfer)?;
        Ok(done)
    }

    /// Gives how many bytes were written, and the offset behind them.
    fn write_file(&mut self, transfer: &Transfer) -> Result<(u64, u64), Stop> {
        let Transfer {
            pid,
            file,
            inode,
            count,
            position,
            ..
        } = *transfer;
        let held = self.files.inode(inode);
        match &held.kind {
            InodeKind::Disk(_) | InodeKind::Tmpfs(_) => {}
            InodeKind::DevNull | InodeKind::DevZero => return Ok((count, position)),
            InodeKind::Terminal => return Ok((self.write_terminal(transfer)?, position)),
            _ => return Err(BAD_DESCRIPTOR.into()),
        }
        let flags = self.files.open_file(file).flags;
        let position = match flags.contains(OpenFlags::O_APPEND) {
            true => held.size,
            false => position,
        };
        if count == 0 {
            return Ok((0, position));
        }
        let largest = held.largest_size();
        let allowed = self.room_in_file(pid, position, largest)?;
        self.set_modified(inode);
        let end = position.saturating_add(count.min(allowed));
        let done = self.write_cached(transfer, position, end)?;
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
        // It is signed there: a huge one is below every position, but the largest is none.
        let negative = limit != u64::MAX && limit > i64::MAX as u64;
        if position >= limit || negative {
            let info = SignalInfo::sent(Signal::Xfsz, SignalCode::User, pid);
            self.send_signal(pid, info);
            return Err(self.stop_with(pid, TOO_LARGE));
        }
        match largest.checked_sub(position) {
            None | Some(0) => Err(TOO_LARGE.into()),
            Some(room) => Ok(room.min(limit - position)),
        }
    }

    /// Through the page cache, page by page (`generic_perform_write`). Each page is brought in and
    /// its part of the buffer copied without faults; only what was missing is then faulted in, and
    /// the page tried again. So a buffer that cannot be read leaves its mark on the file.
    fn write_cached(
        &mut self,
        transfer: &Transfer,
        position: u64,
        end: u64,
    ) -> Result<u64, Failure> {
        let mut at = position;
        let mut failure = BAD_BUFFER;
        let mut most = PAGE_SIZE;
        let mut idle = 0;
        while at < end {
            let length = (PAGE_SIZE - at % PAGE_SIZE).min(end - at).min(most);
            let from = transfer.buffer.offset(at - position);
            let piece = Piece {
                inode: transfer.inode,
                at,
                length,
            };
            most = PAGE_SIZE;
            idle += 1;
            match self.write_piece(transfer.pid, piece, from) {
                Err(why) => {
                    failure = why;
                    break;
                }
                Ok(Written {
                    taken: 0,
                    copied: 0,
                }) => {
                    if idle > MOST_IDLE || !self.fault_in_readable(transfer.pid, from, length) {
                        break;
                    }
                }
                // A page that is not up to date takes all of its piece or nothing.
                Ok(Written { taken: 0, copied }) => most = copied,
                Ok(Written { taken, .. }) => {
                    at += taken;
                    idle = 0;
                }
            }
        }
        if at == position {
            return Err(failure);
        }
        self.copied(transfer.pid, false, at - position);
        Ok(at - position)
    }

    fn write_piece(&mut self, pid: Pid, piece: Piece, from: VirtAddr) -> Result<Written, Failure> {
        let begun = self.write_begin(piece)?;
        let copied = self.copy_present(pid, from, begun.frame, piece.at % PAGE_SIZE, piece.length);
        let taken = self.write_end(piece, begun, copied)?;
        Ok(Written { copied, taken })
    }

    /// Brings the page in, and reads what of it stays (`ext4_da_write_begin`, `shmem_write_begin`).
    fn write_begin(&mut self, piece: Piece) -> Result<Begun, Failure> {
        let inode = piece.inode;
        let index = piece.index();
        let held = self.files.inode(inode);
        check_write(held)?;
        check_resize(held, held.size.max(piece.at + piece.length))?;
        let is_hole = held.is_on_disk() && !self.has_data(inode, index);
        let frame = self.page_to_overwrite(inode, index)?;
        if self.files.inode(inode).is_tmpfs() {
            self.mark_cached_page_accessed(inode, index);
        } else if is_hole {
            self.allocate_block(inode, index)?;
        } else if piece.length < PAGE_SIZE {
            self.load_page(inode, index, frame);
        }
        Ok(Begun { frame, is_hole })
    }

    /// Takes over `copied` bytes; gives how many count (`ext4_da_write_end`, `shmem_write_end`).
    /// The file ends behind them at least, even where they are none.
    fn write_end(&mut self, piece: Piece, begun: Begun, copied: u64) -> Result<u64, Failure> {
        let (inode, index) = (piece.inode, piece.index());
        let old = self.files.inode(inode).size;
        let on_disk = self.files.inode(inode).is_on_disk();
        let flags = self.frames.get(begun.frame).flags;
        let is_uptodate = flags.contains(FrameFlags::UPTODATE);
        let short = copied < piece.length;
        let taken = match short && on_disk && !is_uptodate {
            true => 0,
            false => copied,
        };
        // The one buffer of the page counts as written where any byte before the end of what was
        // taken lies in it, or where a new one must be zeroed for the rest.
        let written = piece.at % PAGE_SIZE + taken > 0 || begun.is_hole && short;
        if written || !on_disk {
            self.mark_page_dirty(inode, index)?;
        }
        if written || !on_disk || flags.contains(FrameFlags::LOADED) {
            let flags = &mut self.frames.get_mut(begun.frame).flags;
            flags.insert(FrameFlags::UPTODATE);
        }
        let end = piece.at + taken;
        if end > old {
            self.files.inode_mut(inode).size = end;
            self.emit(|| Event::FileResized {
                inode,
                old,
                new: end,
            });
        }
        if on_disk && piece.at > old {
            self.zero_partial_blocks(inode, old, piece.at)?;
        }
        Ok(taken)
    }

    fn write_terminal(&mut self, transfer: &Transfer) -> Result<u64, Failure> {
        let Transfer {
            pid,
            file,
            buffer,
            count,
            ..
        } = *transfer;
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
            self.emit(|| Event::TerminalWritten { pid, fd, bytes });
        }
        Ok(done)
    }
}
