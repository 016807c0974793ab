//! From text to a typed program: the entry points of the front end.
//!
//! [`check_program`] takes a file, [`check_console`] what a console's user typed.
//! Both give every error found, not only the first. The work is done by one `Checker`, spread over the files by what
//! is checked: declarations, types, expressions, statements, functions.

mod call;
mod checker;
mod console;
mod constant;
mod convert;
mod declarators;
mod declare;
mod expr;
mod function;
mod global;
mod initialise;
mod member;
mod name;
mod operators;
mod scope;
mod specifiers;
mod statement;
pub(crate) mod suggest;
mod text;

use crate::diagnostic::{Diagnostic, render_all};
use crate::source::{Source, Span};
use crate::typed::Program;
use checker::Mode;
pub use console::{ConsoleError, ConsoleScope, ConsoleUnit, FrameNames, check_console};
use std::rc::Rc;
use text::{base, check_text};

/// Why a text was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The text.
    pub source: Rc<Source>,
    /// What is wrong with it; at least one, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Rejected {
    /// All diagnostics as text.
    pub fn render(&self) -> String {
        render_all(&self.diagnostics, &self.source)
    }
}

/// Checks a file: a program with `main`, or a list of statements to run in order.
///
/// `name` is what `__FILE__` and diagnostics say; `predefined` are macros as with `-D NAME=VALUE`.
///
/// # Errors
/// Everything wrong with the text, before anything of it runs.
pub fn check_program(
    name: &str,
    text: &str,
    predefined: &[(&str, &str)],
) -> Result<Program, Rejected> {
    let source = Rc::new(Source::new(name, text));
    check_text(&source, base(predefined), Mode::File).map_err(|failure| failure.rejected(source))
}

/// The span of a whole text, for errors about all of it.
fn start_of_text() -> Span {
    Span::new(0, 0)
}

#[cfg(test)]
mod tests;
