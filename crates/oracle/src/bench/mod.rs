//! What operations cost, on the model and on Linux: the same work on both, row by row.
//!
//! The model's side needs no Linux and runs in a browser too.

#[cfg(target_os = "linux")]
pub mod on_linux;
pub mod on_model;
mod row;

pub use row::{Row, Sample};
