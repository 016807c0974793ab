//! pipe(2), and reading from and writing to its ends (fs/pipe.c).

use std::rc::Rc;

use abi::{Errno, OpenFlags, Pid, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::addr::{InodeId, OpenFileId, PAGE_SIZE};
use crate::file::inode::{Inode, InodeKind};
use crate::file::open_file::OpenFile;
use crate::file::pipe::{PIPE_ATOMIC, Pipe};
use crate::file::transfer::BAD_BUFFER;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};
use crate::task::Wait;

/// It would have to wait, and O_NONBLOCK says not to.
const WOULD_BLOCK: Failure = Failure::new(Errno::EAGAIN, Reason::WouldBlock);

impl Kernel {
    /// pipe(2)
    pub(crate) fn sys_pipe(&mut self, pid: Pid, fds: VirtAddr) -> Result<u64, Failure> {
        let pipe = Pipe {
            readers: 1,
            writers: 1,
            ..Pipe::default()
        };
        let read_fd = self.free_descriptor(pid, 0)?;
        let write_fd = self.free_descriptor(pid, read_fd.0.saturating_add(1))?;
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&read_fd.0.to_le_bytes());
        bytes[4..].copy_from_slice(&write_fd.0.to_le_bytes());
        if self.copy_to_user(pid, fds, &bytes).is_err() {
            return Err(BAD_BUFFER);
        }
        let inode = self
            .files
            .add_inode(Inode::new(InodeKind::Pipe(pipe), 0o600));
        let path: Rc<str> = Rc::from(format!("pipe:[{}]", inode.0));
        for (fd, flags) in [
            (read_fd, OpenFlags::empty()),
            (write_fd, OpenFlags::O_WRONLY),
        ] {
            let file = OpenFile::new(inode, flags, Rc::clone(&path));
            let file = self.files.add_open_file(file);
            self.install(pid, fd, file, false);
        }
        Ok(0)
    }

    fn pipe_mut(&mut self, inode: InodeId) -> Option<&mut Pipe> {
        match &mut self.files.inode_mut(inode).kind {
            InodeKind::Pipe(pipe) => Some(pipe),
            _ => None,
        }
    }

    /// Reads what there is; waits where there is nothing and someone may still write.
    pub(crate) fn read_pipe(
        &mut self,
        pid: Pid,
        file: OpenFileId,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<u64, Stop> {
        let inode = self.files.open_file(file).inode;
        let nonblocking = self.is_nonblocking(file);
        let Some(pipe) = self.pipe_mut(inode) else {
            return Ok(0);
        };
        if count == 0 {
            return Ok(0);
        }
        if pipe.bytes.is_empty() {
            return match (pipe.writers, nonblocking) {
                (0, _) => Ok(0),
                (_, true) => Err(WOULD_BLOCK.into()),
                _ => Err(self.wait_for(pid, Wait::PipeRead(inode))),
            };
        }
        let length = (pipe.bytes.len() as u64).min(count) as usize;
        let bytes: Vec<u8> = pipe.bytes.iter().take(length).copied().collect();
        let done = self.give_bytes(pid, buffer, &bytes)?;
        if let Some(pipe) = self.pipe_mut(inode) {
            pipe.bytes.drain(..done as usize);
        }
        self.wake_pipe(inode);
        Ok(done)
    }

    /// Writes all of it, waiting for room; up to 4096 bytes go in one piece.
    pub(crate) fn write_pipe(
        &mut self,
        pid: Pid,
        file: OpenFileId,
        buffer: VirtAddr,
        count: u64,
    ) -> Result<u64, Stop> {
        let inode = self.files.open_file(file).inode;
        let nonblocking = self.is_nonblocking(file);
        // What earlier tries of the same call wrote, before they had to wait.
        let mut done = self.take_progress(pid).min(count);
        while done < count {
            let Some(pipe) = self.pipe_mut(inode) else {
                break;
            };
            if pipe.readers == 0 {
                let info = SignalInfo::sent(Signal::Pipe, SignalCode::User, pid);
                self.send_signal(pid, info);
                let broken = Failure::new(Errno::EPIPE, Reason::NoReader);
                return match self.stop_with(pid, broken) {
                    Stop::Failed(_) if done > 0 => Ok(done),
                    stop => Err(stop),
                };
            }
            let left = count - done;
            let room = pipe.room();
            let atomic = count <= PIPE_ATOMIC;
            if room == 0 || atomic && room < left {
                return match nonblocking {
                    true if done > 0 => Ok(done),
                    true => Err(WOULD_BLOCK.into()),
                    false => {
                        self.keep_progress(pid, done);
                        Err(self.wait_for(pid, Wait::PipeWrite(inode)))
                    }
                };
            }
            let mut bytes = [0; PAGE_SIZE as usize];
            let bytes = &mut bytes[..left.min(room).min(PAGE_SIZE) as usize];
            let (copied, faulted) = match self.copy_from_user(pid, buffer.offset(done), bytes) {
                Ok(()) => (bytes.len() as u64, false),
                Err(copied) => (copied, true),
            };
            if let Some(pipe) = self.pipe_mut(inode) {
                pipe.bytes.extend(&bytes[..copied as usize]);
            }
            self.copied(pid, false, copied);
            done += copied;
            self.wake_pipe(inode);
            if faulted {
                return match done {
                    0 => Err(BAD_BUFFER.into()),
                    _ => Ok(done),
                };
            }
        }
        Ok(done)
    }

    /// Those who wait for this pipe look again.
    pub(crate) fn wake_pipe(&mut self, inode: InodeId) {
        self.wake(|wait| matches!(wait, Wait::PipeRead(of) | Wait::PipeWrite(of) if *of == inode));
    }
}
