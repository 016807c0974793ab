//! What limits an address space: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK and overcommit
//! (`may_expand_vm`, mm/mmap.c; `mlock_future_ok`; `__vm_enough_memory`, mm/util.c).

use abi::{Pid, Resource};

use crate::addr::{MmId, PAGE_SIZE};
use crate::config::Overcommit;
use crate::kernel::Kernel;
use crate::mm::vma::{VmFlags, Vma};
use crate::task::limits::{Limit, UNLIMITED};

impl Kernel {
    /// Whether the limits let the process map `pages` more as `vma` is.
    pub(crate) fn may_expand(&self, pid: Pid, mm: MmId, vma: &Vma, pages: u64) -> bool {
        let size = self.mm(mm).size;
        let total = size.total.saturating_add(pages);
        if total > self.limit(pid, Resource::AddressSpace) / PAGE_SIZE {
            return false;
        }
        // A soft limit of 0 is as good as the hard one, for Valgrind's sake.
        let limit = match self.limits(pid, Resource::Data) {
            Limit { soft: 0, hard } => hard,
            Limit { soft, .. } => soft,
        };
        let data = size.data.saturating_add(pages);
        !vma.is_data() || data <= limit / PAGE_SIZE
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
        self.limits(pid, resource).soft
    }

    fn limits(&self, pid: Pid, resource: Resource) -> Limit {
        let limits = self.tasks.get(pid).map(|task| &task.limits);
        let limit = limits.and_then(|limits| limits.get(resource));
        limit.unwrap_or(Limit {
            soft: UNLIMITED,
            hard: UNLIMITED,
        })
    }
}
