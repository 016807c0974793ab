//! A lab in time: its inputs, every step that followed, and the way to any of them.

pub mod history;
pub mod input;
pub mod link;
pub mod record;

pub use input::{Input, LabFile, Preset, Setup};
pub use link::{AbsentFile, Link, LinkError};
pub use record::{Marks, Record};
