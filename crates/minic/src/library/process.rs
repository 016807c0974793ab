//! Processes, signals, time and semaphores, as far as the C library does more than one system call.

use abi::{Disposition, Errno, Pid, SaFlags, Signal, SignalAction, SignalSet, Syscall, VirtAddr};
use kernel::{Command, Outcome};

use crate::headers::LibraryFunction as F;
use crate::types::IntType;
use crate::vm::bus::Stop;

use super::{After, Answer, Arguments, Call, stdio};

/// SIG_DFL, SIG_IGN and SIG_ERR.
const DEFAULT: u64 = 0;
const IGNORE: u64 = 1;
const ERROR: i64 = -1;
/// In a second.
const NANOSECONDS: u64 = 1_000_000_000;
/// The largest value of a semaphore (SEM_VALUE_MAX).
const LARGEST_SEMAPHORE: u64 = i32::MAX as u64;
/// Offsets in glibc's `struct sigaction`: the handler comes first, then the mask of 128 bytes.
const ACTION_FLAGS: u64 = 136;
const ACTION_SIZE: u64 = 152;

/// The functions of this module.
pub(super) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    Some(match function {
        F::Fork => fork(call, Syscall::Fork {}, false),
        F::Vfork => fork(call, Syscall::Vfork {}, true),
        F::Exit => exit(call, args.int(0)),
        F::Abort => abort(call),
        F::Kill => {
            let (pid, signal) = (args.int(0), args.int(1));
            signalling(call, Syscall::Kill { pid, signal })
        }
        F::Raise => signalling(
            call,
            Syscall::Raise {
                signal: args.int(0),
            },
        ),
        F::SchedYield => {
            call.after = Some(After::GaveWay);
            call.syscall(Syscall::SchedYield {})
        }
        F::Sleep => {
            let seconds = u64::from(args.unsigned(0) as u32);
            let left = sleep(call, seconds.saturating_mul(NANOSECONDS));
            // glibc's sleep(3) gives whole seconds, what is left of one not counted.
            left.map(|left| left.map_or(0, |left| (left / NANOSECONDS) as i64))
        }
        F::Usleep => {
            let microseconds = u64::from(args.unsigned(0) as u32);
            sleep(call, microseconds.saturating_mul(1000))
                .map(|left| if left.is_some() { -1 } else { 0 })
        }
        F::Nanosleep => nanosleep(call, args.unsigned(0), args.unsigned(1)),
        F::Signal => set_signal(call, args),
        F::Sigaction => sigaction(call, args),
        F::SemInit => sem_init(call, args),
        F::SemWait => sem_wait(call, args.unsigned(0)),
        F::SemPost => sem_post(call, args.unsigned(0)),
        F::SemDestroy => Ok(0),
        _ => return None,
    })
}

fn fork(call: &mut Call<'_, '_>, how: Syscall, is_vfork: bool) -> Result<i64, Stop> {
    let child = call.syscall(how)?;
    if child > 0 {
        let child = Pid(child as i32);
        call.after = Some(After::Forked { child, is_vfork });
    }
    Ok(child)
}

/// exit(3): flushes, then ends the process.
pub(crate) fn exit(call: &mut Call<'_, '_>, status: i32) -> Result<i64, Stop> {
    stdio::flush_all(call)?;
    call.syscall(Syscall::Exit { status })
}

/// abort(3): SIGABRT, and where its handler returns, SIGABRT again without a handler.
pub(super) fn abort(call: &mut Call<'_, '_>) -> Result<i64, Stop> {
    let raise = Syscall::raise(Signal::Abrt);
    let was_raised = call.was_answered();
    call.syscall(raise.clone())?;
    if !was_raised {
        // The call is made again after the handler, if there is one.
        return Err(Stop::Signal);
    }
    call.syscall(Syscall::Sigaction {
        signal: Signal::Abrt.number(),
        action: Some(SignalAction::default()),
    })?;
    let mask = call.state.mask.without(Signal::Abrt);
    call.syscall(Syscall::Sigsetmask { mask })?;
    call.syscall(raise)?;
    Err(Stop::Signal)
}

/// A call that may signal the caller itself.
fn signalling(call: &mut Call<'_, '_>, kill: Syscall) -> Result<i64, Stop> {
    call.after = Some(After::Signals);
    call.syscall(kill)
}

/// Sleeps; gives what was left, in nanoseconds, when a signal handler interrupted it, and sets errno then.
fn sleep(call: &mut Call<'_, '_>, nanoseconds: u64) -> Result<Option<u64>, Stop> {
    if nanoseconds == 0 {
        call.after = Some(After::GaveWay);
    }
    interruptible(call, Syscall::Nanosleep { nanoseconds })
}

/// A call that sleeps; gives what was left when a signal handler interrupted it.
fn interruptible(call: &mut Call<'_, '_>, sleeping: Syscall) -> Result<Option<u64>, Stop> {
    if call.syscall(sleeping)? == 0 {
        return Ok(None);
    }
    // Who interrupted the sleep left this answer in the log (Process::interrupt).
    match call.answer(|_| Ok(Outcome::Return(0)))? {
        Outcome::Return(left) => Ok(Some(left)),
        _ => Ok(Some(0)),
    }
}

/// nanosleep(2) of a `struct timespec`; what is left of it goes to another one, if there is one.
fn nanosleep(call: &mut Call<'_, '_>, request: u64, remaining: u64) -> Result<i64, Stop> {
    let request = VirtAddr(request);
    let Some(left) = interruptible(call, Syscall::ClockNanosleep { request })? else {
        return Ok(0);
    };
    if remaining != 0 && call.state.errno == Errno::EINTR.number() {
        call.store_u64(remaining, left / NANOSECONDS)?;
        call.store_u64(remaining.wrapping_add(8), left % NANOSECONDS)?;
    }
    Ok(-1)
}

fn disposition(handler: u64) -> Disposition {
    match handler {
        DEFAULT => Disposition::Default,
        IGNORE => Disposition::Ignore,
        address => Disposition::Handler(VirtAddr(address)),
    }
}

fn handler_of(disposition: Disposition) -> u64 {
    match disposition {
        Disposition::Default => DEFAULT,
        Disposition::Ignore => IGNORE,
        Disposition::Handler(address) => address.0,
    }
}

/// Sets or asks for an action; gives the old one, or none when the kernel refused (errno is set).
fn exchange(
    call: &mut Call<'_, '_>,
    signal: i32,
    action: Option<SignalAction>,
) -> Result<Option<SignalAction>, Stop> {
    let pid = call.pid();
    let request = Syscall::Sigaction { signal, action };
    match call.command(Command::Syscall { pid, call: request })? {
        Outcome::Error { errno, .. } => {
            call.fail(errno);
            Ok(None)
        }
        _ => Ok(Signal::from_number(signal)
            .map(|signal| call.state.actions.get(&signal).copied().unwrap_or_default())),
    }
}

/// Remembers the action that the kernel took; the last thing that a function does.
fn remember(call: &mut Call<'_, '_>, signal: i32, action: Option<SignalAction>) {
    if let (Some(signal), Some(action)) = (Signal::from_number(signal), action) {
        call.state.actions.insert(signal, action);
    }
}

/// signal(2) with BSD semantics, as glibc has it: interrupted calls are made again.
fn set_signal(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let signal = args.int(0);
    let mut action = SignalAction {
        disposition: disposition(args.unsigned(1)),
        mask: SignalSet::default(),
        flags: SaFlags::SA_RESTART,
    };
    if let Some(signal) = Signal::from_number(signal) {
        action.mask = action.mask.with(signal);
    }
    let Some(old) = exchange(call, signal, Some(action))? else {
        return Ok(ERROR);
    };
    remember(call, signal, Some(action));
    Ok(handler_of(old.disposition) as i64)
}

/// sigaction(2): signal, the new action or NULL, where the old one goes or NULL.
fn sigaction(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let (signal, new, old) = (args.int(0), args.unsigned(1), args.unsigned(2));
    let action = if new == 0 {
        None
    } else {
        Some(load_action(call, new)?)
    };
    let Some(before) = exchange(call, signal, action)? else {
        return Ok(-1);
    };
    if old != 0 {
        let mut bytes = [0; ACTION_SIZE as usize];
        let mut put = |offset: u64, value: &[u8]| {
            let start = offset as usize;
            if let Some(target) = bytes.get_mut(start..start + value.len()) {
                target.copy_from_slice(value);
            }
        };
        put(0, &handler_of(before.disposition).to_le_bytes());
        put(8, &before.mask.0.to_le_bytes());
        put(ACTION_FLAGS, &before.flags.bits().to_le_bytes());
        call.store_bytes(old, &bytes)?;
    }
    remember(call, signal, action);
    Ok(0)
}

fn load_action(call: &mut Call<'_, '_>, address: u64) -> Result<SignalAction, Stop> {
    let handler = call.load_u64(address)?;
    let mask = call.load_u64(address.wrapping_add(8))?;
    let flags = call.load(address.wrapping_add(ACTION_FLAGS), IntType::UnsignedInt)?;
    Ok(SignalAction {
        disposition: disposition(handler),
        mask: SignalSet(mask),
        flags: SaFlags::from_bits_retain(flags as u32),
    })
}

fn sem_init(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let value = u64::from(args.unsigned(2) as u32);
    if value > LARGEST_SEMAPHORE {
        return Ok(call.fail(Errno::EINVAL));
    }
    call.store(args.unsigned(0), IntType::UnsignedInt, value as i64)?;
    Ok(0)
}

fn sem_wait(call: &mut Call<'_, '_>, semaphore: u64) -> Result<i64, Stop> {
    if call.was_interrupted() {
        return Ok(call.fail(Errno::EINTR));
    }
    let value = call.load(semaphore, IntType::UnsignedInt)?;
    if value == 0 {
        return Err(Stop::Semaphore(semaphore));
    }
    call.store(semaphore, IntType::UnsignedInt, value - 1)?;
    Ok(0)
}

fn sem_post(call: &mut Call<'_, '_>, semaphore: u64) -> Result<i64, Stop> {
    let value = call.load(semaphore, IntType::UnsignedInt)?;
    if value as u64 >= LARGEST_SEMAPHORE {
        return Ok(call.fail(Errno::EOVERFLOW));
    }
    call.store(semaphore, IntType::UnsignedInt, value + 1)?;
    Ok(0)
}
