//! Statements, and what stands at the outermost level (C11 6.8, 6.9).

use super::Parser;
use crate::ast::{
    Attributes, Declarator, Derivation, Function, Item, Label, Specifiers, Stmt, StmtKind,
    TypeSpecifier,
};
use crate::diagnostic::{Checked, Diagnostic};
use crate::lexer::TokenKind;
use crate::literal;
use crate::source::Span;
use crate::types::IntType;

/// How many tokens the head of a function without a result type may have.
const LONGEST_HEAD: usize = 100;

impl Parser<'_> {
    /// A function definition, declaration or statement of the outermost level.
    pub(super) fn item(&mut self) -> Checked<Item> {
        let specifiers = if self.starts_untyped_function()? {
            self.implicit_int()
        } else if self.starts_declaration() {
            self.specifiers()?
        } else {
            return self.statement().map(Item::Statement);
        };
        if self.is(";") || self.at_end() {
            return self
                .declaration_statement(specifiers, None)
                .map(Item::Statement);
        }
        let declarator = self.declarator()?;
        if self.is("{") && declares_function(&declarator) {
            return self.function(specifiers, declarator).map(Item::Function);
        }
        self.declaration_statement(specifiers, Some(declarator))
            .map(Item::Statement)
    }

    fn declaration_statement(
        &mut self,
        specifiers: Specifiers,
        first: Option<Declarator>,
    ) -> Checked<Stmt> {
        let declaration = self.declaration_after(specifiers, first)?;
        let span = declaration.span;
        Ok(Stmt {
            kind: StmtKind::Declaration(declaration),
            span,
        })
    }

    fn starts_declaration(&self) -> bool {
        let is_label = self.peek_at(1).is(":");
        !is_label && (self.starts_type_at(0) || self.starts_with_unknown_type())
    }

    /// Whether a function without a result type is defined here, as old books write `main()`.
    fn starts_untyped_function(&mut self) -> Checked<bool> {
        let is_name = self
            .peek()
            .name()
            .is_some_and(|name| !super::is_keyword(name) && self.lookup(name) != Some(true));
        if !is_name || !self.peek_at(1).is("(") {
            return Ok(false);
        }
        let mut ahead = 1usize;
        let mut open = 0u32;
        loop {
            let token = self.peek_at(ahead);
            if token.is("(") {
                open = open.saturating_add(1);
            } else if token.is(")") {
                open = open.saturating_sub(1);
            } else if token.kind == TokenKind::End || ahead > LONGEST_HEAD {
                return Ok(false);
            }
            ahead = ahead.saturating_add(1);
            if open == 0 {
                break;
            }
        }
        if self.starts_type_at(ahead) && !self.peek_at(ahead).starts_line {
            let error = Diagnostic::new(
                self.peek_at(ahead).span,
                "parameters are declared inside of the parentheses",
            );
            let hint = "write `int main(int argc, char *argv[])`";
            return Err(self.error(error.hint(hint)));
        }
        Ok(self.peek_at(ahead).is("{"))
    }

    /// `int`, where nothing is written.
    fn implicit_int(&self) -> Specifiers {
        Specifiers {
            storage: None,
            ty: TypeSpecifier::Int(IntType::Int),
            is_const: false,
            is_volatile: false,
            attributes: Attributes::default(),
            span: self.peek().span,
        }
    }

    fn function(&mut self, specifiers: Specifiers, declarator: Declarator) -> Checked<Function> {
        let span = specifiers.span.to(declarator.span);
        if let Some(name) = &declarator.name {
            self.declare(&name.text.clone(), false);
        }
        let body_start = self.peek().span;
        let body = self.scoped(|p| {
            if let Some(Derivation::Function(params)) = declarator.derivations.last() {
                for name in params
                    .list
                    .iter()
                    .filter_map(|param| param.declarator.name.as_ref())
                {
                    p.declare(&name.text.clone(), false);
                }
            }
            p.nested(Self::block)
        })?;
        Ok(Function {
            specifiers,
            declarator,
            body,
            span,
            body_span: self.since(body_start),
        })
    }

    /// `{ ... }`; goes on after errors in its statements.
    fn block(&mut self) -> Checked<Vec<Stmt>> {
        self.expect("{")?;
        let mut statements = Vec::new();
        while !self.accept("}") {
            if self.at_end() {
                return Err(self.unexpected("`}`"));
            }
            let before = self.at;
            match self.block_item() {
                Ok(statement) => statements.push(statement),
                Err(_) => self.recover(before, true),
            }
        }
        Ok(statements)
    }

    fn block_item(&mut self) -> Checked<Stmt> {
        if self.starts_declaration() {
            self.declaration_or_nested_function()
        } else {
            self.statement()
        }
    }

    fn declaration_or_nested_function(&mut self) -> Checked<Stmt> {
        let specifiers = self.specifiers()?;
        if self.is(";") {
            return self.declaration_statement(specifiers, None);
        }
        let declarator = self.declarator()?;
        if self.is("{") && declares_function(&declarator) {
            let error = Diagnostic::new(
                declarator.span,
                "a function cannot be defined inside of another one",
            );
            return Err(self.error(error.hint("is a `}` missing before it?")));
        }
        self.declaration_statement(specifiers, Some(declarator))
    }

    /// A statement.
    pub(super) fn statement(&mut self) -> Checked<Stmt> {
        self.nested(Self::statement_here)
    }

    fn statement_here(&mut self) -> Checked<Stmt> {
        let start = self.peek().span;
        if self.is("{") {
            let statements = self.scoped(Self::block)?;
            let kind = StmtKind::Block(statements, self.since(start));
            return Ok(Stmt { kind, span: start });
        }
        if self.accept(";") {
            let kind = StmtKind::Empty;
            return Ok(Stmt { kind, span: start });
        }
        let labels = self.labels()?;
        if !labels.is_empty() {
            return self.labeled(labels, start);
        }
        let word = self.peek().name().cloned();
        match word.as_deref() {
            Some("if") => self.if_statement(start),
            Some("while") => {
                let (condition, span) = self.head(start)?;
                let body = Box::new(self.statement()?);
                let kind = StmtKind::While { condition, body };
                Ok(Stmt { kind, span })
            }
            Some("do") => self.do_while(start),
            Some("for") => self.scoped(|p| p.for_statement(start)),
            Some("switch") => {
                let (value, span) = self.head(start)?;
                let body = Box::new(self.statement()?);
                let kind = StmtKind::Switch { value, body };
                Ok(Stmt { kind, span })
            }
            Some("_Static_assert") => self.static_assert(start),
            Some("asm" | "__asm__") => Err(self.unsupported("inline assembly")),
            _ if self.starts_declaration() => {
                let error = Diagnostic::new(start, "a declaration cannot stand here alone");
                Err(self.error(error.hint("put it into braces")))
            }
            word => self.simple_statement(word, start),
        }
    }

    /// Statements that end with `;`.
    fn simple_statement(&mut self, word: Option<&str>, start: Span) -> Checked<Stmt> {
        let kind = match word {
            Some("break") => {
                self.bump();
                StmtKind::Break
            }
            Some("continue") => {
                self.bump();
                StmtKind::Continue
            }
            Some("goto") => {
                self.bump();
                StmtKind::Goto(self.name("a label's name")?)
            }
            Some("return") => {
                self.bump();
                let has_value = !self.is(";") && !self.at_end();
                StmtKind::Return(if has_value {
                    Some(self.expression()?)
                } else {
                    None
                })
            }
            _ => StmtKind::Expr(self.expression()?),
        };
        let end = self.expect_semicolon()?;
        let span = start.to(end);
        Ok(Stmt { kind, span })
    }

    /// Any labels standing here.
    fn labels(&mut self) -> Checked<Vec<Label>> {
        let mut labels = Vec::new();
        loop {
            let span = self.peek().span;
            if self.accept_keyword("case") {
                let low = self.conditional()?;
                let high = if self.accept("...") {
                    Some(self.conditional()?)
                } else {
                    None
                };
                self.expect(":")?;
                labels.push(Label::Case(low, high));
            } else if self.accept_keyword("default") {
                self.expect(":")?;
                labels.push(Label::Default(span));
            } else if self.peek_at(1).is(":")
                && self.peek().name().is_some_and(|n| !super::is_keyword(n))
            {
                labels.push(Label::Name(self.name("a label")?));
                self.bump();
            } else {
                return Ok(labels);
            }
        }
    }

    fn labeled(&mut self, labels: Vec<Label>, start: Span) -> Checked<Stmt> {
        let span = self.since(start);
        let statement = if self.is("}") || self.at_end() {
            Stmt {
                kind: StmtKind::Empty,
                span: span.end_point(),
            }
        } else if self.starts_declaration() {
            self.declaration_or_nested_function()?
        } else {
            self.statement()?
        };
        let kind = StmtKind::Labeled(labels, Box::new(statement));
        Ok(Stmt { kind, span })
    }

    /// `word (expression)` and its place.
    fn head(&mut self, start: Span) -> Checked<(crate::ast::Expr, Span)> {
        self.bump();
        self.expect("(")?;
        let value = self.expression()?;
        self.expect(")")?;
        Ok((value, self.since(start)))
    }

    fn if_statement(&mut self, start: Span) -> Checked<Stmt> {
        let (condition, span) = self.head(start)?;
        let then = Box::new(self.statement()?);
        let otherwise = if self.accept_keyword("else") {
            Some(Box::new(self.statement()?))
        } else {
            None
        };
        let kind = StmtKind::If {
            condition,
            then,
            otherwise,
        };
        Ok(Stmt { kind, span })
    }

    fn do_while(&mut self, start: Span) -> Checked<Stmt> {
        self.bump();
        let body = Box::new(self.statement()?);
        if !self.is_keyword("while") {
            return Err(self.unexpected("`while` after the body of `do`"));
        }
        let (condition, _) = self.head(start)?;
        self.expect_semicolon()?;
        let kind = StmtKind::DoWhile { body, condition };
        Ok(Stmt { kind, span: start })
    }

    fn for_statement(&mut self, start: Span) -> Checked<Stmt> {
        self.bump();
        self.expect("(")?;
        let init = if self.accept(";") {
            None
        } else if self.starts_declaration() {
            Some(Box::new(self.declaration_or_nested_function()?))
        } else {
            let at = self.peek().span;
            let expr = self.expression()?;
            self.expect(";")?;
            Some(Box::new(Stmt {
                kind: StmtKind::Expr(expr),
                span: self.since(at),
            }))
        };
        let condition = if self.is(";") {
            None
        } else {
            Some(self.expression()?)
        };
        self.expect(";")?;
        let step = if self.is(")") {
            None
        } else {
            Some(self.expression()?)
        };
        self.expect(")")?;
        let span = self.since(start);
        let body = Box::new(self.statement()?);
        let kind = StmtKind::For {
            init,
            condition,
            step,
            body,
            whole: self.since(start),
        };
        Ok(Stmt { kind, span })
    }

    fn static_assert(&mut self, start: Span) -> Checked<Stmt> {
        self.bump();
        self.expect("(")?;
        let condition = self.conditional()?;
        let mut message = None;
        if self.accept(",") {
            let TokenKind::String(text) = self.peek().kind.clone() else {
                return Err(self.unexpected("the message, a string"));
            };
            self.bump();
            message = literal::string(&text)
                .ok()
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        }
        self.expect(")")?;
        let end = self.expect_semicolon()?;
        let kind = StmtKind::StaticAssert { condition, message };
        let span = start.to(end);
        Ok(Stmt { kind, span })
    }
}

/// Whether a declarator declares a function, not a pointer to one.
fn declares_function(declarator: &Declarator) -> bool {
    matches!(declarator.derivations.last(), Some(Derivation::Function(_)))
}
