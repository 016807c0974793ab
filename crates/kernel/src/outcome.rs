//! What came of a command, for the process that issued it.

use std::rc::Rc;

use abi::{Errno, SignalAction, SignalInfo};

use crate::event::Event;

/// The answer to a command: what the process sees, and everything that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the process sees.
    pub outcome: Outcome,
    /// What changed, in order.
    pub events: Vec<Event>,
}

/// What a process sees of its command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The call succeeded with this value, or the load gave it (zero-extended).
    Return(u64),
    /// The bytes of `LoadBytes`.
    Bytes(Rc<[u8]>),
    /// The call failed.
    Error {
        /// What the program finds in `errno`.
        errno: Errno,
        /// Why, in more detail.
        reason: Reason,
    },
    /// The access did not happen: a signal was raised instead, and is now pending or has killed
    /// the process. After a handler returns, the access is to be tried again.
    Signal(SignalInfo),
    /// `TakeSignal`: the handler to run, if any signal was pending with one.
    Delivered(Option<Delivery>),
    /// The process cannot go on yet (wait4, a pipe, pause, a sleep). Nothing else was done;
    /// the same command is to be tried again when the task is runnable.
    Blocked,
    /// The process exists no longer: it exited, or the signal killed it.
    Exited,
}

/// A signal whose handler is to run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What the handler is told.
    pub info: SignalInfo,
    /// The action, whose disposition is a handler.
    pub action: SignalAction,
    /// What was left of the sleep that the signal interrupted, in nanoseconds; 0 where there was none.
    pub sleep_left: u64,
    /// Bytes that the write to a pipe had written which the signal interrupted; 0 where there was none.
    pub written: u64,
}

/// Why a call failed, where errno alone does not say it. The page explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A length of 0.
    ZeroLength,
    /// A length that overflows when rounded up to pages.
    LengthOverflow,
    /// An address that is not a multiple of the page size.
    UnalignedAddress,
    /// An offset that is not a multiple of the page size.
    UnalignedOffset,
    /// Offset + length passes the largest file offset.
    OffsetOverflow,
    /// The range passes the end of user space.
    BeyondUserSpace,
    /// Neither MAP_SHARED nor MAP_PRIVATE.
    NoSharingType,
    /// A flag or a combination that the call does not know.
    BadFlags,
    /// A protection bit without a meaning.
    BadProtection,
    /// The number is no open descriptor.
    BadDescriptor,
    /// The descriptor was not opened for reading.
    NotReadable,
    /// The descriptor was not opened for writing.
    NotWritable,
    /// The object cannot be mapped.
    NotMappable,
    /// There is no VMA at part of the range.
    Unmapped,
    /// MAP_FIXED_NOREPLACE found a mapping in the way.
    RangeInUse,
    /// No gap is large enough.
    NoAddressSpace,
    /// The process has as many VMAs as it may (max_map_count).
    TooManyMappings,
    /// RLIMIT_AS, RLIMIT_DATA or RLIMIT_MEMLOCK.
    ResourceLimit,
    /// More memory than could ever be backed (overcommit).
    Overcommit,
    /// The pages are locked.
    Locked,
    /// A buffer of the caller cannot be read or written.
    BadBuffer,
    /// No such file.
    NoSuchFile,
    /// The file exists.
    FileExists,
    /// The object is of another kind than the call needs.
    WrongKind,
    /// No RAM or disk space is left.
    OutOfSpace,
    /// As many processes as there may be.
    TooManyProcesses,
    /// No such process, or no child to wait for.
    NoSuchProcess,
    /// A signal handler ran instead.
    Interrupted,
    /// It would have to wait, and was told not to.
    WouldBlock,
    /// Nobody is left to read from the pipe.
    NoReader,
    /// An argument out of its range.
    BadArgument,
    /// The file's seals, mode or owner forbid it.
    NotPermitted,
    /// Linux has the call; this model does not support this use of it.
    NotModelled,
}

impl Outcome {
    /// A failed call.
    pub const fn error(errno: Errno, reason: Reason) -> Outcome {
        Outcome::Error { errno, reason }
    }
}

/// A failed call within the kernel, on its way to become an [`Outcome::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the program finds in `errno`.
    pub errno: Errno,
    /// Why.
    pub reason: Reason,
}

impl Failure {
    /// A failure with this errno, for this reason.
    pub const fn new(errno: Errno, reason: Reason) -> Failure {
        Failure { errno, reason }
    }
}

impl From<(Errno, Reason)> for Failure {
    fn from((errno, reason): (Errno, Reason)) -> Failure {
        Failure { errno, reason }
    }
}

impl From<Result<u64, Failure>> for Outcome {
    fn from(result: Result<u64, Failure>) -> Outcome {
        match result {
            Ok(value) => Outcome::Return(value),
            Err(Failure { errno, reason }) => Outcome::Error { errno, reason },
        }
    }
}

/// Why a call gives no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It failed.
    Failed(Failure),
    /// The process waits, and tries again.
    Blocked,
    /// The call ended the process.
    Exited,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

impl From<Result<u64, Stop>> for Outcome {
    fn from(result: Result<u64, Stop>) -> Outcome {
        match result {
            Ok(value) => Outcome::Return(value),
            Err(Stop::Failed(failure)) => Err(failure).into(),
            Err(Stop::Blocked) => Outcome::Blocked,
            Err(Stop::Exited) => Outcome::Exited,
        }
    }
}
