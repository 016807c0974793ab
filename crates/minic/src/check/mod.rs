//! From text to a typed program: the entry points of the front end.
//!
//! [`check_program`] takes a file, [`check_console`] what a console's user typed.
//! Both give every error found, not only the first.

use crate::diagnostic::{Diagnostic, render_all};
use crate::source::{Source, Span};
use crate::typed::Program;
use crate::types::{LocalId, Type};
use std::rc::Rc;

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
    let _ = predefined;
    Err(Rejected {
        source: Rc::new(Source::new(name, text)),
        diagnostics: vec![Diagnostic::new(
            Span::default(),
            "the checker is not there yet",
        )],
    })
}

/// The names that a console's inputs have declared. Cheap to clone: sessions snapshot it.
#[derive(Clone, Debug, Default)]
pub struct ConsoleScope {}

impl ConsoleScope {
    /// An empty console with macros as with `-D NAME=VALUE`.
    pub fn new(predefined: &[(&str, &str)]) -> Self {
        let _ = predefined;
        Self::default()
    }
}

/// What one console input adds.
#[derive(Clone, Debug)]
pub struct ConsoleUnit {
    /// Everything so far; `entry` holds this input's statements. Its function's `locals` are all console variables
    /// (ids stay the same from input to input) and all of them share one frame, the process's bottom one.
    pub program: Program,
    /// Console variables that were registers until now and from now on are memory, because this input takes their
    /// address or uses them in a function: give them a place in the frame and store the register's value there first.
    pub promoted: Vec<LocalId>,
    /// The type of the value that the final [`crate::typed::StmtKind::Result`] leaves, if the input ends in one.
    pub result: Option<Type>,
}

/// Why a console input was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleError {
    /// It is right so far, but ends too early: an open brace, parenthesis, comment or macro continuation.
    Incomplete,
    /// It is wrong.
    Rejected(Rejected),
}

/// Checks what was typed at the console: statements, declarations, function definitions, directives.
/// A final `;` may be missing. The scope changes only when the input is accepted.
///
/// # Errors
/// Incomplete input is told apart from wrong input.
pub fn check_console(scope: &mut ConsoleScope, text: &str) -> Result<ConsoleUnit, ConsoleError> {
    let _ = scope;
    match check_program("console", text, &[]) {
        Ok(program) => Ok(ConsoleUnit {
            program,
            promoted: Vec::new(),
            result: None,
        }),
        Err(rejected) => Err(ConsoleError::Rejected(rejected)),
    }
}
