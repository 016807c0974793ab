//! The world of a session: the modelled machine and the program on it, as one value that can be cloned and replayed.

use std::rc::Rc;

use abi::Pid;
use kernel::{Command, Event, FaultKind, Kernel, Outcome};

use crate::history::World;
use crate::input::{Input, LabFile, Setup};
use crate::problem::Problem;
use crate::process::ProcessState;
use crate::record::{Marks, Record};
use crate::transcript::{Entry, Transcript};

/// What the last step did.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// Whose step; 0 where it is no process's.
    pub pid: Pid,
    /// The statement's text.
    pub statement: Rc<str>,
    /// What was asked of the kernel, if anything.
    pub command: Option<Command>,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

/// The machine and its program.
#[derive(Clone, Debug)]
pub struct Lab {
    kernel: Kernel,
    transcript: Transcript,
    detail: Detail,
    /// Commands that come before the next statement.
    pending: Vec<Command>,
}

impl Lab {
    /// A machine with these files, its program about to start.
    ///
    /// # Errors
    /// What is wrong with the program.
    pub fn new(setup: &Setup) -> Result<Lab, Vec<Problem>> {
        let mut lab = Lab {
            kernel: Kernel::new(setup.preset.config()),
            transcript: Transcript::default(),
            detail: Detail::default(),
            pending: Vec::new(),
        };
        for file in &setup.files {
            lab.kernel.apply(add_file(file));
        }
        Ok(lab)
    }

    /// The machine; its events are those of the last step.
    pub const fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// What the last step did.
    pub const fn detail(&self) -> &Detail {
        &self.detail
    }

    /// What the console shows.
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// What each process is at.
    pub fn processes(&self) -> Vec<ProcessState> {
        Vec::new()
    }

    /// A number that tells states apart: equal on every machine for equal states.
    pub fn state_hash(&self) -> u64 {
        0
    }

    /// Checks a statement for a process as if it were given now; nothing changes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, pid: Pid, text: &str) -> Result<(), Vec<Problem>> {
        let message = format!("process {pid} takes no statements");
        Err(vec![Problem {
            line: 1,
            column: 1,
            length: 1,
            message,
            hint: None,
            text: text.into(),
        }])
    }

    fn do_command(&mut self, command: Command) -> Record {
        self.kernel.clear_events();
        let outcome = self.kernel.execute(&command);
        let record = record(
            Pid::default(),
            &outcome,
            self.kernel.events(),
            Marks::STATEMENT_END,
        );
        self.detail = Detail {
            pid: Pid::default(),
            statement: "".into(),
            command: Some(command),
            outcome: Some(outcome),
        };
        record
    }
}

impl World for Lab {
    type Input = Input;

    fn take(&mut self, input: &Input) {
        match input {
            Input::File(file) => {
                self.transcript.push(Entry::File {
                    name: file.name.clone(),
                    size: file.bytes.len() as u64,
                });
                self.pending.push(add_file(file));
            }
            Input::DropCaches => self.pending.push(Command::DropCaches),
            Input::Statement { pid, text } => self.transcript.push(Entry::Typed {
                pid: *pid,
                text: text.clone(),
            }),
            Input::Prefer(_) => {}
        }
    }

    fn advance(&mut self) -> Option<Record> {
        if self.pending.is_empty() {
            return None;
        }
        let command = self.pending.remove(0);
        Some(self.do_command(command))
    }
}

fn add_file(file: &LabFile) -> Command {
    Command::AddFile {
        path: file.name.clone(),
        bytes: file.bytes.clone(),
    }
}

/// What is remembered of a step.
fn record(pid: Pid, outcome: &Outcome, events: &[Event], marks: Marks) -> Record {
    let outcome_marks = match outcome {
        Outcome::Error { .. } => Marks::ERROR,
        Outcome::Signal(_) => Marks::SIGNAL,
        _ => Marks::empty(),
    };
    let marks = events
        .iter()
        .fold(marks | outcome_marks, |marks, event| marks | mark(event));
    let cost = u16::try_from(events.len().saturating_add(1)).unwrap_or(u16::MAX);
    Record {
        pid: pid.0,
        marks,
        cost,
    }
}

/// How an event shows on the timeline.
fn mark(event: &Event) -> Marks {
    let special = match event {
        Event::TlbHit { .. } => return Marks::empty(),
        Event::Fault(fault) => match fault.kind {
            FaultKind::FileMajor | FaultKind::SwapIn => Marks::MAJOR_FAULT,
            FaultKind::SegvMapErr | FaultKind::SegvAccErr | FaultKind::BusAdrErr => Marks::empty(),
            _ => Marks::MINOR_FAULT,
        },
        Event::CowBroken { .. } => Marks::COPY,
        Event::BlockWritten { .. } => Marks::WRITEBACK,
        Event::SignalRaised { .. } => Marks::SIGNAL,
        Event::TaskCreated { .. } => Marks::FORK,
        Event::TaskExited { .. } => Marks::EXIT,
        Event::TerminalWritten { .. } => Marks::OUTPUT,
        _ => Marks::empty(),
    };
    special | Marks::CHANGE
}
