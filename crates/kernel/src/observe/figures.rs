//! The numbers of a process and of the machine (`/proc/PID/smaps_rollup`, getrusage(2), `/proc/meminfo`).

use abi::Pid;

use crate::addr::{PAGE_SIZE, PageRange, TASK_SIZE, Vpn};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::page_table::Pte;
use crate::mm::table::Resident;
use crate::observe::Mapcounts;
use crate::observe::smaps::{PSS_SHIFT, share};

/// A size by the kind of memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Anonymous memory.
    pub anonymous: u64,
    /// File pages.
    pub file: u64,
    /// Shared memory (tmpfs, memfd, shared anonymous).
    pub shared_memory: u64,
}

impl Parts {
    /// So many bytes for each page.
    const fn of(pages: Resident, bytes: u64) -> Parts {
        Parts {
            anonymous: pages.anonymous * bytes,
            file: pages.file * bytes,
            shared_memory: pages.shared_memory * bytes,
        }
    }

    const fn total(self) -> u64 {
        self.anonymous + self.file + self.shared_memory
    }

    /// What is left of it without another one's, part by part.
    const fn without(self, other: Parts) -> Parts {
        Parts {
            anonymous: self.anonymous.saturating_sub(other.anonymous),
            file: self.file.saturating_sub(other.file),
            shared_memory: self.shared_memory.saturating_sub(other.shared_memory),
        }
    }

    /// Adds another one's, part by part.
    fn add(&mut self, other: Parts) {
        self.anonymous += other.anonymous;
        self.file += other.file;
        self.shared_memory += other.shared_memory;
    }
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
    /// Its parts.
    pub rss_of: Parts,
    /// Proportional set size: each frame divided by how many map it.
    pub pss: u64,
    /// Its parts, each rounded down.
    pub pss_of: Parts,
    /// Unique set size: frames that nobody else maps.
    pub uss: u64,
    /// Its parts.
    pub uss_of: Parts,
    /// In swap.
    pub swap: u64,
    /// In page-table nodes.
    pub page_tables: u64,
    /// Faults that needed no disk.
    pub minor_faults: u64,
    /// Faults that waited for the disk.
    pub major_faults: u64,
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
    /// Read from the disk so far.
    pub disk_read: u64,
    /// Written to the disk so far.
    pub disk_written: u64,
    /// Copied between user memory and the page cache by read(2) and write(2) so far.
    pub bytes_copied: u64,
    /// System calls made so far.
    pub system_calls: u64,
}

impl Kernel {
    /// The numbers of a process that the kernel keeps: all but PSS, USS and swap, which are left zero.
    pub fn process_counts(&self, pid: Pid) -> ProcessFigures {
        let usage = self.tasks.get(pid).map(|task| task.usage);
        let usage = usage.unwrap_or_default();
        let mut figures = ProcessFigures {
            pid,
            minor_faults: usage.minor_faults,
            major_faults: usage.major_faults,
            ..ProcessFigures::default()
        };
        if let Some(space) = self.address_space(pid) {
            figures.virtual_size = space.size.total.saturating_mul(PAGE_SIZE);
            figures.rss = space.resident.total() * PAGE_SIZE;
            figures.rss_of = Parts::of(space.resident, PAGE_SIZE);
            figures.page_tables = space.tables * PAGE_SIZE;
        }
        figures
    }

    /// All numbers of a process. Costs a walk over its page table, but not a look at each frame.
    pub fn process_figures(&self, mapcounts: &Mapcounts<'_>, pid: Pid) -> ProcessFigures {
        const USER_SPACE: PageRange = PageRange::new(Vpn(0), Vpn(TASK_SIZE / PAGE_SIZE));
        let mut figures = self.process_counts(pid);
        // What the pages that others map, too, count in the resident set, and what they do in the proportional one.
        let (mut among_several, mut shares) = (Parts::default(), Parts::default());
        let mut last = (1, share(1));
        for (_, table, entries) in self.leaves(pid, USER_SPACE) {
            let info = self.tables.info(table);
            let only = info.only_frames();
            if only.is_some() && !mapcounts.any_shared() {
                continue;
            }
            let alike = only.and_then(|_| info.resident.alike());
            for entry in entries {
                if entry.is_present() {
                    let mapcount = mapcounts.of_mapped(entry.frame());
                    if mapcount < 2 {
                        continue;
                    }
                    if mapcount != last.0 {
                        last = (mapcount, share(mapcount));
                    }
                    let page =
                        alike.unwrap_or_else(|| Resident::of(self.frames.get(entry.frame())));
                    among_several.add(Parts::of(page, PAGE_SIZE));
                    shares.add(Parts::of(page, last.1));
                } else if matches!(Pte::from(*entry), Pte::Swap(_)) {
                    figures.swap += PAGE_SIZE;
                }
            }
        }
        figures.uss_of = figures.rss_of.without(among_several);
        figures.uss = figures.uss_of.total();
        let own = figures.uss_of;
        let whole = |own: u64, shares: u64| own + (shares >> PSS_SHIFT);
        figures.pss = whole(own.total(), shares.total());
        figures.pss_of = Parts {
            anonymous: whole(own.anonymous, shares.anonymous),
            file: whole(own.file, shares.file),
            shared_memory: whole(own.shared_memory, shares.shared_memory),
        };
        figures
    }

    /// The numbers of the machine.
    pub fn system_figures(&self) -> SystemFigures {
        let (counters, cache) = (self.counters, self.files.counts);
        SystemFigures {
            ram: u64::from(self.frames.total()) * PAGE_SIZE,
            free: u64::from(self.frames.free_count()) * PAGE_SIZE,
            cached: cache.cached * PAGE_SIZE,
            dirty: cache.dirty * PAGE_SIZE,
            disk_read: counters.blocks_read.saturating_mul(PAGE_SIZE),
            disk_written: counters.blocks_written.saturating_mul(PAGE_SIZE),
            bytes_copied: counters.bytes_copied,
            system_calls: counters.syscalls,
        }
    }
}

/// The bytes of the pages that were under writeback during a step: it ends within the step that started it.
pub fn written_back(events: &[Event]) -> u64 {
    let written = |event: &&Event| matches!(event, Event::BlockWritten { .. });
    let pages = events.iter().filter(written).count() as u64;
    pages * PAGE_SIZE
}
