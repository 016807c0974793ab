//! Signals (kernel/signal.c).

use abi::{Pid, SignalInfo};

use crate::event::Event;
use crate::kernel::Kernel;
use crate::outcome::Outcome;

impl Kernel {
    /// Raises a signal for the instruction that `pid` runs (`force_sig_info`).
    pub(crate) fn raise_fault_signal(&mut self, pid: Pid, info: SignalInfo) -> Outcome {
        self.emit(Event::SignalRaised { pid, info });
        Outcome::Signal(info)
    }
}
