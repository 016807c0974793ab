//! Sets of signals, which signals are blocked, and the stack that handlers may have of their own (`signal.h`).

use abi::{Errno, Signal, SignalSet, Syscall};

use crate::headers::LibraryFunction as F;
use crate::types::IntType;
use crate::vm::bus::Stop;

use super::{After, Answer, Arguments, Call};

/// Bytes of `sigset_t`, of which the first 8 are the kernel's.
const SET_SIZE: u64 = 128;
/// Signals that glibc keeps for itself: no set of all signals has them.
const GLIBC_OWN: u64 = 0x1_8000_0000;
/// The first argument of sigprocmask(2).
const SIG_BLOCK: i32 = 0;
const SIG_UNBLOCK: i32 = 1;
const SIG_SETMASK: i32 = 2;
/// `ss_flags` of sigaltstack(2).
const SS_ONSTACK: i64 = 1;
const SS_DISABLE: i64 = 2;
/// The least size of a handlers' stack (MINSIGSTKSZ).
const LEAST_STACK: u64 = 2048;

/// A stack for handlers that were set with SA_ONSTACK (sigaltstack(2)); of size 0 where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HandlerStack {
    start: u64,
    size: u64,
}

impl HandlerStack {
    /// Where a handler's stack begins, downwards: `stack_pointer` where it runs on this stack already, or there is none.
    pub(crate) fn top_for(self, stack_pointer: u64) -> u64 {
        match self.size == 0 || self.contains(stack_pointer) {
            true => stack_pointer,
            false => self.start.wrapping_add(self.size),
        }
    }

    /// Whether a stack pointer lies in it (`on_sig_stack`).
    fn contains(self, stack_pointer: u64) -> bool {
        stack_pointer > self.start && stack_pointer - self.start <= self.size
    }
}

/// The functions of this module.
pub(super) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    let (set, signal) = (args.unsigned(0), args.int(1));
    Some(match function {
        F::Sigemptyset => call.fill_bytes(set, 0, SET_SIZE).map(|()| 0),
        F::Sigfillset => fill(call, set),
        F::Sigaddset => change(call, set, signal, SignalSet::with),
        F::Sigdelset => change(call, set, signal, SignalSet::without),
        F::Sigismember => is_member(call, set, signal),
        F::Sigprocmask => sigprocmask(call, args),
        F::Sigaltstack => sigaltstack(call, args.unsigned(0), args.unsigned(1)),
        _ => return None,
    })
}

fn fill(call: &mut Call<'_, '_>, set: u64) -> Result<i64, Stop> {
    call.fill_bytes(set, 0xff, SET_SIZE)?;
    call.store_u64(set, !GLIBC_OWN)?;
    Ok(0)
}

fn change(
    call: &mut Call<'_, '_>,
    set: u64,
    signal: i32,
    with: fn(SignalSet, Signal) -> SignalSet,
) -> Result<i64, Stop> {
    let Some(signal) = Signal::from_number(signal) else {
        return Ok(call.fail(Errno::EINVAL));
    };
    let old = SignalSet(call.load_u64(set)?);
    call.store_u64(set, with(old, signal).0)?;
    Ok(0)
}

fn is_member(call: &mut Call<'_, '_>, set: u64, signal: i32) -> Result<i64, Stop> {
    let Some(signal) = Signal::from_number(signal) else {
        return Ok(call.fail(Errno::EINVAL));
    };
    let set = SignalSet(call.load_u64(set)?);
    Ok(set.contains(signal).into())
}

/// sigprocmask(2): how, a set or NULL, where the old mask goes or NULL.
fn sigprocmask(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let (how, set, old) = (args.int(0), args.unsigned(1), args.unsigned(2));
    let before = call.state.mask;
    let mut mask = before;
    if set != 0 {
        let set = call.load_u64(set)?;
        mask = SignalSet(match how {
            SIG_BLOCK => before.0 | set,
            SIG_UNBLOCK => before.0 & !set,
            SIG_SETMASK => set,
            _ => return Ok(call.fail(Errno::EINVAL)),
        })
        .blockable();
        call.syscall(Syscall::Sigsetmask { mask })?;
    }
    if old != 0 {
        call.store_u64(old, before.0)?;
    }
    call.state.mask = mask;
    call.after = Some(After::Signals);
    Ok(0)
}

/// sigaltstack(2): a `stack_t` or NULL, where the old one goes or NULL.
fn sigaltstack(call: &mut Call<'_, '_>, new: u64, old: u64) -> Result<i64, Stop> {
    let before = call.state.handler_stack;
    let is_used = before.contains(call.site.stack_pointer);
    let mut wanted = before;
    if new != 0 {
        let start = call.load_u64(new)?;
        let flags = call.load(new.wrapping_add(8), IntType::Int)?;
        let size = call.load_u64(new.wrapping_add(16))?;
        if is_used {
            return Ok(call.fail(Errno::EPERM));
        }
        wanted = match flags {
            SS_DISABLE => HandlerStack::default(),
            0 | SS_ONSTACK if size < LEAST_STACK => return Ok(call.fail(Errno::ENOMEM)),
            0 | SS_ONSTACK => HandlerStack { start, size },
            _ => return Ok(call.fail(Errno::EINVAL)),
        };
    }
    if old != 0 {
        let flags = match (before.size, is_used) {
            (0, _) => SS_DISABLE,
            (_, true) => SS_ONSTACK,
            _ => 0,
        };
        call.store_u64(old, before.start)?;
        call.store(old.wrapping_add(8), IntType::Int, flags)?;
        call.store_u64(old.wrapping_add(16), before.size)?;
    }
    call.state.handler_stack = wanted;
    Ok(0)
}
