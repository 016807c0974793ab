//! Every process by its number.

use std::rc::Rc;

use abi::Pid;

use crate::persistent::unshared;
use crate::task::Task;

/// The number of the first process that is spawned.
pub const FIRST_PID: Pid = Pid(100);

/// Every process, by its number; those that a clone shares are copied on the first change.
#[derive(Clone, Debug, Hash)]
pub struct TaskTable {
    /// Ascending by number.
    tasks: Vec<(Pid, Rc<Task>)>,
    next: Pid,
}

impl Default for TaskTable {
    fn default() -> Self {
        TaskTable {
            tasks: Vec::new(),
            next: FIRST_PID,
        }
    }
}

impl TaskTable {
    /// The process.
    #[inline]
    pub fn get(&self, pid: Pid) -> Option<&Task> {
        let (_, task) = self.tasks.get(self.place_of(pid).ok()?)?;
        Some(task)
    }

    /// The process, to be changed.
    #[inline]
    pub fn get_mut(&mut self, pid: Pid) -> Option<&mut Task> {
        let place = self.place_of(pid).ok()?;
        let (_, task) = self.tasks.get_mut(place)?;
        Some(unshared(task))
    }

    /// Where the process is, or would be.
    #[inline]
    fn place_of(&self, pid: Pid) -> Result<usize, usize> {
        self.tasks.binary_search_by_key(&pid, |(pid, _)| *pid)
    }

    /// A number that no process has had.
    pub fn take_pid(&mut self) -> Option<Pid> {
        let pid = self.next;
        self.next = Pid(pid.0.checked_add(1)?);
        Some(pid)
    }

    /// Adds a process.
    pub fn insert(&mut self, task: Task) {
        if let Err(place) = self.place_of(task.pid) {
            self.tasks.insert(place, (task.pid, Rc::new(task)));
        }
    }

    /// Takes a process out.
    pub fn remove(&mut self, pid: Pid) {
        if let Ok(place) = self.place_of(pid) {
            self.tasks.remove(place);
        }
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
        self.tasks.iter().map(|(_, task)| task.as_ref())
    }
}
