//! What the model and a real Linux have in common.

use std::io;

use kernel::KernelConfig;

use crate::observation::{Detail, Observation};
use crate::operation::{Answer, Operation};
use crate::smaps::VmaView;

/// A machine on which traces run. Both implementations answer alike, or one of them is wrong.
pub trait Machine {
    /// Begins a new trace: one process, nothing of the compared range mapped, no file.
    fn reset(&mut self);

    /// Makes the machine new, so that nothing is left of any trace before.
    ///
    /// # Errors
    /// Why there can be no machine.
    fn renew(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Does one operation.
    fn apply(&mut self, operation: &Operation) -> Answer;

    /// Reads the state.
    fn observe(&mut self, detail: Detail) -> Observation;
}

/// Everything from here up belongs to the compared program; below it are the harness's own pages.
pub const COMPARED_START: u64 = 0x20_0000;
/// Pages that the harness has in each process: its code, those that empty the TLB, and the memory that
/// it shares with the agents.
pub const HARNESS_PAGES: u64 = 99;
/// Where traces map with fixed addresses: this many pages from here are always looked at. A page
/// table ends within it.
pub const ARENA: u64 = 0x1020_0000 - 6 * 4096;
/// The arena's size in pages.
pub const ARENA_PAGES: u64 = 96;
/// Where the heap (brk) of a trace's first process begins: within the arena.
pub const HEAP: u64 = ARENA + 64 * 4096;
/// Where mmap without an address begins, downwards (`mmap_base` without randomisation).
pub const MMAP_TOP: u64 = 0x7fff_f7ff_f000;

/// The machine that both are: the agents have no privileges, and their disk makes no large folios.
pub fn config() -> KernelConfig {
    KernelConfig {
        privileged: false,
        large_folios: false,
        ..KernelConfig::linux()
    }
}

/// RLIMIT_MEMLOCK of a trace's first process, soft and hard, in bytes.
pub const LOCKED_MEMORY_LIMIT: u64 = 8 << 20;

/// RLIMIT_STACK of a trace's first process, soft, in bytes; the hard one is infinite.
pub const STACK_LIMIT: u64 = 8 << 20;

/// Pages of a VMA whose mincore is compared, at the most.
pub const MINCORE_PAGES: u64 = 256;

/// The ranges that every observation looks at: (first page, pages).
pub const WINDOWS: [(u64, u64); 2] = [
    (ARENA >> 12, ARENA_PAGES),
    ((MMAP_TOP >> 12) - ARENA_PAGES, ARENA_PAGES),
];

/// The ranges to look at, (first page, pages), each at most 256 pages: the windows, and the VMAs
/// outside of them, of which the first pages must do.
pub fn ranges(vmas: &[VmaView]) -> Vec<(u64, u64)> {
    const MOST: u64 = 256;
    let mut ranges = WINDOWS.to_vec();
    let inside = |page: u64| WINDOWS.iter().any(|(at, n)| (*at..at + n).contains(&page));
    for vma in vmas {
        let (start, end) = (vma.start >> 12, vma.end >> 12);
        if !inside(start) || !inside(end - 1) {
            let windows = WINDOWS.iter().filter(|(at, n)| *at < end && start < at + n);
            let cut = windows.map(|(at, _)| *at).min().unwrap_or(end);
            ranges.push((start, cut.saturating_sub(start).min(MOST)));
        }
    }
    ranges
}
