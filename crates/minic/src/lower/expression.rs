//! Expressions: each leaves its value in a register.
//!
//! An expression is lowered into a given register ([`Lowering::value_into`]), which it writes only as its last act,
//! or to wherever its value is already ([`Lowering::value`]). A record's value is its address.

use crate::code::{Compare, Home, Instruction, Reg};
use crate::typed::{BinaryOp, Expr, ExprKind, FunctionId, Place, PlaceKind, UnaryOp};
use crate::types::{IntType, LocalId, Type};

use super::Lowering;
use super::defined::flag_of;
use super::place::Location;

/// What a location gets added: by `++`, a compound assignment, or a pointer's `+=`.
enum Change<'e> {
    Delta(i64),
    Operation(BinaryOp, &'e Expr, IntType),
    Scaled(&'e Expr, i64),
}

impl Lowering<'_> {
    /// Evaluates for the effects alone.
    pub(super) fn effect(&mut self, e: &Expr) {
        self.with_temporaries(|l| match &e.kind {
            ExprKind::Increment { place, delta, .. } => {
                l.change(place, Change::Delta(*delta), None);
            }
            ExprKind::CompoundAssign {
                op,
                place,
                value,
                operation,
            } => {
                let operation = l.int_type(operation);
                l.change(place, Change::Operation(*op, value, operation), None);
            }
            ExprKind::PointerAssign {
                place,
                index,
                stride,
            } => l.change(place, Change::Scaled(index, *stride), None),
            ExprKind::Comma(first, second) => {
                l.effect(first);
                l.effect(second);
            }
            ExprKind::Cast(inner) if e.ty == Type::Void => l.effect(inner),
            ExprKind::Constant(_) => {}
            ExprKind::Load(place) => l.read(place),
            _ => {
                l.value(e);
            }
        });
    }

    /// A place whose value nobody uses: from memory it is loaded all the same.
    fn read(&mut self, place: &Place) {
        if place.ty.ty.is_scalar() {
            let location = self.location(place);
            self.load_scalar(location, &place.ty.ty);
        } else {
            self.location(place);
        }
    }

    /// Evaluates to a register that holds the value until the enclosing temporaries are freed.
    pub(super) fn value(&mut self, e: &Expr) -> Reg {
        match &e.kind {
            ExprKind::Load(place) if place.ty.ty.is_scalar() => {
                if let PlaceKind::Local(local) = place.kind
                    && let Home::Register(register) = self.home(local)
                {
                    self.check_defined(local);
                    return register;
                }
            }
            ExprKind::Cast(inner) if self.keeps_value(&inner.ty, &e.ty) => {
                return self.value(inner);
            }
            ExprKind::Assign { place, value } => return self.assign(place, value),
            ExprKind::Comma(first, second) => {
                self.effect(first);
                return self.value(second);
            }
            _ => {}
        }
        let dst = self.temporary();
        self.value_into(e, dst);
        dst
    }

    /// Evaluates into `dst`, which is written last of all.
    pub(super) fn value_into(&mut self, e: &Expr, dst: Reg) {
        self.with_temporaries(|l| l.evaluate(e, dst));
    }

    fn evaluate(&mut self, e: &Expr, dst: Reg) {
        match &e.kind {
            ExprKind::Constant(value) => {
                self.emit(Instruction::Constant { dst, value: *value });
            }
            ExprKind::Load(place) => self.load_into(place, dst),
            ExprKind::AddressOf(place) => {
                let around = std::mem::replace(&mut self.only_address, true);
                let location = self.location(place);
                self.only_address = around;
                self.address_into(location, dst);
            }
            ExprKind::FunctionAddress(FunctionId(id)) => {
                let value = self.context.image.function(*id) as i64;
                self.emit(Instruction::Constant { dst, value });
            }
            ExprKind::Unary(op, operand) => self.unary(*op, operand, dst),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, dst),
            ExprKind::Not(_) | ExprKind::And(..) | ExprKind::Or(..) => self.truth_into(e, dst),
            ExprKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                self.conditional(condition, then, otherwise, dst);
            }
            ExprKind::Comma(first, second) => {
                self.effect(first);
                self.evaluate(second, dst);
            }
            ExprKind::Cast(operand) => self.cast(operand, &e.ty, dst),
            ExprKind::Call { callee, args } => self.call(*callee, args, e, dst),
            ExprKind::PointerAdd {
                pointer,
                index,
                stride,
            } => {
                let base = self.value(pointer);
                self.add_scaled(base, index, *stride, dst);
            }
            ExprKind::PointerDifference {
                left,
                right,
                stride,
            } => {
                let a = self.value(left);
                let b = self.value(right);
                self.binary_instruction(BinaryOp::Subtract, IntType::Long, dst, a, b);
                self.binary_constant(BinaryOp::Divide, IntType::Long, dst, dst, *stride);
            }
            ExprKind::Assign { place, value } => {
                let src = self.assign(place, value);
                self.emit(Instruction::Move { dst, src });
            }
            ExprKind::CompoundAssign {
                op,
                place,
                value,
                operation,
            } => {
                let operation = self.int_type(operation);
                self.change(
                    place,
                    Change::Operation(*op, value, operation),
                    Some((dst, false)),
                );
            }
            ExprKind::PointerAssign {
                place,
                index,
                stride,
            } => {
                self.change(place, Change::Scaled(index, *stride), Some((dst, false)));
            }
            ExprKind::Increment {
                place,
                delta,
                is_postfix,
            } => {
                self.change(place, Change::Delta(*delta), Some((dst, *is_postfix)));
            }
            ExprKind::Initialise(list) => self.initialise(list),
        }
    }

    /// Whether a conversion leaves a register as it is.
    fn keeps_value(&self, from: &Type, to: &Type) -> bool {
        let types = self.context.types;
        match (types.register_type(from), types.register_type(to)) {
            (Some(from), Some(to)) => {
                from == to
                    || (to != IntType::Bool
                        && (to.size() == 8
                            || (from.size() < to.size() && (to.is_signed() || !from.is_signed()))
                            || (from.size() == to.size() && from.is_signed() == to.is_signed())))
            }
            _ => true,
        }
    }

    fn cast(&mut self, operand: &Expr, to: &Type, dst: Reg) {
        if *to == Type::Void {
            return self.effect(operand);
        }
        if self.keeps_value(&operand.ty, to) {
            return self.evaluate(operand, dst);
        }
        let src = self.value(operand);
        let ty = self.int_type(to);
        self.emit(Instruction::Wrap { ty, dst, src });
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, dst: Reg) {
        let src = self.value(operand);
        let ty = self.int_type(&operand.ty);
        self.emit(match op {
            UnaryOp::Negate => Instruction::Negate { ty, dst, src },
            UnaryOp::Complement => Instruction::Complement { ty, dst, src },
        });
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, dst: Reg) {
        let ty = self.int_type(&left.ty);
        let a = self.value(left);
        if let Some(op) = Compare::of(op, ty) {
            let b = self.value(right);
            self.emit(Instruction::SetCompare { op, dst, a, b });
        } else if let ExprKind::Constant(value) = right.kind {
            self.binary_constant(op, ty, dst, a, value);
        } else {
            let b = self.value(right);
            self.binary_instruction(op, ty, dst, a, b);
        }
    }

    pub(super) fn binary_instruction(
        &mut self,
        op: BinaryOp,
        ty: IntType,
        dst: Reg,
        a: Reg,
        b: Reg,
    ) {
        self.emit(Instruction::Binary { op, ty, dst, a, b });
    }

    fn binary_constant(&mut self, op: BinaryOp, ty: IntType, dst: Reg, a: Reg, value: i64) {
        match i32::try_from(value) {
            Ok(immediate) => {
                self.emit(Instruction::BinaryImmediate {
                    op,
                    ty,
                    dst,
                    a,
                    immediate,
                });
            }
            Err(_) => {
                let b = self.constant(value);
                self.binary_instruction(op, ty, dst, a, b);
            }
        }
    }

    /// `dst = base + index * stride`
    pub(super) fn add_scaled(&mut self, base: Reg, index: &Expr, stride: i64, dst: Reg) {
        if let ExprKind::Constant(index) = index.kind
            && let Ok(offset) = i32::try_from(index.wrapping_mul(stride))
        {
            return self.emit(Instruction::Offset { dst, base, offset });
        }
        let index = self.value(index);
        self.add_scaled_register(base, index, stride, dst);
    }

    fn add_scaled_register(&mut self, base: Reg, index: Reg, stride: i64, dst: Reg) {
        match i32::try_from(stride) {
            Ok(stride) => self.emit(Instruction::Index {
                dst,
                base,
                index,
                stride,
            }),
            Err(_) => {
                let scaled = self.temporary();
                self.binary_constant(
                    BinaryOp::Multiply,
                    IntType::UnsignedLong,
                    scaled,
                    index,
                    stride,
                );
                self.emit(Instruction::Index {
                    dst,
                    base,
                    index: scaled,
                    stride: 1,
                });
            }
        }
    }

    fn conditional(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, dst: Reg) {
        let (on_false, end) = (self.new_label(), self.new_label());
        self.branch(condition, on_false, false);
        let before = self.defined.clone();
        self.branch_value(then, dst);
        self.emit(Instruction::Jump { target: end });
        self.bind(on_false);
        let after_then = std::mem::replace(&mut self.defined, before);
        self.branch_value(otherwise, dst);
        self.defined.meet(&after_then);
        self.bind(end);
    }

    fn branch_value(&mut self, e: &Expr, dst: Reg) {
        if e.ty == Type::Void {
            self.effect(e);
        } else {
            self.value_into(e, dst);
        }
    }

    /// `place = value`; gives the register with the stored value (a record's address).
    fn assign(&mut self, place: &Place, value: &Expr) -> Reg {
        if let PlaceKind::Local(local) = place.kind
            && let Home::Register(register) = self.home(local)
        {
            self.value_into(value, register);
            self.define(local);
            return register;
        }
        let location = self.location(place);
        if let Type::Record(_) = place.ty.ty {
            let to = self.address(location);
            let from = self.value(value);
            self.copy(to, from, &place.ty.ty);
            return to;
        }
        let src = self.value(value);
        self.store_scalar(location, &place.ty.ty, src);
        src
    }

    /// Loads, changes and stores a scalar place; `result` asks for its value after the change, or before it.
    fn change(&mut self, place: &Place, change: Change<'_>, result: Option<(Reg, bool)>) {
        let ty = self.int_type(&place.ty.ty);
        // As gcc does, the operand comes before the place.
        let operand = match &change {
            Change::Delta(_) => None,
            Change::Operation(_, e, _) | Change::Scaled(e, _) => self.operand(e),
        };
        let location = self.location(place);
        let in_place = match location {
            Location::Register(register, _) => Some(register),
            _ => None,
        };
        let old = self.load_scalar(location, &place.ty.ty);
        let old = match in_place {
            Some(_) if result.is_some_and(|(_, before)| before) => {
                let copy = self.temporary();
                self.emit(Instruction::Move {
                    dst: copy,
                    src: old,
                });
                copy
            }
            _ => old,
        };
        let new = in_place.unwrap_or_else(|| self.temporary());
        match change {
            Change::Delta(delta) => self.binary_constant(BinaryOp::Add, ty, new, old, delta),
            Change::Scaled(index, stride) => match operand {
                Some(index) => self.add_scaled_register(old, index, stride, new),
                None => self.add_scaled(old, index, stride, new),
            },
            Change::Operation(op, value, operation) => {
                self.operate(op, operation, ty, old, (value, operand), new);
            }
        }
        self.store_scalar(location, &place.ty.ty, new);
        if let Some((dst, before)) = result {
            let src = if before { old } else { new };
            if src != dst {
                self.emit(Instruction::Move { dst, src });
            }
        }
    }

    /// The operand's value; none for a constant, which needs no register.
    fn operand(&mut self, e: &Expr) -> Option<Reg> {
        match e.kind {
            ExprKind::Constant(_) => None,
            _ => Some(self.value(e)),
        }
    }

    /// `new = (ty)((operation)old op value)`
    fn operate(
        &mut self,
        op: BinaryOp,
        operation: IntType,
        ty: IntType,
        old: Reg,
        (value, operand): (&Expr, Option<Reg>),
        new: Reg,
    ) {
        let (from, to) = (Type::Int(ty), Type::Int(operation));
        let widened = if self.keeps_value(&from, &to) {
            old
        } else {
            let dst = self.temporary();
            self.emit(Instruction::Wrap {
                ty: operation,
                dst,
                src: old,
            });
            dst
        };
        let narrows = !self.keeps_value(&to, &from);
        let dst = if narrows { self.temporary() } else { new };
        match (operand, &value.kind) {
            (Some(b), _) => self.binary_instruction(op, operation, dst, widened, b),
            (None, ExprKind::Constant(value)) => {
                self.binary_constant(op, operation, dst, widened, *value);
            }
            (None, _) => {}
        }
        if narrows {
            self.emit(Instruction::Wrap {
                ty,
                dst: new,
                src: dst,
            });
        }
    }

    /// The local has a value from here on.
    pub(super) fn define(&mut self, local: LocalId) {
        if self.defined.contains(local) {
            return;
        }
        if let Some(dst) = flag_of(&self.frame, local) {
            self.emit(Instruction::Constant { dst, value: 1 });
        }
        self.defined.insert(local);
    }

    /// Warns when the program runs if the local has no value then.
    pub(super) fn check_defined(&mut self, local: LocalId) {
        if self.defined.contains(local) {
            return;
        }
        if let Some(flag) = flag_of(&self.frame, local) {
            self.emit(Instruction::CheckDefined { flag, local });
        }
    }
}
