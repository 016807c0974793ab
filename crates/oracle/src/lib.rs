//! The model against a real Linux, operation by operation.

pub mod differential;
pub mod generator;
pub mod linux;
pub mod machine;
pub mod observation;
pub mod operation;
pub mod smaps;

pub use machine::Machine;
