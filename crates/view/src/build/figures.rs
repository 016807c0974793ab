//! The numbers of a moment.

use abi::Pid;
use kernel::addr::PAGE_SIZE;
use kernel::phys::frame::Owner;

use super::Builder;
use super::cells::USER_SPACE;
use crate::figures::{Figures, ProcessFigures, SystemFigures};

impl Builder<'_> {
    /// Of every process and of the machine.
    pub fn figures(&self) -> Figures {
        let tasks = self.kernel().tasks().iter();
        Figures {
            processes: tasks.map(|task| self.process_figures(task.pid)).collect(),
            system: self.system_figures(),
        }
    }

    fn process_figures(&self, pid: Pid) -> ProcessFigures {
        let usage = self
            .kernel()
            .tasks()
            .get(pid)
            .map(|task| task.usage)
            .unwrap_or_default();
        let mut figures = ProcessFigures {
            pid,
            minor_faults: usage.minor_faults,
            major_faults: usage.major_faults,
            ..ProcessFigures::default()
        };
        let Some(space) = self.kernel().address_space(pid) else {
            return figures;
        };
        figures.virtual_size = space.size.total.saturating_mul(PAGE_SIZE);
        figures.rss = space.resident.total() * PAGE_SIZE;
        figures.rss_anonymous = space.resident.anonymous * PAGE_SIZE;
        figures.rss_file = space.resident.file * PAGE_SIZE;
        figures.rss_shmem = space.resident.shared_memory * PAGE_SIZE;
        figures.page_tables = space.tables * PAGE_SIZE;
        for (_, entry) in self.kernel().entries(pid, USER_SPACE) {
            if !entry.is_present() || self.kernel().frames().get(entry.frame()).owner == Owner::Zero
            {
                continue;
            }
            let mappers = self.mappers.count(entry.frame()).max(1);
            figures.pss += PAGE_SIZE / mappers;
            figures.uss += if mappers == 1 { PAGE_SIZE } else { 0 };
        }
        figures
    }

    fn system_figures(&self) -> SystemFigures {
        let kernel = self.kernel();
        let (counters, cache) = (kernel.counters(), kernel.files().counts);
        SystemFigures {
            ram: u64::from(kernel.frames().total()) * PAGE_SIZE,
            free: u64::from(kernel.frames().free_count()) * PAGE_SIZE,
            cached: cache.cached * PAGE_SIZE,
            dirty: cache.dirty * PAGE_SIZE,
            disk_read: counters.blocks_read.saturating_mul(PAGE_SIZE),
            disk_written: counters.blocks_written.saturating_mul(PAGE_SIZE),
            bytes_copied: counters.bytes_copied,
            system_calls: counters.syscalls,
            nanoseconds: kernel.clock(),
            ..SystemFigures::default()
        }
    }
}
