//! mincore(2) (mm/mincore.c). Which pages are in RAM is told by [`crate::observe`].

use abi::{Errno, Pid, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, PageRange, TASK_SIZE, Vpn};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// How many bytes of the answer are copied to the program at once.
const CHUNK: u64 = PAGE_SIZE;

impl Kernel {
    pub(crate) fn sys_mincore(
        &mut self,
        pid: Pid,
        mm: MmId,
        address: VirtAddr,
        length: u64,
        vector: VirtAddr,
    ) -> Result<u64, Failure> {
        if !address.0.is_multiple_of(PAGE_SIZE) {
            return Err(Failure::new(Errno::EINVAL, Reason::UnalignedAddress));
        }
        let in_user_space = |start: VirtAddr, bytes: u64| {
            let end = start.0.checked_add(bytes);
            end.is_some_and(|end| end <= TASK_SIZE)
        };
        if !in_user_space(address, length) {
            return Err(Failure::new(Errno::ENOMEM, Reason::BeyondUserSpace));
        }
        let pages = length.div_ceil(PAGE_SIZE);
        if !in_user_space(vector, pages) {
            return Err(Failure::new(Errno::EFAULT, Reason::BadBuffer));
        }
        let start = Vpn::containing(address);
        let end = start.plus(pages);
        let mut at = start;
        // VMA by VMA: what was told before a hole stays told.
        while at < end {
            let Some(vma) = self.mm(mm).vma_at(at) else {
                return Err(Failure::new(Errno::ENOMEM, Reason::Unmapped));
            };
            let part = PageRange::new(at, end.min(vma.range.end).min(at.plus(CHUNK)));
            let bytes = self.resident_pages(pid, part);
            let to = vector.offset(at.0 - start.0);
            self.copy_to_user(pid, to, &bytes)
                .map_err(|_| Failure::new(Errno::EFAULT, Reason::BadBuffer))?;
            at = part.end;
        }
        Ok(0)
    }
}
