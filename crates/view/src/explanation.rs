//! What just happened, why, and how the fault was decided: the words of the right column.
//!
//! Texts mark code with backticks; [`crate::rich_text`] splits them, and finds the glossary's words.

use kernel::addr::Vpn;

use crate::page_table::PteView;

/// The explanation of one step, or of several that were made at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The first step's number, from 1.
    pub since: u64,
    /// The last step's number; 0 before the first.
    pub step: u64,
    /// What kind of step: `copy-on-write fault`, `mmap`, `load`.
    pub kind: String,
    /// What happened, in one sentence.
    pub headline: String,
    /// Why, in one paragraph.
    pub why: String,
    /// The fault's decisions; empty where nothing faulted.
    pub decisions: Vec<DecisionView>,
    /// The PTEs that changed and matter, at most a few.
    pub ptes: Vec<PteChange>,
    /// What else happened in the same step, one sentence each (a second fault, a write-back).
    pub also: Vec<String>,
    /// The functions of Linux that do this, outermost first: the expert switch shows them.
    pub linux: Vec<LinuxFunction>,
    /// How grave it is.
    pub tone: Tone,
}

impl Explanation {
    /// Which steps it is about: `Step 9`, `Steps 9–15`.
    pub fn steps(&self) -> String {
        let Explanation { since, step, .. } = self;
        match step {
            0 => "Before the first step".to_owned(),
            _ if since < step => format!("Steps {since}–{step} · {}", self.kind),
            _ => format!("Step {step} · {}", self.kind),
        }
    }
}

/// How grave a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to remark.
    #[default]
    Plain,
    /// Work was done behind the program's back: a fault, a copy.
    Notable,
    /// The program was refused: an errno.
    Refused,
    /// A signal.
    Fatal,
}

/// A question of the fault's decision path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionView {
    /// The question: `PTE present?`; of the last ones, the action: `Copy frame 7 to frame 12`.
    pub question: String,
    /// The answer: `no, trap`.
    pub answer: String,
    /// Whether the path went through it.
    pub taken: bool,
    /// Whether it is an action at the end, not a question.
    pub end: bool,
}

/// A PTE that the step changed.
#[derive(Clone, Debug, PartialEq)]
pub struct PteChange {
    /// The page.
    pub page: Vpn,
    /// Before.
    pub old: PteView,
    /// After.
    pub new: PteView,
}

/// A function of Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinuxFunction {
    /// Its name: `do_wp_page`.
    pub name: &'static str,
    /// Its file: `mm/memory.c`.
    pub file: &'static str,
    /// What it does here, in a few words.
    pub does: &'static str,
}

/// A word of the field and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlossaryEntry {
    /// The word: `page fault`.
    pub term: &'static str,
    /// Other forms under which it stands in texts.
    pub forms: &'static [&'static str],
    /// What it means, in two or three sentences.
    pub meaning: &'static str,
    /// A man page or a file of Linux's documentation.
    pub source: &'static str,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Text(String),
    /// Code, to be set in the code's type.
    Code(String),
    /// A word of the glossary: as it stands in the text, and the entry's term.
    Term(String, &'static str),
}
