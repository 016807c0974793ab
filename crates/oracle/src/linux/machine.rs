//! The [`Machine`] of real processes: a trace's operations become batches for the agents.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::FromRawFd;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use abi::{Syscall, VirtAddr};
use kernel::Width;

use super::agent::{self, COMPARED_START, Segment};
use super::call::encode;
use super::control::{
    CONTROL_ADDRESS, CONTROL_BYTES, Control, Done, Entry, Kind, SCRATCH_BYTES, SLOTS,
    scratch_address, signal_stack, slot_address,
};
use super::process::{Process, read_words, spawn};
use crate::machine::{HEAP, LOCKED_MEMORY_LIMIT, Machine};
use crate::observation::{
    Detail, FRAME_BITS, FrameClasses, Observation, PAGEMAP_BITS, PageView, ProcessView, mask,
};
use crate::operation::{self, Action, Answer, Operation};
use crate::smaps;

/// How long an agent may take for a batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// The scratch memory: rusage first, then a string, then the bytes of loads and stores.
const TEXT_AT: u64 = 256;
const DATA_AT: u64 = 1024;
const DATA_BYTES: u64 = SCRATCH_BYTES - DATA_AT;
/// The first address that no process can map.
const TASK_SIZE: u64 = (1 << 47) - 4096;

/// A real Linux.
pub struct Linux {
    control: Control,
    executable: File,
    standard: File,
    directory: PathBuf,
    /// Whether the program's own layout (stack, vdso, segments) is part of what is compared.
    keep_layout: bool,
    /// The files of /dev/shm that the trace named, as they are really called.
    shared_memory_files: Vec<String>,
    root: Option<std::process::Child>,
    processes: Vec<Process>,
    frame_flags: File,
    chunk: Vec<u8>,
    text: Vec<u8>,
}

impl Linux {
    /// Why there can be no oracle here, if so: it needs root's view of /proc, which containers hide.
    pub fn unavailable() -> Option<String> {
        let missing = |path: &str| match File::open(path) {
            Ok(file) if read_words(&file, 1, &mut [0]) == 1 => None,
            Ok(_) => Some(format!("{path} cannot be read")),
            Err(error) => Some(format!("{path}: {error}")),
        };
        missing("/proc/kpageflags").or_else(|| Linux::empty().err().map(|error| error.to_string()))
    }

    /// A machine whose first process has nothing mapped when a trace begins, and its heap at [`HEAP`].
    pub fn empty() -> io::Result<Linux> {
        let heap = Segment {
            address: HEAP - 4096,
            bytes: Vec::new(),
            memory_length: 4096,
            prot: 3,
        };
        Linux::new(&[heap], false)
    }

    /// A machine whose first process has these segments, a stack and whatever else execve(2) maps.
    pub fn with_program(segments: &[Segment]) -> io::Result<Linux> {
        Linux::new(segments, true)
    }

    fn new(segments: &[Segment], keep_layout: bool) -> io::Result<Linux> {
        let executable = memory_file(c"mmap-lab-agent")?;
        (&executable).write_all(&agent::executable(segments))?;
        static MACHINES: AtomicU32 = AtomicU32::new(0);
        let number = MACHINES.fetch_add(1, Ordering::Relaxed);
        let unique = format!("mmap-lab-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(unique);
        std::fs::create_dir(&directory)?;
        stay_on_one_cpu();
        let mut linux = Linux {
            control: Control::new()?,
            executable,
            standard: memory_file(c"mmap-lab-console")?,
            directory,
            keep_layout,
            shared_memory_files: Vec::new(),
            root: None,
            processes: Vec::new(),
            frame_flags: File::open("/proc/kpageflags")?,
            chunk: vec![0; 1 << 16],
            text: Vec::new(),
        };
        linux.start_root()?;
        Ok(linux)
    }

    /// The real number of a process of the trace.
    pub fn pid(&self, process: operation::Process) -> Option<i32> {
        self.processes.get(usize::from(process.0)).map(|p| p.pid)
    }

    fn start_root(&mut self) -> io::Result<()> {
        self.control.reset(0);
        let fd = self.control.fd();
        let child = spawn(&self.executable, fd, &self.directory, &self.standard)?;
        let pid = child.id() as i32;
        self.root = Some(child);
        self.processes.clear();
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
    fn prepare(&mut self, index: usize) -> Option<()> {
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
        let bytes: Vec<u8> = alternate
            .iter()
            .chain(&action)
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
            let signals = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGTRAP];
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

    fn start_counting(&mut self, index: usize) -> Option<()> {
        self.run(index, &[])?;
        let process = &mut self.processes[index];
        process.faults_before = process.faults;
        Some(())
    }

    /// Runs a batch in a process, and reads its fault counts after it; none when it was lost.
    fn run(&mut self, index: usize, entries: &[Entry]) -> Option<Vec<Done>> {
        let slot = self.processes[index].slot;
        let mut batch = entries.to_vec();
        // MADV_COLD begins with emptying this CPU's lists of pages that wait for the LRU, from which
        // MADV_FREE's pages otherwise lose their `referenced` at any time.
        let code = [agent::CODE_ADDRESS, 4096, libc::MADV_COLD as u64];
        batch.push(Entry::call(libc::SYS_madvise, &code));
        batch.push(Entry::call(
            libc::SYS_getrusage,
            &[libc::RUSAGE_SELF as u64, scratch_address(slot)],
        ));
        self.control.start(slot, &batch);
        if !self.control.wait(slot, PATIENCE) {
            self.processes[index].kill();
            return None;
        }
        let mut usage = [0; 80];
        self.control.read(slot, 0, &mut usage);
        let word = |at: usize| {
            usage[at..at + 8]
                .iter()
                .rev()
                .fold(0, |value: u64, byte| value << 8 | u64::from(*byte))
        };
        self.processes[index].faults = (word(64), word(72));
        Some(
            (0..entries.len())
                .map(|i| self.control.done(slot, i))
                .collect(),
        )
    }

    fn run_one(&mut self, index: usize, entry: Entry) -> Answer {
        match self.run(index, &[entry]) {
            None => Answer::Lost,
            Some(done) => answer(entry.kind, done[0]),
        }
    }

    fn call(&mut self, index: usize, call: &Syscall) -> Answer {
        match call {
            Syscall::Fork {} => return self.fork(index),
            Syscall::Exit { status } => return self.exit(index, *status),
            Syscall::Wait4 { pid, .. } => return self.wait4(index, call, *pid),
            _ => {}
        }
        let Some(mut encoded) = encode(call) else {
            return Answer::Value(0);
        };
        if let Some((argument, text)) = encoded.text.take() {
            let slot = self.processes[index].slot;
            let mut bytes = self.own_path(text).into_bytes();
            bytes.push(0);
            bytes.truncate((DATA_AT - TEXT_AT) as usize);
            self.control.write(slot, TEXT_AT, &bytes);
            encoded.arguments[argument] = scratch_address(slot) + TEXT_AT;
        }
        self.run_one(index, Entry::call(encoded.number, &encoded.arguments))
    }

    /// The path in this machine's own part of /dev/shm.
    fn own_path(&mut self, path: String) -> String {
        let Some(name) = path.strip_prefix("/dev/shm/") else {
            return path;
        };
        let own = format!("/dev/shm/{}{name}", self.shared_memory_prefix());
        if !self.shared_memory_files.contains(&own) {
            self.shared_memory_files.push(own.clone());
        }
        own
    }

    fn shared_memory_prefix(&self) -> String {
        let unique = self.directory.file_name().unwrap_or_default();
        format!("{}.", unique.to_string_lossy())
    }

    fn fork(&mut self, index: usize) -> Answer {
        let used = |slot| self.processes.iter().any(|p| p.alive && p.slot == slot);
        let Some(slot) = (0..SLOTS).find(|slot| !used(*slot)) else {
            return Answer::Error(libc::EAGAIN);
        };
        self.control.reset(slot);
        let arguments = [libc::SYS_fork as u64, slot_address(slot), 0];
        let child = match self.run_one(index, Entry::access(Kind::Fork, arguments)) {
            Answer::Value(pid) => pid as i32,
            other => return other,
        };
        let number = self.processes.len();
        let Ok(process) = Process::open(child, slot, Some(index as u8)) else {
            return Answer::Lost;
        };
        self.processes.push(process);
        if self
            .prepare(number)
            .and_then(|()| self.start_counting(number))
            .is_none()
        {
            return Answer::Lost;
        }
        Answer::Value(number as u64)
    }

    fn exit(&mut self, index: usize, status: i32) -> Answer {
        // The agents die with their parents; a trace's children do not.
        let children: Vec<usize> = (0..self.processes.len())
            .filter(|i| self.processes[*i].alive)
            .filter(|i| self.processes[*i].parent == Some(index as u8))
            .collect();
        for child in children {
            let stay = Entry::call(libc::SYS_prctl, &[libc::PR_SET_PDEATHSIG as u64, 0]);
            self.run_one(child, stay);
        }
        let slot = self.processes[index].slot;
        let entry = Entry::call(libc::SYS_exit_group, &[i64::from(status) as u64]);
        self.control.start(slot, &[entry]);
        let exited = self.processes[index].wait_for_exit(PATIENCE);
        self.processes[index].alive = false;
        if exited { Answer::Exited } else { Answer::Lost }
    }

    fn wait4(&mut self, index: usize, call: &Syscall, pid: i32) -> Answer {
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

    /// Loads or stores in pieces that fit into the scratch memory.
    fn load_bytes(&mut self, index: usize, address: VirtAddr, length: u64) -> Answer {
        let slot = self.processes[index].slot;
        let data = scratch_address(slot) + DATA_AT;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        let mut at = address.0;
        for piece in bytes.chunks_mut(DATA_BYTES as usize) {
            let entry = Entry::access(Kind::Copy, [data, at, piece.len() as u64]);
            match self.run_one(index, entry) {
                Answer::Value(_) => self.control.read(slot, DATA_AT, piece),
                other => return other,
            }
            at = at.wrapping_add(piece.len() as u64);
        }
        Answer::Bytes(Rc::from(bytes))
    }

    fn store_bytes(&mut self, index: usize, address: VirtAddr, bytes: &[u8]) -> Answer {
        let slot = self.processes[index].slot;
        let data = scratch_address(slot) + DATA_AT;
        let mut at = address.0;
        for piece in bytes.chunks(DATA_BYTES as usize) {
            self.control.write(slot, DATA_AT, piece);
            let entry = Entry::access(Kind::Copy, [at, data, piece.len() as u64]);
            match self.run_one(index, entry) {
                Answer::Value(_) => {}
                other => return other,
            }
            at = at.wrapping_add(piece.len() as u64);
        }
        Answer::Value(0)
    }

    fn try_reset(&mut self) -> Option<()> {
        for process in self.processes.iter_mut().skip(1) {
            process.kill();
        }
        self.remove_files();
        if !self.processes.first()?.alive || self.keep_layout {
            return None;
        }
        let reap = Entry::call(libc::SYS_wait4, &[u64::MAX, 0, libc::WNOHANG as u64, 0]);
        for _ in 1..self.processes.len() {
            self.run_one(0, reap);
        }
        self.processes.truncate(1);
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
        if done.last()?.value as u64 != HEAP {
            return None;
        }
        self.set_limits()?;
        self.start_counting(0)
    }

    /// None where a trace has lowered a hard limit, which cannot be undone.
    fn set_limits(&self) -> Option<()> {
        let locked = (libc::RLIMIT_MEMLOCK, LOCKED_MEMORY_LIMIT);
        for (resource, limit) in [locked, (libc::RLIMIT_DATA, libc::RLIM_INFINITY)] {
            let limit = libc::rlimit {
                rlim_cur: limit,
                rlim_max: limit,
            };
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

    fn remove_files(&mut self) {
        for path in self.shared_memory_files.drain(..) {
            let _ = std::fs::remove_file(path);
        }
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten();
        for entry in entries.flatten() {
            // A file that stays is met by the next trace's O_EXCL or size.
            let _ = std::fs::remove_file(entry.path());
        }
    }

    fn end_root(&mut self) {
        for process in self.processes.iter_mut().rev() {
            process.kill();
        }
        if let Some(mut root) = self.root.take() {
            let _ = root.kill();
            let _ = root.wait();
        }
    }
}

impl Machine for Linux {
    fn reset(&mut self) {
        if self.try_reset().is_none() {
            self.end_root();
            // A machine that cannot start says `Lost` to each operation.
            if self.start_root().is_err() {
                self.processes.clear();
            }
        }
    }

    fn apply(&mut self, operation: &Operation) -> Answer {
        let index = usize::from(operation.process.0);
        match self.processes.get(index) {
            Some(process) if process.alive => {}
            Some(_) => return Answer::Exited,
            None => return Answer::Lost,
        }
        match &operation.action {
            Action::Call(call) => self.call(index, call),
            Action::LoadBytes { address, length } => self.load_bytes(index, *address, *length),
            Action::StoreBytes { address, bytes } => self.store_bytes(index, *address, bytes),
            Action::Load { address, width } => {
                let kind = match width {
                    Width::Byte => Kind::Load8,
                    Width::Half => Kind::Load16,
                    Width::Word => Kind::Load32,
                    Width::Long => Kind::Load64,
                };
                self.run_one(index, Entry::access(kind, [address.0, 0, 0]))
            }
            Action::Store {
                address,
                width,
                value,
            } => {
                let kind = match width {
                    Width::Byte => Kind::Store8,
                    Width::Half => Kind::Store16,
                    Width::Word => Kind::Store32,
                    Width::Long => Kind::Store64,
                };
                self.run_one(index, Entry::access(kind, [address.0, *value, 0]))
            }
            Action::CopyBytes { to, from, length } => {
                self.run_one(index, Entry::access(Kind::Copy, [to.0, from.0, *length]))
            }
            Action::FillBytes { to, byte, length } => {
                let arguments = [to.0, u64::from(*byte), *length];
                self.run_one(index, Entry::access(Kind::Fill, arguments))
            }
            Action::Fetch { address } => {
                self.run_one(index, Entry::access(Kind::Fetch, [address.0, 0, 0]))
            }
        }
    }

    fn observe(&mut self, detail: Detail) -> Observation {
        let mut classes = FrameClasses::default();
        let alive = (0..self.processes.len()).filter(|i| self.processes[*i].alive);
        let processes = alive
            .collect::<Vec<_>>()
            .into_iter()
            .map(|index| self.view(index, detail, &mut classes))
            .collect();
        Observation { processes }
    }
}

impl Linux {
    fn view(&mut self, index: usize, detail: Detail, classes: &mut FrameClasses) -> ProcessView {
        let vmas = match detail {
            Detail::Cheap => Vec::new(),
            Detail::Full => self.vmas(index),
        };
        let process = &self.processes[index];
        let mut pages = Vec::new();
        for (first, count) in crate::machine::ranges(&vmas) {
            let mut entries = [0; 256];
            let entries = &mut entries[..count as usize];
            process.pagemap(first, entries);
            for (page, entry) in (first..).zip(&*entries) {
                if entry & mask(PAGEMAP_BITS) != 0 {
                    pages.push(self.page(page, *entry, detail, classes));
                }
            }
        }
        ProcessView {
            process: operation::Process(index as u8),
            minor_faults: process.faults.0 - process.faults_before.0,
            major_faults: process.faults.1 - process.faults_before.1,
            pages,
            vmas,
        }
    }

    fn page(&self, page: u64, entry: u64, detail: Detail, classes: &mut FrameClasses) -> PageView {
        let frame = entry & ((1 << 55) - 1);
        let mapped = entry >> 63 != 0;
        let mut flags = [0];
        if detail == Detail::Full && mapped {
            read_words(&self.frame_flags, frame, &mut flags);
        }
        PageView {
            page,
            bits: entry & mask(PAGEMAP_BITS),
            frame: if mapped { classes.class(frame) } else { 0 },
            flags: flags[0] & mask(FRAME_BITS),
        }
    }

    fn vmas(&mut self, index: usize) -> Vec<smaps::VmaView> {
        self.text.clear();
        self.processes[index].smaps(&mut self.chunk, &mut self.text);
        let mut vmas = smaps::parse(&String::from_utf8_lossy(&self.text), COMPARED_START);
        let prefix = self.shared_memory_prefix();
        for vma in &mut vmas {
            if let Some(name) = vma.name.strip_prefix(&prefix) {
                vma.name = name.to_string();
            }
        }
        let slot = self.processes[index].slot;
        let most = DATA_BYTES / 32;
        for some in vmas.chunks_mut(32) {
            let pages = |vma: &smaps::VmaView| ((vma.end - vma.start) >> 12).min(most);
            let entries: Vec<Entry> = some
                .iter()
                .zip((scratch_address(slot) + DATA_AT..).step_by(most as usize))
                .map(|(vma, to)| Entry::call(libc::SYS_mincore, &[vma.start, pages(vma) << 12, to]))
                .collect();
            if self.run(index, &entries).is_none() {
                break;
            }
            for (vma, at) in some.iter_mut().zip((DATA_AT..).step_by(most as usize)) {
                vma.mincore = vec![0; pages(vma) as usize];
                self.control.read(slot, at, &mut vma.mincore);
            }
        }
        vmas
    }
}

impl Drop for Linux {
    fn drop(&mut self) {
        self.end_root();
        self.remove_files();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn answer(kind: Kind, done: Done) -> Answer {
    if done.signal != 0 {
        return Answer::Signal {
            number: done.signal as i32,
            code: done.code as i32,
            address: VirtAddr(done.address),
        };
    }
    let is_call = matches!(kind, Kind::Syscall | Kind::Fork);
    if is_call && (-4095..0).contains(&done.value) {
        return Answer::Error(-done.value as i32);
    }
    Answer::Value(done.value as u64)
}

fn memory_file(name: &std::ffi::CStr) -> io::Result<File> {
    // SAFETY: a plain system call; the descriptor is owned by the `File`.
    unsafe {
        let fd = libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(File::from_raw_fd(fd))
    }
}

/// Keeps this thread, and all agents that it starts, on the CPU where it is. Pages wait in lists of
/// their CPU before they are on the LRU, and the copy-on-write decision empties only its own CPU's.
fn stay_on_one_cpu() {
    // SAFETY: plain system calls on a set of this thread's own.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu().max(0) as usize, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
}
