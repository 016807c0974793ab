//! What the accepted headers declare.
//!
//! Neighbours: [`library`] lists the functions and system calls that programs may call.

mod library;

pub use library::LibraryFunction;
