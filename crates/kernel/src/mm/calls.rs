//! Which method serves which system call on memory.

use abi::{Pid, Syscall};

use crate::addr::MmId;
use crate::kernel::Kernel;
use crate::mm::mmap::MmapArguments;
use crate::mm::mremap::MremapArguments;
use crate::outcome::{Failure, Stop};

impl Kernel {
    /// A call on the caller's memory; the others are on files or of processes.
    #[inline(never)]
    pub(crate) fn memory_call(&mut self, pid: Pid, mm: MmId, call: &Syscall) -> Result<u64, Stop> {
        use Syscall::*;
        let result = match call {
            Mmap {
                address,
                length,
                prot,
                flags,
                fd,
                offset,
            } => {
                let arguments = MmapArguments {
                    address: *address,
                    length: *length,
                    prot: *prot,
                    flags: *flags,
                    fd: *fd,
                    offset: *offset,
                };
                self.sys_mmap(pid, mm, arguments)
            }
            Munmap { address, length } => self.sys_munmap(mm, *address, *length),
            Mprotect {
                address,
                length,
                prot,
            } => self.sys_mprotect(pid, mm, *address, *length, *prot),
            Mremap {
                old_address,
                old_length,
                new_length,
                flags,
                new_address,
            } => {
                let arguments = MremapArguments {
                    old_address: *old_address,
                    old_length: *old_length,
                    new_length: *new_length,
                    flags: *flags,
                    new_address: *new_address,
                };
                self.sys_mremap(pid, mm, arguments)
            }
            Brk { address } => Ok(self.sys_brk(pid, mm, *address).0),
            Madvise {
                address,
                length,
                advice,
            } => self.sys_madvise(pid, mm, *address, *length, *advice),
            Mincore {
                address,
                length,
                vector,
            } => self.sys_mincore(pid, mm, *address, *length, *vector),
            Msync {
                address,
                length,
                flags,
            } => self.sys_msync(mm, *address, *length, *flags),
            Mlock { .. } | Mlock2 { .. } | Munlock { .. } | Mlockall { .. } | Munlockall {} => {
                self.locking_call(pid, mm, call)
            }
            _ => return self.file_call(pid, call),
        };
        result.map_err(Stop::Failed)
    }

    fn locking_call(&mut self, pid: Pid, mm: MmId, call: &Syscall) -> Result<u64, Failure> {
        use Syscall::*;
        match call {
            Mlock { address, length } => {
                self.sys_mlock(pid, mm, *address, *length, abi::MlockFlags::empty())
            }
            Mlock2 {
                address,
                length,
                flags,
            } => self.sys_mlock(pid, mm, *address, *length, *flags),
            Munlock { address, length } => self.sys_munlock(mm, *address, *length),
            Mlockall { flags } => self.sys_mlockall(pid, mm, *flags),
            // Munlockall
            _ => Ok(self.sys_munlockall(mm)),
        }
    }
}
