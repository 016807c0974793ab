//! The middle of a step: the scene after it, with everything that a motion has yet to bring as it was.
//!
//! The kernel does a command as a whole; its motions tell the order in which it did it. So a person can
//! stop between the walk, the fill and the retry of one access.

use kernel::addr::Pfn;
use session::Session;

use crate::build::{self, Moment};
use crate::cell::{Cell, CellId, Marks, PageKind};
use crate::focus::Focus;
use crate::page_table::{EntryState, PageTableView};
use crate::scene::{FileRun, FileView, PageRun, Scene, SpaceItem};
use crate::transition::{Motion, MotionKind};
use crate::view::{scene, transition};

/// The scene of the session's last steps when `shown` of their motions have happened.
pub fn midway(session: &Session, focus: &Focus, shown: usize) -> Scene {
    let mut after = scene(session, focus);
    let motions = transition(session).motions;
    let (done, to_come) = motions.split_at(shown.min(motions.len()));
    if to_come.is_empty() {
        return after;
    }
    let lab = session.lab_before_story();
    let processes = lab.processes();
    let detail = session.detail();
    let moment = Moment {
        kernel: lab.kernel(),
        running: Some(detail.pid).filter(|pid| pid.0 > 0),
        command: detail.command.as_ref(),
        events: &detail.events,
        processes: &processes,
    };
    let before = build::scene_of(&moment, focus);
    let unsettled = unsettled(&after, to_come);
    let midway = Midway {
        before: &before,
        former: before.cells(),
        done,
        to_come,
        unsettled,
    };
    midway.put_back(&mut after);
    after
}

struct Midway<'a> {
    before: &'a Scene,
    former: Vec<&'a Cell>,
    done: &'a [Motion],
    to_come: &'a [Motion],
    /// Frames whose marks have yet to change.
    unsettled: Vec<Pfn>,
}

/// The frames of the cells whose marks a coming motion changes.
fn unsettled(after: &Scene, to_come: &[Motion]) -> Vec<Pfn> {
    use MotionKind::{Dirty, Protect, Writeback};
    let marking = to_come
        .iter()
        .filter(|motion| matches!(motion.kind, Dirty | Protect | Writeback));
    let cells = marking.flat_map(|motion| [motion.from.unwrap_or(motion.to), motion.to]);
    let frames = cells.filter_map(|id| after.cell(page_of(id))?.frame);
    frames.collect()
}

/// The page that an entry of the lowest level translates; else the thing itself.
const fn page_of(id: CellId) -> CellId {
    match id {
        CellId::Entry {
            pid,
            level: 1,
            page,
        } => CellId::Page { pid, page },
        _ => id,
    }
}

/// Whether a motion gives a thing its new content.
fn brings(motion: &Motion, id: CellId) -> bool {
    use MotionKind as K;
    match motion.kind {
        K::Allocate | K::Fill | K::Zero | K::Copy | K::Swap | K::Map | K::Free | K::Evict => {
            motion.to == id
        }
        K::Unmap => motion.from == Some(id),
        K::TlbFill | K::Shootdown | K::Appear => motion.to == id,
        _ => false,
    }
}

impl Midway<'_> {
    fn awaits(&self, id: CellId) -> bool {
        let brought = |motion: &Motion| brings(motion, id);
        !self.done.iter().any(brought) && self.to_come.iter().any(brought)
    }

    fn put_back(&self, scene: &mut Scene) {
        let maps = |motion: &Motion| matches!(motion.kind, MotionKind::Map | MotionKind::Unmap);
        if self.to_come.iter().any(maps) {
            scene.mapped_by.clone_from(&self.before.mapped_by);
            for process in &mut scene.processes {
                let before = self.before.process(process.pid);
                process.sharing = before.and_then(|before| before.sharing);
            }
        }
        for item in scene.processes.iter_mut().flat_map(|it| &mut it.space) {
            if let SpaceItem::Vma(vma) = item {
                self.runs(&mut vma.runs);
            }
        }
        for node in &mut scene.nodes {
            self.runs(&mut node.runs);
        }
        for file in &mut scene.files {
            self.file(file);
        }
        for cpu in &mut scene.cpus {
            cpu.tlb
                .retain(|entry| entry.flushed || !self.awaits(entry.id));
            for entry in &mut cpu.tlb {
                let forgets = |motion: &Motion| {
                    motion.kind == MotionKind::Shootdown && [entry.id, cpu.id].contains(&motion.to)
                };
                if self.to_come.iter().any(forgets) {
                    entry.flushed = false;
                }
            }
        }
        if let Some(table) = &mut scene.page_table {
            self.table(table);
        }
    }

    fn runs(&self, runs: &mut [PageRun]) {
        for run in runs {
            if let PageRun::Cells(cells) = run {
                cells.iter_mut().for_each(|cell| self.cell(cell));
            }
        }
    }

    fn cell(&self, cell: &mut Cell) {
        let former = self
            .former
            .iter()
            .copied()
            .find(|known| known.id == cell.id);
        if self.awaits(cell.id) {
            let (kind, frame) = match cell.id {
                CellId::Frame(frame) => (PageKind::Free, Some(frame)),
                _ => (PageKind::NotPresent, None),
            };
            *cell = former.copied().unwrap_or(Cell {
                kind,
                frame,
                marks: Marks::empty(),
                ..*cell
            });
        } else if cell
            .frame
            .is_some_and(|frame| self.unsettled.contains(&frame))
        {
            cell.marks = match former.filter(|former| former.frame == cell.frame) {
                Some(former) if former.kind == cell.kind => former.marks,
                _ => cell.marks - Marks::DIRTY,
            };
        }
    }

    fn file(&self, file: &mut FileView) {
        let mut files = self.before.files.iter();
        let former = files.find(|known| known.id == file.id);
        for run in &mut file.pages {
            let FileRun::Page(page) = run else { continue };
            self.cell(&mut page.cell);
            let Some(block) = &mut page.block else {
                continue;
            };
            let written =
                |motion: &Motion| motion.kind == MotionKind::Writeback && motion.to == block.id;
            if let Some(former) = former.filter(|_| self.to_come.iter().any(written)) {
                let mut pages = former.pages.iter().filter_map(FileRun::page);
                let known = pages.find(|known| known.index == page.index);
                if let Some(known) = known.and_then(|known| known.block.clone()) {
                    *block = known;
                }
                file.note.clone_from(&former.note);
                file.dirty = former.dirty;
            }
        }
    }

    fn table(&self, table: &mut PageTableView) {
        let mut missing = false;
        for level in &mut table.levels {
            level.exists &= !missing;
            for entry in &mut level.entries {
                if self.awaits(page_of(entry.id)) {
                    entry.state = self.former_entry(entry.id);
                    missing |= entry.on_path && level.level > 1;
                }
            }
        }
        let page = CellId::Page {
            pid: table.pid,
            page: table.page,
        };
        if self.awaits(page)
            && let Some(was) = table.was.take()
        {
            table.pte = was;
        }
    }

    fn former_entry(&self, id: CellId) -> EntryState {
        let levels = self.before.page_table.iter().flat_map(|it| &it.levels);
        let mut entries = levels.flat_map(|level| &level.entries);
        entries
            .find(|entry| entry.id == id)
            .map_or(EntryState::Empty, |entry| entry.state)
    }
}
