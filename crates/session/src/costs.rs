//! What a program cost: the numbers by which two forms of one job are compared.

use kernel::{Command, Event, FaultKind, Kernel};

/// A program's costs so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// System calls.
    pub calls: u64,
    /// Times that the kernel copied bytes from or to user memory (read, write and their like).
    pub copies: u64,
    /// The bytes of these copies.
    pub bytes_copied: u64,
    /// Faults served without the disk.
    pub minor_faults: u64,
    /// Faults that waited for the disk.
    pub major_faults: u64,
    /// Faults refused with a signal.
    pub refused_faults: u64,
    /// Pages copied on write.
    pub pages_copied: u64,
    /// Blocks read from the disk.
    pub blocks_read: u64,
    /// Blocks written to it.
    pub blocks_written: u64,
    /// The most frames in use at once.
    pub most_frames: u64,
    /// Simulated nanoseconds.
    pub nanoseconds: u64,
}

impl Costs {
    /// Adds a command and what happened in it.
    pub fn add(&mut self, command: &Command, events: &[Event]) {
        self.calls += u64::from(matches!(command, Command::Syscall { .. }));
        for event in events {
            match event {
                Event::Copied { bytes, .. } => {
                    self.copies += 1;
                    self.bytes_copied = self.bytes_copied.saturating_add(*bytes);
                }
                Event::Fault(fault) => match fault.kind {
                    FaultKind::FileMajor | FaultKind::SwapIn => self.major_faults += 1,
                    FaultKind::SegvMapErr | FaultKind::SegvAccErr | FaultKind::BusAdrErr => {
                        self.refused_faults += 1;
                    }
                    _ => self.minor_faults += 1,
                },
                Event::CowBroken { .. } => self.pages_copied += 1,
                Event::BlockRead { .. } => self.blocks_read += 1,
                Event::BlockWritten { .. } => self.blocks_written += 1,
                _ => {}
            }
        }
    }

    /// Looks at the machine between two commands.
    pub fn look(&mut self, kernel: &Kernel) {
        let frames = kernel.frames();
        let used = u64::from(frames.total()) - u64::from(frames.free_count());
        self.most_frames = self.most_frames.max(used);
        self.nanoseconds = kernel.clock();
    }

    /// Each number with its name.
    pub const fn rows(&self) -> [(&'static str, u64); 11] {
        [
            ("system calls", self.calls),
            ("copies by the kernel", self.copies),
            ("bytes copied", self.bytes_copied),
            ("minor faults", self.minor_faults),
            ("major faults", self.major_faults),
            ("refused faults", self.refused_faults),
            ("pages copied on write", self.pages_copied),
            ("blocks read", self.blocks_read),
            ("blocks written", self.blocks_written),
            ("most frames in use", self.most_frames),
            ("simulated nanoseconds", self.nanoseconds),
        ]
    }
}
