//! What operations of the model cost, events made and dropped after each as the page does.
//! The rows of the cost table that memory management alone makes; `mmap-lab bench` has all, beside Linux.

use std::rc::Rc;

use abi::{Fd, MapFlags, Pid, Prot, Syscall, VirtAddr, WaitFlags};
use divan::Bencher;
use divan::counter::ItemsCount;
use kernel::{Command, Executable, Kernel, KernelConfig, Outcome, Width};

const PAGES: u64 = 16384;
const GIBIBYTE: u64 = 1 << 18;

fn main() {
    divan::main();
}

struct Lab {
    kernel: Kernel,
    pid: Pid,
    area: u64,
}

impl Lab {
    /// A process with an anonymous mapping of `pages`.
    fn new(pages: u64) -> Lab {
        let mut kernel = Kernel::new(KernelConfig::linux());
        let executable = Executable {
            path: Rc::from("/bench"),
            file: Rc::from([]),
            segments: Vec::new(),
        };
        let arguments = vec![Rc::from("bench")];
        let executable = Rc::new(executable);
        let spawn = Command::Spawn {
            executable,
            arguments,
        };
        let Outcome::Return(pid) = kernel.execute(&spawn) else {
            return Lab {
                kernel,
                pid: Pid(0),
                area: 0,
            };
        };
        let pid = Pid(pid as i32);
        let mut lab = Lab {
            kernel,
            pid,
            area: 0,
        };
        lab.area = lab.map(pages);
        lab
    }

    fn call(&mut self, call: Syscall) -> u64 {
        self.call_of(self.pid, call)
    }

    fn call_of(&mut self, pid: Pid, call: Syscall) -> u64 {
        let outcome = self.kernel.execute(&Command::Syscall { pid, call });
        self.kernel.clear_events();
        match outcome {
            Outcome::Return(value) => value,
            _ => 0,
        }
    }

    fn map(&mut self, pages: u64) -> u64 {
        self.call(Syscall::Mmap {
            address: VirtAddr::NULL,
            length: pages * 4096,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            flags: MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS,
            fd: Fd(-1),
            offset: 0,
        })
    }

    fn store_each(mut self, pages: u64) -> Lab {
        for page in 0..pages {
            let at = VirtAddr(self.area + page * 4096);
            self.kernel.store(self.pid, at, Width::Long, page);
            self.kernel.clear_events();
        }
        self
    }

    fn load_each(mut self, pages: u64) -> Lab {
        for page in 0..pages {
            let at = VirtAddr(self.area + page * 4096);
            self.kernel.load(self.pid, at, Width::Long);
            self.kernel.clear_events();
        }
        self
    }

    fn fork(&mut self) -> Pid {
        Pid(self.call(Syscall::Fork {}) as i32)
    }

    fn end(&mut self, child: Pid) {
        self.call_of(child, Syscall::Exit { status: 0 });
        self.call(Syscall::Wait4 {
            pid: child.0,
            status: VirtAddr::NULL,
            options: WaitFlags::empty(),
        });
    }
}

fn bench(bencher: Bencher, prepare: impl FnMut() -> Lab, work: impl Fn(Lab) -> Lab + Sync) {
    let counted = bencher.counter(ItemsCount::new(PAGES));
    counted.with_inputs(prepare).bench_local_values(work);
}

#[divan::bench]
fn anonymous_write_fault(bencher: Bencher) {
    bench(bencher, || Lab::new(PAGES), |lab| lab.store_each(PAGES));
}

#[divan::bench]
fn anonymous_read_fault(bencher: Bencher) {
    bench(bencher, || Lab::new(PAGES), |lab| lab.load_each(PAGES));
}

#[divan::bench]
fn copy_after_fork(bencher: Bencher) {
    let prepare = || {
        let mut lab = Lab::new(PAGES).store_each(PAGES);
        lab.fork();
        lab
    };
    bench(bencher, prepare, |lab| lab.store_each(PAGES));
}

#[divan::bench]
fn reuse_after_exit(bencher: Bencher) {
    let prepare = || {
        let mut lab = Lab::new(PAGES).store_each(PAGES);
        let child = lab.fork();
        lab.end(child);
        lab
    };
    bench(bencher, prepare, |lab| lab.store_each(PAGES));
}

#[divan::bench]
fn tlb_hit(bencher: Bencher) {
    let mut lab = Lab::new(1).store_each(1);
    let at = VirtAddr(lab.area);
    bencher.bench_local(|| {
        let loaded = lab.kernel.load(lab.pid, at, Width::Long);
        lab.kernel.clear_events();
        loaded
    });
}

#[divan::bench]
fn fork_one_gibibyte(bencher: Bencher) {
    let mut lab = Lab::new(GIBIBYTE).store_each(GIBIBYTE);
    bencher.bench_local(|| {
        let child = lab.fork();
        lab.end(child);
    });
}

#[divan::bench]
fn clone_with_one_gibibyte(bencher: Bencher) {
    let mut lab = Lab::new(GIBIBYTE).store_each(GIBIBYTE);
    let at = VirtAddr(lab.area);
    bencher.bench_local(|| {
        let snapshot = lab.kernel.clone();
        lab.kernel.store(lab.pid, at, Width::Long, 1);
        lab.kernel.clear_events();
        snapshot
    });
}
