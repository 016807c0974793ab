//! From a file's pages to the page-table entries that map them (`i_mmap`, mm/rmap.c, and
//! `unmap_mapping_range`, mm/memory.c).

use smallvec::SmallVec;

use crate::addr::{InodeId, MmId, PageIndex, PageRange, Vpn};
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::vma::Sharing;
use crate::mm::zap::Zap;

/// A part of an address space that maps a part of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileMapping {
    pub mm: MmId,
    pub range: PageRange,
    /// The file's page at the range's start.
    pub first: PageIndex,
    pub sharing: Sharing,
}

impl FileMapping {
    /// Where `index` is mapped, if it is.
    pub fn page_of(&self, index: PageIndex) -> Option<Vpn> {
        let pages = index.0.checked_sub(self.first.0)?;
        (pages < self.range.pages()).then(|| self.range.start.plus(pages))
    }

    /// The pages at which `first..end` of the file is mapped.
    fn pages_of(&self, first: PageIndex, end: PageIndex) -> PageRange {
        let at = |index: PageIndex| {
            let pages = index.0.saturating_sub(self.first.0);
            self.range.start.plus(pages.min(self.range.pages()))
        };
        PageRange::new(at(first), at(end))
    }
}

impl Kernel {
    /// Every mapping of a file, by address space and address.
    pub(crate) fn mappings_of(&self, inode: InodeId) -> SmallVec<[FileMapping; 4]> {
        let spaces = self.mms.iter();
        let mapped = spaces.flat_map(|(mm, space)| {
            let of_file = space.vmas.iter().filter(|vma| vma.inode() == Some(inode));
            of_file.map(move |vma| FileMapping {
                mm: MmId(mm),
                range: vma.range,
                first: vma.page_offset,
                sharing: vma.sharing,
            })
        });
        mapped.collect()
    }

    /// Unmaps the pages `first..end` of a file everywhere; with `private_copies` also the copies
    /// that private mappings made of them (truncation does, punching a hole does not).
    pub(crate) fn unmap_file_pages(
        &mut self,
        inode: InodeId,
        first: PageIndex,
        end: PageIndex,
        private_copies: bool,
    ) {
        let zap = if private_copies {
            Zap::KeepGuards
        } else {
            Zap::CachedOnly
        };
        for mapping in self.mappings_of(inode) {
            let pages = mapping.pages_of(first, end);
            if pages.is_empty() {
                continue;
            }
            let vma = self.mm(mapping.mm).vma_at(pages.start);
            if let Some(vma) = vma.copied() {
                self.zap_pages(mapping.mm, &vma, pages, zap);
            }
        }
    }

    /// Write-protects and cleans the entries that map a file page in shared ones of `mappings`,
    /// which are all that the file has (`folio_mkclean`); gives whether one was dirty.
    pub(crate) fn write_protect_file_page(
        &mut self,
        mappings: &[FileMapping],
        index: PageIndex,
    ) -> bool {
        let mut was_dirty = false;
        for mapping in mappings {
            if mapping.sharing == Sharing::Shared
                && let Some(page) = mapping.page_of(index)
            {
                was_dirty |= self.clean_entry(mapping.mm, page);
            }
        }
        was_dirty
    }

    /// Write-protects and cleans one entry; gives whether it was dirty.
    fn clean_entry(&mut self, mm: MmId, page: Vpn) -> bool {
        let entry = self.walk_and_remember(mm, page).entry;
        let clean = entry.without(Entry::DIRTY | Entry::WRITABLE);
        if !entry.is_present() || clean == entry {
            return false;
        }
        let table = self.own_table(mm, page);
        let flush = self.set_pte(mm, table, page, clean);
        self.flush(mm, flush);
        entry.has(Entry::DIRTY)
    }
}
