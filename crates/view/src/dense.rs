//! All of RAM as runs of frames that look alike: what the dense drawing is made from, a million frames at a time.

use kernel::addr::Pfn;
use kernel::phys::frame::Owner;
use session::Session;

use crate::build::{frame_kind, frame_marks};
use crate::cell::{Marks, PageKind};

/// Neighbouring frames of one kind with the same marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenseRun {
    /// The first.
    pub start: u32,
    /// How many.
    pub count: u32,
    /// What they hold.
    pub kind: PageKind,
    /// Their state.
    pub marks: Marks,
}

/// All of RAM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dense {
    /// Frames in all.
    pub total: u32,
    /// They follow each other from frame 0 to the last.
    pub runs: Vec<DenseRun>,
}

impl Dense {
    /// The run that holds a frame.
    pub fn at(&self, frame: u32) -> Option<&DenseRun> {
        let after = self.runs.partition_point(|run| run.start <= frame);
        let run = self.runs.get(after.checked_sub(1)?)?;
        (frame - run.start < run.count).then_some(run)
    }

    /// How many frames there are of each kind that there is, in the order in which the kinds come first.
    pub fn summary(&self) -> Vec<(PageKind, u64)> {
        let mut kinds: Vec<(PageKind, u64)> = Vec::new();
        for run in &self.runs {
            match kinds.iter_mut().find(|(kind, _)| *kind == run.kind) {
                Some((_, count)) => *count += u64::from(run.count),
                None => kinds.push((run.kind, u64::from(run.count))),
            }
        }
        kinds
    }

    fn push(&mut self, start: u32, count: u32, kind: PageKind, marks: Marks) {
        match self.runs.last_mut() {
            Some(last) if last.kind == kind && last.marks == marks => last.count += count,
            _ if count == 0 => {}
            _ => self.runs.push(DenseRun {
                start,
                count,
                kind,
                marks,
            }),
        }
    }
}

/// All of the session's RAM, now.
pub fn dense(session: &Session) -> Dense {
    let kernel = session.kernel();
    let (frames, mapcounts) = (kernel.frames(), kernel.mapcounts());
    let mut dense = Dense {
        total: frames.total(),
        runs: Vec::new(),
    };
    let mut next = 0;
    for (Pfn(number), frame) in frames.iter() {
        if frame.owner == Owner::Free {
            continue;
        }
        dense.push(next, number - next, PageKind::Free, Marks::empty());
        let marks = frame_marks(frame, mapcounts.of(Pfn(number)));
        dense.push(number, 1, frame_kind(frame), marks);
        next = number + 1;
    }
    dense.push(
        next,
        dense.total.saturating_sub(next),
        PageKind::Free,
        Marks::empty(),
    );
    dense
}

/// The bytes of a frame; none of one that the machine lacks or that was never used.
pub fn frame_bytes(session: &Session, frame: u32) -> Option<Vec<u8>> {
    let frames = session.kernel().frames();
    let used = frames.iter().find(|(pfn, _)| pfn.0 == frame);
    used.map(|(_, frame)| frame.contents.to_bytes().to_vec())
}
