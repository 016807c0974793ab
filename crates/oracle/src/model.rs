//! The modelled kernel as a [`Machine`].

use std::rc::Rc;

use abi::{Disposition, Pid, Prot, SaFlags, Signal, SignalAction, SignalSet, Syscall, VirtAddr};
use kernel::addr::{PageRange, Vpn};
use kernel::observe::Mapcounts;
use kernel::{Command, Executable, Kernel, KernelConfig, Outcome, Segment};

use crate::machine::{HEAP, Machine, ranges};
use crate::observation::{
    Detail, FRAME_BITS, FrameClasses, Observation, PAGEMAP_BITS, PageView, ProcessView, mask,
};
use crate::operation::{self, Action, Answer, Operation};
use crate::smaps::{self, VmaView};

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
    /// A machine as `KernelConfig::linux()` describes it, its processes without privileges as the agents are.
    pub fn new() -> Model {
        Model::with_config(KernelConfig {
            privileged: false,
            ..KernelConfig::linux()
        })
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
        handle_faults(&mut kernel, pid);
        kernel.clear_events();
        let mut model = Model {
            fresh: kernel.clone(),
            kernel,
            processes: Vec::new(),
        };
        model.add(pid);
        model.processes[0].before = model.faults(pid);
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

    fn faults(&self, pid: Pid) -> (u64, u64) {
        let usage = self.kernel.tasks().get(pid).map(|task| task.usage);
        usage.map_or((0, 0), |usage| (usage.minor_faults, usage.major_faults))
    }

    fn answer(&mut self, action: &Action, outcome: Outcome) -> Answer {
        match outcome {
            Outcome::Return(value) => match action {
                Action::Call(Syscall::Fork {}) => {
                    self.add(Pid(value as i32));
                    Answer::Value(self.processes.len() as u64 - 1)
                }
                Action::Call(Syscall::Wait4 { .. }) => {
                    let number = self.processes.iter().position(|p| p.pid.0 as u64 == value);
                    Answer::Value(number.filter(|_| value != 0).unwrap_or(0) as u64)
                }
                _ => Answer::Value(value),
            },
            Outcome::Bytes(bytes) => Answer::Bytes(bytes),
            Outcome::Error { errno, .. } => Answer::Error(errno.number()),
            Outcome::Signal(info) => Answer::Signal {
                number: info.signal.number(),
                code: info.code.number(),
                address: info.address,
            },
            Outcome::Blocked => Answer::Blocked,
            Outcome::Exited => Answer::Exited,
            Outcome::Delivered(_) => Answer::Lost,
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

    fn view(&self, index: usize, detail: Detail, frames: &mut Frames<'_>) -> ProcessView {
        let Process { pid, before, .. } = self.processes[index];
        let faults = self.faults(pid);
        let vmas = match detail {
            Detail::Cheap => Vec::new(),
            Detail::Full => self.vmas(pid),
        };
        let mut pages = Vec::new();
        for (first, count) in ranges(&vmas) {
            let range = PageRange::new(Vpn(first), Vpn(first + count));
            for (page, entry) in self.kernel.entries(pid, range) {
                let bits = frames.mapcounts.pagemap_entry(entry);
                if bits & mask(PAGEMAP_BITS) == 0 {
                    continue;
                }
                let mut view = PageView {
                    page: page.0,
                    bits: bits & mask(PAGEMAP_BITS),
                    frame: 0,
                    flags: 0,
                };
                if entry.is_present() {
                    view.frame = frames.classes.class(entry.frame().0.into());
                    if detail == Detail::Full {
                        view.flags = self.kernel.page_flags(entry.frame()) & mask(FRAME_BITS);
                    }
                }
                pages.push(view);
            }
        }
        ProcessView {
            process: operation::Process(index as u8),
            minor_faults: faults.0.saturating_sub(before.0),
            major_faults: faults.1.saturating_sub(before.1),
            pages,
            vmas,
        }
    }

    fn vmas(&self, pid: Pid) -> Vec<VmaView> {
        let mut vmas = smaps::parse(&self.kernel.smaps_text(pid), 0);
        for vma in &mut vmas {
            let pages = ((vma.end - vma.start) >> 12).min(crate::machine::MINCORE_PAGES);
            let start = Vpn(vma.start >> 12);
            vma.mincore = self
                .kernel
                .resident_pages(pid, PageRange::new(start, start.plus(pages)));
        }
        vmas
    }
}

/// Sets handlers, as the agent does, so that a fault does not kill.
fn handle_faults(kernel: &mut Kernel, pid: Pid) {
    for signal in [Signal::Segv, Signal::Bus] {
        let action = SignalAction {
            disposition: Disposition::Handler(VirtAddr(HEAP)),
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

/// What one observation reads frames with.
struct Frames<'a> {
    mapcounts: Mapcounts<'a>,
    classes: FrameClasses,
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
        let mut frames = Frames {
            mapcounts: self.kernel.mapcounts(),
            classes: FrameClasses::default(),
        };
        let alive = (0..self.processes.len()).filter(|i| self.processes[*i].alive);
        let processes = alive
            .map(|index| self.view(index, detail, &mut frames))
            .collect();
        Observation { processes }
    }
}
