//! Every process by its number.

use std::collections::BTreeMap;
use std::rc::Rc;

use abi::Pid;

use crate::task::Task;

/// Every process, by its number; those that a clone shares are copied on the first change.
#[derive(Clone, Debug, Default)]
pub struct TaskTable {
    tasks: BTreeMap<Pid, Rc<Task>>,
}

impl TaskTable {
    /// The process.
    #[inline]
    pub fn get(&self, pid: Pid) -> Option<&Task> {
        self.tasks.get(&pid).map(Rc::as_ref)
    }

    /// The process, to be changed.
    #[inline]
    pub fn get_mut(&mut self, pid: Pid) -> Option<&mut Task> {
        self.tasks.get_mut(&pid).map(Rc::make_mut)
    }

    /// Adds a process.
    pub fn insert(&mut self, task: Task) {
        self.tasks.insert(task.pid, Rc::new(task));
    }

    /// Every process, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().map(Rc::as_ref)
    }
}
