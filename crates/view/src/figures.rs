//! The numbers beside the drawing, as Linux would give them (`/proc/PID/smaps_rollup`, getrusage(2), `/proc/meminfo`).

use kernel::observe::{ProcessFigures, SystemFigures};

/// All numbers of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Of each process, in the scene's order.
    pub processes: Vec<ProcessFigures>,
    /// Of the machine.
    pub system: SystemFigures,
    /// Bytes of the cache's pages that were under writeback during the step that led here.
    pub writeback: u64,
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
    let mut tenths = bytes.saturating_mul(10);
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
    let tenths = nanoseconds.saturating_mul(10) / size;
    match (tenths / 10, tenths % 10) {
        (whole, tenth) if whole < 10 && tenth > 0 => format!("{whole}.{tenth} {name}"),
        (whole, _) => format!("{whole} {name}"),
    }
}
