//! The lane of the processor: what it was asked for last, and its TLB.

use view::{CpuView, Scene, TlbEntryView};

use super::Area;
use super::shape::{Item, Look, Pen, Rect, Target};

const ROW: i32 = 26;
const SHOWN: usize = 16;

/// Draws the lane; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area, headed: bool) -> i32 {
    let mut y = area.y;
    if headed {
        pen.text(area.x, y + 14, "lane", "CPU · TLB");
        y += 28;
    }
    for cpu in &scene.cpus {
        y = draw_cpu(pen, cpu, Area { y, ..area }) + 12;
    }
    y - 12
}

fn draw_cpu(pen: &mut Pen, cpu: &CpuView, area: Area) -> i32 {
    let Area { x, y, .. } = area;
    let width = area.width.min(260);
    let rows = cpu.tlb.len().clamp(1, SHOWN);
    let height = 56 + i32::try_from(rows).unwrap_or(1) * ROW;
    pen.rect(Rect::new(x, y, width, height), 9, "card");
    let access = cpu.access.as_ref().map_or_else(
        || "no access".to_owned(),
        |access| format!("{} {:x}", access.what, access.address.0),
    );
    pen.row(vec![Item {
        target: Target::Cell(cpu.id),
        rect: Rect::new(x, y, width, 44),
        look: Look::Area,
        label: format!(
            "{}, {access}, TLB: {} of {}",
            super::cell::name(cpu.id),
            cpu.tlb.len(),
            cpu.tlb_capacity
        ),
    }]);
    let number = match cpu.id {
        view::CellId::Cpu(number) => number,
        _ => 0,
    };
    pen.text(
        x + 12,
        y + 20,
        "small strong",
        format!("TLB of CPU {number}"),
    );
    let filled = cpu.tlb.iter().filter(|entry| !entry.flushed).count();
    pen.text_end(
        x + width - 10,
        y + 20,
        "tiny soft",
        format!("{filled} of {}", cpu.tlb_capacity),
    );
    pen.text(x + 12, y + 38, "m tiny soft", access);
    let mut y = y + 46;
    if cpu.tlb.is_empty() {
        pen.text(x + 12, y + 15, "tiny soft", "empty");
    }
    for entry in cpu.tlb.iter().take(SHOWN) {
        pen.row(vec![translation(
            entry,
            Rect::new(x + 6, y, width - 12, ROW - 2),
        )]);
        y += ROW;
    }
    if let Some(more) = cpu.tlb.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        pen.text_end(x + width - 10, y + 6, "tiny soft", format!("{more} more"));
    }
    area.y + height
}

fn translation(entry: &TlbEntryView, rect: Rect) -> Item {
    let (rights, words) = match entry.writable {
        true => ("rw", "stores allowed"),
        false => ("r–", "loads only"),
    };
    let note = if entry.flushed { "flushed" } else { rights };
    let text = format!("{:x} → {}", entry.page.0, entry.frame.0);
    Item {
        target: Target::Cell(entry.id),
        rect,
        look: Look::Translation {
            text: text.clone(),
            note,
            flushed: entry.flushed,
        },
        label: format!("{text} {note}: process {}, {words}", entry.pid),
    }
}
