//! One process of the interpreter: its frames and registers, as plain data that can pause anywhere.
//!
//! There is no recursion in the host: a call pushes a [`Frame`], so a [`Process`] is cloned at fork and for time
//! travel like any other value. Memory is the kernel's; the frames know only addresses.
//! Neighbours: [`execute`] runs the instructions, [`signal`] the handlers, [`crate::library`] the C library,
//! [`bus`] leads to the kernel; [`crate::machine`] chooses who runs.

mod arithmetic;
pub(crate) mod bus;
mod execute;
mod perform;
mod signal;

use std::collections::BTreeMap;
use std::rc::Rc;

use abi::{Pid, Signal, SignalAction, SignalSet};
use kernel::Outcome;
use kernel::sorted_map::SortedMap;

use crate::check::FrameNames;
use crate::code::{FunctionCode, Home, Instruction, Reg};
use crate::library::HandlerStack;
use crate::source::Span;

pub(crate) use execute::Pause;

/// A called function that has not returned.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) code: Rc<FunctionCode>,
    /// The instruction that comes next, or that is tried again.
    pub(crate) pc: u32,
    /// Where its registers begin.
    pub(crate) base: u32,
    /// The lowest address of the stack in use; below it are the functions that it calls.
    pub(crate) stack_pointer: u64,
    /// Where the caller wants the result: an index into the process's registers.
    pub(crate) result: u32,
    /// The statement that runs: an index into the function's statements; none before the first.
    pub(crate) statement: Option<u32>,
    /// Tells this frame from others that were at its depth before (longjmp(3) into a function that has returned).
    pub(crate) serial: u64,
    /// For a signal handler: the mask to return to.
    pub(crate) handler: Option<SignalSet>,
    /// What the kernel answered to the commands of the library call that is not complete yet: when it is tried
    /// again it gets the same answers and goes on from there.
    pub(crate) log: Vec<Outcome>,
    /// Whether it is an input typed where the program stands, in the frame below it.
    pub(crate) is_input: bool,
    /// What inputs have declared in it.
    pub(crate) console: Option<Rc<FrameConsole>>,
}

/// What the inputs typed in a frame have left there.
#[derive(Clone, Debug)]
pub(crate) struct FrameConsole {
    pub(crate) names: FrameNames,
    /// Where their variables live, behind the function's own locals.
    pub(crate) homes: Rc<[Home]>,
    /// The lowest address of what they have on the stack.
    lowest: u64,
}

impl Frame {
    /// Moves the stack pointer, never above what inputs have on the stack.
    pub(crate) fn set_stack_pointer(&mut self, pointer: u64) {
        let lowest = self.console.as_ref().map_or(u64::MAX, |c| c.lowest);
        self.stack_pointer = pointer.min(lowest);
    }
}

/// Why a process does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A system call blocks.
    Kernel,
    /// A signal stopped it (SIGSTOP).
    Stopped,
    /// For a semaphore (sem_wait(3)) at this address.
    Semaphore(u64),
    /// For the end of the child that vfork(2) lent the memory to.
    Vfork(Pid),
    /// For the next input of the console.
    Input,
}

/// A process: what of it is not in the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) parent: Option<Pid>,
    /// The bottom one first.
    pub(crate) frames: Vec<Frame>,
    /// The registers of all frames; a callee's begin within its caller's, at the arguments.
    pub(crate) registers: Vec<i64>,
    /// What the C library keeps outside of memory.
    pub(crate) library: LibraryState,
    pub(crate) waiting: Option<Waiting>,
    /// When it last gave way to others; 0 when it has had its turn since.
    pub(crate) gave_way: u64,
    /// The value that the console is to show.
    pub(crate) result: Option<i64>,
    /// Whether the bottom function is the console's: the process stays when it returns.
    pub(crate) is_console: bool,
    next_serial: u64,
}

/// What the C library keeps of a process outside of its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct LibraryState {
    pub(crate) errno: i32,
    /// Blocked signals, as the kernel has them too.
    pub(crate) mask: SignalSet,
    /// What the process does on signals, as the kernel has it too.
    pub(crate) actions: SortedMap<Signal, SignalAction>,
    /// Where handlers that were set with SA_ONSTACK run.
    pub(crate) handler_stack: HandlerStack,
    /// Heap blocks that were freed and not given out since.
    pub(crate) freed: Rc<Freed>,
}

/// Freed heap blocks, to tell when a program reads them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Freed {
    blocks: BTreeMap<u64, u64>,
    low: u64,
    high: u64,
}

impl Freed {
    /// Whether an address lies in a freed block.
    #[inline]
    pub(crate) fn contains(&self, address: u64) -> bool {
        (self.low..self.high).contains(&address) && self.find(address)
    }

    #[cold]
    fn find(&self, address: u64) -> bool {
        let before = self.blocks.range(..=address).next_back();
        before.is_some_and(|(_, &end)| address < end)
    }

    /// The bytes of a block are free from now on.
    pub(crate) fn insert(&mut self, start: u64, length: u64) {
        let end = start.saturating_add(length);
        self.low = if self.blocks.is_empty() {
            start
        } else {
            self.low.min(start)
        };
        self.high = self.high.max(end);
        self.blocks.insert(start, end);
    }

    /// The bytes of a block are given out.
    pub(crate) fn remove(&mut self, start: u64, length: u64) {
        let end = start.saturating_add(length);
        let overlapping: Vec<(u64, u64)> = self
            .blocks
            .range(..end)
            .rev()
            .take_while(|&(_, &block_end)| block_end > start)
            .map(|(&a, &b)| (a, b))
            .collect();
        for (a, b) in overlapping {
            self.blocks.remove(&a);
            if a < start {
                self.blocks.insert(a, start);
            }
            if b > end {
                self.blocks.insert(end, b);
            }
        }
    }
}

/// The room that a call takes on the stack before the function's own variables: return address and saved
/// frame pointer.
const CALL_OVERHEAD: u64 = 16;

impl Process {
    /// A process about to run `main`'s first instruction; its stack is in use from `stack_pointer` on.
    pub(crate) fn new(pid: Pid, entry: &Rc<FunctionCode>, stack_pointer: u64) -> Process {
        let mut process = Process {
            pid,
            parent: None,
            frames: Vec::new(),
            registers: Vec::new(),
            library: LibraryState::default(),
            waiting: None,
            gave_way: 0,
            result: None,
            is_console: false,
            next_serial: 0,
        };
        process.push_frame(entry.clone(), 0, stack_pointer, 0, None);
        process
    }

    /// The process that fork(2) makes: the same, but for the call's result.
    pub(crate) fn fork(&self, child: Pid, result: u32) -> Process {
        let mut process = Process {
            pid: child,
            parent: Some(self.pid),
            waiting: None,
            gave_way: 0,
            ..self.clone()
        };
        process.set_result(result, 0);
        process
    }

    /// Takes over what a child of vfork(2), which has ended, left in the registers of the frames that both have, but
    /// for the call's own result; and what of the C library lies in memory on Linux.
    pub(crate) fn take_back(&mut self, child: &Process) {
        let Some(frame) = self.frame() else {
            return;
        };
        let last = frame
            .code
            .instructions
            .get(frame.pc.wrapping_sub(1) as usize);
        let Some(Instruction::Library { dst, .. }) = last else {
            return;
        };
        let (base, dst) = (frame.base, *dst);
        let result = self.register(base, dst);
        let shared = self.registers_end() as usize;
        let both = self.registers.iter_mut().zip(&child.registers);
        both.take(shared).for_each(|(own, left)| *own = *left);
        self.set_register(base, dst, result);
        self.library.errno = child.library.errno;
        self.library.freed = child.library.freed.clone();
    }

    /// The console's next input: the bottom frame gets a new body, and room for new variables.
    pub(crate) fn enter_console(&mut self, entry: &Rc<FunctionCode>) {
        self.frames.truncate(1);
        let needed = entry.registers as usize;
        if self.registers.len() < needed {
            self.registers.resize(needed, 0);
        }
        let frame_pointer = self.register(0, Reg::FRAME) as u64;
        if let Some(frame) = self.frames.first_mut() {
            frame.code = entry.clone();
            frame.pc = 0;
            frame.statement = None;
            frame.stack_pointer = frame_pointer.wrapping_sub(u64::from(entry.frame_size));
            frame.log.clear();
        }
    }

    /// Pushes a frame below `stack_pointer`, with its registers from `base` on.
    pub(crate) fn push_frame(
        &mut self,
        code: Rc<FunctionCode>,
        base: u32,
        stack_pointer: u64,
        result: u32,
        handler: Option<SignalSet>,
    ) {
        let frame_pointer = (stack_pointer & !15).wrapping_sub(CALL_OVERHEAD);
        let end = (base as usize).saturating_add(code.registers as usize);
        if self.registers.len() < end {
            self.registers.resize(end, 0);
        }
        self.set_register(base, Reg::FRAME, frame_pointer as i64);
        self.next_serial += 1;
        self.frames.push(Frame {
            stack_pointer: frame_pointer.wrapping_sub(u64::from(code.frame_size)),
            code,
            pc: 0,
            base,
            result,
            statement: None,
            serial: self.next_serial,
            handler,
            log: Vec::new(),
            is_input: false,
            console: None,
        });
    }

    /// Whether it stands before a statement, so that an input can come between.
    pub(crate) fn can_take_input(&self) -> bool {
        let next = self
            .frame()
            .and_then(|frame| frame.code.instructions.get(frame.pc as usize));
        self.waiting.is_none()
            && !self.runs_input()
            && matches!(next, Some(Instruction::Statement(_)))
    }

    /// Whether it runs an input that was typed where the program stands.
    pub(crate) fn runs_input(&self) -> bool {
        self.frames.iter().any(|frame| frame.is_input)
    }

    /// Has an input run next, in the frame of the function that runs.
    pub(crate) fn enter_input(
        &mut self,
        entry: &Rc<FunctionCode>,
        names: FrameNames,
        homes: Rc<[Home]>,
    ) {
        self.next_serial += 1;
        let Some(frame_pointer) = self.frame().map(|frame| self.frame_pointer(frame)) else {
            return;
        };
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let lowest = frame_pointer.wrapping_sub(u64::from(entry.frame_size));
        frame.console = Some(Rc::new(FrameConsole {
            names,
            homes,
            lowest,
        }));
        frame.set_stack_pointer(lowest);
        let input = Frame {
            code: entry.clone(),
            pc: 0,
            base: frame.base,
            stack_pointer: lowest,
            result: frame.base,
            statement: None,
            serial: self.next_serial,
            handler: None,
            log: Vec::new(),
            is_input: true,
            console: None,
        };
        let end = (frame.base as usize).saturating_add(entry.registers as usize);
        if self.registers.len() < end {
            self.registers.resize(end, 0);
        }
        self.frames.push(input);
    }

    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.frames.last()
    }

    /// The frame pointer of a frame.
    pub(crate) fn frame_pointer(&self, frame: &Frame) -> u64 {
        self.register(frame.base, Reg::FRAME) as u64
    }

    /// A register of the frame whose registers begin at `base`.
    pub(crate) fn register(&self, base: u32, register: Reg) -> i64 {
        let index = base as usize + usize::from(register.0);
        self.registers.get(index).copied().unwrap_or(0)
    }

    pub(crate) fn set_register(&mut self, base: u32, register: Reg, value: i64) {
        self.set_result(base.saturating_add(u32::from(register.0)), value);
    }

    /// Sets a register by its index in the process.
    pub(crate) fn set_result(&mut self, index: u32, value: i64) {
        if let Some(slot) = self.registers.get_mut(index as usize) {
            *slot = value;
        }
    }

    /// The first index past the registers of the top frame.
    fn registers_end(&self) -> u32 {
        self.frame()
            .map_or(0, |frame| frame.base.saturating_add(frame.code.registers))
    }

    /// The statement that runs in a frame, or that comes first in it.
    pub(crate) fn statement_span(frame: &Frame) -> Span {
        let statements = &frame.code.statements;
        let current = frame
            .statement
            .and_then(|index| statements.get(index as usize));
        current
            .or(statements.first())
            .copied()
            .unwrap_or(frame.code.function.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_blocks_are_known_until_they_are_given_out_again() {
        let mut freed = Freed::default();
        freed.insert(100, 50);
        freed.insert(200, 50);
        assert!(freed.contains(100) && freed.contains(149) && !freed.contains(150));
        freed.remove(120, 100);
        assert!(freed.contains(119) && !freed.contains(120));
        assert!(!freed.contains(219) && freed.contains(220));
    }
}
