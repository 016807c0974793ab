//! getrusage(2): the 144 bytes of `struct rusage`.

use abi::{Pid, VirtAddr};

use crate::addr::PAGE_SIZE;
use crate::file::{BAD_BUFFER, INVALID};
use crate::kernel::Kernel;
use crate::outcome::Failure;
use crate::task::Usage;

const RUSAGE_SELF: i32 = 0;
const RUSAGE_CHILDREN: i32 = -1;
const RUSAGE_THREAD: i32 = 1;

impl Kernel {
    /// getrusage(2)
    pub(crate) fn sys_getrusage(
        &mut self,
        pid: Pid,
        who: i32,
        usage: VirtAddr,
    ) -> Result<u64, Failure> {
        let task = self.tasks.get(pid).ok_or(INVALID)?;
        let used = match who {
            RUSAGE_SELF | RUSAGE_THREAD => self.usage(pid),
            RUSAGE_CHILDREN => task.children_usage,
            _ => return Err(INVALID),
        };
        let mut bytes = [0; 144];
        for (at, word) in [
            (32, used.most_resident),
            (64, used.minor_faults),
            (72, used.major_faults),
        ] {
            bytes[at..at + 8].copy_from_slice(&u64::to_le_bytes(word));
        }
        self.copy_to_user(pid, usage, &bytes)
            .map_err(|_| BAD_BUFFER)?;
        Ok(0)
    }

    /// What a process has used by now.
    pub fn usage(&self, pid: Pid) -> Usage {
        let Some(task) = self.tasks.get(pid) else {
            return Usage::default();
        };
        let mut usage = task.usage;
        if let Some(mm) = task.mm {
            let most = self.mm(mm).most_resident() * (PAGE_SIZE / 1024);
            usage.most_resident = usage.most_resident.max(most);
        }
        usage
    }
}
