//! The small enumerations that system calls take as plain numbers.

use std::fmt;

/// Declares an enumeration of C constants that keeps numbers without a name.
macro_rules! c_enum {
    ($(#[$doc:meta])* $type:ident { $($variant:ident $name:ident = $value:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $(#[doc = concat!("`", stringify!($name), "`")] $variant,)*
            /// A number without a meaning, which the call refuses.
            Unknown(i32),
        }

        impl $type {
            /// Every named value, with its C name and number.
            pub const NAMES: &'static [(&'static str, i32)] = &[$((stringify!($name), $value)),*];

            /// The value of this number.
            pub const fn from_number(number: i32) -> $type {
                match number {
                    $($value => $type::$variant,)*
                    other => $type::Unknown(other),
                }
            }

            /// The number that C passes.
            pub const fn number(self) -> i32 {
                match self {
                    $($type::$variant => $value,)*
                    $type::Unknown(number) => number,
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($type::$variant => f.write_str(stringify!($name)),)*
                    $type::Unknown(number) => number.fmt(f),
                }
            }
        }
    };
}

c_enum! {
    /// What a program says of its memory's use (madvise(2)).
    Advice {
        Normal MADV_NORMAL = 0;
        Random MADV_RANDOM = 1;
        Sequential MADV_SEQUENTIAL = 2;
        WillNeed MADV_WILLNEED = 3;
        DontNeed MADV_DONTNEED = 4;
        Free MADV_FREE = 8;
        Remove MADV_REMOVE = 9;
        DontFork MADV_DONTFORK = 10;
        DoFork MADV_DOFORK = 11;
        Mergeable MADV_MERGEABLE = 12;
        Unmergeable MADV_UNMERGEABLE = 13;
        HugePage MADV_HUGEPAGE = 14;
        NoHugePage MADV_NOHUGEPAGE = 15;
        DontDump MADV_DONTDUMP = 16;
        DoDump MADV_DODUMP = 17;
        WipeOnFork MADV_WIPEONFORK = 18;
        KeepOnFork MADV_KEEPONFORK = 19;
        Cold MADV_COLD = 20;
        PageOut MADV_PAGEOUT = 21;
        PopulateRead MADV_POPULATE_READ = 22;
        PopulateWrite MADV_POPULATE_WRITE = 23;
        DontNeedLocked MADV_DONTNEED_LOCKED = 24;
        Collapse MADV_COLLAPSE = 25;
        GuardInstall MADV_GUARD_INSTALL = 102;
        GuardRemove MADV_GUARD_REMOVE = 103;
    }
}

c_enum! {
    /// What a program says of its file's use (posix_fadvise(2)).
    FileAdvice {
        Normal POSIX_FADV_NORMAL = 0;
        Random POSIX_FADV_RANDOM = 1;
        Sequential POSIX_FADV_SEQUENTIAL = 2;
        WillNeed POSIX_FADV_WILLNEED = 3;
        DontNeed POSIX_FADV_DONTNEED = 4;
        NoReuse POSIX_FADV_NOREUSE = 5;
    }
}

c_enum! {
    /// Where an offset counts from (lseek(2)).
    Whence {
        Set SEEK_SET = 0;
        Current SEEK_CUR = 1;
        End SEEK_END = 2;
        Data SEEK_DATA = 3;
        Hole SEEK_HOLE = 4;
    }
}

c_enum! {
    /// A resource with a limit (getrlimit(2)).
    Resource {
        Cpu RLIMIT_CPU = 0;
        FileSize RLIMIT_FSIZE = 1;
        Data RLIMIT_DATA = 2;
        Stack RLIMIT_STACK = 3;
        Core RLIMIT_CORE = 4;
        ResidentSet RLIMIT_RSS = 5;
        Processes RLIMIT_NPROC = 6;
        OpenFiles RLIMIT_NOFILE = 7;
        LockedMemory RLIMIT_MEMLOCK = 8;
        AddressSpace RLIMIT_AS = 9;
    }
}
