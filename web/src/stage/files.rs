//! The lane of the page cache and the disk: each file's cached pages beside what the disk holds.

use view::{BlockView, CellId, FilePageView, FileRun, FileView, Scene};

use super::shape::{Item, Look, Pen, Rect, Target, fitted, wrapped};
use super::{Area, cell};

/// Draws the lane; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area) -> i32 {
    pen.text(area.x, area.y + 14, "lane", "PAGE CACHE · DISK");
    let width = area.width.min(300);
    let mut y = area.y + 28;
    if scene.files.is_empty() {
        pen.text(area.x, y + 16, "small soft", "no file was used yet");
        return y + 22;
    }
    for file in &scene.files {
        y = draw_file(pen, file, Area { y, width, ..area }) + 16;
    }
    for device in &scene.devices {
        pen.text(area.x, y + 16, "small strong", device.name.clone());
        y += 24;
        for register in &device.registers {
            let rect = Rect::new(area.x, y, width, 24);
            pen.row(vec![Item {
                target: Target::Cell(register.id),
                rect,
                look: Look::Block {
                    text: format!("{} {:x}", register.name, register.value),
                    differs: false,
                },
                label: format!("{} holds {:#x}", register.name, register.value),
            }]);
            y += 28;
        }
        y += 16;
    }
    y - 16
}

fn draw_file(pen: &mut Pen, file: &FileView, area: Area) -> i32 {
    let Area { x, y, width, size } = area;
    pen.row(vec![Item {
        target: Target::Cell(file.id),
        rect: Rect::new(x - 4, y, width + 8, 24),
        look: Look::Area,
        label: format!(
            "{}, {}, {} cached, {} dirty",
            file.name,
            file.size_words,
            ::view::told::count(file.cached, "page"),
            file.dirty
        ),
    }]);
    let room = width - i32::try_from(file.size_words.len()).unwrap_or(8) * 6 - 8;
    pen.text(x, y + 16, "small strong", fitted(&file.name, room, 68));
    pen.text_end(x + width, y + 16, "tiny soft", file.size_words.clone());
    let mut y = y + 26;
    for run in &file.pages {
        y = match run {
            FileRun::Page(page) => draw_page(pen, &file.name, page, Area { y, ..area }),
            FileRun::Elided {
                first,
                count,
                cached,
            } => {
                let rect = Rect::new(x + 24, y, width - 24, size.cell);
                pen.row(vec![cell::fold(file.id, first.0, *count, *cached, rect)]);
                y + size.pitch() + 4
            }
        };
    }
    if let Some(note) = &file.note {
        for line in wrapped(note, width, 54) {
            pen.text(x, y + 11, "tiny dirty-text", line);
            y += 14;
        }
        y += 4;
    }
    y
}

fn draw_page(pen: &mut Pen, file: &str, page: &FilePageView, area: Area) -> i32 {
    let Area { x, y, width, size } = area;
    let middle = y + size.cell / 2;
    pen.text_end(x + 16, middle + 4, "m tiny soft", page.index.0.to_string());
    let mut row = vec![cell::item(&page.cell, x + 24, y, size)];
    if let Some(block) = &page.block {
        let left = x + 24 + size.cell;
        pen.path("link", format!("M{} {middle}h16", left + 4));
        let rect = Rect::new(left + 24, y, width - 48 - size.cell, size.cell);
        row.push(block_item(block, rect));
    }
    for item in &mut row {
        item.label.insert_str(0, ": ");
        item.label.insert_str(0, file);
    }
    pen.row(row);
    y + size.pitch() + 4
}

fn block_item(block: &BlockView, rect: Rect) -> Item {
    let bytes = view::bytes::hex(&block.preview);
    let number = match (block.number, block.id) {
        (Some(number), _) => format!("disk block {number}"),
        (None, CellId::Block { index, .. }) => format!("hole at page {}", index.0),
        (None, _) => "hole".to_owned(),
    };
    let differs = if block.differs {
        ", the cache holds other bytes"
    } else {
        ""
    };
    Item {
        target: Target::Cell(block.id),
        rect,
        label: format!("{number}: {bytes}{differs}"),
        look: Look::Block {
            text: match block.number {
                Some(_) => fitted_bytes(&bytes, rect.w - 12),
                None => "hole".to_owned(),
            },
            differs: block.differs,
        },
    }
}

/// As many whole bytes as fit.
fn fitted_bytes(hex: &str, width: i32) -> String {
    let room = usize::try_from((width / 6 + 1) / 3 * 3).unwrap_or(0);
    hex.get(..room.min(hex.len()))
        .unwrap_or(hex)
        .trim_end()
        .to_owned()
}
