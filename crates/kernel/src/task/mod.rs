//! Processes (`struct task_struct`): how they start, wait, take signals and end.

mod calls;
mod exec;
mod exit;
mod fork;
mod kill;
pub mod limits;
mod rusage;
mod signal;
pub mod signal_state;
pub mod table;
mod time;
mod wait;

use std::rc::Rc;

use abi::Pid;

use crate::addr::{InodeId, MmId};
use crate::file::FdTable;
use crate::task::limits::Limits;
use crate::task::signal_state::Signals;

/// The first process, which is not modelled: the parent of those whose parent ended.
pub const INIT: Pid = Pid(1);

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    /// Its number.
    pub pid: Pid,
    /// Who forked it; [`INIT`] once that one ended, nobody where it was spawned.
    pub parent: Option<Pid>,
    /// Its process group, which kill(2) with 0 reaches.
    pub group: Pid,
    /// Its memory; none once it has ended.
    pub mm: Option<MmId>,
    /// The absolute path of its program.
    pub program: Rc<str>,
    /// Whether it can run.
    pub state: TaskState,
    /// Its descriptors.
    pub descriptors: FdTable,
    /// Its limits.
    pub limits: Limits,
    /// Its signals.
    pub signals: Signals,
    /// What it used.
    pub usage: Usage,
    /// What its children used that it waited for.
    pub children_usage: Usage,
    /// What its blocked call did already.
    pub progress: Progress,
}

/// Whether a process can run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// It can.
    #[default]
    Runnable,
    /// Its call waits.
    Blocked(Wait),
    /// A signal stopped it, until SIGCONT.
    Stopped,
    /// It ended and was not waited for; its status is as wait4(2) gives it.
    Zombie {
        /// 256 * exit status, or the number of the signal that killed it.
        status: i32,
    },
}

/// What a blocked call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// A child that ends (wait4).
    Child,
    /// The child, which uses this process's memory, to end (vfork).
    Vfork(Pid),
    /// Bytes in a pipe.
    PipeRead(InodeId),
    /// Room in a pipe.
    PipeWrite(InodeId),
    /// A signal (pause).
    Signal,
    /// A moment of simulated time, in nanoseconds (nanosleep).
    Until(u64),
}

/// What a call did before it had to wait, for its next try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Progress {
    /// Bytes that a write to a pipe has written.
    pub written: u64,
    /// When the sleep ends, in nanoseconds of simulated time.
    pub wake_at: Option<u64>,
    /// How a stopped process stopped or went on, until its parent is told.
    pub unreported: Option<i32>,
    /// What it waited for when a signal made it go on, until that comes or the signal is taken.
    pub interrupted: Option<Wait>,
}

/// What a process used, as getrusage(2) counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Usage {
    /// Page faults served without a read from the disk.
    pub minor_faults: u64,
    /// Page faults served with one.
    pub major_faults: u64,
    /// The most memory that was resident, in KiB.
    pub most_resident: u64,
}

impl Task {
    /// Whether it ended.
    pub fn is_zombie(&self) -> bool {
        matches!(self.state, TaskState::Zombie { .. })
    }
}

#[cfg(test)]
mod tests;
