//! What can be read of a modelled kernel's processes, in the oracle's words.

use abi::Pid;
use kernel::addr::{PageRange, Vpn};
use kernel::observe::Mapcounts;
use kernel::{Kernel, Outcome};

use crate::machine::{COMPARED_START, MINCORE_PAGES, ranges};
use crate::observation::{
    Detail, FRAME_BITS, FrameClasses, Observation, PAGEMAP_BITS, PageView, ProcessView, mask,
};
use crate::operation::{Answer, Process};
use crate::smaps::{self, VmaView};

/// A process to look at.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// Its number in the trace.
    pub number: Process,
    /// Its number in the kernel.
    pub pid: Pid,
    /// Minor and major faults that do not count.
    pub faults_before: (u64, u64),
}

/// Minor and major faults of a process so far.
pub fn faults(kernel: &Kernel, pid: Pid) -> (u64, u64) {
    let usage = kernel.tasks().get(pid).map(|task| task.usage);
    usage.map_or((0, 0), |usage| (usage.minor_faults, usage.major_faults))
}

/// What a process sees of its command; numbers of processes are the kernel's.
pub fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Return(value) => Answer::Value(value),
        Outcome::Bytes(bytes) => Answer::Bytes(bytes),
        Outcome::Error { errno, .. } => Answer::Error(errno.number()),
        Outcome::Signal(info) => Answer::Signal {
            number: info.signal.number(),
            code: info.code.number(),
            address: info.address,
        },
        Outcome::Blocked => Answer::Blocked,
        Outcome::Exited => Answer::Exited,
        Outcome::Delivered(_) => Answer::Lost,
    }
}

/// Reads the state of some processes.
pub fn observe(
    kernel: &Kernel,
    processes: impl Iterator<Item = Watched>,
    detail: Detail,
) -> Observation {
    let mut look = Look {
        kernel,
        detail,
        mapcounts: kernel.mapcounts(),
        classes: FrameClasses::default(),
    };
    Observation {
        processes: processes.map(|watched| look.process(watched)).collect(),
    }
}

struct Look<'a> {
    kernel: &'a Kernel,
    detail: Detail,
    mapcounts: Mapcounts<'a>,
    classes: FrameClasses,
}

impl Look<'_> {
    fn process(&mut self, watched: Watched) -> ProcessView {
        let Watched { pid, .. } = watched;
        let vmas = match self.detail {
            Detail::Cheap => Vec::new(),
            Detail::Full => self.vmas(pid),
        };
        let mut pages = Vec::new();
        for (first, count) in ranges(&vmas) {
            let range = PageRange::new(Vpn(first), Vpn(first + count));
            for (page, entry) in self.kernel.entries(pid, range) {
                let bits = self.mapcounts.pagemap_entry(entry) & mask(PAGEMAP_BITS);
                if bits == 0 {
                    continue;
                }
                let mut view = PageView {
                    page: page.0,
                    bits,
                    frame: 0,
                    flags: 0,
                };
                if entry.is_present() {
                    view.frame = self.classes.class(entry.frame().0.into());
                    if self.detail == Detail::Full {
                        view.flags = self.kernel.page_flags(entry.frame()) & mask(FRAME_BITS);
                    }
                }
                pages.push(view);
            }
        }
        let (minor, major) = faults(self.kernel, pid);
        ProcessView {
            process: watched.number,
            minor_faults: minor.saturating_sub(watched.faults_before.0),
            major_faults: major.saturating_sub(watched.faults_before.1),
            pages,
            vmas,
        }
    }

    fn vmas(&self, pid: Pid) -> Vec<VmaView> {
        let mut vmas = smaps::parse(&self.kernel.smaps_text(pid), COMPARED_START);
        for vma in &mut vmas {
            let pages = ((vma.end - vma.start) >> 12).min(MINCORE_PAGES);
            let start = Vpn(vma.start >> 12);
            let range = PageRange::new(start, start.plus(pages));
            vma.mincore = self.kernel.resident_pages(pid, range);
        }
        vmas
    }
}
