//! The calls over processes and their limits.

use abi::{Prot, Resource, Syscall, VirtAddr, WaitFlags};
use kernel::Width;

use super::{Generator, MOST_PROCESSES};
use crate::machine::{HARNESS_PAGES, LOCKED_MEMORY_LIMIT};
use crate::operation::{Action, Operation, Process};

impl Generator {
    pub(super) fn fork(&mut self) -> Option<Action> {
        let room = self.shadow.processes.len() < MOST_PROCESSES;
        room.then_some(Action::Call(Syscall::Fork {}))
    }

    pub(super) fn vfork(&mut self) -> Option<Action> {
        let room = self.shadow.processes.len() < MOST_PROCESSES;
        room.then_some(Action::Call(Syscall::Vfork {}))
    }

    /// The first process stays: it is the others' ancestor. So does one with a child that waits in
    /// vfork: the agents end with their parents unless they are told not to.
    pub(super) fn exit(&mut self) -> Option<Action> {
        let status = self.rng.i32(0..256);
        let parent = Some(self.current as u8);
        let waits = self
            .shadow
            .processes
            .iter()
            .any(|p| p.held && p.alive && p.parent == parent);
        (self.current != 0 && !waits).then_some(Action::Call(Syscall::Exit { status }))
    }

    /// Waits, but not for what would block: the machines' processes would wait too.
    pub(super) fn wait(&mut self) -> Option<Action> {
        let status = if self.rng.bool() {
            VirtAddr::NULL
        } else {
            self.address(Prot::PROT_WRITE)
        };
        let numbered = self.rng.i32(1..MOST_PROCESSES as i32);
        let nobody = [-7777, i32::MIN];
        let nobody = self.rng.choice(nobody).unwrap_or(0);
        let pid = self.weighted(&[(6, -1), (3, numbered), (1, 0), (1, nobody)]);
        let mut options = WaitFlags::WNOHANG;
        for flag in [WaitFlags::WUNTRACED, WaitFlags::WCONTINUED] {
            if self.once_in(6) {
                options |= flag;
            }
        }
        if self.odd() {
            options |= WaitFlags::from_bits_retain(0x100);
        }
        Some(Action::Call(Syscall::Wait4 {
            pid,
            status,
            options,
        }))
    }

    /// getrlimit, or setrlimit, mostly with its structure stored first.
    pub(super) fn limit(&mut self) -> Option<Action> {
        let resource = self.weighted(&[
            (4, Resource::LockedMemory),
            (4, Resource::Data),
            (2, Resource::AddressSpace),
            (2, Resource::Stack),
            (4, Resource::FileSize),
            (1, Resource::Unknown(99)),
        ]);
        match self.rng.u32(0..6) {
            0 | 1 => {
                let limits = self.address(Prot::PROT_WRITE);
                return Some(Action::Call(Syscall::Getrlimit { resource, limits }));
            }
            2 if self.odd() => {
                let limits = VirtAddr(1 << 47);
                return Some(Action::Call(Syscall::Setrlimit { resource, limits }));
            }
            _ => {}
        }
        let run = self
            .any_run()
            .filter(|run| run.page.prot.contains(Prot::PROT_WRITE))?;
        let limits = VirtAddr(run.start << 12);
        let mut pages = self.rng.u64(0..40);
        if resource == Resource::AddressSpace {
            pages += HARNESS_PAGES;
        }
        let process = Process(self.current as u8);
        let hard = match resource {
            Resource::LockedMemory => LOCKED_MEMORY_LIMIT,
            _ => u64::MAX,
        };
        for (offset, value) in [(0, pages << 12), (8, hard)] {
            self.queue.push_back(Operation {
                process,
                action: Action::Store {
                    address: limits.offset(offset),
                    width: Width::Long,
                    value,
                },
            });
        }
        self.queue.push_back(Operation {
            process,
            action: Action::Call(Syscall::Setrlimit { resource, limits }),
        });
        self.queue.pop_front().map(|operation| operation.action)
    }
}
