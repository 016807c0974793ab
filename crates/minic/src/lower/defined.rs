//! Which locals certainly have a value, so that reads of the others can be checked while the program runs.
//!
//! A local declared without an initialiser that lives in a register gets a second register, its flag. Writes set
//! the flag and reads check it, but only where the straight way through the source does not settle the question.

use kernel::sorted_map::SortedMap;

use crate::code::Reg;
use crate::typed::{Block, Declare, Function, Stmt, StmtKind};
use crate::types::LocalId;

use super::Frame;

/// The locals that have a value on every way to the place being lowered.
#[derive(Clone, Debug, Default)]
pub(super) struct DefinedLocals(SortedMap<LocalId, ()>);

impl DefinedLocals {
    /// Gives a flag to each register local that is declared without a value.
    pub(super) fn reserve_flags(&mut self, frame: &mut Frame, function: &Function) {
        let mut declared = Vec::new();
        plain_declarations(&function.body, &mut declared);
        for local in declared {
            let named = function
                .locals
                .get(local.index())
                .is_some_and(|l| l.name.is_some());
            let in_register = matches!(
                frame.homes.get(local.index()),
                Some(crate::code::Home::Register(_))
            );
            let Some(None) = frame.flags.get(local.index()) else {
                continue;
            };
            if named
                && in_register
                && let Ok(register) = frame.register(function.span)
                && let Some(flag) = frame.flags.get_mut(local.index())
            {
                *flag = Some(register);
            }
        }
    }

    /// Whether the local has a value for certain.
    pub(super) fn contains(&self, local: LocalId) -> bool {
        self.0.contains_key(&local)
    }

    pub(super) fn insert(&mut self, local: LocalId) {
        self.0.insert(local, ());
    }

    pub(super) fn remove(&mut self, local: LocalId) {
        self.0.remove(&local);
    }

    /// A place that can be jumped to from anywhere: nothing is certain.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Two ways meet: certain is what is on both.
    pub(super) fn meet(&mut self, other: &DefinedLocals) {
        self.0.retain(|(local, ())| other.0.contains_key(local));
    }
}

/// The register that says whether a local has a value, if one is kept.
pub(super) fn flag_of(frame: &Frame, local: LocalId) -> Option<Reg> {
    frame.flags.get(local.index()).copied().flatten()
}

fn plain_declarations(block: &Block, found: &mut Vec<LocalId>) {
    for statement in &block.statements {
        plain_declarations_of(statement, found);
    }
}

fn plain_declarations_of(statement: &Stmt, found: &mut Vec<LocalId>) {
    match &statement.kind {
        StmtKind::Declare(declarations) => {
            for declaration in declarations {
                if let Declare::Plain(local) = declaration {
                    found.push(*local);
                }
            }
        }
        StmtKind::Block(block) => plain_declarations(block, found),
        StmtKind::If {
            then, otherwise, ..
        } => {
            plain_declarations_of(then, found);
            if let Some(otherwise) = otherwise {
                plain_declarations_of(otherwise, found);
            }
        }
        StmtKind::For { init, body, .. } => {
            if let Some(init) = init {
                plain_declarations_of(init, found);
            }
            plain_declarations_of(body, found);
        }
        StmtKind::While { body, .. }
        | StmtKind::DoWhile { body, .. }
        | StmtKind::Switch { body, .. } => plain_declarations_of(body, found),
        _ => {}
    }
}
