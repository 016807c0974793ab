//! What operations of the model cost: the rows of the cost table, and a loop of a C program.
//!
//! It needs no Linux, and runs in wasm too: `mmap-lab bench` puts both beside this machine's Linux
//! (`oracle::costs`), round by round.

#[cfg(target_family = "wasm")]
mod in_wasm;
mod on_model;
mod row;

pub use on_model::sample;
pub use row::{CALLS, GIBIBYTE, Goal, PAGES, Row, Sample};
