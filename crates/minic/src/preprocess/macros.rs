//! Macro definitions and the table of them.

use crate::diagnostic::Diagnostic;
use crate::lexer::{Token, TokenKind};
use crate::source::Span;
use abi::constants::value_of;
use std::collections::HashMap;
use std::rc::Rc;

/// A macro's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// The parameters of a function-like macro; `None` for an object-like one.
    pub params: Option<Vec<Rc<str>>>,
    /// Whether the last parameter takes all remaining arguments.
    pub is_variadic: bool,
    /// The replacement.
    pub body: Vec<Token>,
}

impl Macro {
    /// An object-like macro.
    pub fn object(body: Vec<Token>) -> Self {
        Self {
            params: None,
            is_variadic: false,
            body,
        }
    }

    /// Reads what follows `#define`.
    pub fn parse(span: Span, tokens: &[Token]) -> Result<(Rc<str>, Self), Diagnostic> {
        let Some((first, rest)) = tokens.split_first() else {
            return Err(Diagnostic::new(span, "`#define` needs a name"));
        };
        let Some(name) = first.name().cloned() else {
            let message = format!("`#define` needs a name, not {}", first.describe());
            return Err(Diagnostic::new(first.span, message));
        };
        if &*name == "defined" {
            return Err(Diagnostic::new(first.span, "`defined` cannot be a macro"));
        }
        let definition = match rest.split_first() {
            Some((open, rest)) if open.is("(") && !open.after_space => {
                Self::parse_function_like(open.span, rest)?
            }
            _ => Self::object(rest.to_vec()),
        };
        definition.check_body()?;
        Ok((name, definition))
    }

    fn parse_function_like(open: Span, tokens: &[Token]) -> Result<Self, Diagnostic> {
        let bad = |span| {
            Diagnostic::new(
                span,
                "the macro's parameters should be names between commas",
            )
        };
        let mut params: Vec<Rc<str>> = Vec::new();
        let mut is_variadic = false;
        let mut rest = tokens.iter();
        loop {
            let token = rest.next().ok_or_else(|| bad(open))?;
            match &token.kind {
                TokenKind::Mark(")") if params.is_empty() => break,
                TokenKind::Mark("...") => {
                    is_variadic = true;
                    params.push("__VA_ARGS__".into());
                }
                TokenKind::Name(name) if !params.contains(name) => params.push(name.clone()),
                _ => return Err(bad(token.span)),
            }
            let mut after = rest.next().ok_or_else(|| bad(token.span))?;
            if after.is("...") && !is_variadic {
                is_variadic = true; // GNU's `name...`
                after = rest.next().ok_or_else(|| bad(token.span))?;
            }
            match after.kind {
                TokenKind::Mark(")") => break,
                TokenKind::Mark(",") if !is_variadic => {}
                _ => return Err(bad(after.span)),
            }
        }
        Ok(Self {
            params: Some(params),
            is_variadic,
            body: rest.cloned().collect(),
        })
    }

    fn check_body(&self) -> Result<(), Diagnostic> {
        for end in [self.body.first(), self.body.last()].into_iter().flatten() {
            if end.is("##") {
                let message = "`##` cannot be at an end of a macro's replacement";
                return Err(Diagnostic::new(end.span, message));
            }
        }
        for (i, token) in self.body.iter().enumerate() {
            let operand = self.body.get(i.saturating_add(1)).and_then(Token::name);
            let is_param = operand.is_some_and(|name| self.param(name).is_some());
            if self.params.is_some() && token.is("#") && !is_param {
                return Err(Diagnostic::new(
                    token.span,
                    "`#` needs a macro parameter after it",
                ));
            }
        }
        Ok(())
    }

    /// Which parameter has this name.
    pub fn param(&self, name: &str) -> Option<usize> {
        self.params
            .as_ref()?
            .iter()
            .position(|param| **param == *name)
    }
}

/// The macros of a text: those of the built-in headers below, its own above.
#[derive(Clone, Debug, Default)]
pub struct Macros {
    base: Rc<HashMap<Rc<str>, Rc<Macro>>>,
    /// `None`: undefined by `#undef`.
    own: HashMap<Rc<str>, Option<Rc<Macro>>>,
}

impl Macros {
    /// A table that starts with everything that this one defines, shared.
    #[must_use]
    pub fn into_base(self) -> Self {
        let defined = self.own.into_iter();
        Self {
            base: Rc::new(defined.filter_map(|(name, m)| Some((name, m?))).collect()),
            own: HashMap::new(),
        }
    }

    /// The macro of a name.
    pub fn get(&self, name: &str) -> Option<&Rc<Macro>> {
        match self.own.get(name) {
            Some(own) => own.as_ref(),
            None => self.base.get(name),
        }
    }

    /// Whether `#ifdef` holds: a macro, a constant of the headers, or a name that the preprocessor computes.
    pub fn is_defined(&self, name: &str) -> bool {
        let is_undefined = matches!(self.own.get(name), Some(None));
        let is_built_in = matches!(name, "__FILE__" | "__LINE__") || value_of(name).is_some();
        self.get(name).is_some() || is_built_in && !is_undefined
    }

    /// Defines a name, again if need be.
    pub fn define(&mut self, name: Rc<str>, definition: Macro) {
        self.own.insert(name, Some(Rc::new(definition)));
    }

    /// Takes a name out.
    pub fn undefine(&mut self, name: &str) {
        self.own.insert(name.into(), None);
    }

    /// All names with a definition, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &Rc<str>> {
        let own = self
            .own
            .iter()
            .filter_map(|(name, m)| m.as_ref().map(|_| name));
        own.chain(self.base.keys())
    }
}
