//! What programs see of processes, signals and time.

use abi::{
    Disposition, Pid, Resource, SaFlags, Signal, SignalAction, SignalCode, SignalSet, Syscall,
    VirtAddr, WaitFlags,
};

use crate::task::{TaskState, Wait};
use crate::testing::{BUFFER, Lab};
use crate::{Command, Event, KernelConfig, Outcome, Width};

fn fork(lab: &mut Lab) -> Pid {
    Pid(lab.value(Syscall::Fork {}) as i32)
}

fn wait(pid: i32, options: WaitFlags) -> Syscall {
    Syscall::Wait4 {
        pid,
        status: BUFFER,
        options,
    }
}

/// The status that wait4 wrote.
fn status(lab: &mut Lab) -> Outcome {
    lab.kernel.load(lab.pid, BUFFER, Width::Word)
}

fn exit(lab: &mut Lab, pid: Pid, status: i32) {
    assert_eq!(lab.call_as(pid, Syscall::Exit { status }), Outcome::Exited);
}

fn handle(lab: &mut Lab, signal: Signal, flags: SaFlags) {
    let action = SignalAction {
        disposition: Disposition::Handler(VirtAddr(1)),
        flags,
        ..SignalAction::default()
    };
    let (signal, action) = (signal.number(), Some(action));
    lab.value(Syscall::Sigaction { signal, action });
}

/// The signal whose handler the process enters now.
fn taken(lab: &mut Lab) -> Option<Signal> {
    match lab.kernel.execute(&Command::TakeSignal { pid: lab.pid }) {
        Outcome::Delivered(delivery) => delivery.map(|delivery| delivery.info.signal),
        other => panic!("{other:?}"),
    }
}

fn state(lab: &Lab, pid: Pid) -> Option<TaskState> {
    lab.kernel.tasks().get(pid).map(|task| task.state)
}

#[test]
fn a_parent_waits_for_its_child_and_gets_its_status() {
    let mut lab = Lab::new();
    let child = fork(&mut lab);
    assert_eq!(lab.value(wait(-1, WaitFlags::WNOHANG)), 0);
    assert_eq!(lab.call(wait(-1, WaitFlags::empty())), Outcome::Blocked);
    assert_eq!(state(&lab, lab.pid), Some(TaskState::Blocked(Wait::Child)));
    exit(&mut lab, child, 0x1ff);
    assert_eq!(state(&lab, lab.pid), Some(TaskState::Runnable));
    assert_eq!(lab.value(wait(-1, WaitFlags::empty())), child.0 as u64);
    assert_eq!(status(&mut lab), Outcome::Return(0xff00));
    assert_eq!(lab.errno(wait(-1, WaitFlags::empty())), "ECHILD");
}

#[test]
fn an_orphan_is_init_s_and_leaves_no_zombie() {
    let mut lab = Lab::new();
    let child = fork(&mut lab);
    let Outcome::Return(grandchild) = lab.call_as(child, Syscall::Fork {}) else {
        panic!("no fork");
    };
    let grandchild = Pid(grandchild as i32);
    let parent = |lab: &mut Lab| lab.call_as(grandchild, Syscall::Getppid {});
    assert_eq!(parent(&mut lab), Outcome::Return(child.0 as u64));
    exit(&mut lab, child, 0);
    assert_eq!(parent(&mut lab), Outcome::Return(1));
    exit(&mut lab, grandchild, 0);
    assert_eq!(state(&lab, grandchild), None);
    assert_eq!(state(&lab, child), Some(TaskState::Zombie { status: 0 }));
}

#[test]
fn a_process_that_ignores_sigchld_has_no_zombies() {
    let mut lab = Lab::new();
    let action = SignalAction {
        disposition: Disposition::Ignore,
        ..SignalAction::default()
    };
    let (signal, action) = (Signal::Chld.number(), Some(action));
    lab.value(Syscall::Sigaction { signal, action });
    let child = fork(&mut lab);
    assert_eq!(
        lab.call(wait(child.0, WaitFlags::empty())),
        Outcome::Blocked
    );
    exit(&mut lab, child, 3);
    assert_eq!(lab.errno(wait(child.0, WaitFlags::empty())), "ECHILD");
}

#[test]
fn a_fault_without_a_handler_kills_and_the_parent_sees_the_signal() {
    let mut lab = Lab::new();
    let child = fork(&mut lab);
    let fault = lab.kernel.load(child, VirtAddr(16), Width::Byte);
    assert!(matches!(fault, Outcome::Signal(info) if info.code == SignalCode::SegvMapErr));
    assert_eq!(lab.call_as(child, Syscall::Getpid {}), Outcome::Exited);
    lab.value(wait(-1, WaitFlags::empty()));
    assert_eq!(status(&mut lab), Outcome::Return(11));
}

#[test]
fn a_blocked_fault_kills_in_spite_of_its_handler() {
    let mut lab = Lab::new();
    handle(&mut lab, Signal::Segv, SaFlags::empty());
    let fault = |lab: &mut Lab| lab.kernel.load(lab.pid, VirtAddr(16), Width::Byte);
    fault(&mut lab);
    assert_eq!(taken(&mut lab), Some(Signal::Segv));
    fault(&mut lab);
    assert_eq!(state(&lab, lab.pid), Some(TaskState::Zombie { status: 11 }));
}

#[test]
fn a_handler_runs_with_its_signal_blocked_until_it_returns() {
    let mut lab = Lab::new();
    handle(&mut lab, Signal::Usr1, SaFlags::empty());
    let raise = Syscall::raise(Signal::Usr1);
    lab.value(raise.clone());
    assert_eq!(taken(&mut lab), Some(Signal::Usr1));
    lab.value(raise);
    assert_eq!(taken(&mut lab), None);
    lab.value(Syscall::Sigreturn {});
    assert_eq!(taken(&mut lab), Some(Signal::Usr1));
}

#[test]
fn resethand_and_nodefer_do_as_they_say() {
    let mut lab = Lab::new();
    handle(
        &mut lab,
        Signal::Usr1,
        SaFlags::SA_NODEFER | SaFlags::SA_RESETHAND,
    );
    let raise = Syscall::raise(Signal::Usr1);
    lab.value(raise.clone());
    assert_eq!(taken(&mut lab), Some(Signal::Usr1));
    assert_eq!(lab.call(raise), Outcome::Exited);
}

#[test]
fn a_blocked_signal_waits_for_the_mask() {
    let mut lab = Lab::new();
    let mask = SignalSet::default().with(Signal::Term);
    assert_eq!(lab.value(Syscall::Sigsetmask { mask }), 0);
    lab.value(Syscall::Kill {
        pid: 0,
        signal: Signal::Term.number(),
    });
    let mask = SignalSet::default();
    assert_eq!(lab.call(Syscall::Sigsetmask { mask }), Outcome::Exited);
}

#[test]
fn a_signal_ends_a_pause() {
    let mut lab = Lab::new();
    handle(&mut lab, Signal::Usr1, SaFlags::empty());
    let child = fork(&mut lab);
    assert_eq!(lab.call(Syscall::Pause {}), Outcome::Blocked);
    let kill = Syscall::Kill {
        pid: lab.pid.0,
        signal: Signal::Usr1.number(),
    };
    assert_eq!(lab.call_as(child, kill), Outcome::Return(0));
    assert_eq!(state(&lab, lab.pid), Some(TaskState::Runnable));
    assert_eq!(taken(&mut lab), Some(Signal::Usr1));
}

#[test]
fn kill_reaches_groups_and_says_when_nobody_is_there() {
    let mut lab = Lab::new();
    let child = fork(&mut lab);
    let kill = |pid, signal| Syscall::Kill { pid, signal };
    assert_eq!(lab.value(kill(child.0, 0)), 0);
    assert_eq!(lab.errno(kill(99_999, 0)), "ESRCH");
    assert_eq!(lab.errno(kill(child.0, 65)), "EINVAL");
    lab.value(kill(-1, Signal::Kill.number()));
    assert_eq!(state(&lab, child), Some(TaskState::Zombie { status: 9 }));
    assert_eq!(lab.value(kill(child.0, 0)), 0);
}

#[test]
fn a_stopped_child_is_reported_once_and_goes_on() {
    let mut lab = Lab::new();
    let child = fork(&mut lab);
    let kill = |signal: Signal| Syscall::Kill {
        pid: child.0,
        signal: signal.number(),
    };
    lab.value(kill(Signal::Stop));
    assert_eq!(lab.value(wait(-1, WaitFlags::WUNTRACED)), child.0 as u64);
    assert_eq!(status(&mut lab), Outcome::Return(0x137f));
    assert_eq!(
        lab.value(wait(-1, WaitFlags::WUNTRACED | WaitFlags::WNOHANG)),
        0
    );
    let take = Command::TakeSignal { pid: child };
    assert_eq!(lab.kernel.execute(&take), Outcome::Blocked);
    lab.value(kill(Signal::Cont));
    assert_eq!(state(&lab, child), Some(TaskState::Runnable));
}

#[test]
fn time_passes_only_when_all_sleep() {
    let mut lab = Lab::new();
    let child = fork(&mut lab);
    let sleep = |nanoseconds| Syscall::Nanosleep { nanoseconds };
    let idle = Command::Idle {
        nanoseconds: 1 << 40,
    };
    assert_eq!(lab.kernel.execute(&idle), Outcome::Return(0));
    assert_eq!(lab.call(sleep(500)), Outcome::Blocked);
    assert_eq!(lab.call_as(child, sleep(200)), Outcome::Blocked);
    assert_eq!(lab.kernel.execute(&idle), Outcome::Return(200));
    assert_eq!(lab.call_as(child, sleep(200)), Outcome::Return(0));
    assert_eq!(lab.call(sleep(500)), Outcome::Blocked);
    assert_eq!(lab.kernel.execute(&idle), Outcome::Return(300));
    assert_eq!(lab.call(sleep(500)), Outcome::Return(0));
}

#[test]
fn a_file_dirty_for_thirty_seconds_is_written_back() {
    let mut lab = Lab::new();
    let fd = lab.create("a");
    lab.write(fd, "x");
    for (nanoseconds, dirty) in [(29_000_000_000, 1), (1_000_000_000, 0)] {
        lab.call(Syscall::Nanosleep { nanoseconds });
        lab.kernel.execute(&Command::Idle { nanoseconds });
        lab.value(Syscall::Nanosleep { nanoseconds });
        assert_eq!(lab.kernel.files().counts.dirty, dirty);
    }
}

#[test]
fn vfork_lends_the_parent_s_memory_until_the_child_ends() {
    let mut lab = Lab::new();
    let child = Pid(lab.value(Syscall::Vfork {}) as i32);
    assert_eq!(
        state(&lab, lab.pid),
        Some(TaskState::Blocked(Wait::Vfork(child)))
    );
    lab.kernel.store(child, BUFFER, Width::Byte, 7);
    exit(&mut lab, child, 0);
    assert_eq!(state(&lab, lab.pid), Some(TaskState::Runnable));
    assert_eq!(lab.peek(BUFFER, 1), [7]);
}

#[test]
fn a_fork_bomb_meets_a_limit() {
    let mut lab = Lab::with(KernelConfig {
        max_processes: 3,
        ..KernelConfig::classroom()
    });
    fork(&mut lab);
    fork(&mut lab);
    assert_eq!(lab.errno(Syscall::Fork {}), "EAGAIN");
}

#[test]
fn descriptors_end_with_the_process_that_forgot_them() {
    let mut lab = Lab::new();
    lab.value(Syscall::Pipe { fds: BUFFER });
    let child = fork(&mut lab);
    lab.value(Syscall::Close { fd: abi::Fd(4) });
    let read = Syscall::Read {
        fd: abi::Fd(3),
        buffer: BUFFER,
        count: 1,
    };
    assert_eq!(lab.call(read.clone()), Outcome::Blocked);
    exit(&mut lab, child, 0);
    assert_eq!(lab.value(read), 0);
    lab.kernel.clear_events();
}

#[test]
fn limits_can_be_lowered_and_not_raised() {
    let mut lab = Lab::new();
    let (resource, limits) = (Resource::OpenFiles, BUFFER);
    let words = |soft: u64, hard: u64| [soft.to_le_bytes(), hard.to_le_bytes()].concat();
    let set = Syscall::Setrlimit { resource, limits };
    lab.poke(BUFFER, &words(4, 4));
    assert_eq!(lab.value(set.clone()), 0);
    lab.create("a");
    let path = abi::Path::Text("a".into());
    let flags = abi::OpenFlags::empty();
    assert_eq!(
        lab.errno(Syscall::Open {
            path,
            flags,
            mode: 0
        }),
        "EMFILE"
    );
    lab.poke(BUFFER, &words(4, 5));
    assert_eq!(lab.errno(set.clone()), "EPERM");
    lab.poke(BUFFER, &words(5, 4));
    assert_eq!(lab.errno(set), "EINVAL");
}

#[test]
fn exits_are_told_with_their_status() {
    let mut lab = Lab::new();
    let child = fork(&mut lab);
    lab.kernel.clear_events();
    exit(&mut lab, child, 2);
    let told = |event: &Event| {
        *event
            == Event::TaskExited {
                pid: child,
                status: 0x200,
            }
    };
    assert!(lab.kernel.events().iter().any(told));
}
