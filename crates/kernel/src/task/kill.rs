//! kill(2) and raise(3): signals that processes send.

use abi::{Errno, Pid, Signal, SignalCode, SignalInfo};

use crate::file::INVALID;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};
use crate::task::INIT;

/// There is no process to send to.
const NO_SUCH_PROCESS: Failure = Failure::new(Errno::ESRCH, Reason::NoSuchProcess);

impl Kernel {
    /// kill(2): to one process, a group (0: the caller's), or everyone but the caller (-1).
    pub(crate) fn sys_kill(&mut self, caller: Pid, target: i32, signal: i32) -> Result<u64, Stop> {
        let signal = match signal {
            0 => None,
            number => Some(Signal::from_number(number).ok_or(INVALID)?),
        };
        if target == INIT.0 {
            // It has no handlers and cannot be killed.
            return Ok(0);
        }
        let group = self.tasks.get(caller).map(|task| task.group);
        let targets = self.tasks.iter().filter(|task| match target {
            0 => Some(task.group) == group,
            -1 => task.pid != caller,
            1.. => task.pid.0 == target,
            _ => task.group.0 == target.wrapping_neg(),
        });
        let targets: Vec<Pid> = targets.map(|task| task.pid).collect();
        if targets.is_empty() {
            return Err(NO_SUCH_PROCESS.into());
        }
        if let Some(signal) = signal {
            let info = SignalInfo::sent(signal, SignalCode::User, caller);
            for pid in targets {
                self.send_signal(pid, info);
            }
        }
        self.signals_changed(caller, 0)
    }

    /// raise(3): a signal to oneself.
    pub(crate) fn sys_raise(&mut self, pid: Pid, signal: i32) -> Result<u64, Stop> {
        if signal != 0 {
            let signal = Signal::from_number(signal).ok_or(INVALID)?;
            self.send_signal(pid, SignalInfo::sent(signal, SignalCode::Tkill, pid));
        }
        self.signals_changed(pid, 0)
    }
}
