//! The whole modelled machine, and its one door: [`Kernel::apply`].
//!
//! The parts are plain data; each system call is a method of [`Kernel`] in the file of its name.

use std::rc::Rc;

use abi::{Pid, Syscall};

use crate::addr::MmId;
use crate::command::Command;
use crate::config::KernelConfig;
use crate::counters::Counters;
use crate::event::Event;
use crate::file::FileSystem;
use crate::mm::address_space::AddressSpace;
use crate::mm::lru::LruBatches;
use crate::mm::rmap::AnonVmas;
use crate::mm::table::Tables;
use crate::mm::tlb::Tlb;
use crate::mm::walk::LastLeaf;
use crate::outcome::{Outcome, Step};
use crate::persistent::Arena;
use crate::phys::frame::FrameTable;
use crate::task::table::TaskTable;

/// The modelled machine. Cloning it is cheap; clones share what neither has changed since.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(crate) config: Rc<KernelConfig>,
    pub(crate) tasks: TaskTable,
    pub(crate) mms: Arena<AddressSpace>,
    pub(crate) tables: Tables,
    pub(crate) frames: FrameTable,
    pub(crate) anon_vmas: AnonVmas,
    pub(crate) tlb: Tlb,
    pub(crate) last_leaf: LastLeaf,
    pub(crate) lru: LruBatches,
    pub(crate) files: FileSystem,
    /// Simulated time since the start, in nanoseconds.
    pub(crate) clock: u64,
    pub(crate) counters: Counters,
    pub(crate) events: Vec<Event>,
}

impl Kernel {
    /// A machine that was just started: no process, no file, RAM free.
    pub fn new(config: KernelConfig) -> Kernel {
        Kernel {
            tasks: TaskTable::default(),
            mms: Arena::default(),
            tables: Tables::default(),
            frames: FrameTable::new(config.frames, config.nodes),
            anon_vmas: AnonVmas::default(),
            tlb: Tlb::new(config.tlb_entries),
            last_leaf: LastLeaf::NONE,
            lru: LruBatches::default(),
            files: FileSystem::new(config.disk_blocks),
            clock: 0,
            counters: Counters::default(),
            events: Vec::new(),
            config: Rc::new(config),
        }
    }

    /// Does one command and tells all that it changed.
    pub fn apply(&mut self, command: Command) -> Step {
        self.clear_events();
        let outcome = self.execute(&command);
        Step {
            outcome,
            events: self.take_events(),
        }
    }

    /// As [`Kernel::apply`], but the events are added to [`Kernel::events`], for speed.
    #[inline]
    pub fn execute(&mut self, command: &Command) -> Outcome {
        match command {
            Command::Syscall { pid, call } => self.syscall(*pid, call),
            _ => self.execute_other(command),
        }
    }

    /// What is not a system call.
    fn execute_other(&mut self, command: &Command) -> Outcome {
        match command {
            Command::Syscall { pid, call } => self.syscall(*pid, call),
            Command::Load {
                pid,
                address,
                width,
            } => self.load(*pid, *address, *width),
            Command::Store {
                pid,
                address,
                width,
                value,
            } => self.store(*pid, *address, *width, *value),
            Command::LoadBytes {
                pid,
                address,
                length,
            } => self.load_bytes(*pid, *address, *length),
            Command::StoreBytes {
                pid,
                address,
                bytes,
            } => self.store_bytes(*pid, *address, bytes),
            Command::CopyBytes {
                pid,
                to,
                from,
                length,
            } => self.copy_bytes(*pid, *to, *from, *length),
            Command::FillBytes {
                pid,
                to,
                byte,
                length,
            } => self.fill_bytes(*pid, *to, *byte, *length),
            Command::Fetch { pid, address } => self.fetch(*pid, *address),
            Command::Spawn {
                executable,
                arguments,
            } => self.spawn(executable, arguments).into(),
            Command::Trap { pid, info } => self.raise_fault_signal(*pid, *info),
            Command::TakeSignal { pid } => self.take_signal(*pid),
            Command::AddFile { path, bytes } => self.add_file(path, bytes).map(|_| 0).into(),
            Command::Idle { nanoseconds } => self.idle(*nanoseconds),
            Command::DropCaches => {
                self.drop_caches();
                Outcome::Return(0)
            }
        }
    }

    #[inline(never)]
    fn syscall(&mut self, pid: Pid, call: &Syscall) -> Outcome {
        let Some((mm, parent)) = self
            .tasks
            .get(pid)
            .and_then(|task| Some((task.mm?, task.parent)))
        else {
            return Outcome::Exited;
        };
        self.counters.syscalls += 1;
        match call {
            Syscall::Getpid {} => Outcome::Return(pid.0 as u64),
            Syscall::Getppid {} => Outcome::Return(parent.unwrap_or(Pid(0)).0 as u64),
            _ => {
                let result = self.memory_call(pid, mm, call);
                self.drain_lru();
                result.into()
            }
        }
    }

    /// What happened since the events were last taken or cleared.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Takes the events.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Forgets the events, keeping their room.
    pub fn clear_events(&mut self) {
        self.events.clear();
    }

    /// How the machine is set up.
    pub fn config(&self) -> &KernelConfig {
        &self.config
    }

    /// Tells an event. It is made where it is kept: millions of them are told in a second.
    #[inline]
    pub(crate) fn emit(&mut self, event: impl FnOnce() -> Event) {
        self.events.extend(std::iter::once_with(event));
    }

    /// The address space of a process; none of one that has ended or never was.
    #[inline]
    pub(crate) fn mm_of(&self, pid: Pid) -> Option<MmId> {
        self.tasks.get(pid)?.mm
    }

    #[inline]
    pub(crate) fn mm(&self, mm: MmId) -> &AddressSpace {
        self.mms.get(mm.0)
    }

    #[inline]
    pub(crate) fn mm_mut(&mut self, mm: MmId) -> &mut AddressSpace {
        self.mms.get_mut(mm.0)
    }
}
