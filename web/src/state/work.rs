//! The work: the program, examples, links, and the files that come and go.

use gloo::file::File;
use session::{LabFile, Preset};

use super::beside::Beside;
use super::{Activity, Part, State};
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
    pub(super) draft: String,
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
        let follows = |beside: &Beside| beside.draft == beside.lab.source();
        if self.rival == Some(0) && self.beside.as_ref().is_some_and(follows) {
            self.compare_with(0);
        }
        if let Some(beside) = &mut self.beside {
            beside.at = None;
        }
        self.problems.clear();
        self.notice = None;
        if left.lab.is_dear(&self.lab) || left.draft != left.lab.source() {
            self.remember(left);
        }
        self.stand()
    }

    /// Keeps a run that is left.
    pub(super) fn remember(&mut self, left: Earlier) {
        if self.earlier.is_empty() {
            let text = "The run before this one is kept: the list of programs leads back to it.";
            self.tell(text.to_owned(), false);
        }
        self.earlier.push(left);
        if self.earlier.len() > MOST_EARLIER {
            self.earlier.remove(0);
        }
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
        Effect::Keep("mmap-lab.work", self.both_links())
    }

    /// The link of the first machine, and of the second one where it is shown.
    fn both_links(&self) -> String {
        match &self.beside {
            Some(beside) => format!("{}~{}", self.lab.link(), beside.lab.link()),
            None => self.lab.link(),
        }
    }

    /// Starts the draft from its beginning; on an error nothing else changes.
    pub(super) fn load(&mut self) -> Vec<Effect> {
        self.load_on(self.lab.preset())
    }

    /// Starts the draft on another machine.
    pub(super) fn machine(&mut self, preset: Preset) -> Vec<Effect> {
        self.load_on(preset)
    }

    /// Starts the second machine's draft, on another machine if one is given.
    pub(super) fn second_machine(&mut self, preset: Option<Preset>) -> Vec<Effect> {
        self.load_beside(preset);
        vec![self.keep()]
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
                self.part = Part::Program;
                if let Some(beside) = &mut self.beside {
                    beside.in_editor = false;
                }
                vec![Effect::Cancel]
            }
        }
    }

    /// Starts edited drafts; whether the machines stand on the programs that are shown.
    pub(super) fn settle(&mut self, effects: &mut Vec<Effect>) -> bool {
        if self.draft != self.lab.source() {
            effects.extend(self.load());
        }
        self.problems.is_empty() && self.settle_beside()
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
                let draft = lab.source().to_owned();
                let mut effects = self.put(lab, draft);
                if let Some(second) = second {
                    self.open_second(second);
                }
                effects.extend(self.go_on());
                effects
            }
            Err(error) => {
                self.tell(format!("{error} What you had is still here."), true);
                vec![]
            }
        }
    }

    /// Puts the machine of a link's second half beside the first, or says why that cannot be.
    pub(super) fn open_second(&mut self, link: &str) {
        match Lab::from_link(link) {
            Ok(lab) => {
                self.leave_beside();
                self.rival = None;
                self.put_beside(lab, true);
            }
            Err(error) => {
                self.look();
                let text = format!(
                    "Of the two machines of this link only the first one is here. The second one: {error}"
                );
                self.tell(text, true);
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
            self.tell(text, true);
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
        let added = self.lab.add_file(name, bytes);
        if let (Ok(()), Some(beside)) = (&added, &mut self.beside) {
            // It is as large as it is for the first machine.
            let _ = beside.lab.add_file(name, bytes);
        }
        match added {
            Ok(()) => self.tell(
                format!("{name} ({size}) is now a file of the lab’s disk: open(\"{name}\", O_RDWR) opens it."),
                false,
            ),
            Err(text) => self.tell(text, true),
        }
        self.stand()
    }

    pub(super) fn download(&mut self, name: String) -> Vec<Effect> {
        match self.lab.file_bytes(&name) {
            Some(bytes) => vec![Effect::Download(name, bytes)],
            None => {
                self.tell(format!("{name} is no longer on the disk."), true);
                vec![]
            }
        }
    }

    pub(super) fn share(&mut self) -> Vec<Effect> {
        self.link = self.both_links();
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
