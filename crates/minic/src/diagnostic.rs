//! What the checker says about a program that it does not accept: where, what, and a hint.
//!
//! [`Diagnostic::render`] gives the text that terminals and the page show, with the line and a caret.

use crate::source::{Source, Span};

/// One error of a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What the message is about.
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What may help, when something is known to.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without a hint.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            hint: None,
        }
    }

    /// The same error with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Name, line, column and message, the line's text, a caret under the span, and the hint:
    ///
    /// ```text
    /// a.c:1:10: error: `mmpa` is not known
    ///     1 | char *p = mmpa(0);
    ///       |           ^~~~
    ///       = did you mean `mmap`?
    /// ```
    pub fn render(&self, source: &Source) -> String {
        let position = source.position(self.span.start);
        let line: String = source.line(position.line).replace('\t', " ");
        let width = self.caret_width(source, &line, position.column);
        let mut text = format!(
            "{}:{}:{}: error: {}\n{:5} | {}\n      | {}^{}\n",
            source.name(),
            position.line,
            position.column,
            self.message,
            position.line,
            line,
            " ".repeat(position.column.saturating_sub(1) as usize),
            "~".repeat(width.saturating_sub(1)),
        );
        if let Some(hint) = &self.hint {
            text.push_str("      = ");
            text.push_str(hint);
            text.push('\n');
        }
        text
    }

    /// How many characters of the line the span covers, at least 1.
    fn caret_width(&self, source: &Source, line: &str, column: u32) -> usize {
        let covered = source.slice(self.span);
        let on_line = covered.lines().next().unwrap_or("").chars().count();
        let left = line
            .chars()
            .count()
            .saturating_sub(column.saturating_sub(1) as usize);
        on_line.min(left).max(1)
    }
}

/// How many diagnostics are kept of one text: more do not help.
const MOST: usize = 20;

/// The diagnostics of one text while they are found, at most one per place and 20 in all.
#[derive(Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

/// The mark that an error has been told already: whoever gets one says nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported(());

/// The result of a step that reports its errors itself.
pub type Checked<T> = Result<T, Reported>;

impl Diagnostics {
    /// Keeps an error.
    pub fn push(&mut self, diagnostic: Diagnostic) -> Reported {
        let known = self.found.iter().any(|d| d.span == diagnostic.span);
        if !known && !self.is_full() {
            self.found.push(diagnostic);
        }
        Reported(())
    }

    /// The mark of an error that was pushed before.
    pub fn told(&self) -> Reported {
        Reported(())
    }

    /// How many errors there are.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// Drops some of the errors that came after the first so many.
    pub fn forget(&mut self, first: usize, is_dropped: impl Fn(&Diagnostic) -> bool) {
        let mut index = 0;
        self.found.retain(|error| {
            index += 1;
            index <= first || !is_dropped(error)
        });
    }

    /// Whether nothing was wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether further errors would not be kept.
    pub fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// The errors in the order of the text.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|d| (d.span.start, d.span.end));
        self.found
    }
}

/// All diagnostics of a source as one text, an empty line between two.
pub fn render_all(diagnostics: &[Diagnostic], source: &Source) -> String {
    let texts: Vec<String> = diagnostics.iter().map(|d| d.render(source)).collect();
    texts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendering_shows_the_line_and_a_caret() {
        let source = Source::new("a.c", "int x;\n\tp = mmpa(0);\n");
        let text = Diagnostic::new(Span::new(12, 16), "`mmpa` is not known")
            .hint("did you mean `mmap`?")
            .render(&source);
        insta::assert_snapshot!(text, @r"
        a.c:2:6: error: `mmpa` is not known
            2 |  p = mmpa(0);
              |      ^~~~
              = did you mean `mmap`?
        ");
    }

    #[test]
    fn spans_outside_of_the_text_still_render() {
        let source = Source::new("a.c", "");
        let text = Diagnostic::new(Span::new(5, 9), "unexpected end").render(&source);
        assert!(text.starts_with("a.c:1:1: error: unexpected end"));
    }
}
