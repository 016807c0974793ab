//! Moving a part of a function into a function of its own.

use super::Place;
use std::collections::HashMap;
use walrus::ir::{self, Instr, InstrSeqId, InstrSeqType, LocalId};
use walrus::{FunctionBuilder, FunctionId, Module, ValType};

/// A way out of a part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Its sequence's end.
    End,
    /// A branch to a sequence around it; to the function's own, a return.
    Branch(InstrSeqId),
}

/// A part that is worth taking out.
pub struct Part {
    pub place: Place,
    pub parameters: Vec<LocalId>,
    /// The locals that it gives back.
    pub results: Vec<LocalId>,
    /// Each by its number; the end, if it is among them, is the first.
    pub exits: Vec<Exit>,
    /// What the way out carries; if that is anything, there is only one.
    pub carried: Vec<ValType>,
}

impl Part {
    /// Puts a call in place of the part, and what it did into the function that is called.
    pub fn take_out(&self, module: &mut Module, id: FunctionId) {
        let types = |module: &Module, locals: &[LocalId]| -> Vec<ValType> {
            let ty = |local: &LocalId| module.locals.get(*local).ty();
            locals.iter().map(ty).collect()
        };
        let numbered = self.exits.len() > 1;
        let parameters = types(module, &self.parameters);
        let mut results = self.carried.clone();
        results.extend(numbered.then_some(ValType::I32));
        results.extend(types(module, &self.results));

        let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
        let out_type = InstrSeqType::new(&mut module.types, &[], &self.carried);
        let out = builder.dangling_instr_seq(out_type).id();
        let way = module.locals.add(ValType::I32);
        let mut mover = Mover {
            part: self,
            builder,
            out,
            way,
            locals: HashMap::new(),
            sequences: HashMap::new(),
        };
        let arguments: Vec<_> = self
            .parameters
            .iter()
            .map(|local| mover.local(module, *local))
            .collect();
        let (sequence, from) = self.place;
        mover.instructions(module, id, self.place, out);
        let mut gives: Vec<Instr> = vec![ir::Block { seq: out }.into()];
        gives.extend(numbered.then(|| ir::LocalGet { local: way }.into()));
        for local in &self.results {
            let local = mover.local(module, *local);
            gives.push(ir::LocalGet { local }.into());
        }
        let mut builder = mover.builder;
        gives
            .into_iter()
            .for_each(|instruction| _ = builder.func_body().instr(instruction));
        let func = builder.finish(arguments, &mut module.funcs);

        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let entry = function.entry_block();
        let mut body = function.builder_mut().instr_seq(sequence);
        body.instrs_mut().truncate(from);
        for local in &self.parameters {
            body.local_get(*local);
        }
        body.call(func);
        for local in self.results.iter().rev() {
            body.local_set(*local);
        }
        let target = |exit: &Exit| match exit {
            Exit::End => sequence,
            Exit::Branch(to) => *to,
        };
        match self.exits.as_slice() {
            [] => _ = body.unreachable(),
            [Exit::End] => {}
            [Exit::Branch(to)] if *to == entry => _ = body.return_(),
            [Exit::Branch(to)] => _ = body.br(*to),
            [first, second] => {
                body.br_if(target(second));
                if let Exit::Branch(to) = first {
                    body.br(*to);
                }
            }
            [most @ .., last] => {
                let most = most.iter().map(target).collect();
                body.br_table(most, target(last));
            }
        }
    }
}

/// Copies a part into a function of its own.
struct Mover<'a> {
    part: &'a Part,
    builder: FunctionBuilder,
    /// The sequence that holds the part, behind which it is left.
    out: InstrSeqId,
    /// The local with the number of the way out.
    way: LocalId,
    locals: HashMap<LocalId, LocalId>,
    sequences: HashMap<InstrSeqId, InstrSeqId>,
}

impl Mover<'_> {
    fn local(&mut self, module: &mut Module, old: LocalId) -> LocalId {
        let ty = module.locals.get(old).ty();
        let locals = &mut module.locals;
        *self.locals.entry(old).or_insert_with(|| locals.add(ty))
    }

    /// The number of the way out by a branch to a sequence; none if that is copied as well.
    fn exit(&self, to: InstrSeqId) -> Option<usize> {
        let exits = &self.part.exits;
        let branch = exits.iter().position(|exit| *exit == Exit::Branch(to));
        let own = || (to == self.part.place.0).then_some(0);
        (!self.sequences.contains_key(&to)).then(|| branch.or_else(own).unwrap_or_default())
    }

    fn push(&mut self, into: InstrSeqId, instruction: impl Into<Instr>) {
        self.builder.instr_seq(into).instr(instruction);
    }

    /// Leaves by a way.
    fn leave(&mut self, into: InstrSeqId, exit: usize) {
        if exit > 0 {
            let value = ir::Value::I32(i32::try_from(exit).unwrap_or_default());
            self.push(into, ir::Const { value });
            self.push(into, ir::LocalSet { local: self.way });
        }
        self.push(into, ir::Br { block: self.out });
    }

    fn new_sequence(&mut self, ty: InstrSeqType) -> InstrSeqId {
        self.builder.dangling_instr_seq(ty).id()
    }

    /// Copies a sequence of the function `id`.
    fn nested(&mut self, module: &mut Module, id: FunctionId, old: InstrSeqId) -> InstrSeqId {
        let ty = module.funcs.get(id).kind.unwrap_local().block(old).ty;
        let new = self.new_sequence(ty);
        self.sequences.insert(old, new);
        self.instructions(module, id, (old, 0), new);
        new
    }

    /// Copies a sequence's instructions from a place on.
    fn instructions(
        &mut self,
        module: &mut Module,
        id: FunctionId,
        (old, from): Place,
        into: InstrSeqId,
    ) {
        let function = module.funcs.get(id).kind.unwrap_local();
        let entry = function.entry_block();
        let instructions = function.block(old).instrs[from..].to_vec();
        for (mut instruction, _) in instructions {
            match &mut instruction {
                Instr::LocalGet(get) => get.local = self.local(module, get.local),
                Instr::LocalSet(set) => set.local = self.local(module, set.local),
                Instr::LocalTee(tee) => tee.local = self.local(module, tee.local),
                Instr::Block(block) => block.seq = self.nested(module, id, block.seq),
                Instr::Loop(block) => block.seq = self.nested(module, id, block.seq),
                Instr::IfElse(both) => {
                    both.consequent = self.nested(module, id, both.consequent);
                    both.alternative = self.nested(module, id, both.alternative);
                }
                Instr::Return(_) => {
                    self.leave(into, self.exit(entry).unwrap_or_default());
                    continue;
                }
                Instr::Br(branch) => match self.exit(branch.block) {
                    Some(exit) => {
                        self.leave(into, exit);
                        continue;
                    }
                    None => branch.block = self.sequences[&branch.block],
                },
                Instr::BrIf(branch) => match self.exit(branch.block) {
                    Some(0) => branch.block = self.out,
                    Some(exit) => {
                        let consequent = self.new_sequence(InstrSeqType::Simple(None));
                        let alternative = self.new_sequence(InstrSeqType::Simple(None));
                        self.leave(consequent, exit);
                        self.push(
                            into,
                            ir::IfElse {
                                consequent,
                                alternative,
                            },
                        );
                        continue;
                    }
                    None => branch.block = self.sequences[&branch.block],
                },
                Instr::BrTable(table) => {
                    self.table(module, table.clone(), into);
                    continue;
                }
                _ => {}
            }
            self.push(into, instruction);
        }
    }

    /// Copies a `br_table`: what leaves by a numbered way gets a sequence behind which that is done.
    fn table(&mut self, module: &mut Module, mut table: ir::BrTable, into: InstrSeqId) {
        let all: Vec<_> = table
            .blocks
            .iter()
            .chain([&table.default])
            .copied()
            .collect();
        let mut exits: Vec<usize> = all
            .iter()
            .filter_map(|to| self.exit(*to))
            .filter(|exit| *exit > 0)
            .collect();
        exits.sort_unstable();
        exits.dedup();
        let index = module.locals.add(ValType::I32);
        if !exits.is_empty() {
            self.push(into, ir::LocalSet { local: index });
        }
        let mut around = HashMap::new();
        let mut innermost = into;
        let mut behind = Vec::new();
        for exit in exits {
            let seq = self.new_sequence(InstrSeqType::Simple(None));
            self.push(innermost, ir::Block { seq });
            behind.push((innermost, exit));
            around.insert(exit, seq);
            innermost = seq;
        }
        let target = |to: InstrSeqId| match self.exit(to) {
            Some(0) => self.out,
            Some(exit) => around[&exit],
            None => self.sequences[&to],
        };
        table.blocks = table.blocks.iter().map(|to| target(*to)).collect();
        table.default = target(table.default);
        if !around.is_empty() {
            self.push(innermost, ir::LocalGet { local: index });
        }
        self.push(innermost, table);
        for (sequence, exit) in behind {
            self.leave(sequence, exit);
        }
    }
}
