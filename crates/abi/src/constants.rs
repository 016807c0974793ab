//! Every C constant of the modelled calls by name, for the language and the trace reader.
//!
//! Names that have a type of their own here ([`Prot`], [`Errno`] ...) are listed there and only there; [`OTHERS`] adds
//! what the man pages and headers of the calls name besides.

use crate::{
    Advice, Errno, FallocateFlags, FileAdvice, MapFlags, MemfdFlags, MlockFlags, MlockallFlags,
    MremapFlags, MsyncFlags, OpenFlags, Prot, Resource, SaFlags, Signal, WaitFlags, Whence,
};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Declares constants by name and value.
macro_rules! table {
    ($($name:ident = $value:expr,)*) => { &[$((stringify!($name), $value)),*] };
}

/// The value of the C constant `name`, as Linux on x86-64 defines it.
pub fn value_of(name: &str) -> Option<i64> {
    static ALL: LazyLock<HashMap<&'static str, i64>> = LazyLock::new(|| names().collect());
    ALL.get(name).copied()
}

/// All constants by name with their values. Each fits the first of `int`, `unsigned int` and `long` that holds it.
pub fn names() -> impl Iterator<Item = (&'static str, i64)> {
    let errnos = Errno::ALL.iter().map(|e| (e.name(), i64::from(e.number())));
    let signals = Signal::ALL
        .iter()
        .map(|s| (s.name(), i64::from(s.number())));
    let flags = Prot::names()
        .chain(MapFlags::names())
        .chain(MremapFlags::names())
        .chain(MsyncFlags::names())
        .chain(MlockFlags::names())
        .chain(MlockallFlags::names())
        .chain(OpenFlags::names())
        .chain(MemfdFlags::names())
        .chain(FallocateFlags::names())
        .chain(SaFlags::names())
        .chain(WaitFlags::names());
    let numbers = [
        Advice::NAMES,
        FileAdvice::NAMES,
        Whence::NAMES,
        Resource::NAMES,
    ];
    // On x86-64 every file is large: glibc's O_LARGEFILE is 0, the kernel's own bit is not for programs.
    let flags = flags.filter(|(name, _)| *name != "O_LARGEFILE");
    let flags = flags.map(|(name, bits)| (name, bits.cast_signed()));
    let numbers = numbers
        .into_iter()
        .flatten()
        .map(|&(name, n)| (name, i64::from(n)));
    let booleans = [("true", 1), ("false", 0)];
    let others = OTHERS.iter().copied().chain(booleans);
    others
        .chain(errnos)
        .chain(signals)
        .chain(flags)
        .chain(numbers)
}

/// The constants without a type of their own.
const OTHERS: &[(&str, i64)] = table! {
    // limits and the C library: limits.h, stdint.h, stdio.h, stdlib.h
    ATOMIC_INT_LOCK_FREE = 2, BUFSIZ = 8192, EOF = -1, CHAR_BIT = 8, CHAR_MAX = 127,
    CHAR_MIN = -128, CHAR_WIDTH = 8, EXIT_FAILURE = 1, EXIT_SUCCESS = 0, FILENAME_MAX = 4096,
    HOST_NAME_MAX = 64, INT16_MAX = 32767, INT16_MIN = -32768, INT16_WIDTH = 16,
    INT32_MAX = 2147483647, INT32_MIN = -2147483648, INT32_WIDTH = 32, INT64_WIDTH = 64,
    INT8_MAX = 127, INT8_MIN = -128, INT8_WIDTH = 8, INTMAX_WIDTH = 64, INTPTR_WIDTH = 64,
    INT_FAST16_WIDTH = 64, INT_FAST32_WIDTH = 64, INT_FAST64_WIDTH = 64, INT_FAST8_MAX = 127,
    INT_FAST8_MIN = -128, INT_FAST8_WIDTH = 8, INT_LEAST16_MAX = 32767, INT_LEAST16_MIN = -32768,
    INT_LEAST16_WIDTH = 16, INT_LEAST32_MAX = 2147483647, INT_LEAST32_MIN = -2147483648,
    INT_LEAST32_WIDTH = 32, INT_LEAST64_WIDTH = 64, INT_LEAST8_MAX = 127, INT_LEAST8_MIN = -128,
    INT_LEAST8_WIDTH = 8, INT_MAX = 2147483647, INT_MIN = -2147483648, INT_WIDTH = 32,
    IOV_MAX = 1024, LLONG_WIDTH = 64, LONG_BIT = 64, LONG_WIDTH = 64, MAX_CANON = 255,
    MAX_INPUT = 255, MB_LEN_MAX = 16, NAME_MAX = 255, NGROUPS_MAX = 65536, PATH_MAX = 4096,
    PIPE_BUF = 4096, PTRDIFF_WIDTH = 64, RAND_MAX = 2147483647, SCHAR_MAX = 127, SCHAR_MIN = -128,
    SCHAR_WIDTH = 8, SHRT_MAX = 32767, SHRT_MIN = -32768, SHRT_WIDTH = 16, SIZE_WIDTH = 64,
    UCHAR_MAX = 255, UCHAR_WIDTH = 8, UINT16_MAX = 65535, UINT16_WIDTH = 16,
    UINT32_MAX = 4294967295, UINT32_WIDTH = 32, UINT64_WIDTH = 64, UINT8_MAX = 255, UINT8_WIDTH = 8,
    UINTMAX_WIDTH = 64, UINTPTR_WIDTH = 64, UINT_FAST16_WIDTH = 64, UINT_FAST32_WIDTH = 64,
    UINT_FAST64_WIDTH = 64, UINT_FAST8_MAX = 255, UINT_FAST8_WIDTH = 8, UINT_LEAST16_MAX = 65535,
    UINT_LEAST16_WIDTH = 16, UINT_LEAST32_MAX = 4294967295, UINT_LEAST32_WIDTH = 32,
    UINT_LEAST64_WIDTH = 64, UINT_LEAST8_MAX = 255, UINT_LEAST8_WIDTH = 8, UINT_MAX = 4294967295,
    UINT_WIDTH = 32, ULLONG_WIDTH = 64, ULONG_WIDTH = 64, USHRT_MAX = 65535, USHRT_WIDTH = 16,
    WORD_BIT = 32, _IOFBF = 0, _IOLBF = 1, _IONBF = 2,
    // files: open(2), fcntl(2), stat(2), access(2)
    DN_ACCESS = 0x1, DN_ATTRIB = 0x20, DN_CREATE = 0x4, DN_DELETE = 0x8, DN_MODIFY = 0x2,
    DN_MULTISHOT = 0x80000000, DN_RENAME = 0x10, LOCK_MAND = 32, LOCK_READ = 64, LOCK_RW = 192,
    LOCK_WRITE = 128,
    AT_EACCESS = 0x200, AT_EMPTY_PATH = 0x1000, AT_FDCWD = -100, AT_NO_AUTOMOUNT = 0x800,
    AT_RECURSIVE = 0x8000, AT_REMOVEDIR = 0x200, AT_SYMLINK_FOLLOW = 0x400,
    AT_SYMLINK_NOFOLLOW = 0x100, FALLOC_FL_NO_HIDE_STALE = 4, FALLOC_FL_UNSHARE_RANGE = 64,
    FAPPEND = 1024, FASYNC = 8192, FD_CLOEXEC = 1, FFSYNC = 1052672, FNDELAY = 2048,
    FNONBLOCK = 2048, F_ADD_SEALS = 1033, F_DUPFD = 0, F_DUPFD_CLOEXEC = 1030, F_EXLCK = 4,
    F_GETFD = 1, F_GETFL = 3, F_GETLEASE = 1025, F_GETLK = 5, F_GETLK64 = 5, F_GETOWN = 9,
    F_GETOWN_EX = 16, F_GETPIPE_SZ = 1032, F_GETSIG = 11, F_GET_FILE_RW_HINT = 1037,
    F_GET_RW_HINT = 1035, F_GET_SEALS = 1034, F_LOCK = 1, F_NOTIFY = 1026, F_OFD_GETLK = 36,
    F_OFD_SETLK = 37, F_OFD_SETLKW = 38, F_OK = 0, F_RDLCK = 0, F_SEAL_EXEC = 0x20,
    F_SEAL_FUTURE_WRITE = 0x10, F_SEAL_GROW = 0x4, F_SEAL_SEAL = 0x1, F_SEAL_SHRINK = 0x2,
    F_SEAL_WRITE = 0x8, F_SETFD = 2, F_SETFL = 4, F_SETLEASE = 1024, F_SETLK = 6, F_SETLK64 = 6,
    F_SETLKW = 7, F_SETLKW64 = 7, F_SETOWN = 8, F_SETOWN_EX = 15, F_SETPIPE_SZ = 1031,
    F_SETSIG = 10, F_SET_FILE_RW_HINT = 1038, F_SET_RW_HINT = 1036, F_SHLCK = 8, F_TEST = 3,
    F_TLOCK = 2, F_ULOCK = 0, F_UNLCK = 2, F_WRLCK = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_SH = 1,
    LOCK_UN = 8, L_INCR = 1, L_SET = 0, L_XTND = 2, O_ACCMODE = 0x3, O_ASYNC = 0x2000,
    O_FSYNC = 0x101000, O_LARGEFILE = 0, O_NDELAY = 0x800, O_RDONLY = 0x0, O_RSYNC = 0x101000, R_OK = 4,
    STDERR_FILENO = 2, STDIN_FILENO = 0, STDOUT_FILENO = 1, SYNC_FILE_RANGE_WAIT_AFTER = 4,
    SYNC_FILE_RANGE_WAIT_BEFORE = 1, SYNC_FILE_RANGE_WRITE = 2, SYNC_FILE_RANGE_WRITE_AND_WAIT = 7,
    S_BLKSIZE = 512, S_IEXEC = 0o100, S_IFBLK = 0o60000, S_IFCHR = 0o20000, S_IFDIR = 0o40000,
    S_IFIFO = 0o10000, S_IFLNK = 0o120000, S_IFMT = 0o170000, S_IFREG = 0o100000,
    S_IFSOCK = 0o140000, S_IREAD = 0o400, S_IRGRP = 0o40, S_IROTH = 0o4, S_IRUSR = 0o400,
    S_IRWXG = 0o70, S_IRWXO = 0o7, S_IRWXU = 0o700, S_ISGID = 0o2000, S_ISUID = 0o4000,
    S_ISVTX = 0o1000, S_IWGRP = 0o20, S_IWOTH = 0o2, S_IWRITE = 0o200, S_IWUSR = 0o200,
    S_IXGRP = 0o10, S_IXOTH = 0o1, S_IXUSR = 0o100, W_OK = 2, X_OK = 1,
    // signals: sigaction(2), signal(7)
    BUS_ADRALN = 1, BUS_ADRERR = 2, BUS_MCEERR_AO = 5, BUS_MCEERR_AR = 4, BUS_OBJERR = 3,
    CLD_CONTINUED = 6, CLD_DUMPED = 3, CLD_EXITED = 1, CLD_KILLED = 2, CLD_STOPPED = 5,
    CLD_TRAPPED = 4, CLOCK_MONOTONIC = 1, CLOCK_REALTIME = 0, POLL_ERR = 4, POLL_HUP = 6, POLL_IN = 1,
    POLL_MSG = 3, POLL_OUT = 2, POLL_PRI = 5, FPE_CONDTRAP = 15, FPE_FLTDIV = 3, FPE_FLTINV = 7, FPE_FLTOVF = 4,
    FPE_FLTRES = 6, FPE_FLTSUB = 8, FPE_FLTUND = 5, FPE_FLTUNK = 14, FPE_INTDIV = 1, FPE_INTOVF = 2,
    ILL_BADIADDR = 9, ILL_BADSTK = 8, ILL_COPROC = 7, ILL_ILLADR = 3, ILL_ILLOPC = 1,
    ILL_ILLOPN = 2, ILL_ILLTRP = 4, ILL_PRVOPC = 5, ILL_PRVREG = 6, NSIG = 65,
    SA_INTERRUPT = 0x20000000, SA_NOMASK = 0x40000000, SA_ONESHOT = 0x80000000,
    SA_STACK = 0x8000000, SEGV_ACCERR = 2, SEGV_BNDERR = 3, SEGV_MAPERR = 1, SEGV_PKUERR = 4,
    SIGCLD = 17, SIGEV_NONE = 1, SIGEV_SIGNAL = 0, SIGEV_THREAD = 2, SIGEV_THREAD_ID = 4,
    SIGIOT = 6, SIGPOLL = 29, SIGRTMAX = 64, SIGRTMIN = 34, SIGUNUSED = 31,
    SIG_ATOMIC_MAX = 2147483647, SIG_ATOMIC_MIN = -2147483648, SIG_ATOMIC_WIDTH = 32, SIG_BLOCK = 0,
    SIG_SETMASK = 2, SIG_UNBLOCK = 1, SI_ASYNCIO = -4, SI_ASYNCNL = -60, SI_DETHREAD = -7,
    SI_KERNEL = 128, SI_MESGQ = -3, SI_QUEUE = -1, SI_SIGIO = -5, SI_TIMER = -2, SI_TKILL = -6,
    SI_USER = 0, SS_DISABLE = 2, SS_ONSTACK = 1, TRAP_BRANCH = 3, TRAP_BRKPT = 1, TRAP_HWBKPT = 4,
    TRAP_TRACE = 2, TRAP_UNK = 5, _NSIG = 65,
    // errors by a second name: errno(3)
    EDEADLOCK = 35, ENOTSUP = 95, EWOULDBLOCK = 11,
    // memory: mmap(2) and its kin
    MADV_HWPOISON = 100, MADV_SOFT_OFFLINE = 101, MAP_ANON = 0x20, MAP_FILE = 0x0,
    MAP_HUGE_16GB = 0x88000000, MAP_HUGE_16KB = 0x38000000, MAP_HUGE_16MB = 0x60000000,
    MAP_HUGE_1GB = 0x78000000, MAP_HUGE_1MB = 0x50000000, MAP_HUGE_256MB = 0x70000000,
    MAP_HUGE_2GB = 0x7c000000, MAP_HUGE_2MB = 0x54000000, MAP_HUGE_32MB = 0x64000000,
    MAP_HUGE_512KB = 0x4c000000, MAP_HUGE_512MB = 0x74000000, MAP_HUGE_64KB = 0x40000000,
    MAP_HUGE_8MB = 0x5c000000, MAP_HUGE_MASK = 0x3f, MAP_HUGE_SHIFT = 0x1a, MAP_TYPE = 0xf,
    MFD_HUGE_16GB = 0x88000000, MFD_HUGE_16MB = 0x60000000, MFD_HUGE_1GB = 0x78000000,
    MFD_HUGE_1MB = 0x50000000, MFD_HUGE_256MB = 0x70000000, MFD_HUGE_2GB = 0x7c000000,
    MFD_HUGE_2MB = 0x54000000, MFD_HUGE_32MB = 0x64000000, MFD_HUGE_512KB = 0x4c000000,
    MFD_HUGE_512MB = 0x74000000, MFD_HUGE_64KB = 0x40000000, MFD_HUGE_8MB = 0x5c000000,
    MFD_HUGE_MASK = 0x3f, MFD_HUGE_SHIFT = 0x1a, POSIX_MADV_DONTNEED = 4, POSIX_MADV_NORMAL = 0,
    POSIX_MADV_RANDOM = 1, POSIX_MADV_SEQUENTIAL = 2, POSIX_MADV_WILLNEED = 3, PROT_NONE = 0,
    // processes: waitpid(2), getrlimit(2), getrusage(2)
    RLIMIT_LOCKS = 10, RLIMIT_MSGQUEUE = 12, RLIMIT_NICE = 13, RLIMIT_NLIMITS = 16,
    RLIMIT_OFILE = 7, RLIMIT_RTPRIO = 14, RLIMIT_RTTIME = 15, RLIMIT_SIGPENDING = 11,
    RLIM_NLIMITS = 16, RUSAGE_CHILDREN = -1, RUSAGE_LWP = 1, RUSAGE_SELF = 0, RUSAGE_THREAD = 1,
    SEM_VALUE_MAX = 2147483647, WAIT_ANY = -1, WAIT_MYPGRP = 0, WEXITED = 4, WNOWAIT = 16777216,
    WSTOPPED = 2,
    // limits by name: sysconf(3)
    _PC_ASYNC_IO = 10, _PC_CHOWN_RESTRICTED = 6, _PC_FILESIZEBITS = 13, _PC_LINK_MAX = 0,
    _PC_MAX_CANON = 1, _PC_MAX_INPUT = 2, _PC_NAME_MAX = 3, _PC_NO_TRUNC = 7, _PC_PATH_MAX = 4,
    _PC_PIPE_BUF = 5, _PC_PRIO_IO = 11, _PC_SYMLINK_MAX = 19, _PC_SYNC_IO = 9, _PC_VDISABLE = 8,
    _SC_ADVISORY_INFO = 132, _SC_ARG_MAX = 0, _SC_ASYNCHRONOUS_IO = 12, _SC_ATEXIT_MAX = 87,
    _SC_AVPHYS_PAGES = 86, _SC_CHILD_MAX = 1, _SC_CLK_TCK = 2, _SC_CLOCK_SELECTION = 137,
    _SC_CPUTIME = 138, _SC_DELAYTIMER_MAX = 26, _SC_FSYNC = 15, _SC_HOST_NAME_MAX = 180,
    _SC_IOV_MAX = 60, _SC_JOB_CONTROL = 7, _SC_LEVEL1_DCACHE_ASSOC = 189,
    _SC_LEVEL1_DCACHE_LINESIZE = 190, _SC_LEVEL1_DCACHE_SIZE = 188, _SC_LEVEL1_ICACHE_ASSOC = 186,
    _SC_LEVEL1_ICACHE_LINESIZE = 187, _SC_LEVEL1_ICACHE_SIZE = 185, _SC_LEVEL2_CACHE_ASSOC = 192,
    _SC_LEVEL2_CACHE_LINESIZE = 193, _SC_LEVEL2_CACHE_SIZE = 191, _SC_LEVEL3_CACHE_ASSOC = 195,
    _SC_LEVEL3_CACHE_LINESIZE = 196, _SC_LEVEL3_CACHE_SIZE = 194, _SC_LEVEL4_CACHE_ASSOC = 198,
    _SC_LEVEL4_CACHE_LINESIZE = 199, _SC_LEVEL4_CACHE_SIZE = 197, _SC_LOGIN_NAME_MAX = 71,
    _SC_MAPPED_FILES = 16, _SC_MB_LEN_MAX = 108, _SC_MEMLOCK = 17, _SC_MEMLOCK_RANGE = 18,
    _SC_MEMORY_PROTECTION = 19, _SC_MESSAGE_PASSING = 20, _SC_MINSIGSTKSZ = 249,
    _SC_MONOTONIC_CLOCK = 149, _SC_MQ_OPEN_MAX = 27, _SC_MQ_PRIO_MAX = 28, _SC_NGROUPS_MAX = 3,
    _SC_NPROCESSORS_CONF = 83, _SC_NPROCESSORS_ONLN = 84, _SC_OPEN_MAX = 4, _SC_PAGESIZE = 30,
    _SC_PAGE_SIZE = 30, _SC_PHYS_PAGES = 85, _SC_PRIORITIZED_IO = 13, _SC_PRIORITY_SCHEDULING = 10,
    _SC_REALTIME_SIGNALS = 9, _SC_RE_DUP_MAX = 44, _SC_RTSIG_MAX = 31, _SC_SAVED_IDS = 8,
    _SC_SEMAPHORES = 21, _SC_SEM_NSEMS_MAX = 32, _SC_SEM_VALUE_MAX = 33,
    _SC_SHARED_MEMORY_OBJECTS = 22, _SC_SIGQUEUE_MAX = 34, _SC_SIGSTKSZ = 250, _SC_SSIZE_MAX = 110,
    _SC_STREAM_MAX = 5, _SC_SYMLOOP_MAX = 173, _SC_SYNCHRONIZED_IO = 14, _SC_THREADS = 67,
    _SC_THREAD_ATTR_STACKADDR = 77, _SC_THREAD_ATTR_STACKSIZE = 78, _SC_THREAD_CPUTIME = 139,
    _SC_THREAD_DESTRUCTOR_ITERATIONS = 73, _SC_THREAD_KEYS_MAX = 74,
    _SC_THREAD_PRIORITY_SCHEDULING = 79, _SC_THREAD_PRIO_INHERIT = 80, _SC_THREAD_PRIO_PROTECT = 81,
    _SC_THREAD_PROCESS_SHARED = 82, _SC_THREAD_ROBUST_PRIO_INHERIT = 247,
    _SC_THREAD_ROBUST_PRIO_PROTECT = 248, _SC_THREAD_SAFE_FUNCTIONS = 68,
    _SC_THREAD_SPORADIC_SERVER = 161, _SC_THREAD_STACK_MIN = 75, _SC_THREAD_THREADS_MAX = 76,
    _SC_TIMEOUTS = 164, _SC_TIMERS = 11, _SC_TIMER_MAX = 35, _SC_TTY_NAME_MAX = 72,
    _SC_TZNAME_MAX = 6, _SC_UIO_MAXIOV = 60, _SC_VERSION = 29, _SC_WORD_BIT = 107,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_value() {
        let mut seen = HashMap::new();
        for (name, value) in names() {
            let before = seen.insert(name, value);
            assert!(
                before.is_none(),
                "{name} is listed twice: {before:?} and {value}"
            );
        }
        assert!(seen.len() > 700, "only {} constants", seen.len());
    }

    #[test]
    fn constants_have_their_linux_values() {
        assert_eq!(value_of("PROT_NONE"), Some(0));
        assert_eq!(value_of("MAP_ANON"), value_of("MAP_ANONYMOUS"));
        assert_eq!(value_of("O_SYNC"), Some(0o4_010_000));
        assert_eq!(value_of("SEGV_ACCERR"), Some(2));
        assert_eq!(value_of("RUSAGE_CHILDREN"), Some(-1));
        assert_eq!(value_of("MAP_NOTHING"), None);
    }
}
