//! Descriptors of a process: looking one up, making one, dup(2) and dup2(2) (fs/file.c).

use abi::{Errno, Fd, OpenFlags, Pid};

use crate::addr::{InodeId, OpenFileId};
use crate::event::Event;
use crate::file::fd_table::Descriptor;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// The number is no open descriptor, or one opened with O_PATH where that does not do.
pub(crate) const BAD_DESCRIPTOR: Failure = Failure::new(Errno::EBADF, Reason::BadDescriptor);

impl Kernel {
    /// The open file of a descriptor, one opened with O_PATH too (`fdget_raw`).
    pub(crate) fn any_open_file(&self, pid: Pid, fd: Fd) -> Result<OpenFileId, Failure> {
        let task = self.tasks.get(pid).ok_or(BAD_DESCRIPTOR)?;
        let descriptor = task.descriptors.get(fd).ok_or(BAD_DESCRIPTOR)?;
        Ok(descriptor.file)
    }

    /// The open file of a descriptor with which something can be done (`fdget`).
    #[inline]
    pub(crate) fn open_file_of(&self, pid: Pid, fd: Fd) -> Result<OpenFileId, Failure> {
        let id = self.any_open_file(pid, fd)?;
        match self.files.open_file(id).flags.contains(OpenFlags::O_PATH) {
            true => Err(BAD_DESCRIPTOR),
            false => Ok(id),
        }
    }

    /// The open file of a descriptor, and its inode.
    #[inline]
    pub(crate) fn file_and_inode(
        &self,
        pid: Pid,
        fd: Fd,
    ) -> Result<(OpenFileId, InodeId), Failure> {
        let id = self.open_file_of(pid, fd)?;
        Ok((id, self.files.open_file(id).inode))
    }

    /// The lowest free descriptor from `from` on; EMFILE where RLIMIT_NOFILE is reached.
    pub(crate) fn free_descriptor(&self, pid: Pid, from: i32) -> Result<Fd, Failure> {
        let task = self.tasks.get(pid).ok_or(BAD_DESCRIPTOR)?;
        let fd = task.descriptors.lowest_free(from);
        let limit = task.limits.open_files();
        if u64::try_from(fd.0).is_ok_and(|number| number < limit) {
            Ok(fd)
        } else {
            Err(Failure::new(Errno::EMFILE, Reason::ResourceLimit))
        }
    }

    /// Makes `fd` refer to `file`, whose references count it already; what it referred to is closed.
    pub(crate) fn install(
        &mut self,
        pid: Pid,
        fd: Fd,
        file: OpenFileId,
        close_on_exec: bool,
    ) -> u64 {
        let descriptor = Descriptor {
            file,
            close_on_exec,
        };
        let old = self
            .tasks
            .get_mut(pid)
            .and_then(|task| task.descriptors.set(fd, descriptor));
        if let Some(old) = old {
            self.emit(|| Event::DescriptorClosed { pid, fd: fd.0 });
            self.release_open_file(old.file);
        }
        self.emit(|| Event::DescriptorOpened { pid, fd: fd.0 });
        fd.0 as u64
    }

    /// dup(2), and fcntl(2) with F_DUPFD: the lowest free descriptor that is `from` or higher.
    pub(crate) fn duplicate(
        &mut self,
        pid: Pid,
        fd: Fd,
        from: i32,
        close_on_exec: bool,
    ) -> Result<u64, Failure> {
        let file = self.any_open_file(pid, fd)?;
        let new = self.free_descriptor(pid, from)?;
        self.files.hold(file);
        Ok(self.install(pid, new, file, close_on_exec))
    }

    /// dup(2)
    pub(crate) fn sys_dup(&mut self, pid: Pid, fd: Fd) -> Result<u64, Failure> {
        self.duplicate(pid, fd, 0, false)
    }

    /// dup2(2)
    pub(crate) fn sys_dup2(&mut self, pid: Pid, old: Fd, new: Fd) -> Result<u64, Failure> {
        let limit = self
            .tasks
            .get(pid)
            .map_or(0, |task| task.limits.open_files());
        let file = self.any_open_file(pid, old)?;
        if u64::try_from(new.0).map_or(true, |number| number >= limit) {
            return Err(BAD_DESCRIPTOR);
        }
        if old == new {
            return Ok(new.0 as u64);
        }
        self.files.hold(file);
        Ok(self.install(pid, new, file, false))
    }
}
