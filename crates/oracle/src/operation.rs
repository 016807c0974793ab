//! What both machines are asked to do, and what each answers.

use std::fmt;
use std::rc::Rc;

use abi::{Errno, Pid, Signal, SignalCode, Syscall, VirtAddr};
use kernel::{Command, Width};

/// A process of a trace: 0 is the first, each fork makes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Process(pub u8);

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.0)
    }
}

/// One operation of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who does it.
    pub process: Process,
    /// What.
    pub action: Action,
}

/// What a process does. Numbers of processes in system calls (`wait4`, `kill`) count as [`Process`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // As in `kernel::Command`.
pub enum Action {
    Call(Syscall),
    Load {
        address: VirtAddr,
        width: Width,
    },
    Store {
        address: VirtAddr,
        width: Width,
        value: u64,
    },
    LoadBytes {
        address: VirtAddr,
        length: u64,
    },
    StoreBytes {
        address: VirtAddr,
        bytes: Rc<[u8]>,
    },
    CopyBytes {
        to: VirtAddr,
        from: VirtAddr,
        length: u64,
    },
    FillBytes {
        to: VirtAddr,
        byte: u8,
        length: u64,
    },
    Fetch {
        address: VirtAddr,
    },
}

impl Action {
    /// The command that does this in process `pid` of a kernel.
    pub fn command(&self, pid: Pid) -> Command {
        match self.clone() {
            Action::Call(call) => Command::Syscall { pid, call },
            Action::Load { address, width } => Command::Load {
                pid,
                address,
                width,
            },
            Action::Store {
                address,
                width,
                value,
            } => Command::Store {
                pid,
                address,
                width,
                value,
            },
            Action::LoadBytes { address, length } => Command::LoadBytes {
                pid,
                address,
                length,
            },
            Action::StoreBytes { address, bytes } => Command::StoreBytes {
                pid,
                address,
                bytes,
            },
            Action::CopyBytes { to, from, length } => Command::CopyBytes {
                pid,
                to,
                from,
                length,
            },
            Action::FillBytes { to, byte, length } => Command::FillBytes {
                pid,
                to,
                byte,
                length,
            },
            Action::Fetch { address } => Command::Fetch { pid, address },
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.process)?;
        match &self.action {
            Action::Call(call) => call.fmt(f),
            Action::Load { address, width } => write!(f, "load {} at {address}", width.bytes()),
            Action::Store {
                address,
                width,
                value,
            } => {
                write!(f, "store {} at {address}: {value:#x}", width.bytes())
            }
            Action::LoadBytes { address, length } => {
                write!(f, "load {length} bytes at {address}")
            }
            Action::StoreBytes { address, bytes } => {
                write!(f, "store {} bytes at {address}", bytes.len())
            }
            Action::CopyBytes { to, from, length } => {
                write!(f, "copy {length} bytes from {from} to {to}")
            }
            Action::FillBytes { to, byte, length } => {
                write!(f, "fill {length} bytes at {to} with {byte:#x}")
            }
            Action::Fetch { address } => write!(f, "fetch at {address}"),
        }
    }
}

/// What a process sees of its operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The call's value or the value loaded; of fork the new process's number in the trace.
    Value(u64),
    /// The bytes loaded.
    Bytes(Rc<[u8]>),
    /// The call's error number.
    Error(i32),
    /// The access raised this signal.
    Signal {
        /// `si_signo`
        number: i32,
        /// `si_code`
        code: i32,
        /// `si_addr`
        address: VirtAddr,
    },
    /// The call would wait for another process.
    Blocked,
    /// The call is not made: what it gives is the processor's choice ([`crate::processor`]).
    LeftOut,
    /// The process is gone.
    Exited,
    /// The machine did not answer in time, or lost the process.
    Lost,
}

impl Answer {
    /// Whether the operation was done, so that Linux can be asked for the same.
    pub fn is_done(&self) -> bool {
        !matches!(self, Answer::Blocked | Answer::LeftOut)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Value(value) => write!(f, "{value:#x}"),
            Answer::Bytes(bytes) => write!(f, "{} bytes, hash {:#x}", bytes.len(), hash(bytes)),
            Answer::Error(number) => match Errno::from_number(*number) {
                Some(errno) => errno.fmt(f),
                None => write!(f, "error {number}"),
            },
            Answer::Signal {
                number,
                code,
                address,
            } => write!(
                f,
                "{} {} at {address}",
                Signal::from_number(*number).map_or("signal", Signal::name),
                code_name(*number, *code)
            ),
            Answer::Blocked => f.write_str("blocked"),
            Answer::LeftOut => f.write_str("left out"),
            Answer::Exited => f.write_str("exited"),
            Answer::Lost => f.write_str("no answer"),
        }
    }
}

fn code_name(signal: i32, code: i32) -> &'static str {
    let codes: &[SignalCode] = match Signal::from_number(signal) {
        Some(Signal::Segv) => &[
            SignalCode::SegvMapErr,
            SignalCode::SegvAccErr,
            SignalCode::Kernel,
        ],
        Some(Signal::Bus) => &[SignalCode::BusAdrErr],
        _ => &[],
    };
    let named = codes.iter().find(|c| c.number() == code);
    named.map_or("(another si_code)", |c| c.name())
}

/// FNV-1a, to name bytes in a line of text.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
