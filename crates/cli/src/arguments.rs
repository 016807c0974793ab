//! What can be wrong with a command line.

use std::fmt;

/// A command line that is not understood.
#[derive(Debug)]
pub struct UsageError(String);

impl UsageError {
    /// An error that says this.
    pub fn new(text: impl Into<String>) -> UsageError {
        UsageError(text.into())
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<lexopt::Error> for UsageError {
    fn from(error: lexopt::Error) -> UsageError {
        UsageError(error.to_string())
    }
}
