//! What a single process sees of its memory.

use std::rc::Rc;

use abi::{
    Disposition, Fd, MapFlags, Pid, Prot, Signal, SignalAction, SignalCode, SignalInfo, Syscall,
    VirtAddr,
};

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
    assert_eq!(kernel.apply(spawn).outcome, Outcome::Return(100));
    survive_faults(&mut kernel, Pid(100));
    (kernel, Pid(100))
}

/// Sets a handler for SIGSEGV and SIGBUS, so that the process lives on.
fn survive_faults(kernel: &mut Kernel, pid: Pid) {
    let action = SignalAction {
        disposition: Disposition::Handler(VirtAddr(1)),
        ..SignalAction::default()
    };
    for signal in [Signal::Segv, Signal::Bus] {
        let (signal, action) = (signal.number(), Some(action));
        let call = Syscall::Sigaction { signal, action };
        kernel.apply(Command::Syscall { pid, call });
    }
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

fn map(kernel: &mut Kernel, pid: Pid, pages: u64) -> VirtAddr {
    let call = Syscall::Mmap {
        address: VirtAddr::NULL,
        length: pages * 4096,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
        flags: MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS,
        fd: Fd(-1),
        offset: 0,
    };
    match kernel.apply(Command::Syscall { pid, call }).outcome {
        Outcome::Return(address) => VirtAddr(address),
        other => panic!("{other:?}"),
    }
}

fn ranges(kernel: &Kernel, pid: Pid) -> Vec<(u64, u64)> {
    let mm = kernel.mm(kernel.mm_of(pid).unwrap());
    let below = mm
        .vmas
        .iter()
        .take_while(|vma| vma.range.end.0 <= 0x7ffff7ff7);
    below
        .map(|vma| (vma.range.start.0, vma.range.end.0))
        .collect()
}

#[test]
fn the_first_mapping_is_where_linux_has_it_and_a_hole_splits_it() {
    let (mut kernel, pid) = spawned();
    let address = map(&mut kernel, pid, 3);
    assert_eq!(address, VirtAddr(0x7fff_f7ff_4000));
    for page in 0..3 {
        let at = address.offset(page * 4096);
        assert_eq!(
            kernel.store(pid, at, Width::Byte, page + 1),
            Outcome::Return(0)
        );
    }
    let free = kernel.frames.free_count();
    let call = Syscall::Munmap {
        address: address.offset(4096),
        length: 1,
    };
    kernel.apply(Command::Syscall { pid, call });
    assert_eq!(
        ranges(&kernel, pid),
        [
            (0x7_ffff_7ff4, 0x7_ffff_7ff5),
            (0x7_ffff_7ff6, 0x7_ffff_7ff7)
        ]
    );
    assert_eq!(kernel.frames.free_count(), free + 1);
    let hole = address.offset(4096);
    let info = SignalInfo::fault(Signal::Segv, SignalCode::SegvMapErr, hole);
    assert_eq!(kernel.load(pid, hole, Width::Byte), Outcome::Signal(info));
    // A new mapping fills the hole and joins both sides: all three belong to one anon_vma.
    assert_eq!(map(&mut kernel, pid, 1), hole);
    assert_eq!(ranges(&kernel, pid), [(0x7_ffff_7ff4, 0x7_ffff_7ff7)]);
}
