//! What limits an address space: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK and overcommit
//! (`may_expand_vm`, mm/mmap.c; `mlock_future_ok`; `__vm_enough_memory`, mm/util.c).

use abi::{Pid, Resource};

use crate::addr::{MmId, PAGE_SIZE};
use crate::config::Overcommit;
use crate::kernel::Kernel;
use crate::mm::vma::VmFlags;
use crate::task::limits::{Limit, UNLIMITED};

impl Kernel {
    /// Whether the limits let the process map `pages` more with these flags.
    pub(crate) fn may_expand(&self, pid: Pid, mm: MmId, flags: VmFlags, pages: u64) -> bool {
        let size = self.mm(mm).size;
        let total = size.total.saturating_add(pages);
        let Some(task) = self.tasks.get(pid) else {
            return true;
        };
        if total > task.limits.soft(Resource::AddressSpace) / PAGE_SIZE {
            return false;
        }
        // A soft limit of 0 is as good as the hard one, for Valgrind's sake.
        let limit = match task.limits.get(Resource::Data) {
            Some(Limit { soft: 0, hard }) => hard,
            Some(Limit { soft, .. }) => soft,
            None => return true,
        };
        let data = size.data.saturating_add(pages);
        !flags.is_data() || data <= limit / PAGE_SIZE
    }

    /// Whether `pages` more may be locked, where `flags` say that they are.
    pub(crate) fn may_lock(&self, pid: Pid, mm: MmId, flags: VmFlags, pages: u64) -> bool {
        let locked = self.mm(mm).size.locked.saturating_add(pages);
        !flags.contains(VmFlags::LOCKED)
            || self.config.privileged
            || locked <= self.limit(pid, Resource::LockedMemory) / PAGE_SIZE
    }

    /// Whether `pages` of private memory may be promised.
    pub(crate) fn enough_memory(&self, pages: u64) -> bool {
        match self.config.overcommit {
            Overcommit::Heuristic => pages <= u64::from(self.frames.total()),
            Overcommit::Always => true,
        }
    }

    /// The soft limit of a resource.
    pub(crate) fn limit(&self, pid: Pid, resource: Resource) -> u64 {
        let task = self.tasks.get(pid);
        task.map_or(UNLIMITED, |task| task.limits.soft(resource))
    }
}
