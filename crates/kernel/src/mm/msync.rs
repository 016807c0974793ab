//! msync(2): what shared mappings stored reaches the file's disk (mm/msync.c).

use abi::{Errno, MsyncFlags, VirtAddr};

use crate::addr::{InodeId, MmId, PAGE_SIZE, PageIndex, Vpn};
use crate::kernel::Kernel;
use crate::mm::vma::VmFlags;
use crate::outcome::{Failure, Reason};

const UNMAPPED: Failure = Failure::new(Errno::ENOMEM, Reason::Unmapped);

/// What msync does with one VMA.
struct Part {
    end: Vpn,
    locked: bool,
    /// The pages of a file to be written.
    pages: Option<(InodeId, PageIndex, PageIndex)>,
}

impl Kernel {
    /// msync(2). Unmapped parts are passed over, and an error at the end.
    pub(crate) fn sys_msync(
        &mut self,
        mm: MmId,
        address: VirtAddr,
        length: u64,
        flags: MsyncFlags,
    ) -> Result<u64, Failure> {
        let both = MsyncFlags::MS_ASYNC | MsyncFlags::MS_SYNC;
        let known = both | MsyncFlags::MS_INVALIDATE;
        if flags.bits() & !known.bits() != 0 || flags.contains(both) {
            return Err(Failure::new(Errno::EINVAL, Reason::BadFlags));
        }
        if !address.0.is_multiple_of(PAGE_SIZE) {
            return Err(Failure::new(Errno::EINVAL, Reason::UnalignedAddress));
        }
        // A length that overflows counts as none.
        let length = length.wrapping_add(PAGE_SIZE - 1) & !(PAGE_SIZE - 1);
        let end = address.0.checked_add(length).ok_or(UNMAPPED)?;
        let end = Vpn(end / PAGE_SIZE);
        let mut at = Vpn::containing(address);
        let mut result = Ok(0);
        while at < end {
            let first = self.mm(mm).vmas.ending_after(at.0);
            let Some(start) = first.map(|vma| vma.range.start) else {
                return Err(UNMAPPED);
            };
            if at < start {
                if flags == MsyncFlags::MS_ASYNC || start >= end {
                    return Err(UNMAPPED);
                }
                at = start;
                result = Err(UNMAPPED);
            }
            let Some(part) = self.part_to_sync(mm, at, end) else {
                return Err(UNMAPPED);
            };
            if part.locked && flags.contains(MsyncFlags::MS_INVALIDATE) {
                return Err(Failure::new(Errno::EBUSY, Reason::Locked));
            }
            if flags.contains(MsyncFlags::MS_SYNC)
                && let Some((inode, first, last)) = part.pages
            {
                self.write_back(inode, first, last);
            }
            at = part.end;
        }
        result
    }

    fn part_to_sync(&self, mm: MmId, at: Vpn, end: Vpn) -> Option<Part> {
        let vma = self.mm(mm).vma_at(at)?;
        let shared = vma.inode().filter(|_| vma.flags.contains(VmFlags::SHARED));
        let first = vma.index_of(at);
        let pages = end.min(vma.range.end).0 - at.0;
        Some(Part {
            end: vma.range.end,
            locked: vma.flags.contains(VmFlags::LOCKED),
            pages: shared.map(|inode| (inode, first, PageIndex(first.0.saturating_add(pages)))),
        })
    }
}
