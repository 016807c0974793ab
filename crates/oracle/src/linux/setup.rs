//! How the first agent starts, and how each trace finds the machine as the one before it did.

use std::io;

use super::agent;
use super::control::{CONTROL_ADDRESS, CONTROL_BYTES, Entry, scratch_address, signal_stack};
use super::machine::Linux;
use super::process::{Process, end_group, spawn};
use crate::machine::{COMPARED_START, HEAP, LOCKED_MEMORY_LIMIT, STACK_LIMIT};
use crate::operation::Answer;

/// The first address that no process can map.
pub(super) const TASK_SIZE: u64 = (1 << 47) - 4096;

impl Linux {
    pub(super) fn start_root(&mut self) -> io::Result<()> {
        self.control.reset(0);
        let fd = self.control.fd();
        let pid = spawn(&self.executable, fd, &self.directory, &self.standard)?;
        self.root = Some(pid);
        self.lost = false;
        self.processes.push(Process::open(pid, 0, None)?);
        let lost = || io::Error::other("the agent does not answer");
        self.prepare(0).ok_or_else(lost)?;
        self.drop_privileges().ok_or_else(lost)?;
        if !self.keep_layout {
            let everything = [COMPARED_START, TASK_SIZE - COMPARED_START];
            self.run(0, &[Entry::call(libc::SYS_munmap, &everything)])
                .ok_or_else(lost)?;
        }
        self.set_limits().ok_or_else(lost)?;
        self.start_counting(0).ok_or_else(lost)
    }

    /// Gives an agent its signal stack and touches what it uses, so that it faults no more.
    pub(super) fn prepare(&mut self, index: usize) -> Option<()> {
        let slot = self.processes[index].slot;
        let scratch = scratch_address(slot);
        let (stack, size) = signal_stack(slot);
        let alternate: [u64; 3] = [stack, 0, size];
        // struct kernel_sigaction: handler, flags, restorer, mask.
        let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
        let action: [u64; 4] = [
            agent::handler(),
            flags as u64 | 0x0400_0000,
            agent::restorer(),
            0,
        ];
        let ignore: [u64; 4] = [1, 0x0400_0000, agent::restorer(), 0];
        let bytes: Vec<u8> = alternate
            .iter()
            .chain(&action)
            .chain(&ignore)
            .flat_map(|w| w.to_le_bytes())
            .collect();
        self.control.write(slot, 0, &bytes);
        let mut entries = vec![
            Entry::call(
                libc::SYS_madvise,
                &[
                    CONTROL_ADDRESS,
                    CONTROL_BYTES,
                    libc::MADV_POPULATE_READ as u64,
                ],
            ),
            Entry::call(libc::SYS_sigaltstack, &[scratch, 0]),
            Entry::call(
                libc::SYS_prctl,
                &[libc::PR_SET_PDEATHSIG as u64, libc::SIGKILL as u64],
            ),
        ];
        if index == 0 {
            // They would end the agent: it sees the errors that come with them.
            entries.extend([libc::SIGPIPE, libc::SIGXFSZ].map(|signal| {
                Entry::call(libc::SYS_rt_sigaction, &[signal as u64, scratch + 56, 0, 8])
            }));
            let signals = [
                libc::SIGSEGV,
                libc::SIGBUS,
                libc::SIGILL,
                libc::SIGTRAP,
                libc::SIGFPE,
            ];
            entries.extend(signals.map(|signal| {
                Entry::call(libc::SYS_rt_sigaction, &[signal as u64, scratch + 24, 0, 8])
            }));
        }
        self.run(index, &entries).map(|_| ())
    }

    /// Root's privileges go: limits and permissions hold as for anyone.
    fn drop_privileges(&mut self) -> Option<()> {
        let scratch = scratch_address(0);
        let header = 0x2008_0522_u64.to_le_bytes();
        self.control.write(0, 0, &header);
        self.control.write(0, 8, &[0; 24]);
        let entry = Entry::call(libc::SYS_capset, &[scratch, scratch + 8]);
        self.run(0, &[entry]).map(|_| ())
    }

    pub(super) fn start_counting(&mut self, index: usize) -> Option<()> {
        self.run(index, &[])?;
        let process = &mut self.processes[index];
        process.faults_before = process.faults;
        Some(())
    }

    /// Ends all processes but the first, which goes on where it waited for one of them in vfork; none
    /// where one is lost.
    pub(super) fn end_children(&mut self) -> Option<()> {
        for index in 1..self.processes.len() {
            if self.lost {
                return None;
            }
            let process = &mut self.processes[index];
            let holds_parent = process.alive && process.holds_parent;
            self.lost = !process.kill(self.patience);
            if holds_parent && process.parent == Some(0) && self.processes[0].alive {
                self.finish(0)?;
            }
        }
        self.processes.iter().skip(1).for_each(Process::reap_orphan);
        (!self.lost).then_some(())
    }

    /// The first process waits for its children, which have ended; none where one has not, of which
    /// nothing was known.
    fn reap(&mut self) -> Option<()> {
        let wait = Entry::call(libc::SYS_wait4, &[u64::MAX, 0, libc::WNOHANG as u64, 0]);
        let none_left = Answer::Error(libc::ECHILD);
        // One more than there can be.
        let mut answers = (0..self.processes.len()).map(|_| self.run_one(0, wait));
        answers.any(|answer| answer == none_left).then_some(())
    }

    pub(super) fn try_reset(&mut self) -> Option<()> {
        if !self.processes.first()?.alive || self.keep_layout {
            return None;
        }
        self.reap()?;
        self.processes.truncate(1);
        self.set_limits()?;
        let done = self.run(
            0,
            &[
                Entry::call(libc::SYS_munlockall, &[]),
                Entry::call(libc::SYS_close_range, &[3, u64::from(u32::MAX), 0]),
                Entry::call(libc::SYS_brk, &[0]),
            ],
        )?;
        let heap_end = done[2].value as u64;
        let mut entries = Vec::new();
        if heap_end > HEAP {
            // The break moves back only over a heap that is there.
            let fixed = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
            let heap = [HEAP, heap_end - HEAP, 3, fixed as u64, u64::MAX, 0];
            entries.push(Entry::call(libc::SYS_mmap, &heap));
            entries.push(Entry::call(libc::SYS_brk, &[HEAP]));
        }
        let everything = [COMPARED_START, TASK_SIZE - COMPARED_START];
        entries.push(Entry::call(libc::SYS_munmap, &everything));
        entries.push(Entry::call(libc::SYS_brk, &[0]));
        let done = self.run(0, &entries)?;
        if done.last()?.value as u64 != HEAP || self.locked_kilobytes()? != 0 {
            return None;
        }
        self.start_counting(0)
    }

    /// What counts against RLIMIT_MEMLOCK in the first process. mremap with MREMAP_DONTUNMAP counts
    /// locked pages twice, and the second count stays when all of them are gone.
    fn locked_kilobytes(&self) -> Option<u64> {
        let pid = self.processes.first()?.pid;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmLck:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }

    /// None where a limit could not be set.
    fn set_limits(&self) -> Option<()> {
        let limits = [
            (
                libc::RLIMIT_MEMLOCK,
                LOCKED_MEMORY_LIMIT,
                LOCKED_MEMORY_LIMIT,
            ),
            (libc::RLIMIT_STACK, STACK_LIMIT, libc::RLIM_INFINITY),
            (libc::RLIMIT_DATA, libc::RLIM_INFINITY, libc::RLIM_INFINITY),
            (libc::RLIMIT_AS, libc::RLIM_INFINITY, libc::RLIM_INFINITY),
            (libc::RLIMIT_FSIZE, libc::RLIM_INFINITY, libc::RLIM_INFINITY),
        ];
        for (resource, rlim_cur, rlim_max) in limits {
            let limit = libc::rlimit { rlim_cur, rlim_max };
            let pid = self.processes[0].pid;
            // SAFETY: a plain system call on a process of this machine's own.
            let result =
                unsafe { libc::prlimit(pid, resource, &raw const limit, std::ptr::null_mut()) };
            if result < 0 {
                return None;
            }
        }
        Some(())
    }

    pub(super) fn remove_files(&mut self) {
        for path in self.shared_memory_files.drain(..) {
            let _ = std::fs::remove_file(path);
        }
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten();
        for entry in entries.flatten() {
            // A file that stays is met by the next trace's O_EXCL or size.
            let _ = std::fs::remove_file(entry.path());
        }
    }

    /// Ends all processes, also those that nobody knows of.
    pub(super) fn end_root(&mut self) {
        if let Some(root) = self.root.take() {
            end_group(root);
        }
        self.processes.clear();
    }
}
