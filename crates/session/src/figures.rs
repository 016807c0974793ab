//! The figures after a step, for charts over time.

use abi::Pid;
use kernel::observe::{ProcessFigures, SystemFigures};

use crate::lab::Lab;

/// So many processes of a moment are counted.
const MOST_PROCESSES: usize = 16;
/// So many resident pages may be walked for each step that a sample stands for.
const PAGES_PER_STEP: u64 = 1024;

/// The figures after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Of the machine.
    pub system: SystemFigures,
    /// Of the first processes that live.
    pub processes: Vec<ProcessFigures>,
    /// Whether PSS and USS were counted: a walk over many pages is not made for every step.
    pub shares: bool,
}

impl Figures {
    /// Those of a process.
    pub fn of(&self, pid: Pid) -> Option<&ProcessFigures> {
        self.processes.iter().find(|figures| figures.pid == pid)
    }

    /// Counts them. Walks are made at every 2nd, 4th, 8th ... step alone where many pages are resident, so that they
    /// cost no step more than a few microseconds on the average.
    pub(crate) fn after(lab: &Lab, step: u64) -> Figures {
        let kernel = lab.kernel();
        let tasks = kernel.tasks().iter();
        let living = tasks.filter_map(|task| {
            let space = kernel.address_space(task.pid)?;
            Some((task.pid, space.resident.total() + 64))
        });
        let living: Vec<(Pid, u64)> = living.take(MOST_PROCESSES).collect();
        let cost: u64 = living.iter().map(|(_, cost)| cost).sum();
        let stands_for = 1u64.checked_shl(step.trailing_zeros()).unwrap_or(u64::MAX);
        let shares = cost <= PAGES_PER_STEP.saturating_mul(stands_for);
        let pids = living.iter().map(|(pid, _)| *pid);
        let processes = if shares {
            let mapcounts = kernel.mapcounts();
            pids.map(|pid| kernel.process_figures(&mapcounts, pid))
                .collect()
        } else {
            pids.map(|pid| kernel.process_counts(pid)).collect()
        };
        Figures {
            system: kernel.system_figures(),
            processes,
            shares,
        }
    }
}
