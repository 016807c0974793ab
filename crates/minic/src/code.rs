//! Bytecode: the program as the interpreter runs it.
//!
//! A function is a flat list of [`Instruction`]s on 64-bit registers. Every register holds its value in the form
//! of [`IntType::wrap`]. Register 0 is the frame pointer: what lives on the simulated stack lies at negative
//! offsets from it. Records are handled by their addresses.
//! Neighbours: [`crate::lower`] writes it, [`crate::vm`] runs it.

use std::rc::Rc;

use crate::headers::LibraryFunction;
use crate::image::Image;
use crate::source::Span;
use crate::typed::{BinaryOp, Function};
use crate::types::{IntType, LocalId, Types};

/// A register of the running function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reg(pub u16);

impl Reg {
    /// Holds the frame pointer: the address above the function's part of the simulated stack.
    pub const FRAME: Reg = Reg(0);
}

/// A place to jump to: an index into the function's instructions.
pub type Target = u32;

/// A comparison of two registers. `Below` and `Above` compare unsigned 64-bit values; all other types compare
/// right as signed 64-bit values, since registers hold them extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as the processor's condition codes")]
pub enum Compare {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Below,
    BelowEqual,
    Above,
    AboveEqual,
}

impl Compare {
    /// The comparison that an operator makes on values of a type; `None` for operators that do not compare.
    pub fn of(op: BinaryOp, ty: IntType) -> Option<Compare> {
        let unsigned = ty.size() == 8 && !ty.is_signed();
        Some(match (op, unsigned) {
            (BinaryOp::Equal, _) => Compare::Equal,
            (BinaryOp::NotEqual, _) => Compare::NotEqual,
            (BinaryOp::Less, false) => Compare::Less,
            (BinaryOp::LessEqual, false) => Compare::LessEqual,
            (BinaryOp::Greater, false) => Compare::Greater,
            (BinaryOp::GreaterEqual, false) => Compare::GreaterEqual,
            (BinaryOp::Less, true) => Compare::Below,
            (BinaryOp::LessEqual, true) => Compare::BelowEqual,
            (BinaryOp::Greater, true) => Compare::Above,
            (BinaryOp::GreaterEqual, true) => Compare::AboveEqual,
            _ => return None,
        })
    }

    /// The comparison that holds exactly when this one does not.
    #[must_use]
    pub fn negated(self) -> Compare {
        match self {
            Compare::Equal => Compare::NotEqual,
            Compare::NotEqual => Compare::Equal,
            Compare::Less => Compare::GreaterEqual,
            Compare::GreaterEqual => Compare::Less,
            Compare::Greater => Compare::LessEqual,
            Compare::LessEqual => Compare::Greater,
            Compare::Below => Compare::AboveEqual,
            Compare::AboveEqual => Compare::Below,
            Compare::Above => Compare::BelowEqual,
            Compare::BelowEqual => Compare::Above,
        }
    }

    /// Whether it holds.
    #[inline]
    pub fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Compare::Equal => a == b,
            Compare::NotEqual => a != b,
            Compare::Less => a < b,
            Compare::LessEqual => a <= b,
            Compare::Greater => a > b,
            Compare::GreaterEqual => a >= b,
            Compare::Below => (a as u64) < b as u64,
            Compare::BelowEqual => a as u64 <= b as u64,
            Compare::Above => a as u64 > b as u64,
            Compare::AboveEqual => a as u64 >= b as u64,
        }
    }
}

/// One instruction. Those that touch memory or call the kernel are tried again when the kernel could not
/// serve them yet, so each of them changes registers only when it is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[rustfmt::skip]
pub enum Instruction {
    /// A statement begins: entry of the function's `statements`. A step ends before the next one.
    Statement(u32),
    /// `dst = value`
    Constant { dst: Reg, value: i64 },
    /// `dst = src`
    Move { dst: Reg, src: Reg },
    /// `dst = (ty)src`
    Wrap { ty: IntType, dst: Reg, src: Reg },
    /// `dst = -src`
    Negate { ty: IntType, dst: Reg, src: Reg },
    /// `dst = ~src`
    Complement { ty: IntType, dst: Reg, src: Reg },
    /// `dst = a op b`, not a comparison
    Binary { op: BinaryOp, ty: IntType, dst: Reg, a: Reg, b: Reg },
    /// `dst = a op immediate`, not a comparison
    BinaryImmediate { op: BinaryOp, ty: IntType, dst: Reg, a: Reg, immediate: i32 },
    /// `dst = a op b` as 0 or 1
    SetCompare { op: Compare, dst: Reg, a: Reg, b: Reg },
    /// `dst = base + index * stride`, an address
    Index { dst: Reg, base: Reg, index: Reg, stride: i32 },
    /// `dst = base + offset`, an address
    Offset { dst: Reg, base: Reg, offset: i32 },
    /// `dst` = an address in the frame of the process's bottom function
    OuterAddress { dst: Reg, offset: i32 },

    /// `dst = *(ty *)(base + offset)`
    Load { ty: IntType, dst: Reg, base: Reg, offset: i32 },
    /// `dst = *(ty *)(base + index * stride)`
    LoadIndexed { ty: IntType, dst: Reg, base: Reg, index: Reg, stride: i32 },
    /// `*(ty *)(base + offset) = src`
    Store { ty: IntType, src: Reg, base: Reg, offset: i32 },
    /// `*(ty *)(base + index * stride) = src`
    StoreIndexed { ty: IntType, src: Reg, base: Reg, index: Reg, stride: i32 },
    /// memmove(to, from, length)
    Copy { to: Reg, from: Reg, length: u32 },
    /// memset(to, 0, length)
    Zero { to: Reg, length: u32 },
    /// Stores entry `data` of the function's `data` at `to`.
    StoreData { to: Reg, data: u32 },

    /// Goes on at `target`.
    Jump { target: Target },
    /// Goes on at `target` when `src` is 0.
    BranchZero { src: Reg, target: Target },
    /// Goes on at `target` when `src` is not 0.
    BranchNotZero { src: Reg, target: Target },
    /// Goes on at `target` when `a op b`.
    BranchCompare { op: Compare, a: Reg, b: Reg, target: Target },
    /// Goes on at `target` when `a op immediate`.
    BranchImmediate { op: Compare, a: Reg, immediate: i32, target: Target },
    /// Goes on where entry `table` of the function's `switches` says.
    Switch { src: Reg, table: u32 },

    /// Calls a function of the program, whose registers begin at `window`: its frame pointer, then the
    /// arguments. The result goes to `dst`.
    Call { function: u32, window: Reg, dst: Reg },
    /// Calls a library function or system call with `count` arguments from `args` on.
    Library { function: LibraryFunction, count: u8, args: Reg, dst: Reg },
    /// Returns `src`.
    Return { src: Reg },
    /// `dst = errno`
    LoadErrno { dst: Reg },
    /// `errno = src`
    StoreErrno { src: Reg },
    /// `dst` = the stack pointer
    SaveStack { dst: Reg },
    /// The stack pointer is as it was saved in `src`.
    RestoreStack { src: Reg },
    /// The stack pointer is as it was when the function began.
    ResetStack,
    /// Reserves `bytes` bytes of stack; `dst` gets their address, a multiple of 16.
    Allocate { dst: Reg, bytes: Reg },
    /// Warns when the register `flag` says that the local was never given a value.
    CheckDefined { flag: Reg, local: LocalId },
    /// Warns when the index is not below the array's length.
    CheckIndex { index: Reg, length: u32 },
    /// Warns that the function ends without a value.
    NoValue,
    /// Keeps a value for the console to show.
    Result { src: Reg },
}

/// Where a switch goes.
#[derive(Clone, Debug)]
pub struct SwitchTable {
    /// Case values, ascending, with their targets.
    pub cases: Vec<(i64, Target)>,
    /// Where all other values go.
    pub default: Target,
}

/// Where a local variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In a register.
    Register(Reg),
    /// At this offset from the frame pointer, negative.
    Frame(i32),
    /// A variable-length array: at the address in this register.
    Variable(Reg),
}

/// A function's code.
#[derive(Debug)]
pub struct FunctionCode {
    /// What it was lowered from: names, locals and their scopes, source.
    pub function: Rc<Function>,
    /// The instructions; the last one does not fall through.
    pub instructions: Vec<Instruction>,
    /// The statements' places in the source.
    pub statements: Vec<Span>,
    /// The jump tables of its switches.
    pub switches: Vec<SwitchTable>,
    /// Bytes that it stores.
    pub data: Vec<Rc<[u8]>>,
    /// Where its locals live, by [`LocalId`].
    pub homes: Vec<Home>,
    /// The registers that say whether locals have a value by now, by [`LocalId`].
    pub flags: Vec<Option<Reg>>,
    /// How many registers it uses.
    pub registers: u32,
    /// Bytes of simulated stack below its frame pointer, a multiple of 16.
    pub frame_size: u32,
}

/// A program ready to run.
#[derive(Clone, Debug)]
pub struct Code {
    /// The types that its variables have.
    pub types: Rc<Types>,
    /// By [`crate::typed::FunctionId`].
    pub functions: Vec<Rc<FunctionCode>>,
    /// Where a new process begins, or the console's newest input.
    pub entry: Rc<FunctionCode>,
    /// What is mapped when it starts.
    pub image: Rc<Image>,
}

impl Code {
    /// The address of a function; of one that is not the program's own (the console's), that of the first.
    pub fn address_of(&self, function: &Rc<FunctionCode>) -> u64 {
        let mut functions = self.functions.iter();
        let id = functions.position(|known| Rc::ptr_eq(known, function));
        self.image.function(id.unwrap_or(0) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_takes_sixteen_bytes() {
        assert_eq!(size_of::<Instruction>(), 16);
    }
}
