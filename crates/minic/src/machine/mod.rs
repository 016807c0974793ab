//! All processes of a program, and who runs next: the C side of the modelled machine.
//!
//! A [`Machine`] is plain data beside the [`Kernel`]: cloning both is a snapshot, and stepping clones gives the same
//! again. [`Machine::advance`] goes one command further, [`Machine::step`] one statement, [`Machine::run`] as far
//! as it may. Order: the process that runs goes on until it waits, sleeps, yields or ends; then the oldest that
//! can run ([`schedule`]).
//! Neighbours: [`console`] adds what is typed, [`look`] shows variables and call stacks.

mod console;
pub mod look;
mod schedule;

pub use crate::vm::Waiting;
pub use crate::vm::bus::{Account, Executed, Output, Warning};
pub use console::ConsoleFailure;

use std::rc::Rc;

use abi::Pid;
use kernel::sorted_map::SortedMap;
use kernel::{Command, Executable, Kernel, Outcome};

use crate::code::{Code, Reg};
use crate::program::Compiled;
use crate::source::{Source, Span};
use crate::typed::Program;
use crate::types::Type;
use crate::vm::bus::{Bus, Pace};
use crate::vm::{Pause, Process};

/// The interpreter's state: every process, and the program.
#[derive(Clone, Debug)]
pub struct Machine {
    code: Rc<Code>,
    processes: SortedMap<Pid, Rc<Process>>,
    /// The process that runs.
    current: Option<Pid>,
    /// How often processes gave way.
    turns: u64,
    /// The first process, whose status is the program's.
    first: Pid,
    /// Its status, as wait4(2) gives it, when it has ended.
    status: Option<i32>,
    /// What was warned of already.
    warned: Rc<SortedMap<(u32, Rc<str>), ()>>,
    /// What is typed has a process of its own; otherwise it runs where the program stands.
    console: Option<Rc<console::Console>>,
    /// The program, with what inputs have added where it stands; none where there is only a console.
    program: Option<Rc<Program>>,
    /// What was done to the memory for an input that has not begun.
    prepared: Rc<Vec<Executed>>,
    /// The type of the value that each process's input leaves.
    results: Rc<SortedMap<Pid, Type>>,
}

/// A statement of a source text.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The text.
    pub source: Rc<Source>,
    /// The statement's bytes in it.
    pub span: Span,
    /// The function that it belongs to.
    pub function: Rc<str>,
}

impl Place {
    /// The line of the statement, from 1.
    pub fn line(&self) -> u32 {
        self.source.line_of(self.span.start)
    }
}

/// How things stand after running a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// There is more to run.
    #[default]
    Running,
    /// Every process waited, and time passed until one of them could go on.
    Idle,
    /// Nothing can run until something is typed at the console.
    Waiting,
    /// All processes have ended.
    Finished,
    /// Every process waits for ever.
    Deadlock,
    /// As many statements as allowed have run.
    BudgetSpent,
    /// The lab cannot go on: why, in one sentence.
    Failed(String),
}

/// What came of a step.
#[derive(Clone, Debug)]
pub struct Report {
    /// Who ran; none when time passed.
    pub pid: Option<Pid>,
    /// The statement that ran or went on: where the process stood before.
    pub place: Option<Place>,
    /// Whether the process stands before its next statement now, or has none.
    pub statement_ended: bool,
    /// The commands with their outcomes and events, what was printed, who ended, warnings.
    pub account: Account,
    /// A child that fork made.
    pub child: Option<Pid>,
    /// The value of a console input that just ended, as C writes it.
    pub value: Option<String>,
    /// How things stand now.
    pub status: Status,
}

/// What came of running on.
#[derive(Clone, Debug, Default)]
pub struct RunEnd {
    /// What was printed, who ended, warnings; commands are not recorded.
    pub account: Account,
    /// How many statements ran.
    pub statements: u64,
    /// How much of the budget that took: a call of the library counts as many statements.
    pub effort: u64,
    /// Why it stopped.
    pub status: Status,
}

/// What an attempt to run a process came to.
struct Attempt {
    pause: Pause,
    report: Report,
    /// Statements that began.
    statements: u64,
    /// What its calls of the library count, in statements.
    charged: u64,
}

impl Machine {
    /// Starts a program as a new process of the kernel.
    ///
    /// # Errors
    /// A sentence, when the kernel has no room for it.
    pub fn start(
        kernel: &mut Kernel,
        program: &Compiled,
        arguments: Vec<Rc<str>>,
    ) -> Result<Machine, String> {
        let count = arguments.len() as i64;
        let (pid, stack) = spawn(kernel, program.executable.clone(), arguments)?;
        let entry = program.code.entry.clone();
        let mut process = Process::new(pid, &entry, stack);
        for (index, value) in [count, stack.wrapping_add(8) as i64]
            .into_iter()
            .enumerate()
        {
            if index < entry.function.ty.params.len() {
                process.set_register(0, Reg(index as u16 + 1), value);
            }
        }
        let (code, program) = (program.code.clone(), program.program.clone());
        Ok(Machine::with(code, process, Some(program)))
    }

    fn with(code: Rc<Code>, process: Process, program: Option<Rc<Program>>) -> Machine {
        Machine {
            code,
            current: Some(process.pid),
            turns: 0,
            first: process.pid,
            status: None,
            warned: Rc::default(),
            console: None,
            program,
            prepared: Rc::default(),
            results: Rc::default(),
            processes: std::iter::once((process.pid, Rc::new(process))).collect(),
        }
    }

    /// The processes that have not ended, oldest first.
    pub fn pids(&self) -> impl Iterator<Item = Pid> {
        self.processes.keys().copied()
    }

    /// The process that the next step tries first.
    pub fn current(&self) -> Option<Pid> {
        self.current.filter(|pid| self.processes.contains_key(pid))
    }

    /// The process that ran the program first.
    pub fn first(&self) -> Pid {
        self.first
    }

    /// Has a process run next, if it can.
    pub fn prefer(&mut self, pid: Pid) {
        if self.processes.contains_key(&pid) {
            self.current = Some(pid);
        }
    }

    /// The status of the first process as wait4(2) gives it, when it has ended.
    pub fn exit_status(&self) -> Option<i32> {
        self.status
    }

    /// Goes on until one more command was applied, or a statement without commands is done.
    pub fn advance(&mut self, kernel: &mut Kernel) -> Report {
        self.next(kernel, Pace::Command)
    }

    /// Goes on until one more statement is done, waits, has forked, or is interrupted by a signal handler.
    pub fn step(&mut self, kernel: &mut Kernel) -> Report {
        self.next(kernel, Pace::Statement)
    }

    /// Runs on as [`Machine::run`] does, one command at a time, and shows each report with the kernel as it was before.
    /// `watch` says whether to go on.
    pub fn run_watched(
        &mut self,
        kernel: &mut Kernel,
        mut watch: impl FnMut(&Report, &Kernel) -> bool,
    ) -> Status {
        loop {
            let before = kernel.clone();
            let report = self.advance(kernel);
            let goes_on = watch(&report, &before);
            if !goes_on || !matches!(report.status, Status::Running | Status::Idle) {
                return report.status;
            }
        }
    }

    /// Runs until nothing can go on, or so many statements have begun; calls of the library count as many of them.
    pub fn run(&mut self, kernel: &mut Kernel, statements: u64) -> RunEnd {
        let mut end = RunEnd::default();
        loop {
            let budget = statements.saturating_sub(end.effort);
            let Some(attempt) = self.attempt_next(kernel, Pace::Run, budget) else {
                end.status = self.pass_time(kernel);
                if end.status == Status::Idle {
                    continue;
                }
                return end;
            };
            end.statements = end.statements.saturating_add(attempt.statements);
            let effort = attempt.statements.saturating_add(attempt.charged);
            end.effort = end.effort.saturating_add(effort);
            let report = attempt.report;
            end.account.add(report.account);
            if !matches!(report.status, Status::Running) {
                end.status = report.status;
                return end;
            }
        }
    }

    fn next(&mut self, kernel: &mut Kernel, pace: Pace) -> Report {
        if let Some(attempt) = self.attempt_next(kernel, pace, u64::MAX) {
            return attempt.report;
        }
        kernel.clear_events();
        let status = self.pass_time(kernel);
        let mut report = Report::empty(None, status);
        let nanoseconds = u64::MAX;
        if report.status == Status::Idle {
            report.account.commands.push(Executed {
                command: Command::Idle { nanoseconds },
                outcome: Outcome::Return(0),
                events: kernel.take_events(),
            });
        }
        report
    }

    /// The statement of the top frame of a process: the one that runs, or comes next.
    fn place_of(&self, process: &Process) -> Option<Place> {
        let frame = process.frame()?;
        Some(look::place(frame))
    }
}

impl Report {
    fn empty(pid: Option<Pid>, status: Status) -> Report {
        Report {
            pid,
            place: None,
            statement_ended: true,
            account: Account::default(),
            child: None,
            value: None,
            status,
        }
    }
}

impl Account {
    /// Adds what came later.
    pub fn add(&mut self, later: Account) {
        self.commands.extend(later.commands);
        self.output.extend(later.output);
        self.ended.extend(later.ended);
        self.warnings.extend(later.warnings);
    }
}

/// A new process with its stack pointer as at the program's entry.
fn spawn(
    kernel: &mut Kernel,
    executable: Rc<Executable>,
    arguments: Vec<Rc<str>>,
) -> Result<(Pid, u64), String> {
    match kernel.execute(&Command::Spawn {
        executable,
        arguments,
    }) {
        Outcome::Return(pid) => {
            let pid = Pid(pid as i32);
            let stack = kernel
                .stack_start(pid)
                .ok_or("the new process has no stack")?;
            Ok((pid, stack.0))
        }
        Outcome::Error { errno, .. } => {
            Err(format!("the program cannot start: {}", errno.message()))
        }
        _ => Err("the program cannot start".into()),
    }
}
