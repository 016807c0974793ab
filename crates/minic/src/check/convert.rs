//! Conversions: decay to pointers, integer promotion, the usual arithmetic conversions, assignment.

use super::checker::Checker;
use crate::diagnostic::Checked;
use crate::headers::LibraryFunction;
use crate::source::Span;
use crate::typed::{Expr, ExprKind, FunctionId, Place, PlaceKind, Storage};
use crate::types::{FunctionType, IntType, Type};
use std::rc::Rc;

/// What an expression stands for before it is used as a value or a place.
pub enum Operand {
    /// A value.
    Value(Expr),
    /// Something in memory or a register.
    Place(Place),
    /// A function of the text.
    Function(FunctionId, Span),
    /// A library function.
    Library(LibraryFunction, Rc<FunctionType>, Span),
}

impl Operand {
    /// Where it is written.
    pub fn span(&self) -> Span {
        match self {
            Self::Value(expr) => expr.span,
            Self::Place(place) => place.span,
            Self::Function(_, span) | Self::Library(_, _, span) => *span,
        }
    }
}

/// A constant of a type, in register form already.
pub fn constant(value: i64, ty: Type, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Constant(value),
        ty,
        span,
    }
}

/// The value of a constant expression.
pub fn constant_value(expr: &Expr) -> Option<i64> {
    match expr.kind {
        ExprKind::Constant(value) => Some(value),
        _ => None,
    }
}

/// Whether an expression is a null pointer constant: 0, or 0 as `void *`.
pub fn is_null(expr: &Expr) -> bool {
    let is_void_pointer = || expr.ty.pointee().is_some_and(|to| to.ty == Type::Void);
    constant_value(expr) == Some(0) && (expr.ty.is_integer() || is_void_pointer())
}

impl Checker<'_> {
    /// An operand's value: arrays and functions become addresses, places are loaded.
    pub fn value(&mut self, operand: Operand) -> Checked<Expr> {
        match operand {
            Operand::Value(expr) => Ok(expr),
            Operand::Place(place) => self.load(place),
            Operand::Function(id, span) => {
                self.use_function(id, span);
                let ty = self
                    .declared
                    .functions
                    .get(id.index())
                    .map(|f| f.ty.clone());
                let ty = ty.map_or(Type::Void, Type::Function).pointer();
                let kind = ExprKind::FunctionAddress(id);
                Ok(Expr { kind, ty, span })
            }
            Operand::Library(function, _, span) => {
                let message = format!("`{}` can only be called", function.name());
                self.fail(span, message)
            }
        }
    }

    fn load(&mut self, place: Place) -> Checked<Expr> {
        let span = place.span;
        match &place.ty.ty {
            Type::Array(array) => {
                let ty = Type::Pointer(Rc::new(array.element.clone()));
                self.address_of(place, ty)
            }
            Type::Void => {
                let hint =
                    "a `void *` says nothing about what it points to: cast it, such as `*(int *)p`";
                Err(self.error_hint(span, "this has type `void`, so it has no value", hint))
            }
            Type::Record(id) if self.declared.types.layout(*id).is_none() => {
                let name = self.quoted(&place.ty.ty);
                self.fail(
                    span,
                    format!("{name} is incomplete: its members are not known"),
                )
            }
            Type::Function(_) => Err(self.unsupported(
                span,
                "function pointers other than signal handlers are",
                None,
            )),
            ty => Ok(Expr {
                ty: ty.clone(),
                kind: ExprKind::Load(place),
                span,
            }),
        }
    }

    /// The address of a place as a pointer of the given type; a local gets a home in memory.
    pub fn address_of(&mut self, place: Place, ty: Type) -> Checked<Expr> {
        let span = place.span;
        let constant_address = constant_address(&place);
        if let Some(address) = constant_address {
            return Ok(constant(address, ty, span));
        }
        let kind = match place.kind {
            PlaceKind::Deref(pointer) => {
                let pointer = Expr { span, ..*pointer };
                return Ok(self.cast(pointer, &ty));
            }
            PlaceKind::After(first, place) => {
                let address = self.address_of(*place, ty.clone())?;
                ExprKind::Comma(first, Box::new(address))
            }
            PlaceKind::Errno => {
                let hint =
                    "in the lab, errno is a register of the process: copy it into a variable";
                return Err(self.error_hint(span, "the address of `errno` cannot be taken", hint));
            }
            _ => {
                self.move_to_memory(&place)?;
                ExprKind::AddressOf(place)
            }
        };
        Ok(Expr { kind, ty, span })
    }

    /// Gives the variable under a place a home in memory.
    fn move_to_memory(&mut self, place: &Place) -> Checked<()> {
        let id = match &place.kind {
            PlaceKind::Local(id) => *id,
            PlaceKind::Member { base, .. } => return self.move_to_memory(base),
            _ => return Ok(()),
        };
        let is_fixed = self.is_inside() && id.index() < self.declared.fixed_locals;
        let Some(local) = self.local_mut(id) else {
            return Ok(());
        };
        if local.storage != Storage::Register {
            return Ok(());
        }
        if is_fixed {
            let hint = "its function never takes its address, so it is in a register";
            let message = "this variable of the program has no address";
            return Err(self.error_hint(place.span, message, hint));
        }
        local.storage = Storage::Memory;
        Ok(())
    }

    /// An expression converted to a type that it can be converted to.
    pub fn cast(&self, expr: Expr, to: &Type) -> Expr {
        if expr.ty == *to {
            return expr;
        }
        let span = expr.span;
        let kind = match (constant_value(&expr), self.declared.types.register_type(to)) {
            (Some(value), Some(int)) => ExprKind::Constant(int.wrap(value)),
            _ => ExprKind::Cast(Box::new(expr)),
        };
        Expr {
            kind,
            ty: to.clone(),
            span,
        }
    }

    /// The integer type that an expression computes in before promotion.
    pub fn int_type(&self, expr: &Expr) -> Option<IntType> {
        self.declared.types.int_type(&expr.ty)
    }

    /// An integer after promotion (C11 6.3.1.1); other types stay.
    pub fn promote(&self, expr: Expr) -> Expr {
        match self.int_type(&expr) {
            Some(int) => self.cast(expr, &Type::Int(int.promoted())),
            None => expr,
        }
    }

    /// The type in which two integers are computed (C11 6.3.1.8).
    pub fn common_type(left: IntType, right: IntType) -> IntType {
        let (left, right) = (left.promoted(), right.promoted());
        let (high, low) = if left.rank() >= right.rank() {
            (left, right)
        } else {
            (right, left)
        };
        if high.is_signed() == low.is_signed() || !high.is_signed() || high.size() > low.size() {
            high
        } else {
            high.to_unsigned()
        }
    }

    /// Both operands in their common type.
    pub fn balance(&self, left: Expr, right: Expr) -> Option<(Expr, Expr)> {
        let common = Self::common_type(self.int_type(&left)?, self.int_type(&right)?);
        let ty = Type::Int(common);
        Some((self.cast(left, &ty), self.cast(right, &ty)))
    }

    /// A value as it is assigned, passed or returned as `to`. Where gcc only warns this converts.
    pub fn convert(&mut self, expr: Expr, to: &Type) -> Checked<Expr> {
        let span = expr.span;
        if expr.ty == *to && *to != Type::Void {
            return Ok(expr);
        }
        if expr.ty.is_scalar() && to.is_scalar() {
            return Ok(self.cast(expr, to));
        }
        if expr.ty == Type::Void {
            return self.fail(span, "this gives no value: its type is `void`");
        }
        let (from, to) = (self.quoted(&expr.ty), self.quoted(to));
        self.fail(span, format!("{from} cannot be converted to {to}"))
    }

    /// A value that is a number or a pointer.
    pub fn require_scalar(&mut self, expr: Expr, role: &str) -> Checked<Expr> {
        if expr.ty.is_scalar() {
            return Ok(expr);
        }
        let name = self.quoted(&expr.ty);
        self.fail(
            expr.span,
            format!("{role} needs a number or a pointer, not {name}"),
        )
    }

    /// A value that is an integer.
    pub fn require_integer(&mut self, expr: Expr, role: &str) -> Checked<Expr> {
        if expr.ty.is_integer() {
            return Ok(expr);
        }
        let name = self.quoted(&expr.ty);
        self.fail(expr.span, format!("{role} needs an integer, not {name}"))
    }
}

/// The address of a place whose pointer is a constant, such as `((struct s *)0)->member`.
fn constant_address(place: &Place) -> Option<i64> {
    match &place.kind {
        PlaceKind::Deref(pointer) => constant_value(pointer),
        PlaceKind::Member { base, offset } => {
            Some(constant_address(base)?.wrapping_add(i64::try_from(*offset).ok()?))
        }
        _ => None,
    }
}
