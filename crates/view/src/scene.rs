//! Everything that is drawn of one moment, as plain data in the words of the picture.
//!
//! [`Scene`] has one field a lane, from left to right. It is made by [`crate::scene()`] from a session
//! and a [`crate::Focus`]; nothing in it refers to the kernel's own structures. Its `Display` is the
//! scene in text, which tests compare and which serves the tables behind the drawing.

use abi::{Pid, VirtAddr};
use kernel::addr::{InodeId, PageIndex, PageRange, Pfn, Vpn};
use kernel::sorted_map::SortedMap;

use crate::bytes::BytesView;
use crate::cell::{Cell, CellId};
use crate::figures::Figures;
use crate::page_table::PageTableView;
use crate::sharing::Sharing;

/// One moment of the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The processors, each with its TLB.
    pub cpus: Vec<CpuView>,
    /// The processes, parents before children.
    pub processes: Vec<ProcessView>,
    /// The page table of the focused process, along the way to the focused page.
    pub page_table: Option<PageTableView>,
    /// Who maps each frame that is drawn, for those that a process maps.
    pub mapped_by: SortedMap<Pfn, Vec<Pid>>,
    /// RAM by NUMA node.
    pub nodes: Vec<NodeView>,
    /// The files that are open, mapped or cached, with what the disk holds of each.
    pub files: Vec<FileView>,
    /// The swap device, where there is one.
    pub swap: Option<SwapView>,
    /// Character devices with registers.
    pub devices: Vec<DeviceView>,
    /// The bytes of the selected page, frame, cached page or block.
    pub bytes: Option<BytesView>,
    /// The numbers.
    pub figures: Figures,
}

/// A processor and its TLB.
#[derive(Clone, Debug, PartialEq)]
pub struct CpuView {
    /// `CellId::Cpu`
    pub id: CellId,
    /// The process whose statement ran last.
    pub running: Option<Pid>,
    /// The last memory access of the step that led here.
    pub access: Option<AccessView>,
    /// The translations that it holds.
    pub tlb: Vec<TlbEntryView>,
    /// How many translations it can hold.
    pub tlb_capacity: u32,
}

/// A memory access as the processor was asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessView {
    /// Who.
    pub pid: Pid,
    /// Where.
    pub address: VirtAddr,
    /// A load, a store or a fetch, as a word: `load`.
    pub what: &'static str,
}

/// A translation in the TLB.
#[derive(Clone, Debug, PartialEq)]
pub struct TlbEntryView {
    /// `CellId::Tlb`
    pub id: CellId,
    /// Whose page.
    pub pid: Pid,
    /// The page.
    pub page: Vpn,
    /// The frame.
    pub frame: Pfn,
    /// Whether stores may use it.
    pub writable: bool,
    /// The step that led here removed it: it is shown struck out once.
    pub flushed: bool,
}

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessState {
    /// It can run.
    Runnable,
    /// It waits for a child, a pipe or time.
    Blocked,
    /// It ended and has not been waited for; its status as a shell shows it.
    Zombie {
        /// 0 to 255, or 128 + the signal that killed it.
        status: i32,
    },
}

/// A process and its address space.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessView {
    /// `CellId::Process`
    pub id: CellId,
    /// Its number.
    pub pid: Pid,
    /// Its parent, for the fork edges of the tree.
    pub parent: Option<Pid>,
    /// Which of the processes it is, from 0, in order of creation: its colour.
    pub ordinal: u32,
    /// What it is doing.
    pub state: ProcessState,
    /// The line of the program at which it stands, from 1.
    pub line: Option<u32>,
    /// Its variables that a debugger would show, innermost scope last.
    pub variables: Vec<VariableView>,
    /// Pages in its VMAs.
    pub pages_mapped: u64,
    /// What it shares with others; none where it is alone or has no memory.
    pub sharing: Option<Sharing>,
    /// Its address space from the highest address down.
    pub space: Vec<SpaceItem>,
}

/// A variable of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableView {
    /// Its name.
    pub name: String,
    /// Its type, as C spells it.
    pub type_name: String,
    /// Its value, as C spells it.
    pub value: String,
    /// Where it lies in memory; none while it is in a register.
    pub address: Option<VirtAddr>,
    /// The page that it points to, if it is a pointer into a VMA.
    pub points_to: Option<CellId>,
}

/// A part of an address space.
#[derive(Clone, Debug, PartialEq)]
pub enum SpaceItem {
    /// Mapped.
    Vma(VmaView),
    /// Not mapped; folded to one line.
    Gap(GapView),
}

/// Addresses at which nothing is mapped.
#[derive(Clone, Debug, PartialEq)]
pub struct GapView {
    /// `CellId::Gap`
    pub id: CellId,
    /// From where to where.
    pub range: PageRange,
    /// Its size in words: `127 TiB`.
    pub size: String,
}

/// What stands behind a VMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackingKind {
    /// Nothing but memory and swap.
    Anonymous,
    /// The program's heap (brk).
    Heap,
    /// The stack, which grows down.
    Stack,
    /// The program itself: its code, constants and data.
    Program,
    /// A file on the disk.
    File,
    /// An object in memory that several can map.
    Shmem,
    /// A device.
    Device,
    /// Of the kernel: `[vdso]`, `[vvar]`.
    Special,
}

/// A mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct VmaView {
    /// `CellId::Vma`
    pub id: CellId,
    /// Its pages.
    pub range: PageRange,
    /// Its name: `data`, `[heap]`, `anonymous`.
    pub name: String,
    /// Pointer variables of the program that point into it.
    pub pointers: Vec<String>,
    /// As `/proc/PID/maps` writes it: `rw-p`.
    pub permissions: String,
    /// Whether stores are seen by others that map the same object.
    pub shared: bool,
    /// What stands behind it.
    pub backing: BackingKind,
    /// The file and the page of it at which the VMA starts.
    pub file: Option<(InodeId, PageIndex)>,
    /// Pages that have a frame of their own or of the cache (the zero page does not count).
    pub resident: u64,
    /// Its pages, ascending, the unremarkable ones folded.
    pub runs: Vec<PageRun>,
}

/// Neighbouring pages of a VMA, or frames of a node, or pages of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum PageRun {
    /// Drawn one by one.
    Cells(Vec<Cell>),
    /// Folded.
    Elided {
        /// The number of the first: a page, a frame or an index.
        first: u64,
        /// How many.
        count: u64,
        /// How many of them are present (of a node: in use).
        present: u64,
    },
}

/// A NUMA node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView {
    /// `CellId::Node`
    pub id: CellId,
    /// Its number.
    pub number: u8,
    /// Frames in all.
    pub frames: u64,
    /// Frames that nothing uses.
    pub free: u64,
    /// Its frames, ascending; long free runs are folded.
    pub runs: Vec<PageRun>,
}

/// A file: its pages in the cache and on the disk.
#[derive(Clone, Debug, PartialEq)]
pub struct FileView {
    /// `CellId::File`
    pub id: CellId,
    /// Its inode.
    pub inode: InodeId,
    /// Its path; the last one, marked `(deleted)`, when it has none any more.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// The size in words: `8 KiB`.
    pub size_words: String,
    /// Whether it lives on the disk (else in memory: tmpfs, memfd).
    pub on_disk: bool,
    /// Pages in the cache.
    pub cached: u64,
    /// Of them, dirty.
    pub dirty: u64,
    /// Its pages, ascending, the unremarkable ones folded.
    pub pages: Vec<FileRun>,
    /// What is remarkable about it: `dirty: the disk still says 'A'`.
    pub note: Option<String>,
}

/// Neighbouring pages of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FileRun {
    /// One page, drawn.
    Page(FilePageView),
    /// Folded.
    Elided {
        /// The first.
        first: PageIndex,
        /// How many.
        count: u64,
        /// How many of them are cached.
        cached: u64,
    },
}

/// A page of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FilePageView {
    /// Which.
    pub index: PageIndex,
    /// Its place in the page cache (`CellId::Cached`); not present when it is not cached.
    pub cell: Cell,
    /// Its place on the disk; none in memory-only files.
    pub block: Option<BlockView>,
}

/// A block of the disk, beside the page that caches it.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockView {
    /// `CellId::Block`
    pub id: CellId,
    /// The block's number on the disk; none in a hole of the file.
    pub number: Option<u64>,
    /// The first bytes that the disk holds, or those around the first difference from the cache.
    pub preview: Vec<u8>,
    /// Where in the page the preview starts.
    pub preview_offset: u16,
    /// Whether the cache holds other bytes than the disk.
    pub differs: bool,
}

/// The swap device.
#[derive(Clone, Debug, PartialEq)]
pub struct SwapView {
    /// Slots in all.
    pub slots: u64,
    /// Slots in use.
    pub used: u64,
    /// The slots in use.
    pub cells: Vec<Cell>,
}

/// A device with registers.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceView {
    /// `/dev/...`
    pub name: String,
    /// Its registers.
    pub registers: Vec<RegisterView>,
}

/// A register of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterView {
    /// `CellId::Register`
    pub id: CellId,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: u64,
}

impl Scene {
    /// The process of this number.
    pub fn process(&self, pid: Pid) -> Option<&ProcessView> {
        self.processes.iter().find(|process| process.pid == pid)
    }

    /// The process that the numbers are shown of: the one whose page table is drawn, or that ran last.
    pub fn focused(&self) -> Option<Pid> {
        let running = || self.cpus.first().and_then(|cpu| cpu.running);
        let table = self.page_table.as_ref().map(|table| table.pid);
        table.or_else(running)
    }

    /// Visits every page-sized cell of the scene, lane by lane.
    pub fn each_cell<'a>(&'a self, visit: &mut dyn FnMut(&'a Cell)) {
        for process in &self.processes {
            for vma in process.space.iter().filter_map(SpaceItem::vma) {
                vma.runs
                    .iter()
                    .flat_map(PageRun::cells)
                    .for_each(&mut *visit);
            }
        }
        for node in &self.nodes {
            node.runs
                .iter()
                .flat_map(PageRun::cells)
                .for_each(&mut *visit);
        }
        for file in &self.files {
            for page in file.pages.iter().filter_map(FileRun::page) {
                visit(&page.cell);
            }
        }
        if let Some(swap) = &self.swap {
            swap.cells.iter().for_each(visit);
        }
    }

    /// Every page-sized cell of the scene, lane by lane.
    pub fn cells(&self) -> Vec<&Cell> {
        let mut cells = Vec::new();
        self.each_cell(&mut |cell| cells.push(cell));
        cells
    }

    /// The cell of this name.
    pub fn cell(&self, id: CellId) -> Option<&Cell> {
        let mut found = None;
        self.each_cell(&mut |cell| {
            if cell.id == id {
                found = Some(cell);
            }
        });
        found
    }

    /// The cells that this frame holds: they light up together.
    pub fn holders(&self, frame: Pfn) -> impl Iterator<Item = &Cell> {
        self.cells()
            .into_iter()
            .filter(move |cell| cell.frame == Some(frame))
    }
}

impl SpaceItem {
    /// The VMA, if it is one.
    pub const fn vma(&self) -> Option<&VmaView> {
        match self {
            SpaceItem::Vma(vma) => Some(vma),
            SpaceItem::Gap(_) => None,
        }
    }
}

impl PageRun {
    /// The cells, if they are drawn.
    pub fn cells(&self) -> &[Cell] {
        match self {
            PageRun::Cells(cells) => cells,
            PageRun::Elided { .. } => &[],
        }
    }
}

impl FileRun {
    /// The page, if it is drawn.
    pub const fn page(&self) -> Option<&FilePageView> {
        match self {
            FileRun::Page(page) => Some(page),
            FileRun::Elided { .. } => None,
        }
    }
}
