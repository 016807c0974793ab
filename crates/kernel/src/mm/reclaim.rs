//! Advice about when pages are used: MADV_WILLNEED, MADV_COLD and MADV_PAGEOUT (mm/madvise.c), and
//! what reclaim does with a page at once (`shrink_folio_list`, mm/vmscan.c). There is no swap.

use abi::Errno;

use crate::addr::{MmId, PageRange};
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::sweep::Slot;
use crate::mm::tlb::Flush;
use crate::mm::vma::{Backing, VmFlags, Vma};
use crate::outcome::{Failure, Reason};
use crate::phys::frame::{Frame, FrameFlags, Owner};

impl Kernel {
    /// Reads the pages of a disk file in.
    pub(crate) fn advise_willneed(&mut self, vma: &Vma, part: PageRange) {
        let Backing::File { file, inode } = vma.backing else {
            return;
        };
        if self.files.inode(inode).is_on_disk() {
            self.read_in(file, vma.index_of(part.start), vma.index_of(part.end));
        }
    }

    /// Makes pages look as if they had not been touched for long (`madvise_cold`).
    pub(crate) fn advise_cold(
        &mut self,
        mm: MmId,
        vma: &Vma,
        part: PageRange,
    ) -> Result<(), Failure> {
        check_reclaim(vma)?;
        let flush = self.sweep(mm, part, |kernel, slot| match kernel.own_frame(slot) {
            Some(_) => {
                let frame = kernel.frames.get_mut(slot.entry.frame());
                frame.flags -= FrameFlags::REFERENCED | FrameFlags::ACTIVE;
                let old = slot.entry.without(Entry::ACCESSED);
                kernel.set_pte(mm, slot.table, slot.page, old)
            }
            None => Flush::NONE,
        });
        self.flush(mm, flush);
        Ok(())
    }

    /// Reclaims pages at once (`madvise_pageout`).
    pub(crate) fn advise_pageout(
        &mut self,
        mm: MmId,
        vma: &Vma,
        part: PageRange,
    ) -> Result<(), Failure> {
        check_reclaim(vma)?;
        let flush = self.sweep(mm, part, Kernel::page_out);
        self.flush(mm, flush);
        Ok(())
    }

    /// The frame of an entry that alone maps it; others are left alone by both kinds of advice.
    fn own_frame(&self, slot: Slot) -> Option<&Frame> {
        let frame = slot.entry.is_present().then(|| slot.entry.frame())?;
        let frame = self.frames.get(frame);
        (frame.mapcount == 1).then_some(frame)
    }

    /// Private pages stay for lack of swap, but for those given up by MADV_FREE; a file's page is
    /// unmapped, and leaves the page cache where it is clean.
    fn page_out(&mut self, slot: Slot) -> Flush {
        let Some(frame) = self.own_frame(slot) else {
            return Flush::NONE;
        };
        let (owner, flags) = (frame.owner, frame.flags);
        if flags.contains(FrameFlags::UNEVICTABLE) {
            // It is put back: a locked page of a VMA that MREMAP_DONTUNMAP left unlocked.
            self.frames.get_mut(slot.entry.frame()).flags -= FrameFlags::REFERENCED;
            return Flush::NONE;
        }
        let dirty = slot.entry.has(Entry::DIRTY) || flags.contains(FrameFlags::DIRTY);
        if matches!(owner, Owner::Anonymous { .. } | Owner::Cache { .. }) {
            // What reclaim does not get rid of counts as in use.
            let frame = self.frames.get_mut(slot.entry.frame());
            frame.flags -= FrameFlags::REFERENCED;
            frame.flags |= FrameFlags::ACTIVE;
        }
        match owner {
            Owner::Anonymous { .. } if flags.contains(FrameFlags::SWAP_BACKED) => Flush::NONE,
            Owner::Anonymous { .. } if dirty => {
                // Stored to since: it is kept after all.
                let frame = self.frames.get_mut(slot.entry.frame());
                frame.flags |= FrameFlags::SWAP_BACKED | FrameFlags::DIRTY;
                Flush::NONE
            }
            Owner::Anonymous { .. } => {
                let flush = self.set_pte(slot.mm, slot.table, slot.page, Entry::NONE);
                self.free_frame(slot.entry.frame());
                flush
            }
            Owner::Cache { inode, index } => {
                let flush = self.set_pte(slot.mm, slot.table, slot.page, Entry::NONE);
                if dirty {
                    // It cannot fail: a page that was stored to has its block.
                    let _ = self.mark_page_dirty(inode, index);
                    if self.files.inode(inode).is_on_disk() {
                        let frame = self.frames.get_mut(slot.entry.frame());
                        frame.flags |= FrameFlags::READAHEAD;
                    }
                } else {
                    self.evict_page(inode, index);
                }
                flush
            }
            Owner::Zero | Owner::Free => Flush::NONE,
        }
    }
}

/// Locked pages and the kernel's are not reclaimed (`can_madv_lru_vma`).
fn check_reclaim(vma: &Vma) -> Result<(), Failure> {
    let left_alone = VmFlags::LOCKED | VmFlags::PFN_MAP | VmFlags::HUGETLB;
    match vma.flags.intersects(left_alone) {
        true => Err(Failure::new(Errno::EINVAL, Reason::Locked)),
        false => Ok(()),
    }
}
