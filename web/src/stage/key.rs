//! The key of the drawing: what fills and marks mean.

use view::{Cell, CellId, Marks, PageKind, Pfn};

use super::Area;
use super::shape::{Look, Pen, Rect, Shape};

/// Draws the key; gives its bottom.
pub fn draw(pen: &mut Pen, area: Area) -> i32 {
    let Area { x, y, width, size } = area;
    pen.text(x, y + 14, "lane", "KEY");
    let mut samples = vec![
        (PageKind::Anonymous, Marks::empty(), 12, "anonymous"),
        (PageKind::File, Marks::empty(), 3, "file"),
        (PageKind::Shmem, Marks::empty(), 5, "shared memory"),
        (PageKind::Zero, Marks::empty(), 0, "zero page"),
        (PageKind::NotPresent, Marks::empty(), 0, "not present"),
    ];
    samples.extend([
        (
            PageKind::Anonymous,
            Marks::WRITE_PROTECTED,
            9,
            "write-protected",
        ),
        (PageKind::File, Marks::SHARED, 3, "mapped by several"),
        (PageKind::File, Marks::DIRTY, 3, "dirty"),
        (PageKind::File, Marks::WRITEBACK, 3, "under writeback"),
        (PageKind::Anonymous, Marks::LOCKED, 6, "locked in RAM"),
        (PageKind::Anonymous, Marks::NO_ACCESS, 7, "no access"),
    ]);
    let columns = (width / 150).clamp(1, 3);
    let each = width / columns;
    let mut row_y = y + 26;
    let mut column = 0;
    for (kind, marks, number, name) in samples {
        let left = x + column * each;
        let rect = Rect::new(left, row_y, size.cell, size.cell);
        let frame = Pfn(number);
        let look = Look::Cell(Cell {
            id: CellId::Frame(frame),
            kind,
            frame: Some(frame),
            marks,
        });
        pen.shapes.push(Shape::Sample { rect, look });
        pen.text(
            left + size.cell + 10,
            row_y + size.cell / 2 + 4,
            "small",
            name,
        );
        column += 1;
        if column == columns {
            column = 0;
            row_y += size.pitch() + 2;
        }
    }
    row_y + if column > 0 { size.pitch() } else { 0 } + 8
}
