//! The views of a session: its scene, its last step's motions and words, its timeline.

use std::ops::Range;

use abi::{Pid, VirtAddr};
use kernel::addr::{InodeId, Pfn, Vpn};
use kernel::{Command, Event, FaultKind, Kernel, Outcome};
use session::{Marks, ProcessState, Session};

use crate::build::{self, Moment};
use crate::cell::CellId;
use crate::explanation::Explanation;
use crate::focus::Focus;
use crate::inspection::Inspection;
use crate::motions::motions;
use crate::scene::{BackingKind, Scene};
use crate::timeline::{BranchView, MarkKind, Timeline, TimelineMark};
use crate::told::{Area, Names, Told};
use crate::transition::Transition;
use crate::words;

/// What is drawn of the session's moment.
pub fn scene(session: &Session, focus: &Focus) -> Scene {
    let processes = session.processes();
    build::scene_of(&moment(session, &processes), focus)
}

/// Something of the session's moment, told in full; none where it is no more.
pub fn inspect(session: &Session, id: CellId) -> Option<Inspection> {
    let processes = session.processes();
    build::inspection_of(&moment(session, &processes), id)
}

fn moment<'a>(session: &'a Session, processes: &'a [ProcessState]) -> Moment<'a> {
    let detail = session.detail();
    Moment {
        kernel: session.kernel(),
        running: Some(detail.pid).filter(|pid| pid.0 > 0),
        command: detail.command.as_ref(),
        events: session.events(),
        processes,
    }
}

/// What moved in the session's last steps: those of [`Session::story`].
pub fn transition(session: &Session) -> Transition {
    motions(session.story().iter().flat_map(|detail| &detail.events))
}

/// The session's last steps in words: the most notable one, and beside it what else is worth a sentence.
pub fn explanation(session: &Session) -> Explanation {
    let story = session.story();
    let before = story
        .last()
        .is_some_and(has_ended)
        .then(|| session.lab_before());
    let now = SessionNames::of(session.lab());
    let then = before.as_ref().map(SessionNames::of);
    let names = |detail| then.as_ref().filter(|_| has_ended(detail)).unwrap_or(&now);
    let first = session.position().saturating_sub(story.len() as u64);
    let at = session.position();
    let tell = |(number, detail)| words::explain(&told(at.min(number), detail, names(detail)));
    let explained: Vec<Explanation> = (first + 1..).zip(story).map(tell).collect();
    words::one_story(
        explained,
        story.iter().map(|detail| notability(detail, names(detail))),
    )
}

/// Whether the step ended its process, so that its names are those of before.
fn has_ended(detail: &session::Detail) -> bool {
    let ends = |event: &Event| matches!(event, Event::TaskExited { pid, .. } if *pid == detail.pid);
    detail.events.iter().any(ends)
}

fn told<'a>(step: u64, detail: &'a session::Detail, names: &'a SessionNames) -> Told<'a> {
    Told {
        step,
        pid: detail.pid,
        statement: &detail.statement,
        command: detail.command.as_ref(),
        outcome: detail.outcome.as_ref(),
        events: &detail.events,
        waits: detail.waits,
        names,
    }
}

/// How much a step is worth telling, beside others of its statement.
fn notability(detail: &session::Detail, names: &SessionNames) -> u32 {
    let fault = told(0, detail, names).fault();
    let own = |fault: &kernel::Fault| {
        let area = names.area(fault.pid, Vpn::containing(fault.address));
        area.is_some_and(|area| area.backing == BackingKind::Program)
    };
    match (&detail.outcome, &detail.command, fault) {
        (Some(Outcome::Signal(_)), ..) => 9,
        (Some(Outcome::Error { .. }), ..) => 8,
        (_, Some(Command::Syscall { .. }), _) => 6,
        (_, _, Some(fault)) if own(fault) => 3,
        (_, _, Some(fault))
            if matches!(fault.kind, FaultKind::CopyOnWrite | FaultKind::FileMajor) =>
        {
            7
        }
        (_, _, Some(_)) => 5,
        _ if detail.waits => 4,
        (_, Some(_), _) => 1,
        (_, None, _) => 0,
    }
}

/// The session's steps from `steps.start` to `steps.end`, gathered into so many columns.
pub fn timeline(session: &Session, steps: Range<u64>, columns: u64) -> Timeline {
    let span = steps.end.saturating_sub(steps.start);
    let steps_per_column = span.div_ceil(columns.max(1)).max(1);
    // By columns, and within one by kinds.
    let mut marks: Vec<TimelineMark> = Vec::new();
    for step in steps.start.max(1)..=steps.end.min(session.length()) {
        let Some(record) = session.record(step) else {
            continue;
        };
        let column = step.saturating_sub(steps.start.max(1)) / steps_per_column;
        for kind in mark_kinds(record.marks) {
            let first = TimelineMark {
                step,
                column,
                kind,
                pid: Pid(record.pid),
                count: 1,
            };
            let place = |mark: &TimelineMark| (mark.column, mark.kind) <= (column, kind);
            let before = marks.iter().rposition(place);
            match before.and_then(|at| marks.get_mut(at)) {
                Some(known) if (known.column, known.kind) == (column, kind) => known.count += 1,
                _ => marks.insert(before.map_or(0, |at| at + 1), first),
            }
        }
    }
    let branch = |branch: session::BranchInfo| BranchView {
        id: u32::try_from(branch.id).unwrap_or(u32::MAX),
        label: branch.label,
        parent: branch.parent.and_then(|parent| u32::try_from(parent).ok()),
        from: branch.from,
        parts: branch.parts,
        length: branch.length,
        current: branch.current,
    };
    Timeline {
        length: session.length(),
        position: session.position(),
        first: steps.start.max(1),
        steps_per_column,
        marks,
        branches: session.branches().into_iter().map(branch).collect(),
    }
}

/// The kinds of marks that a step bears.
pub fn mark_kinds(marks: Marks) -> impl Iterator<Item = MarkKind> {
    let kinds = MarkKind::ALL.into_iter();
    kinds.filter(move |kind| marks.contains(kind.flag()))
}

impl MarkKind {
    /// The session's flag for it.
    pub const fn flag(self) -> Marks {
        match self {
            MarkKind::MinorFault => Marks::MINOR_FAULT,
            MarkKind::MajorFault => Marks::MAJOR_FAULT,
            MarkKind::Copy => Marks::COPY,
            MarkKind::Writeback => Marks::WRITEBACK,
            MarkKind::Signal => Marks::SIGNAL,
            MarkKind::Fork => Marks::FORK,
            MarkKind::Error => Marks::ERROR,
            MarkKind::Syscall => Marks::SYSCALL,
        }
    }
}

/// Names from the machine and from the program's variables.
pub(crate) struct SessionNames<'a> {
    kernel: &'a Kernel,
    processes: Vec<ProcessState>,
}

impl<'a> SessionNames<'a> {
    /// The names of a lab's moment.
    pub(crate) fn of(lab: &'a session::Lab) -> SessionNames<'a> {
        SessionNames {
            kernel: lab.kernel(),
            processes: lab.processes(),
        }
    }

    /// Whether a process has a variable of this name.
    pub(crate) fn has_variable(&self, pid: Pid, name: &str) -> bool {
        let mut processes = self.processes.iter();
        let process = processes.find(|process| process.pid == pid);
        let variables = process.map_or(&[][..], |process| &process.variables);
        variables.iter().any(|variable| *variable.name == *name)
    }

    fn pointers(&self, pid: Pid) -> impl Iterator<Item = (&str, session::Pointer)> {
        let process = self
            .processes
            .iter()
            .find(move |process| process.pid == pid);
        let variables = process.map_or(&[][..], |process| &process.variables);
        variables
            .iter()
            .rev()
            .filter_map(|variable| Some((&*variable.name, variable.pointer?)))
    }
}

impl Names for SessionNames<'_> {
    fn file(&self, inode: InodeId) -> String {
        build::file_name(self.kernel, inode)
    }

    fn descriptor(&self, pid: Pid, fd: i32) -> Option<String> {
        build::descriptor_name(self.kernel, pid, fd)
    }

    fn area(&self, pid: Pid, page: Vpn) -> Option<Area> {
        let space = self.kernel.address_space(pid)?;
        let vma = space.vma_at(page)?;
        let pointing = self
            .pointers(pid)
            .filter(|(_, pointer)| vma.range.contains(Vpn::containing(pointer.target)));
        let mut pointers: Vec<String> = pointing.map(|(name, _)| name.to_string()).collect();
        pointers.reverse();
        Some(Area {
            pointers,
            range: vma.range,
            permissions: build::permissions(vma),
            backing: build::backing(self.kernel, pid, space, vma),
            file: vma.inode(),
            shared: vma.sharing == kernel::mm::vma::Sharing::Shared,
        })
    }

    fn spell(&self, pid: Pid, address: VirtAddr) -> Option<String> {
        let process = self.processes.iter().find(|process| process.pid == pid)?;
        let named = process
            .variables
            .iter()
            .rev()
            .find(|variable| variable.address == Some(address));
        if let Some(variable) = named {
            return Some(variable.name.to_string());
        }
        let space = self.kernel.address_space(pid)?;
        let vma = space.vma_at(Vpn::containing(address))?;
        let below = |(_, pointer): &(&str, session::Pointer)| {
            pointer.stride > 0
                && pointer.target <= address
                && vma.range.contains(Vpn::containing(pointer.target))
        };
        let (name, pointer) = self
            .pointers(pid)
            .filter(below)
            .max_by_key(|(_, pointer)| pointer.target)?;
        let distance = address.0 - pointer.target.0;
        distance
            .is_multiple_of(pointer.stride)
            .then(|| format!("{name}[{}]", distance / pointer.stride))
    }

    fn parent(&self, pid: Pid) -> Option<Pid> {
        self.kernel.tasks().get(pid)?.parent
    }

    fn mappers(&self, frame: Pfn) -> Vec<Pid> {
        build::Mappers::new(self.kernel).processes(frame)
    }
}
