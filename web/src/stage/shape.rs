//! What a lane's drawing is made of: texts, boxes and paths, and rows of things that can be pointed at.
//!
//! A lane is a pure function from a scene to shapes; [`super::layer`] turns shapes into SVG, and
//! [`crate::motion`] asks a [`super::Drawing`] where things are. Coordinates are CSS pixels.

use std::fmt;
use std::rc::Rc;

use view::{Cell, CellId, EntryState};

/// A point of the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// To the right.
    pub x: i32,
    /// Downwards.
    pub y: i32,
}

/// A rectangle of the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width.
    pub w: i32,
    /// Height.
    pub h: i32,
}

impl Rect {
    /// A rectangle by its corner and size.
    pub const fn new(x: i32, y: i32, w: i32, h: i32) -> Rect {
        Rect { x, y, w, h }
    }

    /// Its middle.
    pub const fn middle(self) -> Point {
        Point {
            x: self.x + self.w / 2,
            y: self.y + self.h / 2,
        }
    }
}

/// What a text is aligned by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Its start.
    #[default]
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// One shape of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line of text; `y` is its baseline.
    Text {
        /// Where it is aligned.
        at: Point,
        /// How it is aligned.
        align: Align,
        /// Its style classes.
        class: &'static str,
        /// What it says.
        text: String,
    },
    /// A rounded rectangle.
    Box {
        /// Where.
        rect: Rect,
        /// Its corners' radius.
        radius: i32,
        /// Its style classes.
        class: String,
    },
    /// A free path.
    Path {
        /// SVG path data.
        d: String,
        /// Its style classes.
        class: &'static str,
    },
    /// A row of the lane's grid.
    Row(Rc<Vec<Item>>),
    /// How something looks, in the key: it stands for nothing in the scene.
    Sample {
        /// Where.
        rect: Rect,
        /// How it looks.
        look: Look,
    },
}

/// Something that can be pointed at, focused and selected.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub target: Target,
    /// Where.
    pub rect: Rect,
    /// How it looks.
    pub look: Look,
    /// What it is called by those who do not see it; of a cell, what stands before its own words.
    pub label: String,
}

impl Item {
    /// What it is called by those who do not see it. Of a cell they are made when they are asked for: there may be many.
    pub fn words(&self) -> String {
        match &self.look {
            Look::Cell(cell) => self.label.clone() + &super::cell::words(cell),
            _ => self.label.clone(),
        }
    }
}

/// What an item stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A thing of the scene.
    Cell(CellId),
    /// A thing of the scene once more, in the drawing of the whole address space.
    Whole(CellId),
    /// Things that are folded away and can be opened.
    Fold {
        /// The VMA, node or file that they are of.
        of: CellId,
        /// The first one's number.
        first: u64,
        /// How many.
        count: u64,
    },
}

impl Target {
    /// The thing of the scene that it stands for.
    pub const fn thing(self) -> Option<CellId> {
        match self {
            Target::Cell(id) | Target::Whole(id) => Some(id),
            Target::Fold { .. } => None,
        }
    }
}

impl fmt::Display for Target {
    /// The item's id in the document.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Cell(id) => id.fmt(f),
            Target::Whole(id) => write!(f, "whole-{id}"),
            Target::Fold { of, first, .. } => write!(f, "fold-{of}-{first}"),
        }
    }
}

/// How an item is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// A page-sized thing.
    Cell(Cell),
    /// An entry of a page-table node.
    Entry {
        /// What it holds.
        state: EntryState,
        /// Whether the walk goes through it.
        on_path: bool,
        /// Its index.
        text: String,
    },
    /// A block of the disk with its first bytes.
    Block {
        /// The bytes.
        text: String,
        /// Whether the cache holds others.
        differs: bool,
    },
    /// A translation in the TLB.
    Translation {
        /// `7ffff7fc2 → 7`
        text: String,
        /// `rw`, or that it was flushed.
        note: &'static str,
        /// It was removed by this step.
        flushed: bool,
    },
    /// Folded things.
    Fold {
        /// How many, in words.
        text: String,
    },
    /// An area over other shapes: a VMA's card, a process's heading.
    Area,
}

/// Collects the shapes of a lane.
#[derive(Debug, Default)]
pub struct Pen {
    /// What has been drawn.
    pub shapes: Vec<Shape>,
}

impl Pen {
    /// Text from the left.
    pub fn text(&mut self, x: i32, y: i32, class: &'static str, text: impl Into<String>) {
        self.aligned(Align::Start, x, y, class, text);
    }

    /// Text that ends at `x`.
    pub fn text_end(&mut self, x: i32, y: i32, class: &'static str, text: impl Into<String>) {
        self.aligned(Align::End, x, y, class, text);
    }

    fn aligned(
        &mut self,
        align: Align,
        x: i32,
        y: i32,
        class: &'static str,
        text: impl Into<String>,
    ) {
        self.shapes.push(Shape::Text {
            at: Point { x, y },
            align,
            class,
            text: text.into(),
        });
    }

    /// A rounded rectangle.
    pub fn rect(&mut self, rect: Rect, radius: i32, class: impl Into<String>) {
        let class = class.into();
        self.shapes.push(Shape::Box {
            rect,
            radius,
            class,
        });
    }

    /// A path.
    pub fn path(&mut self, class: &'static str, d: String) {
        self.shapes.push(Shape::Path { d, class });
    }

    /// A row of items.
    pub fn row(&mut self, items: Vec<Item>) {
        if !items.is_empty() {
            self.shapes.push(Shape::Row(Rc::new(items)));
        }
    }
}

/// `text` cut with an ellipsis so that it is about `width` pixels wide at most, at `advance`
/// tenths of a pixel a character.
pub fn fitted(text: &str, width: i32, advance: i32) -> String {
    let room = usize::try_from(width * 10 / advance.max(1)).unwrap_or(0);
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    kept + "…"
}

/// `text` in lines of about `width` pixels at most, broken between words.
pub fn wrapped(text: &str, width: i32, advance: i32) -> Vec<String> {
    let room = usize::try_from(width * 10 / advance.max(1)).unwrap_or(0);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(fitted("anonymous", 100, 60), "anonymous");
        assert_eq!(fitted("anonymous", 30, 60), "anon…");
        assert_eq!(fitted("a", 0, 60), "…");
    }

    #[test]
    fn long_texts_are_wrapped() {
        assert_eq!(wrapped("a bc def", 30, 60), ["a bc", "def"]);
        assert_eq!(wrapped("", 30, 60), [""; 0]);
    }
}
