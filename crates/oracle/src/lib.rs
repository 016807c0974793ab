//! The model against a real Linux, operation by operation.

pub mod c_program;
#[cfg(target_os = "linux")]
pub mod check;
#[cfg(target_os = "linux")]
pub mod costs;
pub mod differential;
pub mod fuzz;
pub mod generator;
pub mod known_divergences;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod machine;
pub mod minimise;
pub mod model;
pub mod model_view;
pub mod observation;
pub mod operation;
pub mod processor;
pub mod smaps;

pub use machine::Machine;
