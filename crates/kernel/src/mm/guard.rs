//! Guard regions: page-table entries on which every access raises SIGSEGV, without a VMA of their
//! own (MADV_GUARD_INSTALL and MADV_GUARD_REMOVE, mm/madvise.c).

use abi::Errno;

use crate::addr::{MmId, PageRange};
use crate::kernel::Kernel;
use crate::mm::madvise::REFUSED;
use crate::mm::page_table::{Entry, Pte};
use crate::mm::table::{ENTRIES, index_at};
use crate::mm::tlb::Flush;
use crate::mm::vma::{VmFlags, Vma};
use crate::mm::zap::Zap;
use crate::outcome::{Failure, Reason};

/// How many nodes the page tables may have that large guards make: each guard is an entry, and an
/// event to be seen. 16 GiB of guards have room, as they would in 32 MiB of RAM.
const MOST_NODES: u64 = 1 << 13;

impl Kernel {
    /// Makes guards of the pages, whose contents are lost. ENOMEM where their entries have no room.
    pub(crate) fn install_guard(
        &mut self,
        mm: MmId,
        vma: &Vma,
        part: PageRange,
    ) -> Result<(), Failure> {
        if vma.flags.intersects(VmFlags::SPECIAL | VmFlags::LOCKED) {
            return Err(REFUSED);
        }
        let room = MOST_NODES.saturating_sub(u64::from(self.tables.len()));
        if part.pages() / ENTRIES > room.min(u64::from(self.frames.free_count())) {
            return Err(Failure::new(Errno::ENOMEM, Reason::OutOfSpace));
        }
        let flags = vma.flags | VmFlags::MAYBE_GUARD;
        if flags != vma.flags {
            self.set_vma_flags(mm, vma.range.start, flags);
        }
        if vma.is_anonymous() {
            self.prepare_anon_vma(mm, part.start);
        }
        self.zap_pages(mm, vma, part, Zap::KeepGuards);
        for page in part.iter() {
            let table = self.own_table(mm, page);
            if self.tables.entry(table, index_at(1, page)).is_none() {
                self.set_pte(mm, table, page, Entry::GUARD_MARKER)
                    .not_needed();
            }
        }
        Ok(())
    }

    /// Makes guards untouched pages again.
    pub(crate) fn remove_guard(
        &mut self,
        mm: MmId,
        vma: &Vma,
        part: PageRange,
    ) -> Result<(), Failure> {
        if vma.flags.intersects(VmFlags::SPECIAL) {
            return Err(REFUSED);
        }
        let flush = self.sweep(mm, part, |kernel, slot| match Pte::from(slot.entry) {
            Pte::Guard => kernel.set_pte(mm, slot.table, slot.page, Entry::NONE),
            _ => Flush::NONE,
        });
        self.flush(mm, flush);
        Ok(())
    }
}
