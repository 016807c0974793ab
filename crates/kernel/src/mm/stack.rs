//! Stacks that grow down to where they are touched (`expand_stack`, `expand_downwards` and
//! `acct_stack_growth`, mm/mmap.c, mm/vma.c).

use abi::Resource;

use crate::addr::{PAGE_SIZE, PageRange, Vpn};
use crate::kernel::Kernel;
use crate::mm::access::Toucher;
use crate::mm::vma::VmFlags;

impl Kernel {
    /// Grows the stack above `page` down to it, where there is one and it may.
    pub(crate) fn grow_stack(&mut self, toucher: Toucher, page: Vpn) -> bool {
        let mm = toucher.mm;
        let space = self.mm(mm);
        let Some(stack) = space.vmas.starting_from(page.0) else {
            return false;
        };
        let grows = stack.flags.contains(VmFlags::GROWS_DOWN);
        if !grows || page.address().0 < self.config.mmap_min_addr {
            return false;
        }
        let gap = self.config.stack_guard_gap;
        let below = space.vmas.starting_before(page.0);
        let too_near = below.is_some_and(|below| {
            !below.flags.contains(VmFlags::GROWS_DOWN)
                && below.is_accessible()
                && page.0 - below.range.end.0 < gap
        });
        let start = stack.range.start;
        let range = PageRange::new(page, stack.range.end);
        let growth = start.0 - page.0;
        let limit = self.limit(toucher.pid, Resource::Stack);
        let may = !too_near
            && growth <= stack.page_offset.0
            && range.pages() * PAGE_SIZE <= limit
            && self.may_expand(toucher.pid, mm, stack.flags, growth)
            && self.may_lock(toucher.pid, mm, stack.flags, growth)
            && self.enough_memory(growth);
        let locked = stack.flags.contains(VmFlags::LOCKED);
        if !may {
            return false;
        }
        self.prepare_anon_vma(mm, start);
        if locked {
            self.mm_mut(mm).size.locked += growth;
        }
        self.resize_vma(mm, start, range);
        true
    }
}
