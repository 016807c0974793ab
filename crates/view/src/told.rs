//! A step as it is told: what was asked of the kernel, what came of it, and the names to say it with.

use abi::{Pid, VirtAddr};
use kernel::addr::{InodeId, PageRange, Pfn, Vpn};
use kernel::{Command, Event, Fault, Outcome};

use crate::scene::BackingKind;

/// One step and the names of what it touched.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// Its number, from 1.
    pub step: u64,
    /// Whose step.
    pub pid: Pid,
    /// The statement, as it stands in the program.
    pub statement: &'a str,
    /// What was asked of the kernel; none where the statement asked nothing.
    pub command: Option<&'a Command>,
    /// What came of it.
    pub outcome: Option<&'a Outcome>,
    /// What happened, in order.
    pub events: &'a [Event],
    /// Whether the process waits in the middle of the statement.
    pub waits: bool,
    /// The names, as of after the step.
    pub names: &'a dyn Names,
}

/// What things are called.
pub trait Names {
    /// A file's name.
    fn file(&self, inode: InodeId) -> String;
    /// The name of the file that a process has open under a descriptor.
    fn descriptor(&self, pid: Pid, fd: i32) -> Option<String>;
    /// The mapping that holds a page.
    fn area(&self, pid: Pid, page: Vpn) -> Option<Area>;
    /// How the program would write this place: `ptr[0]`.
    fn spell(&self, pid: Pid, address: VirtAddr) -> Option<String>;
    /// A process's parent.
    fn parent(&self, pid: Pid) -> Option<Pid>;
    /// The processes that map a frame, each once.
    fn mappers(&self, frame: Pfn) -> Vec<Pid>;
}

/// A mapping, as far as sentences need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Pointer variables of the program that point into it.
    pub pointers: Vec<String>,
    /// Its pages.
    pub range: PageRange,
    /// `rw-p`
    pub permissions: String,
    /// What stands behind it.
    pub backing: BackingKind,
    /// Its file.
    pub file: Option<InodeId>,
    /// Whether stores are shared.
    pub shared: bool,
}

impl<'a> Told<'a> {
    /// The fault that the step is about: the last refused one, or else the first.
    pub fn fault(&self) -> Option<&'a Fault> {
        use kernel::FaultKind::{BusAdrErr, SegvAccErr, SegvMapErr};
        let refused = |fault: &&Fault| matches!(fault.kind, SegvMapErr | SegvAccErr | BusAdrErr);
        self.faults().find(refused).or_else(|| self.faults().next())
    }

    /// Every fault of the step.
    pub fn faults(&self) -> impl Iterator<Item = &'a Fault> + use<'a> {
        self.events.iter().filter_map(|event| match event {
            Event::Fault(fault) => Some(fault),
            _ => None,
        })
    }

    /// `Process 100`
    pub fn who(&self) -> String {
        format!("Process {}", self.pid)
    }

    /// The place as the program would write it, or the mapping that holds it: `` `ptr[0]` ``, `the heap`.
    pub fn place(&self, pid: Pid, address: VirtAddr) -> String {
        match self.names.spell(pid, address) {
            Some(spelled) => format!("`{spelled}`"),
            None => self.area_name(pid, Vpn::containing(address)),
        }
    }

    /// What to call the mapping that holds a page: `` `p` ``, `` `data` ``, `the heap`.
    pub fn area_name(&self, pid: Pid, page: Vpn) -> String {
        let Some(area) = self.names.area(pid, page) else {
            return format!("the memory at `{}`", page.address());
        };
        match (area.backing, area.pointers.first(), area.file) {
            (_, Some(pointer), _) => format!("`{pointer}`"),
            (BackingKind::Heap, ..) => "the heap".into(),
            (BackingKind::Stack, ..) => "the stack".into(),
            (BackingKind::Program, ..) if area.permissions.contains('w') => {
                "the program's data".into()
            }
            (BackingKind::Program, ..) if area.permissions.contains('x') => {
                "the program's code".into()
            }
            (BackingKind::Program, ..) => "the program's constants".into(),
            (BackingKind::Shmem, ..) => "shared memory".into(),
            (_, _, Some(inode)) => format!("`{}`", self.names.file(inode)),
            (BackingKind::Device, ..) => "a device".into(),
            _ => "anonymous memory".into(),
        }
    }

    /// What stands behind a page.
    pub fn backing(&self, pid: Pid, page: Vpn) -> Option<BackingKind> {
        Some(self.names.area(pid, page)?.backing)
    }

    /// The name of the file behind a page, if there is one.
    pub fn file_behind(&self, pid: Pid, page: Vpn) -> Option<String> {
        let inode = self.names.area(pid, page)?.file?;
        Some(self.names.file(inode))
    }
}

/// A small number in words where it reads better: `one page`, `3 pages`.
pub fn count(number: u64, noun: &str) -> String {
    match number {
        1 => format!("one {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// A stored or loaded value: a printable byte as a character, all else as a number.
pub fn value_words(value: u64, bytes: u64) -> String {
    match (bytes, u8::try_from(value)) {
        (1, Ok(byte @ 0x20..=0x7e)) => format!("'{}'", char::from(byte)),
        (8, _) if value >= 1 << 32 => format!("{value:#x}"),
        _ => value.to_string(),
    }
}
