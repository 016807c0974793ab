//! What can be asked of the kernel: the only way to change it is [`crate::Kernel::apply`] of one of these.

use std::rc::Rc;

use abi::{Pid, Prot, Syscall, VirtAddr};

/// The width of a load or store, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Width {
    /// 1 byte
    Byte = 1,
    /// 2 bytes
    Half = 2,
    /// 4 bytes
    Word = 4,
    /// 8 bytes
    Long = 8,
}

impl Width {
    /// How many bytes.
    pub const fn bytes(self) -> u64 {
        self as u64
    }
}

/// One thing that happens to the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A process makes a system call.
    Syscall {
        /// The caller.
        pid: Pid,
        /// The call.
        call: Syscall,
    },
    /// A process loads a value, little-endian, zero-extended. It may cross pages.
    Load {
        /// Who loads.
        pid: Pid,
        /// From where.
        address: VirtAddr,
        /// How many bytes.
        width: Width,
    },
    /// A process stores the low bytes of a value.
    Store {
        /// Who stores.
        pid: Pid,
        /// To where.
        address: VirtAddr,
        /// How many bytes.
        width: Width,
        /// The value; bytes above the width do not count.
        value: u64,
    },
    /// A process loads `length` bytes, as `rep lods` would: page by page, each page walked once.
    LoadBytes {
        /// Who loads.
        pid: Pid,
        /// From where.
        address: VirtAddr,
        /// How many bytes, at most 2^20.
        length: u64,
    },
    /// A process stores bytes one after the other, each page walked once.
    StoreBytes {
        /// Who stores.
        pid: Pid,
        /// To where.
        address: VirtAddr,
        /// The bytes.
        bytes: Rc<[u8]>,
    },
    /// A process copies within its memory, as memmove(3): `rep movs`.
    CopyBytes {
        /// Who copies.
        pid: Pid,
        /// The first byte written.
        to: VirtAddr,
        /// The first byte read.
        from: VirtAddr,
        /// How many bytes.
        length: u64,
    },
    /// A process fills memory with one byte, as memset(3): `rep stos`.
    FillBytes {
        /// Who fills.
        pid: Pid,
        /// The first byte written.
        to: VirtAddr,
        /// The byte.
        byte: u8,
        /// How many bytes.
        length: u64,
    },
    /// A process fetches an instruction: what needs PROT_EXEC.
    Fetch {
        /// Who fetches.
        pid: Pid,
        /// The instruction's address.
        address: VirtAddr,
    },
    /// A process raises a signal by an instruction that is not a memory access (a division by zero).
    Trap {
        /// Who traps.
        pid: Pid,
        /// What a handler is told.
        info: abi::SignalInfo,
    },
    /// A process takes its next pending signal, if one is unblocked: outcome `Delivered`.
    TakeSignal {
        /// Who takes it.
        pid: Pid,
    },
    /// A new process, child of none, runs an executable.
    Spawn {
        /// What it runs.
        executable: Rc<Executable>,
        /// `argv`, which lies on its stack.
        arguments: Vec<Rc<str>>,
    },
    /// A file appears on the disk or is replaced, byte for byte; nothing of it is cached.
    AddFile {
        /// Its path.
        path: Rc<str>,
        /// Its bytes.
        bytes: Rc<[u8]>,
    },
    /// All processes wait: time passes, to the next moment at which one of them wakes, at most so far.
    Idle {
        /// In nanoseconds.
        nanoseconds: u64,
    },
    /// Clean pages that nobody maps leave the page cache (`/proc/sys/vm/drop_caches` = 1).
    DropCaches,
}

/// A program file and how it is mapped: what execve(2) reads of an ELF file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Executable {
    /// The path of its file.
    pub path: Rc<str>,
    /// The bytes of its file.
    pub file: Rc<[u8]>,
    /// Its segments, ascending, page-aligned at address and file offset.
    pub segments: Vec<Segment>,
}

/// One mapped part of an executable (an ELF program header of type PT_LOAD).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// Where it is mapped.
    pub address: VirtAddr,
    /// Where it starts in the file, in bytes.
    pub offset: u64,
    /// Bytes that come from the file.
    pub file_length: u64,
    /// Bytes in memory; what exceeds `file_length` is zero (bss).
    pub memory_length: u64,
    /// How it is mapped.
    pub prot: Prot,
}
