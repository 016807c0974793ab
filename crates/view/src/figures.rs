//! The numbers beside the drawing, as Linux would give them (`/proc/PID/smaps_rollup`, getrusage(2), `/proc/meminfo`).

use abi::Pid;

/// All numbers of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Of each process, in the scene's order.
    pub processes: Vec<ProcessFigures>,
    /// Of the machine.
    pub system: SystemFigures,
}

/// Numbers of a process. Sizes are in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessFigures {
    /// Whose.
    pub pid: Pid,
    /// Mapped address space (VSZ).
    pub virtual_size: u64,
    /// Resident set size: every frame that it maps.
    pub rss: u64,
    /// Of it, anonymous memory.
    pub rss_anonymous: u64,
    /// Of it, file pages.
    pub rss_file: u64,
    /// Of it, shared memory (tmpfs, memfd, shared anonymous).
    pub rss_shmem: u64,
    /// Proportional set size: each frame divided by how many map it.
    pub pss: u64,
    /// Unique set size: frames that nobody else maps.
    pub uss: u64,
    /// In swap.
    pub swap: u64,
    /// In page-table nodes.
    pub page_tables: u64,
    /// Faults that needed no disk.
    pub minor_faults: u64,
    /// Faults that waited for the disk.
    pub major_faults: u64,
    /// System calls made.
    pub system_calls: u64,
}

/// Numbers of the machine. Sizes are in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemFigures {
    /// RAM in all.
    pub ram: u64,
    /// Frames that nothing uses.
    pub free: u64,
    /// Pages in the page cache.
    pub cached: u64,
    /// Pages of the cache that differ from the disk.
    pub dirty: u64,
    /// Pages of the cache that are being written.
    pub writeback: u64,
    /// Read from the disk so far.
    pub disk_read: u64,
    /// Written to the disk so far.
    pub disk_written: u64,
    /// Copied between user memory and the page cache by read(2) and write(2) so far.
    pub bytes_copied: u64,
    /// System calls made so far.
    pub system_calls: u64,
    /// TLB hits so far.
    pub tlb_hits: u64,
    /// TLB misses so far.
    pub tlb_misses: u64,
    /// Simulated time in nanoseconds.
    pub nanoseconds: u64,
}

/// Bytes in words: `0`, `44 K`, `1.5 M`; one decimal where it says more.
pub fn short_size(bytes: u64) -> String {
    scaled(bytes, &["", " K", " M", " G", " T"])
}

/// Bytes in words with the unit's full name: `8 KiB`, `127 TiB`.
pub fn long_size(bytes: u64) -> String {
    scaled(bytes, &[" bytes", " KiB", " MiB", " GiB", " TiB"])
}

fn scaled(bytes: u64, units: &[&str]) -> String {
    let mut unit = 0;
    let mut tenths = u128::from(bytes) * 10;
    // Rounded down: the 47 bits of user space, which lack a page, are 127 TiB and not 128.
    while tenths >= 10240 && unit + 1 < units.len() {
        tenths /= 1024;
        unit += 1;
    }
    let name = units.get(unit).copied().unwrap_or("");
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole}{name}"),
        (whole, _) if whole >= 100 => format!("{whole}{name}"),
        (whole, tenth) => format!("{whole}.{tenth}{name}"),
    }
}

/// Nanoseconds in words: `118 µs`.
pub fn short_time(nanoseconds: u64) -> String {
    let units: [(u64, &str); 4] = [
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "µs"),
        (1, "ns"),
    ];
    let unit = units.iter().find(|(size, _)| nanoseconds >= *size);
    let (size, name) = unit.copied().unwrap_or((1, "ns"));
    let tenths = u128::from(nanoseconds) * 10 / u128::from(size);
    match (tenths / 10, tenths % 10) {
        (whole, tenth) if whole < 10 && tenth > 0 => format!("{whole}.{tenth} {name}"),
        (whole, _) => format!("{whole} {name}"),
    }
}
