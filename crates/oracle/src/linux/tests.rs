//! No process is left of a trace in which one was lost, and the next trace begins as any other. No
//! operation meets a translation that an earlier one left in the TLB, or a page that still waits to be
//! unlocked.

use std::rc::Rc;
use std::time::Duration;

use abi::{Advice, Fd, MapFlags, MlockFlags, Prot, Syscall, VirtAddr, WaitFlags};
use kernel::Width;

use super::Linux;
use super::control::{Entry, Kind, slot_address};
use crate::machine::{ARENA, Machine as _};
use crate::observation::Detail;
use crate::operation::{Action, Answer, Operation, Process};

const EXIT: Syscall = Syscall::Exit { status: 0 };

impl Linux {
    fn of(&mut self, process: u8, call: Syscall) -> Answer {
        self.apply(&Operation {
            process: Process(process),
            action: Action::Call(call),
        })
    }

    /// A signal for a process of the trace, as someone else may send it.
    fn signal(&self, process: u8, signal: i32) {
        let pid = self.pid(Process(process)).unwrap();
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }

    /// The first process's number, after a new trace has begun in which it has no child.
    fn first_of_next_trace(&mut self) -> i32 {
        self.patience = Duration::from_secs(10);
        self.reset();
        let wait = Syscall::Wait4 {
            pid: -1,
            status: VirtAddr::NULL,
            options: WaitFlags::WNOHANG,
        };
        assert_eq!(self.of(0, wait), Answer::Error(libc::ECHILD));
        self.pid(Process(0)).unwrap()
    }

    /// A child of which the oracle does not know, and its number.
    fn unknown_child(&mut self) -> i32 {
        let arguments = [libc::SYS_fork as u64, slot_address(7), 0];
        match self.run_one(0, Entry::access(Kind::Fork, arguments)) {
            Answer::Value(pid) => pid as i32,
            other => panic!("fork: {other}"),
        }
    }
}

/// A machine, where there can be one.
fn linux() -> Option<Linux> {
    match Linux::unavailable() {
        Some(why) => {
            println!("no oracle here: {why}");
            None
        }
        None => Some(Linux::empty().unwrap()),
    }
}

/// mmap of anonymous pages at the arena.
fn map(pages: u64, sharing: MapFlags) -> Syscall {
    Syscall::Mmap {
        address: VirtAddr(ARENA),
        length: pages * 4096,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
        flags: sharing | MapFlags::MAP_ANONYMOUS | MapFlags::MAP_FIXED,
        fd: Fd(-1),
        offset: 0,
    }
}

fn exists(pid: i32) -> bool {
    unsafe { libc::kill(pid, 0) == 0 }
}

#[test]
fn a_first_process_without_children_stays() {
    let Some(mut linux) = linux() else { return };
    let first = linux.first_of_next_trace();
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
    assert_eq!(linux.of(1, Syscall::Vfork {}), Answer::Value(2));
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(3));
    assert_eq!(linux.of(3, EXIT), Answer::Exited);
    assert_eq!(linux.first_of_next_trace(), first);
}

#[test]
fn a_child_that_nobody_knows_goes_with_its_parent() {
    let Some(mut linux) = linux() else { return };
    let (first, child) = (linux.pid(Process(0)).unwrap(), linux.unknown_child());
    assert!(exists(child));
    assert_ne!(linux.first_of_next_trace(), first);
    assert!(!exists(child));
}

#[test]
fn an_orphan_that_nobody_knows_ends_with_the_machine() {
    let Some(mut linux) = linux() else { return };
    let orphan = linux.unknown_child();
    linux.signal(0, libc::SIGKILL);
    linux.renew().unwrap();
    assert!(!exists(orphan));
    let orphan = linux.unknown_child();
    drop(linux);
    assert!(!exists(orphan));
}

#[test]
fn a_child_that_cannot_be_looked_at_is_lost() {
    let Some(mut linux) = linux() else { return };
    let (first, child) = (linux.pid(Process(0)).unwrap(), linux.unknown_child());
    assert_eq!(linux.add_child(i32::MAX, 7, 0), Answer::Lost);
    assert_eq!(linux.of(0, Syscall::Getpid {}), Answer::Lost);
    assert_ne!(linux.first_of_next_trace(), first);
    assert!(!exists(child));
}

/// What a stopped process is told to do, it does when it goes on: too late.
fn done_too_late(process: u8, operation: Action) {
    let Some(mut linux) = linux() else { return };
    let first = linux.first_of_next_trace();
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
    let child = linux.pid(Process(1)).unwrap();
    linux.patience = Duration::from_millis(50);
    linux.signal(process, libc::SIGSTOP);
    let answer = linux.apply(&Operation {
        process: Process(process),
        action: operation.clone(),
    });
    assert_eq!(answer, Answer::Lost, "{operation:?}");
    linux.signal(process, libc::SIGCONT);
    std::thread::sleep(Duration::from_millis(50));
    assert_ne!(linux.first_of_next_trace(), first, "{operation:?}");
    assert!(!exists(child) && !exists(first), "{operation:?}");
}

#[test]
fn what_is_done_too_late_is_undone() {
    let address = VirtAddr(ARENA);
    for process in 0..2 {
        done_too_late(process, Action::Call(Syscall::Fork {}));
        done_too_late(process, Action::Call(Syscall::Vfork {}));
        done_too_late(process, Action::LoadBytes { address, length: 1 });
    }
    done_too_late(1, Action::Call(EXIT));
}

#[test]
fn a_child_that_does_not_end_is_lost() {
    let Some(mut linux) = linux() else { return };
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
    let child = linux.pid(Process(1)).unwrap();
    // No patience at all: it may end in time all the same, but it is not reused untold.
    linux.patience = Duration::ZERO;
    linux.signal(1, libc::SIGSTOP);
    assert_eq!(linux.of(1, EXIT), Answer::Lost);
    linux.first_of_next_trace();
    assert!(!exists(child));
}

#[test]
fn orphans_are_reaped() {
    let Some(mut linux) = linux() else { return };
    let first = linux.first_of_next_trace();
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
    assert_eq!(linux.of(1, Syscall::Fork {}), Answer::Value(2));
    assert_eq!(linux.of(1, Syscall::Fork {}), Answer::Value(3));
    let orphans = [2, 3].map(|number| linux.pid(Process(number)).unwrap());
    assert_eq!(linux.of(2, EXIT), Answer::Exited);
    assert_eq!(linux.of(1, EXIT), Answer::Exited);
    assert_eq!(linux.first_of_next_trace(), first);
    assert!(!orphans.into_iter().any(exists));
}

#[test]
fn a_store_to_what_was_made_writable_does_not_fault() {
    let Some(mut linux) = linux() else { return };
    const PAGES: u64 = 64;
    let width = Width::Byte;
    let page = |page: u64| VirtAddr(ARENA + page * 4096);
    let store = |at| Operation {
        process: Process(0),
        action: Action::Store {
            address: page(at),
            width,
            value: 1,
        },
    };
    let map = map(PAGES, MapFlags::MAP_PRIVATE);
    assert_eq!(linux.of(0, map), Answer::Value(ARENA));
    for at in 0..PAGES {
        assert_eq!(linux.apply(&store(at)), Answer::Value(0));
    }
    // Mapped read-only, and alone in it again.
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
    assert_eq!(linux.of(1, EXIT), Answer::Exited);
    for at in 0..PAGES {
        let load = Action::Load {
            address: page(at),
            width,
        };
        let loaded = linux.apply(&Operation {
            process: Process(0),
            action: load,
        });
        assert_eq!(loaded, Answer::Value(1));
        let populate = Syscall::Madvise {
            address: page(at),
            length: 4096,
            advice: Advice::PopulateWrite,
        };
        assert_eq!(linux.of(0, populate), Answer::Value(0));
        let faults = linux.processes[0].faults;
        assert_eq!(linux.apply(&store(at)), Answer::Value(0));
        assert_eq!(linux.processes[0].faults, faults, "page {at}");
    }
}

#[test]
fn an_exit_has_unlocked_its_pages() {
    let Some(mut linux) = linux() else { return };
    let (address, length) = (VirtAddr(ARENA), 4096);
    let lock_on_fault = Syscall::Mlock2 {
        address,
        length,
        flags: MlockFlags::MLOCK_ONFAULT,
    };
    let map = map(1, MapFlags::MAP_SHARED);
    assert_eq!(linux.of(0, map), Answer::Value(ARENA));
    assert_eq!(linux.of(0, lock_on_fault), Answer::Value(0));
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
    let lock = Syscall::Mlock { address, length };
    assert_eq!(linux.of(1, lock), Answer::Value(0));
    assert_eq!(linux.of(1, EXIT), Answer::Exited);
    // Locked by its first access here, and not unlocked by that exit.
    let loaded = linux.apply(&Operation {
        process: Process(0),
        action: Action::LoadBytes { address, length: 1 },
    });
    assert_eq!(loaded, Answer::Bytes(Rc::from([0])));
    let seen = linux.observe(Detail::Full);
    let page = seen.processes[0].pages.first().unwrap();
    assert_ne!(page.flags & 1 << 33, 0, "not mlocked");
}

#[test]
fn what_the_harness_touched_is_not_before_an_operations_pages() {
    let Some(mut linux) = linux() else { return };
    const PAGES: u64 = 62;
    const TOUCHED: usize = 5;
    let (address, length) = (VirtAddr(ARENA), PAGES * 4096);
    let mut untouched = vec![0_u8; 20 * TOUCHED * 4096];
    // What another process touches meanwhile does the same, but not each time.
    let all_stay_locked = untouched.chunks_mut(TOUCHED * 4096).any(|chunk| {
        linux.reset();
        // Some pages wait for the LRU: the pages that the next operation locks would join the list
        // with them, and those that are still on it when they are locked are not counted.
        chunk.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
        let map = map(PAGES, MapFlags::MAP_SHARED | MapFlags::MAP_LOCKED);
        assert_eq!(linux.of(0, map), Answer::Value(ARENA));
        assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
        let lock = Syscall::Mlock { address, length };
        assert_eq!(linux.of(1, lock), Answer::Value(0));
        assert_eq!(linux.of(1, EXIT), Answer::Exited);
        let seen = linux.observe(Detail::Full);
        let mut pages = seen.processes[0].pages.iter();
        pages.all(|page| page.flags & 1 << 33 != 0)
    });
    assert!(all_stay_locked);
}

#[test]
fn an_instruction_that_moves_the_stack_pointer_does_not_hinder_children() {
    let Some(mut linux) = linux() else { return };
    // Into the signal stack of the first child, as its children find it.
    let [a, b, c, d] = (slot_address(2) as u32 - 4096).to_le_bytes();
    let mov_esp = [0xbc, a, b, c, d];
    let executable = Syscall::Mmap {
        address: VirtAddr(ARENA),
        length: 4096,
        prot: Prot::PROT_READ | Prot::PROT_WRITE | Prot::PROT_EXEC,
        flags: MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS | MapFlags::MAP_FIXED,
        fd: Fd(-1),
        offset: 0,
    };
    let fetch = |process, address| Operation {
        process: Process(process),
        action: Action::Fetch { address },
    };
    let address = VirtAddr(ARENA);
    assert_eq!(linux.of(0, executable), Answer::Value(ARENA));
    let stored = linux.apply(&Operation {
        process: Process(0),
        action: Action::StoreBytes {
            address,
            bytes: Rc::from(mov_esp),
        },
    });
    assert_eq!(stored, Answer::Value(0));
    assert_eq!(linux.apply(&fetch(0, address)), Answer::Value(0));
    assert_eq!(linux.of(0, Syscall::Fork {}), Answer::Value(1));
    assert_eq!(linux.of(1, Syscall::Fork {}), Answer::Value(2));
    let unmapped = VirtAddr(ARENA + 4096);
    let answer = linux.apply(&fetch(2, unmapped));
    assert!(matches!(answer, Answer::Signal { .. }), "{answer}");
}
