//! One command of the model, done on Linux as well.

use std::rc::Rc;

use abi::{Disposition, Errno, Path, Pid, Resource, SaFlags, Signal, Syscall, VirtAddr};
use kernel::{Command, Outcome, Width};
use minic::machine::Executed;

use super::{ALL_FULL, Check, FULL_EVERY, Twin, string_at};
use crate::machine::Machine as _;
use crate::model_view::answer;
use crate::observation::{Detail, Difference};
use crate::operation::{Action, Answer, Operation, Process};

/// What part of a mirrored command is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    /// Its answer and the state.
    All,
    /// The state alone: numbers of processes, times and the like differ.
    State,
    /// Nothing: it is not done on Linux.
    Nothing,
}

impl Check {
    /// Does on Linux what the model just did; what differs after it: the answer, and the state if
    /// the model's is the one after this command.
    pub(super) fn mirror(&mut self, executed: &Executed, is_last: bool) -> Option<Difference> {
        if executed.outcome == Outcome::Blocked {
            self.write_as_far(&executed.command);
            return None;
        }
        if let (Command::TakeSignal { pid }, Outcome::Delivered(Some(_))) =
            (&executed.command, &executed.outcome)
        {
            self.written.remove(pid);
        }
        let (pid, mut action) = action_of(&executed.command)?;
        let process = self.number_of(pid)?;
        let mut outcome = executed.outcome.clone();
        if let Some(written) = self.written.remove(&pid) {
            outcome = rest_of_write(&mut action, written, outcome)?;
        }
        let compared = self.compared(&action, &outcome);
        if compared == Compared::Nothing {
            self.follow_disposition(process, &action);
            self.copy_result(process, pid, &action, &outcome);
            return None;
        }
        let is_call = matches!(action, Action::Call(_));
        let expected = self.expected(&action, &outcome);
        // A path that cannot be read is Linux's own to try.
        let readable = expected != Answer::Error(Errno::EFAULT.number());
        if readable {
            self.touch_path(process, pid, &action);
        }
        let action = self.for_linux(pid, action, readable);
        let given = self.linux.apply(&Operation {
            process,
            action: action.clone(),
        });
        self.note(process, &action, &expected);
        if ended_by_write(&expected, &given) {
            return None;
        }
        if compared == Compared::All && given != expected {
            return Some(Difference::new("answer", &expected, &given));
        }
        if compared == Compared::State {
            self.copy_result(process, pid, &action, &outcome);
        }
        if !is_last {
            return None;
        }
        let full = is_call || self.step <= ALL_FULL || self.step.is_multiple_of(FULL_EVERY);
        self.compare(if full { Detail::Full } else { Detail::Cheap })
    }

    /// What a write to a pipe has written before it had to wait is written on Linux as a write of its own,
    /// which needs not wait.
    fn write_as_far(&mut self, command: &Command) {
        let Some((pid, mut action @ Action::Call(Syscall::Write { .. }))) = action_of(command)
        else {
            return;
        };
        let now = self.kernel.written_so_far(pid);
        let before = self.written.insert(pid, now).unwrap_or(0);
        if let Some(process) = self.number_of(pid).filter(|_| now > before) {
            if let Action::Call(Syscall::Write { buffer, count, .. }) = &mut action {
                *buffer = buffer.offset(before);
                *count = now - before;
            }
            self.linux.apply(&Operation { process, action });
        }
    }

    fn compared(&self, action: &Action, outcome: &Outcome) -> Compared {
        let Action::Call(call) = action else {
            return Compared::All;
        };
        match call {
            Syscall::Kill { .. }
            | Syscall::Raise { .. }
            | Syscall::Sigaction { .. }
            | Syscall::Sigsetmask { .. }
            | Syscall::Sigreturn {}
            | Syscall::Pause {}
            | Syscall::Nanosleep { .. }
            | Syscall::ClockNanosleep { .. }
            | Syscall::SchedYield {}
            | Syscall::Getpid {}
            | Syscall::Getppid {} => Compared::Nothing,
            Syscall::Read { fd, .. } | Syscall::Pread { fd, .. }
                if self.proc_descriptors.contains(&fd.0) =>
            {
                Compared::Nothing
            }
            Syscall::Fstat { .. } | Syscall::Stat { .. } | Syscall::Getrusage { .. } => {
                Compared::State
            }
            // The agents' own pages are counted too.
            Syscall::Getrlimit {
                resource: Resource::AddressSpace,
                ..
            } => Compared::State,
            // Signals stop and continue the model's processes alone.
            Syscall::Wait4 { .. } if self.is_alive(outcome) => Compared::Nothing,
            _ => Compared::All,
        }
    }

    /// Handlers run on the model alone; but who waits for a child is Linux's own to know.
    fn follow_disposition(&mut self, process: Process, action: &Action) {
        if let Action::Call(Syscall::Sigaction {
            signal,
            action: Some(action),
        }) = action
            && *signal == Signal::Chld.number()
        {
            let ignores = action.disposition == Disposition::Ignore
                || action.flags.contains(SaFlags::SA_NOCLDWAIT);
            self.linux.ignore_children(process, ignores);
        }
    }

    /// Whether the process that a wait4(2) returned still lives: it was stopped or continued.
    fn is_alive(&self, outcome: &Outcome) -> bool {
        let Outcome::Return(pid) = outcome else {
            return false;
        };
        let number = self.number_of(Pid(*pid as i32));
        number.is_some_and(|number| self.twins[usize::from(number.0)].alive)
    }

    /// Reads a path's memory on Linux as the call would: [`Check::for_linux`] gives it as a text.
    fn touch_path(&mut self, process: Process, pid: Pid, action: &Action) {
        let Action::Call(call) = action else { return };
        let Some(address) = path_of(call) else { return };
        let Some(text) = string_at(&self.kernel, pid, address) else {
            return;
        };
        let last = address.0 + text.len() as u64;
        for page in address.0 >> 12..=last >> 12 {
            let address = VirtAddr(address.0.max(page << 12));
            let width = Width::Byte;
            let action = Action::Load { address, width };
            self.linux.apply(&Operation { process, action });
        }
    }

    /// The model's answer in the oracle's numbers of processes.
    fn expected(&mut self, action: &Action, outcome: &Outcome) -> Answer {
        let Action::Call(call) = action else {
            return answer(outcome.clone());
        };
        match (call, outcome) {
            (Syscall::Fork {} | Syscall::Vfork {}, Outcome::Return(child)) => {
                self.twins.push(Twin {
                    pid: Pid(*child as i32),
                    alive: true,
                    faults_before: (0, 0),
                });
                Answer::Value(self.twins.len() as u64 - 1)
            }
            (Syscall::Wait4 { .. }, Outcome::Return(pid)) if *pid != 0 => {
                let number = self.number_of(Pid(*pid as i32));
                Answer::Value(number.map_or(u64::MAX, |number| number.0.into()))
            }
            _ => answer(outcome.clone()),
        }
    }

    /// The action with paths in the oracle's own directory and its numbers of processes.
    fn for_linux(&mut self, pid: Pid, mut action: Action, readable: bool) -> Action {
        let Action::Call(call) = &mut action else {
            return action;
        };
        match call {
            Syscall::Open { path, .. }
            | Syscall::Truncate { path, .. }
            | Syscall::Stat { path, .. }
            | Syscall::Unlink { path }
            | Syscall::MemfdCreate { name: path, .. } => {
                if let Path::At(address) = path
                    && readable
                    && let Some(text) = string_at(&self.kernel, pid, *address)
                {
                    *path = Path::Text(own_path(&text));
                }
            }
            Syscall::Wait4 { pid: waited, .. } if *waited > 0 => {
                let number = self.number_of(Pid(*waited));
                *waited = number.map_or(i32::MAX, |number| number.0.into());
            }
            _ => {}
        }
        action
    }

    /// Takes note of processes that end and descriptors of /proc.
    fn note(&mut self, process: Process, action: &Action, answer: &Answer) {
        let Action::Call(call) = action else { return };
        match (call, answer) {
            (Syscall::Exit { .. }, _) => self.twins[usize::from(process.0)].alive = false,
            (Syscall::Open { path, .. }, Answer::Value(fd)) => {
                if matches!(path, Path::Text(text) if text.starts_with("/proc/")) {
                    self.proc_descriptors.push(*fd as i32);
                }
            }
            (Syscall::Close { fd }, Answer::Value(_)) => {
                self.proc_descriptors.retain(|number| *number != fd.0);
            }
            _ => {}
        }
    }

    /// Gives the real process the bytes that the call wrote on the model, where Linux's are its own.
    fn copy_result(&mut self, process: Process, pid: Pid, action: &Action, outcome: &Outcome) {
        let (Action::Call(call), Outcome::Return(value)) = (action, outcome) else {
            return;
        };
        let (address, length) = match call {
            Syscall::Fstat { buffer, .. } | Syscall::Stat { buffer, .. } => (*buffer, 144),
            Syscall::Getrusage { usage, .. } => (*usage, 144),
            Syscall::Getrlimit { limits, .. } => (*limits, 16),
            Syscall::Read { buffer, .. } | Syscall::Pread { buffer, .. } => (*buffer, *value),
            Syscall::Wait4 { status, .. } => (*status, 4),
            _ => return,
        };
        let mut bytes = vec![0; length as usize];
        if self.kernel.look_at(pid, address, &mut bytes) == length {
            let bytes = bytes.into();
            let action = Action::StoreBytes { address, bytes };
            self.linux.apply(&Operation { process, action });
        }
    }

    /// A process has ended on the model; where a signal did it, it does so on Linux too.
    pub(super) fn end_twin(&mut self, pid: Pid, status: i32) {
        if let Some(number) = self.number_of(pid) {
            let twin = &mut self.twins[usize::from(number.0)];
            if twin.alive {
                twin.alive = false;
                self.linux.end_by_signal(number, status & 0x7f);
            }
        }
    }
}

/// The rest of a write of which so many bytes were written on Linux, and the outcome of that; none where
/// nothing is left to be done.
fn rest_of_write(action: &mut Action, written: u64, outcome: Outcome) -> Option<Outcome> {
    let Action::Call(Syscall::Write { buffer, count, .. }) = action else {
        return Some(outcome);
    };
    *buffer = buffer.offset(written);
    *count = count.saturating_sub(written);
    match outcome {
        Outcome::Return(value) if value > written => Some(Outcome::Return(value - written)),
        Outcome::Return(value) if value == written && written > 0 => None,
        outcome => Some(outcome),
    }
}

/// The address of the call's path.
fn path_of(call: &Syscall) -> Option<VirtAddr> {
    match call {
        Syscall::Open { path, .. }
        | Syscall::Truncate { path, .. }
        | Syscall::Stat { path, .. }
        | Syscall::Unlink { path }
        | Syscall::MemfdCreate { name: path, .. } => match path {
            Path::At(address) => Some(*address),
            Path::Text(_) => None,
        },
        _ => None,
    }
}

/// Whether SIGPIPE or SIGXFSZ ended the process on the model: the agents ignore them and see the error instead.
fn ended_by_write(model: &Answer, linux: &Answer) -> bool {
    let errors = [Errno::EPIPE, Errno::EFBIG].map(|errno| Answer::Error(errno.number()));
    *model == Answer::Exited && errors.contains(linux)
}

/// A file of the program's in the directory where the real processes are.
fn own_path(path: &str) -> Rc<str> {
    let own = ["/tmp/", "/lab/"]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))
        .map(|name| name.trim_start_matches('/'))
        .filter(|name| !name.is_empty());
    Rc::from(own.unwrap_or(path))
}

/// Who does what, where a process does anything.
pub(super) fn action_of(command: &Command) -> Option<(Pid, Action)> {
    Some(match command.clone() {
        Command::Syscall { pid, call } => (pid, Action::Call(call)),
        Command::Load {
            pid,
            address,
            width,
        } => (pid, Action::Load { address, width }),
        Command::Store {
            pid,
            address,
            width,
            value,
        } => {
            let action = Action::Store {
                address,
                width,
                value,
            };
            (pid, action)
        }
        Command::LoadBytes {
            pid,
            address,
            length,
        } => (pid, Action::LoadBytes { address, length }),
        Command::StoreBytes {
            pid,
            address,
            bytes,
        } => (pid, Action::StoreBytes { address, bytes }),
        Command::CopyBytes {
            pid,
            to,
            from,
            length,
        } => (pid, Action::CopyBytes { to, from, length }),
        Command::FillBytes {
            pid,
            to,
            byte,
            length,
        } => (pid, Action::FillBytes { to, byte, length }),
        Command::Fetch { pid, address } => (pid, Action::Fetch { address }),
        _ => return None,
    })
}

/// A command as a person reads it.
pub(super) fn spell(command: &Command) -> String {
    match action_of(command) {
        Some((pid, action)) => {
            let process = Process(0);
            let text = Operation { process, action }.to_string();
            let text = text.split_once(": ").map_or("", |(_, rest)| rest);
            format!("pid {pid}: {text}")
        }
        None => "no command of a process".to_string(),
    }
}
