//! Plain data to draw: what the page shows of a moment, what moves between two, and the words for it.
//!
//! - [`Scene`]: one moment, lane by lane, made for a [`Focus`];
//! - [`Transition`]: the motions of a step, each from one event, between cells named by [`CellId`];
//! - [`Explanation`]: the step's sentence, its reason, and the fault's decision path;
//! - [`Timeline`], [`Figures`], [`Inspection`].
//!
//! Nothing here knows of pixels, time of day or the browser, and nothing flows back to the kernel.

pub mod bytes;
pub mod cell;
pub mod explanation;
pub mod figures;
pub mod focus;
pub mod inspection;
pub mod page_table;
pub mod scene;
pub mod timeline;
pub mod transition;

pub use bytes::{BytesRow, BytesView};
pub use cell::{Cell, CellId, Marks, PageKind};
pub use explanation::{
    DecisionView, Explanation, GlossaryEntry, LinuxFunction, PteChange, Span, Tone,
};
pub use figures::{Figures, ProcessFigures, SystemFigures};
pub use focus::Focus;
pub use inspection::Inspection;
pub use kernel::abi::{Pid, VirtAddr};
pub use kernel::addr::{InodeId, PageIndex, PageRange, Pfn, Vpn};
pub use page_table::{EntryState, EntryView, LevelView, PageTableView, PteBit, PteView};
pub use scene::*;
pub use timeline::{BranchView, MarkKind, Timeline, TimelineMark};
pub use transition::{Motion, MotionKind, Transition};
