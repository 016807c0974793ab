//! The rows of the cost table.

/// Pages of the rows that touch pages.
pub const PAGES: u64 = 4096;
/// Calls of the rows that repeat a call.
pub const CALLS: u64 = 20_000;
/// Pages of "fork with 1 GiB touched".
pub const GIBIBYTE: u64 = 1 << 18;

/// A kind of work whose cost is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The first store to each page of private anonymous memory.
    AnonymousWriteFault,
    /// The first load from each page: the zero page is mapped.
    AnonymousReadFault,
    /// Stores to pages where the zero page is mapped.
    ZeroPageWrite,
    /// Loads from a cached tmpfs file, one for each fault (16 pages are mapped around it).
    TmpfsReadFault,
    /// The first store to each clean page of a shared mapping of a disk file.
    SharedWriteFault,
    /// The first store to each page of a private mapping of a file.
    PrivateFileCopy,
    /// A store to each page after a fork, the child living.
    CopyAfterFork,
    /// A store to each page after a fork, the child having ended.
    ReuseAfterExit,
    /// mmap and munmap of one page, as one operation.
    MmapMunmap,
    /// mprotect of a middle page and back, as one operation.
    MprotectSplitMerge,
    /// mremap of a touched page to another address.
    MremapMove,
    /// fork of a process with 1 GiB touched.
    ForkGibibyte,
    /// msync of dirty pages of a disk file; an operation is a page.
    MsyncPage,
    /// pread of 4 KiB from a cached file.
    Pread,
    /// pwrite of 4 KiB to a cached file.
    Pwrite,
    /// memcpy of 4 KiB from a mapped file.
    MemcpyMapped,
    /// getppid: the cheapest call.
    Getppid,
    /// A C program that sums a mapped file of 16 MiB byte by byte; an operation is an iteration.
    SumOfMappedFile,
}

/// How fast the model has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// So many times as fast as the kernel.
    TimesLinux(f64),
    /// So many operations in a second: Linux has nothing to compare.
    Rate(f64),
}

impl Goal {
    /// Whether a side of the model, by its operations a second and how many times as fast as Linux
    /// it is, reaches it.
    pub fn is_met(self, rate: f64, ratio: Option<f64>) -> bool {
        match self {
            Goal::TimesLinux(wanted) => ratio.is_some_and(|ratio| ratio >= wanted),
            Goal::Rate(wanted) => rate >= wanted,
        }
    }
}

impl Row {
    /// All rows, in the table's order.
    pub const ALL: [Row; 18] = [
        Row::AnonymousWriteFault,
        Row::AnonymousReadFault,
        Row::ZeroPageWrite,
        Row::TmpfsReadFault,
        Row::SharedWriteFault,
        Row::PrivateFileCopy,
        Row::CopyAfterFork,
        Row::ReuseAfterExit,
        Row::MmapMunmap,
        Row::MprotectSplitMerge,
        Row::MremapMove,
        Row::ForkGibibyte,
        Row::MsyncPage,
        Row::Pread,
        Row::Pwrite,
        Row::MemcpyMapped,
        Row::Getppid,
        Row::SumOfMappedFile,
    ];

    /// The row's heading.
    pub const fn name(self) -> &'static str {
        match self {
            Row::AnonymousWriteFault => "anonymous write fault",
            Row::AnonymousReadFault => "anonymous read fault (zero page)",
            Row::ZeroPageWrite => "zero page -> write",
            Row::TmpfsReadFault => "cached tmpfs read fault",
            Row::SharedWriteFault => "disk file shared write fault",
            Row::PrivateFileCopy => "private file copy-on-write",
            Row::CopyAfterFork => "copy-on-write after fork",
            Row::ReuseAfterExit => "reuse after the child's exit",
            Row::MmapMunmap => "mmap + munmap of a page",
            Row::MprotectSplitMerge => "mprotect split + merge",
            Row::MremapMove => "mremap move",
            Row::ForkGibibyte => "fork with 1 GiB touched",
            Row::MsyncPage => "msync, by page",
            Row::Pread => "pread 4 KiB cached",
            Row::Pwrite => "pwrite 4 KiB",
            Row::MemcpyMapped => "memcpy 4 KiB mapped",
            Row::Getppid => "getppid",
            Row::SumOfMappedFile => "C loop over a mapped file",
        }
    }

    /// What is wanted of the model natively.
    pub const fn goal(self) -> Goal {
        match self {
            Row::ForkGibibyte => Goal::TimesLinux(1000.0),
            Row::Pread | Row::Pwrite | Row::MemcpyMapped => Goal::TimesLinux(3.0),
            Row::SumOfMappedFile => Goal::Rate(10e6),
            _ => Goal::TimesLinux(10.0),
        }
    }

    /// What is wanted of it in wasm.
    pub const fn goal_in_wasm(self) -> Goal {
        match self {
            Row::Pread | Row::Pwrite | Row::MemcpyMapped => Goal::TimesLinux(1.0),
            Row::SumOfMappedFile => Goal::Rate(5e6),
            _ => Goal::TimesLinux(4.0),
        }
    }
}

/// A measurement.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How many operations were done.
    pub operations: u64,
    /// How long they took, in seconds.
    pub seconds: f64,
}

impl Sample {
    /// This measurement and another one, as one.
    pub fn and(self, other: Sample) -> Sample {
        Sample {
            operations: self.operations + other.operations,
            seconds: self.seconds + other.seconds,
        }
    }

    /// Operations in a second.
    pub fn rate(self) -> f64 {
        self.operations as f64 / self.seconds.max(1e-9)
    }
}
