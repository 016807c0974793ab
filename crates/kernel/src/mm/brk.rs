//! brk(2) (mm/mmap.c; `do_brk_flags`, mm/vma.c).

use abi::{Pid, Resource, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, PageRange, TASK_SIZE, Vpn, page_align};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::exec::anonymous;
use crate::mm::vma::VmFlags;

impl Kernel {
    /// Moves the program break where it can, byte by byte; gives the break, moved or not.
    pub(crate) fn sys_brk(&mut self, pid: Pid, mm: MmId, new: VirtAddr) -> VirtAddr {
        let old = self.mm(mm).layout.program_break;
        if self.move_break(pid, mm, old, new).is_none() {
            return old;
        }
        if new != old {
            self.mm_mut(mm).layout.program_break = new;
            let pid = self.mm(mm).owner;
            self.emit(|| Event::BreakMoved { pid, old, new });
        }
        new
    }

    /// Makes the heap end at `new`; none where it cannot.
    fn move_break(&mut self, pid: Pid, mm: MmId, old: VirtAddr, new: VirtAddr) -> Option<()> {
        let layout = self.mm(mm).layout;
        if new < layout.start_break {
            return None;
        }
        let data = layout.data.1.0.wrapping_sub(layout.data.0.0);
        let size = (new.0 - layout.start_break.0).wrapping_add(data);
        if size > self.limit(pid, Resource::Data) {
            return None;
        }
        let range = |from: u64, to: u64| {
            let page = |address| Vpn::containing(VirtAddr(address));
            PageRange::new(page(from), page(to))
        };
        let (old_end, new_end) = (page_align(old.0)?, page_align(new.0)?);
        if new_end == old_end {
            return Some(());
        }
        if new <= old {
            let cut = range(new_end, old_end);
            self.mm(mm).first_vma_in(cut)?;
            return self.unmap_range(mm, cut).ok();
        }
        if new_end > TASK_SIZE {
            return None;
        }
        // A page stays free between the heap and what is above it.
        let above = self.mm(mm).vmas.ending_after(old_end / PAGE_SIZE);
        if above.is_some_and(|above| new_end + PAGE_SIZE > self.start_with_gap(above)) {
            return None;
        }
        self.grow_heap(pid, mm, range(old_end, new_end))
    }

    /// Maps more heap, as one with the heap below it.
    fn grow_heap(&mut self, pid: Pid, mm: MmId, range: PageRange) -> Option<()> {
        let space = self.mm(mm);
        let flags = VmFlags::READ | VmFlags::WRITE | VmFlags::MAY_ALL | VmFlags::ACCOUNT;
        let vma = anonymous(range, flags | space.default_flags);
        let full = space.vmas.len() > u64::from(self.config.max_map_count);
        let heap_below = space.layout.start_break < range.start.address();
        let allowed = !full
            && self.may_lock(pid, mm, vma.flags, range.pages())
            && self.may_expand(pid, mm, vma.flags, range.pages())
            && self.enough_memory(range.pages());
        if !allowed {
            return None;
        }
        let locked = vma.flags.contains(VmFlags::LOCKED);
        if locked {
            self.mm_mut(mm).size.locked += range.pages();
        }
        self.add_vma_beside(mm, vma, heap_below, false);
        if locked {
            let _ = self.populate(pid, mm, range, true);
        }
        Some(())
    }
}
