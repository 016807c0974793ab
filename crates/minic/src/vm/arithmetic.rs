//! Arithmetic of C on registers: wraps in two's complement, and says where C leaves the result open.

use crate::typed::BinaryOp;
use crate::types::IntType;

/// What came of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Computed {
    /// The result.
    Value(i64),
    /// The result that the processor gives, of an operation that C does not define.
    Undefined(i64, Doubt),
    /// The processor traps: a division by zero, or the most negative value by -1.
    Trap,
}

/// Why C does not define a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// A signed result outside of its type.
    SignedOverflow,
    /// A shift by a negative count, or by the width of the type or more.
    ShiftCount,
}

/// `a op b` in a type that is at least as wide as `int`, or (for `++`) in any type.
#[inline]
pub(super) fn binary(op: BinaryOp, ty: IntType, a: i64, b: i64) -> Computed {
    match op {
        BinaryOp::Add => {
            let (wide, overflowed) = a.overflowing_add(b);
            narrowed(ty, wide, overflowed)
        }
        BinaryOp::Subtract => {
            let (wide, overflowed) = a.overflowing_sub(b);
            narrowed(ty, wide, overflowed)
        }
        BinaryOp::Multiply => {
            let (wide, overflowed) = a.overflowing_mul(b);
            narrowed(ty, wide, overflowed)
        }
        BinaryOp::BitAnd => Computed::Value(a & b),
        BinaryOp::BitOr => Computed::Value(a | b),
        BinaryOp::BitXor => Computed::Value(ty.wrap(a ^ b)),
        BinaryOp::ShiftLeft | BinaryOp::ShiftRight => shift(op, ty, a, b),
        BinaryOp::Divide | BinaryOp::Remainder => divide(op, ty, a, b),
        // Comparisons have instructions of their own.
        _ => Computed::Value(0),
    }
}

#[inline]
fn narrowed(ty: IntType, wide: i64, overflowed: bool) -> Computed {
    let value = ty.wrap(wide);
    // What is narrower than int is computed in int and only then converted, which C defines.
    if ty.is_signed() && ty.size() >= 4 && (overflowed || value != wide) {
        return Computed::Undefined(value, Doubt::SignedOverflow);
    }
    Computed::Value(value)
}

fn shift(op: BinaryOp, ty: IntType, a: i64, b: i64) -> Computed {
    let width = ty.size().saturating_mul(8) as i64;
    let count = (b & (width - 1)) as u32;
    let value = match op {
        BinaryOp::ShiftLeft => ty.wrap(a.wrapping_shl(count)),
        _ if ty.is_signed() => a.wrapping_shr(count),
        _ => (a as u64).wrapping_shr(count) as i64,
    };
    if (0..width).contains(&b) {
        Computed::Value(value)
    } else {
        Computed::Undefined(value, Doubt::ShiftCount)
    }
}

fn divide(op: BinaryOp, ty: IntType, a: i64, b: i64) -> Computed {
    let is_quotient = op == BinaryOp::Divide;
    let value = if ty.is_signed() {
        let smallest = if ty.size() == 8 {
            i64::MIN
        } else {
            i64::from(i32::MIN)
        };
        if b == -1 && a == smallest {
            return Computed::Trap;
        }
        if is_quotient {
            a.checked_div(b)
        } else {
            a.checked_rem(b)
        }
    } else {
        let (a, b) = (a as u64, b as u64);
        let value = if is_quotient {
            a.checked_div(b)
        } else {
            a.checked_rem(b)
        };
        value.map(|value| value as i64)
    };
    value.map_or(Computed::Trap, Computed::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_overflow_wraps_and_is_told() {
        let max = i64::from(i32::MAX);
        let min = i64::from(i32::MIN);
        let sum = binary(BinaryOp::Add, IntType::Int, max, 1);
        assert_eq!(sum, Computed::Undefined(min, Doubt::SignedOverflow));
        let sum = binary(BinaryOp::Add, IntType::UnsignedInt, 0xffff_ffff, 1);
        assert_eq!(sum, Computed::Value(0));
        let sum = binary(BinaryOp::Add, IntType::Char, 127, 1);
        assert_eq!(sum, Computed::Value(-128));
    }

    #[test]
    fn division_traps_as_the_processor_does() {
        let min = i64::from(i32::MIN);
        assert_eq!(binary(BinaryOp::Divide, IntType::Int, 1, 0), Computed::Trap);
        assert_eq!(
            binary(BinaryOp::Remainder, IntType::Int, min, -1),
            Computed::Trap
        );
        let quotient = binary(BinaryOp::Divide, IntType::Long, min, -1);
        assert_eq!(quotient, Computed::Value(-min));
        let all = binary(BinaryOp::Divide, IntType::UnsignedLong, -1, 2);
        assert_eq!(all, Computed::Value(i64::MAX));
    }

    #[test]
    fn shifts_take_their_count_modulo_the_width() {
        let one = binary(BinaryOp::ShiftLeft, IntType::Int, 1, 33);
        assert_eq!(one, Computed::Undefined(2, Doubt::ShiftCount));
        let minus = binary(BinaryOp::ShiftRight, IntType::Int, -8, 1);
        assert_eq!(minus, Computed::Value(-4));
        let large = binary(BinaryOp::ShiftRight, IntType::UnsignedLong, -1, 63);
        assert_eq!(large, Computed::Value(1));
    }
}
