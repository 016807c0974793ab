//! What is remembered of every step: enough for the timeline's marks and for going by statements.

use bitflags::bitflags;
use kernel::{Command, Event, FaultKind, Outcome};

use crate::lab::Detail;

bitflags! {
    /// What happened in a step.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Marks: u16 {
        /// A statement ended with it.
        const STATEMENT_END = 1;
        /// Something of the machine changed: one that changed nothing is skipped on the way back.
        const CHANGE = 1 << 1;
        /// A fault was served without the disk.
        const MINOR_FAULT = 1 << 2;
        /// A fault waited for the disk.
        const MAJOR_FAULT = 1 << 3;
        /// A page was copied because of a write.
        const COPY = 1 << 4;
        /// A page was written to the disk.
        const WRITEBACK = 1 << 5;
        /// A signal was raised.
        const SIGNAL = 1 << 6;
        /// A process came to be.
        const FORK = 1 << 7;
        /// A process ended.
        const EXIT = 1 << 8;
        /// A system call was made.
        const SYSCALL = 1 << 9;
        /// A system call failed.
        const ERROR = 1 << 10;
        /// What was given at the console has been done.
        const INPUT_END = 1 << 12;
        /// Bytes reached the terminal.
        const OUTPUT = 1 << 11;
    }
}

/// One step, in 8 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Whose step; 0 where it is no process's.
    pub pid: i32,
    /// What happened.
    pub marks: Marks,
    /// What running it again costs, roughly, in events.
    pub cost: u16,
}

/// What is remembered of a step.
pub fn record(detail: &Detail, marks: Marks) -> Record {
    let outcome = match detail.outcome {
        Some(Outcome::Error { .. }) => Marks::ERROR,
        Some(Outcome::Signal(_)) => Marks::SIGNAL,
        _ => Marks::empty(),
    };
    let command = match detail.command {
        Some(Command::Syscall { .. }) => Marks::SYSCALL,
        // The bytes of memory change without an event.
        Some(
            Command::Store { .. }
            | Command::StoreBytes { .. }
            | Command::CopyBytes { .. }
            | Command::FillBytes { .. },
        ) if outcome.is_empty() => Marks::CHANGE,
        Some(_) => Marks::empty(),
        None => Marks::CHANGE,
    };
    let marks = detail
        .events
        .iter()
        .fold(marks | outcome | command, |marks, event| {
            marks | mark(event)
        });
    let cost = u16::try_from(detail.events.len().saturating_add(1)).unwrap_or(u16::MAX);
    Record {
        pid: detail.pid.0,
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
