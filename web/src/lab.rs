//! The machine behind the page: a session, what is looked at, and the picture of its moment.

use std::rc::Rc;

use view::{CellId, Explanation, Focus, Inspection, Pid, Scene, Timeline, Transition};

use crate::shared::Shared;

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
}

/// An error of a program or a statement, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// How many characters it is about.
    pub length: u32,
    /// What is wrong.
    pub message: String,
    /// What may help.
    pub hint: Option<String>,
    /// The line's text.
    pub text: String,
}

/// A line of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A statement was typed to a process.
    Typed(Pid, String),
    /// What it gave.
    Answer(Pid, String),
    /// What a process printed.
    Output(Pid, String),
    /// It was refused, or failed.
    Wrong(Pid, String),
}

/// A file of the lab's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its name.
    pub name: String,
    /// Its size in words.
    pub size: String,
    /// Its dirty pages.
    pub dirty: u64,
}

/// Whether there is more to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The slice is over, the work is not.
    More,
    /// The program or the statement has ended, or waits for ever.
    Done,
}

/// The machine.
#[derive(Debug)]
pub struct Lab {
    /// What is looked at.
    pub focus: Focus,
    source: String,
    position: u64,
    entries: Vec<Entry>,
}

impl Lab {
    /// A machine with a program that has not begun.
    ///
    /// # Errors
    /// What is wrong with the program.
    pub fn new(source: &str) -> Result<Lab, Vec<Problem>> {
        Ok(Lab {
            focus: Focus::default(),
            source: source.to_owned(),
            position: 41,
            entries: vec![
                Entry::Typed(Pid(100), "p[0]".into()),
                Entry::Answer(Pid(100), "= 'A'".into()),
            ],
        })
    }

    /// A machine without a program.
    pub fn empty() -> Lab {
        Lab {
            focus: Focus::default(),
            source: String::new(),
            position: 0,
            entries: vec![],
        }
    }

    /// The machine of a link.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the link.
    pub fn from_link(_link: &str) -> Result<Lab, String> {
        Err("the link is cut".into())
    }

    /// A link to this moment.
    pub fn link(&self) -> String {
        String::new()
    }

    /// The program's text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The moment's picture; the timeline has so many columns at most.
    pub fn picture(&self, _columns: u64) -> Picture {
        let mut picture = crate::sample::picture();
        let mut timeline = (*picture.timeline).clone();
        timeline.position = self.position;
        picture.timeline = Shared::new(timeline);
        picture
    }

    /// Steps done, and steps there are.
    pub fn position(&self) -> (u64, u64) {
        (self.position, 60)
    }

    /// One step on, by a command or by a statement; whether there was one.
    pub fn step(&mut self, _fine: bool) -> bool {
        self.position += 1;
        true
    }

    /// One step back; whether there was one.
    pub fn back(&mut self, _fine: bool) -> bool {
        self.position = self.position.saturating_sub(1);
        true
    }

    /// To a step.
    pub fn seek(&mut self, position: u64) {
        self.position = position;
    }

    /// A slice of running, of at most so many steps.
    pub fn run(&mut self, _steps: u64) -> Progress {
        Progress::Done
    }

    /// A statement for a process; it is run by steps. Whether it was accepted: what is wrong with it stands in the transcript.
    /// # Errors
    /// What is wrong with it; nothing has changed then but the transcript.
    pub fn say(&mut self, pid: Pid, text: &str) -> bool {
        self.entries.push(Entry::Typed(pid, text.into()));
        true
    }

    /// The console's lines up to now.
    pub fn transcript(&self) -> Vec<Entry> {
        self.entries.clone()
    }

    /// Names that can be typed, and what each is.
    pub fn names(&self) -> Rc<Vec<(String, String)>> {
        let names = ["mmap", "munmap", "msync"];
        Rc::new(
            names
                .map(|name| (name.to_owned(), "system call".to_owned()))
                .to_vec(),
        )
    }

    /// A file appears on the disk.
    pub fn add_file(&mut self, _name: &str, _bytes: Vec<u8>) {}

    /// The files of the disk.
    pub fn files(&self) -> Vec<FileRow> {
        vec![FileRow {
            name: "data".into(),
            size: "8 KiB".into(),
            dirty: 1,
        }]
    }

    /// A file's bytes as read(2) would give them.
    pub fn file_bytes(&self, _name: &str) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    /// To another branch.
    pub fn select_branch(&mut self, _id: u32) {}

    /// The processes that can be spoken to.
    pub fn pids(&self) -> Vec<Pid> {
        vec![Pid(100), Pid(101)]
    }

    /// What is inspected.
    pub fn select(&mut self, id: Option<CellId>) {
        self.focus.selected = id;
    }
}
