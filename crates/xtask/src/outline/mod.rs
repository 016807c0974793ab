//! Takes out of the functions that the first picture runs the parts that it does not run, as functions of their own, which
//! `split.rs` can then move.
//!
//! A part is the end of a sequence of instructions: where control has left a sequence it does not come back into it. The
//! part's function is given the locals that the part reads, and gives back those that it sets and that are read behind it,
//! with the number of the way by which it was left.

mod liveness;
mod part;
#[cfg(test)]
mod tests;

use liveness::{Liveness, Locals};
use part::{Exit, Part};
use std::collections::HashSet;
use walrus::ir::{Instr, InstrLocId, InstrSeqId, InstrSeqType};
use walrus::{FunctionId, LocalFunction, Module, ValType};

/// Where control can come to, or not: an instruction of a sequence.
pub type Place = (InstrSeqId, usize);

/// The bytes that a part has to have beyond what stands in its place. Fewer make the first picture need less, and the
/// whole more: at 16 it is 2 KB and 7 KB.
pub const WORTH: usize = 64;

/// Whether an instruction of a sequence is its first one, or may not be reached though the one before was.
pub fn begins_place(instructions: &[(Instr, InstrLocId)], index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else {
        return true;
    };
    let (before, _) = &instructions[before];
    matches!(before, Instr::BrIf(_)) || !nested(before).is_empty()
}

/// The places of a function, its beginning first, in the same order each time it is parsed.
pub fn places(function: &LocalFunction) -> Vec<Place> {
    let (mut places, mut left) = (Vec::new(), vec![function.entry_block()]);
    while let Some(sequence) = left.pop() {
        let instructions = &function.block(sequence).instrs;
        for (index, (instruction, _)) in instructions.iter().enumerate() {
            if begins_place(instructions, index) {
                places.push((sequence, index));
            }
            left.extend(nested(instruction));
        }
    }
    places
}

/// The sequences in an instruction.
pub fn nested(instruction: &Instr) -> Vec<InstrSeqId> {
    match instruction {
        Instr::Block(block) => vec![block.seq],
        Instr::Loop(block) => vec![block.seq],
        Instr::IfElse(both) => vec![both.consequent, both.alternative],
        _ => Vec::new(),
    }
}

/// Takes what did not run out of a function that did, where it has at least `worth` bytes more than what comes instead (0: all of
/// it).
pub fn outline(module: &mut Module, id: FunctionId, ran: &HashSet<Place>, worth: usize) {
    let function = module.funcs.get(id).kind.unwrap_local();
    let chooser = Chooser {
        module,
        function,
        ran,
        worth,
        liveness: Liveness::of(function),
    };
    let mut parts = Vec::new();
    chooser.choose(function.entry_block(), &mut parts);
    for part in parts {
        part.take_out(module, id);
    }
}

/// What a part does.
#[derive(Default)]
struct Seen {
    inner: HashSet<InstrSeqId>,
    /// The sequences to which it branches, its own among them.
    branches: Vec<InstrSeqId>,
    read: Locals,
    set: Locals,
}

impl Seen {
    fn see(&mut self, function: &LocalFunction, instructions: &[(Instr, InstrLocId)]) {
        for (instruction, _) in instructions {
            match instruction {
                Instr::LocalGet(get) => _ = self.read.insert(get.local),
                Instr::LocalSet(set) => _ = self.set.insert(set.local),
                Instr::LocalTee(tee) => _ = self.set.insert(tee.local),
                Instr::Return(_) => self.branches.push(function.entry_block()),
                Instr::Br(branch) => self.branches.push(branch.block),
                Instr::BrIf(branch) => self.branches.push(branch.block),
                Instr::BrTable(table) => {
                    self.branches
                        .extend(table.blocks.iter().chain([&table.default]));
                }
                _ => {}
            }
            for inner in nested(instruction) {
                self.inner.insert(inner);
                self.see(function, &function.block(inner).instrs);
            }
        }
    }
}

/// Finds a function's parts.
struct Chooser<'a> {
    module: &'a Module,
    function: &'a LocalFunction,
    ran: &'a HashSet<Place>,
    worth: usize,
    liveness: Liveness,
}

impl Chooser<'_> {
    fn choose(&self, sequence: InstrSeqId, parts: &mut Vec<Part>) {
        let instructions = &self.function.block(sequence).instrs;
        for (index, (instruction, _)) in instructions.iter().enumerate() {
            let place = (sequence, index);
            if begins_place(instructions, index)
                && !self.ran.contains(&place)
                && let Some(part) = self.part(place)
            {
                parts.push(part);
                return;
            }
            for inner in nested(instruction) {
                self.choose(inner, parts);
            }
        }
    }

    /// The part that begins at a place, if it can be taken out and is worth it.
    fn part(&self, place: Place) -> Option<Part> {
        let (sequence, from) = place;
        let block = self.function.block(sequence);
        let instructions = &block.instrs[from..];
        let (_, begin) = instructions.first()?;
        let size = (block.end.data() as usize).checked_sub(begin.data() as usize)?;
        let open = !instructions.last().is_some_and(|(last, _)| ends(last));
        let left = self.height(instructions)?;
        if open && left != self.results(sequence)?.len() {
            return None;
        }

        let mut seen = Seen::default();
        seen.see(self.function, instructions);
        let is_loop = self.liveness.loops.contains(&sequence);
        let branches = seen.branches.iter().filter(|to| !seen.inner.contains(to));
        let mut exits: Vec<Exit> = branches
            .map(|to| match *to == sequence && !is_loop {
                true => Exit::End,
                false => Exit::Branch(*to),
            })
            .chain(open.then_some(Exit::End))
            .collect();
        exits.sort();
        exits.dedup();
        let carried = exits.iter().map(|exit| match *exit {
            Exit::End => self.results(sequence),
            Exit::Branch(to) => self.label(to),
        });
        let carried: Vec<Vec<ValType>> = carried.collect::<Option<_>>()?;
        let several = exits.len() > 1;
        let by_table = exits.len() > 2 && is_loop && exits[0] == Exit::End;
        if by_table || several && carried.iter().any(|types| !types.is_empty()) {
            return None;
        }

        let mut read_behind = Locals::new();
        for exit in &exits {
            read_behind.extend(match exit {
                Exit::End => &self.liveness.at_end[&sequence],
                Exit::Branch(to) => &self.liveness.at_label[to],
            });
        }
        let results: Vec<_> = seen.set.intersection(&read_behind).copied().collect();
        let touched: Locals = seen.read.iter().chain(&results).copied().collect();
        let before = &self.liveness.before[&place];
        let parameters: Vec<_> = touched.intersection(before).copied().collect();
        let call = 8 + 2 * (parameters.len() + results.len()) + 3 * exits.len();
        (self.worth == 0 || size >= call + self.worth).then(|| Part {
            place,
            parameters,
            results,
            exits,
            carried: carried.into_iter().next().unwrap_or_default(),
        })
    }

    /// The types that a sequence leaves; none where it also takes some.
    fn results(&self, sequence: InstrSeqId) -> Option<Vec<ValType>> {
        if sequence == self.function.entry_block() {
            let types = self.module.types.results(self.function.ty());
            return Some(types.to_vec());
        }
        match self.function.block(sequence).ty {
            InstrSeqType::Simple(result) => Some(result.into_iter().collect()),
            InstrSeqType::MultiValue(id) => {
                let (parameters, results) = self.module.types.params_results(id);
                parameters.is_empty().then(|| results.to_vec())
            }
        }
    }

    /// The types that a branch to a sequence takes along.
    fn label(&self, to: InstrSeqId) -> Option<Vec<ValType>> {
        let results = self.results(to)?;
        Some(match self.liveness.loops.contains(&to) {
            true => Vec::new(),
            false => results,
        })
    }

    /// How many values some instructions leave; none if they take any that stood there before, or are not known here.
    fn height(&self, instructions: &[(Instr, InstrLocId)]) -> Option<usize> {
        instructions
            .iter()
            .try_fold(0usize, |height, (instruction, _)| {
                let (takes, gives) = self.effect(instruction)?;
                Some(height.checked_sub(takes)? + gives)
            })
    }

    /// How many values an instruction takes and gives.
    fn effect(&self, instruction: &Instr) -> Option<(usize, usize)> {
        let call = |ty, more| {
            let (parameters, results) = self.module.types.params_results(ty);
            (parameters.len() + more, results.len())
        };
        let label = |to| Some(self.label(to)?.len());
        Some(match instruction {
            Instr::Block(block) => (0, self.results(block.seq)?.len()),
            Instr::Loop(block) => (0, self.results(block.seq)?.len()),
            Instr::IfElse(both) => (1, self.results(both.consequent)?.len()),
            Instr::Call(direct) => call(self.module.funcs.get(direct.func).ty(), 0),
            Instr::CallIndirect(indirect) => call(indirect.ty, 1),
            Instr::Br(branch) => (label(branch.block)?, 0),
            Instr::BrIf(branch) => (label(branch.block)? + 1, label(branch.block)?),
            Instr::BrTable(table) => (label(table.default)? + 1, 0),
            Instr::Return(_) => (self.results(self.function.entry_block())?.len(), 0),
            Instr::Unreachable(_) => (0, 0),
            Instr::LocalGet(_)
            | Instr::GlobalGet(_)
            | Instr::Const(_)
            | Instr::MemorySize(_)
            | Instr::TableSize(_)
            | Instr::RefNull(_)
            | Instr::RefFunc(_) => (0, 1),
            Instr::LocalSet(_) | Instr::GlobalSet(_) | Instr::Drop(_) => (1, 0),
            Instr::LocalTee(_)
            | Instr::Unop(_)
            | Instr::Load(_)
            | Instr::MemoryGrow(_)
            | Instr::TableGet(_)
            | Instr::RefIsNull(_) => (1, 1),
            Instr::Binop(_) | Instr::TableGrow(_) => (2, 1),
            Instr::Store(_) | Instr::TableSet(_) => (2, 0),
            Instr::Select(_) => (3, 1),
            Instr::MemoryCopy(_) | Instr::MemoryFill(_) | Instr::TableFill(_) => (3, 0),
            _ => return None,
        })
    }
}

/// Whether nothing comes behind an instruction.
fn ends(instruction: &Instr) -> bool {
    matches!(
        instruction,
        Instr::Br(_) | Instr::BrTable(_) | Instr::Return(_) | Instr::Unreachable(_)
    )
}
