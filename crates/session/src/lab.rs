//! The world of a session: the modelled machine and the program on it, as one value that can be cloned and replayed.
//!
//! A program with `main` runs as a process of its own. One without is a [`Script`]: its statements are given to a
//! console one after the other, and a person's own may come between them.

use std::rc::Rc;

use abi::Pid;
use kernel::observe::written_back;
use kernel::{Command, Event, Kernel, Outcome};
use minic::check::check_program;
use minic::machine::{Machine, Place, Report, Status, Waiting};
use minic::program::Compiled;
use minic::source::{Source, Span};

use crate::costs::Costs;
use crate::figures::Figures;
use crate::history::World;
use crate::input::{Input, LabFile, Setup};
use crate::problem::{Problem, problem_at, problems_of, refusal};
use crate::process::{ProcessState, TextPlace, process_state};
use crate::record::{Marks, Record, record};
use crate::script::Script;
use crate::transcript::{Entry, Transcript};

/// The name of the program's text in messages.
pub const PROGRAM: &str = "program.c";

/// What the last step did.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// Whose step; 0 where it is no process's.
    pub pid: Pid,
    /// The statement's text.
    pub statement: Rc<str>,
    /// Where it stands in the program; none of a statement that was typed.
    pub place: Option<TextPlace>,
    /// What was asked of the kernel, if anything.
    pub command: Option<Command>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// What happened.
    pub events: Vec<Event>,
    /// Whether the process now waits in the middle of the statement, for a child, a pipe, time or a signal.
    pub waits: bool,
}

/// The machine and its program.
#[derive(Clone, Debug)]
pub struct Lab {
    kernel: Kernel,
    machine: Machine,
    program: Rc<Source>,
    script: Option<Rc<Script>>,
    /// How many statements of the script each process was given, if any.
    given: Vec<(Pid, usize)>,
    /// The processes that run what a person typed.
    typed: Vec<Pid>,
    transcript: Transcript,
    detail: Detail,
    costs: Costs,
    /// Commands that come before the next statement.
    pending: Vec<Command>,
}

impl Lab {
    /// A machine with these files, its program about to start.
    ///
    /// # Errors
    /// What is wrong with the program.
    pub fn new(setup: &Setup) -> Result<Lab, Vec<Problem>> {
        let program = check_program(PROGRAM, &setup.program, &[])
            .map_err(|rejected| problems_of(&rejected))?;
        let script = Script::of(&program, &setup.program);
        let mut kernel = Kernel::new(setup.preset.config());
        for file in &setup.files {
            kernel.apply(add_file(file));
        }
        let machine = match &script {
            Some(_) => Machine::start_console(&mut kernel, "/tmp/program", &[]),
            None => {
                let compiled = Compiled::new(PROGRAM, &setup.program, &[])
                    .map_err(|rejected| problems_of(&rejected))?;
                Machine::start(&mut kernel, &compiled, vec!["program".into()])
            }
        };
        let machine = machine.map_err(|message| vec![refusal(message, "")])?;
        kernel.clear_events();
        Ok(Lab {
            given: Vec::new(),
            kernel,
            machine,
            program: Rc::new(Source::new(PROGRAM, &setup.program)),
            script: script.map(Rc::new),
            typed: Vec::new(),
            transcript: Transcript::default(),
            detail: Detail::default(),
            costs: Costs::default(),
            pending: Vec::new(),
        })
    }

    /// The machine.
    pub const fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// What the last step did.
    pub const fn detail(&self) -> &Detail {
        &self.detail
    }

    /// What the program has cost so far.
    pub const fn costs(&self) -> &Costs {
        &self.costs
    }

    /// What the console shows.
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The process that goes on with the next step.
    pub fn current(&self) -> Option<Pid> {
        self.machine
            .current()
            .or_else(|| self.machine.pids().next())
    }

    /// The processes that have not ended.
    pub fn pids(&self) -> impl Iterator<Item = Pid> {
        self.machine.pids()
    }

    /// What each process is at.
    pub fn processes(&self) -> Vec<ProcessState> {
        let looked = self
            .machine
            .pids()
            .filter_map(|pid| self.machine.look(&self.kernel, pid));
        looked
            .map(|view| process_state(&view, self.next_place(view.pid)))
            .collect()
    }

    /// Checks a statement for a process as if it were given now; nothing changes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, pid: Pid, text: &str) -> Result<(), Vec<Problem>> {
        let mut trial = self.clone();
        trial.say(pid, text)
    }

    fn say(&mut self, pid: Pid, text: &str) -> Result<(), Vec<Problem>> {
        let said = self.machine.say(&mut self.kernel, pid, text);
        said.map_err(|failure| crate::problem::console_problems(&failure, pid, text))
    }

    /// How many statements of the script a process was given.
    fn given_to(&self, pid: Pid) -> usize {
        let given = self.given.iter().find(|(of, _)| *of == pid);
        given.map_or(0, |(_, count)| *count)
    }

    fn set_given(&mut self, pid: Pid, count: usize) {
        match self.given.iter_mut().find(|(of, _)| *of == pid) {
            Some((_, known)) => *known = count,
            None => self.given.push((pid, count)),
        }
    }

    /// Where in the program a process's next statement is.
    fn next_place(&self, pid: Pid) -> Option<TextPlace> {
        let span = match &self.script {
            None => self.span_in_program(pid, &self.machine.place(pid)?)?,
            Some(script) if self.machine.waiting(pid) == Some(Waiting::Input) => {
                script.unit(self.given_to(pid))?.span
            }
            Some(_) => self.span_in_program(pid, &self.machine.place(pid)?)?,
        };
        Some(TextPlace::of(&self.program, span))
    }

    /// Where a statement that runs stands in the program.
    fn span_in_program(&self, pid: Pid, place: &Place) -> Option<Span> {
        let Some(script) = &self.script else {
            let is_program = place.source.name() == PROGRAM;
            return is_program.then_some(place.span);
        };
        let running = self.given_to(pid).saturating_sub(1);
        let likely = script.in_program(&place.source, place.span, running);
        likely.filter(|_| !self.typed.contains(&pid))
    }

    fn do_command(&mut self, command: Command) -> Record {
        self.kernel.clear_events();
        let outcome = self.kernel.execute(&command);
        self.detail = Detail {
            command: Some(command),
            outcome: Some(outcome),
            events: self.kernel.take_events(),
            ..Detail::default()
        };
        record(&self.detail, Marks::STATEMENT_END)
    }

    /// Gives the script's next statement to the process whose turn it is, if it waits for one.
    fn feed(&mut self, pid: Pid) -> bool {
        let Some(script) = self.script.clone() else {
            return false;
        };
        let number = self.given_to(pid);
        let waits = self.machine.waiting(pid) == Some(Waiting::Input);
        let Some(unit) = script.unit(number).filter(|_| waits) else {
            return false;
        };
        self.set_given(pid, number + 1);
        match self.say(pid, &unit.text) {
            Ok(()) => true,
            Err(problems) => {
                let warnings = problems
                    .into_iter()
                    .map(|problem| Entry::Warning { pid, problem });
                warnings.for_each(|warning| self.transcript.push(warning));
                false
            }
        }
    }

    /// Takes down what a step did.
    fn note(&mut self, report: Report, places: &[(Pid, Place)]) -> Record {
        let pid = report.pid.unwrap_or_default();
        let place = places
            .iter()
            .find(|(of, _)| *of == pid)
            .map(|(_, place)| place);
        let span = place.and_then(|place| self.span_in_program(pid, place));
        let statement = place.map_or("", |place| place.source.slice(place.span));
        let mut detail = Detail {
            pid,
            statement: statement.into(),
            place: span.map(|span| TextPlace::of(&self.program, span)),
            waits: !matches!(self.machine.waiting(pid), None | Some(Waiting::Input)),
            ..Detail::default()
        };
        self.costs.look(&self.kernel);
        for executed in report.account.commands {
            self.costs.add(&executed.command, &executed.events);
            let is_signal = matches!(executed.command, Command::TakeSignal { .. });
            if detail.command.is_none() || !is_signal {
                detail.command = Some(executed.command);
                detail.outcome = Some(executed.outcome);
            }
            detail.events.extend(executed.events);
        }
        if let Some(child) = report.child {
            let given = self.given_to(pid);
            self.set_given(child, given);
            if self.typed.contains(&pid) {
                self.typed.push(child);
            }
        }
        for output in &report.account.output {
            let text = String::from_utf8_lossy(&output.bytes).into();
            self.transcript.push(Entry::Output {
                pid: output.pid,
                fd: output.fd,
                text,
            });
        }
        for warning in &report.account.warnings {
            let problem = problem_at(&warning.source, warning.span, &warning.message);
            self.transcript.push(Entry::Warning {
                pid: warning.pid,
                problem,
            });
        }
        if let Some(message) = failure(&report.status) {
            let problem = match place {
                Some(place) => problem_at(&place.source, place.span, message),
                None => refusal(message.to_string(), statement),
            };
            self.transcript.push(Entry::Warning { pid, problem });
        }
        for event in &detail.events {
            if let Event::TaskExited { pid, status } = event {
                self.transcript.push(Entry::Ended {
                    pid: *pid,
                    status: status_words(*status).into(),
                });
            }
        }
        self.detail = detail;
        let ended = report.statement_ended || !self.machine.pids().any(|other| other == pid);
        let mut marks = if ended {
            Marks::STATEMENT_END
        } else {
            Marks::empty()
        };
        marks |= self.end_inputs(pid, report.value);
        record(&self.detail, marks)
    }

    /// Notes who is done with what was typed.
    fn end_inputs(&mut self, pid: Pid, value: Option<String>) -> Marks {
        let runs = |pid: &Pid| {
            let alive = self.machine.pids().any(|other| other == *pid);
            alive && self.machine.runs_input(*pid)
        };
        let done: Vec<Pid> = self
            .typed
            .iter()
            .copied()
            .filter(|pid| !runs(pid))
            .collect();
        for done in &done {
            self.typed.retain(|pid| pid != done);
        }
        if let Some(value) = value.filter(|_| done.contains(&pid)) {
            self.transcript.push(Entry::Answer {
                pid,
                text: value.into(),
            });
        }
        if !done.is_empty() && self.typed.is_empty() {
            Marks::INPUT_END
        } else {
            Marks::empty()
        }
    }
}

impl World for Lab {
    type Input = Input;
    type Counted = Figures;

    fn count(&self, step: u64) -> Figures {
        Figures::after(self, step)
    }

    fn burst(&self) -> u64 {
        written_back(&self.detail.events)
    }

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
            Input::Statement { pid, text } => {
                self.transcript.push(Entry::Typed {
                    pid: *pid,
                    text: text.clone(),
                });
                if self.say(*pid, text).is_ok() {
                    self.typed.retain(|known| known != pid);
                    self.typed.push(*pid);
                }
            }
            Input::Prefer(pid) => self.machine.prefer(*pid),
        }
    }

    fn advance(&mut self) -> Option<Record> {
        if !self.pending.is_empty() {
            let command = self.pending.remove(0);
            return Some(self.do_command(command));
        }
        loop {
            // What was typed comes to its end, in all processes that it forked, before the script goes on.
            if let Some(pid) = self.machine.current().filter(|_| self.typed.is_empty()) {
                self.feed(pid);
            }
            let places: Vec<(Pid, Place)> = self
                .machine
                .pids()
                .filter_map(|pid| Some((pid, self.machine.place(pid)?)))
                .collect();
            let pids = self.machine.pids();
            let before: Vec<(Pid, _)> =
                pids.map(|pid| (pid, self.machine.registers(pid))).collect();
            let report = self.machine.advance(&mut self.kernel);
            let nothing = report.pid.is_none() && report.account.commands.is_empty();
            if !nothing {
                let pid = report.pid.unwrap_or_default();
                let mut record = self.note(report, &places);
                // A variable in a register is as visible as one in memory.
                if !before.contains(&(pid, self.machine.registers(pid))) {
                    record.marks |= Marks::CHANGE;
                }
                return Some(record);
            }
            let waiting: Vec<Pid> = self.machine.pids().collect();
            let fed = waiting.into_iter().any(|pid| self.feed(pid));
            if !fed {
                return self.stuck(&report.status);
            }
        }
    }
}

impl Lab {
    /// Nobody can go on: that is said once, where it is an error.
    fn stuck(&mut self, status: &Status) -> Option<Record> {
        let problem = refusal(failure(status)?.to_string(), "");
        let warning = Entry::Warning {
            pid: Pid::default(),
            problem,
        };
        if self.transcript.iter().next_back() != Some(&warning) {
            self.transcript.push(warning);
        }
        None
    }
}

fn add_file(file: &LabFile) -> Command {
    Command::AddFile {
        path: file.name.clone(),
        bytes: file.bytes.clone(),
    }
}

/// Why a program cannot go on.
fn failure(status: &Status) -> Option<&str> {
    match status {
        Status::Deadlock => Some("every process waits for ever"),
        Status::Failed(message) => Some(message),
        _ => None,
    }
}

/// A status of wait4(2) in words.
fn status_words(status: i32) -> String {
    match (status & 0x7f, abi::Signal::from_number(status & 0x7f)) {
        (0, _) => format!("exited with {}", status >> 8 & 0xff),
        (_, Some(signal)) => format!("was killed by {signal}: {}", signal.message()),
        (number, None) => format!("was killed by signal {number}"),
    }
}
