//! Resource limits: getrlimit(2) and setrlimit(2) (kernel/sys.c).

use abi::{Errno, Pid, Resource, VirtAddr};

use crate::file::BAD_BUFFER;
use crate::file::INVALID;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};

/// RLIM_INFINITY
pub const UNLIMITED: u64 = u64::MAX;
/// How many limits Linux has.
const RESOURCES: usize = 16;

/// A soft limit, which counts, and the hard one up to which it can be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// `rlim_cur`
    pub soft: u64,
    /// `rlim_max`
    pub hard: u64,
}

/// The limits of a process, by the number of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits([Limit; RESOURCES]);

impl Limits {
    /// What a process starts with, where its stack may grow to `stack` bytes.
    pub fn new(stack: u64) -> Limits {
        let mut limits = Limits(
            [Limit {
                soft: UNLIMITED,
                hard: UNLIMITED,
            }; RESOURCES],
        );
        let both = |value| Limit {
            soft: value,
            hard: value,
        };
        limits.0[Resource::Stack.number() as usize].soft = stack;
        limits.0[Resource::Core.number() as usize].soft = 0;
        limits.0[Resource::OpenFiles.number() as usize] = Limit {
            soft: 1024,
            hard: 1 << 20,
        };
        limits.0[Resource::LockedMemory.number() as usize] = both(8 << 20);
        limits
    }

    /// The limit of a resource; none for a number that Linux does not know.
    pub fn get(&self, resource: Resource) -> Option<Limit> {
        let number = usize::try_from(resource.number()).ok()?;
        self.0.get(number).copied()
    }

    /// The soft limit of a resource, in its unit.
    pub fn soft(&self, resource: Resource) -> u64 {
        self.get(resource).map_or(UNLIMITED, |limit| limit.soft)
    }

    /// RLIMIT_NOFILE: descriptors are below it.
    pub fn open_files(&self) -> u64 {
        self.soft(Resource::OpenFiles)
    }

    /// RLIMIT_FSIZE: the largest size that a write gives a file, in bytes.
    pub fn file_size(&self) -> u64 {
        self.soft(Resource::FileSize)
    }

    fn set(&mut self, resource: Resource, limit: Limit) {
        let number = usize::try_from(resource.number()).ok();
        if let Some(old) = number.and_then(|number| self.0.get_mut(number)) {
            *old = limit;
        }
    }
}

impl Kernel {
    /// getrlimit(2)
    pub(crate) fn sys_getrlimit(
        &mut self,
        pid: Pid,
        resource: Resource,
        limits: VirtAddr,
    ) -> Result<u64, Failure> {
        let task = self.tasks.get(pid).ok_or(INVALID)?;
        let limit = task.limits.get(resource).ok_or(INVALID)?;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&limit.soft.to_le_bytes());
        bytes[8..].copy_from_slice(&limit.hard.to_le_bytes());
        self.copy_to_user(pid, limits, &bytes)
            .map_err(|_| BAD_BUFFER)?;
        Ok(0)
    }

    /// setrlimit(2)
    pub(crate) fn sys_setrlimit(
        &mut self,
        pid: Pid,
        resource: Resource,
        limits: VirtAddr,
    ) -> Result<u64, Failure> {
        let mut bytes = [0; 16];
        self.copy_from_user(pid, limits, &mut bytes)
            .map_err(|_| BAD_BUFFER)?;
        let (soft, hard) = bytes.split_at(8);
        let word = |half: &[u8]| half.try_into().map_or(0, u64::from_le_bytes);
        let new = Limit {
            soft: word(soft),
            hard: word(hard),
        };
        let task = self.tasks.get_mut(pid).ok_or(INVALID)?;
        let old = task.limits.get(resource).ok_or(INVALID)?;
        if new.soft > new.hard {
            return Err(INVALID);
        }
        if new.hard > old.hard {
            return Err(Failure::new(Errno::EPERM, Reason::NotPermitted));
        }
        task.limits.set(resource, new);
        Ok(0)
    }
}
