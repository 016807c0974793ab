//! The way from the interpreter to the kernel: every command goes through a [`Bus`].
//!
//! It keeps what a step's report tells (the commands with their outcomes and events, what reached the terminal, who
//! ended), and stops the interpreter where it is to pause.

use std::rc::Rc;

use abi::{Pid, Syscall, VirtAddr};
use kernel::sorted_map::SortedMap;
use kernel::{Command, Event, Kernel, Outcome, Width};

use crate::source::{Source, Span};
use crate::types::IntType;

/// As many statements count what a call of the library does: a loop that spins on calls is found as soon as others.
const CALL_STATEMENTS: u64 = 32;

/// A command that was applied, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    /// The command.
    pub command: Command,
    /// What the process saw.
    pub outcome: Outcome,
    /// What changed.
    pub events: Vec<Event>,
}

/// Bytes that reached the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Who wrote.
    pub pid: Pid,
    /// 1 for standard output, 2 for standard error.
    pub fd: i32,
    /// The bytes.
    pub bytes: Rc<[u8]>,
}

/// Something that C does not define and that the lab could see.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// Who did it.
    pub pid: Pid,
    /// The text that `span` refers to.
    pub source: Rc<Source>,
    /// The statement.
    pub span: Span,
    /// What it did, in one sentence without a full stop.
    pub message: Rc<str>,
}

/// Everything that came of running a while.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The commands, when they are recorded.
    pub commands: Vec<Executed>,
    /// What was printed, in order.
    pub output: Vec<Output>,
    /// Who ended, with the status of wait4(2).
    pub ended: Vec<(Pid, i32)>,
    /// What C does not define, each statement's once.
    pub warnings: Vec<Warning>,
}

/// Why an instruction could not be completed. It is tried again later, from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// One command was applied and no more are wanted.
    Command,
    /// The kernel has the process wait.
    Blocked,
    /// The process waits for the semaphore at this address.
    Semaphore(u64),
    /// A signal was raised instead.
    Signal,
    /// There is no memory left for an access, which cannot fail otherwise: the process is to be killed.
    OutOfMemory,
    /// The process is no more.
    Exited,
    /// The lab cannot go on: a sentence.
    Failed(&'static str),
}

/// What the interpreter may do before it pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Run on; events are dropped.
    Run,
    /// Stop before the next statement; commands are recorded.
    Statement,
    /// Stop after the next command as well.
    Command,
}

/// The interpreter's access to the kernel, as one process.
pub(crate) struct Bus<'k> {
    pub(crate) kernel: &'k mut Kernel,
    /// Who issues the commands.
    pub(crate) pid: Pid,
    pub(crate) pace: Pace,
    /// Whether the process had to wait when it was last tried.
    pub(crate) was_waiting: bool,
    /// How many commands were applied since the interpreter went on.
    pub(crate) applied: u32,
    /// How many statements may still begin.
    pub(crate) budget: u64,
    /// How much of the budget went to calls of the library.
    pub(crate) charged: u64,
    pub(crate) account: Account,
    /// The statements that were warned of.
    pub(crate) warned: &'k mut SortedMap<(u32, Rc<str>), ()>,
}

impl Bus<'_> {
    /// Loads a scalar.
    #[inline]
    pub(crate) fn load(&mut self, address: u64, ty: IntType) -> Result<i64, Stop> {
        let (address, width) = (VirtAddr(address), width_of(ty));
        self.may_apply()?;
        let outcome = self.kernel.load(self.pid, address, width);
        self.note_refusal(&outcome);
        if self.pace == Pace::Run {
            self.kernel.clear_events();
        } else {
            let pid = self.pid;
            self.record(
                Command::Load {
                    pid,
                    address,
                    width,
                },
                &outcome,
            );
        }
        match outcome {
            Outcome::Return(value) => Ok(extended(ty, value)),
            other => Err(stop(&other)),
        }
    }

    /// Stores a scalar.
    #[inline]
    pub(crate) fn store(&mut self, address: u64, ty: IntType, value: i64) -> Result<(), Stop> {
        let (address, width) = (VirtAddr(address), width_of(ty));
        let value = value as u64;
        self.may_apply()?;
        let outcome = self.kernel.store(self.pid, address, width, value);
        self.note_refusal(&outcome);
        if self.pace == Pace::Run {
            self.kernel.clear_events();
        } else {
            let pid = self.pid;
            self.record(
                Command::Store {
                    pid,
                    address,
                    width,
                    value,
                },
                &outcome,
            );
        }
        match outcome {
            Outcome::Return(_) => Ok(()),
            other => Err(stop(&other)),
        }
    }

    /// Applies any command. An errno is an outcome like a value.
    pub(crate) fn execute(&mut self, command: Command) -> Result<Outcome, Stop> {
        self.may_apply()?;
        let outcome = self.kernel.execute(&command);
        let can_print_or_end = matches!(
            command,
            Command::Syscall { .. } | Command::TakeSignal { .. }
        );
        if can_print_or_end {
            self.note_events();
        }
        self.note_refusal(&outcome);
        let is_call = matches!(command, Command::Syscall { .. });
        if self.pace == Pace::Run {
            self.kernel.clear_events();
        } else {
            self.record(command, &outcome);
        }
        match outcome {
            Outcome::Error { .. } if !is_call => Err(Stop::OutOfMemory),
            Outcome::Blocked | Outcome::Signal(_) | Outcome::Exited => Err(stop(&outcome)),
            outcome => Ok(outcome),
        }
    }

    /// Makes a system call.
    pub(crate) fn call(&mut self, call: Syscall) -> Result<Outcome, Stop> {
        let pid = self.pid;
        self.execute(Command::Syscall { pid, call })
    }

    /// A call of the library is done, which counts as many statements.
    pub(crate) fn charge_call(&mut self) {
        let left = self.budget.saturating_sub(CALL_STATEMENTS);
        self.charged += self.budget - left;
        self.budget = left;
    }

    #[inline]
    fn may_apply(&mut self) -> Result<(), Stop> {
        if self.pace == Pace::Command && self.applied > 0 {
            return Err(Stop::Command);
        }
        Ok(())
    }

    fn record(&mut self, command: Command, outcome: &Outcome) {
        let events = self.kernel.take_events();
        // To wait on, or to find no signal, is not worth a word: nothing was done.
        let is_nothing = match outcome {
            Outcome::Blocked => self.was_waiting,
            Outcome::Delivered(None) => true,
            _ => false,
        };
        if is_nothing && events.is_empty() {
            return;
        }
        self.applied += 1;
        self.account.commands.push(Executed {
            command,
            outcome: outcome.clone(),
            events,
        });
    }

    /// A signal that an access raises may have ended the process.
    #[inline]
    fn note_refusal(&mut self, outcome: &Outcome) {
        if matches!(outcome, Outcome::Signal(_)) {
            self.note_events();
        }
    }

    /// Takes what the report needs from the events: what was printed, who ended.
    #[cold]
    fn note_events(&mut self) {
        for event in self.kernel.events() {
            match event {
                Event::TerminalWritten { pid, fd, bytes } => self.account.output.push(Output {
                    pid: *pid,
                    fd: *fd,
                    bytes: bytes.clone(),
                }),
                Event::TaskExited { pid, status } => self.account.ended.push((*pid, *status)),
                _ => {}
            }
        }
    }

    /// Reports something undefined, once for each statement.
    #[cold]
    pub(crate) fn warn(&mut self, source: &Rc<Source>, span: Span, message: &str) {
        let message: Rc<str> = message.into();
        if self
            .warned
            .insert((span.start, message.clone()), ())
            .is_none()
        {
            self.account.warnings.push(Warning {
                pid: self.pid,
                source: source.clone(),
                span,
                message,
            });
        }
    }
}

fn stop(outcome: &Outcome) -> Stop {
    match outcome {
        Outcome::Blocked => Stop::Blocked,
        Outcome::Signal(_) => Stop::Signal,
        Outcome::Exited => Stop::Exited,
        Outcome::Error { .. } => Stop::OutOfMemory,
        _ => Stop::Failed("the kernel gave an answer that does not fit"),
    }
}

/// The width of a memory access.
#[inline]
pub(crate) fn width_of(ty: IntType) -> Width {
    match ty.size() {
        1 => Width::Byte,
        2 => Width::Half,
        4 => Width::Word,
        _ => Width::Long,
    }
}

/// A loaded value in register form.
#[inline]
fn extended(ty: IntType, value: u64) -> i64 {
    match ty {
        IntType::Bool => value as i64,
        _ => ty.wrap(value as i64),
    }
}
