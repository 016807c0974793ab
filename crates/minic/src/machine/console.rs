//! The console: statements typed one after the other into a process that stays.
//!
//! The console's variables are the locals of one implicit function, whose frame is the bottom of each of its
//! processes; an input is a new body for it. After fork both processes are at the console, and an input goes to
//! the one that is chosen.

use kernel::{Command, Kernel, Outcome};

use abi::{Pid, Prot, Syscall, VirtAddr};

use crate::check::{ConsoleError, ConsoleScope, check_console};
use crate::diagnostic::Diagnostic;
use crate::image::{Image, Patch};
use crate::lower::{ConsoleInput, ConsoleLowering, Promotion};
use crate::vm::bus::width_of;

use super::*;

/// What the console has learned from its inputs.
#[derive(Clone, Debug)]
pub(super) struct Console {
    scope: ConsoleScope,
    lowering: ConsoleLowering,
    /// The type of the value that each process's input leaves.
    results: BTreeMap<Pid, Type>,
}

/// Why an input was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleFailure {
    /// The text is not C, or not complete.
    Check(ConsoleError),
    /// There is no room for it.
    Lower(Diagnostic),
    /// The process still runs what was typed before.
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
        let mut process = Process::new(pid, &code.entry, stack);
        process.is_console = true;
        process.waiting = Some(Waiting::Input);
        let console = Console {
            scope: ConsoleScope::new(predefined),
            lowering,
            results: BTreeMap::new(),
        };
        Ok(Machine::with(
            Rc::new(code),
            process,
            Some(Rc::new(console)),
        ))
    }

    /// Takes a console input for a process; the next steps run it.
    ///
    /// # Errors
    /// When it is not accepted; nothing is changed then.
    pub fn say(&mut self, kernel: &mut Kernel, pid: Pid, text: &str) -> Result<(), ConsoleFailure> {
        let Some(console) = self.console.as_mut() else {
            return Err(ConsoleFailure::NoProcess);
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
        match unit.result {
            Some(ty) => console.results.insert(pid, ty),
            None => console.results.remove(&pid),
        };
        self.enter(kernel, pid, input);
        Ok(())
    }

    /// The value that a process's input left, as C writes it.
    pub(super) fn take_value(&mut self, pid: Pid) -> Option<String> {
        let ty = self.console.as_ref()?.results.get(&pid)?.clone();
        let mut value = None;
        self.change(pid, |process| value = process.result.take());
        Some(look::value_text(&self.code.types, &ty, value?))
    }

    /// Gives every process what the input adds to its memory, and the chosen one the input to run.
    fn enter(&mut self, kernel: &mut Kernel, pid: Pid, input: ConsoleInput) {
        let entry = input.code.entry.clone();
        let pids: Vec<Pid> = self.processes.keys().copied().collect();
        for &each in &pids {
            load(kernel, each, &input.code.image, &input.patches);
            for promotion in &input.promoted {
                self.promote(kernel, each, promotion);
            }
        }
        kernel.clear_events();
        self.code = Rc::new(input.code);
        self.current = Some(pid);
        self.change(pid, |process| {
            process.enter_console(&entry);
            process.waiting = None;
        });
    }

    /// Stores a variable that was a register where it lives from now on.
    fn promote(&self, kernel: &mut Kernel, pid: Pid, promotion: &Promotion) {
        let Some(process) = self.processes.get(&pid) else {
            return;
        };
        let frame_pointer = process.register(0, Reg::FRAME) as u64;
        let address = frame_pointer.wrapping_add_signed(i64::from(promotion.offset));
        kernel.store(
            pid,
            VirtAddr(address),
            width_of(promotion.ty),
            process.register(0, promotion.register) as u64,
        );
    }
}

/// Stores new literals and variables. The read-only pages are opened for as long as that takes.
fn load(kernel: &mut Kernel, pid: Pid, image: &Image, patches: &[Patch]) {
    let (address, length) = image.read_only_pages();
    let opens = patches.iter().any(|patch| patch.read_only);
    let protect = |kernel: &mut Kernel, prot: Prot| -> Outcome {
        let call = Syscall::Mprotect {
            address,
            length,
            prot,
        };
        kernel.execute(&Command::Syscall { pid, call })
    };
    if opens {
        protect(kernel, Prot::PROT_READ | Prot::PROT_WRITE);
    }
    for patch in patches {
        kernel.execute(&Command::StoreBytes {
            pid,
            address: patch.address,
            bytes: patch.bytes.clone(),
        });
    }
    if opens {
        protect(kernel, Prot::PROT_READ);
    }
}
