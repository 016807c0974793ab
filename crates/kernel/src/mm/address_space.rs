//! The memory of one process (`struct mm_struct`): its VMAs, its page table, its numbers.

use abi::{Pid, VirtAddr};

use crate::addr::{PAGE_SIZE, PageRange, TASK_SIZE, TableId, Vpn};
use crate::interval_map::IntervalMap;
use crate::mm::table::Resident;
use crate::mm::tlb::Asid;
use crate::mm::vma::{VmFlags, Vma};

/// The memory of one process; during vfork, of two.
#[derive(Clone, Debug, Default, Hash)]
pub struct AddressSpace {
    /// The process it was made for, which events name.
    pub owner: Pid,
    /// Tasks that use it.
    pub users: u32,
    /// The top node of its page table.
    pub root: TableId,
    /// What its translations in the TLB are tagged with.
    pub asid: Asid,
    /// Its VMAs, by page.
    pub vmas: IntervalMap<Vma>,
    /// Where the named parts are.
    pub layout: Layout,
    /// Pages that are mapped to frames.
    pub resident: Resident,
    /// The most pages that were mapped before some were lost (`hiwater_rss`); [`AddressSpace::most_resident`] asks.
    pub high_water: u64,
    /// Pages of all VMAs, and of some kinds.
    pub size: Size,
    /// The most pages that its VMAs had before some were lost (`hiwater_vm`); [`AddressSpace::most_mapped`] asks.
    pub largest: u64,
    /// What new VMAs get: LOCKED and LOCK_ON_FAULT after mlockall(MCL_FUTURE).
    pub default_flags: VmFlags,
    /// Page-table nodes, the shared ones included.
    pub tables: u64,
}

/// Addresses that execve fixes, and the break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Mappings are placed downwards from here.
    pub mmap_base: VirtAddr,
    /// The end of the program's data, where the heap may start.
    pub start_break: VirtAddr,
    /// The end of the heap.
    pub program_break: VirtAddr,
    /// The first byte of the program's code, and the byte after its last.
    pub code: (VirtAddr, VirtAddr),
    /// The first byte of the program's initialised data, and the byte after its last.
    pub data: (VirtAddr, VirtAddr),
    /// The stack pointer at entry: `argc` is there.
    pub start_stack: VirtAddr,
}

/// Pages of VMAs, counted by kind (`total_vm` and its like).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// All: VmSize.
    pub total: u64,
    /// Private and writable, not stack: VmData.
    pub data: u64,
    /// Executable, not writable.
    pub executable: u64,
    /// Those that grow down: VmStk.
    pub stack: u64,
    /// Locked: VmLck.
    pub locked: u64,
}

impl Layout {
    /// The pages of the program's code (`end_code` and `start_code`).
    pub fn code_pages(&self) -> u64 {
        let (start, end) = self.code;
        Vpn::containing(end.offset(PAGE_SIZE - 1)).0 - Vpn::containing(start).0
    }
}

impl AddressSpace {
    /// The most pages that were mapped to frames at a time.
    pub fn most_resident(&self) -> u64 {
        self.high_water.max(self.resident.total())
    }

    /// The most pages that its VMAs had at a time.
    pub fn most_mapped(&self) -> u64 {
        self.largest.max(self.size.total)
    }

    /// Counts pages that are mapped no longer.
    pub fn lose(&mut self, gone: Resident) {
        self.high_water = self.most_resident();
        self.resident.subtract(gone);
    }

    /// The VMA that holds `page`.
    #[inline]
    pub fn vma_at(&self, page: Vpn) -> Option<&Vma> {
        self.vmas.covering(page.0)
    }

    /// VMAs with a page in `range`, ascending.
    pub fn vmas_in(&self, range: PageRange) -> impl DoubleEndedIterator<Item = &Vma> {
        self.vmas.overlapping(range.start.0, range.end.0)
    }

    /// The lowest VMA with a page in `range`.
    pub fn first_vma_in(&self, range: PageRange) -> Option<&Vma> {
        self.vmas.first_overlapping(range.start.0, range.end.0)
    }

    /// The pages that the heap covers, if any.
    pub fn heap(&self) -> PageRange {
        let end = crate::addr::page_align(self.layout.program_break.0).unwrap_or(TASK_SIZE);
        let start = crate::addr::page_align(self.layout.start_break.0).unwrap_or(TASK_SIZE);
        PageRange::new(
            Vpn::containing(VirtAddr(start)),
            Vpn::containing(VirtAddr(end)),
        )
    }

    /// What maps shows as the VMA's name where it has no file: `[heap]`, `[stack]`, `[vdso]` ...
    pub fn name_of(&self, vma: &Vma) -> Option<&'static str> {
        use crate::mm::vma::{Backing, Special};
        match vma.backing {
            Backing::Special(Special::Vvar) => Some("[vvar]"),
            Backing::Special(Special::VvarVclock) => Some("[vvar_vclock]"),
            Backing::Special(Special::Vdso) => Some("[vdso]"),
            _ if !self.heap().intersection(vma.range).is_empty() => Some("[heap]"),
            _ if vma.range.contains(Vpn::containing(self.layout.start_stack)) => Some("[stack]"),
            _ => None,
        }
    }
}

impl Size {
    /// Adds pages that are mapped with these flags (`vm_stat_account`).
    #[inline]
    pub fn add(&mut self, flags: VmFlags, pages: u64) {
        self.total += pages;
        if let Some(kind) = self.kind(flags) {
            *kind += pages;
        }
    }

    /// Takes pages that were mapped with these flags off.
    #[inline]
    pub fn subtract(&mut self, flags: VmFlags, pages: u64) {
        self.total = self.total.saturating_sub(pages);
        if let Some(kind) = self.kind(flags) {
            *kind = kind.saturating_sub(pages);
        }
    }

    #[inline]
    fn kind(&mut self, flags: VmFlags) -> Option<&mut u64> {
        let writable = flags.contains(VmFlags::WRITE);
        if flags.contains(VmFlags::GROWS_DOWN) {
            Some(&mut self.stack)
        } else if flags.contains(VmFlags::EXEC) && !writable {
            Some(&mut self.executable)
        } else if flags.is_data() {
            Some(&mut self.data)
        } else {
            None
        }
    }
}

impl VmFlags {
    /// Whether pages with them count against RLIMIT_DATA (`is_data_mapping`).
    #[inline]
    pub fn is_data(self) -> bool {
        let kinds = VmFlags::WRITE | VmFlags::GROWS_DOWN | VmFlags::SHARED;
        self & kinds == VmFlags::WRITE
    }
}
