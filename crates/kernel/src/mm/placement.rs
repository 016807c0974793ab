//! Where a new mapping goes (`get_unmapped_area`, mm/mmap.c, mm/vma.c, arch/x86/kernel/sys_x86_64.c).

use abi::{Errno, MapFlags, VirtAddr};

use crate::addr::{InodeId, MmId, PAGE_SIZE, TASK_SIZE};
use crate::file::inode::InodeKind;
use crate::kernel::Kernel;
use crate::mm::vma::{VmFlags, Vma};
use crate::outcome::{Failure, Reason};

/// What a huge page maps: larger mappings are aligned to it where they can be.
pub(crate) const HUGE_PAGE: u64 = 2 << 20;
/// Where the bottom-up search starts (`TASK_UNMAPPED_BASE`).
const BOTTOM_UP_BASE: u64 = (TASK_SIZE / 3 + PAGE_SIZE - 1) & !(PAGE_SIZE - 1);

/// What is to be placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// The address asked for, rounded by mmap; 0 for none.
    pub hint: u64,
    /// In bytes, whole pages.
    pub length: u64,
    pub flags: MapFlags,
    /// The file that is mapped, if any.
    pub object: Option<InodeId>,
    /// The first byte of it; of anonymous memory, what it is numbered from.
    pub offset: u64,
    /// The size of its pages: what it must begin at a multiple of.
    pub page_size: u64,
}

fn no_space() -> Failure {
    Failure::new(Errno::ENOMEM, Reason::NoAddressSpace)
}

impl Kernel {
    /// The address for a new mapping; with MAP_FIXED the one asked for.
    pub(crate) fn place(&self, mm: MmId, request: Request) -> Result<VirtAddr, Failure> {
        let mut request = request;
        let length = request.length;
        if length > TASK_SIZE {
            return Err(no_space());
        }
        if request.page_size > PAGE_SIZE && !request.hint.is_multiple_of(request.page_size) {
            if request.flags.contains(MapFlags::MAP_FIXED) {
                return Err(Failure::new(Errno::EINVAL, Reason::UnalignedAddress));
            }
            let hint = request.hint.checked_next_multiple_of(request.page_size);
            request.hint = hint.unwrap_or(0);
        }
        let huge = match self.wants_huge_pages(request) {
            true => self.place_huge(mm, request),
            false => None,
        };
        let address = match huge {
            Some(address) => address,
            None => self.search(mm, request)?,
        };
        if address > TASK_SIZE - length {
            return Err(Failure::new(Errno::ENOMEM, Reason::BeyondUserSpace));
        }
        if !address.is_multiple_of(PAGE_SIZE) {
            return Err(Failure::new(Errno::EINVAL, Reason::UnalignedAddress));
        }
        if address < self.config.mmap_min_addr && !self.config.privileged {
            return Err(Failure::new(Errno::EPERM, Reason::NotPermitted));
        }
        Ok(VirtAddr(address))
    }

    /// Whether a mapping is to begin at a huge page: those of disk files are, of tmpfs not.
    fn wants_huge_pages(&self, request: Request) -> bool {
        let private = !request.flags.contains(MapFlags::MAP_SHARED);
        if request.page_size > PAGE_SIZE {
            return false;
        }
        let inode = request.object.map(|object| self.files.inode(object));
        match inode.map(|inode| &inode.kind) {
            Some(InodeKind::Disk(_)) => true,
            Some(InodeKind::DevZero) => private,
            Some(_) => false,
            None => private && request.hint == 0 && request.length.is_multiple_of(HUGE_PAGE),
        }
    }

    /// `__thp_get_unmapped_area`: a place with room to align in, or none. Offsets are signed there,
    /// and overflow.
    fn place_huge(&self, mm: MmId, request: Request) -> Option<u64> {
        let offset = request.offset;
        let end = offset.wrapping_add(request.length) as i64;
        let aligned = (offset.wrapping_add(HUGE_PAGE - 1) & !(HUGE_PAGE - 1)) as i64;
        if end <= aligned || (end.wrapping_sub(aligned) as u64) < HUGE_PAGE {
            return None;
        }
        let padded = Request {
            length: request.length.checked_add(HUGE_PAGE)?,
            ..request
        };
        offset.checked_add(padded.length)?;
        let found = self.search(mm, padded).ok()?;
        if found == request.hint {
            return Some(found);
        }
        let shift = offset.wrapping_sub(found) % HUGE_PAGE;
        Some(found + if shift == 0 { HUGE_PAGE } else { shift })
    }

    /// `arch_get_unmapped_area_topdown`.
    fn search(&self, mm: MmId, request: Request) -> Result<u64, Failure> {
        let Request {
            hint,
            length,
            flags,
            ..
        } = request;
        if length > TASK_SIZE {
            return Err(no_space());
        }
        if flags.contains(MapFlags::MAP_FIXED) {
            return Ok(hint);
        }
        if flags.contains(MapFlags::MAP_32BIT) {
            return self.search_up(mm, request, 0x4000_0000, 0x8000_0000);
        }
        if hint != 0 && self.is_free(mm, hint & !(PAGE_SIZE - 1), length) {
            return Ok(hint & !(PAGE_SIZE - 1));
        }
        let base = self.mm(mm).layout.mmap_base.0;
        match self.highest_gap(mm, (length, request.page_size), PAGE_SIZE, base) {
            Some(address) => Ok(address),
            None => self.search_up(mm, request, BOTTOM_UP_BASE, TASK_SIZE),
        }
    }

    /// `arch_get_unmapped_area`: from the bottom up.
    fn search_up(&self, mm: MmId, request: Request, begin: u64, end: u64) -> Result<u64, Failure> {
        let length = request.length;
        if length > end {
            return Err(no_space());
        }
        let hint = request.hint;
        if hint != 0 && end - length >= hint && self.is_free(mm, hint, length) {
            return Ok(hint);
        }
        let padded = length.checked_add(request.page_size - PAGE_SIZE);
        let found = padded.and_then(|padded| self.lowest_gap(mm, padded, begin, end));
        let aligned = found.and_then(|start| start.checked_next_multiple_of(request.page_size));
        aligned.ok_or_else(no_space)
    }

    /// Whether nothing is in the way, a stack's gap included.
    fn is_free(&self, mm: MmId, address: u64, length: u64) -> bool {
        let above = self.mm(mm).vmas.ending_after(address / PAGE_SIZE);
        let fits = TASK_SIZE - length >= address;
        fits && above.is_none_or(|vma| address + length <= self.start_with_gap(vma))
    }

    /// The start of a VMA, or of the gap below it where it is a stack (`vm_start_gap`), in bytes.
    pub(crate) fn start_with_gap(&self, vma: &Vma) -> u64 {
        let start = vma.range.start.address().0;
        if vma.flags.contains(VmFlags::GROWS_DOWN) {
            start.saturating_sub(self.config.stack_guard_gap * PAGE_SIZE)
        } else {
            start
        }
    }

    /// The high end of the highest gap of `length` bytes within `low..high`. The gap below a stack
    /// counts only against the hole beneath it; where it leaves too little of that, the search goes
    /// on below the stack's gap, whatever lies within it (`unmapped_area_topdown`).
    fn highest_gap(
        &self,
        mm: MmId,
        (length, page_size): (u64, u64),
        low: u64,
        high: u64,
    ) -> Option<u64> {
        let low = low.max(self.config.mmap_min_addr);
        // With room to align in.
        let padded = length.checked_add(page_size - PAGE_SIZE)?;
        let mut limit = high;
        loop {
            let (end, above) = self.highest_hole(mm, padded, low, limit)?;
            match above.map(|vma| self.start_with_gap(vma)) {
                Some(with_gap) if with_gap < end => limit = with_gap,
                _ => return Some((end - length) & !(page_size - 1)),
            }
        }
    }

    /// The end of the highest hole of `length` bytes within `low..high`, and the VMA above it.
    fn highest_hole(
        &self,
        mm: MmId,
        length: u64,
        low: u64,
        high: u64,
    ) -> Option<(u64, Option<&Vma>)> {
        let vmas = &self.mm(mm).vmas;
        let mut end = high;
        let mut place = vmas.place_from(high / PAGE_SIZE);
        let mut above = vmas.at_or_next(place).and_then(|above| vmas.get(above));
        while let Some(below) = vmas.before(place)
            && let Some(vma) = vmas.get(below)
        {
            let floor = vma.range.end.address().0.max(low);
            if end >= floor && end - floor >= length {
                break;
            }
            end = end.min(vma.range.start.address().0);
            above = Some(vma);
            place = below;
        }
        (end >= low && end - low >= length).then_some((end, above))
    }

    /// The low end of the lowest gap of `length` bytes within `low..high`.
    fn lowest_gap(&self, mm: MmId, length: u64, low: u64, high: u64) -> Option<u64> {
        let vmas = &self.mm(mm).vmas;
        let mut start = low.max(self.config.mmap_min_addr);
        loop {
            let above = vmas.ending_after(start / PAGE_SIZE);
            let end = above.map_or(high, |vma| self.start_with_gap(vma).min(high));
            if end >= start && end - start >= length {
                return Some(start);
            }
            start = above?.range.end.address().0;
            if start >= high {
                return None;
            }
        }
    }
}
