//! Which method serves which system call on files.

use abi::{Pid, Syscall};

use crate::kernel::Kernel;
use crate::outcome::{Failure, Stop};

impl Kernel {
    /// A call on files or descriptors; the others are of processes.
    pub(crate) fn file_call(&mut self, pid: Pid, call: &Syscall) -> Result<u64, Stop> {
        use Syscall::*;
        match call {
            Read { fd, buffer, count } => self.sys_read(pid, *fd, *buffer, *count),
            Write { fd, buffer, count } => self.sys_write(pid, *fd, *buffer, *count),
            Pwrite {
                fd,
                buffer,
                count,
                offset,
            } => self.sys_pwrite(pid, *fd, *buffer, *count, *offset),
            Ftruncate { fd, length } => self.sys_ftruncate(pid, *fd, *length),
            Truncate { path, length } => self.sys_truncate(pid, path, *length),
            Fallocate {
                fd,
                mode,
                offset,
                length,
            } => self.sys_fallocate(pid, *fd, *mode, *offset, *length),
            Pread { .. }
            | Open { .. }
            | Close { .. }
            | Lseek { .. }
            | Fadvise { .. }
            | Fstat { .. }
            | Stat { .. }
            | Unlink { .. }
            | Dup { .. }
            | Dup2 { .. }
            | Fcntl { .. }
            | Fsync { .. }
            | Fdatasync { .. }
            | Sync {}
            | Pipe { .. }
            | MemfdCreate { .. } => self.plain_file_call(pid, call).map_err(Stop::Failed),
            _ => self.task_call(pid, call),
        }
    }

    /// The calls on files that neither wait nor raise signals.
    fn plain_file_call(&mut self, pid: Pid, call: &Syscall) -> Result<u64, Failure> {
        use Syscall::*;
        match call {
            Pread {
                fd,
                buffer,
                count,
                offset,
            } => self.sys_pread(pid, *fd, *buffer, *count, *offset),
            Open { path, flags, mode } => self.sys_open(pid, path, *flags, *mode),
            Close { fd } => self.sys_close(pid, *fd),
            Lseek { fd, offset, whence } => self.sys_lseek(pid, *fd, *offset, *whence),
            Fadvise {
                fd,
                offset,
                length,
                advice,
            } => self.sys_fadvise(pid, *fd, *offset, *length, *advice),
            Fstat { fd, buffer } => self.sys_fstat(pid, *fd, *buffer),
            Stat { path, buffer } => self.sys_stat(pid, path, *buffer),
            Unlink { path } => self.sys_unlink(pid, path),
            Dup { fd } => self.sys_dup(pid, *fd),
            Dup2 { old, new } => self.sys_dup2(pid, *old, *new),
            Fcntl {
                fd,
                command,
                argument,
            } => self.sys_fcntl(pid, *fd, *command, *argument),
            Fsync { fd } | Fdatasync { fd } => self.sys_fsync(pid, *fd),
            Pipe { fds } => self.sys_pipe(pid, *fds),
            MemfdCreate { name, flags } => self.sys_memfd_create(pid, name, *flags),
            // Sync
            _ => {
                self.write_back_all();
                Ok(0)
            }
        }
    }
}
