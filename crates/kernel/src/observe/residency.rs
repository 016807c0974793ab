//! Which pages would be touched without a fault that reads the disk: mincore's bytes (mm/mincore.c).

use abi::Pid;

use crate::addr::{PageRange, Vpn};
use crate::kernel::Kernel;
use crate::mm::vma::Vma;

impl Kernel {
    /// A byte for each page, 1 where it is in RAM; 0 for pages outside of all VMAs.
    pub fn resident_pages(&self, pid: Pid, range: PageRange) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(range.pages()).unwrap_or(0)];
        let mut set = |page: Vpn, value| {
            let index = usize::try_from(page.0.wrapping_sub(range.start.0)).ok();
            if let Some(byte) = index.and_then(|index| bytes.get_mut(index)) {
                *byte = value;
            }
        };
        let Some(space) = self.address_space(pid) else {
            return bytes;
        };
        for vma in space.vmas_in(range) {
            let part = vma.range.intersection(range);
            if vma.inode().is_some() {
                for page in part.iter() {
                    set(page, u8::from(self.is_cached(vma, page)));
                }
            }
            // What is not present, a guard region too, is looked up in the file.
            for (page, entry) in self.entries(pid, part) {
                if entry.is_present() {
                    set(page, 1);
                }
            }
        }
        bytes
    }

    /// Whether the file's page at `page` is in the page cache (`mincore_page`).
    fn is_cached(&self, vma: &Vma, page: Vpn) -> bool {
        let inode = vma.inode();
        let frame = inode.and_then(|inode| self.cached_page(inode, vma.index_of(page)));
        frame.is_some_and(|frame| self.is_uptodate(frame))
    }
}
