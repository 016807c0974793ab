//! The whole address space of a process: 128 TiB to scale, and below it what lies where, the gaps folded.
//!
//! At the true scale a mapping is far thinner than a pixel. So each group of mappings leads from its true place to a row
//! in which it is as wide as it is large beside the others, and never too thin to be pointed at.

use view::{BackingKind, Scene, SpaceItem, VmaView};

use super::Area;
use super::shape::{Item, Look, Pen, Rect, Target, fitted};

/// Pages of the 47 bits of user space.
const PAGES: u64 = 1 << 35;
/// A gap of so many pages, 1 MiB, divides two groups.
const GROUP_GAP: u64 = 256;
/// Room for a gap's size between two groups.
const GAP: i32 = 64;
/// From the lane's top to the space at its true scale, and to the row of boxes.
const BAR: i32 = 28;
const ROW: i32 = 76;
/// So many boxes at most: beyond, neighbours share one.
const MOST: usize = 40;

/// Neighbouring mappings in one box.
struct Part<'a> {
    vmas: &'a [&'a VmaView],
    /// Pages of nothing below it.
    gap: Option<(u64, &'a str, view::CellId)>,
}

impl Part<'_> {
    fn pages(&self) -> u64 {
        self.vmas.iter().map(|vma| vma.range.pages()).sum()
    }
}

/// Draws the lane; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area) -> i32 {
    let Area { x, y, width, size } = area;
    let process = scene.focused().and_then(|pid| scene.process(pid));
    let Some(process) = process.filter(|process| !process.space.is_empty()) else {
        return y;
    };
    let words = format!("WHOLE SPACE OF {} · 128 TIB TO SCALE", process.pid);
    pen.text(x, y + 14, "lane", words);
    let (bar, row) = (y + BAR, y + ROW);
    let all = format!(
        "all 128 TiB of process {}, {} pages of them mapped",
        process.pid, process.pages_mapped
    );
    pen.row(vec![item(
        process.id,
        Rect::new(x - 4, y - 4, width + 8, 60),
        all,
    )]);
    pen.rect(Rect::new(x, bar, width, 10), 2, "whole");
    for tick in 0..=4i32 {
        let at = x + width * tick / 4;
        pen.path("rule", format!("M{at} {}v4", bar + 10));
        let text = if tick == 0 {
            "0".to_owned()
        } else {
            format!("{} TiB", tick * 32)
        };
        match tick {
            0 => pen.text(at, bar + 24, "tiny soft over", text),
            _ => pen.text_end(at, bar + 24, "tiny soft over", text),
        }
    }
    let vmas: Vec<&VmaView> = process
        .space
        .iter()
        .rev()
        .filter_map(SpaceItem::vma)
        .collect();
    let parts = parts(&process.space, &vmas);
    let divided = |part: &Part| part.gap.is_some_and(|(pages, ..)| pages >= GROUP_GAP);
    let groups = parts.iter().skip(1).filter(|part| divided(part)).count();
    let gap = GAP.min(width / 7);
    let count = i32::try_from(parts.len()).unwrap_or(1).max(1);
    let room = width - i32::try_from(groups).unwrap_or(0) * gap - (count - 1) * 2;
    let least = size.cell.min(room / count);
    let pages: u64 = parts.iter().map(Part::pages).sum();
    let spare = u64::try_from(room - least * count).unwrap_or(0);
    let mut at = x;
    let mut items = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        if let Some((_, words, id)) = part.gap.filter(|_| number > 0 && divided(part)) {
            let rect = Rect::new(at, row, gap, size.cell);
            pen.text(
                at + 4,
                row + size.cell / 2 + 4,
                "tiny soft",
                fitted(words, gap - 6, 55),
            );
            items.push(item(id, rect, format!("{words} of nothing")));
            at += gap;
        }
        let share = spare.saturating_mul(part.pages()) / pages.max(1);
        let wide = least + i32::try_from(share).unwrap_or(0);
        let rect = Rect::new(at, row, wide, size.cell);
        if number == 0 || divided(part) {
            leader(pen, part, area, at);
        }
        items.extend(boxed(pen, part, rect));
        at += wide + 2;
    }
    pen.row(items);
    row + size.cell + 18
}

/// The mappings from the lowest address up, in at most [`MOST`] parts, each with the gap below it.
fn parts<'a>(space: &'a [SpaceItem], vmas: &'a [&'a VmaView]) -> Vec<Part<'a>> {
    let each = vmas.len().div_ceil(MOST).max(1);
    let part = |vmas: &'a [&'a VmaView]| {
        let start = vmas.first().map(|vma| vma.range.start);
        let gap = space.iter().find_map(|item| match item {
            SpaceItem::Gap(gap) if Some(gap.range.end) == start => {
                Some((gap.range.pages(), gap.size.as_str(), gap.id))
            }
            _ => None,
        });
        Part { vmas, gap }
    };
    vmas.chunks(each).map(part).collect()
}

/// From a group's true place down to its first box at `at`, and the address at which it starts below that.
fn leader(pen: &mut Pen, part: &Part, area: Area, at: i32) {
    let Some(first) = part.vmas.first() else {
        return;
    };
    let Area { x, y, width, size } = area;
    let start = first.range.start;
    let pixels = u64::try_from(width - 3).unwrap_or(0);
    let true_x = pixels.saturating_mul(start.0) / PAGES;
    let true_x = x + i32::try_from(true_x).unwrap_or(0);
    let (bottom, row) = (y + BAR + 10, y + ROW);
    pen.rect(Rect::new(true_x, bottom - 12, 3, 14), 1, "whole used");
    let (from, bend, low) = (bottom + 2, bottom + 18, row - 6);
    pen.path(
        "leader",
        format!("M{} {from}V{bend}L{at} {low}V{row}", true_x + 1),
    );
    let text = format!("{:x}", start.address().0);
    let below = row + size.cell + 12;
    match i32::try_from(text.len()).unwrap_or(0) * 6 {
        wide if at + wide > x + width => pen.text_end(x + width, below, "m tiny soft", text),
        _ => pen.text(at, below, "m tiny soft", text),
    }
}

/// A box of one or several mappings: its name, and in a bar how much of it has a frame.
fn boxed(pen: &mut Pen, part: &Part, rect: Rect) -> Option<Item> {
    let first = part.vmas.first()?;
    let class = match first.backing {
        BackingKind::Anonymous | BackingKind::Heap | BackingKind::Stack => "whole-box anon",
        BackingKind::Program | BackingKind::File => "whole-box file",
        BackingKind::Shmem => "whole-box shmem",
        BackingKind::Device | BackingKind::Special => "whole-box zero",
    };
    pen.rect(rect, 3, class);
    let resident: u64 = part.vmas.iter().map(|vma| vma.resident).sum();
    let present = u64::try_from(rect.w)
        .unwrap_or(0)
        .saturating_mul(resident)
        .div_ceil(part.pages().max(1));
    let present = Rect::new(
        rect.x,
        rect.y + rect.h - 3,
        i32::try_from(present).unwrap_or(0).min(rect.w),
        3,
    );
    pen.rect(present, 1, "whole used");
    let name = match first.pointers.first() {
        Some(pointer) => pointer,
        None => &first.name,
    };
    if rect.w > 26 {
        pen.text(
            rect.x + 4,
            rect.y + rect.h / 2 + 3,
            "tiny",
            fitted(name, rect.w - 6, 57),
        );
    }
    let more = match part.vmas.len() {
        1 => String::new(),
        several => format!(" and {} more mappings", several - 1),
    };
    let label = format!(
        "{name}{more}, {} from {:#x}, {resident} resident",
        view::told::count(part.pages(), "page"),
        first.range.start.address().0
    );
    Some(item(first.id, rect, label))
}

fn item(id: view::CellId, rect: Rect, label: String) -> Item {
    Item {
        target: Target::Whole(id),
        rect,
        look: Look::Area,
        label,
    }
}
