//! A process that starts (`Command::Spawn`; execve(2) of a fresh process).

use std::rc::Rc;

use abi::{Fd, OpenFlags};

use crate::command::Executable;
use crate::event::Event;
use crate::file::directory::absolute;
use crate::file::lookup::NO_SUCH_FILE;
use crate::file::{Descriptor, FdTable, OpenFile};
use crate::kernel::Kernel;
use crate::outcome::Failure;
use crate::task::limits::Limits;
use crate::task::signal_state::Signals;
use crate::task::{Progress, Task, TaskState, Usage};

impl Kernel {
    /// A new process, child of none, that runs `executable`; gives its number. Descriptors 0 to 2
    /// are the terminal.
    pub(crate) fn spawn(
        &mut self,
        executable: &Executable,
        arguments: &[Rc<str>],
    ) -> Result<u64, Failure> {
        let program = absolute(&executable.path)?;
        let pid = self.next_pid()?;
        let mm = self.exec_mm(pid, executable, arguments)?;
        self.drain_lru();
        let descriptors = self.terminal_descriptors()?;
        self.tasks.insert(Task {
            pid,
            parent: None,
            group: pid,
            mm: Some(mm),
            program: Rc::from(program),
            state: TaskState::Runnable,
            descriptors,
            limits: Limits::new(self.config.stack_limit),
            signals: Signals::default(),
            usage: Usage::default(),
            children_usage: Usage::default(),
            progress: Progress::default(),
        });
        self.emit(|| Event::TaskCreated { pid, parent: None });
        Ok(pid.0 as u64)
    }

    fn terminal_descriptors(&mut self) -> Result<FdTable, Failure> {
        let inode = self.files.directory.get("/dev/tty").ok_or(NO_SUCH_FILE)?;
        let mut table = FdTable::default();
        for fd in 0..3 {
            let mut file = OpenFile::new(inode, OpenFlags::O_RDWR, Rc::from("/dev/tty"));
            file.stream = fd;
            let descriptor = Descriptor {
                file: self.files.add_open_file(file),
                close_on_exec: false,
            };
            table.set(Fd(fd), descriptor);
        }
        Ok(table)
    }
}
