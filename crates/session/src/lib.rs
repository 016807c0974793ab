//! A lab in time: its inputs, every step that followed, and the way to any of them.
//!
//! - [`Session`]: what a page or a command line uses;
//! - [`Lab`]: the modelled machine with its program, one value that is cloned for snapshots and replayed;
//! - [`history`]: steps, snapshots and branches, for any deterministic world;
//! - [`Link`]: a session as a text for a URL.

mod completion;
mod costs;
pub mod demo;
mod figures;
mod files;
pub mod history;
pub mod input;
pub mod lab;
pub mod link;
mod pace;
pub mod problem;
pub mod process;
pub mod record;
mod script;
mod series;
mod session;
pub mod transcript;

pub use completion::Completion;
pub use costs::Costs;
pub use figures::Figures;
pub use files::FileInfo;
pub use input::{Input, LabFile, Preset, Setup};
pub use lab::{Detail, Lab, PROGRAM};
pub use link::{AbsentFile, Link, LinkError};
pub use pace::Pace;
pub use problem::Problem;
pub use process::{Pointer, ProcessState, TextPlace, Variable};
pub use record::{Marks, Record};
pub use series::Sample;
pub use session::{BranchInfo, FileTooLarge, Progress, Session, StepBy, Until};
pub use transcript::{Entry, Transcript};
