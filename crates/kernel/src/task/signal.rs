//! Signals: raised, acted on, taken (kernel/signal.c).
//!
//! What needs no handler happens as soon as the signal is raised and not blocked. A signal with a
//! handler waits until the process takes it ([`crate::Command::TakeSignal`]), which it does before
//! its next statement; a blocked call is then forgotten, and EINTR or a restart is the program's side.

use abi::{
    DefaultAction, Disposition, Errno, Pid, SaFlags, Signal, SignalAction, SignalCode, SignalInfo,
    SignalSet,
};

use crate::event::Event;
use crate::file::INVALID;
use crate::kernel::Kernel;
use crate::outcome::{Delivery, Failure, Outcome, Reason, Stop};
use crate::task::{TaskState, Wait};

/// The status of a child that went on after a stop (`WIFCONTINUED`).
pub(crate) const CONTINUED_STATUS: i32 = 0xffff;

impl Kernel {
    /// Raises a signal for the instruction that `pid` runs (`force_sig_info`): where it is blocked or
    /// ignored, it kills.
    pub(crate) fn raise_fault_signal(&mut self, pid: Pid, info: SignalInfo) -> Outcome {
        let Some(task) = self.tasks.get_mut(pid) else {
            return Outcome::Exited;
        };
        let signal = info.signal;
        let signals = &mut task.signals;
        if signals.mask.contains(signal) || signals.is_ignored(signal) {
            signals.set_action(signal, SignalAction::default());
            signals.mask = signals.mask.without(signal);
        }
        signals.add_pending(info);
        self.emit(|| Event::SignalRaised { pid, info });
        self.act_on_signals(pid);
        Outcome::Signal(info)
    }

    /// Sends a signal to a process (`send_signal_locked`).
    pub(crate) fn send_signal(&mut self, pid: Pid, info: SignalInfo) {
        let Some(task) = self.tasks.get_mut(pid).filter(|task| !task.is_zombie()) else {
            return;
        };
        let signal = info.signal;
        let mut goes_on = false;
        let stops = [Signal::Stop, Signal::Tstp, Signal::Ttin, Signal::Ttou];
        if signal == Signal::Cont {
            stops.iter().for_each(|stop| task.signals.discard(*stop));
            if task.state == TaskState::Stopped {
                task.state = TaskState::Runnable;
                goes_on = true;
            }
        } else if stops.contains(&signal) {
            task.signals.discard(Signal::Cont);
        }
        if goes_on {
            self.report_to_parent(pid, SignalCode::ChildContinued, signal);
        }
        let Some(task) = self.tasks.get_mut(pid) else {
            return;
        };
        let blocked = task.signals.mask.contains(signal);
        if !blocked && task.signals.is_ignored(signal) || !task.signals.add_pending(info) {
            return;
        }
        self.emit(|| Event::SignalRaised { pid, info });
        self.act_on_signals(pid);
    }

    /// Does what the unblocked pending signals do without a handler, and lets a process that has a
    /// handler to run go on.
    pub(crate) fn act_on_signals(&mut self, pid: Pid) {
        while let Some(task) = self.tasks.get_mut(pid).filter(|task| !task.is_zombie()) {
            let Some(info) = task.signals.next() else {
                return;
            };
            let signal = info.signal;
            if task.state == TaskState::Stopped && signal != Signal::Kill {
                return;
            }
            if task.signals.has_handler(signal) {
                match task.state {
                    TaskState::Blocked(Wait::Vfork(_)) => {}
                    TaskState::Blocked(wait) => {
                        task.progress.interrupted = Some(wait);
                        task.state = TaskState::Runnable;
                    }
                    _ => task.state = TaskState::Runnable,
                }
                return;
            }
            task.signals.discard(signal);
            if task.signals.is_ignored(signal) {
                continue;
            }
            match signal.default_action() {
                DefaultAction::Terminate => return self.end_task(pid, signal.number()),
                DefaultAction::Stop => self.stop_task(pid, signal),
                DefaultAction::Ignore | DefaultAction::Continue => {}
            }
        }
    }

    fn stop_task(&mut self, pid: Pid, signal: Signal) {
        if let Some(task) = self.tasks.get_mut(pid) {
            task.state = TaskState::Stopped;
        }
        self.report_to_parent(pid, SignalCode::ChildStopped, signal);
    }

    /// A process stopped or went on: wait4(2) can tell its parent, and SIGCHLD does unless SA_NOCLDSTOP is set
    /// (`do_notify_parent_cldstop`).
    fn report_to_parent(&mut self, pid: Pid, code: SignalCode, signal: Signal) {
        let Some(task) = self.tasks.get_mut(pid) else {
            return;
        };
        task.progress.unreported = Some(match code {
            SignalCode::ChildContinued => CONTINUED_STATUS,
            _ => signal.number() << 8 | 0x7f,
        });
        let Some(parent) = task.parent.and_then(|parent| self.tasks.get(parent)) else {
            return;
        };
        let (parent, action) = (parent.pid, parent.signals.action(Signal::Chld));
        if !action.flags.contains(SaFlags::SA_NOCLDSTOP) {
            let info = SignalInfo {
                signal: Signal::Chld,
                code,
                address: abi::VirtAddr::NULL,
                sender: Some(pid),
                status: signal.number(),
            };
            self.send_signal(parent, info);
        }
        self.wake_parent(parent);
    }

    /// The answer of a call that sent its own process a signal, and fails where that did not end it.
    pub(crate) fn stop_with(&self, pid: Pid, failure: Failure) -> Stop {
        match self.tasks.get(pid).is_some_and(|task| !task.is_zombie()) {
            true => Stop::Failed(failure),
            false => Stop::Exited,
        }
    }

    /// The signal that a process is to take: one that is pending, not blocked, and has a handler.
    #[inline(never)]
    fn signal_to_take(&self, pid: Pid) -> Option<SignalInfo> {
        let signals = &self.tasks.get(pid)?.signals;
        signals
            .next()
            .filter(|info| signals.has_handler(info.signal))
    }

    /// Whether a signal made a waiting process go on, and not what it waits for: that comes first.
    pub fn is_interrupted(&self, pid: Pid) -> bool {
        let task = self.tasks.get(pid);
        task.is_some_and(|task| task.progress.interrupted.is_some())
    }

    /// Whether a signal stopped a process: it does nothing before SIGCONT comes.
    pub fn is_stopped(&self, pid: Pid) -> bool {
        let task = self.tasks.get(pid);
        task.is_some_and(|task| task.state == TaskState::Stopped)
    }

    /// Whether a process has a signal to take.
    pub fn has_signal(&self, pid: Pid) -> bool {
        self.signal_to_take(pid).is_some()
    }

    /// [`crate::Command::TakeSignal`]: the process enters the handler of its next signal.
    pub(crate) fn take_signal(&mut self, pid: Pid) -> Outcome {
        let next = self.signal_to_take(pid);
        let Some(task) = self.tasks.get_mut(pid).filter(|task| !task.is_zombie()) else {
            return Outcome::Exited;
        };
        if task.state == TaskState::Stopped {
            return Outcome::Blocked;
        }
        let Some(info) = next else {
            return Outcome::Delivered(None);
        };
        let signals = &mut task.signals;
        let signal = info.signal;
        let action = signals.action(signal);
        signals.discard(signal);
        signals.saved_masks.push(signals.mask);
        signals.mask = SignalSet(signals.mask.0 | action.mask.blockable().0);
        if !action.flags.contains(SaFlags::SA_NODEFER) {
            signals.mask = signals.mask.with(signal);
        }
        if action.flags.contains(SaFlags::SA_RESETHAND) {
            let disposition = Disposition::Default;
            signals.set_action(
                signal,
                SignalAction {
                    disposition,
                    ..action
                },
            );
        }
        task.state = TaskState::Runnable;
        let progress = std::mem::take(&mut task.progress);
        task.progress.unreported = progress.unreported;
        let wake_at = progress.wake_at.unwrap_or(0);
        Outcome::Delivered(Some(Delivery {
            info,
            action,
            // Instructions take no simulated time, but on any machine some: a nanosecond stands for it.
            sleep_left: wake_at.saturating_sub(self.clock.saturating_add(1)),
            written: progress.written,
        }))
    }

    /// sigreturn(2): the mask of before the handler counts again.
    pub(crate) fn sys_sigreturn(&mut self, pid: Pid) -> Result<u64, Stop> {
        if let Some(task) = self.tasks.get_mut(pid) {
            let saved = task.signals.saved_masks.pop();
            task.signals.mask = saved.unwrap_or(task.signals.mask);
        }
        self.signals_changed(pid, 0)
    }

    /// sigprocmask(2) with SIG_SETMASK; gives the old mask.
    pub(crate) fn sys_sigsetmask(&mut self, pid: Pid, mask: SignalSet) -> Result<u64, Stop> {
        let task = self.tasks.get_mut(pid).ok_or(Stop::Exited)?;
        let old = std::mem::replace(&mut task.signals.mask, mask.blockable());
        self.signals_changed(pid, old.0)
    }

    /// sigaction(2)
    pub(crate) fn sys_sigaction(
        &mut self,
        pid: Pid,
        signal: i32,
        action: Option<SignalAction>,
    ) -> Result<u64, Failure> {
        let signal = Signal::from_number(signal).ok_or(INVALID)?;
        let Some(action) = action else {
            return Ok(0);
        };
        if matches!(signal, Signal::Kill | Signal::Stop) {
            return Err(INVALID);
        }
        if let Some(task) = self.tasks.get_mut(pid) {
            let mask = action.mask.blockable();
            task.signals
                .set_action(signal, SignalAction { mask, ..action });
            if task.signals.is_ignored(signal) {
                task.signals.discard(signal);
            }
        }
        Ok(0)
    }

    /// After the mask changed, what it let through happens.
    pub(crate) fn signals_changed(&mut self, pid: Pid, value: u64) -> Result<u64, Stop> {
        self.act_on_signals(pid);
        let interrupted = Failure::new(Errno::EINTR, Reason::Interrupted);
        match self.stop_with(pid, interrupted) {
            Stop::Exited => Err(Stop::Exited),
            _ => Ok(value),
        }
    }
}
