//! The preprocessor (C11 6.10): directives here, macro expansion in [`expand`], `#if` expressions in [`condition`].
//!
//! Headers are not files: `#include` of a known name is accepted, and what the headers declare is there anyway
//! (see [`crate::headers`]). Tokens of a macro's expansion carry the span of the macro's use.

mod condition;
mod expand;
mod macros;

pub use macros::{Macro, Macros};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::headers::is_header;
use crate::lexer::{Lexed, Token, TokenKind, lex};
use crate::source::{Source, Span};
use expand::Expander;
use std::rc::Rc;

/// How many tokens the macros of one text may expand to.
const EXPANSION_BUDGET: u32 = 1_000_000;

/// A text's tokens after preprocessing.
#[derive(Debug)]
pub struct Preprocessed {
    /// The tokens, the last one [`TokenKind::End`].
    pub tokens: Vec<Token>,
    /// Whether the text ends inside of a comment, a conditional or a spliced line: more could make it right.
    pub is_incomplete: bool,
}

/// Runs the preprocessor over a text; `macros` gets what the text defines.
pub fn preprocess(source: &Source, macros: &mut Macros, errors: &mut Diagnostics) -> Preprocessed {
    let Lexed {
        tokens,
        open_comment,
    } = lex(source.text());
    let mut preprocessor = Preprocessor {
        source,
        macros,
        errors,
        conditions: Vec::new(),
        budget: EXPANSION_BUDGET,
    };
    let mut output = preprocessor.run(&tokens);
    let open_condition = preprocessor.conditions.last().map(|c| c.span);
    let ends_in_splice = source.text().trim_end_matches(['\r', '\n']).ends_with('\\');
    let is_incomplete = open_comment.is_some() || open_condition.is_some() || ends_in_splice;
    if let Some(error) = open_comment {
        errors.push(error);
    }
    if let Some(span) = open_condition {
        errors.push(Diagnostic::new(span, "this conditional has no `#endif`"));
    }
    output.extend(tokens.last().cloned());
    Preprocessed {
        tokens: output,
        is_incomplete,
    }
}

struct Preprocessor<'a> {
    source: &'a Source,
    macros: &'a mut Macros,
    errors: &'a mut Diagnostics,
    conditions: Vec<Condition>,
    budget: u32,
}

/// An `#if` whose `#endif` has not come yet.
struct Condition {
    span: Span,
    /// Whether the text here is kept.
    is_active: bool,
    /// Whether a branch was kept already, or none may be.
    is_decided: bool,
    seen_else: bool,
}

impl Preprocessor<'_> {
    fn run(&mut self, tokens: &[Token]) -> Vec<Token> {
        let mut output = Vec::new();
        let mut rest = tokens.split_last().map_or(tokens, |(_, rest)| rest);
        while let Some(first) = rest.first() {
            let is_directive = first.starts_line && first.is("#");
            let ends_here = |t: &Token| t.starts_line && (is_directive || t.is("#"));
            let length = rest.iter().skip(1).position(ends_here);
            let (part, after) = rest.split_at(length.map_or(rest.len(), |n| n.saturating_add(1)));
            rest = after;
            if is_directive {
                self.directive(first.span, part.get(1..).unwrap_or(&[]));
            } else if self.is_active() {
                let expanded = self.expand(part);
                output.extend(expanded);
            }
        }
        output
    }

    fn expand(&mut self, tokens: &[Token]) -> Vec<Token> {
        Expander::new(self.macros, self.source, self.errors, &mut self.budget).run(tokens)
    }

    fn is_active(&self) -> bool {
        self.conditions.last().is_none_or(|c| c.is_active)
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(Diagnostic::new(span, message));
    }

    /// One directive; `tokens` is what follows the `#` on its line.
    fn directive(&mut self, hash: Span, tokens: &[Token]) {
        let Some((word, rest)) = tokens.split_first() else {
            return;
        };
        let Some(name) = word.name().cloned() else {
            if self.is_active() {
                self.error(word.span, "a directive's name is missing after `#`");
            }
            return;
        };
        match &*name {
            "if" | "ifdef" | "ifndef" => {
                return self.open_condition(&name, hash.to(word.span), rest);
            }
            "elif" => return self.elif(word.span, rest),
            "else" => return self.else_branch(word.span),
            "endif" => return self.endif(word.span),
            _ if !self.is_active() => return,
            _ => {}
        }
        match &*name {
            "define" => self.define(word.span, rest),
            "undef" => match rest.first().and_then(Token::name) {
                Some(name) => self.macros.undefine(name),
                None => self.error(word.span, "`#undef` needs a name"),
            },
            "include" => self.include(word.span, rest),
            "error" => {
                let text = joined(rest);
                self.error(hash.to(word.span), format!("#error {text}"));
            }
            "pragma" | "warning" | "ident" => {}
            "line" => {
                self.error(word.span, "`#line` is not part of the lab's language");
            }
            _ => {
                let error = Diagnostic::new(word.span, format!("`#{name}` is no directive"));
                let hint = "the directives are #include, #define, #undef, #if, #ifdef, #ifndef, #elif, #else, #endif and #error";
                self.errors.push(error.hint(hint));
            }
        }
    }

    fn open_condition(&mut self, kind: &str, span: Span, rest: &[Token]) {
        let outer = self.is_active();
        let holds = outer
            && match (kind, rest.first().and_then(Token::name)) {
                ("if", _) => self.evaluate(span, rest),
                ("ifdef", Some(name)) => self.macros.is_defined(name),
                ("ifndef", Some(name)) => !self.macros.is_defined(name),
                _ => {
                    self.error(span, format!("`#{kind}` needs a name"));
                    false
                }
            };
        self.conditions.push(Condition {
            span,
            is_active: holds,
            is_decided: holds || !outer,
            seen_else: false,
        });
    }

    fn elif(&mut self, span: Span, rest: &[Token]) {
        let needs_value = self.conditions.last().is_some_and(|c| !c.is_decided);
        let holds = needs_value && self.evaluate(span, rest);
        match self.conditions.last_mut() {
            Some(condition) if !condition.seen_else => {
                condition.is_active = holds;
                condition.is_decided |= holds;
            }
            _ => self.error(span, "`#elif` without `#if`"),
        }
    }

    fn else_branch(&mut self, span: Span) {
        match self.conditions.last_mut() {
            Some(condition) if !condition.seen_else => {
                condition.is_active = !condition.is_decided;
                condition.is_decided = true;
                condition.seen_else = true;
            }
            _ => self.error(span, "`#else` without `#if`"),
        }
    }

    fn endif(&mut self, span: Span) {
        if self.conditions.pop().is_none() {
            self.error(span, "`#endif` without `#if`");
        }
    }

    fn evaluate(&mut self, span: Span, tokens: &[Token]) -> bool {
        let resolved = condition::resolve_defined(tokens, self.macros);
        let expanded = self.expand(&resolved);
        match condition::evaluate(expanded, span, self.macros) {
            Ok(value) => value != 0,
            Err(error) => {
                self.errors.push(error);
                false
            }
        }
    }

    fn define(&mut self, span: Span, tokens: &[Token]) {
        match Macro::parse(span, tokens) {
            Ok((name, definition)) => self.macros.define(name, definition),
            Err(error) => {
                self.errors.push(error);
            }
        }
    }

    /// `#include <name>` or `"name"`.
    fn include(&mut self, span: Span, tokens: &[Token]) {
        let expanded = match tokens.first().map(|t| &t.kind) {
            Some(TokenKind::Name(_)) => self.expand(tokens),
            _ => tokens.to_vec(),
        };
        let whole = expanded.iter().fold(span, |span, t| span.to(t.span));
        let quoted = match expanded.split_first() {
            Some((first, _)) if matches!(first.kind, TokenKind::String(_)) => {
                Some(first.spelling())
            }
            Some((first, rest)) if first.is("<") => {
                let inside = rest.iter().take_while(|t| !t.is(">"));
                Some(inside.map(Token::spelling).collect())
            }
            _ => None,
        };
        let Some(quoted) = quoted else {
            return self.error(whole, "`#include` needs `<name.h>`");
        };
        let name = quoted.trim_matches('"');
        if !is_header(name) {
            let error = Diagnostic::new(whole, format!("the header `{name}` is not known"));
            let hint = "the lab knows the headers of C and of Linux; a program is one file";
            self.errors.push(error.hint(hint));
        }
    }
}

/// Tokens as text, with single spaces where there was space.
fn joined(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if token.after_space && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&token.spelling());
    }
    text
}

/// A macro's name with its value as text, as `-D` gives it; a value that is no token sequence is cut there.
pub fn define_from_text(macros: &mut Macros, name: &str, value: &str) {
    let mut body = lex(value).tokens;
    body.pop();
    macros.define(Rc::from(name), Macro::object(body));
}

#[cfg(test)]
mod tests;
