//! A session: a lab in time, with everything that a page or a command line does with it.

use std::rc::Rc;

use abi::Pid;
use kernel::{Event, Kernel};

use crate::completion::{Completion, completions};
use crate::figures::Figures;
use crate::files::{self, FileInfo};
use crate::history::{History, MOST_STEPS};
use crate::input::{Input, LabFile, Setup};
use crate::lab::{Detail, Lab};
use crate::link::Link;
use crate::problem::Problem;
use crate::process::ProcessState;
use crate::record::{Marks, Record};
use crate::series::Sample;
use crate::transcript::Transcript;

/// The longest story that is kept, in steps.
const MOST_STORY: usize = 256;

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepBy {
    /// One request to the kernel: a load, a store, a system call.
    Command,
    /// To the end of the statement.
    Statement,
}

/// Where a run is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When the statement given at the console has been done.
    InputDone,
    /// When nothing can happen any more.
    End,
    /// At this position.
    Position(u64),
    /// At the next step with one of these marks.
    Mark(Marks),
}

/// How a step or a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It went as far as was asked.
    Done,
    /// So many steps as were allowed are done, and there are more to do: call again, or do not.
    More,
    /// Nothing can happen without another input: all processes ended or wait for the console.
    Idle,
    /// The history is as long as it may be.
    Full,
}

/// A future.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchInfo {
    /// Its number.
    pub id: usize,
    /// What it began with.
    pub label: String,
    /// The branch that it left.
    pub parent: Option<usize>,
    /// The position at which it left it.
    pub from: u64,
    /// The position at which it and the current one part.
    pub parts: u64,
    /// Its last position.
    pub length: u64,
    /// Whether it is the current one.
    pub current: bool,
}

/// A file that is too large for the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTooLarge {
    /// Its name.
    pub name: Rc<str>,
    /// Its size in bytes.
    pub size: u64,
}

impl std::fmt::Display for FileTooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let limit = LabFile::LARGEST >> 20;
        write!(
            f,
            "`{}` has {} bytes; the lab takes files of up to {limit} MiB.",
            self.name, self.size
        )
    }
}

impl std::error::Error for FileTooLarge {}

/// A lab in time.
#[derive(Clone, Debug)]
pub struct Session {
    setup: Setup,
    history: History<Lab>,
    /// What was done since the last statement began, as far as it was watched.
    story: Vec<Detail>,
    /// Files that came in no link and are zeros for now.
    absent: Vec<crate::link::AbsentFile>,
}

impl Session {
    /// A lab at its beginning.
    ///
    /// # Errors
    /// What is wrong with the program.
    pub fn new(setup: Setup) -> Result<Session, Vec<Problem>> {
        let history = History::new(Lab::new(&setup)?);
        Ok(Session {
            setup,
            history,
            story: Vec::new(),
            absent: Vec::new(),
        })
    }

    /// How it began: its program, files and machine.
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The machine and its program, now.
    pub const fn lab(&self) -> &Lab {
        self.history.world()
    }

    /// The machine and its program as they were before the last step: for what that step took away.
    pub fn lab_before(&self) -> Lab {
        self.history.replayed(self.position().saturating_sub(1))
    }

    /// The machine and its program as they were before all of [`Session::story`].
    pub fn lab_before_story(&self) -> Lab {
        let steps = self.story().len() as u64;
        self.history.replayed(self.position().saturating_sub(steps))
    }

    /// The machine, now.
    pub const fn kernel(&self) -> &Kernel {
        self.lab().kernel()
    }

    /// What the last step did.
    pub const fn detail(&self) -> &Detail {
        self.lab().detail()
    }

    /// The steps that the last call of [`Session::step`] or [`Session::run`] did, those of the last statement only;
    /// after any other move, the last step alone. At most 256 of them.
    pub fn story(&self) -> &[Detail] {
        match self.story.as_slice() {
            [] => std::slice::from_ref(self.detail()),
            story => story,
        }
    }

    /// What happened in the last step.
    pub fn events(&self) -> &[Event] {
        &self.detail().events
    }

    /// What each process is at.
    pub fn processes(&self) -> Vec<ProcessState> {
        self.lab().processes()
    }

    /// What the console shows, now.
    pub const fn transcript(&self) -> &Transcript {
        self.lab().transcript()
    }

    /// How many steps lie before.
    pub const fn position(&self) -> u64 {
        self.history.position()
    }

    /// How many steps are known.
    pub fn length(&self) -> u64 {
        self.history.length()
    }

    /// What is remembered of a step, from 1.
    pub fn record(&self, step: u64) -> Option<Record> {
        self.history.record(step)
    }

    /// The figures over all known steps of the current branch: after each of them while there are few, else evenly
    /// spaced, at most 1024 a branch. A sample's burst is in bytes that were under writeback during a step.
    pub fn samples(&self) -> Vec<&Sample<Figures>> {
        self.history.samples()
    }

    /// The nearest step after (or before) the position with one of these marks.
    pub fn find(&self, marks: Marks, forward: bool) -> Option<u64> {
        self.history.find(marks, forward)
    }

    /// Goes to the nearest step after (or before) the position that has one of these marks and whose
    /// detail fits. Beyond what is known it goes on for at most `most_steps`. False, and nothing has
    /// moved, when there is no such step.
    pub fn go_to(
        &mut self,
        marks: Marks,
        forward: bool,
        most_steps: u64,
        fits: &dyn Fn(&Detail) -> bool,
    ) -> bool {
        let known = self
            .history
            .search(marks, forward, &|lab: &Lab| fits(lab.detail()));
        if let Some(step) = known {
            self.seek(step);
            return true;
        }
        if !forward {
            return false;
        }
        let here = self.position();
        self.seek(self.length());
        for _ in 0..most_steps {
            if self.forward() != Progress::Done {
                break;
            }
            let record = self.record(self.position()).unwrap_or_default();
            if record.marks.intersects(marks) && fits(self.detail()) {
                return true;
            }
        }
        self.seek(here);
        false
    }

    /// Goes on.
    pub fn step(&mut self, by: StepBy) -> Progress {
        self.story.clear();
        match by {
            StepBy::Command => self.forward(),
            StepBy::Statement => {
                let before = self.position();
                match self.run(MOST_STEPS, Until::Mark(Marks::STATEMENT_END)) {
                    Progress::Idle if self.position() > before => Progress::Done,
                    progress => progress,
                }
            }
        }
    }

    /// Goes back; over statements that changed nothing to the one before. False at the beginning.
    pub fn step_back(&mut self, by: StepBy) -> bool {
        let Some(mut target) = self.position().checked_sub(1) else {
            return false;
        };
        let mut changed = self.changes(target + 1);
        let ends = |step: u64| {
            self.record(step)
                .is_some_and(|record| record.marks.contains(Marks::STATEMENT_END))
        };
        if by == StepBy::Statement {
            while target > 0 && !(changed && ends(target)) {
                changed |= self.changes(target);
                target -= 1;
            }
        }
        self.seek(target);
        true
    }

    fn changes(&self, step: u64) -> bool {
        self.record(step)
            .is_some_and(|record| record.marks.contains(Marks::CHANGE))
    }

    /// Goes to a known position.
    pub fn seek(&mut self, position: u64) {
        self.story.clear();
        self.history.seek(position);
    }

    /// Goes on for at most `most_steps` steps, and not beyond `until`.
    pub fn run(&mut self, most_steps: u64, until: Until) -> Progress {
        for _ in 0..most_steps {
            if matches!(until, Until::Position(position) if self.position() >= position) {
                return Progress::Done;
            }
            let progress = self.forward();
            if progress != Progress::Done {
                return progress;
            }
            let marks = self
                .record(self.position())
                .map_or(Marks::empty(), |record| record.marks);
            match until {
                Until::InputDone if marks.contains(Marks::INPUT_END) => return Progress::Done,
                Until::Mark(wanted) if marks.intersects(wanted) => return Progress::Done,
                _ => {}
            }
        }
        Progress::More
    }

    fn forward(&mut self) -> Progress {
        let ended = self
            .record(self.position())
            .is_none_or(|record| record.marks.contains(Marks::STATEMENT_END));
        if ended || self.story.len() >= MOST_STORY {
            self.story.clear();
        }
        match self.history.forward() {
            true => {
                self.story.push(self.detail().clone());
                Progress::Done
            }
            false if self.position() >= MOST_STEPS => Progress::Full,
            false => Progress::Idle,
        }
    }

    /// The files of the lab's directory.
    pub fn files(&self) -> Vec<FileInfo> {
        files::files(self.kernel())
    }

    /// What read(2) would give of a file of the lab's directory; none where there is no such file.
    pub fn file_bytes(&self, name: &str) -> Option<Vec<u8>> {
        files::file_bytes(self.kernel(), name)
    }

    /// The words that begin with `prefix`, for a statement of this process.
    pub fn complete(&self, pid: Pid, prefix: &str) -> Vec<Completion> {
        let processes = self.processes();
        completions(processes.iter().find(|process| process.pid == pid), prefix)
    }

    /// Gives statements to a process. They are done by the steps that follow; in the past they open a branch.
    ///
    /// # Errors
    /// What is wrong with them; then nothing has changed.
    pub fn statement(&mut self, pid: Pid, text: &str) -> Result<(), Vec<Problem>> {
        self.lab().check(pid, text)?;
        self.history.give(Input::Statement {
            pid,
            text: text.into(),
        });
        Ok(())
    }

    /// Puts a file on the lab's disk, with the next step.
    ///
    /// # Errors
    /// The file is too large.
    pub fn add_file(&mut self, file: LabFile) -> Result<(), FileTooLarge> {
        let size = file.bytes.len() as u64;
        if size > LabFile::LARGEST {
            return Err(FileTooLarge {
                name: file.name,
                size,
            });
        }
        self.history.give(Input::File(file));
        Ok(())
    }

    /// Has a process go first from now on, whenever it can run.
    pub fn prefer(&mut self, pid: Pid) {
        self.history.give(Input::Prefer(pid));
    }

    /// Has the page cache forget what is clean and not mapped, with the next step.
    pub fn drop_caches(&mut self) {
        self.history.give(Input::DropCaches);
    }

    /// Every branch.
    pub fn branches(&self) -> Vec<BranchInfo> {
        let current = self.history.current();
        let info = |branch: crate::history::BranchSummary<Input>| BranchInfo {
            id: branch.id,
            label: branch
                .first_input
                .as_ref()
                .map_or("the program".into(), label),
            parent: branch.parent,
            from: branch.from,
            parts: self.history.common(branch.id).min(branch.length),
            length: branch.length,
            current: branch.id == current,
        };
        self.history.branches().map(info).collect()
    }

    /// Whether anything was given to it after its beginning: without that, its program alone leads to all of it.
    pub fn was_given(&self) -> bool {
        self.history.branches().count() > 1 || !self.history.inputs().is_empty()
    }

    /// Makes another branch the current one; where they part, the position is. False when there is no such branch.
    pub fn select_branch(&mut self, id: usize) -> bool {
        self.story.clear();
        self.history.select(id)
    }

    /// The link to here.
    pub fn link(&self) -> Link {
        let position = self.position();
        let mut inputs = self.history.inputs();
        inputs.retain(|(at, _)| *at < position);
        Link {
            setup: self.setup.clone(),
            inputs,
            position,
            hash: self.kernel().state_hash(),
            absent: self.absent.clone(),
        }
    }

    /// The lab of a link, at its beginning, with all that was given to it; [`Session::run`] until the link's
    /// position leads there.
    ///
    /// # Errors
    /// What is wrong with its program.
    pub fn from_link(link: &Link) -> Result<Session, Vec<Problem>> {
        let mut session = Session::new(link.setup.clone())?;
        session.absent.clone_from(&link.absent);
        session.history.schedule(&link.inputs);
        Ok(session)
    }
}

/// A branch's name by its first input.
fn label(input: &Input) -> String {
    match input {
        Input::Statement { text, .. } => text.to_string(),
        Input::File(file) => format!("the file {}", file.name),
        Input::Prefer(pid) => format!("process {pid} first"),
        Input::DropCaches => "the page cache dropped".into(),
    }
}
