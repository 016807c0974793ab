//! Page-granular addresses and the numbers of kernel objects; none of them is a `usize`.

use std::fmt;

use abi::VirtAddr;

/// Bytes in a page and in a frame.
pub const PAGE_SIZE: u64 = 4096;
/// Address bits within a page.
pub const PAGE_SHIFT: u32 = 12;
/// The first address past user space: 2^47 less one page (`TASK_SIZE`, arch/x86).
pub const TASK_SIZE: u64 = (1 << 47) - PAGE_SIZE;

/// Declares a number type that shows itself as `prefix` and the number.
macro_rules! numbers {
    ($($(#[$doc:meta])* $type:ident($int:ty) $prefix:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(pub $int);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        })*
    };
}

numbers! {
    /// A frame of RAM, from 0; frame 0 is the zero page.
    Pfn(u32) "frame ";
    /// The index of a page within a file: byte offset / 4096.
    PageIndex(u64) "page ";
    /// An inode, unique while the kernel runs.
    InodeId(u32) "inode ";
    /// An open file description (open(2)), shared by dup'd and inherited descriptors.
    OpenFileId(u32) "open file ";
    /// An address space (`mm_struct`): of one task, or of two during vfork.
    MmId(u32) "mm ";
    /// A page-table node.
    TableId(u32) "table ";
    /// An `anon_vma`: the identity on which merging of touched anonymous VMAs depends.
    AnonVmaId(u32) "anon_vma ";
    /// The `anon_vma`s of a VMA: its own and those inherited by fork.
    ChainId(u32) "chain ";
    /// A block of the disk, 4096 bytes.
    BlockNumber(u64) "block ";
}

/// A virtual page number: a canonical user address / 4096, below 2^35.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vpn(pub u64);

impl Vpn {
    /// The page that holds `address`.
    pub const fn containing(address: VirtAddr) -> Vpn {
        Vpn(address.0 >> PAGE_SHIFT)
    }

    /// The first address of the page.
    pub const fn address(self) -> VirtAddr {
        VirtAddr(self.0 << PAGE_SHIFT)
    }

    /// The page `pages` further on.
    pub const fn plus(self, pages: u64) -> Vpn {
        Vpn(self.0 + pages)
    }
}

/// Pages from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageRange {
    /// The first page.
    pub start: Vpn,
    /// The page after the last.
    pub end: Vpn,
}

impl PageRange {
    /// The pages `start..end`; empty where `end <= start`.
    pub const fn new(start: Vpn, end: Vpn) -> PageRange {
        PageRange { start, end }
    }

    /// How many pages.
    pub const fn pages(self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }

    /// Whether there is no page.
    pub const fn is_empty(self) -> bool {
        self.end.0 <= self.start.0
    }

    /// Whether `page` is within.
    pub const fn contains(self, page: Vpn) -> bool {
        self.start.0 <= page.0 && page.0 < self.end.0
    }

    /// The pages that both hold.
    pub fn intersection(self, other: PageRange) -> PageRange {
        PageRange::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// Each page, ascending.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Vpn> {
        (self.start.0..self.end.0).map(Vpn)
    }
}

/// `bytes` rounded up to whole pages, in bytes; none where that passes 2^64 (`PAGE_ALIGN`).
pub const fn page_align(bytes: u64) -> Option<u64> {
    match bytes.checked_add(PAGE_SIZE - 1) {
        Some(sum) => Some(sum & !(PAGE_SIZE - 1)),
        None => None,
    }
}
