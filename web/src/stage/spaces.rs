//! The lane of address spaces: each process's mappings from the highest address down, gaps folded.
//!
//! A mapping that the program points into, or that was just used, is a card with its pages. Others of
//! the process's own furniture (stack, program, what the kernel maps) are a line with what is present.

use view::{
    BackingKind, Cell, CellId, GapView, PageKind, PageRun, Pid, ProcessState, ProcessView, Scene,
    SpaceItem, VmaView,
};

use super::shape::{Item, Look, Pen, Rect, Shape, Target, fitted};
use super::{Area, cell, process_class, tree};

const SIDE_BY_SIDE: i32 = 206;
const BETWEEN: i32 = 20;
const LINE: i32 = 30;

/// Draws the lane; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area) -> i32 {
    pen.text(area.x, area.y + 14, "lane", "ADDRESS SPACES");
    let count = i32::try_from(scene.processes.len()).unwrap_or(1).max(1);
    let fitting = (area.width + BETWEEN) / (SIDE_BY_SIDE + BETWEEN);
    let columns = fitting.min(count).max(1);
    let width = (area.width + BETWEEN) / columns - BETWEEN;
    let width = width.min(360.max(area.width / columns.max(2)));
    let mut top = area.y + 28;
    if scene.processes.len() > 1 {
        let (y, width) = (top, area.width.min(420));
        top = tree::draw(pen, scene, Area { y, width, ..area }) + 4;
    }
    let mut bottoms = vec![top; usize::try_from(columns).unwrap_or(1)];
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
        *y = process_space(pen, scene, process, area) + 18;
    }
    bottoms.into_iter().max().unwrap_or(area.y) - 18
}

fn process_space(pen: &mut Pen, scene: &Scene, process: &ProcessView, area: Area) -> i32 {
    let class = process_class(process.ordinal);
    // Where there is a tree, the process is pointed at there.
    heading(pen, process, class, area, scene.processes.len() > 1);
    let mut y = area.y + 28;
    let mut items = process.space.iter().enumerate().peekable();
    while let Some((number, item)) = items.next() {
        let area = Area { y, ..area };
        let inner = number > 0 && number + 1 < process.space.len();
        y = match item {
            SpaceItem::Vma(vma) if is_quiet(scene, process, vma) => {
                let mut group = vec![vma];
                let alike = |item: &(usize, &SpaceItem)| {
                    let other = item.1.vma();
                    other.is_some_and(|other| {
                        other.backing == vma.backing && is_quiet(scene, process, other)
                    })
                };
                while let Some((_, SpaceItem::Vma(other))) = items.next_if(alike) {
                    group.push(other);
                }
                quiet_line(pen, &group, class, area)
            }
            SpaceItem::Vma(vma) if is_bare(vma) => quiet_line(pen, &[vma], class, area),
            SpaceItem::Vma(vma) => card(pen, vma, class, area),
            SpaceItem::Gap(gap) if inner => folded_gap(pen, gap, area),
            SpaceItem::Gap(_) => y,
        };
    }
    y
}

fn heading(pen: &mut Pen, process: &ProcessView, class: &'static str, area: Area, plain: bool) {
    let Area { x, y, width, .. } = area;
    let state = match process.state {
        ProcessState::Runnable => format!("{} pages mapped", process.pages_mapped),
        ProcessState::Blocked => "waits".to_owned(),
        ProcessState::Zombie { status } => format!("ended, status {status}"),
    };
    let name = format!("process {}", process.pid);
    pen.text(x, y + 16, title_class(class), name.clone());
    pen.text_end(x + width, y + 16, "tiny soft", state.clone());
    if plain {
        return;
    }
    pen.row(vec![Item {
        target: Target::Cell(process.id),
        rect: Rect::new(x - 4, y, width + 8, 24),
        look: Look::Area,
        label: format!("{name}, {state}"),
    }]);
}

pub fn title_class(class: &'static str) -> &'static str {
    match class {
        "p1" => "title p1",
        "p2" => "title p2",
        "p3" => "title p3",
        "p4" => "title p4",
        "p5" => "title p5",
        _ => "title p6",
    }
}

/// Whether a mapping is furniture: nothing of the program's own points to it, and nothing just happened in it.
fn is_quiet(scene: &Scene, process: &ProcessView, vma: &VmaView) -> bool {
    let accesses = scene.cpus.iter().filter_map(|cpu| cpu.access.as_ref());
    let mut accesses = accesses.filter(|access| access.pid == process.pid);
    let used = accesses.any(|access| vma.range.contains(view::Vpn::containing(access.address)));
    let furniture = matches!(
        vma.backing,
        BackingKind::Stack | BackingKind::Program | BackingKind::Special
    );
    furniture && vma.pointers.is_empty() && !used
}

/// Whether there is nothing to see in a mapping that nothing points to.
fn is_bare(vma: &VmaView) -> bool {
    vma.pointers.is_empty() && present(vma).next().is_none()
}

/// The pages that are drawn and there.
fn present(vma: &VmaView) -> impl Iterator<Item = &Cell> {
    let cells = vma.runs.iter().flat_map(PageRun::cells);
    cells.filter(|cell| cell.kind != PageKind::NotPresent)
}

/// A mapping with all its pages.
fn card(pen: &mut Pen, vma: &VmaView, class: &'static str, area: Area) -> i32 {
    let Area { x, y, width, size } = area;
    let mut pages = Pen::default();
    let bottom = cell::runs(
        &mut pages,
        vma.id,
        &vma.runs,
        x + 13,
        y + 28,
        width - 26,
        size,
    );
    let height = bottom - y + 4;
    frame(pen, Rect::new(x, y, width, height), class);
    let name = match vma.pointers.as_slice() {
        [] => vma.name.clone(),
        pointers => format!("{}  {}", pointers.join(", "), vma.name),
    };
    pen.text(
        x + 13,
        y + 19,
        "small strong",
        fitted(&name, width - 53, 66),
    );
    pen.text_end(
        x + width - 10,
        y + 19,
        "m tiny soft",
        vma.permissions.clone(),
    );
    let start = format!("{:x}", vma.range.start.0);
    let start_width = i32::try_from(start.len()).unwrap_or(9) * 6;
    if last_right(&pages) + 8 + start_width < x + width - 10 {
        pen.text_end(x + width - 10, y + height - 15, "m tiny soft", start);
    }
    pen.row(vec![area_item(vma, &name, Rect::new(x, y, width, 26))]);
    pen.shapes.append(&mut pages.shapes);
    y + height + 4
}

/// Mappings of one kind in one line: their names, and the pages that are there.
fn quiet_line(pen: &mut Pen, group: &[&VmaView], class: &'static str, area: Area) -> i32 {
    let Area { x, y, width, size } = area;
    let height = LINE.max(size.cell + 8) - 4;
    frame(pen, Rect::new(x, y, width, height), class);
    let end = match group {
        [only] => {
            pen.text_end(
                x + width - 10,
                y + height / 2 + 4,
                "m tiny soft",
                only.permissions.clone(),
            );
            x + width - 42
        }
        _ => x + width - 6,
    };
    let mut at = x + 13;
    let mut items = Vec::new();
    for vma in group {
        let name = if group.len() > 1 {
            short_name(&vma.name)
        } else {
            &vma.name
        };
        let name = fitted(name, end - at, 57);
        let name_width = i32::try_from(name.chars().count()).unwrap_or(0) * 57 / 10;
        if name_width < 12 {
            break;
        }
        pen.text(at, y + height / 2 + 4, "tiny soft", name);
        items.push(area_item(
            vma,
            &vma.name,
            Rect::new(at - 4, y, name_width + 8, height),
        ));
        at += name_width + 6;
        for page in present(vma) {
            if at + size.cell > end {
                break;
            }
            items.push(cell::item(page, at, y + (height - size.cell) / 2, size));
            at += size.pitch();
        }
        at += 4;
    }
    pen.row(items);
    y + height + 4
}

/// A group's names without what they share.
fn short_name(name: &str) -> &str {
    name.strip_prefix("program ").unwrap_or(name)
}

fn frame(pen: &mut Pen, rect: Rect, class: &'static str) {
    let Rect { x, y, h, .. } = rect;
    pen.rect(rect, 9, "card");
    let inset = if h > 40 { 9 } else { 5 };
    pen.rect(
        Rect::new(x, y + inset, 3, h - 2 * inset),
        1,
        format!("bar {class}"),
    );
}

fn area_item(vma: &VmaView, name: &str, rect: Rect) -> Item {
    let pid = match vma.id {
        CellId::Vma { pid, .. } => pid,
        _ => Pid(0),
    };
    Item {
        target: Target::Cell(vma.id),
        rect,
        look: Look::Area,
        label: format!(
            "{name}, process {pid}, {}, {} from {:#x}, {} resident",
            vma.permissions,
            ::view::told::count(vma.range.pages(), "page"),
            vma.range.start.address().0,
            vma.resident
        ),
    }
}

/// The right edge of the last row's last item.
fn last_right(rows: &Pen) -> i32 {
    let item = rows.shapes.last().and_then(|shape| match shape {
        Shape::Row(items) => items.last(),
        _ => None,
    });
    item.map_or(0, |item| item.rect.x + item.rect.w)
}

fn folded_gap(pen: &mut Pen, gap: &GapView, area: Area) -> i32 {
    let Area { x, y, .. } = area;
    pen.path("gap", format!("M{} {y}v3m0 3v3m0 3v3", x + 20));
    let words = format!("{} unmapped", gap.size);
    pen.row(vec![Item {
        target: Target::Cell(gap.id),
        rect: Rect::new(x + 8, y - 4, area.width - 16, 24),
        look: Look::Area,
        label: format!("{words}, from {:#x}", gap.range.start.address().0),
    }]);
    pen.text(x + 32, y + 11, "tiny soft", words);
    y + 20
}
