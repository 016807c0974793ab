//! Expressions: what each kind means, names and members looked up.

use super::checker::{Checker, Mode};
use super::convert::{Operand, constant, constant_value};
use super::scope::Symbol;
use super::suggest;
use crate::ast::{self, Designator, ExprKind as Ast, UnaryOperator};
use crate::diagnostic::Checked;
use crate::literal::terminated;
use crate::source::Span;
use crate::typed::{Expr, ExprKind, Place, PlaceKind, Storage, UnaryOp};
use crate::types::{ArrayLength, ArrayType, LocalId, QualType, RecordId, Type};
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
    fn both(&mut self, left: &ast::Expr, right: &ast::Expr) -> Checked<(Expr, Expr)> {
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

    /// What a name means where it is used; `is_called` words the error.
    pub fn name(&mut self, name: &Rc<str>, span: Span, is_called: bool) -> Checked<Operand> {
        let Some(symbol) = self.lookup(name).cloned() else {
            return self.predefined_name(name, span, is_called);
        };
        let place = |kind, ty| Ok(Operand::Place(Place { kind, ty, span }));
        match symbol {
            Symbol::Local(id) => self.local_place(id, span).map(Operand::Place),
            Symbol::Statement(id) => self.statement_variable(id, span).map(Operand::Place),
            Symbol::Global(id) => match self
                .use_global(id, span)
                .map(|entry| entry.global.ty.clone())
            {
                Some(ty) => place(PlaceKind::Global(id), ty),
                None => Err(self.unknown_name(name, span, is_called)),
            },
            Symbol::Function(id) => Ok(Operand::Function(id, span)),
            Symbol::Library(function, ty) => Ok(Operand::Library(function, ty, span)),
            Symbol::Constant(value, ty) => Ok(Operand::Value(constant(value, ty, span))),
            Symbol::Typedef(_) => self.fail(span, format!("`{name}` is a type, not a value")),
            Symbol::Errno => place(PlaceKind::Errno, Type::INT.into()),
            Symbol::Erroneous => Err(self.told()),
        }
    }

    /// Constants of the headers and `__func__`.
    fn predefined_name(&mut self, name: &Rc<str>, span: Span, is_called: bool) -> Checked<Operand> {
        if self.declared.macros.is_defined(name)
            && let Some(value) = abi::constants::value_of(name)
        {
            let ty = if i32::try_from(value).is_ok() {
                Type::INT
            } else if u32::try_from(value).is_ok() {
                Type::Int(crate::types::IntType::UnsignedInt)
            } else {
                Type::LONG
            };
            return Ok(Operand::Value(constant(value, ty, span)));
        }
        if let Some(frame) = self.frames.last().filter(|_| &**name == "__func__") {
            let bytes = terminated(frame.name.bytes().collect());
            return Ok(Operand::Place(self.string_place(&bytes, span)));
        }
        Err(self.unknown_name(name, span, is_called))
    }

    /// A string literal's place, an array of `char`.
    fn string_place(&mut self, bytes: &Rc<[u8]>, span: Span) -> Place {
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        let ty = Type::Array(Rc::new(ArrayType {
            element: Type::CHAR.into(),
            length: ArrayLength::Fixed(length),
        }));
        Place {
            kind: PlaceKind::String(self.string_id(bytes)),
            ty: ty.into(),
            span,
        }
    }

    /// A local's place; a variable-length array is where its hidden register points.
    pub fn local_place(&mut self, id: LocalId, span: Span) -> Checked<Place> {
        let Some(local) = self.local(id) else {
            return self.fail(span, "this variable belongs to another function");
        };
        let ty = local.ty.clone();
        let kind = match local.storage {
            Storage::Variable { pointer } => {
                let address = Type::Pointer(Rc::new(ty.clone()));
                PlaceKind::Deref(Box::new(self.load_local(pointer, address, span)))
            }
            Storage::Register | Storage::Memory => PlaceKind::Local(id),
        };
        Ok(Place { kind, ty, span })
    }

    /// A variable of the list of statements: a local there, in memory when a function uses it.
    fn statement_variable(&mut self, id: LocalId, span: Span) -> Checked<Place> {
        if self.frames.len() <= 1 {
            return self.local_place(id, span);
        }
        let local = self
            .frames
            .first_mut()
            .and_then(|frame| frame.locals.get_mut(id.index()));
        let Some(local) = local else {
            return self.fail(span, "this variable is not known here");
        };
        if let Storage::Variable { .. } = local.storage {
            return self.fail(
                span,
                "a function cannot use an array of variable length from outside",
            );
        }
        local.storage = Storage::Memory;
        Ok(Place {
            kind: PlaceKind::Outer(id),
            ty: local.ty.clone(),
            span,
        })
    }

    /// `*pointer`.
    fn deref(&mut self, pointer: Expr, span: Span) -> Checked<Place> {
        let Some(pointee) = pointer.ty.pointee().cloned() else {
            let name = self.quoted(&pointer.ty);
            let hint = "cast a number to a pointer first, such as `*(int *)address`";
            return Err(self.error_hint(span, format!("`*` needs a pointer, not {name}"), hint));
        };
        if let Type::Function(_) = pointee.ty {
            return Err(self.unsupported(
                span,
                "function pointers other than signal handlers are",
                None,
            ));
        }
        Ok(Place {
            kind: PlaceKind::Deref(Box::new(pointer)),
            ty: pointee,
            span,
        })
    }

    fn index(&mut self, base: &ast::Expr, index: &ast::Expr, span: Span) -> Checked<Place> {
        let (base, index) = self.both(base, index)?;
        let (base, index) = if base.ty.pointee().is_some() {
            (base, index)
        } else {
            (index, base)
        };
        if base.ty.pointee().is_none() {
            let name = self.quoted(&index.ty);
            return self.fail(
                span,
                format!("`[]` needs an array or a pointer, not {name}"),
            );
        }
        let element = self.pointer_add(base, index, false, span)?;
        self.deref(element, span)
    }

    fn member(
        &mut self,
        base: &ast::Expr,
        name: &ast::Name,
        is_arrow: bool,
        span: Span,
    ) -> Checked<Place> {
        let operand = self.operand(base)?;
        let base_span = operand.span();
        let place = if is_arrow {
            let pointer = self.value(operand)?;
            if let Type::Record(_) = pointer.ty {
                let hint = format!(
                    "write `.{}`: this is a struct, not a pointer to one",
                    name.text
                );
                return Err(self.error_hint(base_span, "`->` needs a pointer to a struct", hint));
            }
            self.deref(pointer, base_span)?
        } else {
            match operand {
                Operand::Place(place) => place,
                other => {
                    let value = self.value(other)?;
                    self.materialise(value)
                }
            }
        };
        let Type::Record(id) = place.ty.ty else {
            let found = self.quoted(&place.ty.ty);
            let points_to_record = place
                .ty
                .ty
                .pointee()
                .is_some_and(|to| matches!(to.ty, Type::Record(_)));
            let message = format!("{found} has no members");
            return Err(if points_to_record {
                self.error_hint(
                    span,
                    message,
                    format!("write `->{}`: this is a pointer to a struct", name.text),
                )
            } else {
                self.error(span, message)
            });
        };
        let (offset, ty) = self.find_member(id, name)?;
        let ty = QualType {
            is_const: ty.is_const || place.ty.is_const,
            is_volatile: ty.is_volatile || place.ty.is_volatile,
            ..ty
        };
        Ok(Place {
            kind: PlaceKind::Member {
                base: Box::new(place),
                offset,
            },
            ty,
            span,
        })
    }

    /// A member's offset and type.
    pub fn find_member(&mut self, id: RecordId, name: &ast::Name) -> Checked<(u64, QualType)> {
        if let Some((offset, ty)) = self.declared.types.member(id, &name.text) {
            return Ok((offset, ty.clone()));
        }
        let record = self.quoted(&Type::Record(id));
        let Some(layout) = self.declared.types.layout(id) else {
            return self.fail(
                name.span,
                format!("{record} is incomplete: its members are not known"),
            );
        };
        let members = layout.members.clone();
        let names = members.iter().filter_map(|member| member.name.as_deref());
        let message = format!("{record} has no member `{}`", name.text);
        Err(match suggest::nearest(&name.text, names) {
            Some(near) => self.error_hint(name.span, message, format!("did you mean `{near}`?")),
            None => self.error(name.span, message),
        })
    }

    /// A struct value, such as a call's result, put where its members can be read.
    fn materialise(&mut self, value: Expr) -> Place {
        let (ty, span) = (value.ty.clone(), value.span);
        let local = self.hidden_local(ty.clone(), span);
        let place = Place {
            kind: PlaceKind::Local(local),
            ty: ty.clone().into(),
            span,
        };
        let store = Expr {
            kind: ExprKind::Assign {
                place: place.clone(),
                value: Box::new(value),
            },
            ty: ty.clone(),
            span,
        };
        Place {
            kind: PlaceKind::After(Box::new(store), Box::new(place)),
            ty: ty.into(),
            span,
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

    fn offsetof(
        &mut self,
        name: &ast::TypeName,
        designators: &[Designator],
        span: Span,
    ) -> Checked<Expr> {
        let mut ty = self.type_name(name)?.ty;
        let mut offset = 0u64;
        for designator in designators {
            let (step, inner) = self.designate(&ty, designator, span)?;
            offset = offset.saturating_add(step);
            ty = inner.ty;
        }
        Ok(constant(offset.cast_signed(), Type::SIZE, span))
    }

    /// The offset and type of what a designator picks from a type.
    pub fn designate(
        &mut self,
        ty: &Type,
        designator: &Designator,
        span: Span,
    ) -> Checked<(u64, QualType)> {
        match (designator, ty) {
            (Designator::Member(name), Type::Record(id)) => self.find_member(*id, name),
            (Designator::Index(index), Type::Array(array)) => {
                let index = self.constant_integer(index, "an index here")?;
                let size = self.declared.types.size_of(&array.element.ty);
                let offset = u64::try_from(index)
                    .ok()
                    .zip(size)
                    .and_then(|(i, size)| i.checked_mul(size));
                match offset {
                    Some(offset) => Ok((offset, array.element.clone())),
                    None => self.fail(span, "this index is out of the array"),
                }
            }
            (Designator::Member(name), _) => {
                let found = self.quoted(ty);
                self.fail(name.span, format!("{found} has no members"))
            }
            (Designator::Index(index), _) => {
                let found = self.quoted(ty);
                self.fail(index.span, format!("{found} is no array"))
            }
        }
    }

    /// Whether variables here live in a function's frame.
    pub fn is_in_function(&self) -> bool {
        self.mode != Mode::Headers && !self.frames.is_empty()
    }
}
