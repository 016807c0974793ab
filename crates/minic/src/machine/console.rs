//! The console: statements typed one after the other into a process that stays.
//!
//! The console's variables are the locals of one implicit function, whose frame is the bottom of each of its
//! processes; an input is a new body for it. After fork both processes are at the console, and an input goes to
//! the one that is chosen.

use kernel::{Command, Kernel};

use abi::{Pid, Prot, Syscall, VirtAddr};

use crate::check::{ConsoleError, ConsoleScope, FrameNames, check_console};
use crate::diagnostic::Diagnostic;
use crate::image::{Image, Patch};
use crate::lower::{ConsoleInput, ConsoleLowering, Promotion, Standing, lower_inside};
use crate::typed::FunctionId;
use crate::vm::bus::width_of;

use super::*;

/// What the console has learned from its inputs.
#[derive(Clone, Debug)]
pub(super) struct Console {
    scope: ConsoleScope,
    lowering: ConsoleLowering,
}

/// Why an input was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleFailure {
    /// The text is not C, or not complete.
    Check(ConsoleError),
    /// There is no room for it.
    Lower(Diagnostic),
    /// The process waits, or is in the middle of a statement or of what was typed before.
    Busy,
    /// There is no such process at a console.
    NoProcess,
}

impl Machine {
    /// Starts a process that waits for what is typed; `path` names its file.
    ///
    /// # Errors
    /// A sentence, when the kernel has no room for it.
    pub fn start_console(
        kernel: &mut Kernel,
        path: &str,
        predefined: &[(&str, &str)],
    ) -> Result<Machine, String> {
        let (lowering, executable) = ConsoleLowering::new(path);
        let (pid, stack) = spawn(kernel, Rc::new(executable), vec![path.into()])?;
        let code = lowering.no_code();
        // The page where literals will lie is the process's own from the start: an input's faults are then those of
        // its statements.
        let (address, _) = code.image.read_only_pages();
        let mut bytes = [0];
        kernel.look_at(pid, address, &mut bytes);
        let same = Patch {
            address,
            bytes: bytes.into(),
            read_only: true,
        };
        load(kernel, pid, &code.image, &[same], &mut Vec::new());
        kernel.clear_events();
        let mut process = Process::new(pid, &code.entry, stack);
        process.is_console = true;
        process.waiting = Some(Waiting::Input);
        let console = Console {
            scope: ConsoleScope::new(predefined),
            lowering,
        };
        let mut machine = Machine::with(Rc::new(code), process, None);
        machine.console = Some(Rc::new(console));
        Ok(machine)
    }

    /// Takes a console input for a process; the next steps run it. A process of a program takes one where it stands
    /// before a statement, in the frame of the function that runs.
    ///
    /// # Errors
    /// When it is not accepted; nothing is changed then.
    pub fn say(&mut self, kernel: &mut Kernel, pid: Pid, text: &str) -> Result<(), ConsoleFailure> {
        let Some(console) = self.console.as_mut() else {
            return self.say_inside(pid, text);
        };
        match self.processes.get(&pid) {
            None => return Err(ConsoleFailure::NoProcess),
            Some(process) if process.waiting != Some(Waiting::Input) => {
                return Err(ConsoleFailure::Busy);
            }
            Some(_) => {}
        }
        let mut scope = console.scope.clone();
        let unit = check_console(&mut scope, text).map_err(ConsoleFailure::Check)?;
        let console = Rc::make_mut(console);
        let input = console
            .lowering
            .lower(&unit)
            .map_err(ConsoleFailure::Lower)?;
        console.scope = scope;
        self.expect_value(pid, unit.result);
        self.enter(kernel, pid, input);
        Ok(())
    }

    /// Takes an input where the program stands.
    fn say_inside(&mut self, pid: Pid, text: &str) -> Result<(), ConsoleFailure> {
        let process = self.processes.get(&pid).ok_or(ConsoleFailure::NoProcess)?;
        let program = self.program.as_ref().ok_or(ConsoleFailure::NoProcess)?;
        let frame = process.frame().ok_or(ConsoleFailure::NoProcess)?;
        if !process.can_take_input() {
            return Err(ConsoleFailure::Busy);
        }
        let functions = self.code.functions.iter().zip(0u32..);
        let running = functions.filter(|(code, _)| Rc::ptr_eq(code, &frame.code));
        let Some(running) = running.map(|(_, id)| FunctionId(id)).next() else {
            return Err(ConsoleFailure::Busy);
        };
        let console = frame.console.as_deref();
        let names = console.map(|c| c.names.clone()).unwrap_or_default();
        let at = look::place(frame).span.start;
        let mut scope = ConsoleScope::inside(program, running, at, &names);
        let unit = check_console(&mut scope, text).map_err(ConsoleFailure::Check)?;
        let standing = Standing {
            running: &frame.code,
            known: console.map_or(&[], |c| &*c.homes),
            frame_pointer: process.frame_pointer(frame),
            stack_pointer: frame.stack_pointer,
        };
        let input = lower_inside(&self.code, &unit, standing).map_err(ConsoleFailure::Lower)?;
        self.code = Rc::new(input.code);
        self.current = Some(pid);
        self.expect_value(pid, unit.result);
        let names = FrameNames::of(&unit.program);
        self.program = Some(Rc::new(unit.program));
        self.change(pid, |process| {
            process.enter_input(&input.entry, names, input.homes);
        });
        Ok(())
    }

    /// Whether a process runs what was typed.
    pub fn runs_input(&self, pid: Pid) -> bool {
        let process = self.processes.get(&pid);
        process.is_some_and(|process| match self.console {
            Some(_) => process.waiting != Some(Waiting::Input),
            None => process.runs_input(),
        })
    }

    /// Remembers the type of the value that a process's input leaves.
    fn expect_value(&mut self, pid: Pid, result: Option<Type>) {
        let results = Rc::make_mut(&mut self.results);
        match result {
            Some(ty) => results.insert(pid, ty),
            None => results.remove(&pid),
        };
    }

    /// The value that a process's input left, as C writes it.
    pub(super) fn take_value(&mut self, pid: Pid) -> Option<String> {
        let ty = self.results.get(&pid)?.clone();
        let mut value = None;
        self.change(pid, |process| value = process.result.take());
        Some(look::value_text(&self.code.types, &ty, value?))
    }

    /// Gives every process what the input adds to its memory, and the chosen one the input to run. The next report
    /// tells of it.
    fn enter(&mut self, kernel: &mut Kernel, pid: Pid, input: ConsoleInput) {
        let entry = input.code.entry.clone();
        let pids: Vec<Pid> = self.processes.keys().copied().collect();
        let mut done = Vec::new();
        for &each in &pids {
            load(kernel, each, &input.code.image, &input.patches, &mut done);
            let promoted = input.promoted.iter();
            let stores = promoted.filter_map(|promotion| self.promote(each, promotion));
            stores.for_each(|store| done.push(execute(kernel, store)));
        }
        self.prepared = Rc::new(done);
        self.code = Rc::new(input.code);
        self.current = Some(pid);
        self.change(pid, |process| {
            process.enter_console(&entry);
            process.waiting = None;
        });
    }

    /// The store of a variable that was a register to where it lives from now on.
    fn promote(&self, pid: Pid, promotion: &Promotion) -> Option<Command> {
        let process = self.processes.get(&pid)?;
        let frame_pointer = process.register(0, Reg::FRAME) as u64;
        let address = frame_pointer.wrapping_add_signed(i64::from(promotion.offset));
        Some(Command::Store {
            pid,
            address: VirtAddr(address),
            width: width_of(promotion.ty),
            value: process.register(0, promotion.register) as u64,
        })
    }
}

/// Stores new literals and variables, and tells of it in `done`. The read-only pages are opened for as long as that
/// takes, as a debugger gets at them: that changes nothing and is not told.
fn load(kernel: &mut Kernel, pid: Pid, image: &Image, patches: &[Patch], done: &mut Vec<Executed>) {
    let (address, length) = image.read_only_pages();
    let opens = patches.iter().any(|patch| patch.read_only);
    let protect = |kernel: &mut Kernel, prot: Prot| {
        let call = Syscall::Mprotect {
            address,
            length,
            prot,
        };
        execute(kernel, Command::Syscall { pid, call });
    };
    if opens {
        protect(kernel, Prot::PROT_READ | Prot::PROT_WRITE);
    }
    for patch in patches {
        let store = Command::StoreBytes {
            pid,
            address: patch.address,
            bytes: patch.bytes.clone(),
        };
        done.push(execute(kernel, store));
    }
    if opens {
        protect(kernel, Prot::PROT_READ);
    }
}

/// Applies a command and keeps what came of it.
pub(super) fn execute(kernel: &mut Kernel, command: Command) -> Executed {
    kernel.clear_events();
    let outcome = kernel.execute(&command);
    let events = kernel.take_events();
    Executed {
        command,
        outcome,
        events,
    }
}
