//! What operations cost on this Linux: the rows of the cost table, each sample in a process of its
//! own, by its CPU time.

use std::ffi::CString;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::ptr::null_mut;

use bench::{CALLS, GIBIBYTE, PAGES, Row, Sample};

const PAGE: usize = 4096;
const AREA_BYTES: usize = PAGES as usize * PAGE;

/// CPU time of this process, in seconds: what both sides are measured by.
pub fn cpu_seconds() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a valid timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Makes the allocator keep what is freed, as the page's memory never shrinks: otherwise each sample
/// of the model would begin with page faults of its own.
pub fn keep_freed_memory() {
    // SAFETY: plain settings of the allocator.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        libc::mallopt(libc::M_MMAP_THRESHOLD, i32::MAX);
    }
}

/// A process that measures rows on this Linux. It is forked while this one is small, and asked
/// later: were this one forked for each sample, the model would pay for copies of its own pages.
pub struct Linux {
    line: UnixStream,
}

impl Linux {
    /// Starts the process; it ends with this value.
    pub fn start() -> io::Result<Linux> {
        let (line, mut theirs) = UnixStream::pair()?;
        // SAFETY: the child measures rows until nobody can ask it any more, and ends with _exit.
        unsafe {
            let child = check(libc::fork().into())?;
            if child == 0 {
                drop(line);
                let mut number = [0];
                while theirs.read_exact(&mut number).is_ok() {
                    let [operations, seconds] = in_child(number[0]);
                    let answer = [operations.to_ne_bytes(), seconds.to_ne_bytes()].concat();
                    if theirs.write_all(&answer).is_err() {
                        break;
                    }
                }
                libc::_exit(0);
            }
        }
        Ok(Linux { line })
    }

    /// Measures a row once; none where it failed.
    pub fn sample(&mut self, row: Row) -> Option<Sample> {
        let number = Row::ALL.iter().position(|known| *known == row)?;
        self.line.write_all(&[number as u8]).ok()?;
        let (mut operations, mut seconds) = ([0; 8], [0; 8]);
        self.line.read_exact(&mut operations).ok()?;
        self.line.read_exact(&mut seconds).ok()?;
        let operations = u64::from_ne_bytes(operations);
        (operations > 0).then_some(Sample {
            operations,
            seconds: f64::from_ne_bytes(seconds),
        })
    }
}

/// Measures the row of this number in a child process: operations, which are 0 where it failed, and
/// the bits of the seconds.
fn in_child(number: u8) -> [u64; 2] {
    let mut words = [0_u64; 2];
    let Some(row) = Row::ALL.get(usize::from(number)) else {
        return words;
    };
    let mut pipe = [0; 2];
    let directory = std::env::temp_dir();
    // SAFETY: the child makes system calls and touches memory that it mapped itself; it ends
    // with _exit. The pipe's ends are closed on both sides.
    unsafe {
        if libc::pipe(pipe.as_mut_ptr()) < 0 {
            return words;
        }
        let child = libc::fork();
        if child == 0 {
            libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
            if let Ok(sample) = measure(*row, &directory.to_string_lossy()) {
                words = [sample.operations, sample.seconds.to_bits()];
            }
            libc::write(pipe[1], words.as_ptr().cast(), 16);
            libc::_exit(0);
        }
        libc::close(pipe[1]);
        libc::read(pipe[0], words.as_mut_ptr().cast(), 16);
        libc::close(pipe[0]);
        if child > 0 {
            libc::waitpid(child, null_mut(), 0);
        }
    }
    words
}

fn check(result: i64) -> io::Result<i64> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn repeat(times: u64, mut work: impl FnMut(u64) -> io::Result<()>) -> io::Result<Sample> {
    let start = cpu_seconds();
    for number in 0..times {
        work(number)?;
    }
    Ok(Sample {
        operations: times,
        seconds: cpu_seconds() - start,
    })
}

/// A mapping, as memory that any value may be read from and written to.
#[derive(Clone, Copy)]
struct Area(*mut u8);

impl Area {
    fn map(bytes: usize, flags: i32, fd: i32) -> io::Result<Area> {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping, where the kernel likes.
        let address = unsafe { libc::mmap(null_mut(), bytes, prot, flags, fd, 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Area(address.cast()))
    }

    fn anonymous(pages: u64) -> io::Result<Area> {
        let bytes = pages as usize * PAGE;
        Area::map(bytes, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)
    }

    fn page(self, page: u64) -> *mut u8 {
        // SAFETY: callers stay within the mapping.
        unsafe { self.0.add(page as usize * PAGE) }
    }

    fn stores(self, pages: u64) -> io::Result<Sample> {
        repeat(pages, |page| {
            // SAFETY: within the mapping, which is writable.
            unsafe { self.page(page).write_volatile(1) };
            Ok(())
        })
    }

    fn loads(self, times: u64, stride: u64) -> io::Result<Sample> {
        repeat(times, |number| {
            // SAFETY: within the mapping, which is readable.
            unsafe { self.page(number * stride).read_volatile() };
            Ok(())
        })
    }
}

/// A file of [`PAGES`] pages, all cached, written page by page, without a name.
fn file(directory: &str) -> io::Result<i32> {
    let name = format!("{directory}/mmap-lab-bench-{}", std::process::id());
    let name = CString::new(name)?;
    let page = [1_u8; PAGE];
    // SAFETY: plain system calls with valid buffers.
    unsafe {
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;
        let fd = check(libc::open(name.as_ptr(), flags, 0o600).into())? as i32;
        check(libc::unlink(name.as_ptr()).into())?;
        for number in 0..PAGES as usize {
            let offset = (number * PAGE) as i64;
            check(libc::pwrite(fd, page.as_ptr().cast(), PAGE, offset) as i64)?;
        }
        Ok(fd)
    }
}

const SHARED_MEMORY: &str = "/dev/shm";

fn map_file(directory: &str, flags: i32) -> io::Result<(i32, Area)> {
    let fd = file(directory)?;
    Ok((fd, Area::map(AREA_BYTES, flags, fd)?))
}

fn measure(row: Row, disk: &str) -> io::Result<Sample> {
    match row {
        Row::AnonymousWriteFault => Area::anonymous(PAGES)?.stores(PAGES),
        Row::AnonymousReadFault => Area::anonymous(PAGES)?.loads(PAGES, 1),
        Row::ZeroPageWrite => {
            let area = Area::anonymous(PAGES)?;
            area.loads(PAGES, 1)?;
            area.stores(PAGES)
        }
        Row::TmpfsReadFault => map_file(SHARED_MEMORY, libc::MAP_SHARED)?
            .1
            .loads(PAGES / 16, 16),
        Row::SharedWriteFault => {
            let (fd, area) = map_file(disk, libc::MAP_SHARED)?;
            // SAFETY: a plain system call.
            check(unsafe { libc::fsync(fd) }.into())?;
            area.stores(PAGES)
        }
        Row::PrivateFileCopy => map_file(disk, libc::MAP_PRIVATE)?.1.stores(PAGES),
        Row::CopyAfterFork => after_fork(true),
        Row::ReuseAfterExit => after_fork(false),
        Row::MmapMunmap => repeat(CALLS, |_| {
            let area = Area::anonymous(1)?;
            // SAFETY: the mapping just made.
            check(unsafe { libc::munmap(area.0.cast(), PAGE) }.into()).map(|_| ())
        }),
        Row::MprotectSplitMerge => {
            let middle = Area::anonymous(3)?.page(1).cast();
            let both = libc::PROT_READ | libc::PROT_WRITE;
            repeat(CALLS, |_| {
                // SAFETY: a page of a mapping of this function's own.
                unsafe {
                    check(libc::mprotect(middle, PAGE, libc::PROT_READ).into())?;
                    check(libc::mprotect(middle, PAGE, both).into()).map(|_| ())
                }
            })
        }
        Row::MremapMove => moves(),
        Row::ForkGibibyte => forks(),
        Row::MsyncPage => {
            let (_, area) = map_file(disk, libc::MAP_SHARED)?;
            area.stores(PAGES)?;
            let sample = repeat(1, |_| {
                // SAFETY: the mapping just made.
                let result = unsafe { libc::msync(area.0.cast(), AREA_BYTES, libc::MS_SYNC) };
                check(result.into()).map(|_| ())
            })?;
            Ok(Sample {
                operations: PAGES,
                ..sample
            })
        }
        Row::Pread | Row::Pwrite => file_copies(row == Row::Pwrite),
        Row::MemcpyMapped => {
            let (_, area) = map_file(SHARED_MEMORY, libc::MAP_SHARED)?;
            area.loads(PAGES, 1)?;
            let to = Area::anonymous(1)?;
            to.stores(1)?;
            repeat(CALLS, |number| {
                // SAFETY: both pages are mapped and do not overlap.
                unsafe { area.page(number % PAGES).copy_to_nonoverlapping(to.0, PAGE) };
                std::hint::black_box(to.0);
                Ok(())
            })
        }
        Row::Getppid => repeat(50 * CALLS, |_| {
            // SAFETY: a plain system call.
            unsafe { libc::getppid() };
            Ok(())
        }),
        Row::SumOfMappedFile => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Stores to each page after a fork: while the child lives, or after its end.
fn after_fork(child_lives: bool) -> io::Result<Sample> {
    let area = Area::anonymous(PAGES)?;
    area.stores(PAGES)?;
    // SAFETY: the child only waits or ends.
    unsafe {
        let child = check(libc::fork().into())? as i32;
        if child == 0 {
            if child_lives {
                libc::pause();
            }
            libc::_exit(0);
        }
        if !child_lives {
            check(libc::waitpid(child, null_mut(), 0).into())?;
        }
        let sample = area.stores(PAGES);
        if child_lives {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, null_mut(), 0);
        }
        sample
    }
}

fn moves() -> io::Result<Sample> {
    let area = Area::anonymous(3)?;
    area.stores(1)?;
    let (mut from, mut to) = (area.page(0), area.page(2));
    // SAFETY: the pages are of a mapping of this function's own, and not used otherwise.
    unsafe {
        check(libc::munmap(to.cast(), PAGE).into())?;
        repeat(CALLS, |_| {
            let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
            let moved = libc::mremap(from.cast(), PAGE, PAGE, flags, to);
            if moved == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            std::mem::swap(&mut from, &mut to);
            Ok(())
        })
    }
}

fn forks() -> io::Result<Sample> {
    Area::anonymous(GIBIBYTE)?.stores(GIBIBYTE)?;
    let mut total = Sample {
        operations: 0,
        seconds: 0.0,
    };
    for _ in 0..3 {
        let start = cpu_seconds();
        // SAFETY: the child ends at once.
        unsafe {
            let child = check(libc::fork().into())? as i32;
            if child == 0 {
                libc::_exit(0);
            }
            total.seconds += cpu_seconds() - start;
            total.operations += 1;
            check(libc::waitpid(child, null_mut(), 0).into())?;
        }
    }
    Ok(total)
}

fn file_copies(write: bool) -> io::Result<Sample> {
    let fd = file(SHARED_MEMORY)?;
    let buffer = Area::anonymous(1)?;
    buffer.stores(1)?;
    repeat(CALLS, |number| {
        let offset = (number % PAGES) as i64 * PAGE as i64;
        // SAFETY: the buffer is a mapped page.
        let result = unsafe {
            if write {
                libc::pwrite(fd, buffer.0.cast(), PAGE, offset)
            } else {
                libc::pread(fd, buffer.0.cast(), PAGE, offset)
            }
        };
        check(result as i64).map(|_| ())
    })
}
