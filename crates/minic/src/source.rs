//! Source text: a named text, byte spans into it, and the line and column of a byte.
//!
//! Every tree node carries a [`Span`]; [`Source`] turns one into what people read.
//! Neighbours: [`crate::diagnostic`] renders spans, every other module only passes them on.

use std::rc::Rc;

/// A half-open range of bytes of one [`Source`]. Code from a macro has the span of the macro's use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to before `end`.
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The empty span at the end of this one.
    #[must_use]
    pub fn end_point(self) -> Self {
        Self {
            start: self.end,
            end: self.end,
        }
    }
}

/// A place in a text as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A named source text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    name: Rc<str>,
    text: Rc<str>,
    /// The byte at which each line starts; the first is 0.
    line_starts: Vec<u32>,
}

impl Source {
    /// A text with the name that `__FILE__` and diagnostics show. Texts past 4 GiB are cut in their positions.
    pub fn new(name: &str, text: &str) -> Self {
        let starts = text
            .bytes()
            .zip(1u32..)
            .filter_map(|(byte, next)| (byte == b'\n').then_some(next));
        Self {
            name: name.into(),
            text: text.into(),
            line_starts: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// The name given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many lines the text has; at least 1.
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.line_starts.len()).unwrap_or(u32::MAX)
    }

    /// The line, from 1, that holds a byte; the last line for bytes past the end.
    pub fn line_of(&self, byte: u32) -> u32 {
        u32::try_from(self.line_starts.partition_point(|&start| start <= byte)).unwrap_or(u32::MAX)
    }

    /// The line and column of a byte.
    pub fn position(&self, byte: u32) -> Position {
        let line = self.line_of(byte);
        let start = self.line_start(line);
        let before = self.slice(Span::new(start, byte));
        let column = before.chars().count().saturating_add(1);
        Position {
            line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// The text of a line counted from 1, without its line end; empty when there is no such line.
    pub fn line(&self, line: u32) -> &str {
        let start = self.line_start(line);
        let rest = self.text.get(start as usize..).unwrap_or("");
        rest.lines().next().unwrap_or("")
    }

    /// The text of a span; empty when the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    fn line_start(&self, line: u32) -> u32 {
        let index = line.saturating_sub(1) as usize;
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.line_starts.get(index).copied().unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source::new("a.c", "int ä = 1;\n\nx");
        let at = |byte| {
            let position = source.position(byte);
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(7), (1, 7));
        assert_eq!(at(12), (2, 1));
        assert_eq!(at(13), (3, 1));
        assert_eq!(at(999), (3, 1));
        assert_eq!(source.line(1), "int ä = 1;");
        assert_eq!(source.line(4), "");
    }
}
