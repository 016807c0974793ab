//! The lane of the page table: four real levels along the way to one page, and its PTE.

use view::{CellId, EntryState, EntryView, LevelView, PageTableView, PteView, Scene};

use super::Area;
use super::lines;
use super::shape::{Item, Look, Pen, Rect, Target};

const ENTRY: i32 = 24;
const PITCH: i32 = 27;
const HEIGHT: i32 = 30;
const TALL: i32 = 98;
const LOW: i32 = 76;

/// Draws the lane; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area) -> i32 {
    let Some(table) = &scene.page_table else {
        pen.text(area.x, area.y + 14, "lane", "PAGE TABLE");
        pen.text(area.x, area.y + 44, "small soft", "no process has memory");
        return area.y + 54;
    };
    let heading = format!("PAGE TABLE OF {}", table.pid);
    pen.text(area.x, area.y + 14, "lane", heading);
    let spacing = if area.width > 260 { LOW } else { TALL };
    let top = area.y + 54;
    let mut walk: Vec<Rect> = Vec::new();
    let mut levels = Vec::new();
    let mut words = Pen::default();
    for (number, level) in table.levels.iter().enumerate() {
        let y = top + i32::try_from(number).unwrap_or(0) * spacing;
        let drawn = draw_level(&mut words, table, level, Area { y, ..area });
        walk.extend(drawn.1);
        levels.push(drawn.0);
    }
    for pair in walk.windows(2) {
        if let [from, to] = pair {
            pen.path("walk", lines::down(*from, *to));
        }
    }
    // Over the line of the walk, which makes room for them.
    pen.shapes.append(&mut words.shapes);
    for items in levels {
        pen.row(items);
    }
    let reached = i32::try_from(table.levels.len()).unwrap_or(4) - 1;
    let y = top + reached * spacing + HEIGHT;
    draw_pte(pen, table, Area { y, ..area })
}

/// The entries of a level as items, and where the one on the way lies.
fn draw_level(
    pen: &mut Pen,
    table: &PageTableView,
    level: &LevelView,
    area: Area,
) -> (Vec<Item>, Option<Rect>) {
    let Area { x, y, width, .. } = area;
    pen.text(x, y - 8, "small strong over", level.name);
    let (high, low) = level.bits;
    let bits = format!("bits {high}–{low}");
    pen.text(x + 34, y - 8, "tiny soft over", bits);
    let note = match (level.exists, level.shared) {
        (false, _) => "no table yet",
        (true, true) => "shared",
        (true, false) => "",
    };
    pen.text_end(x + width.min(9 * PITCH) - 3, y - 8, "tiny soft over", note);
    if !level.exists {
        let rect = Rect::new(x, y, width.min(9 * PITCH) - 3, HEIGHT);
        pen.rect(rect, 5, "no-table");
        return (Vec::new(), None);
    }
    // The way goes straight down the middle, whatever lies beside it.
    let beside = (((width + 3) / PITCH).clamp(1, 9) - 1) / 2;
    let place = |index: u16| i32::from(index) - i32::from(level.index);
    let near = |entry: &&EntryView| place(entry.index).abs() <= beside;
    let mut on_path = None;
    let items = level.entries.iter().filter(near).map(|entry| {
        let left = x + (beside + place(entry.index)) * PITCH;
        let rect = Rect::new(left, y, ENTRY, HEIGHT);
        if entry.on_path {
            on_path = Some(rect);
        }
        Item {
            target: Target::Cell(entry.id),
            rect,
            look: Look::Entry {
                state: entry.state,
                on_path: entry.on_path,
                text: entry.index.to_string(),
            },
            label: format!(
                "{} entry {} of process {}: {}",
                level.name,
                entry.index,
                table.pid,
                state_words(entry.state)
            ),
        }
    });
    (items.collect(), on_path)
}

/// What an entry holds, in words.
pub fn state_words(state: EntryState) -> String {
    match state {
        EntryState::Empty => "empty".to_owned(),
        EntryState::Table => "a table".to_owned(),
        EntryState::Frame(frame) => format!("frame {}", frame.0),
        EntryState::Swap(slot) => format!("swap slot {slot}"),
        EntryState::Guard => "a guard".to_owned(),
    }
}

/// A PTE in one line: `frame 12  P W U A D X`, with a dash for each bit that is clear.
pub fn pte_line(pte: &PteView) -> String {
    let what = match pte.state {
        EntryState::Frame(frame) => format!("frame {}", frame.0),
        EntryState::Swap(slot) => format!("swap {slot}"),
        EntryState::Guard => "guard".to_owned(),
        EntryState::Empty | EntryState::Table => return "empty".to_owned(),
    };
    let bits = pte.bits.iter().map(|bit| match bit.set {
        true => format!(" {}", bit.letter),
        false => " –".to_owned(),
    });
    format!("{what} {}", bits.collect::<String>())
}

fn draw_pte(pen: &mut Pen, table: &PageTableView, area: Area) -> i32 {
    let Area { x, y, .. } = area;
    let page = format!("page {:x}", table.page.0);
    pen.text(x, y + 24, "m small strong", pte_line(&table.pte));
    let Some(was) = table.was.as_ref().filter(|was| **was != table.pte) else {
        pen.text(x, y + 42, "m tiny soft", page);
        return y + 48;
    };
    pen.text(x, y + 42, "m tiny soft struck", pte_line(was));
    y + 48
}

/// Where a PTE's frame is drawn from: the id of the entry at the end of the way.
pub fn last_entry(table: &PageTableView) -> CellId {
    CellId::entry(table.pid, 1, table.page)
}
