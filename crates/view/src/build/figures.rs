//! The numbers of a moment.

use kernel::observe::written_back;

use super::Builder;
use crate::figures::Figures;

impl Builder<'_> {
    /// Of every process and of the machine.
    pub fn figures(&self) -> Figures {
        let kernel = self.kernel();
        let figures = |task: &kernel::task::Task| kernel.process_figures(&self.mapcounts, task.pid);
        Figures {
            processes: kernel.tasks().iter().map(figures).collect(),
            system: kernel.system_figures(),
            writeback: written_back(self.moment.events),
        }
    }
}
