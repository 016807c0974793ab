//! Plain data to draw: what the page shows of a moment, what moves between two, and the words for it.
//!
//! - [`Scene`]: one moment, lane by lane, made for a [`Focus`];
//! - [`Transition`]: the motions of a step, each from one event, between cells named by [`CellId`];
//! - [`Explanation`]: the step's sentence, its reason, and the fault's decision path;
//! - [`Timeline`], [`Figures`], [`Charts`], [`Inspection`].
//!
//! Nothing here knows of pixels, time of day or the browser, and nothing flows back to the kernel.

pub mod actions;
pub mod build;
pub mod bytes;
pub mod cell;
pub mod charts;
pub mod dense;
mod disk;
pub mod explanation;
pub mod figures;
mod find;
pub mod focus;
mod glossary;
pub mod inspection;
mod midway;
mod motions;
pub mod page_table;
mod rich;
pub mod scene;
pub mod sharing;
mod text;
pub mod timeline;
pub mod told;
pub mod transition;
mod view;
mod words;

pub use abi::{Pid, VirtAddr};
pub use actions::{Action, actions};
pub use build::{Moment, inspection_of, scene_of};
pub use bytes::{BytesRow, BytesView};
pub use cell::{Cell, CellId, Marks, PageKind};
pub use charts::{Chart, Charts, Figure, charts};
pub use dense::{Dense, DenseRun, dense, frame_bytes};
pub use disk::file_bytes;
pub use explanation::{
    DecisionView, Explanation, GlossaryEntry, LinuxFunction, PteChange, Span, Tone,
};
pub use figures::Figures;
pub use find::{Happening, go_to};
pub use focus::Focus;
pub use glossary::GLOSSARY;
pub use inspection::Inspection;
pub use kernel::addr::{InodeId, PageIndex, PageRange, Pfn, Vpn};
pub use kernel::observe::{ProcessFigures, SystemFigures};
pub use midway::midway;
pub use motions::motions;
pub use page_table::{
    EntryState, EntryView, LevelView, PageTableView, PteBit, PteView, level_name,
};
pub use rich::{glossary, rich_text};
pub use scene::*;
pub use session::Costs;
pub use sharing::Sharing;
pub use timeline::{BranchView, MarkKind, Timeline, TimelineMark};
pub use told::{Area, Names, Told};
pub use transition::{Motion, MotionKind, Transition};
pub use view::{explanation, inspect, mark_kinds, scene, timeline, transition};
pub use words::explain;
