//! What moves between two scenes: one motion for one event, in the order in which they happened.
//!
//! A [`Motion`] names cells of the scene before and after by their [`CellId`]; it says nothing of
//! time or pixels. A cell that is not drawn (folded, or another lane's) simply has no place to move from.

use crate::cell::CellId;

/// The motions of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transition {
    /// In order.
    pub motions: Vec<Motion>,
}

/// One motion, made from one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// How it is drawn.
    pub kind: MotionKind,
    /// Where it starts.
    pub from: Option<CellId>,
    /// Where it ends, or where it happens.
    pub to: CellId,
    /// Which of the step's events it tells, from 0.
    pub event: u32,
    /// What it says to those who do not see it: `frame 7 is copied to frame 12`.
    pub words: String,
}

/// The motions of the picture's grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MotionKind {
    /// An access leaves the processor towards a page.
    Access,
    /// The TLB knew the translation.
    TlbHit,
    /// The TLB did not know it.
    TlbMiss,
    /// A light passes down one level of the page table.
    Walk,
    /// The empty entry pulses: the walk ends here, and the processor traps.
    Miss,
    /// A block travels from the disk to a frame.
    Fill,
    /// A frame is filled with zeros.
    Zero,
    /// A frame leaves a frame.
    Copy,
    /// Bytes travel between a user's page and the page cache (read, write).
    CopyBytes,
    /// A frame is taken from the free ones.
    Allocate,
    /// A frame becomes free.
    Free,
    /// A line is drawn: a PTE now holds the frame.
    Map,
    /// A line goes: the PTE no longer holds a frame.
    Unmap,
    /// The PTE's permissions change.
    Protect,
    /// The dirty mark appears.
    Dirty,
    /// The accessed bit appears.
    Touch,
    /// A cell travels to the disk, and its mark goes.
    Writeback,
    /// A page leaves the cache or RAM.
    Evict,
    /// A page travels to or from the swap device.
    Swap,
    /// A translation enters the TLB.
    TlbFill,
    /// A translation leaves the TLB.
    Shootdown,
    /// A VMA or a node appears, or changes its extent.
    Appear,
    /// A VMA or a node goes.
    Vanish,
    /// A process splits off its parent.
    Fork,
    /// A signal strikes a process.
    Signal,
    /// Bytes reach the terminal.
    Print,
    /// The instruction that faulted runs again.
    Retry,
}

impl Transition {
    /// Every cell that the step touched, each once, in order: what the one accent lights.
    pub fn touched(&self) -> Vec<CellId> {
        let mut cells = Vec::new();
        for motion in &self.motions {
            for cell in motion.from.into_iter().chain([motion.to]) {
                if !cells.contains(&cell) {
                    cells.push(cell);
                }
            }
        }
        cells
    }
}
