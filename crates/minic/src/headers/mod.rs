//! What the accepted headers declare: types, macros and functions, written as C in `text/`.
//!
//! Every program sees all of it, whichever headers it includes; its own declarations hide these.
//! Constants are in [`abi::constants`]. Neighbours: [`crate::check`] checks the text once and keeps the result;
//! [`LibraryFunction`] names the functions for the back end.

mod library;

pub use library::LibraryFunction;

/// Macros of the headers.
pub const MACROS: &str = include_str!("text/macros.h");
/// Types of the headers.
pub const TYPES: &str = include_str!("text/types.h");
/// Prototypes of the functions.
pub const FUNCTIONS: &str = include_str!("text/functions.h");

/// Whether `#include <name>` is accepted.
pub fn is_header(name: &str) -> bool {
    const HEADERS: &[&str] = &[
        "aio.h",
        "alloca.h",
        "arpa/inet.h",
        "assert.h",
        "complex.h",
        "ctype.h",
        "dirent.h",
        "dlfcn.h",
        "endian.h",
        "err.h",
        "errno.h",
        "error.h",
        "execinfo.h",
        "fcntl.h",
        "features.h",
        "fenv.h",
        "float.h",
        "getopt.h",
        "grp.h",
        "inttypes.h",
        "iso646.h",
        "libgen.h",
        "limits.h",
        "locale.h",
        "malloc.h",
        "math.h",
        "memory.h",
        "mman.h",
        "mqueue.h",
        "netdb.h",
        "netinet/in.h",
        "numa.h",
        "numaif.h",
        "paths.h",
        "poll.h",
        "pthread.h",
        "pwd.h",
        "sched.h",
        "search.h",
        "semaphore.h",
        "setjmp.h",
        "signal.h",
        "spawn.h",
        "stdalign.h",
        "stdarg.h",
        "stdatomic.h",
        "stdbool.h",
        "stddef.h",
        "stdint.h",
        "stdio.h",
        "stdlib.h",
        "stdnoreturn.h",
        "string.h",
        "strings.h",
        "sys/cdefs.h",
        "sys/epoll.h",
        "sys/errno.h",
        "sys/eventfd.h",
        "sys/fcntl.h",
        "sys/file.h",
        "sys/ioctl.h",
        "sys/ipc.h",
        "sys/mman.h",
        "sys/mount.h",
        "sys/msg.h",
        "sys/param.h",
        "sys/personality.h",
        "sys/poll.h",
        "sys/prctl.h",
        "sys/ptrace.h",
        "sys/resource.h",
        "sys/select.h",
        "sys/sem.h",
        "sys/sendfile.h",
        "sys/shm.h",
        "sys/signal.h",
        "sys/signalfd.h",
        "sys/socket.h",
        "sys/stat.h",
        "sys/statvfs.h",
        "sys/syscall.h",
        "sys/sysinfo.h",
        "sys/sysmacros.h",
        "sys/time.h",
        "sys/timerfd.h",
        "sys/times.h",
        "sys/types.h",
        "sys/ucontext.h",
        "sys/uio.h",
        "sys/un.h",
        "sys/user.h",
        "sys/utsname.h",
        "sys/vfs.h",
        "sys/wait.h",
        "syscall.h",
        "sysexits.h",
        "syslog.h",
        "tgmath.h",
        "threads.h",
        "time.h",
        "uchar.h",
        "ucontext.h",
        "unistd.h",
        "values.h",
        "wait.h",
        "wchar.h",
        "wctype.h",
    ];
    HEADERS.contains(&name)
        || name.starts_with("linux/")
        || name.starts_with("asm/")
        || name.starts_with("bits/")
}

/// A function's prototype as the manual prints it, without the `;`.
pub fn prototype(name: &str) -> Option<&'static str> {
    FUNCTIONS.lines().find_map(|line| {
        let (before, after) = line.split_once(name)?;
        let is_whole = before.ends_with([' ', '*']) && after.starts_with('(');
        line.strip_suffix(';').filter(|_| is_whole)
    })
}
