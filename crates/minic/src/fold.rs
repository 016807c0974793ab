//! C's integer arithmetic on values in register form, for constants and whoever else computes as C does.

use crate::typed::BinaryOp;
use crate::types::IntType;

/// The result of an operator on two values of type `ty` (shifts: the right one of any type).
/// Comparisons give 0 or 1. `None`: a division that traps (by zero, or the most negative value by -1).
pub fn binary(op: BinaryOp, ty: IntType, left: i64, right: i64) -> Option<i64> {
    let is_signed = ty.is_signed();
    let order = if is_signed {
        left.cmp(&right)
    } else {
        (left as u64).cmp(&(right as u64))
    };
    let value = match op {
        BinaryOp::Add => left.wrapping_add(right),
        BinaryOp::Subtract => left.wrapping_sub(right),
        BinaryOp::Multiply => left.wrapping_mul(right),
        BinaryOp::Divide | BinaryOp::Remainder => return divide(op, ty, left, right),
        BinaryOp::ShiftLeft => left.wrapping_shl(shift_count(ty, right)),
        BinaryOp::ShiftRight if is_signed => left.wrapping_shr(shift_count(ty, right)),
        BinaryOp::ShiftRight => (left as u64).wrapping_shr(shift_count(ty, right)) as i64,
        BinaryOp::BitAnd => left & right,
        BinaryOp::BitOr => left | right,
        BinaryOp::BitXor => left ^ right,
        BinaryOp::Equal => return Some(i64::from(order.is_eq())),
        BinaryOp::NotEqual => return Some(i64::from(order.is_ne())),
        BinaryOp::Less => return Some(i64::from(order.is_lt())),
        BinaryOp::LessEqual => return Some(i64::from(order.is_le())),
        BinaryOp::Greater => return Some(i64::from(order.is_gt())),
        BinaryOp::GreaterEqual => return Some(i64::from(order.is_ge())),
    };
    Some(ty.wrap(value))
}

/// x86-64 takes shift counts modulo the width: 64 for 8-byte types, else 32.
fn shift_count(ty: IntType, count: i64) -> u32 {
    let mask = if ty.size() == 8 { 63 } else { 31 };
    u32::try_from(count & mask).unwrap_or(0)
}

fn divide(op: BinaryOp, ty: IntType, left: i64, right: i64) -> Option<i64> {
    let is_quotient = op == BinaryOp::Divide;
    if !ty.is_signed() {
        let (left, right) = (left as u64, right as u64);
        let result = if is_quotient {
            left.checked_div(right)
        } else {
            left.checked_rem(right)
        };
        return result.map(|value| value as i64);
    }
    let quotient = left.checked_div(right).filter(|&q| ty.wrap(q) == q)?;
    if is_quotient {
        Some(quotient)
    } else {
        left.checked_rem(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_wraps_in_its_type() {
        let int = IntType::Int;
        assert_eq!(
            binary(BinaryOp::Add, int, i64::from(i32::MAX), 1),
            Some(i64::from(i32::MIN))
        );
        assert_eq!(
            binary(BinaryOp::Subtract, IntType::UnsignedInt, 0, 1),
            Some(0xffff_ffff)
        );
        assert_eq!(
            binary(BinaryOp::Less, IntType::UnsignedLong, -1, 1),
            Some(0)
        );
        assert_eq!(binary(BinaryOp::ShiftRight, int, -8, 1), Some(-4));
        assert_eq!(binary(BinaryOp::ShiftLeft, int, 1, 33), Some(2));
    }

    #[test]
    fn trapping_divisions_have_no_value() {
        let int = IntType::Int;
        assert_eq!(binary(BinaryOp::Divide, int, 1, 0), None);
        assert_eq!(binary(BinaryOp::Divide, int, i64::from(i32::MIN), -1), None);
        assert_eq!(
            binary(BinaryOp::Remainder, IntType::Long, i64::MIN, -1),
            None
        );
        assert_eq!(binary(BinaryOp::Remainder, int, -7, 2), Some(-1));
        assert_eq!(
            binary(BinaryOp::Divide, IntType::UnsignedLong, -1, 2),
            Some(i64::MAX)
        );
    }
}
