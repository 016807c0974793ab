//! The modelled kernel as a [`Machine`].

use std::rc::Rc;

use abi::{
    Disposition, Fd, MapFlags, Pid, Prot, SaFlags, Signal, SignalAction, SignalSet, Syscall,
    VirtAddr,
};
use kernel::{Command, Executable, Kernel, KernelConfig, Outcome, Segment};

use crate::machine::{self, COMPARED_START, HARNESS_PAGES, HEAP, Machine};
use crate::model_view::{Watched, answer, faults, observe};
use crate::observation::{Detail, Observation};
use crate::operation::{self, Action, Answer, Operation};
use crate::processor;

/// A kernel whose trace begins as the agents' do: one process, nothing mapped, its heap at [`HEAP`].
pub struct Model {
    fresh: Kernel,
    kernel: Kernel,
    processes: Vec<Process>,
}

#[derive(Clone, Copy)]
struct Process {
    pid: Pid,
    alive: bool,
    /// Minor and major faults when its part of the trace began.
    before: (u64, u64),
}

impl Model {
    /// The machine that is compared.
    pub fn new() -> Model {
        Model::with_config(machine::config())
    }

    /// A machine of this configuration.
    pub fn with_config(config: KernelConfig) -> Model {
        let mut kernel = Kernel::new(config);
        let executable = Executable {
            path: Rc::from("/agent"),
            file: Rc::from([]),
            segments: vec![Segment {
                address: VirtAddr(HEAP - 4096),
                offset: 0,
                file_length: 0,
                memory_length: 4096,
                prot: Prot::PROT_READ | Prot::PROT_WRITE,
            }],
        };
        let spawned = kernel.execute(&Command::Spawn {
            executable: Rc::new(executable),
            arguments: vec![Rc::from("agent")],
        });
        let pid = match spawned {
            Outcome::Return(pid) => Pid(pid as i32),
            // Every operation will be answered with `Lost`.
            _ => Pid(0),
        };
        let start = VirtAddr(0x1_0000);
        kernel.execute(&Command::Syscall {
            pid,
            call: Syscall::Munmap {
                address: start,
                length: kernel::addr::TASK_SIZE - start.0,
            },
        });
        map_harness(&mut kernel, pid);
        handle_signals(&mut kernel, pid);
        kernel.clear_events();
        let mut model = Model {
            fresh: kernel.clone(),
            kernel,
            processes: Vec::new(),
        };
        model.add(pid);
        model.processes[0].before = faults(&model.kernel, pid);
        model
    }

    /// The kernel in its present state.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    fn add(&mut self, pid: Pid) {
        self.processes.push(Process {
            pid,
            alive: true,
            before: (0, 0),
        });
    }

    fn answer(&mut self, action: &Action, outcome: Outcome) -> Answer {
        match (action, &outcome) {
            (Action::Call(Syscall::Fork {} | Syscall::Vfork {}), Outcome::Return(child)) => {
                self.add(Pid(*child as i32));
                Answer::Value(self.processes.len() as u64 - 1)
            }
            (Action::Call(Syscall::Wait4 { .. }), Outcome::Return(pid)) if *pid != 0 => {
                let mut numbers = self.processes.iter();
                let number = numbers.position(|process| process.pid.0 as u64 == *pid);
                Answer::Value(number.unwrap_or(0) as u64)
            }
            _ => answer(outcome),
        }
    }

    /// The action with the trace's process numbers as the kernel's.
    fn with_pids(&self, action: &Action) -> Action {
        let mut action = action.clone();
        if let Action::Call(Syscall::Wait4 { pid, .. } | Syscall::Kill { pid, .. }) = &mut action
            && *pid > 0
        {
            let process = usize::try_from(*pid)
                .ok()
                .and_then(|n| self.processes.get(n));
            *pid = process.map_or(i32::MAX, |process| process.pid.0);
        }
        action
    }
}

/// Maps as many pages as the harness has in a real process, all of them present, also in a child:
/// limits count them, and mlockall locks them.
fn map_harness(kernel: &mut Kernel, pid: Pid) {
    let address = VirtAddr(COMPARED_START / 2);
    let length = HARNESS_PAGES * 4096;
    let map = Syscall::Mmap {
        address,
        length,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
        flags: MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS | MapFlags::MAP_FIXED,
        fd: Fd(-1),
        offset: 0,
    };
    kernel.execute(&Command::Syscall { pid, call: map });
    kernel.execute(&Command::FillBytes {
        pid,
        to: address,
        byte: 0,
        length,
    });
    let protect = Syscall::Mprotect {
        address,
        length,
        prot: Prot::PROT_READ,
    };
    kernel.execute(&Command::Syscall { pid, call: protect });
}

/// Sets handlers, as the agent does, so that neither a fault nor a write that is refused kills.
fn handle_signals(kernel: &mut Kernel, pid: Pid) {
    let handler = Disposition::Handler(VirtAddr(HEAP));
    let dispositions = [
        (Signal::Segv, handler),
        (Signal::Bus, handler),
        (Signal::Pipe, Disposition::Ignore),
        (Signal::Xfsz, Disposition::Ignore),
    ];
    for (signal, disposition) in dispositions {
        let action = SignalAction {
            disposition,
            mask: SignalSet::default(),
            flags: SaFlags::SA_SIGINFO | SaFlags::SA_NODEFER,
        };
        kernel.execute(&Command::Syscall {
            pid,
            call: Syscall::Sigaction {
                signal: signal.number(),
                action: Some(action),
            },
        });
    }
}

impl Default for Model {
    fn default() -> Model {
        Model::new()
    }
}

impl Machine for Model {
    fn reset(&mut self) {
        self.kernel = self.fresh.clone();
        self.processes.truncate(1);
        self.processes[0].alive = true;
    }

    fn apply(&mut self, operation: &Operation) -> Answer {
        let index = usize::from(operation.process.0);
        let pid = match self.processes.get(index) {
            Some(process) if process.alive => process.pid,
            Some(_) => return Answer::Exited,
            None => return Answer::Lost,
        };
        if let Action::Call(call) = &operation.action
            && processor::decides(&self.kernel, pid, call)
        {
            return Answer::LeftOut;
        }
        let command = self.with_pids(&operation.action).command(pid);
        self.kernel.clear_events();
        let outcome = self.kernel.execute(&command);
        if let Outcome::Signal(_) = outcome {
            // The handler runs and returns; the trace goes on behind the access.
            self.kernel.execute(&Command::TakeSignal { pid });
            let call = Syscall::Sigreturn {};
            self.kernel.execute(&Command::Syscall { pid, call });
        }
        let answer = self.answer(&operation.action, outcome);
        if answer == Answer::Exited {
            self.processes[index].alive = false;
        }
        answer
    }

    fn observe(&mut self, detail: Detail) -> Observation {
        let numbered = self.processes.iter().zip(0..);
        let alive = numbered.filter(|(process, _)| process.alive);
        let watched = alive.map(|(process, number)| Watched {
            number: operation::Process(number),
            pid: process.pid,
            faults_before: process.before,
        });
        observe(&self.kernel, watched, detail)
    }
}
