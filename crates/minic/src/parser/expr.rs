//! Expressions (C11 6.5), by precedence climbing.

use super::{Parser, is_keyword};
use crate::ast::{Designator, Expr, ExprKind, Name, TypeName, UnaryOperator};
use crate::diagnostic::{Checked, Diagnostic, Reported};
use crate::lexer::TokenKind;
use crate::literal;
use crate::source::Span;
use crate::typed::BinaryOp;

/// A binary operator with its precedence, larger binds tighter.
#[derive(Clone, Copy)]
enum Infix {
    Or,
    And,
    Op(BinaryOp),
}

fn infix(mark: &str) -> Option<(u8, Infix)> {
    Some(match mark {
        "||" => (1, Infix::Or),
        "&&" => (2, Infix::And),
        "|" => (3, Infix::Op(BinaryOp::BitOr)),
        "^" => (4, Infix::Op(BinaryOp::BitXor)),
        "&" => (5, Infix::Op(BinaryOp::BitAnd)),
        "==" => (6, Infix::Op(BinaryOp::Equal)),
        "!=" => (6, Infix::Op(BinaryOp::NotEqual)),
        "<" => (7, Infix::Op(BinaryOp::Less)),
        "<=" => (7, Infix::Op(BinaryOp::LessEqual)),
        ">" => (7, Infix::Op(BinaryOp::Greater)),
        ">=" => (7, Infix::Op(BinaryOp::GreaterEqual)),
        "<<" => (8, Infix::Op(BinaryOp::ShiftLeft)),
        ">>" => (8, Infix::Op(BinaryOp::ShiftRight)),
        "+" => (9, Infix::Op(BinaryOp::Add)),
        "-" => (9, Infix::Op(BinaryOp::Subtract)),
        "*" => (10, Infix::Op(BinaryOp::Multiply)),
        "/" => (10, Infix::Op(BinaryOp::Divide)),
        "%" => (10, Infix::Op(BinaryOp::Remainder)),
        _ => return None,
    })
}

fn assignment_operator(mark: &str) -> Option<Option<BinaryOp>> {
    if mark == "=" {
        return Some(None);
    }
    match infix(mark.strip_suffix('=')?) {
        Some((3..=5 | 8..=10, Infix::Op(op))) => Some(Some(op)),
        _ => None,
    }
}

impl Parser<'_> {
    /// An expression with commas.
    pub(super) fn expression(&mut self) -> Checked<Expr> {
        let mut left = self.assignment()?;
        while self.accept(",") {
            let right = self.assignment()?;
            self.grow()?;
            let span = left.span.to(right.span);
            left = Expr::new(ExprKind::Comma(Box::new(left), Box::new(right)), span);
        }
        Ok(left)
    }

    /// An expression without commas outside of parentheses.
    pub(super) fn assignment(&mut self) -> Checked<Expr> {
        self.nested(|p| {
            let left = p.conditional()?;
            let TokenKind::Mark(mark) = p.peek().kind else {
                return Ok(left);
            };
            let Some(operator) = assignment_operator(mark) else {
                return Ok(left);
            };
            p.bump();
            let right = p.assignment()?;
            let span = left.span.to(right.span);
            let kind = ExprKind::Assign(operator, Box::new(left), Box::new(right));
            Ok(Expr::new(kind, span))
        })
    }

    /// `a ? b : c` and everything that binds tighter.
    pub(super) fn conditional(&mut self) -> Checked<Expr> {
        let condition = self.binary(1)?;
        if !self.accept("?") {
            return Ok(condition);
        }
        self.nested(|p| {
            let then = if p.is(":") {
                None
            } else {
                Some(Box::new(p.expression()?))
            };
            p.expect(":")?;
            let otherwise = p.conditional()?;
            let span = condition.span.to(otherwise.span);
            let kind = ExprKind::Conditional(Box::new(condition), then, Box::new(otherwise));
            Ok(Expr::new(kind, span))
        })
    }

    fn binary(&mut self, lowest: u8) -> Checked<Expr> {
        let mut left = self.unary()?;
        loop {
            let TokenKind::Mark(mark) = self.peek().kind else {
                return Ok(left);
            };
            let Some((precedence, operator)) = infix(mark).filter(|(p, _)| *p >= lowest) else {
                return Ok(left);
            };
            self.bump();
            let right = self.binary(precedence.saturating_add(1))?;
            self.grow()?;
            let span = left.span.to(right.span);
            let (left_side, right_side) = (Box::new(left), Box::new(right));
            let kind = match operator {
                Infix::Or => ExprKind::Or(left_side, right_side),
                Infix::And => ExprKind::And(left_side, right_side),
                Infix::Op(op) => ExprKind::Binary(op, left_side, right_side),
            };
            left = Expr::new(kind, span);
        }
    }

    fn unary(&mut self) -> Checked<Expr> {
        self.nested(|p| {
            let start = p.peek().span;
            match p.peek().kind.clone() {
                TokenKind::Mark(mark) => p.unary_mark(mark, start),
                TokenKind::Name(_) if p.is_keyword("sizeof") => p.sizeof(start),
                TokenKind::Name(_) if p.is_keyword("_Alignof") => {
                    p.bump();
                    p.expect("(")?;
                    let name = Box::new(p.type_name()?);
                    p.expect(")")?;
                    Ok(Expr::new(ExprKind::AlignofType(name), p.since(start)))
                }
                TokenKind::Name(_) if p.is_keyword("__extension__") => {
                    p.bump();
                    p.unary()
                }
                _ => p.postfix(),
            }
        })
    }

    fn unary_mark(&mut self, mark: &str, start: Span) -> Checked<Expr> {
        let operator = match mark {
            "+" => UnaryOperator::Plus,
            "-" => UnaryOperator::Negate,
            "~" => UnaryOperator::Complement,
            "!" => UnaryOperator::Not,
            "*" => UnaryOperator::Deref,
            "&" => UnaryOperator::AddressOf,
            "++" | "--" => {
                let by = if mark == "++" { 1 } else { -1 };
                self.bump();
                let operand = Box::new(self.unary()?);
                let kind = ExprKind::Increment {
                    operand,
                    by,
                    is_postfix: false,
                };
                return Ok(Expr::new(kind, self.since(start)));
            }
            "(" if self.starts_type_at(1) => return self.cast(start),
            _ => return self.postfix(),
        };
        self.bump();
        let operand = Box::new(self.unary()?);
        Ok(Expr::new(
            ExprKind::Unary(operator, operand),
            self.since(start),
        ))
    }

    fn cast(&mut self, start: Span) -> Checked<Expr> {
        self.expect("(")?;
        let name = Box::new(self.type_name()?);
        self.expect(")")?;
        if self.is("{") {
            let literal = self.compound_literal(name, start)?;
            return self.postfix_of(literal);
        }
        let operand = Box::new(self.unary()?);
        Ok(Expr::new(ExprKind::Cast(name, operand), self.since(start)))
    }

    fn compound_literal(&mut self, name: Box<TypeName>, start: Span) -> Checked<Expr> {
        let (entries, _) = self.init_list()?;
        Ok(Expr::new(
            ExprKind::CompoundLiteral(name, entries),
            self.since(start),
        ))
    }

    fn sizeof(&mut self, start: Span) -> Checked<Expr> {
        self.bump();
        if self.is("(") && self.starts_type_at(1) {
            self.bump();
            let name = Box::new(self.type_name()?);
            self.expect(")")?;
            if self.is("{") {
                let literal = self.compound_literal(name, start)?;
                let operand = Box::new(self.postfix_of(literal)?);
                return Ok(Expr::new(ExprKind::SizeofExpr(operand), self.since(start)));
            }
            return Ok(Expr::new(ExprKind::SizeofType(name), self.since(start)));
        }
        let operand = Box::new(self.unary()?);
        Ok(Expr::new(ExprKind::SizeofExpr(operand), self.since(start)))
    }

    fn postfix(&mut self) -> Checked<Expr> {
        let primary = self.primary()?;
        self.postfix_of(primary)
    }

    fn postfix_of(&mut self, mut expr: Expr) -> Checked<Expr> {
        let start = expr.span;
        loop {
            let TokenKind::Mark(mark) = self.peek().kind else {
                return Ok(expr);
            };
            if !matches!(mark, "(" | "[" | "." | "->" | "++" | "--") {
                return Ok(expr);
            }
            self.bump();
            let kind = self.postfix_operator(mark, Box::new(expr))?;
            self.grow()?;
            expr = Expr::new(kind, self.since(start));
        }
    }

    /// What a postfix operator, read already, makes of an expression.
    fn postfix_operator(&mut self, mark: &str, base: Box<Expr>) -> Checked<ExprKind> {
        Ok(match mark {
            "(" => ExprKind::Call(base, self.arguments()?),
            "[" => {
                let index = Box::new(self.expression()?);
                self.expect("]")?;
                ExprKind::Index(base, index)
            }
            "." | "->" => ExprKind::Member {
                base,
                name: self.name("a member's name")?,
                is_arrow: mark == "->",
            },
            _ => ExprKind::Increment {
                operand: base,
                by: if mark == "++" { 1 } else { -1 },
                is_postfix: true,
            },
        })
    }

    fn arguments(&mut self) -> Checked<Vec<Expr>> {
        let mut arguments = Vec::new();
        if self.accept(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.assignment()?);
            if self.accept(")") {
                return Ok(arguments);
            }
            if !self.accept(",") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
    }

    /// A name that is no keyword.
    pub(super) fn name(&mut self, wanted: &str) -> Checked<Name> {
        match self.peek().name().filter(|name| !is_keyword(name)).cloned() {
            Some(text) => Ok(Name {
                text,
                span: self.bump(),
            }),
            None => Err(self.unexpected(wanted)),
        }
    }

    fn primary(&mut self) -> Checked<Expr> {
        let start = self.peek().span;
        match self.peek().kind.clone() {
            TokenKind::Number(text) if literal::is_floating(&text) => {
                self.bump();
                Ok(Expr::new(ExprKind::Floating(text), start))
            }
            TokenKind::Number(text) => {
                let (value, ty) = self.literal(literal::integer(&text))?;
                self.bump();
                Ok(Expr::new(ExprKind::Integer { value, ty }, start))
            }
            TokenKind::Character(text) => {
                let value = self.literal(literal::character(&text))?;
                self.bump();
                let ty = crate::types::IntType::Int;
                Ok(Expr::new(ExprKind::Integer { value, ty }, start))
            }
            TokenKind::String(_) => {
                let mut bytes = Vec::new();
                while let TokenKind::String(text) = self.peek().kind.clone() {
                    bytes.extend(self.literal(literal::string(&text))?);
                    self.bump();
                }
                let kind = ExprKind::String(literal::terminated(bytes));
                Ok(Expr::new(kind, self.since(start)))
            }
            TokenKind::Mark("(") => {
                self.bump();
                if self.is("{") {
                    return Err(self.statement_expression(start));
                }
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(Expr::new(inner.kind, self.since(start)))
            }
            TokenKind::Name(name) => self.primary_name(&name, start),
            _ => Err(self.unexpected("an expression")),
        }
    }

    /// GNU's `({ ... })`, read to its end.
    fn statement_expression(&mut self, start: Span) -> Reported {
        let read = self.statement().and_then(|_| self.expect(")"));
        let span = self.since(start);
        match read {
            Err(reported) => reported,
            Ok(_) => {
                let what = "a statement inside of an expression";
                let message = format!("{what} is not part of the lab's language");
                self.error(Diagnostic::new(span, message))
            }
        }
    }

    fn primary_name(&mut self, name: &str, start: Span) -> Checked<Expr> {
        match name {
            "__builtin_offsetof" => self.offsetof(start),
            "_Generic" => Err(self.unsupported("`_Generic`")),
            "asm" | "__asm__" => Err(self.unsupported("inline assembly")),
            _ if is_keyword(name) => Err(self.unexpected("an expression")),
            _ => {
                let name = self.name("a name")?;
                Ok(Expr::new(ExprKind::Name(name.text), name.span))
            }
        }
    }

    /// The error of something that C has and the lab's language leaves out.
    pub(super) fn unsupported(&mut self, what: &str) -> Reported {
        let message = format!("{what} is not part of the lab's language");
        let span = self.peek().span;
        self.error(Diagnostic::new(span, message))
    }

    /// A literal's value, or its error at the current token.
    fn literal<T>(&mut self, value: Result<T, literal::LiteralError>) -> Checked<T> {
        value.map_err(|(message, hint)| {
            let error = Diagnostic::new(self.peek().span, message);
            let error = match hint {
                Some(hint) => error.hint(hint),
                None => error,
            };
            self.error(error)
        })
    }

    fn offsetof(&mut self, start: Span) -> Checked<Expr> {
        self.bump();
        self.expect("(")?;
        let name = Box::new(self.type_name()?);
        self.expect(",")?;
        let mut designators = vec![Designator::Member(self.name("a member's name")?)];
        loop {
            if self.accept(".") {
                designators.push(Designator::Member(self.name("a member's name")?));
            } else if self.accept("[") {
                designators.push(Designator::Index(self.conditional()?));
                self.expect("]")?;
            } else {
                self.expect(")")?;
                let kind = ExprKind::Offsetof(name, designators);
                return Ok(Expr::new(kind, self.since(start)));
            }
        }
    }
}
