//! mremap(2): which VMAs change, and how (mm/mremap.c of Linux 6.18). Page-table entries move in
//! [`crate::mm::move_entries`].

use abi::{Errno, MapFlags, MremapFlags, Pid, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, PageIndex, PageRange, TASK_SIZE, Vpn, page_align};
use crate::kernel::Kernel;
use crate::mm::placement::Request;
use crate::mm::vma::{Backing, Sharing, VmFlags, Vma};
use crate::outcome::{Failure, Reason};

/// The arguments of mremap(2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct MremapArguments {
    pub old_address: VirtAddr,
    pub old_length: u64,
    pub new_length: u64,
    pub flags: MremapFlags,
    pub new_address: VirtAddr,
}

/// A remapping whose arguments are valid (`struct vma_remap_struct`). All lengths are in bytes,
/// whole pages.
#[derive(Clone, Copy, Debug)]
struct Remap {
    pid: Pid,
    mm: MmId,
    old: VirtAddr,
    old_length: u64,
    new_length: u64,
    flags: MremapFlags,
    new: VirtAddr,
}

fn failure<T>(errno: Errno, reason: Reason) -> Result<T, Failure> {
    Err(Failure::new(errno, reason))
}

/// The pages of `length` bytes at `address`.
fn pages(address: VirtAddr, length: u64) -> PageRange {
    let start = Vpn::containing(address);
    PageRange::new(start, start.plus(length / PAGE_SIZE))
}

impl Remap {
    /// Whether a new place is taken whatever happens: FIXED names it, DONTUNMAP needs one.
    fn has_new_address(&self) -> bool {
        let moving = MremapFlags::MREMAP_FIXED | MremapFlags::MREMAP_DONTUNMAP;
        self.flags.intersects(moving)
    }

    fn keeps_old(&self) -> bool {
        self.flags.contains(MremapFlags::MREMAP_DONTUNMAP)
    }

    fn is_fixed(&self) -> bool {
        self.flags.contains(MremapFlags::MREMAP_FIXED)
    }

    /// Bytes that are added.
    fn growth(&self) -> u64 {
        self.new_length.saturating_sub(self.old_length)
    }

    fn overlaps(&self) -> bool {
        let old_end = self.old.0.wrapping_add(self.old_length);
        let new_end = self.new.0.wrapping_add(self.new_length);
        old_end > self.new.0 && new_end > self.old.0
    }

    fn old_pages(&self) -> PageRange {
        pages(self.old, self.old_length)
    }

    fn new_pages(&self) -> PageRange {
        pages(self.new, self.new_length)
    }

    /// Rounds the lengths to whole pages of the VMA.
    fn in_pages_of(&mut self, vma: &Vma) -> Result<(), Failure> {
        let (old, new) = ((self.old.0, self.old_length), (self.new.0, self.new_length));
        (self.old_length, self.new_length) = vma.remap_lengths(old, new)?;
        Ok(())
    }

    /// The checks that look at the arguments alone (`check_mremap_params`).
    fn check(&self) -> Result<(), Failure> {
        let known =
            MremapFlags::MREMAP_MAYMOVE | MremapFlags::MREMAP_FIXED | MremapFlags::MREMAP_DONTUNMAP;
        if self.flags.bits() & !known.bits() != 0 {
            return failure(Errno::EINVAL, Reason::BadFlags);
        }
        if !self.old.0.is_multiple_of(PAGE_SIZE) {
            return failure(Errno::EINVAL, Reason::UnalignedAddress);
        }
        if self.new_length == 0 {
            return failure(Errno::EINVAL, Reason::ZeroLength);
        }
        if self.new_length > TASK_SIZE {
            return failure(Errno::EINVAL, Reason::BeyondUserSpace);
        }
        if !self.has_new_address() {
            return Ok(());
        }
        if self.new.0 > TASK_SIZE - self.new_length {
            return failure(Errno::EINVAL, Reason::BeyondUserSpace);
        }
        if !self.new.0.is_multiple_of(PAGE_SIZE) {
            return failure(Errno::EINVAL, Reason::UnalignedAddress);
        }
        if !self.flags.contains(MremapFlags::MREMAP_MAYMOVE) {
            return failure(Errno::EINVAL, Reason::BadFlags);
        }
        if self.keeps_old() && self.old_length != self.new_length {
            return failure(Errno::EINVAL, Reason::BadArgument);
        }
        if self.overlaps() {
            return failure(Errno::EINVAL, Reason::RangeInUse);
        }
        Ok(())
    }
}

impl Kernel {
    pub(crate) fn sys_mremap(
        &mut self,
        pid: Pid,
        mm: MmId,
        arguments: MremapArguments,
    ) -> Result<u64, Failure> {
        // A length so large that rounding it up overflows becomes 0, as in Linux.
        let mut remap = Remap {
            pid,
            mm,
            old: arguments.old_address,
            old_length: page_align(arguments.old_length).unwrap_or(0),
            new_length: page_align(arguments.new_length).unwrap_or(0),
            flags: arguments.flags,
            new: arguments.new_address,
        };
        remap.check()?;
        let count = self.mm(mm).vmas.len();
        if remap.has_new_address() && count + 2 >= self.map_count_for_moves() {
            return failure(Errno::ENOMEM, Reason::TooManyMappings);
        }
        if remap.is_fixed() && remap.old_length == remap.new_length {
            return self.move_each(&remap);
        }
        let vma = self.vma_to_remap(&remap)?;
        remap.in_pages_of(&vma)?;
        self.check_remap(&remap, &vma)?;
        let (old_length, growth) = (remap.old_length, remap.growth());
        let address = if remap.has_new_address() {
            self.remap_to(&mut remap)?
        } else if remap.growth() > 0 {
            self.expand(&mut remap, &vma)?
        } else {
            self.shrink(&remap)?;
            remap.old
        };
        if growth > 0 && vma.flags.contains(VmFlags::LOCKED) {
            let added = pages(address.offset(old_length), growth);
            let _ = self.populate(pid, mm, added, true);
        }
        Ok(address.0)
    }

    /// Moves need room for the VMAs that splitting may add before anything is taken away.
    fn map_count_for_moves(&self) -> u64 {
        u64::from(self.config.max_map_count).saturating_sub(3)
    }

    fn vma_to_remap(&self, remap: &Remap) -> Result<Vma, Failure> {
        let vma = self.mm(remap.mm).vma_at(Vpn::containing(remap.old));
        vma.copied()
            .ok_or(Failure::new(Errno::EFAULT, Reason::Unmapped))
    }

    /// Whether the VMA can be moved or grown so (`check_prep_vma`).
    fn check_remap(&self, remap: &Remap, vma: &Vma) -> Result<(), Failure> {
        if remap.growth() == 0 && !remap.has_new_address() {
            return Ok(());
        }
        // Length 0 asks for the object once more: private memory is none.
        if remap.old_length == 0 && vma.sharing == Sharing::Private {
            return failure(Errno::EINVAL, Reason::ZeroLength);
        }
        let special = VmFlags::DONT_EXPAND | VmFlags::PFN_MAP;
        if remap.keeps_old() && vma.flags.intersects(special) {
            return failure(Errno::EINVAL, Reason::NotMappable);
        }
        let kept = remap.old_length.min(remap.new_length);
        if kept > vma.range.end.address().0 - remap.old.0 {
            return failure(Errno::EFAULT, Reason::Unmapped);
        }
        if remap.growth() == 0 {
            return Ok(());
        }
        let first = vma.index_of(Vpn::containing(remap.old)).0;
        if first.checked_add(remap.new_length / PAGE_SIZE).is_none() {
            return failure(Errno::EINVAL, Reason::OffsetOverflow);
        }
        if vma.flags.intersects(special) {
            return failure(Errno::EFAULT, Reason::NotMappable);
        }
        let growth = remap.growth() / PAGE_SIZE;
        if !self.may_lock(remap.pid, remap.mm, vma.flags, growth) {
            return failure(Errno::EAGAIN, Reason::ResourceLimit);
        }
        if !self.may_expand(remap.pid, remap.mm, vma.flags, growth) {
            return failure(Errno::ENOMEM, Reason::ResourceLimit);
        }
        Ok(())
    }

    /// A move to a fixed place without a change of size takes every VMA of the range along, and
    /// keeps the gaps between them (`remap_move`).
    fn move_each(&mut self, whole: &Remap) -> Result<u64, Failure> {
        let range = whole.old_pages();
        let mut at = range.start;
        let mut result = None;
        while at < range.end {
            let rest = PageRange::new(at, range.end);
            let Some(vma) = self.mm(whole.mm).first_vma_in(rest) else {
                break;
            };
            let vma = *vma;
            let part = vma.range.intersection(rest);
            let only = vma.range.start <= range.start && vma.range.end >= range.end;
            let alone = matches!(vma.backing, Backing::ZeroDevice { .. });
            if (result.is_none() && part.start > range.start) || (alone && !only) {
                return failure(Errno::EFAULT, Reason::Unmapped);
            }
            let into = (part.start.0 - range.start.0) * PAGE_SIZE;
            let mut remap = Remap {
                old: part.start.address(),
                old_length: part.pages() * PAGE_SIZE,
                new_length: part.pages() * PAGE_SIZE,
                new: whole.new.offset(into),
                ..*whole
            };
            remap.in_pages_of(&vma)?;
            self.check_remap(&remap, &vma)?;
            let address = self.remap_to(&mut remap)?;
            result.get_or_insert(address.0);
            at = part.end;
        }
        result.ok_or(Failure::new(Errno::EFAULT, Reason::Unmapped))
    }

    /// Unmaps what exceeds the new length.
    fn shrink(&mut self, remap: &Remap) -> Result<(), Failure> {
        let excess = remap.old_length - remap.new_length;
        if excess == 0 {
            return Ok(());
        }
        // As munmap, it refuses what passes the end of user space.
        let start = remap.old.0 + remap.new_length;
        if start > TASK_SIZE || excess > TASK_SIZE - start {
            return failure(Errno::EINVAL, Reason::BeyondUserSpace);
        }
        self.unmap_range(remap.mm, pages(VirtAddr(start), excess))
    }

    /// Moves to a new place, which is cleared first if it was named (`mremap_to`).
    fn remap_to(&mut self, remap: &mut Remap) -> Result<VirtAddr, Failure> {
        if remap.is_fixed() {
            self.unmap_range(remap.mm, remap.new_pages())?;
            // The new place may have been part of the old one.
            if self
                .mm(remap.mm)
                .vma_at(Vpn::containing(remap.old))
                .is_none()
            {
                return failure(Errno::EFAULT, Reason::Unmapped);
            }
        }
        if remap.old_length > remap.new_length {
            self.shrink(remap)?;
            remap.old_length = remap.new_length;
        }
        let vma = self.vma_to_remap(remap)?;
        let added = remap.old_length / PAGE_SIZE;
        if remap.keeps_old() && !self.may_expand(remap.pid, remap.mm, vma.flags, added) {
            return failure(Errno::ENOMEM, Reason::ResourceLimit);
        }
        self.move_to_free_place(remap, vma)
    }

    /// Grows in place where the pages after it are free, and else by a move (`expand_vma`).
    fn expand(&mut self, remap: &mut Remap, vma: &Vma) -> Result<VirtAddr, Failure> {
        let end = vma.range.end.address().0;
        let added = pages(VirtAddr(end), remap.growth());
        let in_place = remap.old.0 + remap.old_length == end
            && added.end.address().0 <= TASK_SIZE
            && self.mm(remap.mm).first_vma_in(added).is_none();
        if !in_place {
            if !remap.flags.contains(MremapFlags::MREMAP_MAYMOVE) {
                return failure(Errno::ENOMEM, Reason::NoAddressSpace);
            }
            return self.move_to_free_place(remap, *vma);
        }
        self.charge(vma, added.pages())?;
        let tail = Vma {
            range: added,
            page_offset: vma.index_of(added.start),
            ..*vma
        };
        self.count_copy(remap.mm, &tail);
        self.add_extension(remap.mm, tail);
        Ok(remap.old)
    }

    /// Refuses memory that could never be backed.
    fn charge(&self, vma: &Vma, pages: u64) -> Result<(), Failure> {
        if vma.flags.contains(VmFlags::ACCOUNT) && !self.enough_memory(pages) {
            return failure(Errno::ENOMEM, Reason::Overcommit);
        }
        Ok(())
    }

    /// Counts a VMA that was made from another one, and is to be added.
    fn count_copy(&mut self, mm: MmId, copy: &Vma) {
        self.anon_vmas.link(copy);
        self.hold_file_of(copy);
        if copy.flags.contains(VmFlags::LOCKED) {
            self.mm_mut(mm).size.locked += copy.range.pages();
        }
    }

    fn move_to_free_place(&mut self, remap: &mut Remap, vma: Vma) -> Result<VirtAddr, Failure> {
        let hint = if remap.has_new_address() {
            remap.new.0
        } else {
            0
        };
        let mut flags = match vma.sharing {
            Sharing::Private => MapFlags::MAP_PRIVATE,
            Sharing::Shared => MapFlags::MAP_SHARED,
        };
        if remap.is_fixed() {
            flags |= MapFlags::MAP_FIXED;
        }
        let first = vma.index_of(Vpn::containing(remap.old));
        let request = Request {
            hint,
            length: remap.new_length,
            flags,
            object: vma.file().map(|file| self.files.open_file(file).inode),
            offset: first.0.wrapping_mul(PAGE_SIZE),
            page_size: vma.page_size(),
        };
        remap.new = self.place(remap.mm, request)?;
        self.move_vma(remap, vma)?;
        Ok(remap.new)
    }

    /// Maps the pages at the new place, takes their entries along, and unmaps the old place
    /// (`move_vma`).
    fn move_vma(&mut self, remap: &Remap, vma: Vma) -> Result<(), Failure> {
        let mm = remap.mm;
        if self.mm(mm).vmas.len() >= self.map_count_for_moves() {
            return failure(Errno::ENOMEM, Reason::TooManyMappings);
        }
        let charged = match remap.keeps_old() {
            true => remap.new_length,
            false => remap.growth(),
        };
        self.charge(&vma, charged / PAGE_SIZE)?;
        let (old, range) = (remap.old_pages(), remap.new_pages());
        // Memory that was never touched is numbered anew, so that it can join its new neighbours.
        let untouched = vma.is_anonymous() && vma.anon_vma.is_none();
        let page_offset = match untouched {
            true => PageIndex(range.start.0),
            false => vma.index_of(old.start),
        };
        let copy = Vma {
            range,
            page_offset,
            ..vma
        };
        self.count_copy(mm, &copy);
        self.add_vma(mm, copy);
        self.move_entries(mm, old, range.start);
        if remap.keeps_old() {
            self.leave_empty(mm, old);
        } else if !old.is_empty() {
            // It cannot fail for lack of VMAs: there is room for those that a split adds.
            self.unmap_range(mm, old)?;
        }
        Ok(())
    }

    /// What MREMAP_DONTUNMAP leaves behind is not locked and has no private page
    /// (`dontunmap_complete`).
    fn leave_empty(&mut self, mm: MmId, old: PageRange) {
        let Some(vma) = self.mm(mm).vma_at(old.start).copied() else {
            return;
        };
        // Linux 6.18 does not take them off the number of locked pages.
        let flags = vma.flags - VmFlags::LOCKED_MASK;
        self.set_vma_flags(mm, vma.range.start, flags);
        if vma.range == old {
            self.anon_vmas.unlink(&vma);
            if let Some(vma) = self.mm_mut(mm).vmas.at_mut(old.start.0) {
                vma.anon_vma = None;
                vma.anon_vma_chain = None;
            }
        }
    }
}
