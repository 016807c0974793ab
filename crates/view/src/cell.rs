//! One cell is one page-sized thing: its name, what kind of page it is, and the marks of its state.
//!
//! A [`CellId`] names the same thing in every scene and in every [`crate::Transition`], so that a
//! motion can find where it starts and ends. `Display` of an id is usable as a DOM id.

use std::fmt;

use abi::Pid;
use bitflags::bitflags;
use kernel::addr::{InodeId, PageIndex, Pfn, Vpn};

/// The name of something that can be drawn, pointed at and inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // Field names are those of `kernel::addr`.
pub enum CellId {
    /// A processor.
    Cpu(u8),
    /// A translation in the TLB.
    Tlb { cpu: u8, pid: Pid, page: Vpn },
    /// A process, as a whole.
    Process(Pid),
    /// A VMA, by its first page.
    Vma { pid: Pid, start: Vpn },
    /// Addresses at which nothing is mapped, by their first page.
    Gap { pid: Pid, start: Vpn },
    /// A page of an address space.
    Page { pid: Pid, page: Vpn },
    /// An entry of a page table: level 4 is the PGD, 1 the PTE; `page` is the first page that it covers.
    Entry { pid: Pid, level: u8, page: Vpn },
    /// A NUMA node.
    Node(u8),
    /// A frame of RAM.
    Frame(Pfn),
    /// A file, as a whole.
    File(InodeId),
    /// A file's page in the page cache.
    Cached { inode: InodeId, index: PageIndex },
    /// A file's page on the disk.
    Block { inode: InodeId, index: PageIndex },
    /// A slot of the swap device.
    Swap(u32),
    /// A register of a device.
    Register { device: u16, register: u16 },
    /// What a process prints.
    Terminal(Pid),
}

impl CellId {
    /// The entry of `level` (4 to 1) on the way to `page`.
    pub const fn entry(pid: Pid, level: u8, page: Vpn) -> CellId {
        let bits = 9 * (level.saturating_sub(1) as u32 & 3);
        CellId::Entry {
            pid,
            level,
            page: Vpn(page.0 >> bits << bits),
        }
    }

    /// The process that the thing belongs to, if to one alone.
    pub const fn pid(self) -> Option<Pid> {
        match self {
            CellId::Tlb { pid, .. }
            | CellId::Process(pid)
            | CellId::Vma { pid, .. }
            | CellId::Gap { pid, .. }
            | CellId::Page { pid, .. }
            | CellId::Entry { pid, .. }
            | CellId::Terminal(pid) => Some(pid),
            _ => None,
        }
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            CellId::Cpu(cpu) => write!(f, "cpu-{cpu}"),
            CellId::Tlb { cpu, pid, page } => write!(f, "tlb-{cpu}-{pid}-{:x}", page.0),
            CellId::Process(pid) => write!(f, "process-{pid}"),
            CellId::Vma { pid, start } => write!(f, "vma-{pid}-{:x}", start.0),
            CellId::Gap { pid, start } => write!(f, "gap-{pid}-{:x}", start.0),
            CellId::Page { pid, page } => write!(f, "page-{pid}-{:x}", page.0),
            CellId::Entry { pid, level, page } => write!(f, "entry-{pid}-{level}-{:x}", page.0),
            CellId::Node(node) => write!(f, "node-{node}"),
            CellId::Frame(frame) => write!(f, "frame-{}", frame.0),
            CellId::File(inode) => write!(f, "file-{}", inode.0),
            CellId::Cached { inode, index } => write!(f, "cached-{}-{}", inode.0, index.0),
            CellId::Block { inode, index } => write!(f, "block-{}-{}", inode.0, index.0),
            CellId::Swap(slot) => write!(f, "swap-{slot}"),
            CellId::Register { device, register } => write!(f, "register-{device}-{register}"),
            CellId::Terminal(pid) => write!(f, "terminal-{pid}"),
        }
    }
}

/// What a page holds: the cell's fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PageKind {
    /// No frame: the next access faults.
    #[default]
    NotPresent,
    /// A frame that nothing uses.
    Free,
    /// Anonymous memory of a process, or its copy of a private file page.
    Anonymous,
    /// A page of a file on the disk.
    File,
    /// A page of an object that lives in memory: tmpfs, memfd, shared anonymous memory.
    Shmem,
    /// The one frame of zeros.
    Zero,
    /// A device's registers.
    Device,
    /// On the swap device.
    Swapped,
    /// A guard page: every access raises SIGSEGV.
    Guard,
    /// Of the kernel itself.
    Kernel,
}

impl PageKind {
    /// The word of the key.
    pub const fn name(self) -> &'static str {
        match self {
            PageKind::NotPresent => "not present",
            PageKind::Free => "free",
            PageKind::Anonymous => "anonymous",
            PageKind::File => "file",
            PageKind::Shmem => "shared memory",
            PageKind::Zero => "zero page",
            PageKind::Device => "device",
            PageKind::Swapped => "swapped out",
            PageKind::Guard => "guard",
            PageKind::Kernel => "kernel",
        }
    }

    /// A lower-case word for a style class.
    pub const fn class(self) -> &'static str {
        match self {
            PageKind::NotPresent => "none",
            PageKind::Free => "free",
            PageKind::Anonymous => "anon",
            PageKind::File => "file",
            PageKind::Shmem => "shmem",
            PageKind::Zero => "zero",
            PageKind::Device => "dev",
            PageKind::Swapped => "swap",
            PageKind::Guard => "guard",
            PageKind::Kernel => "kernel",
        }
    }
}

bitflags! {
    /// The state of a page: each mark is a shape on the cell, and a letter in text.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Marks: u16 {
        /// Dashed edge: the VMA allows stores, the PTE does not: the next store faults.
        const WRITE_PROTECTED = 1;
        /// Corner: differs from the disk (a file's page), or was stored to (a process's page).
        const DIRTY = 1 << 1;
        /// Double edge: more than one page table entry maps the frame.
        const SHARED = 1 << 2;
        /// Lock: may not leave RAM (mlock).
        const LOCKED = 1 << 3;
        /// Stripes: being written to the disk.
        const WRITEBACK = 1 << 4;
        /// A private copy of a page that was a file's or another process's.
        const COPIED = 1 << 5;
        /// The processor has used it since the bit was last cleared.
        const ACCESSED = 1 << 6;
        /// Mapped, but no access is allowed (PROT_NONE).
        const NO_ACCESS = 1 << 7;
    }
}

impl Marks {
    /// Every mark with its letter and its meaning, in the order of the key.
    pub const KEY: &'static [(Marks, char, &'static str)] = &[
        (
            Marks::WRITE_PROTECTED,
            'P',
            "write-protected: the next store faults",
        ),
        (Marks::SHARED, 'S', "mapped by several"),
        (Marks::COPIED, 'C', "a copy of its own"),
        (Marks::DIRTY, 'D', "dirty"),
        (Marks::WRITEBACK, 'W', "being written to disk"),
        (Marks::LOCKED, 'L', "locked in RAM"),
        (Marks::NO_ACCESS, 'N', "no access allowed"),
    ];

    /// The letters of the marks, such as `SD`.
    pub fn letters(self) -> String {
        let set = |(mark, letter, _): &(Marks, char, &str)| self.contains(*mark).then_some(*letter);
        Marks::KEY.iter().filter_map(set).collect()
    }
}

/// A page-sized thing: a page of a process, a frame, a page of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its name.
    pub id: CellId,
    /// Its fill.
    pub kind: PageKind,
    /// The frame that holds it: every cell with the same frame lights up together.
    pub frame: Option<Pfn>,
    /// Its marks.
    pub marks: Marks,
}

impl Cell {
    /// What is written in the cell: the frame's number, `Z` for the zero page, `X` for swap, or nothing.
    pub fn label(&self) -> String {
        match (self.kind, self.frame) {
            (PageKind::Zero, _) => "Z".into(),
            (PageKind::Swapped, _) => "X".into(),
            (PageKind::Guard, _) => "G".into(),
            (PageKind::Free | PageKind::NotPresent, _) | (_, None) => String::new(),
            (_, Some(frame)) => frame.0.to_string(),
        }
    }
}

impl fmt::Display for Cell {
    /// The cell in text: label and letters, `12SD`; `.` for a page that is not present, `-` for a free frame.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PageKind::NotPresent => f.write_str("."),
            PageKind::Free => f.write_str("-"),
            _ => write!(f, "{}{}", self.label(), self.marks.letters()),
        }
    }
}
