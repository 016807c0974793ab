//! A program's start on both sides: the same segments, and after [`super::Check::make_equal`] the
//! same pages of them touched and the same bytes on the stack.

use std::io;

use abi::VirtAddr;
use kernel::{Executable, Width};

use super::Check;
use crate::linux::{Linux, Segment};
use crate::machine::Machine as _;
use crate::observation::{Detail, Difference, FrameClasses, Observation};
use crate::operation::{Action, Answer, Operation, Process};
use crate::smaps::{FIELDS, VmaView};

/// A real process with the segments of `executable`.
pub fn start_linux(executable: &Executable) -> io::Result<Linux> {
    let segments: Vec<Segment> = executable
        .segments
        .iter()
        .map(|segment| {
            let start = segment.offset as usize;
            let end = start.saturating_add(segment.file_length as usize);
            Segment {
                address: segment.address.0,
                bytes: executable.file.get(start..end).unwrap_or(&[]).to_vec(),
                memory_length: segment.memory_length,
                prot: segment.prot.bits(),
            }
        })
        .collect();
    Linux::with_program(&segments)
}

/// The VMAs that execve(2) made. Which of their pages are shared with the page cache and when they
/// were touched is execve's own, and so not compared; that they are there, and how, is.
#[derive(Clone, Debug, Default)]
pub struct Startup {
    ranges: Vec<(u64, u64)>,
}

impl Startup {
    fn covers(&self, start: u64, end: u64) -> bool {
        self.ranges
            .iter()
            .any(|(low, high)| *low < end && start < *high)
    }

    /// Takes out what is not compared; the frames of the rest are numbered anew.
    pub fn leave_out(&self, observation: &mut Observation) {
        let mut classes = FrameClasses::default();
        for process in &mut observation.processes {
            for vma in &mut process.vmas {
                if self.covers(vma.start, vma.end) {
                    vma.fields = [0; FIELDS.len()];
                    vma.mincore.clear();
                    // The executable's file is the agent's on the one side.
                    if !vma.name.starts_with('[') {
                        vma.name.clear();
                        vma.offset = 0;
                    }
                }
            }
            process
                .pages
                .retain(|page| !self.covers(page.page << 12, (page.page + 1) << 12));
            let mapped = process.pages.iter_mut().filter(|page| page.frame != 0);
            mapped.for_each(|page| page.frame = classes.class(page.frame.into()));
        }
    }
}

impl Check {
    /// Touches every page that execve(2) mapped, on both sides, and gives the real stack the
    /// model's bytes; what differs before the program's first command.
    pub(super) fn make_equal(&mut self) -> Option<Difference> {
        let vmas = self
            .model_view(Detail::Full)
            .processes
            .into_iter()
            .next()?
            .vmas;
        for vma in &vmas {
            self.startup.ranges.push((vma.start, vma.end));
            // The kernel's own pages are never stored to, and what they show is the machine's.
            if !vma.name.starts_with("[v") {
                self.touch(vma);
            }
        }
        let first = Process(0);
        self.linux.start_counting_of(first);
        self.twins[0].faults_before = crate::model_view::faults(&self.kernel, self.twins[0].pid);
        self.compare(Detail::Full)
    }

    fn touch(&mut self, vma: &VmaView) {
        let prot = |index: usize| vma.permissions[index] != b'-';
        let (readable, writable) = (prot(0), prot(1));
        for address in (vma.start..vma.end).step_by(4096).map(VirtAddr) {
            if readable && writable {
                let mut bytes = vec![0; 4096];
                let width = Width::Byte;
                let value = match self.both(Action::Load { address, width }) {
                    Answer::Value(value) => value,
                    _ => continue,
                };
                self.both(Action::Store {
                    address,
                    width,
                    value,
                });
                let pid = self.twins[0].pid;
                self.kernel.look_at(pid, address, &mut bytes);
                let bytes = bytes.into();
                self.linux_alone(Action::StoreBytes { address, bytes });
            } else if readable {
                let width = Width::Byte;
                self.both(Action::Load { address, width });
            }
        }
    }

    /// Has the first process do something on both sides; the model's answer.
    fn both(&mut self, action: Action) -> Answer {
        let pid = self.twins[0].pid;
        let outcome = self.kernel.execute(&action.command(pid));
        self.kernel.clear_events();
        self.linux_alone(action);
        crate::model_view::answer(outcome)
    }

    fn linux_alone(&mut self, action: Action) {
        let process = Process(0);
        self.linux.apply(&Operation { process, action });
    }
}
