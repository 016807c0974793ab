//! The system-call vocabulary of Linux on x86-64, by its C names.
//!
//! Flag bits end here: a [`Syscall`] carries typed arguments, and `Display`
//! spells it as C does. Everything above ([`Errno`], [`Signal`], [`Prot`] ...) has
//! its Linux value and its C spelling, in both directions.

mod address;
mod advice;
pub mod constants;
mod errno;
mod flags;
mod signal;
mod syscall;

pub use address::{Fd, Pid, VirtAddr};
pub use advice::{Advice, FileAdvice, Resource, Whence};
pub use errno::Errno;
pub use flags::{
    FallocateFlags, MapFlags, MemfdFlags, MlockFlags, MlockallFlags, MremapFlags, MsyncFlags,
    OpenFlags, Prot, SaFlags, UnknownFlag, WaitFlags,
};
pub use signal::{
    DefaultAction, Disposition, Signal, SignalAction, SignalCode, SignalInfo, SignalSet,
};
pub use syscall::{Path, Syscall, c_string};
