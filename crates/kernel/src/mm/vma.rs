//! A VMA: a range of pages mapped in one way (`struct vm_area_struct`).

use abi::Prot;
use bitflags::bitflags;

use crate::addr::{AnonVmaId, ChainId, InodeId, OpenFileId, PageIndex, PageRange, Vpn};
use crate::interval_map::Interval;
use crate::mm::page_table::Entry;

/// A range of pages that are mapped in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vma {
    /// Its pages; never empty.
    pub range: PageRange,
    /// What is allowed and how it is treated.
    pub flags: VmFlags,
    /// Private or shared.
    pub sharing: Sharing,
    /// Where its pages come from.
    pub backing: Backing,
    /// The page of the object at `range.start` (`vm_pgoff`); of private anonymous memory the page
    /// number at which the VMA was first touched.
    pub page_offset: PageIndex,
    /// The `anon_vma` that its private pages belong to, from the first on.
    pub anon_vma: Option<AnonVmaId>,
    /// Its own `anon_vma` and those inherited by fork ([`crate::Kernel::anon_vmas_of`]); none where it has no own.
    pub anon_vma_chain: Option<ChainId>,
}

/// Whether stores stay with the process or reach the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sharing {
    /// MAP_PRIVATE
    Private,
    /// MAP_SHARED
    Shared,
}

/// Where the pages of a VMA come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backing {
    /// Zeros.
    Anonymous,
    /// A file, or the nameless tmpfs file behind shared anonymous memory.
    File {
        /// The open file that the VMA holds; VMAs of different ones do not merge.
        file: OpenFileId,
        /// Its inode.
        inode: InodeId,
    },
    /// A private mapping of /dev/zero: anonymous memory with a file's name.
    ZeroDevice {
        /// The open file that the VMA holds.
        file: OpenFileId,
    },
    /// Huge pages without a file (MAP_HUGETLB).
    HugePages {
        /// The size of one.
        bytes: u64,
    },
    /// Pages of the kernel.
    Special(Special),
}

/// What the kernel maps into each process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Special {
    /// `[vvar]`
    Vvar,
    /// `[vvar_vclock]`
    VvarVclock,
    /// `[vdso]`
    Vdso,
    /// `[vsyscall]`, which is no VMA of the process but ends its maps.
    Vsyscall,
}

bitflags! {
    /// `vm_flags` (include/linux/mm.h), but for VM_MAYSHARE, which [`Sharing`] says.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct VmFlags: u32 {
        /// Loads are allowed.
        const READ = 1;
        /// Stores are allowed.
        const WRITE = 2;
        /// Instructions may be fetched.
        const EXEC = 4;
        /// Stores reach the object: not in a shared map of a file opened for reading only (VM_SHARED).
        const SHARED = 8;
        /// mprotect may allow loads.
        const MAY_READ = 0x10;
        /// mprotect may allow stores.
        const MAY_WRITE = 0x20;
        /// mprotect may allow instructions.
        const MAY_EXEC = 0x40;
        /// It grows down as a stack does.
        const GROWS_DOWN = 0x100;
        /// Pages of the kernel, without frames to be counted (VM_PFNMAP).
        const PFN_MAP = 0x400;
        /// It may hold guard regions (VM_MAYBE_GUARD): once it did, and nothing takes it back.
        const MAYBE_GUARD = 0x800;
        /// Pages are locked in RAM.
        const LOCKED = 0x2000;
        /// It is a device's (VM_IO).
        const IO = 0x4000;
        /// MADV_SEQUENTIAL
        const SEQUENTIAL = 0x8000;
        /// MADV_RANDOM
        const RANDOM = 0x1_0000;
        /// MADV_DONTFORK
        const DONT_COPY = 0x2_0000;
        /// mremap must not grow it.
        const DONT_EXPAND = 0x4_0000;
        /// Pages are locked as they are touched (VM_LOCKONFAULT).
        const LOCK_ON_FAULT = 0x8_0000;
        /// Its pages count as memory that must be backed.
        const ACCOUNT = 0x10_0000;
        /// MAP_NORESERVE
        const NO_RESERVE = 0x20_0000;
        /// MADV_WIPEONFORK
        const WIPE_ON_FORK = 0x40_0000;
        /// MADV_DONTDUMP
        const DONT_DUMP = 0x80_0000;
        /// MADV_HUGEPAGE
        const HUGE_PAGE = 0x100_0000;
        /// MADV_NOHUGEPAGE, and MAP_STACK
        const NO_HUGE_PAGE = 0x200_0000;
        /// MADV_MERGEABLE
        const MERGEABLE = 0x400_0000;
        /// MAP_DROPPABLE
        const DROPPABLE = 0x800_0000;
        /// MAP_HUGETLB
        const HUGETLB = 0x1000_0000;
        /// MAP_SYNC
        const SYNC = 0x2000_0000;
    }
}

impl VmFlags {
    /// Loads, stores and instructions.
    pub const ACCESS: VmFlags = VmFlags::READ.union(VmFlags::WRITE).union(VmFlags::EXEC);
    /// What mprotect may allow.
    pub const MAY_ALL: VmFlags = VmFlags::MAY_READ
        .union(VmFlags::MAY_WRITE)
        .union(VmFlags::MAY_EXEC);
    /// Both kinds of locking (VM_LOCKED_MASK).
    pub const LOCKED_MASK: VmFlags = VmFlags::LOCKED.union(VmFlags::LOCK_ON_FAULT);
    /// VMAs that never merge and take no advice (VM_SPECIAL).
    pub const SPECIAL: VmFlags = VmFlags::IO
        .union(VmFlags::DONT_EXPAND)
        .union(VmFlags::PFN_MAP);

    /// Flags that do not keep VMAs apart: the merged one has them where one had (VM_STICKY).
    pub const STICKY: VmFlags = VmFlags::MAYBE_GUARD;

    /// The flags of this protection; bits without a meaning are left out.
    pub fn from_prot(prot: Prot) -> VmFlags {
        VmFlags::from_bits_truncate(prot.bits()) & VmFlags::ACCESS
    }

    /// What mprotect may allow.
    pub fn may(self) -> VmFlags {
        VmFlags::from_bits_truncate(self.bits() >> 4) & VmFlags::ACCESS
    }
}

impl Vma {
    /// The page of the object, or of anonymous memory the index, at `page`.
    #[inline]
    pub fn index_of(&self, page: Vpn) -> PageIndex {
        let pages = page.0.wrapping_sub(self.range.start.0);
        PageIndex(self.page_offset.0.wrapping_add(pages))
    }

    /// The page at which `index` of the object is mapped, if it is.
    pub fn page_of(&self, index: PageIndex) -> Option<Vpn> {
        let pages = index.0.checked_sub(self.page_offset.0)?;
        (pages < self.range.pages()).then(|| self.range.start.plus(pages))
    }

    /// Whether new pages are zeros of the process's own (`vma_is_anonymous`).
    pub fn is_anonymous(&self) -> bool {
        matches!(
            self.backing,
            Backing::Anonymous | Backing::ZeroDevice { .. }
        )
    }

    /// The inode of a file mapping.
    pub fn inode(&self) -> Option<InodeId> {
        match self.backing {
            Backing::File { inode, .. } => Some(inode),
            _ => None,
        }
    }

    /// The open file that it holds.
    pub fn file(&self) -> Option<OpenFileId> {
        match self.backing {
            Backing::File { file, .. } | Backing::ZeroDevice { file } => Some(file),
            _ => None,
        }
    }

    /// Whether stores change the object now, or may once mprotect allows them (`vma_is_shared_maywrite`).
    pub fn may_change_object(&self) -> bool {
        self.flags.contains(VmFlags::SHARED | VmFlags::MAY_WRITE)
    }

    /// Whether stores copy pages (`is_cow_mapping`).
    pub fn copies_on_write(&self) -> bool {
        self.sharing == Sharing::Private && self.flags.contains(VmFlags::MAY_WRITE)
    }

    /// Whether its pages must be backed by memory: private, writable, and not MAP_NORESERVE
    /// (`accountable_mapping`). Huge pages are counted elsewhere.
    pub fn is_accountable(&self) -> bool {
        let kinds = VmFlags::SHARED | VmFlags::HUGETLB;
        let asked = self.flags & (VmFlags::WRITE | VmFlags::NO_RESERVE | kinds);
        asked == VmFlags::WRITE
    }

    /// Whether anything may be done with its pages (`vma_is_accessible`).
    pub fn is_accessible(&self) -> bool {
        self.flags.intersects(VmFlags::ACCESS)
    }

    /// The bits of a new PTE, which stores do not reach (`vm_page_prot` of a private mapping).
    pub fn entry_bits(&self) -> u64 {
        let mut bits = Entry::ACCESSED;
        if self.is_accessible() {
            bits |= Entry::USER;
        }
        if !self.flags.contains(VmFlags::EXEC) {
            bits |= Entry::NO_EXECUTE;
        }
        bits
    }
}

impl Interval for Vma {
    fn start(&self) -> u64 {
        self.range.start.0
    }

    fn end(&self) -> u64 {
        self.range.end.0
    }
}
