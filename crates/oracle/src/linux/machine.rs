//! The [`Machine`] of real processes: a trace's operations become batches for the agents.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::FromRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use abi::{Resource, Syscall, VirtAddr};
use kernel::Width;

use super::agent::{self, Segment};
use super::call::encode;
use super::control::{Control, Done, Entry, Kind, SCRATCH_BYTES, scratch_address};
use super::disk::Disk;
use super::process::{Process, read_words};
use crate::machine::{HEAP, Machine};
use crate::observation::{Detail, FrameClasses, Observation};
use crate::operation::{self, Action, Answer, Operation};

/// A trace whose processes take longer is not judged.
const PATIENCE: Duration = Duration::from_secs(10);
/// The scratch memory: rusage first, then a string, then the bytes of loads and stores.
const TEXT_AT: u64 = 256;
pub(super) const DATA_AT: u64 = 1024;
pub(super) const DATA_BYTES: u64 = SCRATCH_BYTES - DATA_AT;

/// A real Linux.
pub struct Linux {
    pub(super) control: Control,
    pub(super) executable: File,
    pub(super) standard: File,
    pub(super) directory: PathBuf,
    /// What is mounted there; none where there can be none.
    disk: Option<Disk>,
    /// Whether the program's own layout (stack, vdso, segments) is part of what is compared.
    pub(super) keep_layout: bool,
    /// The files of /dev/shm that the trace named, as they are really called.
    pub(super) shared_memory_files: Vec<String>,
    /// The first process, which is also the number of the group that all of them are.
    pub(super) root: Option<i32>,
    pub(super) processes: Vec<Process>,
    /// A process did not answer or end in time, or could not be looked at, for whatever reason: what
    /// is known of the processes may not be all. The machine gives no answer any more, and the next
    /// trace gets a new first process.
    pub(super) lost: bool,
    /// How long an agent may take for a batch, or for its end.
    pub(super) patience: Duration,
    pub(super) frame_flags: File,
    pub(super) chunk: Vec<u8>,
    pub(super) text: Vec<u8>,
}

impl Linux {
    /// Pages that a cold read of its files brings in at the most (`read_ahead_kb` of their disk).
    pub fn readahead(&self) -> Option<u64> {
        let device = std::fs::metadata(&self.directory).ok()?.dev();
        let (major, minor) = (libc::major(device), libc::minor(device));
        let path = format!("/sys/class/bdi/{major}:{minor}/read_ahead_kb");
        let kilobytes: u64 = std::fs::read_to_string(path).ok()?.trim().parse().ok()?;
        Some((kilobytes / 4).max(1))
    }

    /// The lowest address that a program without privileges may map.
    pub fn lowest_address() -> Option<u64> {
        let text = std::fs::read_to_string("/proc/sys/vm/mmap_min_addr").ok()?;
        text.trim().parse().ok()
    }

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
        let warn = |error: &io::Error| {
            eprintln!("mmap-lab: files are in {}: {error}", directory.display());
        };
        let disk = Disk::mount(&directory).inspect_err(warn).ok();
        stay_on_one_cpu();
        // SAFETY: a plain system call. Processes whose parent ends become this one's children.
        unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
        let mut linux = Linux {
            control: Control::new()?,
            executable,
            standard: memory_file(c"mmap-lab-console")?,
            directory,
            disk,
            keep_layout,
            shared_memory_files: Vec::new(),
            root: None,
            processes: Vec::new(),
            lost: false,
            patience: PATIENCE,
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

    /// Runs a batch in a process, and reads its fault counts after it; none when it was lost.
    pub(super) fn run(&mut self, index: usize, entries: &[Entry]) -> Option<Vec<Done>> {
        let slot = self.processes[index].slot;
        self.start(slot, &with_usage(entries, slot));
        self.finish(index)?;
        Some(
            (0..entries.len())
                .map(|i| self.control.done(slot, i))
                .collect(),
        )
    }

    /// Hands a batch to the process of a slot, without waiting for it.
    pub(super) fn start(&self, slot: usize, entries: &[Entry]) {
        // What this process itself has touched is not before the batch's pages.
        drain_lru();
        self.control.start(slot, entries);
    }

    /// Waits for the end of a batch that [`Linux::run`] or a vfork started.
    pub(super) fn finish(&mut self, index: usize) -> Option<()> {
        let slot = self.processes[index].slot;
        if !self.control.wait(slot, self.patience) {
            self.lost = true;
            return None;
        }
        drain_lru();
        let mut usage = [0; 80];
        self.control.read(slot, 0, &mut usage);
        let word = |at: usize| {
            usage[at..at + 8]
                .iter()
                .rev()
                .fold(0, |value: u64, byte| value << 8 | u64::from(*byte))
        };
        self.processes[index].faults = (word(64), word(72));
        Some(())
    }

    pub(super) fn run_one(&mut self, index: usize, entry: Entry) -> Answer {
        match self.run(index, &[entry]) {
            None => Answer::Lost,
            Some(done) => answer(entry.kind, done[0]),
        }
    }

    fn call(&mut self, index: usize, call: &Syscall) -> Answer {
        match call {
            Syscall::Fork {} => return self.fork(index),
            Syscall::Vfork {} => return self.vfork(index),
            Syscall::Setrlimit {
                resource: Resource::AddressSpace,
                ..
            } if self.keep_layout => return self.limit_address_space(index, call),
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

    pub(super) fn shared_memory_prefix(&self) -> String {
        let unique = self.directory.file_name().unwrap_or_default();
        format!("{}.", unique.to_string_lossy())
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
}

impl Machine for Linux {
    fn reset(&mut self) {
        let ended = self.end_children();
        self.remove_files();
        if ended.and_then(|()| self.try_reset()).is_none() {
            // What cannot start answers `Lost` to each operation.
            let _ = self.renew();
        }
    }

    fn renew(&mut self) -> io::Result<()> {
        self.end_root();
        self.remove_files();
        self.start_root().inspect_err(|_| self.lost = true)
    }

    fn apply(&mut self, operation: &Operation) -> Answer {
        let index = usize::from(operation.process.0);
        match self.processes.get(index) {
            _ if self.lost => return Answer::Lost,
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

impl Drop for Linux {
    fn drop(&mut self) {
        self.end_root();
        self.remove_files();
        if let Some(disk) = self.disk.take() {
            disk.unmount(&self.directory);
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A batch that ends with an empty TLB, and with reading the fault counts.
pub(super) fn with_usage(entries: &[Entry], slot: usize) -> Vec<Entry> {
    let mut batch = entries.to_vec();
    // What makes a page writable without a store (MADV_POPULATE_WRITE, mlock) leaves the TLB as it is.
    // Where a translation from a load before is still there by chance, the next store faults once more.
    for prot in [libc::PROT_NONE, libc::PROT_READ] {
        let flush = [agent::FLUSH_ADDRESS, agent::FLUSH_PAGES * 4096, prot as u64];
        batch.push(Entry::call(libc::SYS_mprotect, &flush));
    }
    batch.push(Entry::call(
        libc::SYS_getrusage,
        &[libc::RUSAGE_SELF as u64, scratch_address(slot)],
    ));
    batch
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

pub(super) fn memory_file(name: &std::ffi::CStr) -> io::Result<File> {
    // SAFETY: a plain system call; the descriptor is owned by the `File`.
    unsafe {
        let fd = libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(File::from_raw_fd(fd))
    }
}

/// Empties this CPU's lists of pages that wait for the LRU: what happens to them depends on what
/// waits before them, and MADV_FREE's pages lose their `referenced` when it is their turn, at any time.
pub(super) fn drain_lru() {
    #[repr(align(4096))]
    struct Page([u8; 4096]);
    static UNUSED: Page = Page([0; 4096]);
    let page = UNUSED.0.as_ptr().cast_mut().cast();
    // SAFETY: advice that changes no contents. It begins with emptying the lists.
    unsafe { libc::madvise(page, UNUSED.0.len(), libc::MADV_COLD) };
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
