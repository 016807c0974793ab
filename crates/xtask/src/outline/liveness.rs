//! Which locals of a WebAssembly function are read later, where.

use super::{Place, begins_place, nested};
use std::collections::{BTreeSet, HashMap, HashSet};
use walrus::LocalFunction;
use walrus::ir::{Instr, InstrSeqId, LocalId};

/// A set of locals.
pub type Locals = BTreeSet<LocalId>;

/// The locals that are read later.
#[derive(Default)]
pub struct Liveness {
    /// Before the instruction at a place.
    pub before: HashMap<Place, Locals>,
    /// Where a branch to a sequence goes: behind it, or to a loop's beginning.
    pub at_label: HashMap<InstrSeqId, Locals>,
    /// Behind a sequence's last instruction.
    pub at_end: HashMap<InstrSeqId, Locals>,
    /// The sequences that are loops.
    pub loops: HashSet<InstrSeqId>,
}

impl Liveness {
    /// That of a function.
    pub fn of(function: &LocalFunction) -> Liveness {
        let mut liveness = Liveness::default();
        let entry = function.entry_block();
        liveness.at_label.insert(entry, Locals::new());
        liveness.sequence(function, entry, Locals::new());
        liveness
    }

    /// From a sequence's end to its beginning.
    fn sequence(&mut self, function: &LocalFunction, id: InstrSeqId, behind: Locals) -> Locals {
        let instructions = &function.block(id).instrs;
        self.at_end.insert(id, behind.clone());
        let mut live = behind;
        for (index, (instruction, _)) in instructions.iter().enumerate().rev() {
            self.instruction(function, instruction, &mut live);
            if begins_place(instructions, index) {
                self.before.insert((id, index), live.clone());
            }
        }
        live
    }

    /// Over one instruction, backwards.
    fn instruction(&mut self, function: &LocalFunction, instruction: &Instr, live: &mut Locals) {
        match instruction {
            Instr::LocalGet(get) => {
                live.insert(get.local);
            }
            Instr::LocalSet(set) => {
                live.remove(&set.local);
            }
            Instr::LocalTee(tee) => {
                live.remove(&tee.local);
            }
            Instr::Unreachable(_) | Instr::Return(_) => live.clear(),
            Instr::Br(branch) => *live = self.at_label[&branch.block].clone(),
            Instr::BrIf(branch) => live.extend(&self.at_label[&branch.block]),
            Instr::BrTable(table) => {
                live.clear();
                for to in table.blocks.iter().chain([&table.default]) {
                    live.extend(&self.at_label[to]);
                }
            }
            Instr::Loop(block) => {
                self.loops.insert(block.seq);
                self.at_label.insert(block.seq, Locals::new());
                loop {
                    let begin = self.sequence(function, block.seq, live.clone());
                    if self.at_label[&block.seq] == begin {
                        *live = begin;
                        break;
                    }
                    self.at_label.insert(block.seq, begin);
                }
            }
            other => {
                let inner = nested(other);
                if inner.is_empty() {
                    return;
                }
                let behind = std::mem::take(live);
                for id in inner {
                    self.at_label.insert(id, behind.clone());
                    live.extend(self.sequence(function, id, behind.clone()));
                }
            }
        }
    }
}
