//! Running with an eye on the machine: its events, and what each process had when it ended.
//!
//! A process's maps are gone with it. So the program runs in slices; where a process ends within one, the slice is run
//! again from its start, command by command, with the machine as it was before the last command at hand.

use std::collections::BTreeMap;
use std::fmt::Write;

use abi::Pid;
use kernel::{Command, Kernel};
use minic::machine::{Executed, Machine, Output, Report, RunEnd, Status};

use super::Section;

/// Statements of a slice, and of one in which nothing is to be looked at.
const SLICE: u64 = 2000;
const LONG_SLICE: u64 = 1 << 20;

/// A program that has run.
pub struct Ran {
    pub end: RunEnd,
    /// The first process's, as wait4(2) gives it.
    pub status: Option<i32>,
    pub sections: Vec<Printed>,
}

/// What `--print` adds.
pub struct Printed {
    pub section: Section,
    /// Whose it is; of the events, nobody's alone.
    pub pid: Option<Pid>,
    pub text: String,
}

/// Runs the program to its end and puts the sections together. `give` gets what is printed, slice by slice, and may
/// take it.
pub fn run_to_end(
    mut kernel: Kernel,
    mut machine: Machine,
    budget: u64,
    sections: &[Section],
    give: impl FnMut(&mut Vec<Output>),
) -> Ran {
    let mut notes = Notes {
        wanted: sections,
        last: BTreeMap::new(),
        events: String::new(),
    };
    let end = notes.run(&mut kernel, &mut machine, budget, give);
    for pid in machine.pids() {
        notes.note_process(&kernel, pid);
    }
    Ran {
        status: machine.exit_status(),
        sections: notes.printed(),
        end,
    }
}

struct Notes<'r> {
    wanted: &'r [Section],
    /// By process, what it had before it ended.
    last: BTreeMap<Pid, Vec<(Section, String)>>,
    events: String,
}

impl Notes<'_> {
    fn run(
        &mut self,
        kernel: &mut Kernel,
        machine: &mut Machine,
        budget: u64,
        mut give: impl FnMut(&mut Vec<Output>),
    ) -> RunEnd {
        let mut end = RunEnd::default();
        let looks = !self.wanted.is_empty();
        let length = if looks { SLICE } else { LONG_SLICE };
        while end.effort < budget {
            let before = looks.then(|| (kernel.clone(), machine.clone()));
            let slice = machine.run(kernel, length.min(budget - end.effort));
            end.statements += slice.statements;
            end.effort += slice.effort;
            end.status = slice.status.clone();
            let is_dull = slice.account.ended.is_empty() && !self.wanted.contains(&Section::Events);
            match before.filter(|_| !is_dull) {
                None => end.account.add(slice.account),
                Some(before) => {
                    (*kernel, *machine) = before;
                    self.run_again(kernel, machine, &slice, &mut end);
                }
            }
            give(&mut end.account.output);
            if end.status != Status::BudgetSpent {
                break;
            }
        }
        end
    }

    /// Runs a slice again and looks at each command.
    fn run_again(
        &mut self,
        kernel: &mut Kernel,
        machine: &mut Machine,
        slice: &RunEnd,
        end: &mut RunEnd,
    ) {
        let mut left = slice.account.ended.len();
        let every = self.wanted.contains(&Section::Events);
        let mut begun = 0;
        let last = slice.statements;
        let status = machine.run_watched(kernel, |report, before| {
            begun += u64::from(report.statement_ended);
            self.note(report, before);
            left = left.saturating_sub(report.account.ended.len());
            let mut account = report.account.clone();
            account.commands.clear();
            end.account.add(account);
            if every { begun < last } else { left > 0 }
        });
        end.status = match status {
            Status::Running | Status::Idle => Status::BudgetSpent,
            other => other,
        };
    }

    fn note(&mut self, report: &Report, before: &Kernel) {
        for (pid, _) in &report.account.ended {
            self.note_process(before, *pid);
        }
        if self.wanted.contains(&Section::Events) {
            for executed in &report.account.commands {
                note_command(&mut self.events, report, executed);
            }
        }
    }

    fn note_process(&mut self, kernel: &Kernel, pid: Pid) {
        let sections = self.wanted.iter().filter_map(|&section| {
            let text = match section {
                Section::Maps => kernel.maps_text(pid),
                Section::Smaps => kernel.smaps_text(pid),
                Section::Figures => figures(kernel, pid),
                Section::Events => return None,
            };
            Some((section, text))
        });
        self.last.insert(pid, sections.collect());
    }

    /// The sections in the order in which they were asked for.
    fn printed(self) -> Vec<Printed> {
        let mut printed = Vec::new();
        for &section in self.wanted {
            if section == Section::Events {
                printed.push(Printed {
                    section,
                    pid: None,
                    text: self.events.clone(),
                });
            }
            for (&pid, texts) in &self.last {
                let texts = texts.iter().filter(|(own, _)| *own == section);
                printed.extend(texts.map(|(_, text)| Printed {
                    section,
                    pid: Some(pid),
                    text: text.clone(),
                }));
            }
        }
        printed
    }
}

/// The command and its outcome on a line, and each event on a line of its own.
fn note_command(events: &mut String, report: &Report, executed: &Executed) {
    let line = report.place.as_ref().map_or(0, |place| place.line());
    let pid = report.pid.unwrap_or_default();
    let outcome = &executed.outcome;
    // Writing to a string does not fail.
    let _ = match &executed.command {
        Command::Syscall { call, .. } => {
            writeln!(events, "{pid} line {line}: {call} -> {outcome:?}")
        }
        command => writeln!(events, "{pid} line {line}: {command:?} -> {outcome:?}"),
    };
    for event in &executed.events {
        let _ = writeln!(events, "    {event:?}");
    }
}

/// What getrusage(2) and the machine's counters say.
fn figures(kernel: &Kernel, pid: Pid) -> String {
    let usage = kernel.usage(pid);
    let counters = kernel.counters();
    let rows = [
        ("minor faults", usage.minor_faults),
        ("major faults", usage.major_faults),
        ("most resident KiB", usage.most_resident),
        ("system calls of all", counters.syscalls),
        ("bytes copied of all", counters.bytes_copied),
        ("blocks read of all", counters.blocks_read),
        ("blocks written of all", counters.blocks_written),
    ];
    let lines = rows
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"));
    lines.collect()
}
