//! The memory of a child: `dup_mmap` (kernel/fork.c) and `copy_page_range` (mm/memory.c).
//!
//! Linux copies every page-table entry. Here parent and child share the nodes of level 1 that hold
//! nothing but copyable private memory; both see them write-protected, the child also as never
//! accessed. [`Kernel::own_table`] undoes that where one of the two changes an entry.

use abi::{Errno, Pid};

use crate::addr::{MmId, PageRange, TableId, Vpn};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::page_table::{Entry, Pte};
use crate::mm::table::{ENTRIES, Resident, index_at, pages_at};
use crate::mm::vma::{Sharing, VmFlags, Vma};
use crate::mm::walk::LastLeaf;
use crate::mm::zap::Zap;
use crate::mutant::Mutant;
use crate::outcome::{Failure, Reason};
use crate::phys::frame::{FrameFlags, Owner};

impl Vma {
    /// Whether fork copies its page-table entries (`vma_needs_copy`).
    fn entries_are_copied(&self) -> bool {
        let left_out = VmFlags::DONT_COPY | VmFlags::WIPE_ON_FORK;
        let cannot_fault_back = VmFlags::MAYBE_GUARD | VmFlags::PFN_MAP;
        let copied = self.anon_vma.is_some() || self.flags.intersects(cannot_fault_back);
        copied && !self.flags.intersects(left_out)
    }
}

impl Kernel {
    /// A copy of an address space for the process `child`.
    pub(crate) fn dup_mm(&mut self, parent: MmId, child: Pid) -> Result<MmId, Failure> {
        let space = self.mm(parent);
        let copied = space
            .vmas
            .iter()
            .filter(|vma| !vma.flags.contains(VmFlags::DONT_COPY));
        let vmas: Vec<Vma> = copied.copied().collect();
        let mut charged = vmas
            .iter()
            .filter(|vma| vma.flags.contains(VmFlags::ACCOUNT));
        if !charged.all(|vma| self.enough_memory(vma.range.pages())) {
            return Err(Failure::new(Errno::ENOMEM, Reason::Overcommit));
        }
        let (parent_pid, layout) = (space.owner, space.layout);
        let mm = self.new_mm(child);
        self.mm_mut(mm).layout = layout;
        for vma in &vmas {
            self.dup_vma(mm, vma);
        }
        let mut shared_up_to = Vpn(0);
        for vma in vmas.iter().filter(|vma| vma.entries_are_copied()) {
            self.copy_pages(parent, mm, vma, &mut shared_up_to);
            self.emit(|| Event::PteRangeCopied {
                parent: parent_pid,
                child,
                range: vma.range,
            });
        }
        self.flush_all(parent);
        Ok(mm)
    }

    fn dup_vma(&mut self, child: MmId, vma: &Vma) {
        let mut copy = *vma;
        copy.flags -= VmFlags::LOCKED_MASK;
        if copy.flags.contains(VmFlags::WIPE_ON_FORK) {
            copy.anon_vma = None;
            copy.anon_vma_chain = None;
        } else {
            self.anon_vmas.fork(&mut copy);
        }
        self.hold_file_of(&copy);
        self.insert_vma(child, copy);
    }

    /// Gives the child what the parent has mapped in `vma`, and a node of level 1 where the parent
    /// has one, be it empty; nodes below `shared_up_to` it has.
    fn copy_pages(&mut self, parent: MmId, child: MmId, vma: &Vma, shared_up_to: &mut Vpn) {
        let mut page = vma.range.start.max(*shared_up_to);
        while let Some(found) = self.next_with_table(parent, page, vma.range.end) {
            let start = Vpn(found.0 / ENTRIES * ENTRIES);
            let span = PageRange::new(start, start.plus(ENTRIES));
            page = span.end;
            let errs = self.errs(Mutant::ForgetWriteProtectOnFork);
            if self.is_shareable(parent, vma, span) && !errs {
                // Nodes after it that map nothing but this VMA are, too.
                let directory_end = (found.0 / pages_at(3) + 1) * pages_at(3);
                let whole_end = vma.range.end.0 / ENTRIES * ENTRIES;
                page = span.end.max(Vpn(directory_end.min(whole_end)));
                self.share_tables(parent, child, PageRange::new(start, page));
                *shared_up_to = page;
            } else {
                let part = PageRange::new(found, span.end.min(vma.range.end));
                self.copy_entries(parent, child, vma, part);
            }
        }
    }

    /// Whether all that the parent has in `span` is copied as private memory is.
    fn is_shareable(&self, parent: MmId, vma: &Vma, span: PageRange) -> bool {
        let copies = |vma: &Vma| vma.sharing == Sharing::Private && vma.entries_are_copied();
        if vma.range.intersection(span) == span {
            return copies(vma);
        }
        self.mm(parent).vmas_in(span).all(copies)
    }

    /// Gives the child the parent's nodes of level 1 for `pages`, which lie below one node of level 2.
    fn share_tables(&mut self, parent: MmId, child: MmId, pages: PageRange) {
        self.last_leaf = LastLeaf::NONE;
        let theirs = self.directory_of(parent, pages.start);
        let own = self.directory_for(child, pages.start);
        let first = index_at(2, pages.start);
        let (mut shared, mut resident) = (0, Resident::default());
        for index in first..first + (pages.pages() / ENTRIES) as usize {
            let upper = self.tables.entry(theirs, index).without(Entry::WRITABLE);
            if !upper.is_present() {
                continue;
            }
            self.tables.set_entry(theirs, index, upper);
            self.tables.set_entry(own, index, upper.with(Entry::OLD));
            let info = self.tables.info_mut(upper.table());
            info.sharers += 1;
            info.pending += 1;
            info.exclusive_pending = true;
            resident.add(info.resident);
            shared += 1;
        }
        self.tables.info_mut(own).used += shared;
        let space = self.mm_mut(child);
        space.tables += u64::from(shared);
        space.resident.add(resident);
    }

    /// Copies entries one by one (`copy_pte_range`), within one node.
    fn copy_entries(&mut self, parent: MmId, child: MmId, vma: &Vma, range: PageRange) {
        let Some(theirs) = self.own_table_if_any(parent, range.start) else {
            return;
        };
        let own = self.own_table(child, range.start);
        for page in range.iter() {
            let index = index_at(1, page);
            let mut entry = self.tables.entry(theirs, index);
            if entry.is_none() {
                continue;
            }
            if entry.is_present() {
                entry = self.share_page(parent, vma, theirs, page, entry);
            }
            self.set_pte(child, own, page, entry).not_needed();
        }
    }

    /// Write-protects a private page of the parent, and gives the child's entry for it.
    fn share_page(
        &mut self,
        parent: MmId,
        vma: &Vma,
        table: TableId,
        page: Vpn,
        entry: Entry,
    ) -> Entry {
        let mut entry = entry;
        let errs = self.errs(Mutant::ForgetWriteProtectOnFork);
        let frame = self.frames.get_mut(entry.frame());
        if matches!(frame.owner, Owner::Anonymous { .. }) {
            frame.flags -= FrameFlags::ANON_EXCLUSIVE;
        }
        if vma.copies_on_write() && !errs {
            entry = entry.without(Entry::WRITABLE);
            // fork flushes everything at its end.
            self.set_pte(parent, table, page, entry).not_needed();
        }
        if vma.flags.contains(VmFlags::SHARED) {
            entry = entry.without(Entry::DIRTY);
        }
        entry.without(Entry::ACCESSED)
    }

    /// A task uses an address space no more; the last one's end takes it down (`mmput`).
    pub(crate) fn drop_mm(&mut self, mm: MmId) {
        let space = self.mm_mut(mm);
        space.users = space.users.saturating_sub(1);
        if space.users > 0 {
            return;
        }
        let everything = PageRange::new(Vpn(0), Vpn(1 << 36));
        let vmas = self.mm(mm).vmas.clone();
        for vma in vmas.iter() {
            self.leave_pages(mm, vma, everything, Zap::Everything);
        }
        self.unmap_pages(mm, everything, everything);
        let space = self.mms.remove(mm.0);
        self.tables.free(space.root);
        for vma in space.vmas.iter() {
            self.anon_vmas.unlink(vma);
            self.release_file_of(vma);
        }
    }

    /// What observers see of a PTE.
    pub(crate) fn pte_at(&self, mm: MmId, page: Vpn) -> Pte {
        Pte::from(self.entry_of(mm, page))
    }
}
