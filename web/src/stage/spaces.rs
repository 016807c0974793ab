//! The lane of address spaces: each process's mappings from the highest address down, gaps folded.

use view::{GapView, PageKind, PageRun, ProcessState, ProcessView, Scene, SpaceItem, VmaView};

use super::shape::{Item, Look, Pen, Rect, Target, fitted};
use super::{Area, cell, process_class};

const SIDE_BY_SIDE: i32 = 206;
const BETWEEN: i32 = 20;

/// Draws the lane; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area) -> i32 {
    pen.text(area.x, area.y + 14, "lane", "ADDRESS SPACES");
    let count = i32::try_from(scene.processes.len()).unwrap_or(1).max(1);
    let fitting = (area.width + BETWEEN) / (SIDE_BY_SIDE + BETWEEN);
    let columns = fitting.min(count).max(1);
    let width = (area.width + BETWEEN) / columns - BETWEEN;
    let width = width.min(320.max(area.width / columns.max(2)));
    let mut bottoms = vec![area.y + 28; usize::try_from(columns).unwrap_or(1)];
    for process in &scene.processes {
        let shortest = bottoms.iter_mut().enumerate().min_by_key(|(_, y)| **y);
        let Some((column, y)) = shortest else { break };
        let x = area.x + i32::try_from(column).unwrap_or(0) * (width + BETWEEN);
        let area = Area {
            x,
            y: *y,
            width,
            ..area
        };
        *y = process_space(pen, process, area) + 20;
    }
    bottoms.into_iter().max().unwrap_or(area.y) - 20
}

fn process_space(pen: &mut Pen, process: &ProcessView, area: Area) -> i32 {
    let Area { x, y, width, .. } = area;
    let class = process_class(process.ordinal);
    let state = match process.state {
        ProcessState::Runnable => format!("{} pages mapped", process.pages_mapped),
        ProcessState::Blocked => "waits".to_owned(),
        ProcessState::Zombie { status } => format!("ended, status {status}"),
    };
    pen.row(vec![Item {
        target: Target::Cell(process.id),
        rect: Rect::new(x - 4, y, width + 8, 24),
        look: Look::Area,
        label: format!("process {}, {state}", process.pid),
    }]);
    let title = match class {
        "p1" => "title p1",
        "p2" => "title p2",
        "p3" => "title p3",
        "p4" => "title p4",
        "p5" => "title p5",
        _ => "title p6",
    };
    pen.text(x, y + 16, title, format!("process {}", process.pid));
    pen.text_end(x + width, y + 16, "tiny soft", state);
    let mut y = y + 28;
    for (number, item) in process.space.iter().enumerate() {
        let inner = number > 0 && number + 1 < process.space.len();
        y = match item {
            SpaceItem::Vma(vma) => mapping(pen, vma, class, Area { y, ..area }),
            SpaceItem::Gap(gap) if inner => folded_gap(pen, gap, Area { y, ..area }),
            SpaceItem::Gap(_) => y,
        };
    }
    y
}

/// A mapping is drawn as a card with its pages; as one line when there is nothing to see in it.
fn mapping(pen: &mut Pen, vma: &VmaView, class: &'static str, area: Area) -> i32 {
    let Area { x, y, width, size } = area;
    let bare = vma.pointers.is_empty() && !vma.runs.iter().any(has_pages);
    let name = match vma.pointers.as_slice() {
        [] => vma.name.clone(),
        pointers => format!("{}  {}", pointers.join(", "), vma.name),
    };
    let start = format!("{:x}", vma.range.start.0);
    let card = pen.shapes.len();
    let mut rows = Pen::default();
    let height = if bare {
        26
    } else {
        let room = width - 26;
        let bottom = cell::runs(&mut rows, vma.id, &vma.runs, x + 13, y + 28, room, size);
        bottom - y + 4
    };
    pen.rect(Rect::new(x, y, width, height), 9, "card");
    let bar = if bare { 5 } else { 9 };
    pen.rect(
        Rect::new(x, y + bar, 3, height - 2 * bar),
        1,
        format!("bar {class}"),
    );
    pen.row(vec![Item {
        target: Target::Cell(vma.id),
        rect: Rect::new(x, y, width, 26),
        look: Look::Area,
        label: format!(
            "{name}, {}, {} pages from {:#x}, {} resident",
            vma.permissions,
            vma.range.pages(),
            vma.range.start.address().0,
            vma.resident
        ),
    }]);
    let line = y + if bare { 17 } else { 19 };
    let room = width - 13 - 10 - 30 - if bare { 66 } else { 0 };
    let name_class = if bare { "small soft" } else { "small strong" };
    pen.text(x + 13, line, name_class, fitted(&name, room, 68));
    pen.text_end(x + width - 10, line, "m tiny soft", vma.permissions.clone());
    let last_row_end = last_right(&rows);
    let start_width = i32::try_from(start.len()).unwrap_or(9) * 6;
    let beside = last_row_end + 8 + start_width < x + width - 10;
    if bare {
        pen.text_end(x + width - 42, line, "m tiny soft", start);
    } else if beside {
        pen.text_end(x + width - 10, y + height - 15, "m tiny soft", start);
    }
    debug_assert!(pen.shapes.len() > card);
    pen.shapes.append(&mut rows.shapes);
    y + height + 4
}

fn has_pages(run: &PageRun) -> bool {
    match run {
        PageRun::Cells(cells) => cells.iter().any(|cell| cell.kind != PageKind::NotPresent),
        PageRun::Elided { present, .. } => *present > 0,
    }
}

/// The right edge of the last row's last item.
fn last_right(rows: &Pen) -> i32 {
    let last = rows.shapes.last();
    let item = last.and_then(|shape| match shape {
        super::Shape::Row(items) => items.last(),
        _ => None,
    });
    item.map_or(0, |item| item.rect.x + item.rect.w)
}

fn folded_gap(pen: &mut Pen, gap: &GapView, area: Area) -> i32 {
    let Area { x, y, .. } = area;
    let at = x + 20;
    pen.path("gap", format!("M{at} {}v3m0 3v3m0 3v3", y));
    pen.text(
        x + 32,
        y + 11,
        "tiny soft",
        format!("{} unmapped", gap.size),
    );
    y + 20
}
