//! mprotect(2) (mm/mprotect.c).

use abi::{Errno, Pid, Prot, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, PageRange, Vpn, page_align};
use crate::event::Access;
use crate::interval_map::Place;
use crate::kernel::Kernel;
use crate::mm::fault::Cause;
use crate::mm::page_table::Entry;
use crate::mm::tlb::Flush;
use crate::mm::vma::{Sharing, VmFlags, Vma};
use crate::mutant::Mutant;
use crate::outcome::{Failure, Reason};
use crate::phys::frame::{FrameFlags, Owner};

/// The bits of an entry that a VMA's protection decides.
const PROTECTION: u64 = Entry::USER | Entry::WRITABLE | Entry::NO_EXECUTE;

fn failure<T>(errno: Errno, reason: Reason) -> Result<T, Failure> {
    Err(Failure::new(errno, reason))
}

impl Kernel {
    pub(crate) fn sys_mprotect(
        &mut self,
        pid: Pid,
        mm: MmId,
        address: VirtAddr,
        length: u64,
        prot: Prot,
    ) -> Result<u64, Failure> {
        let growth = prot & (Prot::PROT_GROWSDOWN | Prot::PROT_GROWSUP);
        let prot = prot.difference(growth);
        if growth == Prot::PROT_GROWSDOWN | Prot::PROT_GROWSUP {
            return failure(Errno::EINVAL, Reason::BadProtection);
        }
        if !address.0.is_multiple_of(PAGE_SIZE) {
            return failure(Errno::EINVAL, Reason::UnalignedAddress);
        }
        if length == 0 {
            return Ok(0);
        }
        let end = page_align(length).and_then(|length| address.0.checked_add(length));
        let Some(end) = end.filter(|end| *end > address.0) else {
            return failure(Errno::ENOMEM, Reason::LengthOverflow);
        };
        let known = Prot::PROT_READ | Prot::PROT_WRITE | Prot::PROT_EXEC | Prot::PROT_SEM;
        if prot.bits() & !known.bits() != 0 {
            return failure(Errno::EINVAL, Reason::BadProtection);
        }
        let end = Vpn::containing(VirtAddr(end));
        let range = PageRange::new(Vpn::containing(address), end);
        let range = self.range_to_protect(mm, range, growth)?;
        let mut flush = Flush::NONE;
        let result = self.protect_range(pid, mm, range, VmFlags::from_prot(prot), &mut flush);
        self.flush(mm, flush);
        result.map(|()| 0)
    }

    /// PROT_GROWSDOWN reaches down to the start of the stack that it is in.
    fn range_to_protect(
        &self,
        mm: MmId,
        range: PageRange,
        growth: Prot,
    ) -> Result<PageRange, Failure> {
        if growth.is_empty() {
            return Ok(range);
        }
        let Some(first) = self.mm(mm).first_vma_in(range) else {
            return failure(Errno::ENOMEM, Reason::Unmapped);
        };
        if growth == Prot::PROT_GROWSDOWN {
            if !first.flags.contains(VmFlags::GROWS_DOWN) {
                return failure(Errno::EINVAL, Reason::BadProtection);
            }
            return Ok(PageRange::new(first.range.start, range.end));
        }
        if first.range.start > range.start {
            return failure(Errno::ENOMEM, Reason::Unmapped);
        }
        failure(Errno::EINVAL, Reason::BadProtection)
    }

    /// VMA by VMA; what was changed before a failure stays changed.
    fn protect_range(
        &mut self,
        pid: Pid,
        mm: MmId,
        range: PageRange,
        access: VmFlags,
        flush: &mut Flush,
    ) -> Result<(), Failure> {
        let mut at = range.start;
        while at < range.end {
            let vmas = &self.mm(mm).vmas;
            let Some((place, vma)) = vmas.find_first_in(at.0, range.end.0) else {
                return failure(Errno::ENOMEM, Reason::Unmapped);
            };
            if vma.range.start > at {
                if self.errs(Mutant::IgnoreHoleInMprotect) {
                    at = vma.range.start;
                    continue;
                }
                return failure(Errno::ENOMEM, Reason::Unmapped);
            }
            if !vma.flags.may().contains(access) {
                return failure(Errno::EACCES, Reason::NotWritable);
            }
            let part = PageRange::new(at, range.end.min(vma.range.end));
            let flags = (vma.flags - VmFlags::ACCESS) | access;
            at = part.end;
            if flags != vma.flags {
                self.protect_part(pid, mm, place, part, flags, flush)?;
            }
        }
        Ok(())
    }

    /// Gives a part of the VMA at `place` another protection (`mprotect_fixup`).
    fn protect_part(
        &mut self,
        pid: Pid,
        mm: MmId,
        place: Place,
        part: PageRange,
        mut flags: VmFlags,
        flush: &mut Flush,
    ) -> Result<(), Failure> {
        let Some(vma) = self.mm(mm).vmas.get(place) else {
            return Ok(());
        };
        let old = vma.flags;
        if flags.contains(VmFlags::WRITE) {
            flags |= self.charge_for_writing(pid, mm, vma, part.pages(), flags)?;
        } else if vma.is_anonymous() && vma.anon_vma.is_none() {
            flags -= VmFlags::ACCOUNT;
        }
        let place = self.modify_vma(mm, place, part, flags)?;
        *flush = flush.and(self.change_protection(mm, place, part));
        let was_locked = old & (VmFlags::WRITE | VmFlags::LOCKED) == VmFlags::LOCKED;
        if was_locked && flags.contains(VmFlags::WRITE) && !flags.contains(VmFlags::SHARED) {
            // Stores to locked memory are not to fault for a copy: it is made now.
            self.flush(mm, std::mem::replace(flush, Flush::NONE));
            if !flags.contains(VmFlags::LOCK_ON_FAULT) {
                let _ = self.touch_pages(pid, mm, part, Access::Write, Cause::Locked);
                self.drain_lru();
            }
        }
        Ok(())
    }

    /// Memory that becomes writable counts against RLIMIT_DATA and must be backed, once; gives the
    /// flag that says so.
    fn charge_for_writing(
        &self,
        pid: Pid,
        mm: MmId,
        vma: &Vma,
        pages: u64,
        flags: VmFlags,
    ) -> Result<VmFlags, Failure> {
        let may_expand = |flags| self.may_expand(pid, mm, flags, pages);
        if !may_expand(flags) && may_expand(vma.flags) {
            return failure(Errno::ENOMEM, Reason::ResourceLimit);
        }
        let free = VmFlags::ACCOUNT | VmFlags::WRITE | VmFlags::NO_RESERVE;
        if vma.flags.intersects(free) || vma.flags.contains(VmFlags::SHARED) {
            return Ok(VmFlags::empty());
        }
        if !self.enough_memory(pages) {
            return failure(Errno::ENOMEM, Reason::Overcommit);
        }
        Ok(VmFlags::ACCOUNT)
    }

    /// Gives the entries of a range the protection of its VMA, which is at `place` (`change_protection`).
    fn change_protection(&mut self, mm: MmId, place: Place, range: PageRange) -> Flush {
        let Some(vma) = self.mm(mm).vmas.get(place) else {
            return Flush::NONE;
        };
        let bits = self.file_entry_bits(vma) & PROTECTION;
        let (upgrade, sharing) = (vma.flags.contains(VmFlags::WRITE), vma.sharing);
        self.sweep(mm, range, |kernel, slot| {
            if !slot.entry.is_present() {
                return Flush::NONE;
            }
            let mut new = slot.entry.without(PROTECTION).with(bits);
            if upgrade && kernel.needs_no_write_fault(sharing, new) {
                new = new.with(Entry::WRITABLE);
            }
            kernel.set_pte(mm, slot.table, slot.page, new)
        })
    }

    /// Whether a write fault in a writable VMA would only set the writable bit
    /// (`can_change_pte_writable`).
    fn needs_no_write_fault(&self, sharing: Sharing, entry: Entry) -> bool {
        if sharing == Sharing::Shared {
            return entry.has(Entry::DIRTY);
        }
        let frame = self.frames.get(entry.frame());
        let anonymous = matches!(frame.owner, Owner::Anonymous { .. });
        anonymous && frame.flags.contains(FrameFlags::ANON_EXCLUSIVE)
    }
}
