//! Cells and runs of cells: the one shape that every lane shares, its size and its words.

use view::{Cell, CellId, Marks, PageKind, PageRun};

use super::shape::{Item, Look, Pen, Rect, Target};

/// Sizes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// A cell's edge.
    pub cell: i32,
    /// The gap between two.
    pub gap: i32,
}

impl Size {
    /// For a pointer.
    pub const FINE: Size = Size { cell: 24, gap: 3 };
    /// For a finger.
    pub const COARSE: Size = Size { cell: 28, gap: 4 };

    /// From one cell to the next.
    pub const fn pitch(self) -> i32 {
        self.cell + self.gap
    }

    /// How many cells fit into `width`, at least one.
    pub fn columns(self, width: i32) -> i32 {
        ((width + self.gap) / self.pitch()).max(1)
    }
}

/// The item of a cell whose corner is at `x`, `y`.
pub fn item(cell: &Cell, x: i32, y: i32, size: Size) -> Item {
    Item {
        target: Target::Cell(cell.id),
        rect: Rect::new(x, y, size.cell, size.cell),
        look: Look::Cell(*cell),
        label: String::new(),
    }
}

/// The whole state of a cell in words: `page 0x7ffff7fc2000, anonymous, frame 12, dirty`.
pub fn words(cell: &Cell) -> String {
    let mut text = name(cell.id);
    let named = matches!(cell.id, CellId::Frame(_));
    text += ", ";
    text += cell.kind.name();
    if let Some(frame) = cell.frame.filter(|_| !named && cell.kind != PageKind::Zero) {
        text += &format!(", frame {}", frame.0);
    }
    for (mark, _, meaning) in Marks::KEY {
        if cell.marks.contains(*mark) {
            text += ", ";
            text += meaning;
        }
    }
    text
}

/// What a thing is called.
pub fn name(id: CellId) -> String {
    match id {
        CellId::Cpu(cpu) => format!("CPU {cpu}"),
        CellId::Tlb { page, .. } => format!("translation of page {:#x}", page.address().0),
        CellId::Process(pid) => format!("process {pid}"),
        CellId::Vma { pid, start } => {
            format!("mapping at {:#x} of process {pid}", start.address().0)
        }
        CellId::Gap { pid, start } => {
            format!("nothing at {:#x} of process {pid}", start.address().0)
        }
        CellId::Page { pid, page } => {
            format!("page {:#x} of process {pid}", page.address().0)
        }
        CellId::Entry { level, page, .. } => {
            format!(
                "{} entry for {:#x}",
                view::level_name(level),
                page.address().0
            )
        }
        CellId::Node(node) => format!("node {node}"),
        CellId::Frame(frame) => format!("frame {}", frame.0),
        CellId::File(inode) => format!("file {}", inode.0),
        CellId::Cached { index, .. } => format!("cached page {}", index.0),
        CellId::Block { index, .. } => format!("disk block of page {}", index.0),
        CellId::Swap(slot) => format!("swap slot {slot}"),
        CellId::Register { register, .. } => format!("register {register}"),
        CellId::Terminal(pid) => format!("terminal of process {pid}"),
    }
}

/// Draws runs of cells from `x`, `y`, wrapped at `width`; gives the y below them.
pub fn runs(
    pen: &mut Pen,
    of: CellId,
    runs: &[PageRun],
    x: i32,
    y: i32,
    width: i32,
    size: Size,
) -> i32 {
    let columns = size.columns(width);
    let mut flow = Flow {
        x,
        y,
        columns,
        column: 0,
        size,
    };
    let new_row = || Vec::with_capacity(usize::try_from(columns).unwrap_or(1));
    let mut row = new_row();
    for run in runs {
        match run {
            PageRun::Cells(cells) => {
                for cell in cells {
                    let (at, wrapped) = flow.take(1);
                    if wrapped {
                        pen.row(std::mem::replace(&mut row, new_row()));
                    }
                    row.push(item(cell, at.x, at.y, size));
                }
            }
            PageRun::Elided {
                first,
                count,
                present,
            } => {
                let text = fold_text(*count, *present);
                let cells = i32::try_from(text.chars().count()).unwrap_or(8) * 6 + 8;
                let cells = (cells + size.gap) / size.pitch() + 1;
                let (at, wrapped) = flow.take(cells.min(columns));
                if wrapped {
                    pen.row(std::mem::replace(&mut row, new_row()));
                }
                row.push(fold(
                    of,
                    *first,
                    *count,
                    *present,
                    Rect { h: size.cell, ..at },
                ));
            }
        }
    }
    pen.row(row);
    flow.bottom()
}

/// The item of folded things.
pub fn fold(of: CellId, first: u64, count: u64, present: u64, rect: Rect) -> Item {
    let used = if matches!(of, CellId::Node(_)) {
        "in use"
    } else {
        "present"
    };
    let text = fold_text(count, present);
    // What is to be read on it is part of what it is called, also where it is rounded.
    let rounded = match count {
        0..10_000 => String::new(),
        _ => format!("{text}, "),
    };
    Item {
        target: Target::Fold { of, first, count },
        rect,
        label: format!("{rounded}{count} more from {first}, {present} of them {used}: open"),
        look: Look::Fold { text },
    }
}

fn fold_text(count: u64, present: u64) -> String {
    let short = |n: u64| match n {
        0..10_000 => n.to_string(),
        10_000..10_000_000 => format!("{}k", n / 1000),
        10_000_000..10_000_000_000 => format!("{}M", n / 1_000_000),
        _ => format!("{}G", n / 1_000_000_000),
    };
    match present {
        0 => format!("+{}", short(count)),
        _ => format!("+{} ({})", short(count), short(present)),
    }
}

/// Where the next cell goes.
struct Flow {
    x: i32,
    y: i32,
    columns: i32,
    column: i32,
    size: Size,
}

impl Flow {
    /// Room for `cells` neighbours, and whether a new row was begun for it.
    fn take(&mut self, cells: i32) -> (Rect, bool) {
        let wrapped = self.column > 0 && self.column + cells > self.columns;
        if wrapped {
            self.column = 0;
            self.y += self.size.pitch();
        }
        let x = self.x + self.column * self.size.pitch();
        self.column += cells;
        let width = cells * self.size.pitch() - self.size.gap;
        (Rect::new(x, self.y, width, self.size.cell), wrapped)
    }

    fn bottom(&self) -> i32 {
        let used = if self.column > 0 {
            self.size.pitch()
        } else {
            0
        };
        self.y + used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use view::Pfn;

    fn frames(numbers: std::ops::Range<u32>) -> PageRun {
        let cell = |n| Cell {
            id: CellId::Frame(Pfn(n)),
            kind: PageKind::Anonymous,
            frame: Some(Pfn(n)),
            marks: Marks::DIRTY,
        };
        PageRun::Cells(numbers.map(cell).collect())
    }

    #[test]
    fn runs_wrap_and_folds_keep_to_a_row() {
        let mut pen = Pen::default();
        let fold = PageRun::Elided {
            first: 6,
            count: 250,
            present: 0,
        };
        let bottom = runs(
            &mut pen,
            CellId::Node(0),
            &[frames(0..6), fold],
            10,
            20,
            132,
            Size::FINE,
        );
        let rows: Vec<usize> = pen
            .shapes
            .iter()
            .map(|shape| match shape {
                super::super::shape::Shape::Row(items) => items.len(),
                _ => 0,
            })
            .collect();
        assert_eq!(rows, [5, 2]);
        assert_eq!(bottom, 20 + 2 * 27);
    }

    #[test]
    fn words_tell_everything() {
        let cell = Cell {
            id: CellId::Frame(Pfn(3)),
            kind: PageKind::File,
            frame: Some(Pfn(3)),
            marks: Marks::DIRTY | Marks::SHARED,
        };
        assert_eq!(words(&cell), "frame 3, file, mapped by several, dirty");
    }
}
