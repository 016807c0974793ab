//! Simulated time: nanosleep(2), pause(2), and [`crate::Command::Idle`], which alone lets it pass.

use abi::Pid;

use crate::event::Event;
use crate::kernel::Kernel;
use crate::outcome::{Outcome, Stop};
use crate::task::{TaskState, Wait};

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
        self.emit(Event::TimePassed {
            nanoseconds: passed,
        });
        self.wake(|wait| matches!(wait, Wait::Until(until) if *until <= now));
        self.write_back_expired();
        Outcome::Return(passed)
    }
}
