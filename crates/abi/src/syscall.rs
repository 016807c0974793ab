//! System calls with typed arguments; `Display` spells each as C does.

use std::fmt::{self, Write as _};
use std::rc::Rc;

use crate::{
    Advice, FallocateFlags, Fd, FileAdvice, MapFlags, MemfdFlags, MlockFlags, MlockallFlags,
    MremapFlags, MsyncFlags, OpenFlags, Prot, Resource, Signal, SignalAction, SignalSet, VirtAddr,
    WaitFlags, Whence,
};

/// A path argument: a string in the caller's memory, which the kernel reads, or a text
/// that is known from elsewhere (a trace).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Path {
    /// The address of a NUL-terminated string.
    At(VirtAddr),
    /// The string itself.
    Text(Rc<str>),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::At(address) => address.fmt(f),
            Path::Text(text) => c_string(text).fmt(f),
        }
    }
}

/// The text as a string literal of C. `Debug` would spell it as Rust does.
pub fn c_string(text: &str) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| {
        f.write_char('"')?;
        for c in text.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '"' | '\\' => write!(f, "\\{c}")?,
                '\0'..' ' | '\x7f' => write!(f, "\\{:03o}", u32::from(c))?,
                _ => f.write_char(c)?,
            }
        }
        f.write_char('"')
    })
}

/// Declares the calls: each with its C name and its arguments in C's order.
macro_rules! syscalls {
    ($($(#[$doc:meta])* $variant:ident $name:ident { $($arg:ident: $type:ty),* };)*) => {
        /// A system call of a program. Addresses are the caller's; lengths and offsets are in bytes.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Syscall {
            $($(#[$doc])* #[allow(missing_docs)] $variant { $($arg: $type),* },)*
        }

        impl Syscall {
            /// The C name, such as `mmap`.
            pub const fn name(&self) -> &'static str {
                match self { $(Syscall::$variant { .. } => stringify!($name),)* }
            }
        }

        impl fmt::Display for Syscall {
            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Syscall::$variant { $($arg),* } => {
                        write!(f, "{}(", stringify!($name))?;
                        let mut separator = "";
                        $(write!(f, "{separator}{}", Argument($arg))?; separator = ", ";)*
                        f.write_str(")")
                    })*
                }
            }
        }
    };
}

syscalls! {
    /// mmap(2); `offset` is unsigned as the kernel takes it.
    Mmap mmap { address: VirtAddr, length: u64, prot: Prot, flags: MapFlags, fd: Fd, offset: u64 };
    /// munmap(2)
    Munmap munmap { address: VirtAddr, length: u64 };
    /// mprotect(2)
    Mprotect mprotect { address: VirtAddr, length: u64, prot: Prot };
    /// mremap(2); `new_address` counts with MREMAP_FIXED and as DONTUNMAP's hint.
    Mremap mremap { old_address: VirtAddr, old_length: u64, new_length: u64, flags: MremapFlags, new_address: VirtAddr };
    /// brk(2) as the kernel has it: gives the break, changed or not.
    Brk brk { address: VirtAddr };
    /// madvise(2)
    Madvise madvise { address: VirtAddr, length: u64, advice: Advice };
    /// mincore(2); `vector` gets a byte for each page.
    Mincore mincore { address: VirtAddr, length: u64, vector: VirtAddr };
    /// msync(2)
    Msync msync { address: VirtAddr, length: u64, flags: MsyncFlags };
    /// mlock(2)
    Mlock mlock { address: VirtAddr, length: u64 };
    /// mlock2(2)
    Mlock2 mlock2 { address: VirtAddr, length: u64, flags: MlockFlags };
    /// munlock(2)
    Munlock munlock { address: VirtAddr, length: u64 };
    /// mlockall(2)
    Mlockall mlockall { flags: MlockallFlags };
    /// munlockall(2)
    Munlockall munlockall {};

    /// open(2)
    Open open { path: Path, flags: OpenFlags, mode: u32 };
    /// close(2)
    Close close { fd: Fd };
    /// read(2)
    Read read { fd: Fd, buffer: VirtAddr, count: u64 };
    /// write(2)
    Write write { fd: Fd, buffer: VirtAddr, count: u64 };
    /// pread(2)
    Pread pread { fd: Fd, buffer: VirtAddr, count: u64, offset: i64 };
    /// pwrite(2)
    Pwrite pwrite { fd: Fd, buffer: VirtAddr, count: u64, offset: i64 };
    /// lseek(2)
    Lseek lseek { fd: Fd, offset: i64, whence: Whence };
    /// ftruncate(2)
    Ftruncate ftruncate { fd: Fd, length: i64 };
    /// truncate(2)
    Truncate truncate { path: Path, length: i64 };
    /// fallocate(2)
    Fallocate fallocate { fd: Fd, mode: FallocateFlags, offset: i64, length: i64 };
    /// posix_fadvise(2)
    Fadvise posix_fadvise { fd: Fd, offset: i64, length: i64, advice: FileAdvice };
    /// fstat(2); writes the 144 bytes of `struct stat`.
    Fstat fstat { fd: Fd, buffer: VirtAddr };
    /// stat(2)
    Stat stat { path: Path, buffer: VirtAddr };
    /// unlink(2)
    Unlink unlink { path: Path };
    /// dup(2)
    Dup dup { fd: Fd };
    /// dup2(2)
    Dup2 dup2 { old: Fd, new: Fd };
    /// fcntl(2): the command's number and argument.
    Fcntl fcntl { fd: Fd, command: i32, argument: u64 };
    /// fsync(2)
    Fsync fsync { fd: Fd };
    /// fdatasync(2)
    Fdatasync fdatasync { fd: Fd };
    /// sync(2)
    Sync sync {};
    /// pipe(2); writes two ints.
    Pipe pipe { fds: VirtAddr };
    /// memfd_create(2)
    MemfdCreate memfd_create { name: Path, flags: MemfdFlags };

    /// fork(2)
    Fork fork {};
    /// vfork(2)
    Vfork vfork {};
    /// wait4(2); `status` gets an int where it is not NULL.
    Wait4 wait4 { pid: i32, status: VirtAddr, options: WaitFlags };
    /// _exit(2)
    Exit _exit { status: i32 };
    /// getpid(2)
    Getpid getpid {};
    /// getppid(2)
    Getppid getppid {};
    /// kill(2)
    Kill kill { pid: i32, signal: i32 };
    /// tgkill(2) to oneself, as raise(3) sends it.
    Raise raise { signal: i32 };
    /// sigaction(2); a NULL action only asks.
    Sigaction sigaction { signal: i32, action: Option<SignalAction> };
    /// sigprocmask(2) with SIG_SETMASK; gives the old mask.
    Sigsetmask sigprocmask { mask: SignalSet };
    /// sigreturn(2): the handler on top returns.
    Sigreturn sigreturn { };
    /// pause(2)
    Pause pause {};
    /// sched_yield(2)
    SchedYield sched_yield {};
    /// nanosleep(2) of so many nanoseconds, as sleep(3) makes it.
    Nanosleep nanosleep { nanoseconds: u64 };
    /// clock_nanosleep(2), which nanosleep(3) makes; reads a `struct timespec`.
    ClockNanosleep clock_nanosleep { request: VirtAddr };
    /// getrlimit(2); writes two u64.
    Getrlimit getrlimit { resource: Resource, limits: VirtAddr };
    /// setrlimit(2); reads two u64.
    Setrlimit setrlimit { resource: Resource, limits: VirtAddr };
    /// getrusage(2); writes the 144 bytes of `struct rusage`.
    Getrusage getrusage { who: i32, usage: VirtAddr };
}

/// An argument as C would spell it.
struct Argument<'a, T>(&'a T);

macro_rules! spelled_by_display {
    ($($type:ty),*) => {
        $(impl fmt::Display for Argument<'_, $type> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        })*
    };
}

spelled_by_display!(
    VirtAddr,
    Fd,
    Path,
    Prot,
    MapFlags,
    MremapFlags,
    MsyncFlags,
    MlockFlags,
    MlockallFlags,
    OpenFlags,
    MemfdFlags,
    FallocateFlags,
    WaitFlags,
    Advice,
    FileAdvice,
    Whence,
    Resource,
    i32,
    u32,
    i64,
    u64
);

impl fmt::Display for Argument<'_, SignalSet> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0.0)
    }
}

impl fmt::Display for Argument<'_, Option<SignalAction>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "&action" } else { "NULL" })
    }
}

impl Syscall {
    /// Sends `signal` to the caller, as raise(3) does.
    pub const fn raise(signal: Signal) -> Syscall {
        Syscall::Raise {
            signal: signal.number(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_spelled_as_in_c() {
        let call = Syscall::Mmap {
            address: VirtAddr::NULL,
            length: 8192,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            flags: MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS,
            fd: Fd(-1),
            offset: 0,
        };
        let c = "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)";
        assert_eq!(call.to_string(), c);
        assert_eq!(Syscall::Fork {}.to_string(), "fork()");
    }
}
