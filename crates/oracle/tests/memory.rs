//! How much memory the model needs: bytes are counted where they are allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering};

use abi::{Fd, MapFlags, Pid, Prot, Syscall, VirtAddr};
use kernel::{Command, Executable, Kernel, KernelConfig, Outcome, Width};

struct Counting;

static HELD: AtomicI64 = AtomicI64::new(0);

// SAFETY: every request is handed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PAGE: u64 = 4096;
const AREA: u64 = 0x1000_0000;

fn started() -> (Kernel, Pid) {
    let mut kernel = Kernel::new(KernelConfig::linux());
    let executable = Executable {
        path: Rc::from("/memory"),
        file: Rc::from([]),
        segments: Vec::new(),
    };
    let spawned = kernel.execute(&Command::Spawn {
        executable: Rc::new(executable),
        arguments: vec![Rc::from("memory")],
    });
    let Outcome::Return(pid) = spawned else {
        panic!("{spawned:?}");
    };
    kernel.take_events();
    (kernel, Pid(pid as i32))
}

fn map(kernel: &mut Kernel, pid: Pid, length: u64) {
    let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS | MapFlags::MAP_NORESERVE;
    let call = Syscall::Mmap {
        address: VirtAddr(AREA),
        length,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
        flags: flags | MapFlags::MAP_FIXED,
        fd: Fd(-1),
        offset: 0,
    };
    let mapped = kernel.execute(&Command::Syscall { pid, call });
    assert_eq!(mapped, Outcome::Return(AREA));
    kernel.take_events();
}

/// Bytes that are held after `work` and were not before.
fn added(work: impl FnOnce()) -> i64 {
    let before = HELD.load(Ordering::Relaxed);
    work();
    HELD.load(Ordering::Relaxed) - before
}

/// One test, so that no other one allocates meanwhile.
#[test]
fn memory_follows_what_was_touched() {
    let (mut kernel, pid) = started();
    let untouched = added(|| map(&mut kernel, pid, 1 << 46));
    assert!(untouched < 1024, "{untouched} bytes for a mapping of 2^46");

    const PAGES: u64 = 1 << 16;
    let (mut kernel, pid) = started();
    let resident = added(|| {
        map(&mut kernel, pid, PAGES * PAGE);
        for page in 0..PAGES {
            let at = VirtAddr(AREA + page * PAGE);
            let stored = kernel.store(pid, at, Width::Byte, 1);
            assert_eq!(stored, Outcome::Return(0));
            kernel.take_events();
        }
    });
    let each = resident as f64 / PAGES as f64;
    assert!(each <= 100.0, "{each} bytes for a resident page");
    assert!(each >= 8.0, "{each} bytes: the entry of a page alone has 8");

    // Two words of a page are bytes written into it: they are stored, and little else.
    let written = added(|| {
        for page in 0..PAGES / 16 {
            let at = VirtAddr(AREA + page * PAGE + 2048);
            kernel.store(pid, at, Width::Long, u64::MAX);
            kernel.take_events();
        }
    });
    let beside = written as f64 / (PAGES / 16) as f64 - PAGE as f64;
    assert!((0.0..=100.0 - each).contains(&beside), "{beside} bytes");
}
