//! Text to preprocessing tokens (C11 5.1.1.2, phases 2 and 3): comments and line splices vanish here.
//!
//! Key types: [`Token`], [`TokenKind`]. Neighbours: [`crate::preprocess`] expands what this gives.
//! Nothing is refused here but an open comment: what is no token of C becomes [`TokenKind::Other`],
//! an error only where it is used and not inside of a skipped `#if`.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use std::ops::RangeInclusive;
use std::rc::Rc;

/// A token with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it is written; for tokens out of a macro, where the macro is used.
    pub span: Span,
    /// Whether it is the first of its line: a `#` here starts a directive.
    pub starts_line: bool,
    /// Whether white space precedes it.
    pub after_space: bool,
    /// Whether it is a macro's name met inside of its own expansion, which is never expanded again.
    pub is_painted: bool,
}

/// The kinds of tokens. Literals keep their spelling with quotes, prefix and escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier or keyword.
    Name(Rc<str>),
    /// Anything that starts like a number.
    Number(Rc<str>),
    /// A character constant.
    Character(Rc<str>),
    /// A string literal.
    String(Rc<str>),
    /// An operator or punctuation mark.
    Mark(&'static str),
    /// A character that starts no token; a quote without its end stands for itself.
    Other(char),
    /// The end of the text, or of the tokens of a directive.
    End,
}

impl Token {
    /// A token of its own, not from a text.
    pub fn new(kind: TokenKind, span: Span) -> Self {
        Self {
            kind,
            span,
            starts_line: false,
            after_space: false,
            is_painted: false,
        }
    }

    /// Whether it is this operator or punctuation mark.
    pub fn is(&self, mark: &str) -> bool {
        matches!(self.kind, TokenKind::Mark(own) if own == mark)
    }

    /// The name, if it is one.
    pub fn name(&self) -> Option<&Rc<str>> {
        match &self.kind {
            TokenKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The token as it is written.
    pub fn spelling(&self) -> String {
        match &self.kind {
            TokenKind::Name(text)
            | TokenKind::Number(text)
            | TokenKind::Character(text)
            | TokenKind::String(text) => text.to_string(),
            TokenKind::Mark(mark) => (*mark).to_owned(),
            TokenKind::Other(c) => c.to_string(),
            TokenKind::End => String::new(),
        }
    }

    /// The token in a message: quoted, or "the end of the text".
    pub fn describe(&self) -> String {
        match &self.kind {
            TokenKind::End => "the end of the text".to_owned(),
            TokenKind::Other(c) if c.is_control() => format!("the character U+{:04X}", *c as u32),
            _ => format!("`{}`", self.spelling()),
        }
    }
}

/// All marks, longer ones first. The digraphs `<:` and friends are left out.
const MARKS: &[&str] = &[
    "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "*=",
    "/=", "%=", "+=", "-=", "&=", "^=", "|=", "##", "[", "]", "(", ")", "{", "}", ".", "&", "*",
    "+", "-", "~", "!", "/", "%", "<", ">", "^", "|", "?", ":", ";", "=", ",", "#",
];

/// What lexing a text gave.
#[derive(Debug)]
pub struct Lexed {
    /// The tokens, the last one [`TokenKind::End`].
    pub tokens: Vec<Token>,
    /// A comment without an end.
    pub open_comment: Option<Diagnostic>,
}

/// Cuts a text into tokens.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        text,
        at: 0,
        open_comment: None,
    };
    let mut tokens = Vec::new();
    loop {
        let (starts_line, after_space) = lexer.skip_space(tokens.is_empty());
        let start = lexer.at;
        let kind = lexer.token();
        let is_end = kind == TokenKind::End;
        tokens.push(Token {
            starts_line,
            after_space,
            ..Token::new(kind, Span::new(start, lexer.at))
        });
        if is_end {
            return Lexed {
                tokens,
                open_comment: lexer.open_comment,
            };
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: u32,
    open_comment: Option<Diagnostic>,
}

impl Lexer<'_> {
    /// The character at a byte and where the next one starts, over any `\`-newline splices.
    fn char_at(&self, mut at: u32) -> Option<(char, u32)> {
        loop {
            let rest = self.text.get(at as usize..)?;
            if rest.starts_with("\\\n") {
                at = at.checked_add(2)?;
            } else if rest.starts_with("\\\r\n") {
                at = at.checked_add(3)?;
            } else {
                let c = rest.chars().next()?;
                return Some((c, at.checked_add(u32::try_from(c.len_utf8()).ok()?)?));
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.char_at(self.at).map(|(c, _)| c)
    }

    fn peek_second(&self) -> Option<char> {
        let (_, next) = self.char_at(self.at)?;
        self.char_at(next).map(|(c, _)| c)
    }

    fn bump(&mut self) -> Option<char> {
        let (c, next) = self.char_at(self.at)?;
        self.at = next;
        Some(c)
    }

    /// Skips white space and comments; says whether a line started and whether anything was skipped.
    fn skip_space(&mut self, at_start: bool) -> (bool, bool) {
        let (mut starts_line, mut skipped) = (at_start, false);
        while let Some(c) = self.peek() {
            match (c, self.peek_second()) {
                ('\n', _) => {
                    starts_line = true;
                    self.bump();
                }
                (c, _) if c.is_whitespace() => {
                    self.bump();
                }
                ('/', Some('/')) => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.bump();
                    }
                }
                ('/', Some('*')) => self.skip_comment(),
                _ => break,
            }
            skipped = true;
        }
        // Splices before the token are no part of it.
        while let Some(rest) = self.text.get(self.at as usize..) {
            if !rest.starts_with("\\\n") && !rest.starts_with("\\\r\n") {
                break;
            }
            self.at = self
                .at
                .saturating_add(if rest.starts_with("\\\n") { 2 } else { 3 });
        }
        (starts_line, skipped)
    }

    fn skip_comment(&mut self) {
        let start = self.at;
        self.bump();
        self.bump();
        loop {
            match (self.bump(), self.peek()) {
                (Some('*'), Some('/')) => {
                    self.bump();
                    return;
                }
                (Some(_), _) => {}
                (None, _) => {
                    let span = Span::new(start, start.saturating_add(2));
                    let error = Diagnostic::new(span, "this comment has no end");
                    self.open_comment = Some(error.hint("a comment ends with `*/`"));
                    return;
                }
            }
        }
    }

    fn token(&mut self) -> TokenKind {
        let Some(c) = self.peek() else {
            return TokenKind::End;
        };
        if is_name_start(c) {
            return self.name_or_prefixed_literal();
        }
        let second = self.peek_second();
        if c.is_ascii_digit() || c == '.' && second.is_some_and(|d| d.is_ascii_digit()) {
            return TokenKind::Number(self.number().into());
        }
        if c == '"' || c == '\'' {
            return self.quoted(c, String::new());
        }
        self.mark().map_or_else(
            || {
                self.bump();
                TokenKind::Other(c)
            },
            TokenKind::Mark,
        )
    }

    fn name_or_prefixed_literal(&mut self) -> TokenKind {
        let mut name = String::new();
        while let Some(c) = self
            .peek()
            .filter(|&c| is_name_start(c) || c.is_ascii_digit())
        {
            name.push(c);
            self.bump();
        }
        match self.peek() {
            Some(quote @ ('"' | '\'')) if matches!(name.as_str(), "L" | "u" | "U" | "u8") => {
                self.quoted(quote, name)
            }
            _ => TokenKind::Name(name.into()),
        }
    }

    /// A preprocessing number (C11 6.4.8): digits, letters, dots and signed exponents.
    fn number(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            let follows_exponent = text.ends_with(['e', 'E', 'p', 'P']);
            let is_hex = text.starts_with("0x") || text.starts_with("0X");
            let is_sign = (c == '+' || c == '-') && follows_exponent;
            let is_sign = is_sign && (!is_hex || text.ends_with(['p', 'P']));
            if !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || is_sign) {
                break;
            }
            text.push(c);
            self.bump();
        }
        text
    }

    /// A literal from its opening quote; the quote alone when its line ends before it does.
    fn quoted(&mut self, quote: char, mut text: String) -> TokenKind {
        self.bump();
        let after_quote = self.at;
        text.push(quote);
        loop {
            match self.peek() {
                None | Some('\n') => {
                    self.at = after_quote;
                    return TokenKind::Other(quote);
                }
                Some(c) => {
                    self.bump();
                    text.push(c);
                    if c == '\\' && self.peek().is_some_and(|c| c != '\n') {
                        text.extend(self.bump());
                    } else if c == quote {
                        break;
                    }
                }
            }
        }
        if quote == '"' {
            TokenKind::String(text.into())
        } else {
            TokenKind::Character(text.into())
        }
    }

    fn mark(&mut self) -> Option<&'static str> {
        let first = self.peek()?;
        let mut ahead = String::from(first);
        let mut at = self.char_at(self.at)?.1;
        while let Some((c, next)) = self.char_at(at).filter(|_| ahead.len() < 3) {
            ahead.push(c);
            at = next;
        }
        let mark = MARKS.iter().find(|mark| ahead.starts_with(**mark))?;
        for _ in 0..mark.len() {
            self.bump();
        }
        Some(mark)
    }
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || NOT_ASCII.iter().any(|range| range.contains(&c))
}

/// What a name may hold beside ASCII: C11, D.1, the longer ranges.
const NOT_ASCII: [RangeInclusive<char>; 12] = [
    '\u{c0}'..='\u{d6}',
    '\u{d8}'..='\u{f6}',
    '\u{f8}'..='\u{167f}',
    '\u{1681}'..='\u{180d}',
    '\u{180f}'..='\u{1fff}',
    '\u{2070}'..='\u{218f}',
    '\u{2c00}'..='\u{2dff}',
    '\u{2e80}'..='\u{2fff}',
    '\u{3021}'..='\u{303f}',
    '\u{3040}'..='\u{d7ff}',
    '\u{f900}'..='\u{fd3d}',
    '\u{10000}'..='\u{efffd}',
];

#[cfg(test)]
mod tests {
    use super::*;

    fn spellings(text: &str) -> Vec<String> {
        lex(text).tokens.iter().map(Token::spelling).collect()
    }

    #[test]
    fn tokens_are_cut_as_c_cuts_them() {
        assert_eq!(
            spellings("a+++b->c<<=0x1e+1 .5e-3 'x' \"a\\\"b\" L\"w\" ..."),
            [
                "a",
                "++",
                "+",
                "b",
                "->",
                "c",
                "<<=",
                "0x1e",
                "+",
                "1",
                ".5e-3",
                "'x'",
                "\"a\\\"b\"",
                "L\"w\"",
                "...",
                ""
            ]
        );
    }

    #[test]
    fn comments_and_splices_vanish() {
        assert_eq!(
            spellings("a/* x\n */b // c \\\n still\nd\\\ne"),
            ["a", "b", "de", ""]
        );
        let lexed = lex("#x\n y");
        assert!(lexed.tokens[0].starts_line && lexed.tokens[2].starts_line);
        assert!(!lexed.tokens[1].starts_line);
    }

    #[test]
    fn anything_gives_tokens() {
        assert_eq!(
            lex("x /* y").open_comment.map(|d| d.span),
            Some(Span::new(2, 4))
        );
        assert_eq!(lex("\0\"").tokens[0].kind, TokenKind::Other('\0'));
        assert_eq!(lex("don't").tokens[1].kind, TokenKind::Other('\''));
        assert_eq!(lex("größe").tokens.len(), 2);
        assert_eq!(lex("€\\").tokens.len(), 3);
    }
}
