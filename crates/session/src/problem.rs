//! What is wrong with a text that was given to the lab, in plain data for whoever shows it.

use std::fmt;

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
