//! What is wrong with a text that was given to the lab, in plain data for whoever shows it.

use std::fmt;

use abi::Pid;
use minic::check::{ConsoleError, Rejected};
use minic::diagnostic::Diagnostic;
use minic::machine::ConsoleFailure;
use minic::source::{Source, Span};

/// An error of a program or of a statement, at its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// How many characters it is about, at least 1.
    pub length: u32,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What may help.
    pub hint: Option<String>,
    /// The line's text.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// What the checker says of a text.
pub fn problems_of(rejected: &Rejected) -> Vec<Problem> {
    rejected
        .diagnostics
        .iter()
        .map(|diagnostic| of_diagnostic(&rejected.source, diagnostic))
        .collect()
}

fn of_diagnostic(source: &Source, diagnostic: &Diagnostic) -> Problem {
    Problem {
        hint: diagnostic.hint.clone(),
        ..problem_at(source, diagnostic.span, &diagnostic.message)
    }
}

/// A problem of a piece of a text.
pub fn problem_at(source: &Source, span: Span, message: &str) -> Problem {
    let position = source.position(span.start);
    let covered = source
        .slice(span)
        .lines()
        .next()
        .unwrap_or("")
        .chars()
        .count()
        .max(1);
    Problem {
        line: position.line,
        column: position.column,
        length: u32::try_from(covered).unwrap_or(u32::MAX),
        message: message.into(),
        hint: None,
        text: source.line(position.line).into(),
    }
}

/// A problem of a whole text.
pub fn refusal(message: String, text: &str) -> Problem {
    let text = text.lines().next().unwrap_or("");
    let length = u32::try_from(text.chars().count().max(1)).unwrap_or(u32::MAX);
    Problem {
        line: 1,
        column: 1,
        length,
        message,
        hint: None,
        text: text.into(),
    }
}

/// Why a statement was not taken.
pub fn console_problems(failure: &ConsoleFailure, pid: Pid, text: &str) -> Vec<Problem> {
    let message = match failure {
        ConsoleFailure::Check(ConsoleError::Rejected(rejected)) => return problems_of(rejected),
        ConsoleFailure::Lower(diagnostic) => {
            return vec![of_diagnostic(&Source::new("console", text), diagnostic)];
        }
        ConsoleFailure::Check(ConsoleError::Incomplete) => {
            "the statement is not complete: a bracket, quote or comment is open".into()
        }
        ConsoleFailure::Busy => {
            format!("process {pid} is in the middle of a statement: step on until it is done")
        }
        ConsoleFailure::NoProcess => {
            format!("process {pid} takes no statements: it has ended")
        }
    };
    vec![refusal(message, text)]
}
