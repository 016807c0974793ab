//! Macro expansion (C11 6.10.3): a stack of token lists being rescanned.
//!
//! While a macro's replacement is on the stack the macro is not expanded again; its name met there is painted
//! for good. Depth and total output are bounded, so that no text makes this slow.

use super::macros::{Macro, Macros};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lexer::{Token, TokenKind, lex};
use crate::source::{Source, Span};
use std::rc::Rc;

/// How deep macros may expand to macros, and calls nest in arguments.
const MAX_DEPTH: usize = 100;

/// Expands one stretch of text without directives.
pub struct Expander<'a> {
    macros: &'a Macros,
    source: &'a Source,
    errors: &'a mut Diagnostics,
    budget: &'a mut u32,
    frames: Vec<Frame>,
    /// The lowest frame that may be read: above what an argument's expansion must not touch.
    floor: usize,
    depth: usize,
}

/// A token list being read.
struct Frame {
    tokens: Vec<Token>,
    next: usize,
    /// The macro whose replacement it is.
    name: Option<Rc<str>>,
}

impl Frame {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }
}

/// An argument as written, and its expansion once it is asked for.
struct Argument {
    tokens: Vec<Token>,
    expanded: Option<Vec<Token>>,
}

impl<'a> Expander<'a> {
    /// An expander that takes what it produces off the budget.
    pub fn new(
        macros: &'a Macros,
        source: &'a Source,
        errors: &'a mut Diagnostics,
        budget: &'a mut u32,
    ) -> Self {
        Self {
            macros,
            source,
            errors,
            budget,
            frames: Vec::new(),
            floor: 0,
            depth: 0,
        }
    }

    /// The tokens with every macro expanded.
    pub fn run(&mut self, tokens: &[Token]) -> Vec<Token> {
        let outer_floor = std::mem::replace(&mut self.floor, self.frames.len());
        self.push_frame(tokens.to_vec(), None);
        let mut output = Vec::new();
        while let Some(token) = self.next() {
            if let Some(token) = self.step(token) {
                output.push(token);
            }
        }
        self.floor = outer_floor;
        output
    }

    fn push_frame(&mut self, tokens: Vec<Token>, name: Option<Rc<str>>) {
        self.frames.push(Frame {
            tokens,
            next: 0,
            name,
        });
    }

    /// The next token, leaving finished frames on the way.
    fn next(&mut self) -> Option<Token> {
        while self.frames.len() > self.floor {
            let frame = self.frames.last_mut()?;
            if let Some(token) = frame.peek().cloned() {
                frame.next = frame.next.saturating_add(1);
                return Some(token);
            }
            self.frames.pop();
        }
        None
    }

    /// Whether the next token, looked at through finished frames, is `(`.
    fn next_is_open(&self) -> bool {
        let readable = self.frames.get(self.floor..).unwrap_or(&[]);
        let next = readable.iter().rev().find_map(Frame::peek);
        next.is_some_and(|token| token.is("("))
    }

    /// A token that stays as it is, or `None` when a macro's replacement took its place.
    fn step(&mut self, mut token: Token) -> Option<Token> {
        let Some(name) = token.name().filter(|_| !token.is_painted).cloned() else {
            return Some(token);
        };
        let computed = match &*name {
            "__LINE__" => Some(TokenKind::Number(
                self.source.line_of(token.span.start).to_string().into(),
            )),
            "__FILE__" => Some(TokenKind::String(quote(self.source.name()).into())),
            _ => None,
        };
        if let Some(kind) = computed {
            return Some(Token { kind, ..token });
        }
        let Some(definition) = self.macros.get(&name).cloned() else {
            return Some(token);
        };
        if self
            .frames
            .iter()
            .any(|frame| frame.name.as_ref() == Some(&name))
        {
            token.is_painted = true;
            return Some(token);
        }
        if definition.params.is_some() && !self.next_is_open() {
            return Some(token);
        }
        if self.frames.len() >= MAX_DEPTH || self.depth >= MAX_DEPTH {
            self.errors
                .push(Diagnostic::new(token.span, "macros nest too deeply here"));
            return Some(token);
        }
        self.expand(&token, name, &definition);
        None
    }

    fn expand(&mut self, token: &Token, name: Rc<str>, definition: &Macro) {
        let mut span = token.span;
        let mut arguments = Vec::new();
        if definition.params.is_some() {
            let Some((found, close)) = self.arguments(token, definition) else {
                // Something stands in its place, so that the parser does not stumble.
                let zero = Token::new(TokenKind::Number("0".into()), span);
                return self.push_frame(vec![zero], None);
            };
            arguments = found;
            if close.start >= span.start {
                span = span.to(close);
            }
        }
        let body = self.substitute(definition, &mut arguments, span);
        let body = self.paste(body, span);
        let produced = u32::try_from(body.len()).unwrap_or(u32::MAX);
        match self.budget.checked_sub(produced) {
            Some(left) => *self.budget = left,
            None => {
                let message = "the macros expand to more than a million tokens";
                self.errors.push(Diagnostic::new(span, message));
                *self.budget = 0;
                self.frames.clear();
                return;
            }
        }
        self.push_frame(body, Some(name));
        if let Some(first) = self.frames.last_mut().and_then(|f| f.tokens.first_mut()) {
            first.after_space = token.after_space;
            first.starts_line = token.starts_line;
        }
    }

    /// Reads the arguments of a call, whose `(` comes next, and the place of its `)`.
    fn arguments(&mut self, name: &Token, definition: &Macro) -> Option<(Vec<Argument>, Span)> {
        let wanted = definition.params.as_ref().map_or(0, Vec::len);
        let mut found: Vec<Vec<Token>> = vec![Vec::new()];
        let mut open = 0usize;
        let close = loop {
            let Some(token) = self.next() else {
                let message = format!("the call of the macro `{}` has no `)`", name.spelling());
                self.errors.push(Diagnostic::new(name.span, message));
                return None;
            };
            let fills_last = definition.is_variadic && found.len() == wanted;
            match token.kind {
                TokenKind::Mark("(") if open == 0 => {
                    open = 1;
                    continue;
                }
                TokenKind::Mark("(") => open = open.saturating_add(1),
                TokenKind::Mark(")") if open == 1 => break token.span,
                TokenKind::Mark(")") => open = open.saturating_sub(1),
                TokenKind::Mark(",") if open == 1 && !fills_last => {
                    found.push(Vec::new());
                    continue;
                }
                _ => {}
            }
            if let Some(last) = found.last_mut() {
                last.push(token);
            }
        };
        if wanted == 0 && found.len() == 1 && found.first().is_some_and(Vec::is_empty) {
            found.clear();
        }
        if definition.is_variadic && found.len().saturating_add(1) == wanted {
            found.push(Vec::new());
        }
        if found.len() != wanted {
            let name_text = name.spelling();
            let message = format!(
                "the macro `{name_text}` takes {wanted} arguments, not {}",
                found.len()
            );
            self.errors.push(Diagnostic::new(name.span, message));
            return None;
        }
        let arguments = found.into_iter().map(|tokens| Argument {
            tokens,
            expanded: None,
        });
        Some((arguments.collect(), close))
    }

    /// The replacement with arguments put in; `##` is still there.
    fn substitute(
        &mut self,
        definition: &Macro,
        arguments: &mut [Argument],
        span: Span,
    ) -> Vec<Token> {
        let mut output: Vec<Token> = Vec::new();
        let body = &definition.body;
        let mut i = 0usize;
        while let Some(token) = body.get(i) {
            let next = body.get(i.saturating_add(1));
            i = i.saturating_add(1);
            let argument =
                |t: Option<&Token>| t.and_then(Token::name).and_then(|n| definition.param(n));
            if token.is("#")
                && definition.params.is_some()
                && let Some(found) = argument(next).and_then(|p| arguments.get(p))
            {
                let kind = TokenKind::String(stringized(&found.tokens).into());
                output.push(Token {
                    after_space: token.after_space,
                    ..Token::new(kind, span)
                });
                i = i.saturating_add(1);
                continue;
            }
            let Some(found) = argument(Some(token)).and_then(|p| arguments.get_mut(p)) else {
                output.push(Token {
                    span,
                    starts_line: false,
                    ..token.clone()
                });
                continue;
            };
            let is_pasted =
                next.is_some_and(|t| t.is("##")) || output.last().is_some_and(|t| t.is("##"));
            if is_pasted {
                let is_variadic_tail = definition.is_variadic
                    && token.name() == definition.params.as_ref().and_then(|p| p.last());
                paste_argument(&mut output, &found.tokens, is_variadic_tail, span);
                continue;
            }
            if found.expanded.is_none() {
                self.depth = self.depth.saturating_add(1);
                found.expanded = Some(self.run(&found.tokens));
                self.depth = self.depth.saturating_sub(1);
            }
            let expanded = found.expanded.iter().flatten().cloned();
            let start = output.len();
            output.extend(expanded);
            if let Some(first) = output.get_mut(start) {
                first.after_space = token.after_space;
            }
            if output.len() > *self.budget as usize {
                return output;
            }
        }
        output
    }

    /// Joins the tokens around each `##`.
    fn paste(&mut self, body: Vec<Token>, span: Span) -> Vec<Token> {
        if !body.iter().any(|t| t.is("##")) {
            return body;
        }
        let mut output: Vec<Token> = Vec::new();
        let mut tokens = body.into_iter();
        while let Some(token) = tokens.next() {
            if !token.is("##") {
                output.push(token);
                continue;
            }
            let (Some(left), Some(right)) = (output.pop(), tokens.next()) else {
                continue;
            };
            let text = format!("{}{}", left.spelling(), right.spelling());
            let mut pasted = lex(&text).tokens;
            if pasted.len() > 2 {
                let message = format!(
                    "pasting `{}` and `{}` gives no token",
                    left.spelling(),
                    right.spelling()
                );
                self.errors.push(Diagnostic::new(span, message));
            }
            pasted.truncate(1);
            output.extend(
                pasted
                    .into_iter()
                    .filter(|t| t.kind != TokenKind::End)
                    .map(|t| Token {
                        after_space: left.after_space,
                        ..Token::new(t.kind, span)
                    }),
            );
        }
        output
    }
}

/// Puts an argument beside `##`, unexpanded. An empty one leaves the `##` without effect; after a comma,
/// GNU's `, ## __VA_ARGS__` drops the comma when there are no arguments and else only the `##`.
fn paste_argument(output: &mut Vec<Token>, tokens: &[Token], is_variadic_tail: bool, span: Span) {
    let after_paste = output.last().is_some_and(|t| t.is("##"));
    let comma = output.len().checked_sub(2).and_then(|i| output.get(i));
    if after_paste && is_variadic_tail && comma.is_some_and(|t| t.is(",")) {
        output.pop();
        if tokens.is_empty() {
            output.pop();
        }
        output.extend_from_slice(tokens);
    } else if tokens.is_empty() {
        output.push(Token::new(TokenKind::Name("".into()), span));
    } else {
        output.extend_from_slice(tokens);
    }
}

/// `#`: tokens as a string literal. Only the backslashes of literals among them are escaped (C17 6.10.3.2).
fn stringized(tokens: &[Token]) -> String {
    let mut quoted = String::from('"');
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 && token.after_space {
            quoted.push(' ');
        }
        let text = token.spelling();
        match text.ends_with(['"', '\'']) {
            true => quoted.push_str(&escaped(&text)),
            false => quoted.push_str(&text),
        }
    }
    quoted.push('"');
    quoted
}

/// A text as a string literal.
fn quote(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c == '"' || c == '\\' {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
