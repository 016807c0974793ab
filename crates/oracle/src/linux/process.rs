//! One real process that runs the agent, and what /proc tells of it.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::agent::CONTROL_FD;

/// A process of a trace.
pub struct Process {
    /// Its real number.
    pub pid: i32,
    /// Its slot of the control region.
    pub slot: usize,
    /// The trace's number of the process that forked it.
    pub parent: Option<u8>,
    /// Whether its parent waits in vfork for its end.
    pub holds_parent: bool,
    /// Whether it runs.
    pub alive: bool,
    /// Whether its parent has waited for it.
    pub reaped: bool,
    /// `ru_minflt` and `ru_majflt`, as last read.
    pub faults: (u64, u64),
    /// The same when its part of the trace began.
    pub faults_before: (u64, u64),
    pagemap: File,
    smaps: File,
    exit: OwnedFd,
}

impl Process {
    /// Looks at the process `pid`, which runs the agent in `slot`.
    pub fn open(pid: i32, slot: usize, parent: Option<u8>) -> io::Result<Process> {
        // SAFETY: a plain system call; the descriptor is owned by the `OwnedFd`.
        let exit = unsafe {
            let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd as RawFd)
        };
        Ok(Process {
            pid,
            slot,
            parent,
            holds_parent: false,
            alive: true,
            reaped: false,
            faults: (0, 0),
            faults_before: (0, 0),
            pagemap: File::open(format!("/proc/{pid}/pagemap"))?,
            smaps: File::open(format!("/proc/{pid}/smaps"))?,
            exit,
        })
    }

    /// Reads the pagemap entries from `page` on; entries of pages that cannot be read stay 0.
    pub fn pagemap(&self, page: u64, entries: &mut [u64]) {
        read_words(&self.pagemap, page, entries);
    }

    /// Appends the text of smaps to `text`, and `chunk` is where it is read into.
    pub fn smaps(&self, chunk: &mut [u8], text: &mut Vec<u8>) {
        let mut at = 0;
        while let Ok(length) = self.smaps.read_at(chunk, at) {
            if length == 0 {
                break;
            }
            text.extend_from_slice(&chunk[..length]);
            at += length as u64;
        }
    }

    /// Waits until the process is a zombie, its memory freed; false if that takes too long.
    pub fn wait_for_exit(&self, at_most: Duration) -> bool {
        let deadline = Instant::now() + at_most;
        loop {
            let mut poll = libc::pollfd {
                fd: self.exit.as_raw_fd(),
                events: libc::POLLIN,
                revents: 0,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            // SAFETY: one valid pollfd.
            let ready = unsafe { libc::poll(&raw mut poll, 1, left.as_millis() as i32) };
            if ready > 0 || left.is_zero() {
                return ready > 0;
            }
        }
    }

    /// Reaps the process if its parent has ended: the oracle is its subreaper.
    pub fn reap_orphan(&self) {
        let (exit, options) = (self.exit.as_raw_fd(), libc::WEXITED | libc::WNOHANG);
        // SAFETY: a plain system call; it fails where the process is not this one's child.
        unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            libc::waitid(libc::P_PIDFD, exit as u32, &raw mut info, options);
        }
    }

    /// Kills the process and waits for it, its memory freed; false if that takes too long.
    pub fn kill(&mut self, patience: Duration) -> bool {
        if self.alive {
            let (exit, none) = (self.exit.as_raw_fd(), std::ptr::null::<libc::siginfo_t>());
            // SAFETY: a plain system call on a process that the oracle started.
            unsafe { libc::syscall(libc::SYS_pidfd_send_signal, exit, libc::SIGKILL, none, 0) };
            self.alive = !self.wait_for_exit(patience);
        }
        !self.alive
    }
}

/// Kills a first process and all that came of it, known or not, and waits for the last of them: they
/// are one process group, and orphans become this process's children (`PR_SET_CHILD_SUBREAPER`).
pub fn end_group(first: i32) {
    // SAFETY: plain system calls. The number is the group's as long as its first process, which
    // nobody else reaps, was not waited for.
    unsafe {
        libc::kill(-first, libc::SIGKILL);
        while libc::waitpid(-first, std::ptr::null_mut(), 0) > 0 || was_interrupted() {}
    }
}

fn was_interrupted() -> bool {
    io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
}

/// Reads 64-bit words of a file like pagemap, from the word `index` on.
pub fn read_words(file: &File, index: u64, words: &mut [u64]) -> usize {
    let bytes = std::mem::size_of_val(words);
    // SAFETY: any bytes are valid u64s, and the slice is as long as said.
    let view = unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), bytes) };
    file.read_at(view, index * 8).unwrap_or(0) / 8
}

/// Where a new process finds its executable, above all other descriptors.
const EXECUTABLE_FD: RawFd = 1000;

/// Starts the agent in a new process, the first of a group, and gives its number. Its descriptors 0 to
/// 2 are `standard`, its directory `directory`.
pub fn spawn(
    executable: &File,
    control: RawFd,
    directory: &Path,
    standard: &File,
) -> io::Result<i32> {
    let executable = executable.as_raw_fd();
    let mut command = Command::new(format!("/proc/self/fd/{EXECUTABLE_FD}"));
    command
        .env_clear()
        .current_dir(directory)
        .process_group(0)
        .stdin(Stdio::from(standard.try_clone()?))
        .stdout(Stdio::from(standard.try_clone()?))
        .stderr(Stdio::from(standard.try_clone()?));
    // SAFETY: between fork and exec only async-signal-safe system calls are made.
    unsafe {
        command.pre_exec(move || {
            libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong);
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
            // The stack's limit sets where mmap begins.
            let mut stack: libc::rlimit = std::mem::zeroed();
            libc::getrlimit(libc::RLIMIT_STACK, &raw mut stack);
            stack.rlim_cur = stack.rlim_max.min(8 << 20);
            libc::setrlimit(libc::RLIMIT_STACK, &raw const stack);
            libc::umask(0o022);
            let failed = libc::dup3(executable, EXECUTABLE_FD, libc::O_CLOEXEC) < 0
                || if control == CONTROL_FD {
                    libc::fcntl(control, libc::F_SETFD, 0) < 0
                } else {
                    libc::dup2(control, CONTROL_FD) < 0
                };
            libc::close_range(4, u32::MAX, libc::CLOSE_RANGE_CLOEXEC as i32);
            if failed {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
    Ok(command.spawn()?.id() as i32)
}
