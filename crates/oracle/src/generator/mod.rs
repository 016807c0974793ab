//! Random traces, the same for the same seed, that steer to where machines err: neighbours, holes,
//! ends of files, partial pages, forks of touched and untouched memory.
//!
//! Each trace uses a random part of the vocabulary ("swarm testing"), so that rare combinations
//! come together often. [`shadow`] is what a trace's generator knows of the state.

mod access;
mod file;
mod memory;
mod name;
pub mod shadow;
mod task;

use std::collections::VecDeque;

use abi::VirtAddr;
use fastrand::Rng;

use crate::machine::{ARENA, ARENA_PAGES};
use crate::operation::{Action, Answer, Operation, Process};
use shadow::{FileKind, Run, Shadow};

/// The most processes that a trace makes, ended ones included.
const MOST_PROCESSES: usize = 7;

/// A trace in the making.
pub struct Generator {
    rng: Rng,
    shadow: Shadow,
    /// Each with its weight; weight 0 where this trace does without.
    actions: Vec<(u32, Make)>,
    /// What is to be done first or next.
    queue: VecDeque<Operation>,
    /// Who acts.
    current: usize,
    /// The part of the arena that the trace uses, in pages.
    active: u64,
    /// How much of what it does is odd: one in so many arguments.
    oddity: u32,
    /// Whether there are shared mappings.
    shared: bool,
    /// The kinds of files that it makes.
    kinds: Vec<FileKind>,
}

type Make = fn(&mut Generator) -> Option<Action>;

/// Everything that traces do: its name, the usual weight, and whether a trace may do without it.
const VOCABULARY: &[(&str, u32, bool, Make)] = &[
    ("load", 60, false, Generator::load),
    ("store", 70, false, Generator::store),
    ("load_bytes", 5, true, Generator::load_bytes),
    ("store_bytes", 5, true, Generator::store_bytes),
    ("copy_bytes", 4, true, Generator::copy_bytes),
    ("fill_bytes", 4, true, Generator::fill_bytes),
    ("fetch", 2, true, Generator::fetch),
    ("mmap", 50, false, Generator::mmap),
    ("munmap", 20, true, Generator::munmap),
    ("mprotect", 32, true, Generator::mprotect),
    ("mremap", 20, true, Generator::mremap),
    ("madvise", 26, true, Generator::madvise),
    ("guard", 3, true, Generator::guard),
    ("msync", 10, true, Generator::msync),
    ("mlock", 8, true, Generator::mlock),
    ("mlock_all", 3, true, Generator::mlock_all),
    ("mincore", 4, true, Generator::mincore),
    ("brk", 5, true, Generator::brk),
    ("read", 14, true, Generator::read),
    ("write", 14, true, Generator::write),
    ("truncate", 8, true, Generator::truncate),
    ("punch", 4, true, Generator::punch),
    ("allocate", 3, true, Generator::allocate),
    ("sync", 3, true, Generator::sync),
    ("advise_file", 6, true, Generator::advise_file),
    ("descriptor", 8, true, Generator::descriptor),
    ("new_file", 2, true, Generator::new_file),
    ("seek", 4, true, Generator::seek),
    ("name", 4, true, Generator::name),
    ("control", 4, true, Generator::control),
    ("fork", 9, true, Generator::fork),
    ("vfork", 2, true, Generator::vfork),
    ("exit", 5, true, Generator::exit),
    ("wait", 3, true, Generator::wait),
    ("limit", 1, true, Generator::limit),
];

/// The names by which actions can be chosen; `files` stands for traces that make files,
/// `shared` for shared mappings.
pub fn names() -> impl Iterator<Item = &'static str> {
    VOCABULARY
        .iter()
        .map(|(name, ..)| *name)
        .chain(["files", "shared"])
}

impl Generator {
    /// The trace of this seed, of actions of these names; of all where there are none.
    pub fn new(seed: u64, only: &[String]) -> Generator {
        let chosen = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
        let mut rng = Rng::with_seed(seed);
        let actions = VOCABULARY
            .iter()
            .map(|(name, weight, optional, make)| {
                let used = !optional || rng.u32(0..10) < 6;
                let emphasis = if rng.u32(0..8) == 0 { 4 } else { 1 };
                (
                    if used && chosen(name) {
                        weight * emphasis
                    } else {
                        0
                    },
                    *make,
                )
            })
            .collect();
        let active = [8, 12, 20, 32, 64, ARENA_PAGES][rng.usize(0..6)];
        let oddity = [20, 40, 100, 1000][rng.usize(0..4)];
        let mut generator = Generator {
            rng,
            shadow: Shadow::one_process(),
            actions,
            queue: VecDeque::new(),
            current: 0,
            active,
            oddity,
            shared: chosen("shared"),
            kinds: Vec::new(),
        };
        if chosen("files") {
            generator.plan_files();
        }
        generator
    }

    /// The next operation.
    pub fn operation(&mut self) -> Operation {
        if let Some(operation) = self.queue.pop_front() {
            return operation;
        }
        self.switch_process();
        let empty = self.shadow.processes[self.current].pages.is_empty();
        if empty
            && self.rng.u32(0..8) != 0
            && let Some(action) = self.mmap()
        {
            return self.by_current(action);
        }
        for _ in 0..20 {
            let total: u32 = self.actions.iter().map(|(weight, _)| weight).sum();
            if total == 0 {
                break;
            }
            let mut point = self.rng.u32(0..total);
            let chosen = self.actions.iter().find(|(weight, _)| {
                let here = point < *weight;
                point = point.wrapping_sub(*weight);
                here
            });
            let Some((_, make)) = chosen.copied() else {
                break;
            };
            if let Some(action) = make(self) {
                return self.by_current(action);
            }
        }
        // An action may have queued others and then failed; a load is always possible.
        let address = VirtAddr(ARENA);
        let width = kernel::Width::Byte;
        self.by_current(Action::Load { address, width })
    }

    /// Whether the trace's files are still being made.
    pub fn is_setting_up(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Takes note of what an operation did.
    pub fn learn(&mut self, operation: &Operation, answer: &Answer) {
        self.shadow.learn(operation, answer);
    }

    /// The operations that end a trace: each process loads every byte of what it has mapped.
    pub fn epilogue(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (number, process) in self.shadow.processes.iter().enumerate() {
            if process.can_act() {
                operations.extend(process.pages.keys().map(|page| Operation {
                    process: Process(number as u8),
                    action: Action::LoadBytes {
                        address: VirtAddr(page << 12),
                        length: 4096,
                    },
                }));
            }
        }
        operations
    }

    fn by_current(&self, action: Action) -> Operation {
        Operation {
            process: Process(self.current as u8),
            action,
        }
    }

    fn switch_process(&mut self) {
        let stay = self.rng.u32(0..4) != 0;
        if stay && self.shadow.processes[self.current].can_act() {
            return;
        }
        let running: Vec<usize> = (0..self.shadow.processes.len())
            .filter(|i| self.shadow.processes[*i].can_act())
            .collect();
        self.current = self.rng.choice(running).unwrap_or(0);
    }

    /// True once in `times`.
    fn once_in(&mut self, times: u32) -> bool {
        self.rng.u32(0..times) == 0
    }

    /// Whether to do something odd here.
    fn odd(&mut self) -> bool {
        let oddity = self.oddity;
        self.once_in(oddity)
    }

    /// One of several, each with its weight.
    fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        let total = choices.iter().map(|(weight, _)| weight).sum();
        let mut point = self.rng.u32(0..total);
        for (weight, choice) in choices {
            if point < *weight {
                return *choice;
            }
            point -= weight;
        }
        choices[0].1
    }

    fn runs(&self) -> Vec<Run> {
        self.shadow.processes[self.current].runs()
    }

    fn any_run(&mut self) -> Option<Run> {
        let runs = self.runs();
        self.rng.choice(runs)
    }

    /// A page of the active part of the arena.
    fn any_page(&mut self) -> u64 {
        (ARENA >> 12) + self.rng.u64(0..self.active)
    }

    /// A few pages, mostly very few.
    fn few_pages(&mut self) -> u64 {
        match self.rng.u32(0..8) {
            0..=2 => 1,
            3 | 4 => 2,
            5 | 6 => self.rng.u64(1..6),
            _ => self.rng.u64(1..20),
        }
    }

    /// A range of pages (first, count) that relates to what is mapped: a run, an end of one, a
    /// piece of its middle, a run and its neighbours; or any.
    fn range(&mut self) -> (u64, u64) {
        let Some(run) = self.any_run().filter(|_| self.rng.u32(0..12) != 0) else {
            return (self.any_page(), self.few_pages());
        };
        let length = run.end - run.start;
        let part = self.rng.u64(1..=length);
        match self.rng.u32(0..8) {
            0 | 1 => (run.start, length),
            2 => (run.start, part),
            3 => (run.end - part, part),
            4 | 5 => (run.start + self.rng.u64(0..=length - part), part),
            6 => {
                let before = self
                    .rng
                    .u64(0..3)
                    .min(run.start - (ARENA >> 12).min(run.start));
                (run.start - before, length + before + self.rng.u64(0..3))
            }
            _ => (run.end - part, part + self.few_pages()),
        }
    }

    /// The same in bytes; oddly unaligned, empty or endless.
    fn byte_range(&mut self) -> (VirtAddr, u64) {
        let (start, pages) = self.range();
        let (mut address, mut length) = (start << 12, pages << 12);
        if self.odd() {
            address += self.rng.u64(1..4096);
        }
        if self.once_in(6) {
            length -= self.rng.u64(0..4096);
        }
        if self.odd() {
            let top = 1_u64 << 47;
            length = self.weighted(&[
                (3, 0),
                (1, u64::MAX),
                (1, u64::MAX - 4095),
                (1, top),
                (1, top - address),
                (1, 1 << 63),
            ]);
        }
        (VirtAddr(address), length)
    }
}
