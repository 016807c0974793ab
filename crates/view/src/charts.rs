//! The figures over time: one small chart for each, over all steps of the branch.

use abi::Pid;
use session::{Figures as Counted, Sample, Session};

use crate::figures::{Figures, short_size};

/// A figure that is charted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // [`Figure::what`] explains each.
pub enum Figure {
    Rss,
    RssAnonymous,
    RssFile,
    RssShmem,
    Pss,
    PssAnonymous,
    PssFile,
    PssShmem,
    Uss,
    UssAnonymous,
    UssFile,
    UssShmem,
    MinorFaults,
    MajorFaults,
    Cached,
    Dirty,
    Writeback,
    Free,
    DiskRead,
    DiskWritten,
    Copied,
    SystemCalls,
}

const ANONYMOUS: &str = "of it, frames of the process's private memory";
const FILE: &str = "of it, frames of the page cache";
const SHMEM: &str = "of it, frames of memory objects";

impl Figure {
    /// All, in the order in which they are shown.
    pub const ALL: [Figure; 22] = {
        use Figure::*;
        [
            Rss,
            RssAnonymous,
            RssFile,
            RssShmem,
            Pss,
            PssAnonymous,
            PssFile,
            PssShmem,
            Uss,
            UssAnonymous,
            UssFile,
            UssShmem,
            MinorFaults,
            MajorFaults,
            Cached,
            Dirty,
            Writeback,
            Free,
            DiskRead,
            DiskWritten,
            Copied,
            SystemCalls,
        ]
    };

    /// Whether it is a part of the one above it.
    pub const fn is_part(self) -> bool {
        let number = self as u8;
        number < Figure::MinorFaults as u8 && !number.is_multiple_of(4)
    }

    /// Its name and what it is.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Figure::Rss => (
                "RSS",
                "resident set size: every frame that the process maps",
            ),
            Figure::RssAnonymous => ("RSS anonymous", ANONYMOUS),
            Figure::RssFile => ("RSS file", FILE),
            Figure::RssShmem => ("RSS shmem", SHMEM),
            Figure::PssAnonymous => ("PSS anonymous", ANONYMOUS),
            Figure::PssFile => ("PSS file", FILE),
            Figure::PssShmem => ("PSS shmem", SHMEM),
            Figure::UssAnonymous => ("USS anonymous", ANONYMOUS),
            Figure::UssFile => ("USS file", FILE),
            Figure::UssShmem => ("USS shmem", SHMEM),
            Figure::Pss => (
                "PSS",
                "proportional set size: each frame divided by how many map it",
            ),
            Figure::Uss => ("USS", "unique set size: frames that nobody else maps"),
            Figure::MinorFaults => ("minor faults", "faults that needed no disk"),
            Figure::MajorFaults => ("major faults", "faults that waited for the disk"),
            Figure::Cached => ("cached", "the page cache"),
            Figure::Dirty => ("dirty", "pages of the cache that differ from the disk"),
            Figure::Writeback => ("under writeback", "pages that a step wrote to the disk"),
            Figure::Free => ("free", "frames that nothing uses"),
            Figure::DiskRead => ("disk read", "read from the disk so far"),
            Figure::DiskWritten => ("disk written", "written to the disk so far"),
            Figure::Copied => (
                "copied",
                "copied by read(2), write(2) and their like so far",
            ),
            Figure::SystemCalls => ("system calls", "system calls so far"),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// What it is.
    pub const fn what(self) -> &'static str {
        self.words().1
    }

    /// Whether it is a process's; else it is the machine's.
    pub const fn is_of_process(self) -> bool {
        (self as u8) < Figure::Cached as u8
    }

    /// A value of it in words: a size, or a number.
    pub fn value_words(self, value: u64) -> String {
        match self {
            Figure::MinorFaults | Figure::MajorFaults | Figure::SystemCalls => value.to_string(),
            _ => short_size(value),
        }
    }

    /// Its value of a moment; none of a process that does not live then.
    pub fn now(self, figures: &Figures, pid: Pid) -> Option<u64> {
        let mut processes = figures.processes.iter();
        let of = processes.find(|process| process.pid == pid);
        self.value(of, &figures.system, figures.writeback, true)
    }

    fn sampled(self, sample: &Sample<Counted>, pid: Pid) -> Option<u64> {
        let Counted { system, shares, .. } = &sample.counted;
        self.value(sample.counted.of(pid), system, sample.burst, *shares)
    }

    fn value(
        self,
        of: Option<&kernel::observe::ProcessFigures>,
        system: &kernel::observe::SystemFigures,
        writeback: u64,
        shares: bool,
    ) -> Option<u64> {
        let shared = of.filter(|_| shares);
        Some(match self {
            Figure::Rss => of?.rss,
            Figure::RssAnonymous => of?.rss_of.anonymous,
            Figure::RssFile => of?.rss_of.file,
            Figure::RssShmem => of?.rss_of.shared_memory,
            Figure::Pss => shared?.pss,
            Figure::PssAnonymous => shared?.pss_of.anonymous,
            Figure::PssFile => shared?.pss_of.file,
            Figure::PssShmem => shared?.pss_of.shared_memory,
            Figure::Uss => shared?.uss,
            Figure::UssAnonymous => shared?.uss_of.anonymous,
            Figure::UssFile => shared?.uss_of.file,
            Figure::UssShmem => shared?.uss_of.shared_memory,
            Figure::MinorFaults => of?.minor_faults,
            Figure::MajorFaults => of?.major_faults,
            Figure::Cached => system.cached,
            Figure::Dirty => system.dirty,
            Figure::Writeback => writeback,
            Figure::Free => system.free,
            Figure::DiskRead => system.disk_read,
            Figure::DiskWritten => system.disk_written,
            Figure::Copied => system.bytes_copied,
            Figure::SystemCalls => system.system_calls,
        })
    }
}

/// The course of one figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Which.
    pub figure: Figure,
    /// Steps and the value after each, ascending; a value holds until the next one. None: it is not known there.
    pub points: Vec<(u64, Option<u64>)>,
    /// The greatest value.
    pub greatest: u64,
}

impl Chart {
    /// The value after a step, as far as it was counted.
    pub fn at(&self, step: u64) -> Option<u64> {
        let after = self.points.partition_point(|(known, _)| *known <= step);
        self.points.get(after.checked_sub(1)?)?.1
    }
}

/// All charts of a branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charts {
    /// Whose figures the first ones are.
    pub pid: Pid,
    /// The last step.
    pub length: u64,
    /// One for each of [`Figure::ALL`].
    pub charts: Vec<Chart>,
}

/// The charts of the session's branch, those of processes for `pid`. Steps are gathered into so many columns, of
/// each of which the highest value stands.
pub fn charts(session: &Session, pid: Pid, columns: u64) -> Charts {
    let samples = session.samples();
    let length = session.length();
    let steps_per_column = length.div_ceil(columns.max(1)).max(1);
    let chart = |figure: Figure| {
        let mut points: Vec<(u64, Option<u64>)> = Vec::new();
        for sample in &samples {
            let value = figure.sampled(sample, pid);
            let column = sample.step / steps_per_column;
            let same = |(step, _): &&mut (u64, Option<u64>)| *step / steps_per_column == column;
            let skipped = value.is_none() && sample.counted.of(pid).is_some();
            match points.last_mut().filter(same) {
                Some((_, known)) => *known = value.max(*known),
                // A walk that was not made says nothing: the value before it holds.
                None if skipped => {}
                None => points.push((sample.step, value)),
            }
        }
        let greatest = points.iter().filter_map(|(_, value)| *value).max();
        Chart {
            figure,
            points,
            greatest: greatest.unwrap_or(0),
        }
    };
    Charts {
        pid,
        length,
        charts: Figure::ALL.map(chart).into(),
    }
}
