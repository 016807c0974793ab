//! Every process by its number.

use std::collections::BTreeMap;
use std::rc::Rc;

use abi::Pid;

use crate::task::Task;

/// The number of the first process that is spawned.
pub const FIRST_PID: Pid = Pid(100);

/// Every process, by its number; those that a clone shares are copied on the first change.
#[derive(Clone, Debug, Hash)]
pub struct TaskTable {
    tasks: BTreeMap<Pid, Rc<Task>>,
    next: Pid,
}

impl Default for TaskTable {
    fn default() -> Self {
        TaskTable {
            tasks: BTreeMap::new(),
            next: FIRST_PID,
        }
    }
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

    /// A number that no process has had.
    pub fn take_pid(&mut self) -> Option<Pid> {
        let pid = self.next;
        self.next = Pid(pid.0.checked_add(1)?);
        Some(pid)
    }

    /// Adds a process.
    pub fn insert(&mut self, task: Task) {
        self.tasks.insert(task.pid, Rc::new(task));
    }

    /// Takes a process out.
    pub fn remove(&mut self, pid: Pid) {
        self.tasks.remove(&pid);
    }

    /// How many there are, zombies included.
    pub fn len(&self) -> u64 {
        self.tasks.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Every process, ascending: by age.
    pub fn iter(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().map(Rc::as_ref)
    }
}
