//! The instruction loop.
//!
//! [`Process::run`] runs until something makes it pause. The inner loop ([`Running::go`]) handles what touches only
//! registers and memory; calls, returns and the library are performed outside of it ([`super::perform`]).

use abi::{Pid, SignalCode, SignalInfo};
use kernel::Command;

use crate::code::{Code, FunctionCode, Instruction, Reg};
use crate::typed::BinaryOp;
use crate::types::IntType;

use super::arithmetic::{Computed, Doubt, binary};
use super::bus::{Bus, Pace, Stop};
use super::{Freed, Process, Waiting};

/// Why a process does not run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The next statement is about to begin.
    Statement,
    /// A command was applied within a statement.
    Command,
    /// It waits.
    Waiting(Waiting),
    /// What was typed where the program stands has been done.
    InputDone,
    /// It gave way to the others.
    Yielded,
    /// It forked and goes on; the child's copy is to be made, with 0 in the register of this index.
    Forked {
        child: Pid,
        result: u32,
        is_vfork: bool,
    },
    /// It is no more.
    Ended,
    /// As many statements as allowed have begun.
    Budget,
    /// The lab cannot go on.
    Failed(&'static str),
}

/// Why the inner loop was left.
pub(super) enum Exit {
    /// This instruction needs the whole process; it is the one before `pc`.
    Perform(Instruction),
    /// The instruction at `pc` could not be completed.
    Stop(Stop),
    /// The next statement is about to begin.
    Statement,
    Budget,
    /// The division at `pc` trapped.
    Trap,
}

/// The running function, taken apart for the inner loop.
struct Running<'p> {
    code: &'p FunctionCode,
    registers: &'p mut [i64],
    freed: &'p Freed,
    statement: Option<u32>,
    /// Whether a statement may begin before the loop has to stop for it.
    may_begin: bool,
}

impl Process {
    /// Runs until the process pauses. With [`Pace::Statement`], that is before the next statement but one
    /// that begins at once.
    pub(crate) fn run(&mut self, code: &Code, bus: &mut Bus<'_>) -> Pause {
        let mut may_begin = self.is_before_statement();
        loop {
            let exit = self.run_function(bus, &mut may_begin);
            let paused = match exit {
                Exit::Perform(instruction) => self.perform(instruction, code, bus),
                Exit::Stop(stop) => self.stopped(stop, code, bus),
                Exit::Statement => Some(Pause::Statement),
                Exit::Budget => Some(Pause::Budget),
                Exit::Trap => self.trap(code, bus),
            };
            if let Some(pause) = paused {
                return pause;
            }
        }
    }

    /// Whether no statement has begun that the process is in the middle of.
    pub(crate) fn is_before_statement(&self) -> bool {
        self.frame().is_none_or(|frame| {
            let next = frame.code.instructions.get(frame.pc as usize);
            frame.statement.is_none() || matches!(next, Some(Instruction::Statement(_)))
        })
    }

    /// Runs the top frame's function as far as the inner loop goes.
    fn run_function(&mut self, bus: &mut Bus<'_>, may_begin: &mut bool) -> Exit {
        let Some(frame) = self.frames.last_mut() else {
            return Exit::Stop(Stop::Exited);
        };
        let code = frame.code.clone();
        let start = (frame.base as usize).min(self.registers.len());
        let end = start
            .saturating_add(code.registers as usize)
            .min(self.registers.len());
        let mut running = Running {
            code: &code,
            registers: self.registers.get_mut(start..end).unwrap_or_default(),
            freed: &self.library.freed,
            statement: frame.statement,
            may_begin: *may_begin,
        };
        let (exit, pc) = running.go(frame.pc, bus);
        frame.pc = pc;
        frame.statement = running.statement;
        *may_begin = running.may_begin;
        exit
    }

    /// An instruction could not be completed: what now.
    pub(super) fn stopped(&mut self, stop: Stop, code: &Code, bus: &mut Bus<'_>) -> Option<Pause> {
        Some(match stop {
            Stop::Command => Pause::Command,
            Stop::Blocked => Pause::Waiting(Waiting::Kernel),
            Stop::Semaphore(address) => Pause::Waiting(Waiting::Semaphore(address)),
            Stop::Exited => Pause::Ended,
            Stop::OutOfMemory => return self.kill(abi::Signal::Kill, bus),
            Stop::Failed(message) => Pause::Failed(message),
            Stop::Signal => return self.take_signals(code, bus),
        })
    }

    /// A division by zero. Linux gives the instruction's address; of a function's instructions the lab has the first.
    fn trap(&mut self, code: &Code, bus: &mut Bus<'_>) -> Option<Pause> {
        let running = self.frame().map(|frame| &frame.code);
        let address = running.map_or(0, |running| code.address_of(running));
        let address = abi::VirtAddr(address);
        let fpe = SignalInfo::fault(abi::Signal::Fpe, SignalCode::FpeIntDiv, address);
        let pid = self.pid;
        let stop = match bus.execute(Command::Trap { pid, info: fpe }) {
            Ok(_) => Stop::Signal,
            Err(stop) => stop,
        };
        self.stopped(stop, code, bus)
    }
}

impl Running<'_> {
    #[inline]
    fn get(&self, register: Reg) -> i64 {
        self.registers
            .get(usize::from(register.0))
            .copied()
            .unwrap_or(0)
    }

    #[inline]
    fn set(&mut self, register: Reg, value: i64) {
        if let Some(slot) = self.registers.get_mut(usize::from(register.0)) {
            *slot = value;
        }
    }

    #[inline]
    fn indexed(&self, base: Reg, index: Reg, stride: i32) -> u64 {
        let distance = self.get(index).wrapping_mul(i64::from(stride));
        self.get(base).wrapping_add(distance) as u64
    }

    #[inline]
    fn based(&self, base: Reg, offset: i32) -> u64 {
        self.get(base).wrapping_add(i64::from(offset)) as u64
    }

    /// Runs from `pc` until the inner loop must be left; gives where.
    fn go(&mut self, mut pc: u32, bus: &mut Bus<'_>) -> (Exit, u32) {
        loop {
            let Some(&instruction) = self.code.instructions.get(pc as usize) else {
                return (Exit::Stop(Stop::Failed("the code has no end")), pc);
            };
            let at = pc;
            pc = pc.wrapping_add(1);
            let done = match instruction {
                Instruction::Statement(index) => self.begin(index, bus),
                Instruction::Load {
                    ty,
                    dst,
                    base,
                    offset,
                } => self.load(dst, self.based(base, offset), ty, bus),
                Instruction::LoadIndexed {
                    ty,
                    dst,
                    base,
                    index,
                    stride,
                } => self.load(dst, self.indexed(base, index, stride), ty, bus),
                Instruction::Store {
                    ty,
                    src,
                    base,
                    offset,
                } => self.store(self.based(base, offset), ty, src, bus),
                Instruction::StoreIndexed {
                    ty,
                    src,
                    base,
                    index,
                    stride,
                } => self.store(self.indexed(base, index, stride), ty, src, bus),
                Instruction::Binary { op, ty, dst, a, b } => {
                    self.binary(op, ty, dst, (self.get(a), self.get(b)), bus)
                }
                Instruction::BinaryImmediate {
                    op,
                    ty,
                    dst,
                    a,
                    immediate,
                } => self.binary(op, ty, dst, (self.get(a), i64::from(immediate)), bus),
                Instruction::BranchCompare { op, a, b, target } => {
                    pc = if op.holds(self.get(a), self.get(b)) {
                        target
                    } else {
                        pc
                    };
                    continue;
                }
                Instruction::BranchImmediate {
                    op,
                    a,
                    immediate,
                    target,
                } => {
                    pc = if op.holds(self.get(a), i64::from(immediate)) {
                        target
                    } else {
                        pc
                    };
                    continue;
                }
                Instruction::BranchZero { src, target } => {
                    pc = if self.get(src) == 0 { target } else { pc };
                    continue;
                }
                Instruction::BranchNotZero { src, target } => {
                    pc = if self.get(src) != 0 { target } else { pc };
                    continue;
                }
                Instruction::Jump { target } => {
                    pc = target;
                    continue;
                }
                Instruction::Switch { src, table } => {
                    pc = self.switch(src, table);
                    continue;
                }
                Instruction::CheckIndex { index, length } => {
                    if self.get(index) as u64 >= u64::from(length) {
                        self.warn_index(length, bus);
                    }
                    continue;
                }
                Instruction::Negate { ty, src, .. } if self.is_smallest(ty, src) => {
                    self.warn(Doubt::SignedOverflow.message(), bus);
                    self.on_registers(instruction);
                    continue;
                }
                other if self.on_registers(other) => continue,
                other => return (Exit::Perform(other), pc),
            };
            if let Err(exit) = done {
                return (exit, at);
            }
        }
    }

    #[inline]
    fn begin(&mut self, index: u32, bus: &mut Bus<'_>) -> Result<(), Exit> {
        if bus.pace != Pace::Run {
            if !self.may_begin {
                return Err(Exit::Statement);
            }
            self.may_begin = false;
        }
        if bus.budget == 0 {
            return Err(Exit::Budget);
        }
        bus.budget -= 1;
        self.statement = Some(index);
        Ok(())
    }

    #[inline]
    fn load(&mut self, dst: Reg, address: u64, ty: IntType, bus: &mut Bus<'_>) -> Result<(), Exit> {
        let value = bus.load(address, ty).map_err(Exit::Stop)?;
        if self.freed.contains(address) {
            self.warn("it reads memory that was given back with free", bus);
        }
        self.set(dst, value);
        Ok(())
    }

    #[inline]
    fn store(
        &mut self,
        address: u64,
        ty: IntType,
        src: Reg,
        bus: &mut Bus<'_>,
    ) -> Result<(), Exit> {
        bus.store(address, ty, self.get(src)).map_err(Exit::Stop)?;
        if self.freed.contains(address) {
            self.warn("it writes memory that was given back with free", bus);
        }
        Ok(())
    }

    #[inline]
    fn binary(
        &mut self,
        op: BinaryOp,
        ty: IntType,
        dst: Reg,
        (a, b): (i64, i64),
        bus: &mut Bus<'_>,
    ) -> Result<(), Exit> {
        match binary(op, ty, a, b) {
            Computed::Value(value) => self.set(dst, value),
            Computed::Undefined(value, doubt) => {
                self.set(dst, value);
                self.warn(doubt.message(), bus);
            }
            Computed::Trap => return Err(Exit::Trap),
        }
        Ok(())
    }

    fn switch(&self, src: Reg, table: u32) -> u32 {
        let Some(table) = self.code.switches.get(table as usize) else {
            return u32::MAX;
        };
        let value = self.get(src);
        let found = table.cases.binary_search_by_key(&value, |&(case, _)| case);
        let case = found.ok().and_then(|index| table.cases.get(index));
        case.map_or(table.default, |&(_, target)| target)
    }

    /// The other instructions that touch registers only; false when it is none of them.
    fn on_registers(&mut self, instruction: Instruction) -> bool {
        match instruction {
            Instruction::Constant { dst, value } => self.set(dst, value),
            Instruction::Move { dst, src } => self.set(dst, self.get(src)),
            Instruction::Wrap { ty, dst, src } => self.set(dst, ty.wrap(self.get(src))),
            Instruction::Negate { ty, dst, src } => {
                self.set(dst, ty.wrap(self.get(src).wrapping_neg()));
            }
            Instruction::Complement { ty, dst, src } => self.set(dst, ty.wrap(!self.get(src))),
            Instruction::SetCompare { op, dst, a, b } => {
                self.set(dst, i64::from(op.holds(self.get(a), self.get(b))));
            }
            Instruction::Index {
                dst,
                base,
                index,
                stride,
            } => {
                self.set(dst, self.indexed(base, index, stride) as i64);
            }
            Instruction::Offset { dst, base, offset } => {
                self.set(dst, self.based(base, offset) as i64);
            }
            _ => return false,
        }
        true
    }

    /// Whether the value of a signed type has no negative that fits.
    #[inline]
    fn is_smallest(&self, ty: IntType, src: Reg) -> bool {
        let smallest = i64::MIN >> (64 - 8 * ty.size().clamp(1, 8));
        ty.is_signed() && ty.size() >= 4 && self.get(src) == smallest
    }

    #[cold]
    fn warn_index(&self, length: u32, bus: &mut Bus<'_>) {
        let message = format!("the index is outside of the array, which has {length} elements");
        self.warn(&message, bus);
    }

    #[cold]
    fn warn(&self, message: &str, bus: &mut Bus<'_>) {
        let index = self.statement.unwrap_or(0) as usize;
        let span = self.code.statements.get(index).copied();
        let function = &self.code.function;
        bus.warn(&function.source, span.unwrap_or(function.span), message);
    }
}

impl Doubt {
    fn message(self) -> &'static str {
        match self {
            Doubt::SignedOverflow => "the result does not fit its signed type and wraps around",
            Doubt::ShiftCount => {
                "it shifts by a count that is negative or not below the type's width"
            }
        }
    }
}
