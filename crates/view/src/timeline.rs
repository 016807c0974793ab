//! The line of all steps, with marks and branches, made for a drawing of a given width.

use abi::Pid;

/// The steps, gathered into columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Steps in all on the current branch.
    pub length: u64,
    /// Steps done: 0 is the start.
    pub position: u64,
    /// The step at which the first column begins.
    pub first: u64,
    /// How many steps a column stands for, at least 1.
    pub steps_per_column: u64,
    /// The marks, ascending; at most one of a kind a column.
    pub marks: Vec<TimelineMark>,
    /// The branches.
    pub branches: Vec<BranchView>,
}

impl Timeline {
    /// The same line at another position.
    pub fn at(&self, position: u64) -> Timeline {
        Timeline {
            position,
            ..self.clone()
        }
    }
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MarkKind {
    /// A minor fault.
    MinorFault,
    /// A major fault.
    MajorFault,
    /// A copy on write.
    Copy,
    /// A write-back.
    Writeback,
    /// A signal.
    Signal,
    /// A fork.
    Fork,
    /// A failed system call.
    Error,
    /// A system call.
    Syscall,
}

impl MarkKind {
    /// All, the most remarkable first.
    pub const ALL: [MarkKind; 8] = [
        MarkKind::Signal,
        MarkKind::Fork,
        MarkKind::Copy,
        MarkKind::MajorFault,
        MarkKind::Writeback,
        MarkKind::Error,
        MarkKind::MinorFault,
        MarkKind::Syscall,
    ];

    /// What is written above the mark.
    pub const fn label(self) -> &'static str {
        match self {
            MarkKind::MinorFault => "F",
            MarkKind::MajorFault => "M",
            MarkKind::Copy => "C",
            MarkKind::Writeback => "W",
            MarkKind::Signal => "!",
            MarkKind::Fork => "fork",
            MarkKind::Error => "E",
            MarkKind::Syscall => "s",
        }
    }

    /// What it stands for.
    pub const fn name(self) -> &'static str {
        match self {
            MarkKind::MinorFault => "minor fault",
            MarkKind::MajorFault => "major fault",
            MarkKind::Copy => "copy on write",
            MarkKind::Writeback => "write-back",
            MarkKind::Signal => "signal",
            MarkKind::Fork => "fork",
            MarkKind::Error => "failed call",
            MarkKind::Syscall => "system call",
        }
    }
}

/// A mark above the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineMark {
    /// The first step of its kind in the column, from 1.
    pub step: u64,
    /// The column, from 0.
    pub column: u64,
    /// Its kind.
    pub kind: MarkKind,
    /// Whose step.
    pub pid: Pid,
    /// How many of the kind the column holds.
    pub count: u64,
}

/// A future that was left for another, or the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchView {
    /// To select it by.
    pub id: u32,
    /// Its first own statement.
    pub label: String,
    /// The branch that it left; none of the first.
    pub parent: Option<u32>,
    /// The step at which it left its parent.
    pub from: u64,
    /// The step at which it and the current one part.
    pub parts: u64,
    /// Its last step.
    pub length: u64,
    /// Whether it is the current one.
    pub current: bool,
}
