//! The C of the lab: source text to one kernel command at a time.
//!
//! Text goes through [`preprocess`], [`parser`] and [`check`] to a [`typed::Program`], through `lower` to bytecode,
//! and runs as the processes of a [`machine::Machine`] on a [`kernel::Kernel`]. [`program`] is the short way:
//! compile a text, run it.

pub mod ast;
pub mod check;
mod code;
pub mod diagnostic;
pub mod fold;
pub mod headers;
mod image;
pub mod lexer;
mod library;
mod literal;
mod lower;
pub mod machine;
pub mod parser;
pub mod preprocess;
pub mod program;
pub mod source;
mod syscalls;
pub mod typed;
pub mod types;
mod vm;
