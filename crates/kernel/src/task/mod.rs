//! Processes (`struct task_struct`).

mod exec;
mod signal;
pub mod table;

use std::rc::Rc;

use abi::Pid;

use crate::addr::MmId;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    /// Its number.
    pub pid: Pid,
    /// Who forked it.
    pub parent: Option<Pid>,
    /// Its memory; none once it has ended.
    pub mm: Option<MmId>,
    /// The path of its program.
    pub program: Rc<str>,
    /// What it used.
    pub usage: Usage,
}

/// What a process used, as getrusage(2) counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Usage {
    /// Page faults served without a read from the disk.
    pub minor_faults: u64,
    /// Page faults served with one.
    pub major_faults: u64,
}
