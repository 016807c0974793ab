//! Signals: the handler runs as a function called between two instructions (signal(7)).

use abi::{Disposition, SaFlags, Signal, SignalAction, SignalInfo, Syscall, VirtAddr};
use kernel::{Command, Delivery, Outcome};

use crate::code::{Code, Reg};
use crate::library::INTERRUPTED;

use super::bus::{Bus, Pace, Stop};
use super::{Pause, Process, Waiting};

/// Bytes below the stack pointer that a handler leaves alone (the red zone of the System V ABI).
const RED_ZONE: u64 = 128;
/// The size of `siginfo_t`.
const SIGINFO_SIZE: u64 = 128;
/// The size of `ucontext_t`, which is not filled in.
const UCONTEXT_SIZE: u64 = 968;

impl Process {
    /// Takes the signals that are pending and not blocked. None: the process runs on, in a handler if one was set.
    pub(crate) fn take_signals(&mut self, code: &Code, bus: &mut Bus<'_>) -> Option<Pause> {
        let pid = self.pid;
        // Taking a signal belongs to what raised it: it is no command to stop at.
        let pace = bus.pace;
        if pace == Pace::Command {
            bus.pace = Pace::Statement;
        }
        let taken = loop {
            match bus.execute(Command::TakeSignal { pid }) {
                Ok(Outcome::Delivered(Some(delivery))) => {
                    let waiting = self.waiting.take();
                    if let Some(Waiting::Kernel | Waiting::Semaphore(_)) = waiting {
                        self.interrupt(&delivery);
                    }
                    if let Some(pause) = self.enter_handler(&delivery, code, bus) {
                        break Some(pause);
                    }
                }
                Ok(_) => break None,
                Err(Stop::Signal) => {}
                Err(Stop::Blocked) => break Some(Pause::Waiting(Waiting::Stopped)),
                Err(stop) => break self.stopped(stop, code, bus),
            }
        };
        bus.pace = pace;
        taken.or((pace == Pace::Command).then_some(Pause::Command))
    }

    /// A blocked call is interrupted: after the handler it fails with EINTR, or is made again (SA_RESTART).
    /// A write to a pipe that has written some bytes gives their number instead.
    fn interrupt(&mut self, delivery: &Delivery) {
        let restarts = delivery.action.flags.contains(SaFlags::SA_RESTART);
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if delivery.written > 0 {
            return frame.log.push(Outcome::Return(delivery.written));
        }
        let next = frame.code.instructions.get(frame.pc as usize);
        let can_restart = next.is_some_and(crate::library::can_restart);
        if !(restarts && can_restart) {
            frame.log.push(INTERRUPTED);
            if next.is_some_and(crate::library::is_sleep) {
                frame.log.push(Outcome::Return(delivery.sleep_left));
            }
        }
    }

    /// Calls a handler on top of what runs.
    fn enter_handler(
        &mut self,
        delivery: &Delivery,
        code: &Code,
        bus: &mut Bus<'_>,
    ) -> Option<Pause> {
        let action = delivery.action;
        let Disposition::Handler(address) = action.disposition else {
            return None;
        };
        let function = code.image.function_at(address);
        let Some(handler) = function.and_then(|id| code.functions.get(id as usize)) else {
            return self.jump_to_nothing(address, bus);
        };
        let interrupted = self.frame().map_or(0, |frame| frame.stack_pointer);
        let mut top = interrupted.wrapping_sub(RED_ZONE);
        if action.flags.contains(SaFlags::SA_ONSTACK) {
            top = self.library.handler_stack.top_for(top);
        }
        let info = top.wrapping_sub(SIGINFO_SIZE) & !15;
        let context = info.wrapping_sub(UCONTEXT_SIZE) & !15;
        let stored = bus.execute(Command::StoreBytes {
            pid: self.pid,
            address: VirtAddr(info),
            bytes: siginfo(&delivery.info).as_slice().into(),
        });
        if stored.is_err() {
            return self.kill(Signal::Segv, bus);
        }
        let window = self.registers_end();
        self.push_frame(
            handler.clone(),
            window,
            context,
            window,
            Some(self.library.mask),
        );
        let signal = delivery.info.signal;
        self.library.mask = mask_during(self.library.mask, &action, signal);
        if action.flags.contains(SaFlags::SA_RESETHAND) {
            self.library.actions.remove(&signal);
        }
        let arguments = [i64::from(signal.number()), info as i64, context as i64];
        let count = handler.function.ty.params.len();
        for (index, &value) in arguments.iter().take(count).enumerate() {
            self.set_register(window, Reg(index as u16 + 1), value);
        }
        None
    }

    /// The handler's address is no function's: what the processor finds there.
    fn jump_to_nothing(&mut self, address: VirtAddr, bus: &mut Bus<'_>) -> Option<Pause> {
        let pid = self.pid;
        match bus.execute(Command::Fetch { pid, address }) {
            Ok(_) => self.kill(Signal::Ill, bus),
            Err(Stop::Exited) => Some(Pause::Ended),
            Err(_) => self.kill(Signal::Segv, bus),
        }
    }

    /// A signal kills whatever is set for it: the kernel could not call a handler (force_sigsegv), or is out of memory.
    pub(super) fn kill(&mut self, signal: Signal, bus: &mut Bus<'_>) -> Option<Pause> {
        if bus.pace == Pace::Command {
            // As for taking a signal, this belongs to what led to it.
            bus.pace = Pace::Statement;
        }
        let action = Some(SignalAction::default());
        let signal = signal.number();
        let pid = self.pid;
        let calls = [
            Syscall::Sigaction { signal, action },
            Syscall::Sigsetmask {
                mask: Default::default(),
            },
            Syscall::Raise { signal },
        ];
        for call in calls {
            if bus.call(call) == Err(Stop::Exited) {
                return Some(Pause::Ended);
            }
        }
        match bus.execute(Command::TakeSignal { pid }) {
            Err(Stop::Exited) => Some(Pause::Ended),
            _ => Some(Pause::Failed("a signal handler could not be called")),
        }
    }
}

fn mask_during(mask: abi::SignalSet, action: &SignalAction, signal: Signal) -> abi::SignalSet {
    let blocked = abi::SignalSet(mask.0 | action.mask.0);
    if action.flags.contains(SaFlags::SA_NODEFER) {
        blocked.blockable()
    } else {
        blocked.with(signal).blockable()
    }
}

/// `siginfo_t` as it lies in memory (x86-64).
fn siginfo(info: &SignalInfo) -> [u8; SIGINFO_SIZE as usize] {
    let mut bytes = [0; SIGINFO_SIZE as usize];
    let mut put = |offset: usize, value: &[u8]| {
        if let Some(target) = bytes.get_mut(offset..offset + value.len()) {
            target.copy_from_slice(value);
        }
    };
    put(0, &info.signal.number().to_le_bytes());
    put(8, &info.code.number().to_le_bytes());
    match info.sender {
        Some(pid) => {
            put(16, &pid.0.to_le_bytes());
            put(24, &info.status.to_le_bytes());
        }
        None => put(16, &info.address.0.to_le_bytes()),
    }
    bytes
}
