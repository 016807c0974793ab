//! The flag words of the memory, file and signal calls, by their C names, with x86-64 values.
//!
//! Unknown bits are kept (`from_bits_retain`): whether they are an error is each system call's rule.
//! `Display` and `FromStr` write and read C's spelling, `PROT_READ|PROT_WRITE`.

use std::fmt;
use std::str::FromStr;

use bitflags::bitflags;

/// Declares a flag type whose flags are spelled as in C, with the word that stands for no flag.
macro_rules! c_flags {
    ($(#[$doc:meta])* $type:ident: $int:ty, none $none:literal { $($name:ident = $value:expr;)* }) => {
        bitflags! {
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct $type: $int {
                $(#[doc = concat!("`", stringify!($name), "`")] const $name = $value;)*
                const _ = !0;
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_flags(f, self.iter_names().map(|(name, _)| name), self.remaining(), $none)
            }
        }

        impl FromStr for $type {
            type Err = UnknownFlag;

            fn from_str(text: &str) -> Result<Self, UnknownFlag> {
                parse_flags(text, $none, |name| Self::from_name(name).map(|flag| flag.bits().into()))
                    .and_then(|bits| <$int>::try_from(bits).map_err(|_| UnknownFlag(text.into())))
                    .map(Self::from_bits_retain)
            }
        }

        impl $type {
            /// The bits that carry no name here.
            fn remaining(self) -> u64 {
                let named = self.iter_names().fold(0, |bits, (_, flag)| bits | flag.bits());
                (self.bits() & !named).into()
            }

            /// Every flag by its C name and value.
            pub fn names() -> impl Iterator<Item = (&'static str, u64)> {
                use bitflags::Flags;
                Self::FLAGS.iter().filter(|f| f.is_named()).map(|f| (f.name(), f.value().bits().into()))
            }
        }
    };
}

/// A word that names no flag of the type asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFlag(pub String);

impl fmt::Display for UnknownFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown flag `{}`", self.0)
    }
}

impl std::error::Error for UnknownFlag {}

fn write_flags(
    f: &mut fmt::Formatter<'_>,
    names: impl Iterator<Item = &'static str>,
    rest: u64,
    none: &str,
) -> fmt::Result {
    let mut first = true;
    for name in names {
        if !std::mem::take(&mut first) {
            f.write_str("|")?;
        }
        f.write_str(name)?;
    }
    match (first, rest) {
        (true, 0) => f.write_str(none),
        (false, 0) => Ok(()),
        (true, _) => write!(f, "{rest:#x}"),
        (false, _) => write!(f, "|{rest:#x}"),
    }
}

fn parse_flags(
    text: &str,
    none: &str,
    named: impl Fn(&str) -> Option<u64>,
) -> Result<u64, UnknownFlag> {
    text.split('|').map(str::trim).try_fold(0, |bits, word| {
        let value = match word.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None if word == none || word == "0" => Some(0),
            None => named(word).or_else(|| word.parse().ok()),
        };
        value
            .map(|value| bits | value)
            .ok_or_else(|| UnknownFlag(word.into()))
    })
}

c_flags! {
    /// Protection of a mapping (mmap(2), mprotect(2)).
    Prot: u32, none "PROT_NONE" {
        PROT_READ = 1;
        PROT_WRITE = 2;
        PROT_EXEC = 4;
        PROT_SEM = 8;
        PROT_GROWSDOWN = 0x0100_0000;
        PROT_GROWSUP = 0x0200_0000;
    }
}

c_flags! {
    /// Flags of mmap(2). The type of sharing is the low four bits: see [`MapFlags::sharing`].
    MapFlags: u32, none "MAP_FILE" {
        MAP_SHARED_VALIDATE = 3;
        MAP_SHARED = 1;
        MAP_PRIVATE = 2;
        MAP_DROPPABLE = 8;
        MAP_FIXED = 0x10;
        MAP_ANONYMOUS = 0x20;
        MAP_32BIT = 0x40;
        MAP_GROWSDOWN = 0x100;
        MAP_DENYWRITE = 0x800;
        MAP_EXECUTABLE = 0x1000;
        MAP_LOCKED = 0x2000;
        MAP_NORESERVE = 0x4000;
        MAP_POPULATE = 0x8000;
        MAP_NONBLOCK = 0x1_0000;
        MAP_STACK = 0x2_0000;
        MAP_HUGETLB = 0x4_0000;
        MAP_SYNC = 0x8_0000;
        MAP_FIXED_NOREPLACE = 0x10_0000;
        MAP_UNINITIALIZED = 0x400_0000;
    }
}

impl MapFlags {
    /// The sharing type (`flags & MAP_TYPE`), 0 to 15: 1 shared, 2 private, 3 shared, validated.
    pub const fn sharing(self) -> u32 {
        self.bits() & 0xf
    }
}

c_flags! {
    /// Flags of mremap(2).
    MremapFlags: u32, none "0" {
        MREMAP_MAYMOVE = 1;
        MREMAP_FIXED = 2;
        MREMAP_DONTUNMAP = 4;
    }
}

c_flags! {
    /// Flags of msync(2).
    MsyncFlags: u32, none "0" {
        MS_ASYNC = 1;
        MS_INVALIDATE = 2;
        MS_SYNC = 4;
    }
}

c_flags! {
    /// Flags of mlock2(2).
    MlockFlags: u32, none "0" {
        MLOCK_ONFAULT = 1;
    }
}

c_flags! {
    /// Flags of mlockall(2).
    MlockallFlags: u32, none "0" {
        MCL_CURRENT = 1;
        MCL_FUTURE = 2;
        MCL_ONFAULT = 4;
    }
}

c_flags! {
    /// Flags of open(2), beside the access mode in the low two bits: see [`OpenFlags::access`].
    OpenFlags: u32, none "O_RDONLY" {
        O_WRONLY = 1;
        O_RDWR = 2;
        O_CREAT = 0o100;
        O_EXCL = 0o200;
        O_NOCTTY = 0o400;
        O_TRUNC = 0o1000;
        O_APPEND = 0o2000;
        O_NONBLOCK = 0o4000;
        O_DSYNC = 0o10000;
        O_DIRECT = 0o40000;
        O_LARGEFILE = 0o100000;
        O_TMPFILE = 0o20200000;
        O_DIRECTORY = 0o200000;
        O_NOFOLLOW = 0o400000;
        O_NOATIME = 0o1000000;
        O_CLOEXEC = 0o2000000;
        O_SYNC = 0o4010000;
        O_PATH = 0o10000000;
    }
}

impl OpenFlags {
    /// Whether reading is allowed: O_RDONLY or O_RDWR, and not O_PATH.
    pub fn readable(self) -> bool {
        matches!(self.bits() & 3, 0 | 2) && !self.contains(OpenFlags::O_PATH)
    }

    /// Whether writing is allowed: O_WRONLY or O_RDWR, and not O_PATH.
    pub fn writable(self) -> bool {
        matches!(self.bits() & 3, 1 | 2) && !self.contains(OpenFlags::O_PATH)
    }
}

c_flags! {
    /// Flags of memfd_create(2).
    MemfdFlags: u32, none "0" {
        MFD_CLOEXEC = 1;
        MFD_ALLOW_SEALING = 2;
        MFD_HUGETLB = 4;
        MFD_NOEXEC_SEAL = 8;
        MFD_EXEC = 0x10;
    }
}

c_flags! {
    /// Modes of fallocate(2).
    FallocateFlags: u32, none "0" {
        FALLOC_FL_KEEP_SIZE = 1;
        FALLOC_FL_PUNCH_HOLE = 2;
        FALLOC_FL_COLLAPSE_RANGE = 8;
        FALLOC_FL_ZERO_RANGE = 0x10;
        FALLOC_FL_INSERT_RANGE = 0x20;
    }
}

c_flags! {
    /// Flags of sigaction(2).
    SaFlags: u32, none "0" {
        SA_NOCLDSTOP = 1;
        SA_NOCLDWAIT = 2;
        SA_SIGINFO = 4;
        SA_ONSTACK = 0x0800_0000;
        SA_RESTART = 0x1000_0000;
        SA_NODEFER = 0x4000_0000;
        SA_RESETHAND = 0x8000_0000;
    }
}

c_flags! {
    /// Options of waitpid(2).
    WaitFlags: u32, none "0" {
        WNOHANG = 1;
        WUNTRACED = 2;
        WCONTINUED = 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_spelled_as_in_c() {
        assert_eq!(
            (Prot::PROT_READ | Prot::PROT_WRITE).to_string(),
            "PROT_READ|PROT_WRITE"
        );
        assert_eq!(Prot::empty().to_string(), "PROT_NONE");
        assert_eq!(Prot::from_bits_retain(0x41).to_string(), "PROT_READ|0x40");
        assert_eq!(
            MapFlags::from_bits_retain(0x22).to_string(),
            "MAP_PRIVATE|MAP_ANONYMOUS"
        );
        assert_eq!(
            "MAP_SHARED|0x200".parse(),
            Ok(MapFlags::from_bits_retain(0x201))
        );
        assert_eq!(
            "MAP_SHRED".parse::<MapFlags>(),
            Err(UnknownFlag("MAP_SHRED".into()))
        );
    }
}
