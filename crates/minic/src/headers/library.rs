//! The library functions and system calls of the language, by name.

/// Declares the enum and its names, so that a function is listed once.
macro_rules! library {
    ($($variant:ident = $name:literal,)*) => {
        /// A library function or system call that programs may call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "named as the C functions, see section 2 and 3 of the manual")]
        pub enum LibraryFunction {
            $($variant,)*
        }

        impl LibraryFunction {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in C.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

library! {
    Mmap = "mmap",
    Munmap = "munmap",
    Mprotect = "mprotect",
    Mremap = "mremap",
    Madvise = "madvise",
    Msync = "msync",
    Mincore = "mincore",
    Mlock = "mlock",
    Mlock2 = "mlock2",
    Munlock = "munlock",
    Mlockall = "mlockall",
    Munlockall = "munlockall",
    Brk = "brk",
    Sbrk = "sbrk",

    Open = "open",
    Creat = "creat",
    Close = "close",
    Read = "read",
    Write = "write",
    Pread = "pread",
    Pwrite = "pwrite",
    Lseek = "lseek",
    Ftruncate = "ftruncate",
    Truncate = "truncate",
    Fstat = "fstat",
    Stat = "stat",
    Unlink = "unlink",
    Dup = "dup",
    Dup2 = "dup2",
    Fcntl = "fcntl",
    Fsync = "fsync",
    Fdatasync = "fdatasync",
    Sync = "sync",
    Fallocate = "fallocate",
    PosixFadvise = "posix_fadvise",
    Pipe = "pipe",
    ShmOpen = "shm_open",
    ShmUnlink = "shm_unlink",
    MemfdCreate = "memfd_create",

    Fork = "fork",
    Vfork = "vfork",
    Wait = "wait",
    Waitpid = "waitpid",
    Exit = "exit",
    ExitNow = "_exit",
    Getpid = "getpid",
    Getppid = "getppid",
    Kill = "kill",
    Raise = "raise",
    Abort = "abort",
    Pause = "pause",
    SchedYield = "sched_yield",
    Sleep = "sleep",
    Usleep = "usleep",
    Nanosleep = "nanosleep",

    Signal = "signal",
    Sigaction = "sigaction",
    Sigemptyset = "sigemptyset",
    Sigfillset = "sigfillset",
    Sigaddset = "sigaddset",
    Sigdelset = "sigdelset",
    Sigismember = "sigismember",
    Sigprocmask = "sigprocmask",
    Sigaltstack = "sigaltstack",
    Sigsetjmp = "sigsetjmp",
    Siglongjmp = "siglongjmp",
    Setjmp = "setjmp",
    Longjmp = "longjmp",

    SemInit = "sem_init",
    SemWait = "sem_wait",
    SemPost = "sem_post",
    SemDestroy = "sem_destroy",
    AtomicFetchAdd = "atomic_fetch_add",
    AtomicLoad = "atomic_load",
    AtomicStore = "atomic_store",
    SyncFetchAndAdd = "__sync_fetch_and_add",
    Getrlimit = "getrlimit",
    Setrlimit = "setrlimit",
    Getrusage = "getrusage",

    Printf = "printf",
    Fprintf = "fprintf",
    Dprintf = "dprintf",
    Sprintf = "sprintf",
    Snprintf = "snprintf",
    Puts = "puts",
    Putchar = "putchar",
    Fputs = "fputs",
    Fputc = "fputc",
    Putc = "putc",
    Fflush = "fflush",
    Setvbuf = "setvbuf",
    Perror = "perror",
    Strerror = "strerror",
    Err = "err",
    Errx = "errx",
    Memcpy = "memcpy",
    Memmove = "memmove",
    Memset = "memset",
    Memcmp = "memcmp",
    Memchr = "memchr",
    Strcpy = "strcpy",
    Strncpy = "strncpy",
    Strlen = "strlen",
    Strcmp = "strcmp",
    Strncmp = "strncmp",
    Strcat = "strcat",
    Strchr = "strchr",
    Strrchr = "strrchr",
    Strstr = "strstr",
    Strdup = "strdup",
    Toupper = "toupper",
    Tolower = "tolower",
    Isalpha = "isalpha",
    Isdigit = "isdigit",
    Isspace = "isspace",
    Malloc = "malloc",
    Calloc = "calloc",
    Realloc = "realloc",
    Free = "free",
    PosixMemalign = "posix_memalign",
    Atoi = "atoi",
    Atol = "atol",
    Abs = "abs",
    Labs = "labs",
    Strtol = "strtol",
    Strtoul = "strtoul",
    AssertFail = "__assert_fail",
    Getpagesize = "getpagesize",
    Sysconf = "sysconf",
    Getenv = "getenv",
    Rand = "rand",
    Srand = "srand",
}
