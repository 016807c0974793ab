//! pipe(2), and reading from and writing to its ends (fs/pipe.c).

use std::rc::Rc;

use abi::{Errno, OpenFlags, Pid, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::addr::{InodeId, OpenFileId, PAGE_SIZE};
use crate::file::inode::{Inode, InodeKind};
use crate::file::open_file::OpenFile;
use crate::file::pipe::{Pipe, PipeBuffer};
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
        if pipe.buffers.is_empty() {
            return match (pipe.writers, nonblocking) {
                (0, _) => Ok(0),
                (_, true) => Err(WOULD_BLOCK.into()),
                _ => Err(self.wait_for(pid, Wait::PipeRead(inode))),
            };
        }
        let mut done = 0;
        while done < count {
            let first = self.pipe_mut(inode).and_then(|pipe| pipe.buffers.front());
            let Some(first) = first else { break };
            let unread = first.unread();
            let length = (count - done).min(unread.len() as u64);
            let bytes = unread[..length as usize].to_vec();
            // What does not fit as a whole stays in the pipe, though some of it was copied.
            if self.copy_to_user(pid, buffer.offset(done), &bytes).is_err() {
                break;
            }
            if let Some(pipe) = self.pipe_mut(inode) {
                pipe.consume(bytes.len());
            }
            done += length;
        }
        if done == 0 {
            return Err(BAD_BUFFER.into());
        }
        self.copied(pid, true, done);
        self.wake_pipe(inode);
        Ok(done)
    }

    /// Writes all of it, waiting for buffers. What makes no whole page may join what was written
    /// before, as a whole; the rest takes a buffer for each page.
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
        let odd = count % PAGE_SIZE;
        let mut joins = done == 0 && odd > 0;
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
            joins = joins && pipe.last_with_room(odd).is_some();
            if !joins && pipe.is_full() {
                return match nonblocking {
                    true if done > 0 => Ok(done),
                    true => Err(WOULD_BLOCK.into()),
                    false => {
                        self.keep_progress(pid, done);
                        Err(self.wait_for(pid, Wait::PipeWrite(inode)))
                    }
                };
            }
            let length = match joins {
                true => odd,
                false => (count - done).min(PAGE_SIZE),
            };
            let mut bytes = vec![0; length as usize];
            if self
                .copy_from_user(pid, buffer.offset(done), &mut bytes)
                .is_err()
            {
                return match done {
                    0 => Err(BAD_BUFFER.into()),
                    _ => Ok(done),
                };
            }
            if let Some(pipe) = self.pipe_mut(inode) {
                match pipe.last_with_room(odd).filter(|_| joins) {
                    Some(last) => last.bytes.extend(bytes),
                    None => pipe.buffers.push_back(PipeBuffer { bytes, read: 0 }),
                }
            }
            joins = false;
            self.copied(pid, false, length);
            done += length;
            self.wake_pipe(inode);
        }
        Ok(done)
    }

    /// Those who wait for this pipe look again.
    pub(crate) fn wake_pipe(&mut self, inode: InodeId) {
        self.wake(|wait| matches!(wait, Wait::PipeRead(of) | Wait::PipeWrite(of) if *of == inode));
    }
}
