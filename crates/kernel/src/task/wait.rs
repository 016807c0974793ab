//! wait4(2), and what every blocked call needs: to wait, and to be woken.

use abi::{Errno, Pid, VirtAddr, WaitFlags};

use crate::file::{BAD_BUFFER, INVALID};
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason, Stop};
use crate::task::signal::CONTINUED_STATUS;
use crate::task::{Task, TaskState, Usage, Wait};

impl Kernel {
    /// wait4(2): the first child, by age, that ended.
    pub(crate) fn sys_wait4(
        &mut self,
        pid: Pid,
        which: i32,
        status: VirtAddr,
        options: WaitFlags,
    ) -> Result<u64, Stop> {
        // __WNOTHREAD, __WALL and __WCLONE make no difference here.
        let known = WaitFlags::WNOHANG | WaitFlags::WUNTRACED | WaitFlags::WCONTINUED;
        if options.bits() & 0x1fff_ffff & !known.bits() != 0 {
            return Err(INVALID.into());
        }
        if which == i32::MIN {
            return Err(Failure::new(Errno::ESRCH, Reason::NoSuchProcess).into());
        }
        let group = self.tasks.get(pid).map(|task| task.group);
        let wanted = |task: &&Task| {
            task.parent == Some(pid)
                && match which {
                    -1 => true,
                    0 => Some(task.group) == group,
                    1.. => task.pid.0 == which,
                    _ => task.group.0 == which.wrapping_neg(),
                }
        };
        if !self.tasks.iter().any(|task| wanted(&task)) {
            return Err(Failure::new(Errno::ECHILD, Reason::NoSuchProcess).into());
        }
        let tells = |status: &i32| {
            options.contains(match *status {
                CONTINUED_STATUS => WaitFlags::WCONTINUED,
                _ => WaitFlags::WUNTRACED,
            })
        };
        let found = self
            .tasks
            .iter()
            .filter(wanted)
            .find_map(|task| match task.state {
                TaskState::Zombie { status } => Some((task.pid, status)),
                _ => {
                    let unreported = task.progress.unreported.filter(tells);
                    unreported.map(|status| (task.pid, status))
                }
            });
        match found {
            Some((child, value)) => {
                self.collect(pid, child);
                let bytes = value.to_le_bytes();
                if status != VirtAddr::NULL && !self.put_user(pid, status, &bytes) {
                    return Err(BAD_BUFFER.into());
                }
                Ok(child.0 as u64)
            }
            None if options.contains(WaitFlags::WNOHANG) => Ok(0),
            None => Err(self.wait_for(pid, Wait::Child)),
        }
    }

    /// The parent was told of a child: a zombie is gone, and what it used counts as its parent's.
    fn collect(&mut self, parent: Pid, child: Pid) {
        let Some(task) = self.tasks.get_mut(child) else {
            return;
        };
        task.progress.unreported = None;
        if !task.is_zombie() {
            return;
        }
        let (own, children) = (task.usage, task.children_usage);
        if let Some(parent) = self.tasks.get_mut(parent) {
            parent.children_usage.add(own);
            parent.children_usage.add(children);
        }
        self.reap(child);
    }

    /// The process waits, but not where it has a signal to take; it is to try its call again when it
    /// can run.
    pub(crate) fn wait_for(&mut self, pid: Pid, wait: Wait) -> Stop {
        if let Some(task) = self.tasks.get_mut(pid) {
            task.state = TaskState::Blocked(wait);
        }
        self.act_on_signals(pid);
        Stop::Blocked
    }

    /// Those whose wait is one of these can run.
    pub(crate) fn wake(&mut self, over: impl Fn(&Wait) -> bool) {
        let waiting = self.tasks.iter().filter(|task| task.waits_for(&over));
        let waiting: Vec<Pid> = waiting.map(|task| task.pid).collect();
        for pid in waiting {
            if let Some(task) = self.tasks.get_mut(pid) {
                task.wake(&over);
            }
        }
    }

    /// How much of a blocked write was done; it starts anew after this.
    pub(crate) fn take_progress(&mut self, pid: Pid) -> u64 {
        match self.tasks.get(pid) {
            Some(task) if task.progress.written > 0 => {}
            _ => return 0,
        }
        let task = self.tasks.get_mut(pid);
        task.map_or(0, |task| std::mem::take(&mut task.progress.written))
    }

    /// Bytes that a process's write to a pipe, which waits, has written by now.
    pub fn written_so_far(&self, pid: Pid) -> u64 {
        self.tasks.get(pid).map_or(0, |task| task.progress.written)
    }

    /// Remembers how much of a write was done when it had to wait.
    pub(crate) fn keep_progress(&mut self, pid: Pid, written: u64) {
        if let Some(task) = self.tasks.get_mut(pid) {
            task.progress.written = written;
        }
    }
}

impl Task {
    /// Whether its call waits for one of these, also where a signal came before.
    fn waits_for(&self, over: impl Fn(&Wait) -> bool) -> bool {
        match &self.state {
            TaskState::Blocked(wait) => over(wait),
            _ => self.progress.interrupted.as_ref().is_some_and(over),
        }
    }

    /// It can run if it waits for one of these, and its call goes before a signal.
    pub(crate) fn wake(&mut self, over: impl Fn(&Wait) -> bool) {
        if self.waits_for(over) {
            self.progress.interrupted = None;
            if let TaskState::Blocked(_) = self.state {
                self.state = TaskState::Runnable;
            }
        }
    }
}

impl Usage {
    /// Adds what another process used.
    pub fn add(&mut self, other: Usage) {
        self.minor_faults += other.minor_faults;
        self.major_faults += other.major_faults;
        self.most_resident = self.most_resident.max(other.most_resident);
    }
}
