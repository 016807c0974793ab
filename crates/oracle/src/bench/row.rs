//! The rows of the cost table.

/// Pages of the rows that touch pages.
pub(super) const PAGES: u64 = 4096;
/// Calls of the rows that repeat a call.
pub(super) const CALLS: u64 = 20_000;
/// Pages of "fork with 1 GiB touched".
pub(super) const GIBIBYTE: u64 = 1 << 18;

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
}

impl Row {
    /// All rows, in the table's order.
    pub const ALL: [Row; 17] = [
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
        }
    }

    /// How many times as fast as the kernel the model has to be, natively.
    pub const fn wanted_ratio(self) -> u32 {
        match self {
            Row::ForkGibibyte => 1000,
            Row::Pread | Row::Pwrite | Row::MemcpyMapped => 3,
            _ => 10,
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
    /// Operations in a second.
    pub fn rate(self) -> f64 {
        self.operations as f64 / self.seconds.max(1e-9)
    }
}
