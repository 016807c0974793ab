//! Faults in mappings of files: `do_read_fault`, `do_cow_fault`, `do_shared_fault`, fault-around
//! (mm/memory.c), and `filemap_map_pages` (mm/filemap.c).

use smallvec::SmallVec;

use crate::addr::{InodeId, OpenFileId, PageIndex, Pfn, Vpn};
use crate::cache::page_cache::{CachedPage, Way};
use crate::cache::readahead::Pattern;
use crate::decision::Decision;
use crate::event::{Access, FaultKind};
use crate::kernel::Kernel;
use crate::mm::fault::{Cause, Refusal, Serving};
use crate::mm::page_table::Entry;
use crate::mm::table::{ENTRIES, index_at};
use crate::mm::vma::{Backing, Sharing, VmFlags, Vma};
use crate::phys::frame::{FrameFlags, ZERO_FRAME};

impl Kernel {
    /// The first touch of a page that a file or the kernel backs (`do_fault`).
    pub(crate) fn file_fault(&mut self, serving: &mut Serving) -> Result<FaultKind, Refusal> {
        let (file, inode) = match serving.vma.backing {
            Backing::File { file, inode } => (file, inode),
            Backing::HugePages { .. } => return self.huge_fault(serving),
            _ => return Ok(self.special_fault(serving)),
        };
        let index = serving.vma.index_of(serving.page);
        let private = serving.vma.sharing == Sharing::Private;
        let write = serving.access == Access::Write;
        if write {
            serving.decide(Decision::Private { yes: private });
            if private {
                self.prepare_anon_vma(serving.mm(), serving.page);
            }
        } else if self.fault_around(serving, inode) {
            serving.decide(Decision::WithinObject { yes: true, index });
            serving.decide(Decision::Cached { yes: true, index });
            return Ok(FaultKind::FileMinor);
        }
        let mut found = self.object_page(serving, file, inode, index)?;
        // The kernel's own faults remember that they tried before (FAULT_FLAG_TRIED), and then
        // count as major; a program's do only where the page was missing.
        let kind = match found.way {
            Way::ReadIn => FaultKind::FileMajor,
            Way::Retried if serving.toucher.in_kernel && serving.cause != Cause::Locked => {
                FaultKind::FileMajor
            }
            Way::Retried | Way::Cached => FaultKind::FileMinor,
        };
        if found.way != Way::Cached && serving.cause == Cause::Populate {
            // What was read is on its list before populating begins anew (`populate_vma_page_range`).
            self.drain_lru();
        }
        if found.way == Way::ReadIn && serving.cause == Cause::Populate {
            // It begins anew and remembers nothing: where its page starts the next readahead, that
            // is done as well.
            if !write && self.fault_around(serving, inode) {
                return Ok(kind);
            }
            found = self.object_page(serving, file, inode, index)?;
        }
        // A fault that begins anew finds what was read ahead.
        if !write && found.way != Way::Cached && self.fault_around(serving, inode) {
            return Ok(kind);
        }
        if write && private {
            // Where RAM is full, the page may leave the cache for the sake of its copy.
            let contents = self.frames.get(found.frame).contents.clone();
            let new = self.new_anonymous_frame(serving)?;
            self.frames.get_mut(new).contents = contents;
            self.tell_copy(serving, found.frame, new);
            self.map_private(serving, new);
            return Ok(match kind {
                FaultKind::FileMinor => FaultKind::CopyOnWrite,
                _ => kind,
            });
        }
        let mut entry = Entry::of_frame(found.frame, self.file_entry_bits(serving.vma));
        if write {
            self.page_mkwrite(inode, index)?;
            entry = entry.with(Entry::WRITABLE | Entry::DIRTY);
        }
        let (mm, page) = (serving.mm(), serving.page);
        let table = self.own_table(mm, page);
        self.set_pte(mm, table, page, entry).not_needed();
        if serving.vma.flags.contains(VmFlags::LOCKED) {
            self.lru.mlock(&mut self.frames, found.frame);
        }
        Ok(kind)
    }

    /// `[vvar]` and `[vdso]`: their contents are not modelled.
    fn special_fault(&mut self, serving: &Serving) -> FaultKind {
        let (mm, page) = (serving.mm(), serving.page);
        let table = self.own_table(mm, page);
        let entry = Entry::of_frame(ZERO_FRAME, serving.vma.entry_bits());
        self.set_pte(mm, table, page, entry).not_needed();
        FaultKind::FileMinor
    }

    /// The page of the object, or the refusal of one beyond its end.
    fn object_page(
        &mut self,
        serving: &mut Serving,
        file: OpenFileId,
        inode: InodeId,
        index: PageIndex,
    ) -> Result<CachedPage, Refusal> {
        let within = index.0 < self.files.inode(inode).page_count();
        serving.decide(Decision::WithinObject { yes: within, index });
        if !within {
            return Err(Refusal::BusAdrErr);
        }
        let yes = self.cached_page(inode, index).is_some();
        serving.decide(Decision::Cached { yes, index });
        let vma = serving.vma;
        let is_code = vma.flags.contains(VmFlags::EXEC);
        let code_end = is_code.then(|| vma.index_of(vma.range.end));
        let found = self.fault_page(file, inode, index, pattern_of(vma), code_end);
        found.map_err(|_| Refusal::OutOfMemory)
    }

    /// The bits of an entry for a page of a file that was not stored to (`vm_page_prot`): stores
    /// to a shared page of tmpfs need no notice, those to a disk file do.
    pub(crate) fn file_entry_bits(&self, vma: &Vma) -> u64 {
        let mut bits = vma.entry_bits();
        let writable = vma.flags.contains(VmFlags::WRITE | VmFlags::SHARED);
        if let (true, Some(inode)) = (writable, vma.inode())
            && !self.files.inode(inode).is_on_disk()
        {
            bits |= Entry::WRITABLE;
        }
        bits
    }

    /// Maps the cached pages around a read fault (`do_fault_around`); gives whether the page
    /// itself was among them.
    fn fault_around(&mut self, serving: &Serving, inode: InodeId) -> bool {
        let around = self.config.fault_around;
        if around <= 1 {
            return false;
        }
        let (mm, page, vma) = (serving.mm(), serving.page, serving.vma);
        let table_start = page.0 / ENTRIES * ENTRIES;
        let in_table = page.0 - table_start;
        let aligned = in_table / around * around;
        let first = (table_start + aligned).max(vma.range.start.0);
        let end = first
            .saturating_add(around)
            .min(table_start + ENTRIES)
            .min(vma.range.end.0);
        let bits = self.file_entry_bits(vma);
        let found = self.mappable_pages(inode, vma, first, end);
        if found.is_empty() || self.is_last_alone(serving, inode, &found, Vpn(end)) {
            return false;
        }
        let table = self.own_table(mm, page);
        let untouched = self.tables.entry(table, index_at(1, page)).is_none();
        let mapped = untouched && found.iter().any(|(at, _)| *at == page);
        let locked = vma.flags.contains(VmFlags::LOCKED);
        self.map_where_none(mm, table, &found, bits, locked);
        mapped
    }

    /// The cached pages that fault-around may map at `first..end` (`next_uptodate_folio`).
    fn mappable_pages(
        &self,
        inode: InodeId,
        vma: &Vma,
        first: u64,
        end: u64,
    ) -> SmallVec<[(Vpn, Pfn); 16]> {
        let file = self.files.inode(inode);
        let mut found = SmallVec::new();
        let mut at = Vpn(first);
        while at.0 < end {
            let index = vma.index_of(at).0;
            let left = file.page_count().saturating_sub(index).min(end - at.0);
            let (run, length) = file.pages.run(index);
            for (page, frame) in (at.0..at.0 + left).map(Vpn).zip(run) {
                if let Some(frame) = *frame {
                    let flags = self.frames.get(frame).flags;
                    let mappable = FrameFlags::UPTODATE | FrameFlags::READAHEAD;
                    if flags & mappable == FrameFlags::UPTODATE {
                        found.push((page, frame));
                    }
                }
            }
            at = at.plus(length);
        }
        found
    }

    /// Whether only a disk file's last page is found, and there is no page table for it yet: then
    /// nothing is mapped around a page beyond the end.
    fn is_last_alone(
        &self,
        serving: &Serving,
        inode: InodeId,
        found: &[(Vpn, Pfn)],
        end: Vpn,
    ) -> bool {
        let (file, vma) = (self.files.inode(inode), serving.vma);
        let last = |(at, _): &(Vpn, Pfn)| vma.index_of(*at).0 + 1 == file.page_count();
        file.is_on_disk()
            && vma.index_of(end).0 > file.page_count()
            && found.first().is_some_and(last)
            && self.leaf(serving.mm(), serving.page).is_err()
    }

    /// A page of a shared mapping is about to be stored to, which changes the file (`page_mkwrite`,
    /// and `fault_dirty_shared_page` where the file system has none).
    fn page_mkwrite(&mut self, inode: InodeId, index: PageIndex) -> Result<(), Refusal> {
        self.set_modified(inode);
        let dirtied = self.mark_mapped_page_dirty(inode, index);
        dirtied.map_err(|_| Refusal::BusAdrErr)
    }

    /// A write to a page of a shared mapping that is mapped read-only (`wp_page_shared`).
    pub(crate) fn shared_write_fault(
        &mut self,
        serving: &Serving,
        entry: Entry,
    ) -> Result<FaultKind, Refusal> {
        let (mm, page) = (serving.mm(), serving.page);
        let index = serving.vma.index_of(page);
        if let Some(inode) = serving.vma.inode() {
            self.page_mkwrite(inode, index)?;
        }
        let table = self.own_table(mm, page);
        let writable = entry.with(Entry::WRITABLE | Entry::DIRTY | Entry::ACCESSED);
        let flush = self.set_pte(mm, table, page, writable);
        self.flush(mm, flush);
        Ok(FaultKind::SharedWriteNotify)
    }
}

/// What madvise said of how the mapping is read.
fn pattern_of(vma: &Vma) -> Pattern {
    if vma.flags.contains(VmFlags::RANDOM) {
        Pattern::Random
    } else if vma.flags.contains(VmFlags::SEQUENTIAL) {
        Pattern::Sequential
    } else {
        Pattern::Normal
    }
}
