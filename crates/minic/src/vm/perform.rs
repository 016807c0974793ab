//! Instructions that need the whole process: calls, returns, the stack, block copies, the library.

use std::rc::Rc;

use abi::{SignalSet, Syscall, VirtAddr};
use kernel::Command;
use kernel::addr::PAGE_SIZE;

use crate::code::{Code, Instruction, Reg};
use crate::headers::LibraryFunction;
use crate::library::{self, After, Call, Site};
use crate::types::{IntType, LocalId};

use super::bus::{Bus, Pace, Stop};
use super::{CALL_OVERHEAD, Frame, Pause, Process, Waiting};

impl Process {
    /// Performs the instruction before the top frame's `pc`; where it cannot be completed, `pc` is set back.
    pub(super) fn perform(
        &mut self,
        instruction: Instruction,
        code: &Code,
        bus: &mut Bus<'_>,
    ) -> Option<Pause> {
        let base = self.frame()?.base;
        let get = |process: &Process, register| process.register(base, register);
        let result = match instruction {
            Instruction::Call {
                function,
                window,
                dst,
            } => self.call_function(
                function,
                base + u32::from(window.0),
                base + u32::from(dst.0),
                code,
                bus,
            ),
            Instruction::Library {
                function,
                count,
                args,
                dst,
            } => {
                return self.call_library(
                    function,
                    count,
                    args,
                    base + u32::from(dst.0),
                    code,
                    bus,
                );
            }
            Instruction::Return { src } => return self.give_back(get(self, src), code, bus),
            Instruction::Copy { to, from, length } => {
                let (to, from) = (get(self, to) as u64, get(self, from) as u64);
                self.apply(bus, |pid| Command::CopyBytes {
                    pid,
                    to: VirtAddr(to),
                    from: VirtAddr(from),
                    length: u64::from(length),
                })
            }
            Instruction::Zero { to, length } => {
                let to = VirtAddr(get(self, to) as u64);
                let length = u64::from(length);
                self.apply(bus, |pid| Command::FillBytes {
                    pid,
                    to,
                    byte: 0,
                    length,
                })
            }
            Instruction::StoreData { to, data } => {
                let address = VirtAddr(get(self, to) as u64);
                let bytes = self
                    .frame()?
                    .code
                    .data
                    .get(data as usize)
                    .cloned()
                    .unwrap_or_default();
                self.apply(bus, |pid| Command::StoreBytes {
                    pid,
                    address,
                    bytes,
                })
            }
            other => {
                self.on_process(other, base, bus);
                Ok(())
            }
        };
        match result {
            Ok(()) => None,
            Err(stop) => {
                self.retry();
                self.stopped(stop, code, bus)
            }
        }
    }

    /// The instruction just fetched is to be tried again.
    fn retry(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.pc = frame.pc.saturating_sub(1);
        }
    }

    fn apply(
        &mut self,
        bus: &mut Bus<'_>,
        command: impl FnOnce(abi::Pid) -> Command,
    ) -> Result<(), Stop> {
        bus.execute(command(self.pid)).map(|_| ())
    }

    /// What only changes the process itself.
    fn on_process(&mut self, instruction: Instruction, base: u32, bus: &mut Bus<'_>) {
        match instruction {
            Instruction::LoadErrno { dst } => {
                self.set_register(base, dst, i64::from(self.library.errno))
            }
            Instruction::StoreErrno { src } => self.library.errno = self.register(base, src) as i32,
            Instruction::SaveStack { dst } => {
                let pointer = self.frame().map_or(0, |frame| frame.stack_pointer);
                self.set_register(base, dst, pointer as i64);
            }
            Instruction::RestoreStack { src } => {
                let pointer = self.register(base, src) as u64;
                self.set_stack_pointer(pointer);
            }
            Instruction::ResetStack => {
                let Some(frame) = self.frame() else { return };
                let size = u64::from(frame.code.frame_size);
                let pointer = self.frame_pointer(frame).wrapping_sub(size);
                self.set_stack_pointer(pointer);
            }
            Instruction::Allocate { dst, bytes } => {
                let bytes = self.register(base, bytes) as u64;
                let pointer = self.frame().map_or(0, |frame| frame.stack_pointer);
                let pointer = pointer.wrapping_sub(bytes) & !15;
                self.set_stack_pointer(pointer);
                self.set_register(base, dst, pointer as i64);
            }
            Instruction::OuterAddress { dst, offset } => {
                let bottom = self
                    .frames
                    .first()
                    .map_or(0, |frame| self.frame_pointer(frame));
                let address = bottom.wrapping_add_signed(i64::from(offset));
                self.set_register(base, dst, address as i64);
            }
            Instruction::CheckDefined { flag, local } if self.register(base, flag) == 0 => {
                self.warn_undefined(local, bus);
            }
            Instruction::NoValue => self.warn_no_value(bus),
            Instruction::Result { src } => self.result = Some(self.register(base, src)),
            _ => {}
        }
    }

    fn set_stack_pointer(&mut self, pointer: u64) {
        if let Some(frame) = self.frames.last_mut() {
            frame.set_stack_pointer(pointer);
        }
    }

    fn warn_no_value(&self, bus: &mut Bus<'_>) {
        let Some(frame) = self.frame() else { return };
        let function = &frame.code.function;
        let message = format!(
            "`{}` ends without a `return`: who uses its value gets anything",
            function.name
        );
        bus.warn(&function.source, Process::statement_span(frame), &message);
    }

    fn warn_undefined(&self, local: LocalId, bus: &mut Bus<'_>) {
        let Some(frame) = self.frame() else { return };
        let function = &frame.code.function;
        let name = function
            .locals
            .get(local.index())
            .and_then(|l| l.name.as_deref());
        let message = format!(
            "it reads `{}`, which was not given a value",
            name.unwrap_or("a variable")
        );
        bus.warn(&function.source, Process::statement_span(frame), &message);
    }

    fn call_function(
        &mut self,
        function: u32,
        window: u32,
        result: u32,
        code: &Code,
        bus: &mut Bus<'_>,
    ) -> Result<(), Stop> {
        let Some(callee) = code.functions.get(function as usize) else {
            return Err(Stop::Failed("a function without a body was called"));
        };
        let stack_pointer = self.frame().map_or(0, |frame| frame.stack_pointer);
        self.touch_stack(stack_pointer, u64::from(callee.frame_size), bus)?;
        self.push_frame(callee.clone(), window, stack_pointer, result, None);
        Ok(())
    }

    /// A call stores its return address; it is worth a store only where the stack leaves a page.
    fn touch_stack(&self, from: u64, size: u64, bus: &mut Bus<'_>) -> Result<(), Stop> {
        let end = from.wrapping_sub(size).wrapping_sub(CALL_OVERHEAD);
        if from / PAGE_SIZE != end / PAGE_SIZE {
            bus.store((from & !15).wrapping_sub(8), IntType::Long, 0)?;
        }
        Ok(())
    }

    /// Returns from the top frame.
    fn give_back(&mut self, value: i64, code: &Code, bus: &mut Bus<'_>) -> Option<Pause> {
        if let Some(mask) = self.frame()?.handler {
            return self.return_from_handler(mask, code, bus);
        }
        if self.frames.len() > 1 {
            let frame = self.frames.pop()?;
            if frame.is_input {
                return Some(Pause::InputDone);
            }
            self.set_result(frame.result, value);
            return None;
        }
        if self.is_console {
            return Some(Pause::Waiting(Waiting::Input));
        }
        // `main` returns: exit(3).
        let exit = self.with_call(code, bus, |call| library::exit(call, value as i32));
        match exit {
            Ok(_) => Some(Pause::Ended),
            Err(stop) => {
                self.retry();
                self.stopped(stop, code, bus)
            }
        }
    }

    fn return_from_handler(
        &mut self,
        mask: SignalSet,
        code: &Code,
        bus: &mut Bus<'_>,
    ) -> Option<Pause> {
        if let Err(stop) = bus.call(Syscall::Sigreturn {}) {
            self.retry();
            return self.stopped(stop, code, bus);
        }
        self.frames.pop();
        self.library.mask = mask;
        if let Some(pause) = self.take_signals(code, bus) {
            return Some(pause);
        }
        // What was interrupted goes on in a step of its own.
        (bus.pace != Pace::Run).then_some(Pause::Statement)
    }

    fn call_library(
        &mut self,
        function: LibraryFunction,
        count: u8,
        args: Reg,
        result: u32,
        code: &Code,
        bus: &mut Bus<'_>,
    ) -> Option<Pause> {
        let base = self.frame()?.base;
        let first = (base as usize).saturating_add(usize::from(args.0));
        let range = first..first.saturating_add(usize::from(count));
        let args: Rc<[i64]> = self.registers.get(range).unwrap_or_default().into();
        let done = self.with_call(code, bus, |call| {
            library::call(call, function, &args).map(|value| (value, call.after.take()))
        });
        let (value, after) = match done {
            Ok(done) => done,
            Err(stop) => {
                self.retry();
                return self.stopped(stop, code, bus);
            }
        };
        self.set_result(result, value);
        bus.charge_call();
        if let Some(frame) = self.frames.last_mut() {
            frame.log.clear();
        }
        match after {
            // A call can signal its own process: SIGPIPE, SIGXFSZ.
            None if bus.kernel.has_signal(self.pid) => self.take_signals(code, bus),
            None => None,
            Some(After::Signals) => self.take_signals(code, bus),
            Some(After::GaveWay) => Some(Pause::Yielded),
            Some(After::Forked { child, is_vfork }) => Some(Pause::Forked {
                child,
                result,
                is_vfork,
            }),
            Some(After::Jump(jump)) => self.jump(jump, code, bus),
        }
    }

    /// Runs a library function with access to what it needs of the process.
    fn with_call<T>(
        &mut self,
        code: &Code,
        bus: &mut Bus<'_>,
        function: impl FnOnce(&mut Call<'_, '_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let depth = self.frames.len();
        let Some(frame) = self.frames.last_mut() else {
            return Err(Stop::Exited);
        };
        let mut log = std::mem::take(&mut frame.log);
        let mut call = Call::new(
            code,
            bus,
            &mut self.library,
            &mut log,
            Site::of(frame, depth),
        );
        let result = function(&mut call);
        if matches!(result, Err(Stop::Semaphore(_))) {
            log.clear();
        }
        frame.log = log;
        result
    }

    /// longjmp(3): goes on after the call of setjmp(3), which returns once more.
    fn jump(&mut self, jump: library::Jump, code: &Code, bus: &mut Bus<'_>) -> Option<Pause> {
        let depth = jump.depth as usize;
        let target = depth
            .checked_sub(1)
            .and_then(|index| self.frames.get(index));
        if target.is_none_or(|frame: &Frame| frame.serial != jump.serial) {
            let message = "longjmp to a function that has returned";
            return Some(Pause::Failed(message));
        }
        self.frames.truncate(depth);
        if let Some(frame) = self.frames.last_mut() {
            frame.pc = jump.pc;
            frame.set_stack_pointer(jump.stack_pointer);
            frame.log.clear();
            let result = match frame
                .code
                .instructions
                .get((jump.pc as usize).wrapping_sub(1))
            {
                Some(Instruction::Library { dst, .. }) => frame.base + u32::from(dst.0),
                _ => {
                    return Some(Pause::Failed("longjmp to a place that setjmp did not save"));
                }
            };
            self.set_result(result, jump.value);
        }
        match jump.mask {
            Some(mask) => {
                self.library.mask = mask;
                self.take_signals(code, bus)
            }
            None => None,
        }
    }
}
