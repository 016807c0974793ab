//! A process that starts (`Command::Spawn`; execve(2) of a fresh process).

use std::rc::Rc;

use abi::{Errno, Pid};

use crate::command::Executable;
use crate::event::Event;
use crate::kernel::Kernel;
use crate::outcome::{Failure, Reason};
use crate::task::{Task, Usage};

impl Kernel {
    /// A new process, child of none, that runs `executable`; gives its number.
    pub(crate) fn spawn(
        &mut self,
        executable: &Executable,
        arguments: &[Rc<str>],
    ) -> Result<u64, Failure> {
        let last = self.tasks.iter().map(|task| task.pid.0).max();
        let pid = Pid(last
            .unwrap_or(0)
            .checked_add(1)
            .ok_or_else(|| Failure::new(Errno::EAGAIN, Reason::TooManyProcesses))?);
        let mm = self.exec_mm(pid, executable, arguments)?;
        self.tasks.insert(Task {
            pid,
            parent: None,
            mm: Some(mm),
            program: Rc::clone(&executable.path),
            usage: Usage::default(),
        });
        self.emit(Event::TaskCreated { pid, parent: None });
        Ok(pid.0 as u64)
    }
}
