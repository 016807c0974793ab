//! Mappings of huge pages (MAP_HUGETLB; mm/hugetlb.c, fs/hugetlbfs/inode.c) on a machine that has set
//! none aside: one that reserves them fails, one that does not (MAP_NORESERVE) is there, and what is
//! touched of it raises SIGBUS. Such a VMA is cut at huge pages only.

use abi::{Errno, MapFlags};

use crate::addr::{PAGE_SIZE, Vpn};
use crate::event::FaultKind;
use crate::kernel::Kernel;
use crate::mm::fault::{Refusal, Serving};
use crate::mm::mmap::MmapArguments;
use crate::mm::placement::HUGE_PAGE;
use crate::mm::vma::{Backing, Sharing, Vma};
use crate::outcome::{Failure, Reason};

/// The size of the huge pages that mmap's flags ask for, in bytes, and the length rounded up to it.
pub(crate) fn huge_length(arguments: &MmapArguments) -> Result<(u64, u64), Failure> {
    let failure = |reason| Err(Failure::new(Errno::EINVAL, reason));
    if !arguments.flags.contains(MapFlags::MAP_ANONYMOUS) {
        return failure(Reason::NotMappable);
    }
    // The page size's logarithm is in the flags: 2 MiB, 1 GiB, or 0 for the usual one.
    let page_size = match arguments.flags.bits() >> 26 & 0x3f {
        0 | 21 => HUGE_PAGE,
        30 => 1 << 30,
        _ => return failure(Reason::BadFlags),
    };
    match arguments.length.checked_next_multiple_of(page_size) {
        Some(length) => Ok((page_size, length)),
        None => failure(Reason::LengthOverflow),
    }
}

impl Vma {
    /// The size of its pages, in bytes.
    pub fn page_size(&self) -> u64 {
        match self.backing {
            Backing::HugePages { bytes } => bytes,
            _ => PAGE_SIZE,
        }
    }

    /// Whether it may be split at `at`.
    pub(crate) fn splits_at(&self, at: Vpn) -> bool {
        match self.backing {
            Backing::Special(_) => false,
            Backing::HugePages { bytes } => at.address().0.is_multiple_of(bytes),
            _ => true,
        }
    }

    /// The lengths of mremap(2) as whole pages of this VMA; it moves huge pages whole, and never
    /// makes them more (`align_hugetlb`).
    pub(crate) fn remap_lengths(
        &self,
        (old, old_length): (u64, u64),
        (new, new_length): (u64, u64),
    ) -> Result<(u64, u64), Failure> {
        let size = self.page_size();
        if size == PAGE_SIZE {
            return Ok((old_length, new_length));
        }
        let whole = |length: u64| length.checked_next_multiple_of(size).unwrap_or(0);
        let (old_length, new_length) = (whole(old_length), whole(new_length));
        // The new address must be a huge page's even where it is not used.
        let aligned = old.is_multiple_of(size) && new.is_multiple_of(size);
        match aligned && new_length <= old_length {
            true => Ok((old_length, new_length)),
            false => Err(Failure::new(Errno::EINVAL, Reason::UnalignedAddress)),
        }
    }
}

impl Kernel {
    /// A touch of a huge page: there is none (`hugetlb_no_page`).
    pub(crate) fn huge_fault(&mut self, serving: &Serving) -> Result<FaultKind, Refusal> {
        if serving.vma.sharing == Sharing::Private {
            self.prepare_anon_vma(serving.mm(), serving.page);
        }
        Err(Refusal::BusAdrErr)
    }
}
