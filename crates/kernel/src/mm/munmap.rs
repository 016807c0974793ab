//! munmap(2) (`do_vmi_munmap`, mm/vma.c).

use abi::{Errno, VirtAddr};
use smallvec::SmallVec;

use crate::addr::{MmId, PAGE_SIZE, PageRange, TASK_SIZE, Vpn, page_align};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::vma::{VmFlags, Vma};
use crate::mm::zap::Zap;
use crate::outcome::{Failure, Reason};

impl Kernel {
    pub(crate) fn sys_munmap(
        &mut self,
        mm: MmId,
        address: VirtAddr,
        length: u64,
    ) -> Result<u64, Failure> {
        let start = address.0;
        if !start.is_multiple_of(PAGE_SIZE) {
            return Err(Failure::new(Errno::EINVAL, Reason::UnalignedAddress));
        }
        if start > TASK_SIZE || length > TASK_SIZE - start {
            return Err(Failure::new(Errno::EINVAL, Reason::BeyondUserSpace));
        }
        let pages = page_align(length).unwrap_or(0) / PAGE_SIZE;
        if pages == 0 {
            return Err(Failure::new(Errno::EINVAL, Reason::ZeroLength));
        }
        let start = Vpn::containing(address);
        self.unmap_range(mm, PageRange::new(start, start.plus(pages)))?;
        Ok(0)
    }

    /// Removes every mapping of `range`. It fails, and changes nothing, only where a VMA would
    /// have to be split and there are as many as there may be.
    pub(crate) fn unmap_range(&mut self, mm: MmId, range: PageRange) -> Result<(), Failure> {
        if self.isolate(mm, range)? {
            self.remove_vmas(mm, range);
        }
        Ok(())
    }

    /// Splits VMAs so that none reaches across an end of `range` (`vms_gather_munmap_vmas`);
    /// gives whether there is any within.
    pub(crate) fn isolate(&mut self, mm: MmId, range: PageRange) -> Result<bool, Failure> {
        let Some(first) = self.mm(mm).first_vma_in(range) else {
            return Ok(false);
        };
        let mut reaches_out = first.range.end > range.end;
        if first.range.end < range.end {
            let last = self.mm(mm).vma_at(Vpn(range.end.0 - 1));
            reaches_out = last.is_some_and(|last| last.range.end > range.end);
        }
        if first.range.start < range.start {
            // Only a hole in the middle leaves more VMAs than before.
            let in_middle = first.range.end > range.end;
            self.split_vma(mm, range.start, !in_middle)?;
        }
        if reaches_out {
            self.split_vma(mm, range.end, true)?;
        }
        Ok(true)
    }

    /// Removes VMAs and their pages; none reaches across an end of `range`.
    pub(crate) fn remove_vmas(&mut self, mm: MmId, range: PageRange) {
        let space = self.mms.get_mut(mm.0);
        let vmas = &mut space.vmas;
        let place = vmas.place_from(range.start.0);
        let mut removed: SmallVec<[Vma; 1]> = SmallVec::new();
        while let Some(next) = vmas.at_or_next(place)
            && vmas
                .get(next)
                .is_some_and(|vma| vma.range.start < range.end)
            && let Some(vma) = vmas.take(next)
        {
            removed.push(vma);
        }
        let below = vmas.before(place).and_then(|below| vmas.get(below));
        let above = vmas.at_or_next(place).and_then(|above| vmas.get(above));
        let hole = PageRange::new(
            below.map_or(Vpn(0), |vma| vma.range.end),
            above.map_or(Vpn(1 << 36), |vma| vma.range.start),
        );
        let pid = space.owner;
        if let (Some(first), Some(last)) = (removed.first(), removed.last()) {
            let pages = PageRange::new(first.range.start, last.range.end);
            for vma in &removed {
                self.leave_pages(mm, vma, pages, Zap::Everything);
            }
            self.unmap_pages(mm, pages, hole);
        }
        for vma in &removed {
            let pages = vma.range.pages();
            let space = self.mm_mut(mm);
            space.largest = space.most_mapped();
            let size = &mut space.size;
            size.subtract(vma.flags, pages);
            if vma.flags.contains(VmFlags::LOCKED) {
                size.locked = size.locked.saturating_sub(pages);
            }
            self.anon_vmas.unlink(vma);
            self.release_file_of(vma);
            self.emit(|| Event::VmaRemoved {
                pid,
                range: vma.range,
            });
        }
    }
}
