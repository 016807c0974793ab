//! What is compared: everything that root can read of the processes of a trace.
//!
//! # What is left out, and why
//!
//! - The LRU lists, and the page flags referenced, active and lru: pages wait for their list in
//!   batches of their CPU, which Linux empties when it likes. Referenced and active show all the
//!   same, as `Referenced` of smaps, which is compared, as which pages are locked is: the harness
//!   empties the batches after each operation. `LazyFree` depends on the same batches, and other CPUs'.
//! - Faults that depend on what is left in the TLB: an agent's is empty after each operation.
//! - The flags writeback and locked: the disk clears them when it is done. What
//!   POSIX_FADV_DONTNEED drops depends on them, so that traces do not give it. Nor do their files
//!   begin on the disk alone: where a file with holes is read ahead in several parts, the fault
//!   maps those that are there when it begins anew. The suite has programs for both.
//! - Frame numbers: only which pages share a frame. Device and inode numbers, owners, file times:
//!   the machines' own.
//! - `KernelPageSize` and the like: the traces have no huge pages, for none is set aside and
//!   transparent ones are off. KSM and swap are off as well, and the kernel has no soft-dirty bit.
//! - Nodes of page tables (`VmPTE`): both machines have nodes for the harness beside the trace's.
//!   Where a node shows in what is mapped around a fault, it is compared.
//! - `ru_maxrss`, `ru_inblock` and times of getrusage, which count the harness too.
//! - Bytes that a trace does not load; but each trace ends with loading all that it has mapped, as
//!   far as 64 pages of a mapping.
//! - Bytes that are the processor's choice: [`crate::processor`].
//! - Pages beyond the windows of [`crate::machine::ranges`], and mincore beyond 256 pages of a VMA.

use std::fmt::Write as _;

use crate::operation::Process;
use crate::smaps::VmaView;

/// How much to read: what changes with each access, or everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Fault counts and pagemap.
    Cheap,
    /// Also maps, smaps, mincore and the flags of frames.
    Full,
}

/// The state of a machine, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The processes that live, ascending.
    pub processes: Vec<ProcessView>,
}

/// The state of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessView {
    /// Which.
    pub process: Process,
    /// Minor faults since the trace's start or its fork (`ru_minflt`).
    pub minor_faults: u64,
    /// Major faults, likewise (`ru_majflt`).
    pub major_faults: u64,
    /// The pages whose page-table entry is not empty, ascending.
    pub pages: Vec<PageView>,
    /// The VMAs, ascending; empty where only cheap things were read.
    pub vmas: Vec<VmaView>,
}

/// A page as /proc/PID/pagemap shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageView {
    /// The page's number: address / 4096.
    pub page: u64,
    /// The bits of [`PAGEMAP_BITS`].
    pub bits: u64,
    /// Which frame: frames are numbered from 1 by their first appearance in the observation, so
    /// that equal numbers mean one frame; 0 where none is mapped.
    pub frame: u32,
    /// The bits of [`FRAME_BITS`]; 0 where only cheap things were read.
    pub flags: u64,
}

/// The bits of a pagemap entry that are compared (Documentation/admin-guide/mm/pagemap.rst).
pub const PAGEMAP_BITS: &[(u64, &str)] = &[
    (1 << 63, "present"),
    (1 << 62, "swap"),
    (1 << 61, "file or shared"),
    (1 << 58, "guard region"),
    (1 << 56, "exclusive"),
];

/// The bits of /proc/kpageflags that are compared.
pub const FRAME_BITS: &[(u64, &str)] = &[
    (1 << 4, "dirty"),
    (1 << 3, "uptodate"),
    (1 << 18, "unevictable"),
    (1 << 33, "mlocked"),
];

/// All bits of a list of named bits.
pub fn mask(bits: &[(u64, &str)]) -> u64 {
    bits.iter().fold(0, |mask, (bit, _)| mask | bit)
}

/// Numbers frames by their first appearance.
#[derive(Default)]
pub struct FrameClasses {
    seen: Vec<u64>,
}

impl FrameClasses {
    /// The class of a frame number.
    pub fn class(&mut self, frame: u64) -> u32 {
        // Frames repeat closely, so that the search from the end is short.
        let found = self.seen.iter().rposition(|f| *f == frame);
        let index = found.unwrap_or_else(|| {
            self.seen.push(frame);
            self.seen.len() - 1
        });
        u32::try_from(index + 1).unwrap_or(u32::MAX)
    }
}

/// One observable that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What, for instance `process 0, page 0x10000000, present`.
    pub observable: String,
    /// The model's value.
    pub model: String,
    /// Linux's value.
    pub linux: String,
}

impl Difference {
    /// A difference of two values that show themselves.
    pub fn new(
        observable: impl Into<String>,
        model: impl ToString,
        linux: impl ToString,
    ) -> Difference {
        Difference {
            observable: observable.into(),
            model: model.to_string(),
            linux: linux.to_string(),
        }
    }
}

impl Observation {
    /// The first observable in which the model's state (`self`) and Linux's differ.
    pub fn difference(&self, linux: &Observation) -> Option<Difference> {
        if self == linux {
            return None;
        }
        let numbers = |o: &Observation| {
            let mut text = String::new();
            for view in &o.processes {
                let _ = write!(text, "{} ", view.process.0);
            }
            text
        };
        if numbers(self) != numbers(linux) {
            let what = "living processes";
            return Some(Difference::new(what, numbers(self), numbers(linux)));
        }
        let mut pairs = self.processes.iter().zip(&linux.processes);
        pairs.find_map(|(model, linux)| model.difference(linux))
    }
}

impl ProcessView {
    fn difference(&self, linux: &ProcessView) -> Option<Difference> {
        let name = |observable: &str| format!("{}, {observable}", self.process);
        if let Some(vmas) = self.vma_difference(linux) {
            return Some(vmas);
        }
        if let Some(pages) = self.page_difference(linux) {
            return Some(pages);
        }
        if self.minor_faults != linux.minor_faults {
            let (model, linux) = (self.minor_faults, linux.minor_faults);
            return Some(Difference::new(name("minor faults"), model, linux));
        }
        if self.major_faults != linux.major_faults {
            let (model, linux) = (self.major_faults, linux.major_faults);
            return Some(Difference::new(name("major faults"), model, linux));
        }
        None
    }

    fn vma_difference(&self, linux: &ProcessView) -> Option<Difference> {
        let maps = |view: &ProcessView| {
            view.vmas
                .iter()
                .map(|vma| format!("\n    {}", vma.maps_line()))
                .collect::<String>()
        };
        let (model_maps, linux_maps) = (maps(self), maps(linux));
        if model_maps != linux_maps {
            let observable = format!("{}, maps", self.process);
            return Some(Difference::new(observable, model_maps, linux_maps));
        }
        let mut pairs = self.vmas.iter().zip(&linux.vmas);
        pairs.find_map(|(model, linux)| {
            let (field, model_value, linux_value) = model.difference(linux)?;
            let at = model.start;
            let observable = format!("{}, VMA at {at:#x}, {field}", self.process);
            Some(Difference::new(observable, model_value, linux_value))
        })
    }

    fn page_difference(&self, linux: &ProcessView) -> Option<Difference> {
        let differs = self
            .pages
            .iter()
            .map(Some)
            .chain(std::iter::repeat(None))
            .zip(linux.pages.iter().map(Some).chain(std::iter::repeat(None)))
            .take(self.pages.len().max(linux.pages.len()))
            .find(|(model, linux)| model != linux)?;
        let page = differs
            .0
            .into_iter()
            .chain(differs.1)
            .map(|view| view.page)
            .min()?;
        let observable = format!("{}, page {:#x}", self.process, page << 12);
        let describe = |view: Option<&PageView>| match view {
            Some(view) if view.page == page => view.describe(),
            _ => "nothing".to_string(),
        };
        let (model, linux) = (describe(differs.0), describe(differs.1));
        Some(Difference::new(observable, model, linux))
    }
}

impl PageView {
    fn describe(&self) -> String {
        let mut text = String::new();
        let named = PAGEMAP_BITS
            .iter()
            .filter(|(bit, _)| self.bits & bit != 0)
            .chain(FRAME_BITS.iter().filter(|(bit, _)| self.flags & bit != 0));
        for (_, name) in named {
            let _ = write!(text, "{name}, ");
        }
        let _ = write!(text, "frame class {}", self.frame);
        text
    }
}
