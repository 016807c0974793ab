//! madvise(2): which VMAs the advice reaches, and the advice that is kept as a flag (mm/madvise.c).
//! What acts at once is in [`crate::mm::discard`], [`crate::mm::reclaim`] and [`crate::mm::guard`].

use abi::{Advice, Errno, Pid, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, PageRange, Vpn, page_align};
use crate::event::Access;
use crate::kernel::Kernel;
use crate::mm::access::Trap;
use crate::mm::fault::Cause;
use crate::mm::vma::{Backing, Sharing, VmFlags, Vma};
use crate::outcome::{Failure, Reason};

fn failure<T>(errno: Errno, reason: Reason) -> Result<T, Failure> {
    Err(Failure::new(errno, reason))
}

/// The VMA is of a kind that does not take the advice.
pub(crate) const REFUSED: Failure = Failure::new(Errno::EINVAL, Reason::WrongKind);

impl Kernel {
    pub(crate) fn sys_madvise(
        &mut self,
        pid: Pid,
        mm: MmId,
        address: VirtAddr,
        length: u64,
        advice: Advice,
    ) -> Result<u64, Failure> {
        if let Advice::Unknown(_) = advice {
            return failure(Errno::EINVAL, Reason::BadArgument);
        }
        if !address.0.is_multiple_of(PAGE_SIZE) {
            return failure(Errno::EINVAL, Reason::UnalignedAddress);
        }
        let end = page_align(length).and_then(|length| address.0.checked_add(length));
        let Some(end) = end else {
            return failure(Errno::EINVAL, Reason::LengthOverflow);
        };
        let page = |address| Vpn::containing(VirtAddr(address));
        let range = PageRange::new(page(address.0), page(end));
        match advice {
            Advice::PopulateRead => self.populate_for(pid, mm, range, Access::Read)?,
            Advice::PopulateWrite => self.populate_for(pid, mm, range, Access::Write)?,
            _ => self.advise_range(mm, range, advice)?,
        }
        Ok(0)
    }

    /// Gives the advice to VMA after VMA, and goes on past holes, which make it fail in the end
    /// (`madvise_walk_vmas`).
    fn advise_range(&mut self, mm: MmId, range: PageRange, advice: Advice) -> Result<(), Failure> {
        let mut at = range.start;
        let mut holes = false;
        while at < range.end {
            let Some(vma) = self.mm(mm).vmas.ending_after(at.0).copied() else {
                return failure(Errno::ENOMEM, Reason::Unmapped);
            };
            holes |= vma.range.start > at;
            let part = vma.range.intersection(PageRange::new(at, range.end));
            if !part.is_empty() {
                self.advise_part(mm, &vma, part, advice)?;
            }
            at = vma.range.end;
        }
        match holes {
            true => failure(Errno::ENOMEM, Reason::Unmapped),
            false => Ok(()),
        }
    }

    /// `madvise_vma_behavior`
    fn advise_part(
        &mut self,
        mm: MmId,
        vma: &Vma,
        part: PageRange,
        advice: Advice,
    ) -> Result<(), Failure> {
        match advice {
            Advice::DontNeed => self.advise_dontneed(mm, vma, part, VmFlags::LOCKED),
            Advice::DontNeedLocked => self.advise_dontneed(mm, vma, part, VmFlags::empty()),
            Advice::Free => self.advise_free(mm, vma, part),
            Advice::Remove => self.advise_remove(vma, part),
            Advice::WillNeed => {
                self.advise_willneed(vma, part);
                Ok(())
            }
            Advice::Cold => self.advise_cold(mm, vma, part),
            Advice::PageOut => self.advise_pageout(mm, vma, part),
            Advice::GuardInstall => self.install_guard(mm, vma, part),
            Advice::GuardRemove => self.remove_guard(mm, vma, part),
            // No huge pages here.
            Advice::Collapse => Err(REFUSED),
            _ => {
                let flags = flags_after(vma, advice)?;
                if flags == vma.flags {
                    return Ok(());
                }
                if let Some((place, _)) = self.mm(mm).vmas.find(part.start.0) {
                    let changed = self.modify_vma(mm, place, part, flags);
                    changed.map_err(try_again)?;
                }
                Ok(())
            }
        }
    }

    /// MADV_POPULATE_READ and MADV_POPULATE_WRITE (`madvise_populate`): unlike the others it stops
    /// at the first hole, and wants the VMA to allow the access.
    fn populate_for(
        &mut self,
        pid: Pid,
        mm: MmId,
        range: PageRange,
        access: Access,
    ) -> Result<(), Failure> {
        let needed = match access {
            Access::Write => VmFlags::WRITE,
            _ => VmFlags::READ,
        };
        let mut at = range.start;
        while at < range.end {
            let Some(vma) = self.mm(mm).vma_at(at) else {
                return failure(Errno::ENOMEM, Reason::Unmapped);
            };
            let kernels = vma.flags.intersects(VmFlags::IO | VmFlags::PFN_MAP);
            if kernels || !vma.flags.contains(needed) {
                return failure(Errno::EINVAL, Reason::NotPermitted);
            }
            let part = PageRange::new(at, range.end.min(vma.range.end));
            let touched = self.touch_pages(pid, mm, part, access, Cause::Advice);
            touched.map_err(|stopped| match stopped.trap {
                Trap::Signal(_) => Failure::new(Errno::EFAULT, Reason::BadBuffer),
                Trap::OutOfMemory => Failure::new(Errno::ENOMEM, Reason::OutOfSpace),
            })?;
            at = part.end;
        }
        Ok(())
    }
}

/// A lack of VMAs is told as EAGAIN by this call.
fn try_again(why: Failure) -> Failure {
    match why.errno {
        Errno::ENOMEM => Failure::new(Errno::EAGAIN, why.reason),
        _ => why,
    }
}

/// The VMA's flags after advice that is kept as a flag.
fn flags_after(vma: &Vma, advice: Advice) -> Result<VmFlags, Failure> {
    let flags = vma.flags;
    let reading = VmFlags::RANDOM | VmFlags::SEQUENTIAL;
    let special = |kinds: VmFlags| match flags.intersects(kinds) {
        true => Err(REFUSED),
        false => Ok(()),
    };
    Ok(match advice {
        Advice::Random => (flags - reading) | VmFlags::RANDOM,
        Advice::Sequential => (flags - reading) | VmFlags::SEQUENTIAL,
        Advice::Normal => flags - reading,
        Advice::DontFork => flags | VmFlags::DONT_COPY,
        Advice::DoFork => {
            special(VmFlags::IO)?;
            flags - VmFlags::DONT_COPY
        }
        Advice::WipeOnFork
            if vma.file().is_some() || vma.flags.intersects(VmFlags::SHARED | VmFlags::HUGETLB) =>
        {
            return Err(REFUSED);
        }
        Advice::WipeOnFork => flags | VmFlags::WIPE_ON_FORK,
        Advice::KeepOnFork => {
            special(VmFlags::DROPPABLE)?;
            flags - VmFlags::WIPE_ON_FORK
        }
        Advice::DontDump => flags | VmFlags::DONT_DUMP,
        Advice::DoDump => {
            if !flags.contains(VmFlags::HUGETLB) {
                special(VmFlags::SPECIAL | VmFlags::DROPPABLE)?;
            }
            flags - VmFlags::DONT_DUMP
        }
        Advice::Mergeable if is_mergeable(vma) => flags | VmFlags::MERGEABLE,
        Advice::Unmergeable => flags - VmFlags::MERGEABLE,
        Advice::HugePage => (flags - VmFlags::NO_HUGE_PAGE) | VmFlags::HUGE_PAGE,
        Advice::NoHugePage => (flags - VmFlags::HUGE_PAGE) | VmFlags::NO_HUGE_PAGE,
        _ => flags,
    })
}

/// Whether equal pages of it could be made one (`vma_ksm_compatible`), which is not modelled.
fn is_mergeable(vma: &Vma) -> bool {
    let never = VmFlags::SPECIAL | VmFlags::DROPPABLE;
    vma.sharing == Sharing::Private
        && !vma.flags.intersects(never)
        && !matches!(vma.backing, Backing::Special(_))
}
