//! Bringing pages in before they are touched: mlock, MAP_POPULATE, MADV_POPULATE
//! (`__mm_populate` and `populate_vma_page_range`, mm/gup.c).

use abi::Pid;

use crate::addr::{MmId, PageRange, Vpn};
use crate::event::Access;
use crate::kernel::Kernel;
use crate::mm::access::{Toucher, Trap};
use crate::mm::fault::Cause;
use crate::mm::page_table::Entry;
use crate::mm::vma::{Sharing, VmFlags, Vma};
use crate::phys::frame::{FrameFlags, Owner};

/// Where bringing pages in stopped, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub at: Vpn,
    pub trap: Trap,
}

impl Kernel {
    /// Brings in the pages of every VMA in `range` as MAP_POPULATE and mlock do: written to where
    /// they are private and writable. Holes and the kernel's pages are passed over. With
    /// `ignore_errors` a page that cannot be had ends its VMA's turn, without, the whole.
    pub(crate) fn populate(
        &mut self,
        pid: Pid,
        mm: MmId,
        range: PageRange,
        ignore_errors: bool,
    ) -> Result<(), Stopped> {
        let mut at = range.start;
        while at < range.end {
            let Some(vma) = self.mm(mm).vmas.ending_after(at.0).copied() else {
                return Ok(());
            };
            let part = vma.range.intersection(PageRange::new(at, range.end));
            at = vma.range.end;
            if part.is_empty() || vma.flags.intersects(VmFlags::IO | VmFlags::PFN_MAP) {
                continue;
            }
            let result = self.populate_vma(pid, mm, &vma, part);
            if !ignore_errors {
                result?;
            }
        }
        Ok(())
    }

    fn populate_vma(
        &mut self,
        pid: Pid,
        mm: MmId,
        vma: &Vma,
        range: PageRange,
    ) -> Result<(), Stopped> {
        if vma.flags.contains(VmFlags::LOCK_ON_FAULT) {
            return Ok(());
        }
        let writable = vma.flags.contains(VmFlags::WRITE);
        let access = match writable && vma.sharing == Sharing::Private {
            true => Access::Write,
            false => Access::Read,
        };
        // What cannot be accessed at all is refused before any page is looked at.
        if !vma.is_accessible() {
            let at = range.start;
            let trap = Trap::refused(at.address());
            return Err(Stopped { at, trap });
        }
        let touched = self.touch_pages(pid, mm, range, access, Cause::Populate);
        self.drain_lru();
        touched
    }

    /// Brings in every page of a range that lies in one VMA.
    pub(crate) fn touch_pages(
        &mut self,
        pid: Pid,
        mm: MmId,
        range: PageRange,
        access: Access,
        cause: Cause,
    ) -> Result<(), Stopped> {
        let toucher = Toucher {
            pid,
            mm,
            in_kernel: true,
        };
        // More pages than there is RAM: the tables for them would not fit, let alone the pages. But a
        // file may end before.
        let vma = self.mm(mm).vma_at(range.start);
        let file = vma.and_then(|vma| Some((vma.inode()?, vma.index_of(range.start))));
        let there_are = file.map_or(u64::MAX, |(inode, first)| {
            let pages = self.files.inode(inode).page_count();
            pages.saturating_sub(first.0)
        });
        if range.pages().min(there_are) > u64::from(self.frames.total()) {
            return Err(Stopped {
                at: range.start,
                trap: Trap::OutOfMemory,
            });
        }
        for page in range.iter() {
            let brought = self.fault_in(toucher, page, access, cause);
            brought.map_err(|trap| Stopped { at: page, trap })?;
            self.count_touch(mm, page, access);
        }
        Ok(())
    }

    /// The page counts as used, and as stored to where that was wanted (`follow_page_pte` with FOLL_TOUCH).
    fn count_touch(&mut self, mm: MmId, page: Vpn, access: Access) {
        let entry = self.entry_of(mm, page);
        if !entry.is_present() {
            return;
        }
        let frame = self.frames.get(entry.frame());
        let is_clean = !entry.has(Entry::DIRTY) && !frame.flags.contains(FrameFlags::DIRTY);
        if access == Access::Write && is_clean {
            match frame.owner {
                Owner::Cache { inode, index } => {
                    // It cannot fail: a page whose entry allows stores has its block.
                    let _ = self.mark_mapped_page_dirty(inode, index);
                }
                _ => self.frames.get_mut(entry.frame()).flags |= FrameFlags::DIRTY,
            }
        }
        self.mark_accessed(entry.frame());
    }
}
