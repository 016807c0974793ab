//! Random commands, and the machine that they are given to: for the property tests, here and in the browser.

#![allow(clippy::panic)]

use std::rc::Rc;

use abi::{
    Advice, Disposition, FallocateFlags, Fd, FileAdvice, MapFlags, MemfdFlags, MremapFlags,
    MsyncFlags, OpenFlags, Path, Pid, Prot, Signal, SignalAction, Syscall, VirtAddr, WaitFlags,
};
use kernel::{Command, Executable, Kernel, KernelConfig, Outcome, Segment, Width};
use proptest::prelude::*;

/// Where the random mappings lie: 16 pages, in the middle of a page table's node and across its end.
const ARENA: u64 = 0x5000_0000 - 8 * 4096;
const PAGES: u64 = 16;
/// The buffer of read and write: always mapped.
const BUFFER: VirtAddr = VirtAddr(0x40_0000);

/// A command by whichever process is the `process`th of those that live.
#[derive(Clone, Debug)]
pub struct Step {
    process: u32,
    action: Action,
}

#[derive(Clone, Debug)]
pub enum Action {
    Call(Syscall),
    Load(VirtAddr),
    Store(VirtAddr, u64),
    DropCaches,
}

fn page() -> impl Strategy<Value = VirtAddr> {
    (0..PAGES).prop_map(|page| VirtAddr(ARENA + page * 4096))
}

fn length() -> impl Strategy<Value = u64> {
    (1u64..6).prop_map(|pages| pages * 4096)
}

fn prot() -> impl Strategy<Value = Prot> {
    (0u32..4).prop_map(Prot::from_bits_retain)
}

/// A disk file, one of /dev/shm, a memfd; and two that are none of these.
fn fd() -> impl Strategy<Value = Fd> {
    (2i32..7).prop_map(Fd)
}

/// Byte offsets around the ends of the first pages.
fn offset() -> impl Strategy<Value = i64> {
    (0i64..6, -2i64..3).prop_map(|(page, bytes)| (page * 4096 + bytes).max(0))
}

fn address() -> impl Strategy<Value = VirtAddr> {
    (page(), prop_oneof![Just(0u64), Just(100), Just(4092)]).prop_map(|(page, at)| page.offset(at))
}

fn memory_call() -> impl Strategy<Value = Syscall> {
    let anonymous = MapFlags::MAP_ANONYMOUS;
    let kind = prop_oneof![
        Just(MapFlags::MAP_PRIVATE),
        Just(MapFlags::MAP_SHARED),
        Just(MapFlags::MAP_PRIVATE | anonymous),
        Just(MapFlags::MAP_SHARED | anonymous),
        Just(MapFlags::MAP_PRIVATE | anonymous | MapFlags::MAP_POPULATE),
    ];
    let mmap = (page(), length(), prot(), kind, fd(), 0u64..4).prop_map(
        |(address, length, prot, kind, fd, first)| Syscall::Mmap {
            address,
            length,
            prot,
            flags: kind | MapFlags::MAP_FIXED,
            fd,
            offset: first * 4096,
        },
    );
    let advice = prop_oneof![
        Just(Advice::DontNeed),
        Just(Advice::Free),
        Just(Advice::WillNeed),
        Just(Advice::WipeOnFork),
        Just(Advice::DontFork),
        Just(Advice::GuardInstall),
        Just(Advice::GuardRemove),
        Just(Advice::Cold),
        Just(Advice::PageOut),
        Just(Advice::PopulateRead),
        Just(Advice::PopulateWrite),
        Just(Advice::Remove),
    ];
    let sync = prop_oneof![Just(MsyncFlags::MS_SYNC), Just(MsyncFlags::MS_ASYNC)];
    let moves = prop_oneof![
        Just(MremapFlags::empty()),
        Just(MremapFlags::MREMAP_MAYMOVE),
        Just(MremapFlags::MREMAP_MAYMOVE | MremapFlags::MREMAP_FIXED),
        Just(
            MremapFlags::MREMAP_MAYMOVE | MremapFlags::MREMAP_FIXED | MremapFlags::MREMAP_DONTUNMAP
        ),
    ];
    prop_oneof![
        6 => mmap,
        2 => (page(), length()).prop_map(|(address, length)| Syscall::Munmap { address, length }),
        2 => (page(), length(), prot())
            .prop_map(|(address, length, prot)| Syscall::Mprotect { address, length, prot }),
        1 => (page(), length(), advice)
            .prop_map(|(address, length, advice)| Syscall::Madvise { address, length, advice }),
        1 => (page(), length(), sync)
            .prop_map(|(address, length, flags)| Syscall::Msync { address, length, flags }),
        1 => (page(), length()).prop_map(|(address, length)| Syscall::Mlock { address, length }),
        2 => (page(), length(), length(), moves, page()).prop_map(
            |(old_address, old_length, new_length, flags, new_address)| Syscall::Mremap {
                old_address,
                old_length,
                new_length: match flags.contains(MremapFlags::MREMAP_DONTUNMAP) {
                    true => old_length,
                    false => new_length,
                },
                flags,
                new_address,
            },
        ),
    ]
}

fn file_call() -> impl Strategy<Value = Syscall> {
    let punch = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    let mode = prop_oneof![Just(punch), Just(FallocateFlags::empty())];
    let buffer = prop_oneof![Just(BUFFER), address()];
    prop_oneof![
        2 => (fd(), buffer.clone(), 1u64..9000, offset()).prop_map(|(fd, buffer, count, offset)| {
            Syscall::Pread { fd, buffer, count, offset }
        }),
        3 => (fd(), buffer, 1u64..9000, offset()).prop_map(|(fd, buffer, count, offset)| {
            Syscall::Pwrite { fd, buffer, count, offset }
        }),
        2 => (fd(), offset()).prop_map(|(fd, length)| Syscall::Ftruncate { fd, length }),
        1 => (fd(), mode, offset(), 1i64..9000).prop_map(|(fd, mode, offset, length)| {
            Syscall::Fallocate { fd, mode, offset, length }
        }),
        1 => fd().prop_map(|fd| Syscall::Fsync { fd }),
        1 => fd().prop_map(|fd| {
            Syscall::Fadvise { fd, offset: 0, length: 0, advice: FileAdvice::DontNeed }
        }),
        1 => (fd(), fd()).prop_map(|(old, new)| Syscall::Dup2 { old, new }),
    ]
}

fn task_call() -> impl Strategy<Value = Syscall> {
    let wait = Syscall::Wait4 {
        pid: -1,
        status: VirtAddr::NULL,
        options: WaitFlags::WNOHANG,
    };
    prop_oneof![
        3 => Just(Syscall::Fork {}),
        2 => Just(Syscall::Exit { status: 3 }),
        2 => Just(wait),
        1 => Just(Syscall::Kill { pid: 0, signal: 17 }),
    ]
}

/// A random command.
pub fn step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        8 => memory_call().prop_map(Action::Call),
        6 => file_call().prop_map(Action::Call),
        3 => task_call().prop_map(Action::Call),
        6 => address().prop_map(Action::Load),
        8 => (address(), any::<u64>()).prop_map(|(address, value)| Action::Store(address, value)),
        1 => Just(Action::DropCaches),
    ];
    (0u32..4, action).prop_map(|(process, action)| Step { process, action })
}

/// A machine with a process that has descriptors 3 to 5, and a handler for faults.
pub fn machine() -> Kernel {
    let mut kernel = Kernel::new(KernelConfig {
        frames: 4096,
        fault_around: 4,
        ..KernelConfig::classroom()
    });
    let segment = Segment {
        address: BUFFER,
        offset: 0,
        file_length: 100,
        memory_length: 3 * 4096,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
    };
    let executable = Executable {
        path: "a.out".into(),
        file: Rc::from([7; 100]),
        segments: vec![segment],
    };
    let arguments = vec!["a.out".into()];
    let executable = Rc::new(executable);
    let Outcome::Return(pid) = kernel.execute(&Command::Spawn {
        executable,
        arguments,
    }) else {
        panic!("no process");
    };
    let pid = Pid(pid as i32);
    kernel.execute(&Command::AddFile {
        path: "data".into(),
        bytes: Rc::from([1; 9000]),
    });
    let open = |path: &str| Syscall::Open {
        path: Path::Text(path.into()),
        flags: OpenFlags::O_RDWR | OpenFlags::O_CREAT,
        mode: 0o600,
    };
    let name = Path::Text("m".into());
    let flags = MemfdFlags::MFD_ALLOW_SEALING;
    for call in [
        open("data"),
        open("/dev/shm/s"),
        Syscall::MemfdCreate { name, flags },
    ] {
        let outcome = kernel.execute(&Command::Syscall { pid, call });
        assert!(matches!(outcome, Outcome::Return(_)), "{outcome:?}");
    }
    survive_faults(&mut kernel, pid);
    kernel
}

fn survive_faults(kernel: &mut Kernel, pid: Pid) {
    let action = SignalAction {
        disposition: Disposition::Handler(VirtAddr(1)),
        ..SignalAction::default()
    };
    for signal in [Signal::Segv, Signal::Bus] {
        let (signal, action) = (signal.number(), Some(action));
        let call = Syscall::Sigaction { signal, action };
        kernel.execute(&Command::Syscall { pid, call });
    }
}

/// The process that is meant, among those that live; the last of them exits, but for the first.
fn choose(kernel: &Kernel, step: &Step) -> Option<Pid> {
    let living = kernel.tasks().iter().filter(|task| !task.is_zombie());
    let living: Vec<Pid> = living.map(|task| task.pid).collect();
    match step.action {
        Action::Call(Syscall::Exit { .. }) => living.get(1..)?.last().copied(),
        _ => living.get(step.process as usize % living.len()).copied(),
    }
}

/// Does a step.
pub fn run(kernel: &mut Kernel, step: &Step) {
    let Some(pid) = choose(kernel, step) else {
        return;
    };
    let width = Width::Long;
    let command = match &step.action {
        Action::Call(call) => Command::Syscall {
            pid,
            call: call.clone(),
        },
        Action::Load(address) => Command::Load {
            pid,
            address: *address,
            width,
        },
        Action::Store(address, value) => Command::Store {
            pid,
            address: *address,
            width,
            value: *value,
        },
        Action::DropCaches => Command::DropCaches,
    };
    kernel.execute(&command);
    kernel.clear_events();
}
