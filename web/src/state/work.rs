//! The work: the program, examples, links, and the files that come and go.

use gloo::file::File;
use session::{LabFile, Preset};

use super::{Activity, Notice, State};
use crate::effect::Effect;
use crate::examples::{self, EXAMPLES};
use crate::lab::Lab;

/// Runs that can be gone back to; of more, the oldest are forgotten.
const MOST_EARLIER: usize = 8;

/// A run that another program took the place of.
#[derive(Debug)]
pub struct Earlier {
    /// The machine, with all that was done in it.
    pub lab: Lab,
    /// Its program's text as edited.
    draft: String,
}

impl Earlier {
    /// The work that was kept, when the page is opened with a link to another.
    pub(super) fn kept(link: &str) -> Option<Earlier> {
        let lab = Lab::from_link(link).ok()?;
        let draft = lab.source().to_owned();
        Some(Earlier { lab, draft })
    }
}

impl State {
    /// Puts another machine on the stage. The run that it takes the place of can be gone back to, if anything was done in it.
    fn put(&mut self, lab: Lab, draft: String) -> Vec<Effect> {
        let left = Earlier {
            lab: std::mem::replace(&mut self.lab, lab),
            draft: std::mem::replace(&mut self.draft, draft),
        };
        self.charts_of = None;
        if self.beside.is_some() && self.rival == 0 {
            self.compare_with(0);
        }
        self.problems.clear();
        self.notice = None;
        if left.lab.is_dear(&self.lab) || left.draft != left.lab.source() {
            if self.earlier.is_empty() {
                let text =
                    "The run before this one is kept: the list of programs leads back to it.";
                self.notice = Some(Notice {
                    text: text.to_owned(),
                    bad: false,
                });
            }
            self.earlier.push(left);
        }
        if self.earlier.len() > MOST_EARLIER {
            self.earlier.remove(0);
        }
        self.stand()
    }

    /// Goes back to a run that was left.
    pub(super) fn go_back_to(&mut self, number: usize) -> Vec<Effect> {
        if number >= self.earlier.len() {
            return vec![];
        }
        let Earlier { lab, draft } = self.earlier.remove(number);
        let mut effects = self.put(lab, draft);
        effects.push(Effect::Address(String::new()));
        effects.push(self.keep());
        if self.lab.destination().is_some() {
            effects.extend(self.go_on());
        }
        effects
    }

    pub(super) fn keep(&self) -> Effect {
        Effect::Keep("mmap-lab.work", self.lab.link())
    }

    /// Starts the draft from its beginning; on an error nothing else changes.
    pub(super) fn load(&mut self) -> Vec<Effect> {
        self.load_on(self.lab.preset())
    }

    /// Starts the draft on another machine.
    pub(super) fn machine(&mut self, preset: Preset) -> Vec<Effect> {
        self.load_on(preset)
    }

    fn load_on(&mut self, preset: Preset) -> Vec<Effect> {
        match Lab::new(&self.draft, self.lab.given_files(), preset) {
            Ok(lab) => {
                // The draft goes with the new machine, and the old one keeps its own text.
                let draft = std::mem::replace(&mut self.draft, self.lab.source().to_owned());
                let mut effects = self.put(lab, draft);
                effects.push(self.keep());
                effects
            }
            Err(problems) => {
                self.problems = problems;
                self.activity = Activity::Still;
                vec![Effect::Cancel]
            }
        }
    }

    /// Starts an edited draft; whether the machine stands on the program that is shown.
    pub(super) fn settle(&mut self, effects: &mut Vec<Effect>) -> bool {
        if self.draft == self.lab.source() {
            return true;
        }
        effects.extend(self.load());
        self.problems.is_empty()
    }

    /// An example, with the files that were added.
    pub(super) fn example(&mut self, number: usize) -> Vec<Effect> {
        let files = self.lab.given_files();
        self.begin(number, files)
    }

    /// The opening example, with its own file alone.
    pub(super) fn reset(&mut self) -> Vec<Effect> {
        self.begin(0, Vec::new())
    }

    fn begin(&mut self, number: usize, files: Vec<LabFile>) -> Vec<Effect> {
        let example = EXAMPLES.get(number).unwrap_or(&EXAMPLES[0]);
        let lab = open_example(number, files);
        let mut effects = self.put(lab, example.source.to_owned());
        effects.push(Effect::Address(String::new()));
        effects.push(self.keep());
        effects
    }

    pub(super) fn open_link(&mut self, hash: &str) -> Vec<Effect> {
        if hash.is_empty() || hash == self.link {
            return vec![];
        }
        let (first, second) = links(hash);
        match Lab::from_link(first) {
            Ok(lab) => {
                if let Some(second) = second.and_then(|second| Lab::from_link(second).ok()) {
                    self.put_beside(second);
                }
                let draft = lab.source().to_owned();
                let mut effects = self.put(lab, draft);
                effects.extend(self.go_on());
                effects
            }
            Err(error) => {
                let text = format!("{error} What you had is still here.");
                self.notice = Some(Notice { text, bad: true });
                vec![]
            }
        }
    }

    pub(super) fn read_files(&mut self, files: Vec<File>) -> Vec<Effect> {
        self.dragging = false;
        let (small, large): (Vec<File>, Vec<File>) = files
            .into_iter()
            .partition(|file| file.size() <= LabFile::LARGEST);
        if let Some(file) = large.first() {
            let text = format!(
                "{} is too large: it has {}, and the lab takes files of up to 64 MiB.",
                file.name(),
                view::figures::long_size(file.size())
            );
            self.notice = Some(Notice { text, bad: true });
        }
        if small.is_empty() {
            vec![]
        } else {
            vec![Effect::Read(small)]
        }
    }

    pub(super) fn add_file(&mut self, name: &str, bytes: &[u8]) -> Vec<Effect> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let size = view::figures::long_size(size);
        self.notice = Some(match self.lab.add_file(name, bytes) {
            Ok(()) => Notice {
                text: format!(
                    "{name} ({size}) is now a file of the lab’s disk: open(\"{name}\", O_RDWR) opens it."
                ),
                bad: false,
            },
            Err(text) => Notice { text, bad: true },
        });
        self.stand()
    }

    pub(super) fn download(&mut self, name: String) -> Vec<Effect> {
        match self.lab.file_bytes(&name) {
            Some(bytes) => vec![Effect::Download(name, bytes)],
            None => {
                let text = format!("{name} is no longer on the disk.");
                self.notice = Some(Notice { text, bad: true });
                vec![]
            }
        }
    }

    pub(super) fn share(&mut self) -> Vec<Effect> {
        self.link = self.lab.link();
        if let Some(beside) = &self.beside {
            self.link = format!("{}~{}", self.link, beside.lab.link());
        }
        vec![
            Effect::Address(self.link.clone()),
            Effect::Copy(self.shared_address()),
            Effect::Show("share"),
        ]
    }
}

/// The link of a machine, and that of a second one beside it, from what stands behind the `#` of an address.
pub(super) fn links(hash: &str) -> (&str, Option<&str>) {
    match hash.split_once('~') {
        Some((first, second)) => (first, Some(second)),
        None => (hash, None),
    }
}

/// The machine of an example, where it is to stand, with these files and the example's own.
pub(super) fn open_example(number: usize, mut files: Vec<LabFile>) -> Lab {
    let example = EXAMPLES.get(number).unwrap_or(&EXAMPLES[0]);
    let own = examples::data_file();
    files.retain(|file| file.name != own.name);
    files.push(own);
    let mut lab = Lab::new(example.source, files, example.preset).unwrap_or_else(|_| Lab::empty());
    lab.open_at(example.statements);
    lab
}
