//! Simulated time: nanosleep(2), clock_nanosleep(2), pause(2), and [`crate::Command::Idle`], which alone lets it pass.

use abi::{Pid, VirtAddr};

use crate::event::Event;
use crate::file::{BAD_BUFFER, INVALID};
use crate::kernel::Kernel;
use crate::outcome::{Outcome, Stop};
use crate::task::{TaskState, Wait};

/// In a second.
const NANOSECONDS: u64 = 1_000_000_000;

impl Kernel {
    /// nanosleep(2). A try before the sleep's end waits on; one after it returns.
    pub(crate) fn sys_nanosleep(&mut self, pid: Pid, nanoseconds: u64) -> Result<u64, Stop> {
        let now = self.clock;
        let Some(task) = self.tasks.get_mut(pid) else {
            return Err(Stop::Exited);
        };
        let until = task.progress.wake_at.take();
        let until = until.unwrap_or(now.saturating_add(nanoseconds));
        if until <= now {
            return Ok(0);
        }
        task.progress.wake_at = Some(until);
        Err(self.wait_for(pid, Wait::Until(until)))
    }

    /// clock_nanosleep(2) of a `struct timespec`; a sleep that goes on does not read it again.
    ///
    /// # Errors
    /// EFAULT where it cannot be read; EINVAL for negative seconds and for nanoseconds out of a second.
    pub(crate) fn sys_clock_nanosleep(&mut self, pid: Pid, request: VirtAddr) -> Result<u64, Stop> {
        if self
            .tasks
            .get(pid)
            .is_some_and(|task| task.progress.wake_at.is_some())
        {
            return self.sys_nanosleep(pid, 0);
        }
        let mut bytes = [0; 16];
        self.copy_from_user(pid, request, &mut bytes)
            .map_err(|_| BAD_BUFFER)?;
        let (seconds, nanoseconds) = bytes.split_at(8);
        let word = |half: &[u8]| half.try_into().map_or(0, u64::from_le_bytes);
        let (seconds, nanoseconds) = (word(seconds), word(nanoseconds));
        if seconds.cast_signed() < 0 || nanoseconds >= NANOSECONDS {
            return Err(INVALID.into());
        }
        let whole = seconds.saturating_mul(NANOSECONDS);
        // The timer has some slack: even a sleep of 0 lets the others run.
        self.sys_nanosleep(pid, whole.saturating_add(nanoseconds).max(1))
    }

    /// pause(2): waits for a signal with a handler.
    pub(crate) fn sys_pause(&mut self, pid: Pid) -> Result<u64, Stop> {
        Err(self.wait_for(pid, Wait::Signal))
    }

    /// Lets time pass, up to the moment when the first sleeper wakes, and at most `nanoseconds`;
    /// gives how much. Without a sleeper none passes.
    pub(crate) fn idle(&mut self, nanoseconds: u64) -> Outcome {
        let sleeps = self.tasks.iter().filter_map(|task| match task.state {
            TaskState::Blocked(Wait::Until(until)) => Some(until),
            _ => None,
        });
        let Some(first) = sleeps.min() else {
            return Outcome::Return(0);
        };
        let passed = first.saturating_sub(self.clock).min(nanoseconds);
        self.clock = self.clock.saturating_add(passed);
        let now = self.clock;
        self.emit(|| Event::TimePassed {
            nanoseconds: passed,
        });
        self.wake(|wait| matches!(wait, Wait::Until(until) if *until <= now));
        self.write_back_expired();
        Outcome::Return(passed)
    }
}
