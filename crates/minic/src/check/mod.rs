//! From text to a typed program: the entry points of the front end.
//!
//! [`check_program`] takes a file, [`check_console`] what a console's user typed.
//! Both give every error found, not only the first. The work is done by one `Checker`, spread over the files by what
//! is checked: declarations, types, expressions, statements, functions.

mod call;
mod checker;
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
mod suggest;
mod text;

use crate::diagnostic::{Diagnostic, render_all};
use crate::source::{Source, Span};
use crate::typed::{Program, Storage};
use crate::types::{LocalId, Type};
use checker::Mode;
use scope::Declarations;
use std::rc::Rc;
use text::{Failure, base, check_text};

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
    match check_text(&source, base(predefined), Mode::File) {
        Ok((_, program)) => Ok(program),
        Err(Failure { diagnostics, .. }) => Err(Rejected {
            source,
            diagnostics,
        }),
    }
}

/// The names that a console's inputs have declared. Cheap to clone: sessions snapshot it.
#[derive(Clone, Debug)]
pub struct ConsoleScope {
    declared: Rc<Declarations>,
}

impl Default for ConsoleScope {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl ConsoleScope {
    /// An empty console with macros as with `-D NAME=VALUE`.
    pub fn new(predefined: &[(&str, &str)]) -> Self {
        Self {
            declared: Rc::new(base(predefined)),
        }
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
    let source = Rc::new(Source::new("console", text));
    let before = scope.declared.clone();
    let (declared, program) = match check_text(&source, Declarations::clone(&before), Mode::Console)
    {
        Ok(checked) => checked,
        Err(failure) if failure.is_incomplete => return Err(ConsoleError::Incomplete),
        Err(Failure { diagnostics, .. }) => {
            return Err(ConsoleError::Rejected(Rejected {
                source,
                diagnostics,
            }));
        }
    };
    let now_and_then = declared.locals.iter().zip(&before.locals).zip(0u32..);
    let promoted = now_and_then
        .filter(|((now, then), _)| {
            now.storage == Storage::Memory && then.storage == Storage::Register
        })
        .map(|(_, id)| LocalId(id))
        .collect();
    let result = text::result_type(&program);
    scope.declared = Rc::new(declared);
    Ok(ConsoleUnit {
        program,
        promoted,
        result,
    })
}

/// The span of a whole text, for errors about all of it.
fn start_of_text() -> Span {
    Span::new(0, 0)
}

#[cfg(test)]
mod tests;
