//! The end of a process (kernel/exit.c).

use abi::{Disposition, Pid, SaFlags, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::addr::OpenFileId;
use crate::event::Event;
use crate::file::FdTable;
use crate::kernel::Kernel;
use crate::outcome::Stop;
use crate::task::{INIT, TaskState, Wait};

impl Kernel {
    /// _exit(2)
    pub(crate) fn sys_exit(&mut self, pid: Pid, status: i32) -> Result<u64, Stop> {
        self.end_task(pid, (status & 0xff) << 8);
        Err(Stop::Exited)
    }

    /// Ends a process with a status as wait4(2) gives it: its memory and descriptors go, its children
    /// get a new parent, its own parent is told.
    pub(crate) fn end_task(&mut self, pid: Pid, status: i32) {
        let usage = self.usage(pid);
        let Some(task) = self.tasks.get_mut(pid).filter(|task| !task.is_zombie()) else {
            return;
        };
        task.usage = usage;
        task.state = TaskState::Zombie { status };
        let parent = task.parent;
        let mm = task.mm.take();
        let descriptors = std::mem::take(&mut task.descriptors);
        self.emit(|| Event::TaskExited { pid, status });
        if let Some(mm) = mm {
            self.drop_mm(mm);
        }
        self.drain_lru();
        self.close_all(&descriptors);
        self.reparent_children(pid);
        self.wake(|wait| *wait == Wait::Vfork(pid));
        match parent {
            Some(INIT) => self.reap(pid),
            Some(parent) => self.tell_parent(parent, pid, status),
            None => {}
        }
    }

    fn close_all(&mut self, descriptors: &FdTable) {
        let files: Vec<OpenFileId> = descriptors.iter().map(|(_, d)| d.file).collect();
        for file in files {
            self.release_open_file(file);
        }
    }

    /// The children of a process that ended are init's, which waits for each at once.
    fn reparent_children(&mut self, pid: Pid) {
        let children = self.tasks.iter().filter(|task| task.parent == Some(pid));
        let children: Vec<Pid> = children.map(|task| task.pid).collect();
        for child in children {
            if let Some(task) = self.tasks.get_mut(child) {
                task.parent = Some(INIT);
                if task.is_zombie() {
                    self.reap(child);
                }
            }
        }
    }

    /// SIGCHLD to the parent (`do_notify_parent`). One that ignores it never sees a zombie.
    fn tell_parent(&mut self, parent: Pid, child: Pid, status: i32) {
        let Some(task) = self.tasks.get(parent) else {
            return;
        };
        let action = task.signals.action(Signal::Chld);
        let uninterested = action.disposition == Disposition::Ignore
            || action.flags.contains(SaFlags::SA_NOCLDWAIT);
        if uninterested {
            self.reap(child);
        }
        let killed = status & 0x7f != 0;
        let info = SignalInfo {
            signal: Signal::Chld,
            code: match killed {
                true => SignalCode::ChildKilled,
                false => SignalCode::ChildExited,
            },
            address: VirtAddr::NULL,
            sender: Some(child),
            status: if killed { status & 0x7f } else { status >> 8 },
        };
        self.send_signal(parent, info);
        self.wake_parent(parent);
    }

    /// A parent that waits for a child looks again.
    pub(crate) fn wake_parent(&mut self, parent: Pid) {
        if let Some(task) = self.tasks.get_mut(parent) {
            task.wake(|wait| *wait == Wait::Child);
        }
    }

    /// A zombie is gone for good.
    pub(crate) fn reap(&mut self, pid: Pid) {
        self.tasks.remove(pid);
        self.emit(|| Event::TaskReaped { pid });
    }
}
