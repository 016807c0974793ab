//! What a single process sees of its memory.

use std::rc::Rc;

use abi::{Pid, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::{Command, Executable, Kernel, KernelConfig, Outcome, Width};

/// A classroom machine on which a program without segments runs.
fn spawned() -> (Kernel, Pid) {
    let mut kernel = Kernel::new(KernelConfig::classroom());
    let executable = Executable {
        path: "a.out".into(),
        file: Rc::from([]),
        segments: Vec::new(),
    };
    let spawn = Command::Spawn {
        executable: Rc::new(executable),
        arguments: vec!["a.out".into()],
    };
    assert_eq!(kernel.apply(spawn).outcome, Outcome::Return(1));
    (kernel, Pid(1))
}

#[test]
fn argv_lies_on_the_stack() {
    let (mut kernel, pid) = spawned();
    let start = kernel.stack_start(pid).unwrap();
    assert_eq!(kernel.load(pid, start, Width::Long), Outcome::Return(1));
    let Outcome::Return(argv0) = kernel.load(pid, start.offset(8), Width::Long) else {
        panic!("no argv");
    };
    let word = kernel.load(pid, VirtAddr(argv0), Width::Word);
    assert_eq!(word, Outcome::Return(u32::from_le_bytes(*b"a.ou").into()));
}

#[test]
fn the_stack_grows_to_its_limit_and_not_further() {
    let (mut kernel, pid) = spawned();
    let top = 0x7fff_ffff_f000;
    let deep = VirtAddr(top - (4 << 20));
    assert_eq!(kernel.store(pid, deep, Width::Long, 5), Outcome::Return(0));
    assert_eq!(kernel.load(pid, deep, Width::Long), Outcome::Return(5));
    let beyond = VirtAddr(top - (8 << 20) - 1);
    let info = SignalInfo::fault(Signal::Segv, SignalCode::SegvMapErr, beyond);
    assert_eq!(kernel.load(pid, beyond, Width::Byte), Outcome::Signal(info));
}
