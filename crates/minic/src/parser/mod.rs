//! Tokens to a syntax tree (C11 6.5 to 6.9): a recursive-descent parser.
//!
//! Here are the token stream, scopes of typedef names, limits and recovery; [`expr`], [`decl`] and [`stmt`] hold
//! the grammar. Depth of recursion and height of the tree are bounded, so that every later walk is safe.
//! After an error in a statement the parser goes on behind it, to find further errors.

mod decl;
mod expr;
mod specifiers;
mod stmt;

use crate::ast::{Expr, Item};
use crate::check::suggest::nearest;
use crate::diagnostic::{Checked, Diagnostic, Diagnostics};
use crate::lexer::{Token, TokenKind};
use crate::source::Span;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// How deep constructs may nest, and how high an expression's tree may be.
const MAX_DEPTH: u32 = 200;

/// Names in a scope: whether each is a typedef's.
pub type TypedefNames = HashMap<Rc<str>, bool>;

/// A parser over preprocessed tokens.
pub struct Parser<'e> {
    tokens: Vec<Token>,
    /// Stands behind the tokens.
    end: Token,
    at: usize,
    errors: &'e mut Diagnostics,
    /// The scopes around, the outermost ones shared.
    outer: Vec<Rc<TypedefNames>>,
    scopes: Vec<TypedefNames>,
    depth: u32,
    /// The height of the highest tree built since the enclosing construct began.
    height: u32,
    /// Whether the `;` before the end of the text may be missing.
    may_end_bare: bool,
    /// Whether the first error was that the text ended too early.
    ran_out: bool,
    lost: HashSet<Rc<str>>,
}

/// What parsing a text gave.
#[derive(Debug)]
pub struct Parsed {
    /// The items that were understood.
    pub items: Vec<Item>,
    /// Whether the first error was that the text ended inside of something open.
    pub ran_out: bool,
    /// Whether each bracket has its partner, as far as counting tells.
    pub is_balanced: bool,
    /// Names in what was not understood: others of the text may need them.
    pub lost: HashSet<Rc<str>>,
}

impl<'e> Parser<'e> {
    /// A parser; the tokens' last one is [`TokenKind::End`].
    pub fn new(tokens: Vec<Token>, errors: &'e mut Diagnostics) -> Self {
        let end = tokens.last().map_or(Span::default(), |last| last.span);
        Self {
            tokens,
            end: Token::new(TokenKind::End, end),
            at: 0,
            errors,
            outer: Vec::new(),
            scopes: vec![TypedefNames::new()],
            depth: 0,
            height: 0,
            may_end_bare: false,
            ran_out: false,
            lost: HashSet::new(),
        }
    }

    /// With the names of enclosing scopes, the outermost first.
    #[must_use]
    pub fn within(mut self, outer: Vec<Rc<TypedefNames>>) -> Self {
        self.outer = outer;
        self
    }

    /// Parses a whole text. A text that is a list of statements may leave its last `;` out.
    pub fn items(mut self) -> Parsed {
        self.may_end_bare = true;
        let mut items = Vec::new();
        while !self.at_end() {
            let before = self.at;
            match self.item() {
                Ok(item) => items.push(item),
                Err(_) => self.recover(before, false),
            }
        }
        let counts = [("(", ")"), ("{", "}"), ("[", "]")];
        Parsed {
            items,
            ran_out: self.ran_out && (self.has_open_bracket() || self.may_end_bare_unmet()),
            is_balanced: counts.iter().all(|(open, close)| {
                self.count(self.tokens.len(), open) == self.count(self.tokens.len(), close)
            }),
            lost: self.lost,
        }
    }

    /// Parses one constant expression that takes all tokens, as `#if` has it.
    pub fn constant_expression_alone(mut self) -> Checked<Expr> {
        let expr = self.conditional()?;
        if self.at_end() {
            Ok(expr)
        } else {
            Err(self.unexpected("the end of the line"))
        }
    }

    // The token stream.

    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        let at = self.at.saturating_add(ahead);
        self.tokens.get(at).unwrap_or(&self.end)
    }

    fn at_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    fn bump(&mut self) -> Span {
        let span = self.peek().span;
        if !self.at_end() {
            self.at = self.at.saturating_add(1);
        }
        span
    }

    fn is(&self, mark: &str) -> bool {
        self.peek().is(mark)
    }

    fn is_keyword(&self, word: &str) -> bool {
        self.peek().name().is_some_and(|name| **name == *word)
    }

    fn accept(&mut self, mark: &str) -> bool {
        let found = self.is(mark);
        if found {
            self.bump();
        }
        found
    }

    fn accept_keyword(&mut self, word: &str) -> bool {
        let found = self.is_keyword(word);
        if found {
            self.bump();
        }
        found
    }

    fn expect(&mut self, mark: &str) -> Checked<Span> {
        if self.is(mark) {
            return Ok(self.bump());
        }
        Err(self.unexpected(&format!("`{mark}`")))
    }

    /// The `;` of a statement, which the end of a list of statements may leave out.
    fn expect_semicolon(&mut self) -> Checked<Span> {
        if self.may_end_bare && self.at_end() {
            return Ok(self.previous_span().end_point());
        }
        self.expect(";")
    }

    fn previous_span(&self) -> Span {
        let previous = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        previous.map_or(Span::default(), |token| token.span)
    }

    /// From a place up to the last token read.
    fn since(&self, start: Span) -> Span {
        start.to(self.previous_span())
    }

    // Errors and limits.

    fn error(&mut self, error: Diagnostic) -> crate::diagnostic::Reported {
        if self.errors.is_empty() && self.at_end() {
            self.ran_out = true;
        }
        self.errors.push(error)
    }

    /// The error that something else should stand here. A token missing at a line's end is told there.
    fn unexpected(&mut self, wanted: &str) -> crate::diagnostic::Reported {
        let token = self.peek();
        let found = token.describe();
        let hint = match &token.kind {
            TokenKind::Other('"' | '\'') => {
                Some("a literal ends with the quote it began with, on the same line")
            }
            TokenKind::Other('“' | '”' | '‘' | '’') => {
                Some("these are a book's quotes: C takes \" and '")
            }
            TokenKind::Name(name) if &**name == "else" => {
                Some("an `else` needs an `if` just before it: is a `{` or `}` wrong?")
            }
            _ if token.is("}") && self.count(self.at, "{") <= self.count(self.at, "}") => {
                Some("this `}` has no `{`: one is too many, or a `{` is missing before it")
            }
            _ => None,
        };
        let hint = hint.map(str::to_owned).or_else(|| self.misspelt_keyword());
        let ends_line = (token.starts_line || self.at_end()) && self.at > 0;
        let error = if ends_line {
            let span = self.previous_span().end_point();
            Diagnostic::new(span, format!("expected {wanted} before {found}"))
        } else {
            Diagnostic::new(token.span, format!("expected {wanted}, not {found}"))
        };
        self.error(match hint {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    /// The hint that the unknown name just read looks like a keyword.
    fn misspelt_keyword(&self) -> Option<String> {
        let previous = self.at.checked_sub(1).and_then(|at| self.tokens.get(at))?;
        let name = previous.name()?;
        if is_keyword(name) || self.lookup(name).is_some() {
            return None;
        }
        let near = nearest(name, KEYWORDS.iter().copied())?;
        Some(format!("did you mean `{near}`?"))
    }

    /// Runs a step of the grammar one level deeper.
    fn nested<T>(&mut self, step: impl FnOnce(&mut Self) -> Checked<T>) -> Checked<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        let around = std::mem::replace(&mut self.height, 0);
        self.depth = self.depth.saturating_add(1);
        let result = step(self);
        self.depth = self.depth.saturating_sub(1);
        self.grow()?;
        self.height = self.height.max(around);
        result
    }

    /// Notes that the tree being built gets one node higher.
    fn grow(&mut self) -> Checked<()> {
        self.height = self.height.saturating_add(1);
        if self.height > MAX_DEPTH {
            return Err(self.too_deep());
        }
        Ok(())
    }

    /// Ends the parse: what nests this deep is not worth going on with.
    fn too_deep(&mut self) -> crate::diagnostic::Reported {
        let error = Diagnostic::new(self.peek().span, "this nests too deeply or is too long");
        let reported = self.error(error.hint(format!("the lab takes {MAX_DEPTH} levels")));
        self.at = self.tokens.len().saturating_sub(1);
        reported
    }

    /// After an error in what began at `before`: goes on behind its `;` or `}`, or (in a block) before the block's `}`.
    fn recover(&mut self, before: usize, in_block: bool) {
        let read = self.tokens.get(before..self.at).unwrap_or(&[]);
        let count = |mark: &str| read.iter().filter(|token| token.is(mark)).count();
        let mut braces = count("{").saturating_sub(count("}"));
        let is_for = read
            .first()
            .and_then(Token::name)
            .is_some_and(|name| &**name == "for");
        let mut parens = count("(").saturating_sub(count(")"));
        while !self.at_end() {
            let token = self.peek();
            let (is_open, is_close) = (token.is("{"), token.is("}"));
            if in_block && is_close && braces == 0 {
                break;
            }
            let in_head = is_for && parens > 0;
            let ends = braces == 0 && token.is(";") && !in_head || is_close && braces <= 1;
            if token.is("(") {
                parens = parens.saturating_add(1);
            } else if token.is(")") {
                parens = parens.saturating_sub(1);
            } else if is_open {
                braces = braces.saturating_add(1);
                parens = 0;
            } else if is_close {
                braces = braces.saturating_sub(1);
            }
            self.bump();
            if ends && !self.is_keyword("else") {
                break;
            }
        }
        if self.at == before {
            self.bump();
        }
        let lost = self.tokens.get(before..self.at).unwrap_or(&[]);
        self.lost
            .extend(lost.iter().filter_map(Token::name).cloned());
    }

    /// How often a mark is among the first tokens.
    fn count(&self, first: usize, mark: &str) -> usize {
        let tokens = self.tokens.iter().take(first);
        tokens.filter(|token| token.is(mark)).count()
    }

    fn has_open_bracket(&self) -> bool {
        let opened = |mark: &str| self.count(self.tokens.len(), mark);
        opened("(") > opened(")") || opened("{") > opened("}") || opened("[") > opened("]")
    }

    /// Whether the text ends where a statement or a function's body has to follow.
    fn may_end_bare_unmet(&self) -> bool {
        let last = self
            .tokens
            .len()
            .checked_sub(2)
            .and_then(|at| self.tokens.get(at));
        last.is_some_and(|token| {
            token.is(")")
                || token
                    .name()
                    .is_some_and(|name| matches!(&**name, "else" | "do"))
        })
    }

    // Scopes of typedef names.

    fn declare(&mut self, name: &Rc<str>, is_typedef: bool) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.clone(), is_typedef);
        }
    }

    /// What a name is: a typedef's (`true`), another declared one, or unknown.
    fn lookup(&self, name: &str) -> Option<bool> {
        let inner = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        let outer = || self.outer.iter().rev().find_map(|scope| scope.get(name));
        inner.or_else(outer).copied()
    }

    fn scoped<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(TypedefNames::new());
        let result = step(self);
        self.scopes.pop();
        result
    }
}

/// The keywords.
const KEYWORDS: &[&str] = &[
    "asm",
    "auto",
    "break",
    "case",
    "char",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "typedef",
    "typeof",
    "union",
    "unsigned",
    "void",
    "volatile",
    "while",
    "_Alignas",
    "_Alignof",
    "_Atomic",
    "_Bool",
    "_Complex",
    "_Generic",
    "_Imaginary",
    "_Noreturn",
    "_Static_assert",
    "_Thread_local",
    "__asm__",
    "__attribute__",
    "__extension__",
    "__int128",
    "__builtin_offsetof",
];

/// Whether a word is a keyword, which names nothing.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests;
