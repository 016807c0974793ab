//! fork(2) and vfork(2): the child's side of everything but memory (kernel/fork.c).

use abi::{Errno, Pid};

use crate::addr::{MmId, OpenFileId};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};
use crate::task::{Progress, Task, TaskState, Usage, Wait};

/// As many processes as there may be.
const TOO_MANY: Failure = Failure::new(Errno::EAGAIN, Reason::TooManyProcesses);

impl Kernel {
    /// fork(2): gives the child's number, to the parent. The child starts runnable.
    pub(crate) fn sys_fork(&mut self, pid: Pid) -> Result<u64, Failure> {
        let child = self.next_pid()?;
        let mm = self.mm_of(pid).ok_or(TOO_MANY)?;
        let mm = self.dup_mm(mm, child)?;
        self.add_child(pid, child, mm)
    }

    /// vfork(2): the child uses the parent's memory, which waits until the child has ended.
    pub(crate) fn sys_vfork(&mut self, pid: Pid) -> Result<u64, Failure> {
        let child = self.next_pid()?;
        let mm = self.mm_of(pid).ok_or(TOO_MANY)?;
        self.mm_mut(mm).users += 1;
        let value = self.add_child(pid, child, mm)?;
        if let Some(parent) = self.tasks.get_mut(pid) {
            parent.state = TaskState::Blocked(Wait::Vfork(child));
        }
        Ok(value)
    }

    fn add_child(&mut self, pid: Pid, child: Pid, mm: MmId) -> Result<u64, Failure> {
        let parent = self.tasks.get(pid).ok_or(TOO_MANY)?;
        let task = Task {
            pid: child,
            parent: Some(pid),
            mm: Some(mm),
            state: TaskState::Runnable,
            signals: parent.signals.forked(),
            usage: Usage::default(),
            children_usage: Usage::default(),
            progress: Progress::default(),
            ..parent.clone()
        };
        let files: Vec<OpenFileId> = task.descriptors.iter().map(|(_, d)| d.file).collect();
        for file in files {
            self.files.hold(file);
        }
        self.tasks.insert(task);
        let parent = Some(pid);
        self.emit(|| Event::TaskCreated { pid: child, parent });
        Ok(child.0 as u64)
    }

    /// The number of the next process; EAGAIN where there are too many.
    pub(crate) fn next_pid(&mut self) -> Result<Pid, Failure> {
        if self.tasks.len() >= u64::from(self.config.max_processes) {
            return Err(TOO_MANY);
        }
        self.tasks.take_pid().ok_or(TOO_MANY)
    }
}
