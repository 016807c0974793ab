//! Who runs next, and what a pause means for the others.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::console::execute;
use super::*;

/// What a sched_yield(2) takes that finds nobody else to run.
const YIELD_NANOSECONDS: u64 = 1000;

impl Machine {
    /// Runs the first process that gets anywhere; none when all wait.
    pub(super) fn attempt_next(
        &mut self,
        kernel: &mut Kernel,
        pace: Pace,
        budget: u64,
    ) -> Option<Attempt> {
        let mut candidates = VecDeque::from(self.candidates());
        let mut rested = false;
        while let Some(pid) = candidates.pop_front() {
            if !self.may_try(kernel, pid) {
                continue;
            }
            if !rested && self.gave_way(pid) {
                // It has yielded, and nobody else can run: that takes time, in which a sleeper may wake.
                rested = true;
                if self.rest(kernel) {
                    candidates = self.candidates().into();
                    continue;
                }
            }
            let mut attempt = self.attempt(kernel, pid, pace, budget)?;
            if attempt.got_anywhere() {
                self.current = Some(pid);
                let prepared = std::mem::take(&mut self.prepared);
                if pace != Pace::Run {
                    let commands = prepared.iter().cloned();
                    attempt.report.account.commands.splice(0..0, commands);
                }
                return Some(self.settle(attempt));
            }
        }
        if self.processes.is_empty() {
            let report = Report::empty(None, Status::Finished);
            return Some(Attempt {
                pause: Pause::Ended,
                report,
                statements: 0,
                charged: 0,
            });
        }
        None
    }

    /// The current process first, unless it gave way; then those that did not, oldest first; then the others, in
    /// the order in which they gave way. What was typed where a program stands comes to its end before others go on.
    fn candidates(&self) -> Vec<Pid> {
        let mut pids: Vec<Pid> = self.processes.keys().copied().collect();
        pids.sort_by_key(|pid| {
            let process = self.processes.get(pid);
            let gave_way = process.map_or(0, |process| process.gave_way);
            let runs_input = process.is_some_and(|process| process.runs_input());
            let is_current = self.current == Some(*pid);
            (gave_way, Reverse(runs_input), Reverse(is_current), *pid)
        });
        pids
    }

    fn gave_way(&self, pid: Pid) -> bool {
        let process = self.processes.get(&pid);
        process.is_some_and(|process| process.gave_way != 0)
    }

    /// Lets the time of a fruitless sched_yield(2) pass; false when nobody sleeps.
    fn rest(&mut self, kernel: &mut Kernel) -> bool {
        let nanoseconds = YIELD_NANOSECONDS;
        let executed = execute(kernel, Command::Idle { nanoseconds });
        let passed = executed.outcome != Outcome::Return(0);
        if passed {
            Rc::make_mut(&mut self.prepared).push(executed);
        }
        passed
    }

    /// Whether a process could get anywhere, as far as can be told without trying.
    fn may_try(&self, kernel: &Kernel, pid: Pid) -> bool {
        let Some(process) = self.processes.get(&pid) else {
            return false;
        };
        match process.waiting {
            None | Some(Waiting::Kernel | Waiting::Stopped) => true,
            Some(Waiting::Semaphore(address)) => {
                let mut value = [0; 4];
                let read = kernel.look_at(pid, abi::VirtAddr(address), &mut value);
                read < 4 || value != [0; 4] || kernel.has_signal(pid)
            }
            Some(Waiting::Vfork(child)) => !self.processes.contains_key(&child),
            Some(Waiting::Input) => false,
        }
    }

    /// Runs a process until it pauses.
    fn attempt(
        &mut self,
        kernel: &mut Kernel,
        pid: Pid,
        pace: Pace,
        budget: u64,
    ) -> Option<Attempt> {
        let code = self.code.clone();
        let mut process = self.processes.remove(&pid)?;
        kernel.clear_events();
        let mut bus = Bus {
            kernel,
            pid,
            pace,
            was_waiting: false,
            applied: 0,
            budget,
            charged: 0,
            account: Account::default(),
            warned: Rc::make_mut(&mut self.warned),
        };
        let running = Rc::make_mut(&mut process);
        bus.was_waiting = running.waiting.is_some();
        let must_look = bus.was_waiting || self.current != Some(pid);
        running.gave_way = 0;
        let place = running.frame().map(look::place);
        let written_before = bus.kernel.written_so_far(pid);
        let mut pause = None;
        if must_look {
            bus.pace = if pace == Pace::Run {
                pace
            } else {
                Pace::Statement
            };
            // What a call waits for comes before the signal that comes with it.
            let calls_again = running.waiting == Some(Waiting::Kernel);
            let signal_first = bus.kernel.is_interrupted(pid) || bus.kernel.is_stopped(pid);
            if !calls_again || signal_first {
                pause = running.take_signals(&code, &mut bus);
            }
            bus.pace = pace;
        }
        let waited_for = running.waiting.take();
        let pause = pause.unwrap_or_else(|| running.run(&code, &mut bus));
        let (account, left) = (std::mem::take(&mut bus.account), bus.budget);
        let charged = bus.charged;
        let mut statements = budget.saturating_sub(left + charged).max(1);
        if matches!(pause, Pause::Waiting(_))
            && waited_for.is_some()
            && left == budget
            && account.is_empty()
            && !kernel.is_interrupted(pid)
            && kernel.written_so_far(pid) == written_before
        {
            // It still waits: nothing was done.
            running.waiting = waited_for;
            statements = 0;
        }
        let mut report = Report::empty(Some(pid), Status::Running);
        report.account = account;
        report.statement_ended = running.is_before_statement();
        report.place = place;
        self.processes.insert(pid, process);
        Some(Attempt {
            pause,
            report,
            statements,
            charged,
        })
    }

    /// Does what the pause asks for.
    fn settle(&mut self, mut attempt: Attempt) -> Attempt {
        let pid = self.current.unwrap_or_default();
        let report = &mut attempt.report;
        match &attempt.pause {
            Pause::Statement | Pause::Command => {}
            Pause::Waiting(waiting) => self.wait(pid, *waiting, report),
            Pause::InputDone => self.end_input(pid, report),
            Pause::Yielded => {
                self.turns += 1;
                let turns = self.turns;
                self.change(pid, |process| process.gave_way = turns);
            }
            Pause::Forked {
                child,
                result,
                is_vfork,
            } => {
                self.fork(pid, *child, *result, *is_vfork);
                report.child = Some(*child);
            }
            Pause::Ended => self.remove(pid),
            Pause::Budget => report.status = Status::BudgetSpent,
            Pause::Failed(message) => {
                report.status = Status::Failed((*message).into());
            }
        }
        for (ended, status) in &report.account.ended {
            self.remove(*ended);
            if *ended == self.first {
                self.status = Some(*status);
            }
        }
        if self.processes.is_empty() && report.status == Status::Running {
            report.status = Status::Finished;
        }
        attempt
    }

    /// A process is no more. One of vfork(2) leaves its changes to the variables that lie in registers, for on Linux
    /// they lie on the stack that its parent lent it.
    fn remove(&mut self, pid: Pid) {
        let Some(ended) = self.processes.remove(&pid) else {
            return;
        };
        let lender = ended.parent.filter(|parent| {
            let parent = self.processes.get(parent);
            parent.is_some_and(|parent| parent.waiting == Some(Waiting::Vfork(pid)))
        });
        if let Some(lender) = lender {
            self.change(lender, |process| process.take_back(&ended));
        }
    }

    fn wait(&mut self, pid: Pid, waiting: Waiting, report: &mut Report) {
        if waiting == Waiting::Input {
            self.end_input(pid, report);
        }
        self.change(pid, |process| process.waiting = Some(waiting));
    }

    fn end_input(&mut self, pid: Pid, report: &mut Report) {
        report.value = self.take_value(pid);
        report.statement_ended = true;
    }

    fn fork(&mut self, parent: Pid, child: Pid, result: u32, is_vfork: bool) {
        let Some(process) = self.processes.get(&parent) else {
            return;
        };
        let copy = process.fork(child, result);
        self.processes.insert(child, Rc::new(copy));
        if is_vfork {
            self.change(parent, |process| {
                process.waiting = Some(Waiting::Vfork(child))
            });
        }
    }

    pub(super) fn change(&mut self, pid: Pid, change: impl FnOnce(&mut Process)) {
        if let Some(process) = self.processes.get_mut(&pid) {
            change(Rc::make_mut(process));
        }
    }

    /// All processes wait: time passes until one wakes, if one does.
    pub(super) fn pass_time(&mut self, kernel: &mut Kernel) -> Status {
        let nanoseconds = u64::MAX;
        match kernel.execute(&Command::Idle { nanoseconds }) {
            Outcome::Return(passed) if passed > 0 => Status::Idle,
            _ if self
                .processes
                .values()
                .any(|p| p.waiting == Some(Waiting::Input)) =>
            {
                Status::Waiting
            }
            _ => Status::Deadlock,
        }
    }
}

impl Attempt {
    /// Whether anything was done beyond finding out that the process still waits.
    fn got_anywhere(&self) -> bool {
        self.statements > 0
    }
}

impl Account {
    fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.output.is_empty() && self.ended.is_empty()
    }
}
