//! Conditions: jumps instead of values.

use crate::code::{Compare, Instruction, Reg, Target};
use crate::typed::{BinaryOp, Expr, ExprKind};

use super::Lowering;

impl Lowering<'_> {
    /// Jumps to `target` when the truth of `e` is `wanted`, else goes on.
    pub(super) fn branch(&mut self, e: &Expr, target: Target, wanted: bool) {
        self.with_temporaries(|l| match &e.kind {
            ExprKind::Not(inner) => l.branch(inner, target, !wanted),
            ExprKind::And(left, right) => l.both(left, right, target, wanted, true),
            ExprKind::Or(left, right) => l.both(left, right, target, wanted, false),
            ExprKind::Constant(value) => {
                if (*value != 0) == wanted {
                    l.emit(Instruction::Jump { target });
                }
            }
            ExprKind::Comma(first, second) => {
                l.effect(first);
                l.branch(second, target, wanted);
            }
            ExprKind::Binary(op, left, right) => l.comparison(*op, left, right, e, target, wanted),
            _ => l.branch_on_value(e, target, wanted),
        });
    }

    fn branch_on_value(&mut self, e: &Expr, target: Target, wanted: bool) {
        let src = self.value(e);
        self.emit(if wanted {
            Instruction::BranchNotZero { src, target }
        } else {
            Instruction::BranchZero { src, target }
        });
    }

    /// `&&` (`is_and`) and `||`: the right side counts only when the left one did not settle it.
    fn both(&mut self, left: &Expr, right: &Expr, target: Target, wanted: bool, is_and: bool) {
        if wanted == is_and {
            let end = self.new_label();
            self.branch(left, end, !is_and);
            let before = self.defined.clone();
            self.branch(right, target, wanted);
            self.defined = before;
            self.bind(end);
        } else {
            self.branch(left, target, wanted);
            let before = self.defined.clone();
            self.branch(right, target, wanted);
            self.defined = before;
        }
    }

    fn comparison(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        e: &Expr,
        target: Target,
        wanted: bool,
    ) {
        let Some(compare) = Compare::of(op, self.int_type(&left.ty)) else {
            return self.branch_on_value(e, target, wanted);
        };
        let op = if wanted { compare } else { compare.negated() };
        let a = self.value(left);
        if let ExprKind::Constant(value) = right.kind
            && let Ok(immediate) = i32::try_from(value)
        {
            return self.emit(Instruction::BranchImmediate {
                op,
                a,
                immediate,
                target,
            });
        }
        let b = self.value(right);
        self.emit(Instruction::BranchCompare { op, a, b, target });
    }

    /// The truth of `!`, `&&` and `||` as 0 or 1.
    pub(super) fn truth_into(&mut self, e: &Expr, dst: Reg) {
        let (on_false, end) = (self.new_label(), self.new_label());
        self.branch(e, on_false, false);
        self.emit(Instruction::Constant { dst, value: 1 });
        self.emit(Instruction::Jump { target: end });
        self.bind(on_false);
        self.emit(Instruction::Constant { dst, value: 0 });
        self.bind(end);
    }
}
