//! Runs a C program on the model and mirrors each of its commands on this Linux, side by side.
//!
//! The program's executable, the agent beside it, is what the real process runs: segments, heap,
//! stack and mappings lie at the same addresses on both. [`mirror`] is the way of one command;
//! [`startup`] makes both processes equal before the first.

mod mirror;
mod startup;

use std::collections::BTreeMap;
use std::rc::Rc;

use abi::Pid;
use kernel::{Kernel, KernelConfig};
use minic::machine::{Machine as Interpreter, Place, Report, Status};
use minic::program::Compiled;

use crate::linux::Linux;
use crate::machine::{self, Machine as _};
use crate::model_view::{Watched, observe};
use crate::observation::{Detail, Difference, Observation};
use crate::operation::Process;
use startup::Startup;

/// Commands after which a program is said to spin.
const BUDGET: u64 = 3_000_000;
/// Commands after which everything is compared in any case: a short program's all.
const ALL_FULL: u64 = 256;
/// Commands that are not system calls between two full comparisons, later.
const FULL_EVERY: u64 = 64;

/// What came of checking a program.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Model and Linux agreed after each of so many commands.
    Agree(u64),
    /// They differ.
    Differ(Box<FirstDifference>),
    /// The program could not be run to its end on the model: why.
    Unfinished(String),
}

/// The first difference between model and Linux.
#[derive(Clone, Debug)]
pub struct FirstDifference {
    /// The command's place in the run, from 1; 0 before the first.
    pub step: u64,
    /// The statement, as `file:line: text`.
    pub statement: String,
    /// The command.
    pub command: String,
    /// What differs after it.
    pub difference: Difference,
}

/// A process on both sides.
#[derive(Clone, Copy, Debug)]
struct Twin {
    pid: Pid,
    alive: bool,
    faults_before: (u64, u64),
}

struct Check {
    kernel: Kernel,
    interpreter: Interpreter,
    linux: Linux,
    /// By the number that [`Process`] has.
    twins: Vec<Twin>,
    startup: Startup,
    /// Descriptors of texts under /proc, which are not the same on both.
    proc_descriptors: Vec<i32>,
    /// How many bytes of a write that waits were written on Linux, where they are any.
    written: BTreeMap<Pid, u64>,
    step: u64,
}

/// Checks a program; `name` is its file. What differs once and not when the program runs again is Linux's own doing, which
/// moves pages about when it likes.
///
/// # Errors
/// What is wrong with the text, or why there can be no oracle, as text.
pub fn check(name: &str, text: &str) -> Result<Verdict, String> {
    match check_once(name, text)? {
        Verdict::Differ(_) => check_once(name, text),
        verdict => Ok(verdict),
    }
}

fn check_once(name: &str, text: &str) -> Result<Verdict, String> {
    let compiled = Compiled::new(name, text, &[]).map_err(|rejected| rejected.render())?;
    let executable = compiled.executable().clone();
    let arguments = vec![executable.path.clone()];
    let linux = startup::start_linux(&executable).map_err(|error| error.to_string())?;
    let config = machine::config();
    let mut kernel = Kernel::new(KernelConfig {
        readahead: linux.readahead().unwrap_or(config.readahead),
        mmap_min_addr: Linux::lowest_address().unwrap_or(config.mmap_min_addr),
        ..config
    });
    let interpreter = Interpreter::start(&mut kernel, &compiled, arguments)?;
    let mut check = Check {
        twins: vec![Twin {
            pid: interpreter.first(),
            alive: true,
            faults_before: (0, 0),
        }],
        kernel,
        interpreter,
        linux,
        startup: Startup::default(),
        proc_descriptors: Vec::new(),
        written: BTreeMap::new(),
        step: 0,
    };
    Ok(check.run())
}

impl Check {
    fn run(&mut self) -> Verdict {
        if let Some(difference) = self.make_equal() {
            return self.differ(None, "the program's start", difference);
        }
        loop {
            let report = self.interpreter.advance(&mut self.kernel);
            if let Some(verdict) = self.follow(&report) {
                return verdict;
            }
            match report.status {
                Status::Running | Status::Idle if self.step < BUDGET => {}
                Status::Finished => return self.end(),
                Status::Failed(why) => return Verdict::Unfinished(why),
                Status::Deadlock => {
                    return Verdict::Unfinished("every process waits for ever".into());
                }
                _ => return Verdict::Unfinished(format!("it did not end in {BUDGET} commands")),
            }
        }
    }

    /// Mirrors what the interpreter just did; a verdict where Linux differs.
    fn follow(&mut self, report: &Report) -> Option<Verdict> {
        let commands = &report.account.commands;
        for (number, executed) in commands.iter().enumerate() {
            self.step += 1;
            // The model has done them all: its state is the one after the last.
            let is_last = number + 1 == commands.len();
            if is_last {
                let own = mirror::action_of(&executed.command).map(|(pid, _)| pid);
                self.end_twins_of_others(report, own);
            }
            if let Some(difference) = self.mirror(executed, is_last) {
                let command = mirror::spell(&executed.command);
                return Some(self.differ(report.place.as_ref(), &command, difference));
            }
        }
        for (pid, status) in &report.account.ended {
            self.end_twin(*pid, *status);
        }
        None
    }

    /// Those that the program ended, as by kill(2), while this process's step went on.
    fn end_twins_of_others(&mut self, report: &Report, own: Option<Pid>) {
        let ended = report.account.ended.iter();
        for (pid, status) in ended.filter(|(pid, _)| Some(*pid) != own) {
            self.end_twin(*pid, *status);
        }
    }

    fn end(&mut self) -> Verdict {
        match self.compare(Detail::Full) {
            Some(difference) => self.differ(None, "the program's end", difference),
            None => Verdict::Agree(self.step),
        }
    }

    fn differ(&self, place: Option<&Place>, command: &str, difference: Difference) -> Verdict {
        Verdict::Differ(Box::new(FirstDifference {
            step: self.step,
            statement: place.map_or_else(String::new, statement),
            command: command.to_string(),
            difference,
        }))
    }

    /// What differs now, the parts that execve(2) made aside.
    fn compare(&mut self, detail: Detail) -> Option<Difference> {
        let mut model = self.model_view(detail);
        let mut linux = self.linux.observe(detail);
        self.startup.leave_out(&mut model);
        self.startup.leave_out(&mut linux);
        model.difference(&linux)
    }

    fn model_view(&self, detail: Detail) -> Observation {
        let numbered = self.twins.iter().zip(0..);
        let alive = numbered.filter(|(twin, _)| twin.alive);
        let watched = alive.map(|(twin, number)| Watched {
            number: Process(number),
            pid: twin.pid,
            faults_before: twin.faults_before,
        });
        observe(&self.kernel, watched, detail)
    }

    fn number_of(&self, pid: Pid) -> Option<Process> {
        // Numbers of processes may come again: the youngest counts.
        let index = self.twins.iter().rposition(|twin| twin.pid == pid)?;
        u8::try_from(index).ok().map(Process)
    }
}

/// `file:line: text` of a statement.
fn statement(place: &Place) -> String {
    let source = &place.source;
    let text = source.slice(place.span).lines().next().unwrap_or("");
    format!("{}:{}: {}", source.name(), place.line(), text.trim())
}

/// The bytes of a NUL-terminated string in a process's memory.
fn string_at(kernel: &Kernel, pid: Pid, address: abi::VirtAddr) -> Option<Rc<str>> {
    let mut bytes = vec![0; 4096];
    let length = kernel.look_at(pid, address, &mut bytes) as usize;
    let bytes = bytes.get(..length)?;
    let end = bytes.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&bytes[..end]).ok().map(Rc::from)
}
