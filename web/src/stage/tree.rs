//! The processes as a tree: who forked whom, and what each shares. Drawn above the address spaces, once there are several.

use view::{CellId, Pid, ProcessState, ProcessView, Scene, Sharing};

use super::shape::{Item, Look, Pen, Rect, Target, fitted};
use super::spaces::title_class;
use super::{Area, process_class};

const ROW: i32 = 40;
const INDENT: i32 = 16;
/// From a row's left to its bar: the dot and the number.
const NAME: i32 = 48;
/// The room for a process's state.
const STATE: i32 = 74;
const DEEPEST: i32 = 4;

/// Draws the tree; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area) -> i32 {
    let mut y = area.y;
    let mut dots: Vec<(Pid, i32, i32)> = Vec::new();
    for process in family(scene) {
        let depth = depth(scene, process).min(DEEPEST);
        let x = area.x + depth * INDENT;
        let above = dots
            .iter()
            .find(|(pid, ..)| Some(*pid) == process.parent)
            .filter(|(_, parent, _)| *parent < x);
        if let Some((_, parent, from)) = above {
            let (parent, from) = (parent + 4, from + 9);
            let bend = y + 3 - from;
            pen.path(
                "fork-edge",
                format!("M{parent} {from}v{bend}q0 6 6 6H{}", x - 2),
            );
        }
        dots.push((process.pid, x, y + 5));
        let width = area.x + area.width - x;
        row(
            pen,
            process,
            Area {
                x,
                y,
                width,
                ..area
            },
        );
        y += ROW;
    }
    y
}

/// The processes, each before those that it forked.
fn family(scene: &Scene) -> Vec<&ProcessView> {
    fn add<'a>(scene: &'a Scene, parent: Option<Pid>, family: &mut Vec<&'a ProcessView>) {
        for process in &scene.processes {
            if process.parent == parent && !family.iter().any(|known| known.pid == process.pid) {
                family.push(process);
                add(scene, Some(process.pid), family);
            }
        }
    }
    let mut family = Vec::new();
    add(scene, None, &mut family);
    family
}

/// How many of a process's forebears are there.
fn depth(scene: &Scene, process: &ProcessView) -> i32 {
    let parent = |process: &&ProcessView| scene.process(process.parent?);
    let line = std::iter::successors(Some(process), parent).take(64);
    i32::try_from(line.count()).unwrap_or(1) - 1
}

fn row(pen: &mut Pen, process: &ProcessView, area: Area) {
    let Area { x, y, width, .. } = area;
    let class = process_class(process.ordinal);
    let state = match process.state {
        ProcessState::Runnable => "runs".to_owned(),
        ProcessState::Blocked => "waits".to_owned(),
        ProcessState::Zombie { status } => format!("ended, status {status}"),
    };
    pen.rect(Rect::new(x, y + 5, 8, 8), 4, format!("bar {class}"));
    pen.text(x + 14, y + 13, title_class(class), process.pid.to_string());
    pen.text_end(x + width, y + 13, "tiny soft", state.clone());
    let mut label = format!("process {}", process.pid);
    if let Some(parent) = process.parent {
        label += &format!(", forked by {parent}");
    }
    label = format!("{label}, {state}");
    if let Some(sharing) = &process.sharing {
        let bar = Rect::new(x + NAME, y + 5, width - NAME - STATE, 8);
        shares(pen, sharing, bar);
        pen.text(
            x + 14,
            y + 28,
            "tiny soft",
            fitted(&sharing.short(), width - 14, 53),
        );
        label = format!("{label}, {sharing}");
    }
    pen.row(vec![Item {
        target: Target::Cell(CellId::Process(process.pid)),
        rect: Rect::new(x - 4, y - 3, width + 8, ROW - 4),
        look: Look::Area,
        label,
    }]);
}

/// The pages of a process in one bar: full where they are shared with its parent, half where with others, hollow where
/// they are its own.
fn shares(pen: &mut Pen, sharing: &Sharing, bar: Rect) {
    let part = |pages: u64| {
        let pixels = pages.saturating_mul(bar.w.max(0) as u64) / sharing.pages.max(1);
        i32::try_from(pixels).unwrap_or(0).min(bar.w)
    };
    let with_parent = part(sharing.with_parent());
    let shared = part(sharing.shared());
    pen.rect(bar, 2, "share");
    pen.rect(
        Rect {
            w: shared,
            h: 4,
            y: bar.y + 4,
            ..bar
        },
        1,
        "share full",
    );
    pen.rect(
        Rect {
            w: with_parent,
            ..bar
        },
        2,
        "share full",
    );
}
