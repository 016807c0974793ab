//! The C of the lab: source text to one kernel command at a time.
//!
//! Text goes through [`check`] (preprocessor, lexer, parser, checker) to a [`typed::Program`].

pub mod check;
pub mod diagnostic;
pub mod headers;
pub mod source;
pub mod typed;
pub mod types;
