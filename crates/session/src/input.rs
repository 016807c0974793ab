//! What comes into a lab from outside: how it is set up, and what people give it while it runs.

use std::rc::Rc;

use abi::Pid;
use kernel::KernelConfig;

/// The machines to choose from.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Preset {
    /// Small enough to draw whole; each touch shows its own fault.
    #[default]
    Classroom,
    /// As measured on Linux 6.18.
    Linux,
}

impl Preset {
    /// The kernel's set-up.
    pub fn config(self) -> KernelConfig {
        match self {
            Preset::Classroom => KernelConfig::classroom(),
            Preset::Linux => KernelConfig::linux(),
        }
    }
}

/// A file for the lab's disk.
#[derive(Clone, PartialEq, Eq)]
pub struct LabFile {
    /// Its path.
    pub name: Rc<str>,
    /// Its bytes.
    pub bytes: Rc<[u8]>,
}

impl LabFile {
    /// The largest file that a lab takes, in bytes.
    pub const LARGEST: u64 = 64 << 20;

    /// A file of this name and these bytes.
    pub fn new(name: &str, bytes: &[u8]) -> LabFile {
        LabFile {
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

impl std::fmt::Debug for LabFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

/// How a lab begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Its machine.
    pub preset: Preset,
    /// The C program; empty for a console alone.
    pub program: Rc<str>,
    /// The files on its disk.
    pub files: Vec<LabFile>,
}

/// What comes while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Statements for a process, typed at the console or stood for by a click.
    Statement {
        /// Whose.
        pid: Pid,
        /// In C.
        text: Rc<str>,
    },
    /// A file for the disk.
    File(LabFile),
    /// From now on this process goes first whenever it can run.
    Prefer(Pid),
    /// Clean pages that nobody maps leave the page cache.
    DropCaches,
}
