//! Which method serves which system call on processes.

use abi::{Errno, Pid, Syscall};

use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};

impl Kernel {
    /// A call on processes, signals, time or limits.
    pub(crate) fn task_call(&mut self, pid: Pid, call: &Syscall) -> Result<u64, Stop> {
        use Syscall::*;
        match call {
            Wait4 {
                pid: which,
                status,
                options,
            } => self.sys_wait4(pid, *which, *status, *options),
            Exit { status } => self.sys_exit(pid, *status),
            Kill {
                pid: target,
                signal,
            } => self.sys_kill(pid, *target, *signal),
            Raise { signal } => self.sys_raise(pid, *signal),
            Sigsetmask { mask } => self.sys_sigsetmask(pid, *mask),
            Sigreturn {} => self.sys_sigreturn(pid),
            Pause {} => self.sys_pause(pid),
            Nanosleep { nanoseconds } => self.sys_nanosleep(pid, *nanoseconds),
            ClockNanosleep { request } => self.sys_clock_nanosleep(pid, *request),
            _ => self.plain_task_call(pid, call).map_err(Stop::Failed),
        }
    }

    /// The calls on processes that neither wait nor raise signals.
    fn plain_task_call(&mut self, pid: Pid, call: &Syscall) -> Result<u64, Failure> {
        use Syscall::*;
        match call {
            Fork {} => self.sys_fork(pid),
            Vfork {} => self.sys_vfork(pid),
            Sigaction { signal, action } => self.sys_sigaction(pid, *signal, *action),
            SchedYield {} => Ok(0),
            Getrlimit { resource, limits } => self.sys_getrlimit(pid, *resource, *limits),
            Setrlimit { resource, limits } => self.sys_setrlimit(pid, *resource, *limits),
            Getrusage { who, usage } => self.sys_getrusage(pid, *who, *usage),
            _ => Err(Failure::new(Errno::ENOSYS, Reason::NotModelled)),
        }
    }
}
