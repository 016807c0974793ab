//! Expressions: what each kind means. Names and parts of things are looked up in their own files.

use super::checker::{Checker, Mode};
use super::convert::{Operand, constant, constant_value};
use crate::ast::{self, ExprKind as Ast, UnaryOperator};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::typed::{Expr, ExprKind, Place, PlaceKind, UnaryOp};
use crate::types::Type;
use std::rc::Rc;

impl Checker<'_> {
    /// An expression's value.
    pub fn rvalue(&mut self, expr: &ast::Expr) -> Checked<Expr> {
        let operand = self.operand(expr)?;
        self.value(operand)
    }

    /// The place that an expression names.
    pub fn place(&mut self, expr: &ast::Expr) -> Checked<Place> {
        match self.operand(expr)? {
            Operand::Place(place) => Ok(place),
            other => {
                let hint = "only a variable, `*pointer`, `array[i]` or a member can";
                Err(self.error_hint(other.span(), "this is a value, it cannot be changed", hint))
            }
        }
    }

    /// A value used as a condition.
    pub fn condition(&mut self, expr: &ast::Expr) -> Checked<Expr> {
        let value = self.rvalue(expr)?;
        self.require_scalar(value, "a condition")
    }

    /// The value of an integer constant expression.
    pub fn constant_integer(&mut self, expr: &ast::Expr, role: &str) -> Checked<i64> {
        let value = self.rvalue(expr)?;
        let value = self.require_integer(value, role)?;
        match constant_value(&value) {
            Some(value) => Ok(value),
            None => self.fail(expr.span, format!("{role} has to be a constant")),
        }
    }

    /// What an expression stands for.
    pub fn operand(&mut self, expr: &ast::Expr) -> Checked<Operand> {
        let span = expr.span;
        match &expr.kind {
            Ast::Name(name) => return self.name(name, span, false),
            Ast::String(bytes) => return Ok(Operand::Place(self.string_place(bytes, span))),
            Ast::Unary(UnaryOperator::Deref, operand) => {
                let pointer = self.rvalue(operand)?;
                return self.deref(pointer, span).map(Operand::Place);
            }
            Ast::Index(base, index) => return self.index(base, index, span).map(Operand::Place),
            Ast::Member {
                base,
                name,
                is_arrow,
            } => {
                return self.member(base, name, *is_arrow, span).map(Operand::Place);
            }
            Ast::CompoundLiteral(name, entries) => {
                return self
                    .compound_literal(name, entries, span)
                    .map(Operand::Place);
            }
            _ => {}
        }
        self.computed(expr).map(Operand::Value)
    }

    /// Expressions that are values and never places.
    fn computed(&mut self, expr: &ast::Expr) -> Checked<Expr> {
        let span = expr.span;
        match &expr.kind {
            Ast::Integer { value, ty } => Ok(constant(*value, Type::Int(*ty), span)),
            Ast::Floating(text) => {
                let what = format!("the floating-point number `{text}` is");
                Err(self.unsupported(span, &what, Some("the lab computes with integers only")))
            }
            Ast::Unary(operator, operand) => self.unary_operator(*operator, operand, span),
            Ast::Increment {
                operand,
                by,
                is_postfix,
            } => self.increment(operand, *by, *is_postfix, span),
            Ast::Binary(op, left, right) => {
                let (left, right) = self.both(left, right)?;
                self.binary(*op, left, right, span)
            }
            Ast::And(left, right) => {
                let (left, right) = self.both(left, right)?;
                self.logical(true, left, right, span)
            }
            Ast::Or(left, right) => {
                let (left, right) = self.both(left, right)?;
                self.logical(false, left, right, span)
            }
            Ast::Assign(op, target, value) => self.assign(*op, target, value, span),
            Ast::Conditional(condition, Some(then), otherwise) => {
                let condition = self.rvalue(condition);
                let (then, otherwise) = self.both(then, otherwise)?;
                self.conditional(condition?, then, otherwise, span)
            }
            Ast::Conditional(condition, None, otherwise) => self.elvis(condition, otherwise, span),
            Ast::Comma(left, right) => {
                let (left, right) = self.both(left, right)?;
                let ty = right.ty.clone();
                let kind = ExprKind::Comma(Box::new(left), Box::new(right));
                Ok(Expr { kind, ty, span })
            }
            Ast::Call(callee, args) => self.call(callee, args, span),
            Ast::Cast(name, operand) => self.cast_expression(name, operand, span),
            Ast::SizeofExpr(operand) => {
                let ty = match self.operand(operand)? {
                    Operand::Value(expr) => expr.ty,
                    Operand::Place(place) => place.ty.ty,
                    Operand::Function(..) | Operand::Library(..) => {
                        return self.fail(span, "a function has no size");
                    }
                };
                self.sizeof(&ty, span)
            }
            Ast::SizeofType(name) => {
                let ty = self.type_name(name)?.ty;
                self.sizeof(&ty, span)
            }
            Ast::AlignofType(name) => {
                let ty = self.type_name(name)?.ty;
                let align = self.declared.types.align_of(&ty);
                Ok(constant(align.cast_signed(), Type::SIZE, span))
            }
            Ast::Offsetof(name, designators) => self.offsetof(name, designators, span),
            Ast::Name(_)
            | Ast::String(_)
            | Ast::Index(..)
            | Ast::Member { .. }
            | Ast::CompoundLiteral(..) => self.rvalue(expr),
        }
    }

    /// Both values; errors of both are told.
    pub fn both(&mut self, left: &ast::Expr, right: &ast::Expr) -> Checked<(Expr, Expr)> {
        let left = self.rvalue(left);
        let right = self.rvalue(right);
        Ok((left?, right?))
    }

    fn unary_operator(
        &mut self,
        operator: UnaryOperator,
        operand: &ast::Expr,
        span: Span,
    ) -> Checked<Expr> {
        match operator {
            UnaryOperator::AddressOf => self.address_operator(operand, span),
            UnaryOperator::Deref => {
                let pointer = self.rvalue(operand)?;
                let place = self.deref(pointer, span)?;
                self.value(Operand::Place(place))
            }
            UnaryOperator::Not => {
                let operand = self.rvalue(operand)?;
                self.not(operand, span)
            }
            UnaryOperator::Plus => {
                let operand = self.rvalue(operand)?;
                self.unary(None, operand, span)
            }
            UnaryOperator::Negate => {
                let operand = self.rvalue(operand)?;
                self.unary(Some(UnaryOp::Negate), operand, span)
            }
            UnaryOperator::Complement => {
                let operand = self.rvalue(operand)?;
                self.unary(Some(UnaryOp::Complement), operand, span)
            }
        }
    }

    fn address_operator(&mut self, operand: &ast::Expr, span: Span) -> Checked<Expr> {
        match self.operand(operand)? {
            Operand::Place(place) => {
                let ty = Type::Pointer(Rc::new(place.ty.clone()));
                let address = self.address_of(place, ty)?;
                Ok(Expr { span, ..address })
            }
            function @ (Operand::Function(..) | Operand::Library(..)) => self.value(function),
            Operand::Value(_) => {
                let hint = "only a variable, `*pointer`, `array[i]` or a member has one";
                Err(self.error_hint(span, "a value has no address", hint))
            }
        }
    }

    /// GNU's `a ?: b`: `a` is evaluated once.
    fn elvis(&mut self, condition: &ast::Expr, otherwise: &ast::Expr, span: Span) -> Checked<Expr> {
        let (condition, otherwise) = self.both(condition, otherwise)?;
        let condition = self.require_scalar(condition, "`?:`")?;
        if self.frames.is_empty() || constant_value(&condition).is_some() {
            return self.conditional(condition.clone(), condition, otherwise, span);
        }
        let ty = condition.ty.clone();
        let local = self.hidden_local(ty.clone(), span);
        let again = self.load_local(local, ty.clone(), span);
        let place = Place {
            kind: PlaceKind::Local(local),
            ty: ty.clone().into(),
            span,
        };
        let value = Box::new(condition);
        let kind = ExprKind::Assign { place, value };
        self.conditional(Expr { kind, ty, span }, again, otherwise, span)
    }

    fn cast_expression(
        &mut self,
        name: &ast::TypeName,
        operand: &ast::Expr,
        span: Span,
    ) -> Checked<Expr> {
        let ty = self.type_name(name);
        let value = self.rvalue(operand);
        let (ty, value) = (ty?.ty, value?);
        if ty == Type::Void {
            let kind = ExprKind::Cast(Box::new(value));
            return Ok(Expr { kind, ty, span });
        }
        if ty.is_scalar() && value.ty.is_scalar() {
            let cast = self.cast(value, &ty);
            let cast = self.after_pending(cast);
            return Ok(Expr { span, ..cast });
        }
        if ty == value.ty && !ty.is_aggregate() {
            return Ok(value);
        }
        let (from, to) = (self.quoted(&value.ty), self.quoted(&ty));
        self.fail(span, format!("{from} cannot be cast to {to}"))
    }

    fn sizeof(&mut self, ty: &Type, span: Span) -> Checked<Expr> {
        let size = match ty {
            Type::Void => constant(1, Type::SIZE, span), // as gcc does
            _ => self.size_of(ty, span)?,
        };
        Ok(self.after_pending(size))
    }

    /// Evaluates the lengths of variable-length array types that were named on the way, then the expression.
    fn after_pending(&mut self, expr: Expr) -> Expr {
        let pending = self
            .frame()
            .map(|frame| std::mem::take(&mut frame.pending))
            .unwrap_or_default();
        pending
            .into_iter()
            .rev()
            .fold(expr, |expr, (local, length)| {
                let (ty, span) = (expr.ty.clone(), expr.span);
                let place = Place {
                    kind: PlaceKind::Local(local),
                    ty: Type::SIZE.into(),
                    span,
                };
                let value = Box::new(length);
                let store = Expr {
                    kind: ExprKind::Assign { place, value },
                    ty: Type::SIZE,
                    span,
                };
                let kind = ExprKind::Comma(Box::new(store), Box::new(expr));
                Expr { kind, ty, span }
            })
    }

    /// Whether variables here live in a function's frame.
    pub fn is_in_function(&self) -> bool {
        self.mode != Mode::Headers && !self.frames.is_empty()
    }
}
