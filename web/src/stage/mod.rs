//! The stage: every lane drawn from a scene, and where each thing of it lies.
//!
//! [`Drawing::new`] is a pure function of the scene, the width at hand and the lanes that are shown.
//! One file draws one lane; [`columns`] says how lanes share the width; [`layer`] makes SVG of the
//! shapes; [`overlay`] draws what lies above them (what is pointed at, and the motions).

pub mod arrows;
pub mod band;
pub mod cell;
mod columns;
mod cpu;
mod files;
mod key;
pub mod layer;
mod lines;
pub mod overlay;
mod page_table;
mod ram;
pub mod shape;
mod spaces;
pub mod tables;
mod tree;
pub mod view;
mod whole;

use std::rc::Rc;

use ::view::{CellId, Pid, Scene};

use shape::{Item, Pen, Rect, Shape, Target};

/// A drawing with more things than these is on the page only as far as they are near.
const MOST_WHOLE: usize = 400;

/// A lane of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// All 128 TiB of the focused process, above the others.
    Whole,
    /// The processor and its TLB.
    Cpu,
    /// The processes' address spaces.
    Spaces,
    /// The page table of the focused process.
    Table,
    /// Frames by node.
    Ram,
    /// The page cache and the disk.
    Files,
}

impl Lane {
    /// All, from left to right.
    pub const ALL: [Lane; 6] = [
        Lane::Whole,
        Lane::Cpu,
        Lane::Spaces,
        Lane::Table,
        Lane::Ram,
        Lane::Files,
    ];

    /// Its heading.
    pub const fn name(self) -> &'static str {
        match self {
            Lane::Whole => "128 TiB",
            Lane::Cpu => "CPU · TLB",
            Lane::Spaces => "Address spaces",
            Lane::Table => "Page table",
            Lane::Ram => "RAM",
            Lane::Files => "Page cache · disk",
        }
    }
}

/// How the stage is to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The width to draw on, in the stage's pixels.
    pub width: i32,
    /// Lanes that are folded away.
    pub folded: Vec<Lane>,
    /// Whether a finger points.
    pub coarse: bool,
}

/// A lane that has been drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneDrawing {
    /// Which.
    pub lane: Lane,
    /// Its shapes, in the stage's coordinates.
    pub shapes: Vec<Shape>,
}

impl LaneDrawing {
    /// Its rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = &[Item]> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Row(items) => Some(items.as_slice()),
            _ => None,
        })
    }

    /// Everything in it that can be pointed at, in order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.rows().flatten()
    }
}

/// The whole stage, drawn.
#[derive(Debug)]
pub struct Drawing {
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// The lanes that are shown.
    pub lanes: Vec<Rc<LaneDrawing>>,
    /// The key of fills and marks.
    pub key: Vec<Shape>,
    /// Rules between columns.
    pub rules: Vec<Shape>,
    places: Vec<(CellId, Rect)>,
}

impl Drawing {
    /// Draws a scene.
    pub fn new(scene: &Scene, frame: &Frame) -> Drawing {
        let columns = columns::arrange(frame);
        let mut lanes = Vec::new();
        let (mut rules, mut key) = (Vec::new(), Vec::new());
        let mut height = 0;
        let mut top = columns::TOP;
        let edge = columns.first().map_or(16, |column| column.x);
        if !frame.folded.contains(&Lane::Whole) {
            let area = Area::new(edge, top, frame.width - 2 * edge, frame);
            let (shapes, bottom) = draw(Lane::Whole, scene, area, true);
            if !shapes.is_empty() {
                let lane = Lane::Whole;
                lanes.push(Rc::new(LaneDrawing { lane, shapes }));
                top = bottom + columns::BELOW;
            }
        }
        for (number, column) in columns.iter().enumerate() {
            let mut y = top;
            for &lane in &column.lanes {
                let area = Area::new(column.x, y, column.width, frame);
                let (shapes, bottom) = draw(lane, scene, area, y == top);
                lanes.push(Rc::new(LaneDrawing { lane, shapes }));
                y = bottom + columns::BELOW;
            }
            if number + 1 == columns.len() {
                let mut pen = Pen::default();
                y = key::draw(&mut pen, Area::new(column.x, y, column.width, frame));
                key = pen.shapes;
            }
            height = height.max(y);
        }
        for pair in columns.windows(2) {
            if let [left, right] = pair {
                let x = (left.x + left.width + right.x) / 2;
                let mut pen = Pen::default();
                pen.path("rule", format!("M{x} {top}V{}", height - 14));
                rules.append(&mut pen.shapes);
            }
        }
        let places = places(&lanes);
        Drawing {
            width: frame.width,
            height,
            lanes,
            key,
            rules,
            places,
        }
    }

    /// Whether there is more in it than the browser draws with ease.
    pub const fn is_large(&self) -> bool {
        self.places.len() > MOST_WHOLE
    }

    /// Where a thing is drawn.
    pub fn place(&self, id: CellId) -> Option<Rect> {
        let mut places = self.places.iter();
        places
            .find(|(known, _)| *known == id)
            .map(|(_, rect)| *rect)
    }

    /// Where a thing is drawn, or else the nearest thing that holds it: a page's VMA, a VMA's
    /// process, a cached page's file, a frame's node.
    pub fn place_or_holder(&self, id: CellId, scene: &Scene) -> Option<Rect> {
        self.place(id).or_else(|| match id {
            CellId::Page { pid, page } => {
                let process = scene.process(pid)?;
                let mut vmas = process.space.iter().filter_map(|item| item.vma());
                let vma = vmas.find(|vma| vma.range.contains(page));
                vma.and_then(|vma| self.place(vma.id))
                    .or_else(|| self.place(CellId::Process(pid)))
            }
            CellId::Vma { pid, .. } => self.place(CellId::Process(pid)),
            CellId::Cached { inode, .. } | CellId::Block { inode, .. } => {
                self.place(CellId::File(inode))
            }
            CellId::Tlb { cpu, .. } => self.place(CellId::Cpu(cpu)),
            _ => None,
        })
    }

    /// The item with this id in the document.
    pub fn item(&self, dom_id: &str) -> Option<(Lane, &Item)> {
        let of_lane = |lane: &'_ Rc<LaneDrawing>| lane.lane;
        self.lanes.iter().find_map(|lane| {
            let mut items = lane.items();
            let found = items.find(|item| item.target.to_string() == dom_id)?;
            Some((of_lane(lane), found))
        })
    }
}

/// Draws a lane, which may be the first one of its column.
fn draw(lane: Lane, scene: &Scene, area: Area, first: bool) -> (Vec<Shape>, i32) {
    let mut pen = Pen::default();
    let bottom = match lane {
        Lane::Whole => whole::draw(&mut pen, scene, area),
        Lane::Cpu => cpu::draw(&mut pen, scene, area, first),
        Lane::Spaces => spaces::draw(&mut pen, scene, area),
        Lane::Table => page_table::draw(&mut pen, scene, area),
        Lane::Ram => ram::draw(&mut pen, scene, area),
        Lane::Files => files::draw(&mut pen, scene, area),
    };
    (pen.shapes, bottom)
}

fn places(lanes: &[Rc<LaneDrawing>]) -> Vec<(CellId, Rect)> {
    // All at once: of ten thousand things, a list that grows is copied again and again.
    let count = lanes.iter().flat_map(|lane| lane.rows()).map(<[Item]>::len);
    let mut places = Vec::with_capacity(count.sum());
    for item in lanes.iter().flat_map(|lane| lane.items()) {
        if let Target::Cell(id) = item.target {
            places.push((id, item.rect));
        }
    }
    places
}

/// Where a lane may draw: from a corner, this wide, as far down as it needs.
#[derive(Clone, Copy, Debug)]
struct Area {
    x: i32,
    y: i32,
    width: i32,
    size: cell::Size,
}

impl Area {
    fn new(x: i32, y: i32, width: i32, frame: &Frame) -> Area {
        let size = if frame.coarse {
            cell::Size::COARSE
        } else {
            cell::Size::FINE
        };
        Area { x, y, width, size }
    }
}

/// The style class of a process's colour: its place among the processes, six colours in turn.
pub fn process_class(ordinal: u32) -> &'static str {
    const CLASSES: [&str; 6] = ["p1", "p2", "p3", "p4", "p5", "p6"];
    let index = usize::try_from(ordinal).unwrap_or(0) % CLASSES.len();
    CLASSES.get(index).copied().unwrap_or("p1")
}

/// The style class of a process's colour.
pub fn class_of(scene: &Scene, pid: Pid) -> &'static str {
    process_class(scene.process(pid).map_or(0, |process| process.ordinal))
}
