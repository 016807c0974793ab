//! The expression of `#if` and `#elif` (C11 6.10.1): integer constants of 64 bits, unknown names are 0.

use super::Macros;
use crate::ast::{Expr, ExprKind, UnaryOperator};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::fold;
use crate::lexer::{Token, TokenKind};
use crate::parser::Parser;
use crate::source::Span;
use crate::types::IntType;
use abi::constants::value_of;

/// Replaces `defined X` and `defined(X)` by 1 or 0, before macros are expanded.
pub fn resolve_defined(tokens: &[Token], macros: &Macros) -> Vec<Token> {
    let mut output = Vec::new();
    let mut rest = tokens;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        if token.name().is_none_or(|name| &**name != "defined") {
            output.push(token.clone());
            continue;
        }
        let (name, used) = match after {
            [open, name, close, ..] if open.is("(") && close.is(")") => (name.name(), 3),
            [name, ..] => (name.name(), 1),
            [] => (None, 0),
        };
        let is_defined = name.is_some_and(|name| macros.is_defined(name));
        let kind = TokenKind::Number(if is_defined { "1" } else { "0" }.into());
        output.push(Token::new(kind, token.span));
        rest = after.get(used..).unwrap_or(&[]);
    }
    output
}

/// The value of expanded tokens.
pub fn evaluate(mut tokens: Vec<Token>, span: Span, macros: &Macros) -> Result<i64, Diagnostic> {
    let end = tokens.last().map_or(span, |last| last.span).end_point();
    tokens.push(Token::new(TokenKind::End, end));
    let mut errors = Diagnostics::default();
    let expr = Parser::new(tokens, &mut errors).constant_expression_alone();
    match expr {
        Ok(expr) => Ok(value(&expr, macros)?.0),
        Err(_) => {
            let first = errors.into_sorted().into_iter().next();
            Err(first.unwrap_or_else(|| Diagnostic::new(span, "this `#if` is not understood")))
        }
    }
}

/// A value as 64 bits and the type it counts in: `long` or `unsigned long`.
fn value(expr: &Expr, macros: &Macros) -> Result<(i64, IntType), Diagnostic> {
    let refuse = |message: &str| Err(Diagnostic::new(expr.span, message));
    let widen = |ty: IntType| {
        if ty.promoted().is_signed() {
            IntType::Long
        } else {
            IntType::UnsignedLong
        }
    };
    match &expr.kind {
        ExprKind::Integer { value, ty } => Ok((*value, widen(*ty))),
        ExprKind::Name(name) => {
            let constant = if macros.is_defined(name) {
                value_of(name)
            } else {
                None
            };
            Ok((constant.unwrap_or(0), IntType::Long))
        }
        ExprKind::Unary(operator, operand) => {
            let (operand, ty) = value(operand, macros)?;
            match operator {
                UnaryOperator::Plus => Ok((operand, ty)),
                UnaryOperator::Negate => Ok((operand.wrapping_neg(), ty)),
                UnaryOperator::Complement => Ok((!operand, ty)),
                UnaryOperator::Not => Ok((i64::from(operand == 0), IntType::Long)),
                _ => refuse("`#if` has no memory: only integer constants"),
            }
        }
        ExprKind::Binary(operator, left, right) => {
            let ((left, left_type), (right, right_type)) =
                (value(left, macros)?, value(right, macros)?);
            let ty = if left_type.is_signed() && (right_type.is_signed() || operator.is_shift()) {
                IntType::Long
            } else {
                IntType::UnsignedLong
            };
            match fold::binary(*operator, ty, left, right) {
                Some(result) if operator.is_comparison() => Ok((result, IntType::Long)),
                Some(result) => Ok((result, ty)),
                None => refuse("division by zero in `#if`"),
            }
        }
        ExprKind::And(left, right) => {
            let holds = value(left, macros)?.0 != 0 && value(right, macros)?.0 != 0;
            Ok((i64::from(holds), IntType::Long))
        }
        ExprKind::Or(left, right) => {
            let holds = value(left, macros)?.0 != 0 || value(right, macros)?.0 != 0;
            Ok((i64::from(holds), IntType::Long))
        }
        ExprKind::Conditional(condition, then, otherwise) => {
            let (condition, _) = value(condition, macros)?;
            match then {
                Some(then) if condition != 0 => value(then, macros),
                None if condition != 0 => Ok((condition, IntType::Long)),
                _ => value(otherwise, macros),
            }
        }
        _ => refuse("`#if` needs an expression of integer constants"),
    }
}
