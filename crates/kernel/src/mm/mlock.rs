//! mlock(2), mlock2(2), munlock(2), mlockall(2) and munlockall(2) (mm/mlock.c).

use abi::{Errno, MlockFlags, MlockallFlags, Pid, Resource, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, PageRange, Pfn, TASK_SIZE, Vpn};
use crate::kernel::Kernel;
use crate::mm::access::Trap;
use crate::mm::populate::Stopped;
use crate::mm::vma::VmFlags;
use crate::outcome::{Failure, Reason};
use crate::phys::frame::ZERO_FRAME;

fn failure<T>(errno: Errno, reason: Reason) -> Result<T, Failure> {
    Err(Failure::new(errno, reason))
}

/// A length that covers every page of the range, in bytes; it may overflow to 0, as in Linux.
fn whole_length(address: VirtAddr, length: u64) -> u64 {
    let end = length.wrapping_add(address.0 % PAGE_SIZE);
    end.wrapping_add(PAGE_SIZE - 1) & !(PAGE_SIZE - 1)
}

/// The pages that hold any byte of the range.
fn touched_pages(address: VirtAddr, length: u64) -> Result<PageRange, Failure> {
    let length = whole_length(address, length);
    let start = address.0 - address.0 % PAGE_SIZE;
    let Some(end) = start.checked_add(length) else {
        return failure(Errno::EINVAL, Reason::LengthOverflow);
    };
    let page = |address| Vpn::containing(VirtAddr(address));
    Ok(PageRange::new(page(start), page(end)))
}

/// Why pages that were locked could not be brought in (`__mlock_posix_error_return`).
fn not_brought_in(stopped: Stopped) -> Failure {
    match stopped.trap {
        Trap::Signal(_) => Failure::new(Errno::ENOMEM, Reason::Unmapped),
        Trap::OutOfMemory => Failure::new(Errno::EAGAIN, Reason::OutOfSpace),
    }
}

impl Kernel {
    pub(crate) fn sys_mlock(
        &mut self,
        pid: Pid,
        mm: MmId,
        address: VirtAddr,
        length: u64,
        flags: MlockFlags,
    ) -> Result<u64, Failure> {
        if !MlockFlags::MLOCK_ONFAULT.contains(flags) {
            return failure(Errno::EINVAL, Reason::BadFlags);
        }
        self.check_may_lock_any(pid)?;
        let pages = whole_length(address, length) / PAGE_SIZE;
        let limit = self.limit(pid, Resource::LockedMemory) / PAGE_SIZE;
        let range = touched_pages(address, length);
        let space = self.mm(mm);
        let mut locked = space.size.locked.saturating_add(pages);
        if locked > limit && !self.config.privileged {
            // What is locked already does not count again.
            if let Ok(range) = range {
                let vmas = space.vmas_in(range);
                let already = vmas.filter(|vma| vma.flags.contains(VmFlags::LOCKED));
                let already = already.map(|vma| vma.range.intersection(range).pages());
                locked -= already.sum::<u64>();
            }
            if locked > limit {
                return failure(Errno::ENOMEM, Reason::ResourceLimit);
            }
        }
        let range = range?;
        let on_fault = flags.contains(MlockFlags::MLOCK_ONFAULT);
        self.lock_range(mm, range, lock_flags(on_fault))?;
        self.populate(pid, mm, range, false)
            .map_err(not_brought_in)?;
        Ok(0)
    }

    pub(crate) fn sys_munlock(
        &mut self,
        mm: MmId,
        address: VirtAddr,
        length: u64,
    ) -> Result<u64, Failure> {
        let range = touched_pages(address, length)?;
        self.lock_range(mm, range, VmFlags::empty())?;
        Ok(0)
    }

    pub(crate) fn sys_mlockall(
        &mut self,
        pid: Pid,
        mm: MmId,
        flags: MlockallFlags,
    ) -> Result<u64, Failure> {
        let which = MlockallFlags::MCL_CURRENT | MlockallFlags::MCL_FUTURE;
        let known = which | MlockallFlags::MCL_ONFAULT;
        if !known.contains(flags) || !flags.intersects(which) {
            return failure(Errno::EINVAL, Reason::BadFlags);
        }
        self.check_may_lock_any(pid)?;
        let current = flags.contains(MlockallFlags::MCL_CURRENT);
        let limit = self.limit(pid, Resource::LockedMemory) / PAGE_SIZE;
        if current && !self.config.privileged && self.mm(mm).size.total > limit {
            return failure(Errno::ENOMEM, Reason::ResourceLimit);
        }
        let wanted = lock_flags(flags.contains(MlockallFlags::MCL_ONFAULT));
        self.mm_mut(mm).default_flags = match flags.contains(MlockallFlags::MCL_FUTURE) {
            true => wanted,
            false => VmFlags::empty(),
        };
        if current {
            self.lock_everything(mm, wanted);
            let everything = PageRange::new(Vpn(0), Vpn(TASK_SIZE / PAGE_SIZE));
            let _ = self.populate(pid, mm, everything, true);
        }
        Ok(0)
    }

    pub(crate) fn sys_munlockall(&mut self, mm: MmId) -> u64 {
        self.mm_mut(mm).default_flags = VmFlags::empty();
        self.lock_everything(mm, VmFlags::empty());
        0
    }

    /// Whether the process may lock memory at all (`can_do_mlock`).
    pub(crate) fn check_may_lock_any(&self, pid: Pid) -> Result<(), Failure> {
        if self.limit(pid, Resource::LockedMemory) == 0 && !self.config.privileged {
            return failure(Errno::EPERM, Reason::NotPermitted);
        }
        Ok(())
    }

    /// Locks or unlocks VMA by VMA, up to the first hole (`apply_vma_lock_flags`).
    fn lock_range(&mut self, mm: MmId, range: PageRange, lock: VmFlags) -> Result<(), Failure> {
        let mut at = range.start;
        while at < range.end {
            let Some(vma) = self.mm(mm).vma_at(at) else {
                return failure(Errno::ENOMEM, Reason::Unmapped);
            };
            let part = PageRange::new(at, range.end.min(vma.range.end));
            self.lock_part(mm, part, lock)?;
            at = part.end;
        }
        Ok(())
    }

    /// Locks or unlocks every VMA; one that cannot be is left (`apply_mlockall_flags`).
    fn lock_everything(&mut self, mm: MmId, lock: VmFlags) {
        let mut at = Vpn(0);
        while let Some(vma) = self.mm(mm).vmas.ending_after(at.0) {
            let range = vma.range;
            let _ = self.lock_part(mm, range, lock);
            at = range.end;
        }
    }

    /// Locks or unlocks a part of a VMA (`mlock_fixup`). The kernel's own pages cannot be.
    fn lock_part(&mut self, mm: MmId, part: PageRange, lock: VmFlags) -> Result<(), Failure> {
        let Some((place, vma)) = self.mm(mm).vmas.find(part.start.0) else {
            return Ok(());
        };
        let old = vma.flags;
        let flags = (old - VmFlags::LOCKED_MASK) | lock;
        if flags == old || old.intersects(VmFlags::SPECIAL | VmFlags::DROPPABLE) {
            return Ok(());
        }
        self.modify_vma(mm, place, part, flags)?;
        let locked = &mut self.mm_mut(mm).size.locked;
        let (was, is) = (
            old.contains(VmFlags::LOCKED),
            flags.contains(VmFlags::LOCKED),
        );
        if is && !was {
            *locked += part.pages();
            self.relock_pages(mm, part, true);
        } else if was && !is {
            *locked = locked.saturating_sub(part.pages());
            self.relock_pages(mm, part, false);
        }
        Ok(())
    }

    /// A VMA's pages in `range` are locked, or unlocked (`mlock_vma_pages_range`).
    fn relock_pages(&mut self, mm: MmId, range: PageRange, locks: bool) {
        self.drain_lru();
        let present = self.entries_in(mm, range).filter(|(_, e)| e.is_present());
        let frames = present.map(|(_, entry)| entry.frame());
        let frames: Vec<Pfn> = frames.filter(|frame| *frame != ZERO_FRAME).collect();
        for frame in frames {
            match locks {
                true => self.lru.mlock(&mut self.frames, frame),
                false => self.lru.munlock(&mut self.frames, frame),
            }
        }
        self.drain_lru();
    }
}

fn lock_flags(on_fault: bool) -> VmFlags {
    match on_fault {
        true => VmFlags::LOCKED_MASK,
        false => VmFlags::LOCKED,
    }
}
