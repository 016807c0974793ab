//! The numbers of a moment.

use abi::Pid;
use kernel::addr::PAGE_SIZE;

use super::Builder;
use super::cells::USER_SPACE;
use crate::figures::{Figures, ProcessFigures, SystemFigures};

/// smaps counts shares in 4096ths of a byte.
const PSS_SHIFT: u32 = 12;

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
        let mut proportional = 0;
        figures.virtual_size = space.size.total.saturating_mul(PAGE_SIZE);
        figures.rss = space.resident.total() * PAGE_SIZE;
        figures.rss_anonymous = space.resident.anonymous * PAGE_SIZE;
        figures.rss_file = space.resident.file * PAGE_SIZE;
        figures.rss_shmem = space.resident.shared_memory * PAGE_SIZE;
        figures.page_tables = space.tables * PAGE_SIZE;
        for vma in space.vmas_in(USER_SPACE) {
            let sizes = self.kernel().memory_sizes(&self.mapcounts, pid, vma);
            proportional += sizes.proportional;
            figures.uss += sizes.private_clean + sizes.private_dirty;
            figures.swap += sizes.swap;
        }
        figures.pss = proportional >> PSS_SHIFT;
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
