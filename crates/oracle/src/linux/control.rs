//! The control region: memory that the harness shares with every agent, one slot for each process.
//!
//! A slot: `request`, `reply` and the number of entries, what the agent keeps, the entries, scratch memory for strings
//! and buffers, and the stack on which signal handlers run.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::agent::FLUSH_PAGES;
use crate::machine::HARNESS_PAGES;

/// Where the region lies in the agents.
pub const CONTROL_ADDRESS: u64 = 0x12_0000;
/// The size of the region.
pub const CONTROL_BYTES: u64 = SLOT_BYTES * SLOTS as u64;
const _: () = assert!(CONTROL_BYTES / 4096 + 1 + FLUSH_PAGES == HARNESS_PAGES);
/// The most processes at a time.
pub const SLOTS: usize = 8;
/// Entries of a batch, at the most.
pub const MAX_ENTRIES: usize = 42;
/// Bytes of a slot's scratch memory.
pub const SCRATCH_BYTES: u64 = 3 * 4096;

/// The size of a slot, to which it is aligned.
pub const SLOT_BYTES: u64 = 8 * 4096;
const _: () = assert!(CONTROL_ADDRESS.is_multiple_of(SLOT_BYTES));
const ENTRY_BYTES: usize = 96;
const ENTRIES_AT: usize = 64;
const SCRATCH_AT: u64 = 4096;
const SIGNAL_STACK_AT: u64 = SCRATCH_AT + SCRATCH_BYTES;

/// What an entry asks the agent to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)] // The agent's code explains each.
pub enum Kind {
    Syscall = 0,
    Load8 = 1,
    Load16 = 2,
    Load32 = 3,
    Load64 = 4,
    Store8 = 5,
    Store16 = 6,
    Store32 = 7,
    Store64 = 8,
    Copy = 9,
    Fill = 10,
    Fork = 11,
    Fetch = 12,
}

/// One thing for an agent to do.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What.
    pub kind: Kind,
    /// The system call's number.
    pub number: i64,
    /// Its arguments, or those of the access.
    pub arguments: [u64; 6],
}

impl Entry {
    /// A system call.
    pub fn call(number: i64, arguments: &[u64]) -> Entry {
        let mut six = [0; 6];
        for (to, from) in six.iter_mut().zip(arguments) {
            *to = *from;
        }
        Entry {
            kind: Kind::Syscall,
            number,
            arguments: six,
        }
    }

    /// An access.
    pub fn access(kind: Kind, arguments: [u64; 3]) -> Entry {
        let [a, b, c] = arguments;
        Entry {
            kind,
            number: 0,
            arguments: [a, b, c, 0, 0, 0],
        }
    }
}

/// What came of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// The return value, as the kernel gives it.
    pub value: i64,
    /// The signal that the access raised, 0 for none.
    pub signal: u64,
    /// Its `si_code`.
    pub code: i64,
    /// Its `si_addr`.
    pub address: u64,
}

/// The harness's end of the region.
pub struct Control {
    memory: *mut u8,
    file: File,
}

impl Control {
    /// A new region, all of it in the page cache.
    pub fn new() -> io::Result<Control> {
        // SAFETY: plain system calls; the descriptor is owned by the new `File`.
        let file = unsafe {
            let fd = libc::memfd_create(c"mmap-lab-control".as_ptr(), 0);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            File::from_raw_fd(fd)
        };
        file.set_len(CONTROL_BYTES)?;
        // SAFETY: a new shared mapping of the whole file, unmapped in `drop`.
        let memory = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                CONTROL_BYTES as usize,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let memory = memory.cast::<u8>();
        // SAFETY: within the mapping; it brings every page into the page cache.
        unsafe { memory.write_bytes(0, CONTROL_BYTES as usize) };
        Ok(Control { memory, file })
    }

    /// The descriptor that an agent maps.
    pub fn fd(&self) -> i32 {
        self.file.as_raw_fd()
    }

    fn slot(&self, slot: usize) -> *mut u8 {
        assert!(slot < SLOTS, "slot {slot} of {SLOTS}");
        // SAFETY: within the mapping, as just checked.
        unsafe { self.memory.add(slot * SLOT_BYTES as usize) }
    }

    fn word(&self, slot: usize, index: usize) -> &AtomicU32 {
        // SAFETY: aligned, within the mapping, and accessed as an atomic alone.
        unsafe { &*self.slot(slot).cast::<AtomicU32>().add(index) }
    }

    /// Makes a slot ready for a new process.
    pub fn reset(&self, slot: usize) {
        for index in 0..8 {
            self.word(slot, index).store(0, Ordering::SeqCst);
        }
    }

    /// Hands a batch to the process of a slot, without waiting for it.
    pub fn start(&self, slot: usize, entries: &[Entry]) {
        assert!(entries.len() <= MAX_ENTRIES, "a batch of {}", entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let mut words = [entry.kind as u64, entry.number as u64, 0, 0, 0, 0, 0, 0];
            words[2..].copy_from_slice(&entry.arguments);
            // SAFETY: entry `index` lies within the slot's first page; the agent waits.
            unsafe {
                let at = self.slot(slot).add(ENTRIES_AT + index * ENTRY_BYTES);
                at.cast::<[u64; 8]>().write_volatile(words);
            }
        }
        self.word(slot, 2)
            .store(entries.len() as u32, Ordering::SeqCst);
        let request = self.word(slot, 0);
        request.fetch_add(1, Ordering::SeqCst);
        futex(request, libc::FUTEX_WAKE, 1, None);
    }

    /// Whether the process of the slot has answered; waits for it at most so long.
    pub fn wait(&self, slot: usize, at_most: Duration) -> bool {
        let wanted = self.word(slot, 0).load(Ordering::SeqCst);
        let reply = self.word(slot, 1);
        let deadline = std::time::Instant::now() + at_most;
        loop {
            let now = reply.load(Ordering::SeqCst);
            if now == wanted {
                return true;
            }
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return false;
            }
            futex(reply, libc::FUTEX_WAIT, now, Some(left));
        }
    }

    /// What came of the batch's entry `index`.
    pub fn done(&self, slot: usize, index: usize) -> Done {
        // SAFETY: within the slot's first page; the agent has answered.
        let words = unsafe {
            let at = self.slot(slot).add(ENTRIES_AT + index * ENTRY_BYTES + 64);
            at.cast::<[u64; 4]>().read_volatile()
        };
        Done {
            value: words[0] as i64,
            signal: words[1],
            code: words[2] as i64,
            address: words[3],
        }
    }

    /// Writes into a slot's scratch memory.
    pub fn write(&self, slot: usize, at: u64, bytes: &[u8]) {
        assert!(
            at + bytes.len() as u64 <= SCRATCH_BYTES,
            "beyond the scratch memory"
        );
        // SAFETY: within the slot, as just checked; the agent waits.
        unsafe {
            let to = self.slot(slot).add((SCRATCH_AT + at) as usize);
            to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
    }

    /// Reads a slot's scratch memory.
    pub fn read(&self, slot: usize, at: u64, bytes: &mut [u8]) {
        assert!(
            at + bytes.len() as u64 <= SCRATCH_BYTES,
            "beyond the scratch memory"
        );
        // SAFETY: within the slot, as just checked; the agent waits.
        unsafe {
            let from = self.slot(slot).add((SCRATCH_AT + at) as usize);
            from.copy_to_nonoverlapping(bytes.as_mut_ptr(), bytes.len());
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // SAFETY: the mapping that `new` made; nothing refers to it any more.
        unsafe { libc::munmap(self.memory.cast(), CONTROL_BYTES as usize) };
    }
}

/// The slot's address in its agent.
pub fn slot_address(slot: usize) -> u64 {
    CONTROL_ADDRESS + slot as u64 * SLOT_BYTES
}

/// The address of a slot's scratch memory in its agent.
pub fn scratch_address(slot: usize) -> u64 {
    slot_address(slot) + SCRATCH_AT
}

/// The address and size of a slot's signal stack in its agent.
pub fn signal_stack(slot: usize) -> (u64, u64) {
    (
        slot_address(slot) + SIGNAL_STACK_AT,
        SLOT_BYTES - SIGNAL_STACK_AT,
    )
}

fn futex(word: &AtomicU32, operation: i32, value: u32, timeout: Option<Duration>) {
    let timeout = timeout.map(|t| libc::timespec {
        tv_sec: t.as_secs() as i64,
        tv_nsec: i64::from(t.subsec_nanos()),
    });
    let timeout = timeout
        .as_ref()
        .map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the word outlives the call; a spurious return is harmless, callers look again.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, timeout) };
}
