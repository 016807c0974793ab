//! The C library of simulated processes: what lies between a call in the program and the kernel.
//!
//! A library function is host code that reads and writes the process's memory through kernel commands. All its
//! state (stdio buffers, the heap) lies in simulated memory, so fork and vfork treat it as they do on Linux.
//!
//! A function may be stopped at any of its commands: the command blocks, faults, or is the last one wanted for
//! now. It is then called again from its start, and [`Call`] answers the commands that were done before from its
//! log; so functions are deterministic, and change the state outside of memory only when they are complete.
//! Neighbours: [`crate::syscalls`] makes system calls of C calls; one module here for each header or topic.

mod convert;
mod format;
mod heap;
mod jump;
mod process;
mod signal_set;
mod stdio;
mod string;

use std::rc::Rc;

use abi::{Errno, Pid, SignalSet, Syscall, VirtAddr};
use kernel::{Command, Outcome, Reason};

use crate::code::{Code, Instruction};
use crate::headers::LibraryFunction;
use crate::source::{Source, Span};
use crate::syscalls;
use crate::types::IntType;
use crate::vm::bus::{Bus, Stop};
use crate::vm::{Frame, LibraryState, Process};

pub(crate) use process::exit;
pub(crate) use signal_set::HandlerStack;

/// What a system call gives that a signal handler interrupted.
pub(crate) const INTERRUPTED: Outcome = Outcome::error(Errno::EINTR, Reason::Interrupted);

/// The most bytes that one load command takes.
const LARGEST_LOAD: u64 = 1 << 20;

/// What the interpreter does after a library call is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Take signals that the call may have raised.
    Signals,
    /// Let the other processes run.
    GaveWay,
    /// There is a child: make its process.
    Forked { child: Pid, is_vfork: bool },
    /// Go on elsewhere.
    Jump(Jump),
}

/// Where longjmp(3) goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    /// How many frames stay.
    pub(crate) depth: u32,
    pub(crate) pc: u32,
    pub(crate) serial: u64,
    pub(crate) stack_pointer: u64,
    /// The signal mask to return to, where it was saved.
    pub(crate) mask: Option<SignalSet>,
    /// What setjmp returns.
    pub(crate) value: i64,
}

/// Where in the program a library call stands.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    depth: u32,
    pc: u32,
    serial: u64,
    stack_pointer: u64,
    source: Rc<Source>,
    span: Span,
}

impl Site {
    pub(crate) fn of(frame: &Frame, depth: usize) -> Site {
        Site {
            depth: u32::try_from(depth).unwrap_or(u32::MAX),
            pc: frame.pc,
            serial: frame.serial,
            stack_pointer: frame.stack_pointer,
            source: frame.code.function.source.clone(),
            span: Process::statement_span(frame),
        }
    }
}

/// A library call being made.
pub(crate) struct Call<'c, 'k> {
    pub(crate) code: &'c Code,
    bus: &'c mut Bus<'k>,
    pub(crate) state: &'c mut LibraryState,
    log: &'c mut Vec<Outcome>,
    /// How many answers of the log were used.
    position: usize,
    site: Site,
    pub(crate) after: Option<After>,
}

impl<'c, 'k> Call<'c, 'k> {
    pub(crate) fn new(
        code: &'c Code,
        bus: &'c mut Bus<'k>,
        state: &'c mut LibraryState,
        log: &'c mut Vec<Outcome>,
        site: Site,
    ) -> Call<'c, 'k> {
        Call {
            code,
            bus,
            state,
            log,
            position: 0,
            site,
            after: None,
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        self.bus.pid
    }

    /// The answer to the next command: from the log, or of the kernel.
    fn answer(
        &mut self,
        apply: impl FnOnce(&mut Bus<'k>) -> Result<Outcome, Stop>,
    ) -> Result<Outcome, Stop> {
        let known = self.log.get(self.position).cloned();
        let outcome = match known {
            Some(outcome) => outcome,
            None => {
                let outcome = apply(self.bus)?;
                self.log.push(outcome.clone());
                outcome
            }
        };
        self.position += 1;
        Ok(outcome)
    }

    /// Whether the next command was done when the function was called before.
    fn was_answered(&self) -> bool {
        self.position < self.log.len()
    }

    /// Whether a handler interrupted the wait for what comes next ([`Process::interrupt`]).
    fn was_interrupted(&self) -> bool {
        self.log.get(self.position) == Some(&INTERRUPTED)
    }

    pub(crate) fn command(&mut self, command: Command) -> Result<Outcome, Stop> {
        self.answer(|bus| bus.execute(command))
    }

    /// A system call: its value, or -1 with errno set.
    pub(crate) fn syscall(&mut self, call: Syscall) -> Result<i64, Stop> {
        let pid = self.pid();
        match self.command(Command::Syscall { pid, call })? {
            Outcome::Error { errno, .. } => Ok(self.fail(errno)),
            Outcome::Return(value) => Ok(value as i64),
            _ => Ok(0),
        }
    }

    /// Sets errno; gives -1.
    pub(crate) fn fail(&mut self, errno: Errno) -> i64 {
        self.state.errno = errno.number();
        -1
    }

    fn load(&mut self, address: u64, ty: IntType) -> Result<i64, Stop> {
        let value = self.answer(|bus| {
            let value = bus.load(address, ty)?;
            Ok(Outcome::Return(value as u64))
        })?;
        Ok(match value {
            Outcome::Return(value) => value as i64,
            _ => 0,
        })
    }

    fn load_u64(&mut self, address: u64) -> Result<u64, Stop> {
        self.load(address, IntType::UnsignedLong)
            .map(|value| value as u64)
    }

    fn store(&mut self, address: u64, ty: IntType, value: i64) -> Result<(), Stop> {
        self.answer(|bus| {
            bus.store(address, ty, value)?;
            Ok(Outcome::Return(0))
        })?;
        Ok(())
    }

    fn store_u64(&mut self, address: u64, value: u64) -> Result<(), Stop> {
        self.store(address, IntType::UnsignedLong, value as i64)
    }

    /// Loads bytes, at most 1 MiB.
    fn load_bytes(&mut self, address: u64, length: u64) -> Result<Rc<[u8]>, Stop> {
        if length == 0 {
            return Ok(Rc::default());
        }
        let command = Command::LoadBytes {
            pid: self.pid(),
            address: VirtAddr(address),
            length: length.min(LARGEST_LOAD),
        };
        Ok(match self.command(command)? {
            Outcome::Bytes(bytes) => bytes,
            _ => Rc::default(),
        })
    }

    fn store_bytes(&mut self, address: u64, bytes: &[u8]) -> Result<(), Stop> {
        if bytes.is_empty() {
            return Ok(());
        }
        let command = Command::StoreBytes {
            pid: self.pid(),
            address: VirtAddr(address),
            bytes: bytes.into(),
        };
        self.command(command).map(|_| ())
    }

    fn copy_bytes(&mut self, to: u64, from: u64, length: u64) -> Result<(), Stop> {
        if length == 0 {
            return Ok(());
        }
        let command = Command::CopyBytes {
            pid: self.pid(),
            to: VirtAddr(to),
            from: VirtAddr(from),
            length,
        };
        self.command(command).map(|_| ())
    }

    fn fill_bytes(&mut self, to: u64, byte: u8, length: u64) -> Result<(), Stop> {
        if length == 0 {
            return Ok(());
        }
        let command = Command::FillBytes {
            pid: self.pid(),
            to: VirtAddr(to),
            byte,
            length,
        };
        self.command(command).map(|_| ())
    }

    /// What sbrk(2) remembers of the break; 0 before its first call.
    pub(crate) fn load_break(&mut self) -> Result<u64, Stop> {
        self.load_u64(self.own(CURRENT_BREAK))
    }

    pub(crate) fn remember_break(&mut self, address: u64) -> Result<(), Stop> {
        self.store_u64(self.own(CURRENT_BREAK), address)
    }

    /// The program's name as err(3) says it.
    fn program_name(&self) -> Vec<u8> {
        self.code.image.name.as_bytes().to_vec()
    }

    /// An address in the library's own data.
    fn own(&self, offset: u64) -> u64 {
        self.code.image.library + offset
    }

    /// Reports what C does not define.
    fn warn(&mut self, message: &str) {
        self.bus.warn(&self.site.source, self.site.span, message);
    }

    /// Reports the use of bytes in a freed heap block.
    fn check_freed(&mut self, address: u64) {
        if self.state.freed.contains(address) {
            self.warn("it uses memory that was given back with free");
        }
    }
}

/// Calls a library function; gives its value in register form.
pub(crate) fn call(
    call: &mut Call<'_, '_>,
    function: LibraryFunction,
    args: &[i64],
) -> Result<i64, Stop> {
    let args = Arguments(args);
    let families = [
        syscalls::call,
        process::call,
        signal_set::call,
        jump::call,
        stdio::call,
        string::call,
        heap::call,
        convert::call,
    ];
    for family in families {
        if let Some(result) = family(call, function, args) {
            return result;
        }
    }
    Err(Stop::Failed("the lab does not have this function yet"))
}

/// Whether a blocked call is made again after a handler that was set with SA_RESTART (signal(7)).
pub(crate) fn can_restart(instruction: &Instruction) -> bool {
    let pauses = matches!(
        instruction,
        Instruction::Library {
            function: LibraryFunction::Pause,
            ..
        }
    );
    !pauses && !is_sleep(instruction)
}

/// Whether a call sleeps, and tells what is left of it when it is interrupted.
pub(crate) fn is_sleep(instruction: &Instruction) -> bool {
    use LibraryFunction::{Nanosleep, Sleep, Usleep};
    matches!(
        instruction,
        Instruction::Library {
            function: Sleep | Usleep | Nanosleep,
            ..
        }
    )
}

/// A call's arguments; those that are missing count as 0.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'a>(&'a [i64]);

impl<'a> Arguments<'a> {
    pub(crate) fn get(self, index: usize) -> i64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    pub(crate) fn unsigned(self, index: usize) -> u64 {
        self.get(index) as u64
    }

    pub(crate) fn int(self, index: usize) -> i32 {
        self.get(index) as i32
    }

    pub(crate) fn address(self, index: usize) -> VirtAddr {
        VirtAddr(self.unsigned(index))
    }

    /// The arguments from this one on.
    pub(crate) fn from(self, index: usize) -> &'a [i64] {
        self.0.get(index..).unwrap_or_default()
    }
}

/// What a family of library functions gives for a function: none when it is not one of its own.
pub(crate) type Answer = Option<Result<i64, Stop>>;

/// The library's own data, by offsets from [`crate::image::Image::library`]. Streams come first.
const CURRENT_BREAK: u64 = 0x40;
/// The heap's numbers and its bins ([`heap`]).
const HEAP: u64 = 0x50;
const FAST_BINS: u64 = 0x90;
const BINS: u64 = 0x810;
/// The random generator's state.
const RANDOM: u64 = 0x100;
/// The text that strerror makes for an unknown number.
const UNKNOWN_ERROR: u64 = 0x1a0;
