//! How processes begin and end: fork, vfork, exit, signals that end, and wait.

use abi::Syscall;

use super::call::encode;
use super::control::{Entry, Kind, SLOTS, scratch_address, slot_address};
use super::machine::{DATA_AT, Linux, drain_lru, with_usage};
use super::process::Process;
use crate::machine::HARNESS_PAGES;
use crate::operation::{self, Answer};

impl Linux {
    fn free_slot(&self) -> Option<usize> {
        let used = |slot| self.processes.iter().any(|p| p.alive && p.slot == slot);
        let free = (0..SLOTS).find(|slot| !used(*slot))?;
        self.control.reset(free);
        Some(free)
    }

    pub(super) fn fork(&mut self, index: usize) -> Answer {
        let Some(slot) = self.free_slot() else {
            return Answer::Error(libc::EAGAIN);
        };
        let arguments = [libc::SYS_fork as u64, slot_address(slot), 0];
        match self.run_one(index, Entry::access(Kind::Fork, arguments)) {
            Answer::Value(pid) => self.add_child(pid as i32, slot, index),
            other => other,
        }
    }

    /// The parent stays in its call until the child has ended.
    pub(super) fn vfork(&mut self, index: usize) -> Answer {
        let Some(slot) = self.free_slot() else {
            return Answer::Error(libc::EAGAIN);
        };
        let parent = self.processes[index].slot;
        let arguments = [libc::SYS_vfork as u64, slot_address(slot), 0];
        let entry = Entry::access(Kind::Fork, arguments);
        self.start(parent, &with_usage(&[entry], parent));
        self.start(slot, &[Entry::call(libc::SYS_getpid, &[])]);
        if !self.control.wait(slot, self.patience) {
            return self.lose();
        }
        let pid = self.control.done(slot, 0).value as i32;
        let answer = self.add_child(pid, slot, index);
        if let Some(child) = self.processes.last_mut() {
            child.holds_parent = true;
        }
        answer
    }

    /// A process that was to be known is not.
    fn lose(&mut self) -> Answer {
        self.lost = true;
        Answer::Lost
    }

    pub(super) fn add_child(&mut self, pid: i32, slot: usize, parent: usize) -> Answer {
        let number = self.processes.len();
        let Ok(process) = Process::open(pid, slot, Some(parent as u8)) else {
            return self.lose();
        };
        self.processes.push(process);
        let prepared = self
            .prepare(number)
            .and_then(|()| self.start_counting(number));
        prepared.map_or(Answer::Lost, |()| Answer::Value(number as u64))
    }

    /// setrlimit(RLIMIT_AS), and room for the agent's own pages beyond it.
    pub(super) fn limit_address_space(&mut self, index: usize, call: &Syscall) -> Answer {
        let Some(encoded) = encode(call) else {
            return Answer::Lost;
        };
        let answer = self.run_one(index, Entry::call(encoded.number, &encoded.arguments));
        if let Answer::Value(_) = answer {
            let pid = self.processes[index].pid;
            // SAFETY: plain system calls on a process of this machine's own.
            unsafe {
                let mut limit: libc::rlimit = std::mem::zeroed();
                libc::prlimit(pid, libc::RLIMIT_AS, std::ptr::null(), &raw mut limit);
                let own = HARNESS_PAGES * 4096;
                limit.rlim_cur = limit.rlim_cur.saturating_add(own).min(limit.rlim_max);
                libc::prlimit(pid, libc::RLIMIT_AS, &raw const limit, std::ptr::null_mut());
            }
        }
        answer
    }

    pub(super) fn exit(&mut self, index: usize, status: i32) -> Answer {
        // The agents die with their parents; a trace's children do not.
        let children: Vec<usize> = (0..self.processes.len())
            .filter(|i| self.processes[*i].alive)
            .filter(|i| self.processes[*i].parent == Some(index as u8))
            .collect();
        self.die_with_parent(&children, 0);
        let slot = self.processes[index].slot;
        let entry = Entry::call(libc::SYS_exit_group, &[i64::from(status) as u64]);
        self.start(slot, &[entry]);
        match self.ended(index) {
            Some(()) => {
                // Their parent is the oracle now.
                self.die_with_parent(&children, libc::SIGKILL);
                Answer::Exited
            }
            None => Answer::Lost,
        }
    }

    /// These processes get this signal, 0 for none, when their parent ends.
    fn die_with_parent(&mut self, processes: &[usize], signal: i32) {
        let arguments = [libc::PR_SET_PDEATHSIG as u64, signal as u64];
        for process in processes {
            self.run_one(*process, Entry::call(libc::SYS_prctl, &arguments));
        }
    }

    /// A process ends as if this signal had killed it.
    pub fn end_by_signal(&mut self, process: operation::Process, signal: i32) {
        let index = usize::from(process.0);
        let Some(pid) = self.pid(process).filter(|_| self.processes[index].alive) else {
            return;
        };
        // A handler of the agent's must not catch it.
        self.set_disposition(index, signal, libc::SIG_DFL);
        // SAFETY: a plain system call on a process of this machine's own.
        unsafe { libc::kill(pid, signal) };
        self.ended(index);
    }

    /// Whether a process's children leave no zombies, as where it ignores SIGCHLD.
    pub fn ignore_children(&mut self, process: operation::Process, ignore: bool) {
        let index = usize::from(process.0);
        if self.processes.get(index).is_some_and(|p| p.alive) {
            let disposition = if ignore { libc::SIG_IGN } else { libc::SIG_DFL };
            self.set_disposition(index, libc::SIGCHLD, disposition);
        }
    }

    /// SIG_DFL or SIG_IGN for a signal.
    fn set_disposition(&mut self, index: usize, signal: i32, disposition: usize) {
        let slot = self.processes[index].slot;
        // struct kernel_sigaction: handler, flags, restorer, mask.
        let mut action = [0; 32];
        action[..8].copy_from_slice(&disposition.to_le_bytes());
        self.control.write(slot, DATA_AT, &action);
        let arguments = [signal as u64, scratch_address(slot) + DATA_AT, 0, 8];
        self.run_one(index, Entry::call(libc::SYS_rt_sigaction, &arguments));
    }

    /// Waits for a process's end, and for its parent's return from vfork.
    fn ended(&mut self, index: usize) -> Option<()> {
        let process = &mut self.processes[index];
        process.alive = !process.wait_for_exit(self.patience);
        if process.alive {
            self.lost = true;
            return None;
        }
        drain_lru();
        let held = process.parent.filter(|_| process.holds_parent);
        if let Some(parent) = held {
            self.finish(usize::from(parent))?;
        }
        Some(())
    }

    /// Faults of a process count from now on.
    pub fn start_counting_of(&mut self, process: operation::Process) {
        // A lost process is seen by the next operation.
        let _ = self.start_counting(usize::from(process.0));
    }

    pub(super) fn wait4(&mut self, index: usize, call: &Syscall, pid: i32) -> Answer {
        let Some(mut encoded) = encode(call) else {
            return Answer::Value(0);
        };
        if pid > 0 {
            let number = u8::try_from(pid).ok().map(operation::Process);
            let real = number.and_then(|n| self.pid(n)).unwrap_or(i32::MAX);
            encoded.arguments[0] = real as u64;
        }
        let answer = self.run_one(index, Entry::call(encoded.number, &encoded.arguments));
        let Answer::Value(real) = answer else {
            return answer;
        };
        match self.processes.iter().position(|p| p.pid as u64 == real) {
            Some(number) => {
                self.processes[number].reaped = true;
                Answer::Value(number as u64)
            }
            None => answer,
        }
    }
}
