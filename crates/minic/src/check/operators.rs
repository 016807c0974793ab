//! Operators: arithmetic, comparison, pointer arithmetic, assignment, increment.

use super::checker::Checker;
use super::convert::{constant, constant_value, is_null};
use crate::ast;
use crate::diagnostic::Checked;
use crate::fold;
use crate::source::Span;
use crate::typed::{BinaryOp, Expr, ExprKind, Place, PlaceKind, UnaryOp};
use crate::types::LocalId;
use crate::types::{ArrayLength, QualType, Type};

/// The size of what a pointer steps over.
enum Stride {
    Fixed(i64),
    /// Rows of a variable-length array: a `long`.
    Variable(Expr),
}

impl Checker<'_> {
    /// `left op right` on values.
    pub fn binary(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Checked<Expr> {
        let pointers = (left.ty.pointee().is_some(), right.ty.pointee().is_some());
        match op {
            BinaryOp::Add if pointers == (true, false) => {
                self.pointer_add(left, right, false, span)
            }
            BinaryOp::Add if pointers == (false, true) => {
                self.pointer_add(right, left, false, span)
            }
            BinaryOp::Subtract if pointers == (true, false) => {
                self.pointer_add(left, right, true, span)
            }
            BinaryOp::Subtract if pointers == (true, true) => {
                self.pointer_difference(left, right, span)
            }
            _ if op.is_comparison() && pointers != (false, false) => {
                self.compare_pointers(op, left, right, span)
            }
            _ => self.arithmetic(op, left, right, span),
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Checked<Expr> {
        let wrong = [&left, &right]
            .into_iter()
            .find(|side| !side.ty.is_integer());
        if let Some(wrong) = wrong {
            let (at, name) = (wrong.span, self.quoted(&wrong.ty));
            let message = format!("`{}` cannot be used with {name}", op.symbol());
            return self.fail(at, message);
        }
        let (left, right) = if op.is_shift() {
            (self.promote(left), self.promote(right))
        } else {
            match self.balance(left, right) {
                Some(both) => both,
                None => return self.fail(span, "these operands do not fit together"),
            }
        };
        let ty = if op.is_comparison() {
            Type::INT
        } else {
            left.ty.clone()
        };
        if let Some(value) = self.fold_binary(op, &left, &right) {
            return Ok(constant(value, ty, span));
        }
        let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
        Ok(Expr { kind, ty, span })
    }

    fn fold_binary(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Option<i64> {
        let int = self.declared.types.register_type(&left.ty)?;
        fold::binary(op, int, constant_value(left)?, constant_value(right)?)
    }

    /// Comparisons with a pointer; numbers become pointers, as gcc does with a warning.
    fn compare_pointers(
        &mut self,
        op: BinaryOp,
        left: Expr,
        right: Expr,
        span: Span,
    ) -> Checked<Expr> {
        let role = format!("`{}`", op.symbol());
        let left = self.require_scalar(left, &role)?;
        let right = self.require_scalar(right, &role)?;
        let ty = if left.ty.pointee().is_some() {
            left.ty.clone()
        } else {
            right.ty.clone()
        };
        let (left, right) = (self.cast(left, &ty), self.cast(right, &ty));
        if let Some(value) = self.fold_binary(op, &left, &right) {
            return Ok(constant(value, Type::INT, span));
        }
        let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
        Ok(Expr {
            kind,
            ty: Type::INT,
            span,
        })
    }

    fn stride(&mut self, pointee: &QualType, span: Span) -> Checked<Stride> {
        if pointee.ty == Type::Void || matches!(pointee.ty, Type::Function(_)) {
            return Ok(Stride::Fixed(1)); // as gcc does
        }
        let size = self.size_of(&pointee.ty, span)?;
        match constant_value(&size) {
            Some(size) => Ok(Stride::Fixed(size)),
            None => Ok(Stride::Variable(self.cast(size, &Type::LONG))),
        }
    }

    /// `pointer + index`, or `-` when `is_minus`.
    pub fn pointer_add(
        &mut self,
        pointer: Expr,
        index: Expr,
        is_minus: bool,
        span: Span,
    ) -> Checked<Expr> {
        let index = self.require_integer(index, "an index")?;
        let (index, stride) = self.scaled(&pointer.ty, index, is_minus, span)?;
        let ty = pointer.ty.clone();
        if let (Some(base), Some(index)) = (constant_value(&pointer), constant_value(&index)) {
            let address = base.wrapping_add(index.wrapping_mul(stride));
            return Ok(constant(address, ty, span));
        }
        let kind = ExprKind::PointerAdd {
            pointer: Box::new(pointer),
            index: Box::new(index),
            stride,
        };
        Ok(Expr { kind, ty, span })
    }

    /// The index as a `long` and the bytes it counts, for a step of a pointer.
    fn scaled(
        &mut self,
        pointer: &Type,
        index: Expr,
        is_minus: bool,
        span: Span,
    ) -> Checked<(Expr, i64)> {
        let Some(pointee) = pointer.pointee().cloned() else {
            let name = self.quoted(pointer);
            return self.fail(span, format!("{name} is no pointer"));
        };
        let index = self.cast(index, &Type::LONG);
        let sign = if is_minus { -1 } else { 1 };
        match self.stride(&pointee, span)? {
            Stride::Fixed(size) => Ok((index, size.wrapping_mul(sign))),
            Stride::Variable(size) => Ok((
                self.arithmetic(BinaryOp::Multiply, index, size, span)?,
                sign,
            )),
        }
    }

    fn pointer_difference(&mut self, left: Expr, right: Expr, span: Span) -> Checked<Expr> {
        let Some(pointee) = left.ty.pointee().cloned() else {
            return self.fail(span, "only pointers have a distance");
        };
        let difference = |stride, left, right| Expr {
            kind: ExprKind::PointerDifference {
                left: Box::new(left),
                right: Box::new(right),
                stride,
            },
            ty: Type::LONG,
            span,
        };
        match self.stride(&pointee, span)? {
            Stride::Fixed(0) => self.fail(span, "pointers to things of size 0 have no distance"),
            Stride::Fixed(stride) => match (constant_value(&left), constant_value(&right)) {
                (Some(left), Some(right)) => {
                    let distance = left.wrapping_sub(right).wrapping_div(stride);
                    Ok(constant(distance, Type::LONG, span))
                }
                _ => Ok(difference(stride, left, right)),
            },
            Stride::Variable(size) => {
                let bytes = difference(1, left, right);
                self.arithmetic(BinaryOp::Divide, bytes, size, span)
            }
        }
    }

    /// The size of a type as an `unsigned long`: a constant, or computed for variable-length arrays.
    pub fn size_of(&mut self, ty: &Type, span: Span) -> Checked<Expr> {
        if let Some(size) = self.declared.types.size_of(ty) {
            return Ok(constant(size.cast_signed(), Type::SIZE, span));
        }
        let Type::Array(array) = ty else {
            let name = self.quoted(ty);
            return self.fail(span, format!("the size of {name} is not known"));
        };
        if array.length == ArrayLength::Unsized {
            let name = self.quoted(ty);
            return self.fail(span, format!("the size of {name} is not known"));
        }
        let element = self.size_of(&array.element.ty, span)?;
        let count = match array.length {
            ArrayLength::Variable(count) => self.load_local(count, Type::SIZE, span),
            ArrayLength::Fixed(count) if constant_value(&element).is_none() => {
                constant(count.cast_signed(), Type::SIZE, span)
            }
            _ => {
                let name = self.quoted(ty);
                return self.fail(span, format!("{name} is too large"));
            }
        };
        self.arithmetic(BinaryOp::Multiply, count, element, span)
    }

    /// The value of a register local.
    pub fn load_local(&self, id: LocalId, ty: Type, span: Span) -> Expr {
        let place = Place {
            kind: PlaceKind::Local(id),
            ty: ty.clone().into(),
            span,
        };
        let kind = ExprKind::Load(place);
        Expr { kind, ty, span }
    }

    /// `+x`, `-x`, `~x`.
    pub fn unary(&mut self, op: Option<UnaryOp>, operand: Expr, span: Span) -> Checked<Expr> {
        let symbol = match op {
            None => "`+`",
            Some(UnaryOp::Negate) => "`-`",
            Some(UnaryOp::Complement) => "`~`",
        };
        let operand = self.require_integer(operand, symbol)?;
        let operand = self.promote(operand);
        let ty = operand.ty.clone();
        let Some(op) = op else {
            return Ok(Expr { span, ..operand });
        };
        if let (Some(value), Some(int)) =
            (constant_value(&operand), self.declared.types.int_type(&ty))
        {
            let value = match op {
                UnaryOp::Negate => value.wrapping_neg(),
                UnaryOp::Complement => !value,
            };
            return Ok(constant(int.wrap(value), ty, span));
        }
        let kind = ExprKind::Unary(op, Box::new(operand));
        Ok(Expr { kind, ty, span })
    }

    /// `!x`.
    pub fn not(&mut self, operand: Expr, span: Span) -> Checked<Expr> {
        let operand = self.require_scalar(operand, "`!`")?;
        if let Some(value) = constant_value(&operand) {
            return Ok(constant(i64::from(value == 0), Type::INT, span));
        }
        let kind = ExprKind::Not(Box::new(operand));
        Ok(Expr {
            kind,
            ty: Type::INT,
            span,
        })
    }

    /// `a && b`, or `a || b`.
    pub fn logical(&mut self, is_and: bool, left: Expr, right: Expr, span: Span) -> Checked<Expr> {
        let symbol = if is_and { "`&&`" } else { "`||`" };
        let left = self.require_scalar(left, symbol)?;
        let right = self.require_scalar(right, symbol)?;
        let decided = |value: i64| (value != 0) != is_and;
        let folded = match (constant_value(&left), constant_value(&right)) {
            (Some(left), _) if decided(left) => Some(!is_and),
            (Some(_), Some(right)) => Some(right != 0),
            _ => None,
        };
        if let Some(value) = folded {
            return Ok(constant(i64::from(value), Type::INT, span));
        }
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = if is_and {
            ExprKind::And(left, right)
        } else {
            ExprKind::Or(left, right)
        };
        Ok(Expr {
            kind,
            ty: Type::INT,
            span,
        })
    }

    /// `condition ? then : otherwise`.
    pub fn conditional(
        &mut self,
        condition: Expr,
        then: Expr,
        otherwise: Expr,
        span: Span,
    ) -> Checked<Expr> {
        let condition = self.require_scalar(condition, "`?:`")?;
        let ty = self.conditional_type(&then, &otherwise, span)?;
        let (then, otherwise) = if ty == Type::Void || ty.is_scalar() {
            (self.cast(then, &ty), self.cast(otherwise, &ty))
        } else {
            (then, otherwise)
        };
        if let Some(value) = constant_value(&condition) {
            let chosen = if value != 0 { then } else { otherwise };
            return Ok(Expr { span, ..chosen });
        }
        let kind = ExprKind::Conditional {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        Ok(Expr { kind, ty, span })
    }

    fn conditional_type(&mut self, then: &Expr, otherwise: &Expr, span: Span) -> Checked<Type> {
        let is_void = |expr: &Expr| expr.ty.pointee().is_some_and(|to| to.ty == Type::Void);
        if let (Some(left), Some(right)) = (self.int_type(then), self.int_type(otherwise)) {
            return Ok(Type::Int(Self::common_type(left, right)));
        }
        if then.ty == otherwise.ty {
            return Ok(then.ty.clone());
        }
        if then.ty == Type::Void || otherwise.ty == Type::Void {
            return Ok(Type::Void);
        }
        match (
            then.ty.pointee().is_some(),
            otherwise.ty.pointee().is_some(),
        ) {
            (true, true) if is_null(then) => Ok(otherwise.ty.clone()),
            (true, true) if is_null(otherwise) => Ok(then.ty.clone()),
            (true, true) if is_void(otherwise) => Ok(otherwise.ty.clone()),
            (true, _) if otherwise.ty.is_scalar() => Ok(then.ty.clone()),
            (_, true) if then.ty.is_scalar() => Ok(otherwise.ty.clone()),
            _ => {
                let (left, right) = (self.quoted(&then.ty), self.quoted(&otherwise.ty));
                self.fail(
                    span,
                    format!("the two results of `?:` do not fit: {left} and {right}"),
                )
            }
        }
    }

    /// A place that may be assigned to.
    fn assignable(&mut self, target: &ast::Expr) -> Checked<Place> {
        let place = self.place(target)?;
        if place.ty.is_const {
            return self.fail(target.span, "this is `const` and cannot be changed");
        }
        if let Type::Array(_) = place.ty.ty {
            let hint = "copy its elements, or use strcpy() or memcpy()";
            return Err(self.error_hint(target.span, "an array cannot be assigned to", hint));
        }
        if place.ty.ty != Type::Void && !matches!(place.ty.ty, Type::Function(_)) {
            self.size_of(&place.ty.ty, target.span)?;
            return Ok(place);
        }
        let name = self.quoted(&place.ty.ty);
        let hint = "cast the pointer first, such as `*(int *)p = 1`";
        Err(self.error_hint(
            target.span,
            format!("something of type {name} cannot be assigned to"),
            hint,
        ))
    }

    /// `target = value` or `target op= value`.
    pub fn assign(
        &mut self,
        op: Option<BinaryOp>,
        target: &ast::Expr,
        value: &ast::Expr,
        span: Span,
    ) -> Checked<Expr> {
        let place = self.assignable(target);
        let value = self.rvalue(value);
        let (place, value) = (place?, value?);
        let ty = place.ty.ty.clone();
        let Some(op) = op else {
            let value = Box::new(self.convert(value, &ty)?);
            let kind = ExprKind::Assign { place, value };
            return Ok(Expr { kind, ty, span });
        };
        if ty.pointee().is_some() && matches!(op, BinaryOp::Add | BinaryOp::Subtract) {
            let index = self.require_integer(value, "a pointer's step")?;
            let (index, stride) = self.scaled(&ty, index, op == BinaryOp::Subtract, span)?;
            let index = Box::new(index);
            let kind = ExprKind::PointerAssign {
                place,
                index,
                stride,
            };
            return Ok(Expr { kind, ty, span });
        }
        let (Some(left), Some(right)) = (self.declared.types.int_type(&ty), self.int_type(&value))
        else {
            let (left, right) = (self.quoted(&ty), self.quoted(&value.ty));
            return self.fail(
                span,
                format!("`{}=` cannot be used with {left} and {right}", op.symbol()),
            );
        };
        let (operation, value) = if op.is_shift() {
            (Type::Int(left.promoted()), self.promote(value))
        } else {
            let common = Type::Int(Self::common_type(left, right));
            (common.clone(), self.cast(value, &common))
        };
        let kind = ExprKind::CompoundAssign {
            op,
            place,
            value: Box::new(value),
            operation,
        };
        Ok(Expr { kind, ty, span })
    }

    /// `++` and `--`.
    pub fn increment(
        &mut self,
        target: &ast::Expr,
        by: i64,
        is_postfix: bool,
        span: Span,
    ) -> Checked<Expr> {
        let place = self.assignable(target)?;
        let ty = place.ty.ty.clone();
        let delta = match ty.pointee().cloned() {
            None if ty.is_integer() => by,
            None => {
                let name = self.quoted(&ty);
                return self.fail(span, format!("{name} cannot be counted up or down"));
            }
            Some(pointee) => match self.stride(&pointee, span)? {
                Stride::Fixed(size) => size.wrapping_mul(by),
                Stride::Variable(_) => {
                    let hint = "write `p += 1`";
                    return Err(self.error_hint(
                        span,
                        "`++` cannot step over rows of variable length",
                        hint,
                    ));
                }
            },
        };
        let kind = ExprKind::Increment {
            place,
            delta,
            is_postfix,
        };
        Ok(Expr { kind, ty, span })
    }
}
