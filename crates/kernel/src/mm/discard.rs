//! Advice that gives pages up: MADV_DONTNEED, MADV_FREE and MADV_REMOVE (mm/madvise.c).

use abi::Errno;

use crate::addr::{MmId, PAGE_SIZE, PageRange};
use crate::file::transfer::INVALID;
use crate::file::write::TOO_LARGE;
use crate::kernel::Kernel;
use crate::mm::madvise::REFUSED;
use crate::mm::page_table::Entry;
use crate::mm::sweep::Slot;
use crate::mm::tlb::Flush;
use crate::mm::vma::{Backing, VmFlags, Vma};
use crate::mm::zap::Zap;
use crate::outcome::{Failure, Reason};
use crate::phys::frame::{FrameFlags, Owner};

/// What tells a private page that was not given up yet and one that is locked.
const LOCKABLE: FrameFlags = FrameFlags::SWAP_BACKED.union(FrameFlags::UNEVICTABLE);
const LOCKED: Failure = Failure::new(Errno::EINVAL, Reason::Locked);

impl Kernel {
    /// Takes the pages out of the page table, guard regions apart; VMAs with one of the flags
    /// `kept` are refused.
    pub(crate) fn advise_dontneed(
        &mut self,
        mm: MmId,
        vma: &Vma,
        part: PageRange,
        kept: VmFlags,
    ) -> Result<(), Failure> {
        check_discard(vma, part, kept)?;
        self.zap_pages(mm, vma, part, Zap::KeepGuards);
        Ok(())
    }

    /// Lets the kernel drop private pages when it needs RAM, unless they are stored to before
    /// (`madvise_free_single_vma`).
    pub(crate) fn advise_free(
        &mut self,
        mm: MmId,
        vma: &Vma,
        part: PageRange,
    ) -> Result<(), Failure> {
        check_discard(vma, part, VmFlags::LOCKED)?;
        if !vma.is_anonymous() {
            return Err(REFUSED);
        }
        let flush = self.sweep(mm, part, Kernel::free_lazily);
        self.flush(mm, flush);
        Ok(())
    }

    fn free_lazily(&mut self, slot: Slot) -> Flush {
        if !slot.entry.is_present() {
            return Flush::NONE;
        }
        let pfn = slot.entry.frame();
        let frame = self.frames.get(pfn);
        let Owner::Anonymous { .. } = frame.owner else {
            return Flush::NONE;
        };
        if frame.flags.contains(FrameFlags::DIRTY) && frame.mapcount != 1 {
            return Flush::NONE;
        }
        let mut lost = FrameFlags::DIRTY;
        // What another process locked stays as it is (`folio_mark_lazyfree`).
        if frame.flags & LOCKABLE == FrameFlags::SWAP_BACKED {
            lost |= FrameFlags::SWAP_BACKED | FrameFlags::REFERENCED | FrameFlags::ACTIVE;
        }
        self.frames.get_mut(pfn).flags -= lost;
        let clean = slot.entry.without(Entry::ACCESSED | Entry::DIRTY);
        self.set_pte(slot.mm, slot.table, slot.page, clean)
    }

    /// Punches a hole into the file behind a shared mapping (`madvise_remove`).
    pub(crate) fn advise_remove(&mut self, vma: &Vma, part: PageRange) -> Result<(), Failure> {
        if vma.flags.contains(VmFlags::LOCKED) {
            return Err(LOCKED);
        }
        if vma.file().is_none() && !vma.flags.contains(VmFlags::HUGETLB) {
            return Err(REFUSED);
        }
        if vma.flags.contains(VmFlags::HUGETLB | VmFlags::SHARED) {
            // There is no page to drop.
            return Ok(());
        }
        let Backing::File { inode, .. } = vma.backing else {
            return Err(Failure::new(Errno::EACCES, Reason::WrongKind));
        };
        if !vma.may_change_object() {
            return Err(Failure::new(Errno::EACCES, Reason::NotWritable));
        }
        crate::file::seals::check_write(self.files.inode(inode))?;
        let start = vma.index_of(part.start).0.saturating_mul(PAGE_SIZE);
        let end = start.saturating_add(part.pages() * PAGE_SIZE);
        if start > i64::MAX as u64 {
            return Err(INVALID);
        }
        if end > self.files.inode(inode).largest_size() {
            return Err(TOO_LARGE);
        }
        self.punch_hole(inode, start, end)
    }
}

/// Whether pages may be given up (`madvise_dontneed_free_valid_vma`).
fn check_discard(vma: &Vma, part: PageRange, kept: VmFlags) -> Result<(), Failure> {
    if vma.flags.contains(VmFlags::PFN_MAP) || !vma.splits_at(part.start) {
        return Err(REFUSED);
    }
    match vma.flags.intersects(kept) {
        true => Err(LOCKED),
        false => Ok(()),
    }
}
