//! What lies over the lanes: the accent on what happens now, the lines of what is pointed at, and the
//! elements that move.

use std::rc::Rc;

use view::{CellId, EntryState, Motion, MotionKind, Pfn, Pid, Scene, Transition};
use yew::prelude::*;

use super::shape::{Look, Point, Rect};
use super::{Drawing, lines};
use crate::animate::{accent_id, beat_id, former_id};
use crate::motion::{Beat, Course, Score};
use crate::shared::Shared;

/// Of a process so many things are lit.
const MOST_LIT: usize = 600;

/// What the overlay is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The scene.
    pub scene: Shared<Scene>,
    /// The scene before it.
    pub former: Shared<Scene>,
    /// Where its things are.
    pub drawing: Shared<Drawing>,
    /// What moved last.
    pub transition: Shared<Transition>,
    /// When it moves; none while motions are off.
    pub score: Option<Rc<Score>>,
    /// How many of the motions have happened, in the middle of a step.
    pub shown: Option<usize>,
    /// What is pointed at.
    pub pointed: Option<CellId>,
    /// What is selected.
    pub selected: Option<CellId>,
}

/// The overlay. Nothing in it takes the pointer.
#[component]
pub fn Overlay(props: &Props) -> Html {
    let Props {
        drawing,
        transition,
        ..
    } = props;
    let accents = match props.shown.and_then(|shown| shown.checked_sub(1)) {
        Some(last) => accents(transition.motions.iter().skip(last).take(1)),
        None => accents(transition.motions.iter()),
    };
    let rings = accents.iter().filter_map(|id| {
        let place = drawing.place(*id)?;
        Some(html! { <g key={id.to_string()} id={accent_id(*id)}>{ ring(place, "accent") }</g> })
    });
    let selected = props.selected.and_then(|id| drawing.place(id));
    html! {
        <g class="overlay" aria-hidden="true">
            <g>{ former(props) }</g>
            <g>{ for rings }</g>
            <g>{ for selected.map(|rect| ring(rect, "chosen")) }</g>
            <g>{ pointed(props) }</g>
            // Another score moves other elements: what still moved for the last one is gone.
            <g key={props.score.as_ref().map_or(0, |score| Rc::as_ptr(score).addr())}>
                { for props.score.iter().flat_map(|score| score.beats.iter().enumerate()).map(mover) }
            </g>
        </g>
    }
}

/// Cells as they were, over those that a motion has yet to bring.
fn former(props: &Props) -> Html {
    let score = props.score.as_ref();
    let Some(score) = score.filter(|score| !score.arrivals.is_empty()) else {
        return html! {};
    };
    let cells = props.former.cells();
    let ghost = |(id, _): &(CellId, u32)| {
        let cell = cells.iter().find(|cell| cell.id == *id)?;
        let place = props.drawing.place(*id)?;
        let look = super::layer::look(place, &Look::Cell(**cell));
        Some(html! { <g key={id.to_string()} id={former_id(*id)} class="former">{ look }</g> })
    };
    score.arrivals.iter().filter_map(ghost).collect()
}

/// The cells that the step changed in a way that counts: the page's one accent.
pub fn accents<'a>(motions: impl Iterator<Item = &'a Motion>) -> Vec<CellId> {
    use MotionKind as K;
    let mut cells: Vec<CellId> = Vec::new();
    for motion in motions {
        let ends = match motion.kind {
            K::Fill | K::Zero | K::Copy | K::CopyBytes | K::Dirty | K::Writeback | K::Swap => {
                [None, Some(motion.to)]
            }
            K::Map | K::Access | K::Retry => [motion.from, Some(motion.to)],
            K::TlbHit | K::TlbFill => [None, Some(motion.to)],
            _ => continue,
        };
        for id in ends.into_iter().flatten() {
            if is_small(id) && !cells.contains(&id) {
                cells.push(id);
            }
        }
    }
    cells
}

const fn is_small(id: CellId) -> bool {
    matches!(
        id,
        CellId::Page { .. } | CellId::Frame(_) | CellId::Cached { .. } | CellId::Tlb { .. }
    )
}

/// The line from the walked PTE to its frame.
pub fn translation(scene: &Scene, drawing: &Drawing) -> Option<String> {
    let table = scene.page_table.as_ref()?;
    let EntryState::Frame(frame) = table.pte.state else {
        return None;
    };
    let entry = drawing.place(super::page_table::last_entry(table))?;
    link(drawing, entry, drawing.place(CellId::Frame(frame))?)
}

/// The line between two things; none where the lanes are stacked, since it would run over all that lies between.
fn link(drawing: &Drawing, from: Rect, to: Rect) -> Option<String> {
    (!drawing.rules.is_empty()).then(|| lines::across(from, to))
}

/// Everything that holds the frame that is pointed at, and the lines to the frame.
fn pointed(props: &Props) -> Html {
    let drawing = &props.drawing;
    let Some(id) = props.pointed.or(props.selected) else {
        return html! { <g /> };
    };
    if let CellId::Process(pid) = id {
        return frames_of_process(&props.scene, drawing, pid);
    }
    let Some(frame) = frame_of(&props.scene, id) else {
        let place = drawing.place(id).filter(|_| props.pointed.is_some());
        return html! { <g>{ for place.map(|rect| ring(rect, "held")) }</g> };
    };
    let holders: Vec<Rect> = holders(&props.scene, frame)
        .into_iter()
        .filter_map(|cell| drawing.place(cell))
        .collect();
    let center = drawing.place(CellId::Frame(frame));
    let links = holders.iter().filter_map(|holder| {
        let center = center.filter(|center| center != holder)?;
        link(drawing, *holder, center)
    });
    html! {
        <g>
            <g>{ for links.map(|d| html! { <path class="held-line" {d} /> }) }</g>
            <g>{ for holders.iter().map(|rect| ring(*rect, "held")) }</g>
        </g>
    }
}

/// The frames of a process wherever they are seen; those that it shares with lines to whoever shares them.
fn frames_of_process(scene: &Scene, drawing: &Drawing, pid: Pid) -> Html {
    let mut lit: Vec<(CellId, Pfn, bool)> = Vec::new();
    for cell in scene.cells() {
        let Some(frame) = cell.frame else { continue };
        if let Some(pids) = scene.mapped_by.get(&frame)
            && pids.contains(&pid)
        {
            lit.push((cell.id, frame, pids.len() > 1));
        }
    }
    let line = |(id, frame, shared): &(CellId, Pfn, bool)| {
        let page = *shared && matches!(id, CellId::Page { .. });
        let center = drawing.place(CellId::Frame(*frame)).filter(|_| page)?;
        let d = lines::across(drawing.place(*id)?, center);
        Some(html! { <path class="held-line" {d} /> })
    };
    let one = |(id, _, shared): &(CellId, Pfn, bool)| {
        let class = if *shared { "held shared" } else { "held" };
        Some(ring(drawing.place(*id)?, class))
    };
    html! {
        <g>
            <g>{ for lit.iter().take(MOST_LIT).filter_map(line) }</g>
            <g>{ for lit.iter().take(MOST_LIT).filter_map(one) }</g>
        </g>
    }
}

/// The frame that a thing holds, if it holds one.
pub fn frame_of(scene: &Scene, id: CellId) -> Option<Pfn> {
    match id {
        CellId::Frame(frame) => Some(frame),
        CellId::Tlb { .. } => {
            let mut entries = scene.cpus.iter().flat_map(|cpu| &cpu.tlb);
            entries
                .find(|entry| entry.id == id)
                .map(|entry| entry.frame)
        }
        CellId::Entry { .. } => {
            let levels = scene.page_table.iter().flat_map(|table| &table.levels);
            let mut entries = levels.flat_map(|level| &level.entries);
            match entries.find(|entry| entry.id == id)?.state {
                EntryState::Frame(frame) => Some(frame),
                _ => None,
            }
        }
        CellId::Block { inode, index } => frame_of(scene, CellId::Cached { inode, index }),
        _ => scene.cell(id).and_then(|cell| cell.frame),
    }
}

fn holders(scene: &Scene, frame: Pfn) -> Vec<CellId> {
    let mut holders: Vec<CellId> = scene.holders(frame).map(|cell| cell.id).collect();
    for cpu in &scene.cpus {
        for entry in &cpu.tlb {
            if entry.frame == frame && !entry.flushed {
                holders.push(entry.id);
            }
        }
    }
    if let Some(table) = &scene.page_table {
        for level in &table.levels {
            for entry in &level.entries {
                if entry.state == EntryState::Frame(frame) {
                    holders.push(entry.id);
                }
            }
        }
    }
    holders
}

pub(super) fn ring(rect: Rect, class: &'static str) -> Html {
    let Rect { x, y, w, h } = rect;
    super::layer::rectangle(Rect::new(x - 1, y - 1, w + 2, h + 2), 5, class.into())
}

/// The element of a motion, unseen until it is played.
fn mover((number, beat): (usize, &Beat)) -> Html {
    let (shape, label) = match beat.course {
        Course::Travel { .. } if is_light(beat.kind) => {
            (html! { <circle r="5" /> }, Point { x: 9, y: 4 })
        }
        Course::Travel { .. } => (
            html! { <rect x="-11" y="-11" width="22" height="22" rx="4" /> },
            Point { x: 15, y: 4 },
        ),
        Course::Pulse(Rect { x, y, w, h }) => (
            html! {
                <rect x={(x - 3).to_string()} y={(y - 3).to_string()} width={(w + 6).to_string()}
                    height={(h + 6).to_string()} rx="6" />
            },
            // Within a translation, whose rows lie close; above anything else.
            match beat.kind {
                MotionKind::TlbHit | MotionKind::TlbMiss if h < 40 => Point {
                    x: x + w - 62,
                    y: y + h / 2 + 4,
                },
                _ => Point { x, y: y - 7 },
            },
        ),
        Course::Draw { from, to } => (
            html! { <path d={lines::across(from, to)} pathLength="1" /> },
            Point::default(),
        ),
    };
    html! {
        <g key={number} id={beat_id(number)} class={classes!("mover", kind_class(beat.kind))}>
            { shape }
            <text x={label.x.to_string()} y={label.y.to_string()}>{ caption(beat.kind) }</text>
        </g>
    }
}

/// A word beside the motions that need one.
const fn caption(kind: MotionKind) -> &'static str {
    use MotionKind as K;
    match kind {
        K::TlbHit => "hit",
        K::TlbMiss => "miss",
        K::Miss => "fault",
        K::Zero => "zeros",
        K::Copy => "copy",
        K::Retry => "again",
        K::Signal => "signal",
        _ => "",
    }
}

const fn is_light(kind: MotionKind) -> bool {
    use MotionKind as K;
    matches!(kind, K::Access | K::Retry | K::Walk | K::TlbFill)
}

/// The style class of a motion.
const fn kind_class(kind: MotionKind) -> &'static str {
    use MotionKind as K;
    match kind {
        K::Access | K::Walk | K::TlbFill | K::Touch | K::Appear => "light",
        K::TlbMiss | K::Miss | K::Shootdown | K::Evict | K::Unmap | K::Free => "lack",
        K::TlbHit | K::Retry | K::Allocate => "done",
        K::Fill | K::CopyBytes | K::Swap => "filled",
        K::Writeback => "written",
        K::Zero => "zeroed",
        K::Copy => "copied",
        K::Map | K::Fork | K::Protect => "mapped",
        K::Dirty => "dirtied",
        K::Signal => "struck-down",
        K::Vanish | K::Print => "quiet",
    }
}
