//! The calls over processes and their limits.

use abi::{Prot, Resource, Syscall, VirtAddr, WaitFlags};
use kernel::Width;

use super::{Generator, MOST_PROCESSES};
use crate::machine::LOCKED_MEMORY_LIMIT;
use crate::operation::{Action, Operation, Process};

impl Generator {
    pub(super) fn fork(&mut self) -> Option<Action> {
        let room = self.shadow.processes.len() < MOST_PROCESSES;
        room.then_some(Action::Call(Syscall::Fork {}))
    }

    /// The first process stays: it is the others' ancestor.
    pub(super) fn exit(&mut self) -> Option<Action> {
        let status = self.rng.i32(0..256);
        (self.current != 0).then_some(Action::Call(Syscall::Exit { status }))
    }

    /// Waits, where that does not block.
    pub(super) fn wait(&mut self) -> Option<Action> {
        let status = if self.rng.bool() {
            VirtAddr::NULL
        } else {
            self.address(Prot::PROT_WRITE)
        };
        Some(Action::Call(Syscall::Wait4 {
            pid: -1,
            status,
            options: WaitFlags::WNOHANG,
        }))
    }

    /// setrlimit, with its structure stored first.
    pub(super) fn limit(&mut self) -> Option<Action> {
        let run = self
            .any_run()
            .filter(|run| run.page.prot.contains(Prot::PROT_WRITE))?;
        let limits = VirtAddr(run.start << 12);
        let resource = self.weighted(&[(1, Resource::LockedMemory), (1, Resource::Data)]);
        let pages = self.rng.u64(0..40);
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
