//! The rows on the modelled kernel, its events made and dropped after each operation as the page does.

use std::rc::Rc;

use abi::{
    Fd, MapFlags, MremapFlags, MsyncFlags, OpenFlags, Path, Pid, Prot, Syscall, VirtAddr, WaitFlags,
};
use kernel::{Command, Executable, Kernel, KernelConfig, Outcome, Width};

use minic::program::{RunOptions, run_program};

use crate::row::{CALLS, GIBIBYTE, PAGES, Row, Sample};

const PAGE: u64 = 4096;
/// Where a row's mapping lies.
const AREA: u64 = 0x1000_0000;
/// Where it has a second one.
const OTHER: u64 = 0x2_0000_0000;

/// Bytes of the file that a C program sums.
const SUMMED: usize = 16 << 20;
const SUM: &str = r#"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
    long length = 16 << 20;
    int fd = open("data.bin", O_RDONLY);
    const unsigned char *p = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    unsigned long sum = 0;
    for (long i = 0; i < length; i++)
        sum += p[i];
    printf("%lu\n", sum);
    return 0;
}
"#;

/// Measures a row once, with a clock that gives seconds; none where the model refuses an operation.
pub fn sample(row: Row, clock: &dyn Fn() -> f64) -> Option<Sample> {
    if row == Row::SumOfMappedFile {
        return sum_of_mapped_file(clock);
    }
    let mut lab = Lab::new(clock)?;
    match row {
        Row::SumOfMappedFile => None,
        Row::AnonymousWriteFault => {
            lab.map_anonymous(PAGES)?;
            lab.stores(PAGES)
        }
        Row::AnonymousReadFault => {
            lab.map_anonymous(PAGES)?;
            lab.loads(PAGES, 1)
        }
        Row::ZeroPageWrite => {
            lab.map_anonymous(PAGES)?;
            lab.loads(PAGES, 1)?;
            lab.stores(PAGES)
        }
        Row::TmpfsReadFault => {
            lab.map_file("/dev/shm/f", MapFlags::MAP_SHARED)?;
            lab.loads(PAGES / 16, 16)
        }
        Row::SharedWriteFault => {
            let fd = lab.map_file("/tmp/f", MapFlags::MAP_SHARED)?;
            lab.call(Syscall::Fsync { fd })?;
            lab.stores(PAGES)
        }
        Row::PrivateFileCopy => {
            lab.map_file("/tmp/f", MapFlags::MAP_PRIVATE)?;
            lab.stores(PAGES)
        }
        Row::CopyAfterFork => {
            lab.map_anonymous(PAGES)?;
            lab.stores(PAGES)?;
            lab.call(Syscall::Fork {})?;
            lab.stores(PAGES)
        }
        Row::ReuseAfterExit => {
            lab.map_anonymous(PAGES)?;
            lab.stores(PAGES)?;
            lab.fork_exit_wait()?;
            lab.stores(PAGES)
        }
        Row::MmapMunmap => lab.repeat(CALLS, |lab| {
            let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS;
            let address = VirtAddr(lab.map(0, 1, flags, Fd(-1))?);
            lab.call(Syscall::Munmap {
                address,
                length: PAGE,
            })
        }),
        Row::MprotectSplitMerge => {
            lab.map_anonymous(3)?;
            lab.repeat(CALLS, |lab| {
                lab.protect_middle(Prot::PROT_READ)?;
                lab.protect_middle(Prot::PROT_READ | Prot::PROT_WRITE)
            })
        }
        Row::MremapMove => lab.moves(),
        Row::ForkGibibyte => lab.forks(),
        Row::MsyncPage => lab.syncs(),
        Row::Pread => lab.file_copies(false),
        Row::Pwrite => lab.file_copies(true),
        Row::MemcpyMapped => lab.memory_copies(),
        Row::Getppid => lab.repeat(50 * CALLS, |lab| lab.call(Syscall::Getppid {})),
    }
}

struct Lab<'a> {
    kernel: Kernel,
    pid: Pid,
    clock: &'a dyn Fn() -> f64,
}

impl<'a> Lab<'a> {
    fn new(clock: &'a dyn Fn() -> f64) -> Option<Lab<'a>> {
        let mut kernel = Kernel::new(KernelConfig::linux());
        let executable = Executable {
            path: Rc::from("/bench"),
            file: Rc::from([]),
            segments: Vec::new(),
        };
        let spawned = kernel.execute(&Command::Spawn {
            executable: Rc::new(executable),
            arguments: vec![Rc::from("bench")],
        });
        let Outcome::Return(pid) = spawned else {
            return None;
        };
        let pid = Pid(pid as i32);
        Some(Lab { kernel, pid, clock })
    }

    /// Times `times` calls of `work`.
    fn repeat(
        &mut self,
        times: u64,
        mut work: impl FnMut(&mut Lab<'a>) -> Option<u64>,
    ) -> Option<Sample> {
        let start = (self.clock)();
        for _ in 0..times {
            work(self)?;
        }
        Some(Sample {
            operations: times,
            seconds: (self.clock)() - start,
        })
    }

    fn done(&mut self, outcome: &Outcome) -> Option<u64> {
        self.kernel.clear_events();
        match outcome {
            Outcome::Return(value) => Some(*value),
            Outcome::Exited => Some(0),
            _ => None,
        }
    }

    #[inline(always)] // The command is made where it is used, not copied there.
    fn call(&mut self, call: Syscall) -> Option<u64> {
        self.call_of(self.pid, call)
    }

    #[inline(always)]
    fn call_of(&mut self, pid: Pid, call: Syscall) -> Option<u64> {
        let outcome = self.kernel.execute(&Command::Syscall { pid, call });
        self.done(&outcome)
    }

    fn map_anonymous(&mut self, pages: u64) -> Option<u64> {
        let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS | MapFlags::MAP_FIXED;
        self.map(AREA, pages, flags, Fd(-1))
    }

    fn map(&mut self, at: u64, pages: u64, flags: MapFlags, fd: Fd) -> Option<u64> {
        self.call(Syscall::Mmap {
            address: VirtAddr(at),
            length: pages * PAGE,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            flags,
            fd,
            offset: 0,
        })
    }

    /// A file of [`PAGES`] pages, all cached.
    fn file(&mut self, path: &str) -> Option<Fd> {
        let fd = self.call(Syscall::Open {
            path: Path::Text(Rc::from(path)),
            flags: OpenFlags::O_RDWR | OpenFlags::O_CREAT,
            mode: 0o600,
        })?;
        let fd = Fd(fd as i32);
        let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS | MapFlags::MAP_FIXED;
        let buffer = VirtAddr(self.map(OTHER, 1, flags, Fd(-1))?);
        let outcome = self
            .kernel
            .store(self.pid, buffer, Width::Long, 0x0123_4567_89ab_cdef);
        self.done(&outcome)?;
        for page in 0..PAGES {
            self.call(Syscall::Pwrite {
                fd,
                buffer,
                count: PAGE,
                offset: (page * PAGE) as i64,
            })?;
        }
        Some(fd)
    }

    fn map_file(&mut self, path: &str, sharing: MapFlags) -> Option<Fd> {
        let fd = self.file(path)?;
        self.map(AREA, PAGES, sharing | MapFlags::MAP_FIXED, fd)?;
        Some(fd)
    }

    fn stores(&mut self, pages: u64) -> Option<Sample> {
        let mut page = 0;
        self.repeat(pages, |lab| {
            let address = VirtAddr(AREA + page * PAGE);
            page += 1;
            let outcome = lab.kernel.store(lab.pid, address, Width::Byte, 1);
            lab.done(&outcome)
        })
    }

    /// Loads from every `stride`th page.
    fn loads(&mut self, times: u64, stride: u64) -> Option<Sample> {
        let mut page = 0;
        self.repeat(times, |lab| {
            let address = VirtAddr(AREA + page * PAGE);
            page += stride;
            let outcome = lab.kernel.load(lab.pid, address, Width::Byte);
            lab.done(&outcome)
        })
    }

    fn protect_middle(&mut self, prot: Prot) -> Option<u64> {
        self.call(Syscall::Mprotect {
            address: VirtAddr(AREA + PAGE),
            length: PAGE,
            prot,
        })
    }

    fn fork_exit_wait(&mut self) -> Option<u64> {
        let child = self.call(Syscall::Fork {})?;
        self.exit_and_wait(child)
    }

    fn exit_and_wait(&mut self, child: u64) -> Option<u64> {
        self.call_of(Pid(child as i32), Syscall::Exit { status: 0 })?;
        self.call(Syscall::Wait4 {
            pid: child as i32,
            status: VirtAddr::NULL,
            options: WaitFlags::empty(),
        })
    }

    /// Back and forth over a page that stays.
    fn moves(&mut self) -> Option<Sample> {
        self.map_anonymous(3)?;
        self.stores(1)?;
        let (mut from, mut to) = (VirtAddr(AREA), VirtAddr(AREA + 2 * PAGE));
        self.call(Syscall::Munmap {
            address: to,
            length: PAGE,
        })?;
        self.repeat(CALLS, |lab| {
            let moved = lab.call(Syscall::Mremap {
                old_address: from,
                old_length: PAGE,
                new_length: PAGE,
                flags: MremapFlags::MREMAP_MAYMOVE | MremapFlags::MREMAP_FIXED,
                new_address: to,
            });
            std::mem::swap(&mut from, &mut to);
            moved
        })
    }

    fn forks(&mut self) -> Option<Sample> {
        self.map_anonymous(GIBIBYTE)?;
        self.stores(GIBIBYTE)?;
        let mut total = Sample {
            operations: 0,
            seconds: 0.0,
        };
        for _ in 0..10 {
            let mut child = 0;
            let one = self.repeat(1, |lab| {
                child = lab.call(Syscall::Fork {})?;
                Some(child)
            })?;
            total.operations += 1;
            total.seconds += one.seconds;
            self.exit_and_wait(child)?;
        }
        Some(total)
    }

    fn syncs(&mut self) -> Option<Sample> {
        self.map_file("/tmp/f", MapFlags::MAP_SHARED)?;
        self.stores(PAGES)?;
        let sample = self.repeat(1, |lab| {
            lab.call(Syscall::Msync {
                address: VirtAddr(AREA),
                length: PAGES * PAGE,
                flags: MsyncFlags::MS_SYNC,
            })
        })?;
        Some(Sample {
            operations: PAGES,
            ..sample
        })
    }

    fn file_copies(&mut self, write: bool) -> Option<Sample> {
        let fd = self.file("/dev/shm/f")?;
        let buffer = VirtAddr(OTHER);
        let mut page = 0;
        self.repeat(CALLS, |lab| {
            let (count, offset) = (PAGE, (page % PAGES * PAGE) as i64);
            page += 1;
            lab.call(if write {
                Syscall::Pwrite {
                    fd,
                    buffer,
                    count,
                    offset,
                }
            } else {
                Syscall::Pread {
                    fd,
                    buffer,
                    count,
                    offset,
                }
            })
        })
    }

    fn memory_copies(&mut self) -> Option<Sample> {
        self.map_file("/dev/shm/f", MapFlags::MAP_SHARED)?;
        self.loads(PAGES, 1)?;
        let (pid, to) = (self.pid, VirtAddr(OTHER));
        let mut page = 0;
        self.repeat(CALLS, |lab| {
            let from = VirtAddr(AREA + page % PAGES * PAGE);
            page += 1;
            let outcome = lab.kernel.copy_bytes(pid, to, from, PAGE);
            lab.done(&outcome)
        })
    }
}

/// From the program's text to its end.
fn sum_of_mapped_file(clock: &dyn Fn() -> f64) -> Option<Sample> {
    let options = RunOptions {
        files: vec![("data.bin".into(), vec![1; SUMMED].into())],
        ..RunOptions::default()
    };
    let start = clock();
    let ran = run_program("sum.c", SUM, &options).ok()?;
    let seconds = clock() - start;
    (ran.status == Some(0)).then_some(Sample {
        operations: SUMMED as u64,
        seconds,
    })
}
