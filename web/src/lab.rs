//! The machine behind the page: a session, what is looked at, and the picture of its moment.

use std::rc::Rc;

use session::{
    BranchInfo, Costs, Entry, Input, LabFile, Link, Marks, Preset, Problem, Progress, Session,
    Setup, StepBy, Until,
};
use view::{
    Action, CellId, Charts, Dense, Explanation, Focus, Happening, Inspection, Pid, ProcessState,
    Scene, Timeline, Transition,
};

use crate::shared::Shared;

/// A statement of more commands than these is shown by its last ones.
const LONGEST_STATEMENT: u64 = 64;
/// Steps within which a statement has to end; beyond them a step by statements stops short.
const LONGEST_STEP: u64 = 20_000;
/// A statement's motions beyond these are left out.
const MOST_MOTIONS: usize = 400;

/// Steps of a chart that are told apart.
const CHART_COLUMNS: u64 = 160;

/// The console shows its last lines.
const MOST_LINES: usize = 400;

/// Everything that is shown of one moment.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// What is drawn.
    pub scene: Shared<Scene>,
    /// What moved last.
    pub transition: Shared<Transition>,
    /// The words for it.
    pub explanation: Shared<Explanation>,
    /// The steps.
    pub timeline: Shared<Timeline>,
    /// What is selected, in full.
    pub inspection: Option<Shared<Inspection>>,
    /// What can be done to it.
    pub actions: Shared<Vec<Action>>,
}

/// A line of the console.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// What was typed, answered and printed.
    Said(Entry),
    /// A statement that was refused.
    Refused {
        /// Whom it was for.
        pid: Pid,
        /// The statement.
        text: String,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
}

/// A statement that was refused, and how many entries the transcript had then.
#[derive(Debug)]
struct Refusal {
    after: usize,
    line: Line,
}

/// The machine.
#[derive(Debug)]
pub struct Lab {
    /// What is looked at.
    pub focus: Focus,
    session: Session,
    /// Where a run is to end.
    goal: Until,
    /// The link that it came from, while files of it are missing.
    link: Option<Link>,
    refusals: Vec<Refusal>,
    warned: bool,
    line: Timeline,
    /// What the line was drawn for: columns, steps and branches.
    line_of: Option<(u64, u64, Vec<BranchInfo>)>,
    /// The steps that an example is opened with.
    opened_with: u64,
}

impl Lab {
    /// A machine with a program that has not begun, and files.
    ///
    /// # Errors
    /// What is wrong with the program.
    pub fn new(source: &str, files: Vec<LabFile>, preset: Preset) -> Result<Lab, Vec<Problem>> {
        let setup = Setup {
            preset,
            program: source.into(),
            files,
        };
        Ok(Lab::of(Session::new(setup)?))
    }

    /// A machine without a program.
    #[expect(clippy::expect_used, reason = "an empty program has nothing wrong")]
    pub fn empty() -> Lab {
        Lab::of(Session::new(Setup::default()).expect("the empty program"))
    }

    fn of(session: Session) -> Lab {
        Lab {
            focus: Focus::default(),
            session,
            goal: Until::End,
            link: None,
            refusals: Vec::new(),
            warned: false,
            line: Timeline::default(),
            line_of: None,
            opened_with: 0,
        }
    }

    /// Does so many statements of an example that is being opened.
    pub fn open_at(&mut self, statements: u32) {
        for _ in 0..statements {
            self.step(false);
        }
        self.opened_with = self.position();
    }

    /// Whether something is lost with it when `next` takes its place: what was given to it, or a run of another program.
    pub fn is_dear(&self, next: &Lab) -> bool {
        let ran = self.steps() > self.opened_with && self.source() != next.source();
        ran || self.session.was_given()
    }

    /// The machine of a link, on its way: [`Lab::run`] until it is done.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the link.
    pub fn from_link(text: &str) -> Result<Lab, String> {
        let link = Link::decode(text).map_err(|error| error.to_string())?;
        Lab::follow(link)
    }

    fn follow(link: Link) -> Result<Lab, String> {
        let session = Session::from_link(&link).map_err(|problems| {
            let first = problems.first().map(Problem::to_string);
            format!(
                "Its program cannot be run here: {}.",
                first.unwrap_or_default()
            )
        })?;
        let mut lab = Lab::of(session);
        lab.goal = Until::Position(link.position);
        lab.link = Some(link);
        Ok(lab)
    }

    /// The same program with all that was given to it, on another machine.
    ///
    /// # Errors
    /// A sentence that says why it cannot run there.
    pub fn on(&self, preset: Preset) -> Result<Lab, String> {
        let mut link = self.session.link();
        link.setup.preset = preset;
        Lab::follow(link)
    }

    /// Goes to where another machine is, in statements, or so many of them beyond, or as near as its program goes. False
    /// when so many steps did not suffice.
    pub fn keep_pace(&mut self, other: &Lab, beyond: u64, steps: u64, fine: bool) -> bool {
        let before = self.position();
        let mut pace = other.session.pace();
        if beyond > 0 {
            pace.statements = pace.statements.saturating_add(beyond);
            pace.commands = 0;
        }
        let done = self.session.keep_pace(pace, steps);
        if self.position() != before {
            self.retrace(fine);
        }
        done
    }

    /// How many statements it has done that another machine has not.
    pub fn statements_beyond(&self, other: &Lab) -> u64 {
        let (own, others) = (self.session.pace(), other.session.pace());
        own.statements.saturating_sub(others.statements)
    }

    /// What its program has cost so far.
    pub const fn costs(&self) -> &Costs {
        self.session.lab().costs()
    }

    /// A link to this moment.
    pub fn link(&self) -> String {
        self.session.link().encode()
    }

    /// What the person has to know of the link that this came from, told once.
    pub fn take_warning(&mut self) -> Option<String> {
        let link = self.link.as_ref().filter(|_| !self.warned)?;
        self.warned = true;
        if let Some(absent) = link.absent.first() {
            return Some(absent.to_string());
        }
        let same = self.session.link().hash == link.hash;
        let changed = "The lab has changed since this link was made: what you see may differ.";
        (!same).then(|| changed.to_owned())
    }

    /// The program's text.
    pub fn source(&self) -> &str {
        &self.session.setup().program
    }

    /// The files that the lab began with, and those that were added up to now, as they were given.
    pub fn given_files(&self) -> Vec<LabFile> {
        let link = self.session.link();
        let mut files = link.setup.files;
        for (_, input) in link.inputs {
            if let Input::File(file) = input {
                files.retain(|known| known.name != file.name);
                files.push(file);
            }
        }
        files
    }

    /// The moment's picture; the timeline has so many columns at most. In the middle of a step, when
    /// so many of its motions have happened.
    pub fn picture(&mut self, columns: u64, shown: Option<usize>) -> Picture {
        let scene = match shown {
            Some(shown) => view::midway(&self.session, &self.focus, shown),
            None => view::scene(&self.session, &self.focus),
        };
        let mut transition = view::transition(&self.session);
        transition.motions.truncate(MOST_MOTIONS);
        let timeline = self.timeline(columns);
        let selected = self.focus.selected;
        let inspection = selected.and_then(|id| view::inspect(&self.session, id));
        Picture {
            scene: Shared::new(scene),
            transition: Shared::new(transition),
            explanation: Shared::new(view::explanation(&self.session)),
            timeline: Shared::new(timeline),
            inspection: inspection.map(Shared::new),
            actions: Shared::new(
                selected.map_or_else(Vec::new, |id| view::actions(&self.session, id)),
            ),
        }
    }

    /// The line of all steps. Gathering its marks goes over every step: while there are no others, only the position
    /// is another one.
    fn timeline(&mut self, columns: u64) -> Timeline {
        let of = (columns, self.session.length(), self.session.branches());
        if self.line_of.as_ref() != Some(&of) {
            self.line = view::timeline(&self.session, 0..self.session.length(), columns);
            self.line_of = Some(of);
        }
        self.line.at(self.session.position())
    }

    /// All of RAM.
    pub fn dense(&self) -> Dense {
        view::dense(&self.session)
    }

    /// The bytes of those of these frames that were ever used.
    pub fn frames(&self, numbers: &[u32]) -> Vec<(u32, Vec<u8>)> {
        let bytes = |number: &u32| Some((*number, view::frame_bytes(&self.session, *number)?));
        numbers.iter().filter_map(bytes).collect()
    }

    /// The machine.
    pub fn preset(&self) -> Preset {
        self.session.setup().preset
    }

    /// The figures over time, those of a process for this one.
    pub fn charts(&self, pid: Pid) -> Charts {
        view::charts(&self.session, pid, CHART_COLUMNS)
    }

    /// How many steps lie before.
    pub const fn position(&self) -> u64 {
        self.session.position()
    }

    /// How many steps are known, or are still to be gone to where its link leads.
    pub fn steps(&self) -> u64 {
        let known = self.session.length();
        self.destination()
            .map_or(known, |position| position.max(known))
    }

    /// Where its link leads, as long as it has not been there.
    pub fn destination(&self) -> Option<u64> {
        match self.goal {
            Until::Position(position) if position > self.session.length() => Some(position),
            _ => None,
        }
    }

    /// One step on, by a command or by a statement; whether there was one.
    pub fn step(&mut self, fine: bool) -> bool {
        let before = self.position();
        if fine {
            self.session.step(StepBy::Command);
        } else {
            let end = Until::Mark(Marks::STATEMENT_END);
            self.session.run(LONGEST_STEP, end);
        }
        self.position() > before
    }

    /// One step back.
    pub fn back(&mut self, fine: bool) {
        let by = if fine {
            StepBy::Command
        } else {
            StepBy::Statement
        };
        self.session.step_back(by);
        self.retrace(fine);
    }

    /// To the next (or the last) time that this happened to what is selected, or to anything; whether
    /// there is one.
    pub fn go_to(&mut self, what: Happening, forward: bool, fine: bool) -> bool {
        let found = view::go_to(&mut self.session, what, self.focus.selected, forward);
        if found {
            self.retrace(fine);
        }
        found
    }

    /// To a step.
    pub fn seek(&mut self, position: u64, fine: bool) {
        self.session.seek(position);
        self.retrace(fine);
    }

    /// From now on a run ends when nothing can happen any more.
    pub fn run_to_end(&mut self) {
        self.goal = Until::End;
    }

    /// Whether a run ends when nothing can happen any more, and not before.
    pub const fn runs_to_end(&self) -> bool {
        matches!(self.goal, Until::End)
    }

    /// A slice of running, of at most so many steps.
    pub fn run(&mut self, steps: u64) -> Progress {
        self.session.run(steps, self.goal)
    }

    /// A statement for a process, which a run then does. Whether it was accepted: what is wrong
    /// with it stands in the transcript.
    pub fn say(&mut self, pid: Pid, text: &str) -> bool {
        match self.session.statement(pid, text) {
            Ok(()) => {
                self.goal = Until::InputDone;
                true
            }
            Err(problems) => {
                let text = text.to_owned();
                self.refusals.push(Refusal {
                    after: self.session.transcript().iter().count(),
                    line: Line::Refused {
                        pid,
                        text,
                        problems,
                    },
                });
                false
            }
        }
    }

    /// A statement for a process, which a run then does; what is wrong with it, if it was not accepted.
    pub fn say_or_tell(&mut self, pid: Pid, text: &str) -> Option<String> {
        let refused = self.session.statement(pid, text).err()?;
        refused.first().map(Problem::to_string)
    }

    /// The console's lines up to now.
    pub fn transcript(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut refusals = self.refusals.iter().peekable();
        let entries = self.session.transcript().iter();
        for (number, entry) in entries.enumerate() {
            while let Some(refusal) = refusals.next_if(|refusal| refusal.after <= number) {
                lines.push(refusal.line.clone());
            }
            lines.push(Line::Said(entry.clone()));
        }
        let count = lines.len();
        lines.extend(
            refusals
                .take_while(|refusal| refusal.after <= count)
                .map(|refusal| refusal.line.clone()),
        );
        lines.split_off(lines.len().saturating_sub(MOST_LINES))
    }

    /// Names that can be typed to a process, and what each is.
    pub fn names(&self, pid: Pid) -> Vec<(String, String)> {
        let processes = self.session.processes();
        let process = processes.iter().find(|process| process.pid == pid);
        let variables = process.map_or(&[][..], |process| &process.variables);
        let variables = variables
            .iter()
            .rev()
            .map(|variable| (variable.name.to_string(), variable.type_name.to_string()));
        variables.chain(crate::names::library()).collect()
    }

    /// A file appears on the disk with the next step, which is made; a file that the link lacked
    /// takes its place.
    ///
    /// # Errors
    /// A sentence, when it is too large.
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let file = LabFile::new(name, bytes);
        if let Some(link) = &mut self.link
            && link.supply(&file)
        {
            let link = link.clone();
            let focus = std::mem::take(&mut self.focus);
            *self = Lab::follow(link)?;
            self.focus = focus;
            return Ok(());
        }
        self.session
            .add_file(file)
            .map_err(|error| error.to_string())?;
        self.session.step(StepBy::Command);
        Ok(())
    }

    /// The bytes of a file of the scene, as read(2) would give them.
    pub fn file_bytes(&self, name: &str) -> Option<Vec<u8>> {
        let scene = view::scene(&self.session, &self.focus);
        let file = scene.files.iter().find(|file| file.name == name)?;
        Some(view::file_bytes(&self.session, file.inode))
    }

    /// To another branch, at its end.
    pub fn select_branch(&mut self, id: u32, fine: bool) {
        if self
            .session
            .select_branch(usize::try_from(id).unwrap_or(usize::MAX))
        {
            self.session.seek(self.session.length());
            self.retrace(fine);
        }
    }

    /// What is inspected.
    pub fn select(&mut self, id: Option<CellId>) {
        self.focus.selected = id;
    }

    /// Goes over the last statement again, so that the session can tell the whole of it.
    fn retrace(&mut self, fine: bool) {
        let end = self.position();
        let mut start = end.saturating_sub(1);
        let is_end = |step: u64| {
            let record = self.session.record(step);
            record.is_none_or(|record| record.marks.contains(Marks::STATEMENT_END))
        };
        while !fine && start > 0 && end - start < LONGEST_STATEMENT && !is_end(start) {
            start -= 1;
        }
        if start + 1 < end {
            self.session.seek(start);
            self.session.run(end - start, Until::Position(end));
        }
    }
}

/// The processes of a scene that can be spoken to.
pub fn speakers(scene: &Scene) -> impl Iterator<Item = &view::ProcessView> {
    let ended = |process: &&view::ProcessView| matches!(process.state, ProcessState::Zombie { .. });
    scene
        .processes
        .iter()
        .filter(move |process| !ended(process))
}

/// Names for a component that compares them.
pub type Names = Rc<Vec<(String, String)>>;
