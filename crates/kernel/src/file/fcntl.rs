//! fcntl(2): descriptor flags, status flags, and the seals of a memfd.

use abi::{Errno, Fd, OpenFlags, Pid};

use crate::addr::{InodeId, OpenFileId};
use crate::file::descriptor::BAD_DESCRIPTOR;
use crate::file::inode::InodeKind;
use crate::file::pipe::PIPE_CAPACITY;
use crate::file::seals::{
    ALL_SEALS, F_SEAL_EXEC, F_SEAL_FUTURE_WRITE, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK,
    F_SEAL_WRITE, SEALED,
};
use crate::file::transfer::INVALID;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

const F_DUPFD: i32 = 0;
const F_GETFD: i32 = 1;
const F_SETFD: i32 = 2;
const F_GETFL: i32 = 3;
const F_SETFL: i32 = 4;
const F_DUPFD_CLOEXEC: i32 = 1030;
const F_GETPIPE_SZ: i32 = 1032;
const F_ADD_SEALS: i32 = 1033;
const F_GET_SEALS: i32 = 1034;
const FD_CLOEXEC: u64 = 1;

impl Kernel {
    /// fcntl(2)
    pub(crate) fn sys_fcntl(
        &mut self,
        pid: Pid,
        fd: Fd,
        command: i32,
        argument: u64,
    ) -> Result<u64, Failure> {
        let file = self.any_open_file(pid, fd)?;
        match command {
            F_DUPFD | F_DUPFD_CLOEXEC => {
                let limit = self
                    .tasks
                    .get(pid)
                    .map_or(0, |task| task.limits.open_files());
                let from = i32::try_from(argument).map_err(|_| INVALID)?;
                match from < 0 || argument >= limit {
                    true => Err(INVALID),
                    false => self.duplicate(pid, fd, from, command == F_DUPFD_CLOEXEC),
                }
            }
            F_GETFD => {
                let descriptor = self
                    .tasks
                    .get(pid)
                    .and_then(|task| task.descriptors.get(fd));
                Ok(descriptor.is_some_and(|d| d.close_on_exec).into())
            }
            F_SETFD => {
                let close_on_exec = argument & FD_CLOEXEC != 0;
                if let Some(task) = self.tasks.get_mut(pid)
                    && let Some(descriptor) = task.descriptors.get(fd)
                {
                    let descriptor = crate::file::Descriptor {
                        close_on_exec,
                        ..descriptor
                    };
                    task.descriptors.set(fd, descriptor);
                }
                Ok(0)
            }
            F_GETFL => Ok(self.files.open_file(file).flags.bits().into()),
            _ => self.fcntl_of_file(pid, fd, command, argument),
        }
    }

    /// The commands that a descriptor opened with O_PATH does not take.
    fn fcntl_of_file(
        &mut self,
        pid: Pid,
        fd: Fd,
        command: i32,
        argument: u64,
    ) -> Result<u64, Failure> {
        let (file, inode) = self.file_and_inode(pid, fd)?;
        match (command, &self.files.inode(inode).kind) {
            (F_SETFL, _) => {
                let changeable = OpenFlags::O_APPEND
                    | OpenFlags::O_NONBLOCK
                    | OpenFlags::O_NOATIME
                    | OpenFlags::O_DIRECT;
                let new = OpenFlags::from_bits_retain(argument as u32) & changeable;
                let file = self.files.open_file_mut(file);
                file.flags =
                    OpenFlags::from_bits_retain(file.flags.bits() & !changeable.bits()) | new;
                Ok(0)
            }
            (F_GETPIPE_SZ, InodeKind::Pipe(_)) => Ok(PIPE_CAPACITY),
            (F_GETPIPE_SZ, _) => Err(BAD_DESCRIPTOR),
            (F_GET_SEALS, InodeKind::Tmpfs(tmpfs)) => Ok(tmpfs.seals.into()),
            (F_ADD_SEALS, _) => self.add_seals(file, inode, argument as u32),
            _ => Err(INVALID),
        }
    }

    /// F_ADD_SEALS (`memfd_add_seals`)
    fn add_seals(&mut self, file: OpenFileId, id: InodeId, seals: u32) -> Result<u64, Failure> {
        if !self.files.open_file(file).flags.writable() {
            return Err(Failure::new(Errno::EPERM, Reason::NotWritable));
        }
        if seals & !ALL_SEALS != 0 || !self.files.inode(id).is_tmpfs() {
            return Err(INVALID);
        }
        let inode = self.files.inode(id);
        let old = inode.seals();
        if old & F_SEAL_SEAL != 0 {
            return Err(SEALED);
        }
        let implied = match seals & F_SEAL_EXEC != 0 && inode.permissions & 0o111 != 0 {
            true => F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE,
            false => 0,
        };
        let seals = seals | implied;
        if seals & !old & F_SEAL_WRITE != 0 && self.is_mapped_writable(id) {
            return Err(Failure::new(Errno::EBUSY, Reason::RangeInUse));
        }
        if let InodeKind::Tmpfs(tmpfs) = &mut self.files.inode_mut(id).kind {
            tmpfs.seals |= seals;
        }
        Ok(0)
    }

    /// Whether a shared mapping of the file may be stored to.
    fn is_mapped_writable(&self, id: InodeId) -> bool {
        self.mms.iter().any(|(_, mm)| {
            mm.vmas
                .iter()
                .any(|vma| vma.inode() == Some(id) && vma.may_change_object())
        })
    }
}
