//! Physical memory: frames and which of them are free.

mod allocate;
pub mod contents;
pub mod frame;
pub mod free_set;
