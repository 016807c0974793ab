//! Statements: each begins with a mark, where a step can stop.

use crate::code::{Home, Instruction, Reg, SwitchTable, Target};
use crate::typed::{Block, Declare, Expr, LabelId, Stmt, StmtKind};
use crate::types::{LocalId, Type};

use super::defined::flag_of;
use super::{Enclosing, Lowering, RESULT_RECORD};

impl Lowering<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        if !block.has_vla {
            return self.statements(block);
        }
        self.with_temporaries(|l| {
            let saved = l.temporary();
            l.emit(Instruction::SaveStack { dst: saved });
            l.vla_blocks.push(saved);
            l.statements(block);
            l.vla_blocks.pop();
            l.emit(Instruction::RestoreStack { src: saved });
        });
    }

    fn statements(&mut self, block: &Block) {
        for statement in &block.statements {
            self.with_temporaries(|l| l.statement(statement));
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Empty => return,
            StmtKind::Label(label) => return self.label(*label),
            StmtKind::Block(block) => return self.block(block),
            StmtKind::While { condition, body } => {
                return self.while_loop(condition, body, statement);
            }
            StmtKind::DoWhile { body, condition } => return self.do_while_loop(body, condition),
            StmtKind::For {
                init,
                condition,
                step,
                body,
            } => {
                return self.for_loop(
                    (init.as_deref(), condition.as_ref(), step.as_ref()),
                    body,
                    statement,
                );
            }
            _ => self.mark(statement.span),
        }
        match &statement.kind {
            StmtKind::Expr(e) => self.effect(e),
            StmtKind::Result(e) => {
                let src = self.value(e);
                self.emit(Instruction::Result { src });
            }
            StmtKind::Declare(declarations) => {
                for declaration in declarations {
                    self.with_temporaries(|l| l.declare(declaration));
                }
            }
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.if_else(condition, then, otherwise.as_deref());
            }
            StmtKind::Switch {
                value,
                cases,
                default,
                body,
            } => {
                self.switch(value, cases, *default, body);
            }
            StmtKind::Break => self.leave(|enclosing| Some(enclosing.on_break)),
            StmtKind::Continue => self.leave(|enclosing| enclosing.on_continue),
            StmtKind::Return(value) => self.give_back(value.as_ref()),
            StmtKind::Goto(LabelId(target)) => {
                self.emit(Instruction::Jump { target: *target });
            }
            _ => {}
        }
    }

    fn label(&mut self, label: LabelId) {
        self.bind(label.0);
        self.defined.clear();
        // A jump may have left blocks with variable-length arrays.
        if self.vla_blocks.is_empty() {
            self.emit(Instruction::ResetStack);
        }
    }

    fn declare(&mut self, declaration: &Declare) {
        match declaration {
            Declare::Plain(local) => {
                if let Some(dst) = flag_of(&self.frame, *local) {
                    self.emit(Instruction::Constant { dst, value: 0 });
                    self.defined.remove(*local);
                }
            }
            Declare::Value(local, e) => self.declare_value(*local, e),
            Declare::List(list) => self.initialise(list),
            Declare::Vla { pointer, bytes } => {
                let bytes = self.value(bytes);
                if let Home::Register(dst) = self.home(*pointer) {
                    self.emit(Instruction::Allocate { dst, bytes });
                }
            }
        }
    }

    fn declare_value(&mut self, local: LocalId, e: &Expr) {
        match self.home(local) {
            Home::Register(dst) => {
                self.value_into(e, dst);
                self.define(local);
            }
            Home::Frame(offset) => {
                let src = self.value(e);
                if let Type::Record(_) = e.ty {
                    let to = self.temporary();
                    self.emit(Instruction::Offset {
                        dst: to,
                        base: Reg::FRAME,
                        offset,
                    });
                    self.copy(to, src, &e.ty);
                } else {
                    let ty = self.int_type(&e.ty);
                    self.emit(Instruction::Store {
                        ty,
                        src,
                        base: Reg::FRAME,
                        offset,
                    });
                }
            }
            Home::Variable(_) => {}
        }
    }

    fn if_else(&mut self, condition: &Expr, then: &Stmt, otherwise: Option<&Stmt>) {
        let on_false = self.new_label();
        self.branch(condition, on_false, false);
        let before = self.defined.clone();
        self.statement(then);
        let Some(otherwise) = otherwise else {
            self.bind(on_false);
            return self.defined.meet(&before);
        };
        let end = self.new_label();
        self.emit(Instruction::Jump { target: end });
        self.bind(on_false);
        let after_then = std::mem::replace(&mut self.defined, before);
        self.statement(otherwise);
        self.defined.meet(&after_then);
        self.bind(end);
    }

    /// A loop's body between the labels for `break` and `continue`; what it defines counts only within.
    fn body(&mut self, body: &Stmt, on_break: Target, on_continue: Target) {
        let before = self.defined.clone();
        self.enclosing.push(Enclosing {
            on_break,
            on_continue: Some(on_continue),
            vla_depth: self.vla_blocks.len(),
        });
        self.with_temporaries(|l| l.statement(body));
        self.enclosing.pop();
        self.defined.meet(&before);
    }

    fn while_loop(&mut self, condition: &Expr, body: &Stmt, statement: &Stmt) {
        let (top, test, end) = (self.new_label(), self.new_label(), self.new_label());
        self.emit(Instruction::Jump { target: test });
        self.bind(top);
        self.body(body, end, test);
        self.bind(test);
        self.mark(statement.span);
        self.branch(condition, top, true);
        self.bind(end);
    }

    fn do_while_loop(&mut self, body: &Stmt, condition: &Expr) {
        let (top, test, end) = (self.new_label(), self.new_label(), self.new_label());
        self.bind(top);
        self.body(body, end, test);
        self.bind(test);
        self.mark(condition.span);
        self.branch(condition, top, true);
        self.bind(end);
    }

    fn for_loop(
        &mut self,
        (init, condition, step): (Option<&Stmt>, Option<&Expr>, Option<&Expr>),
        body: &Stmt,
        statement: &Stmt,
    ) {
        if let Some(init) = init {
            self.statement(init);
        }
        let (top, next) = (self.new_label(), self.new_label());
        let (test, end) = (self.new_label(), self.new_label());
        self.emit(Instruction::Jump { target: test });
        self.bind(top);
        self.body(body, end, next);
        self.bind(next);
        if let Some(step) = step {
            self.mark(step.span);
            self.effect(step);
        }
        self.bind(test);
        match condition {
            Some(condition) => {
                self.mark(condition.span);
                self.branch(condition, top, true);
            }
            None => {
                self.mark(statement.span);
                self.emit(Instruction::Jump { target: top });
            }
        }
        self.bind(end);
    }

    fn switch(
        &mut self,
        value: &Expr,
        cases: &[(i64, LabelId)],
        default: Option<LabelId>,
        body: &Stmt,
    ) {
        let end = self.new_label();
        let mut table: Vec<(i64, Target)> = cases.iter().map(|&(v, label)| (v, label.0)).collect();
        table.sort_unstable_by_key(|&(value, _)| value);
        let index = self.switches.len() as u32;
        self.switches.push(SwitchTable {
            cases: table,
            default: default.map_or(end, |label| label.0),
        });
        self.with_temporaries(|l| {
            let src = l.value(value);
            l.emit(Instruction::Switch { src, table: index });
        });
        let before = self.defined.clone();
        self.enclosing.push(Enclosing {
            on_break: end,
            on_continue: None,
            vla_depth: self.vla_blocks.len(),
        });
        self.with_temporaries(|l| l.statement(body));
        self.enclosing.pop();
        self.defined.meet(&before);
        self.bind(end);
    }

    /// `break` and `continue`: to the innermost statement that has such a target.
    fn leave(&mut self, target: impl Fn(&Enclosing) -> Option<Target>) {
        let found = self.enclosing.iter().rev();
        let found = found
            .filter_map(|e| target(e).map(|t| (t, e.vla_depth)))
            .next();
        let Some((target, depth)) = found else {
            return;
        };
        if let Some(&src) = self.vla_blocks.get(depth) {
            self.emit(Instruction::RestoreStack { src });
        }
        self.emit(Instruction::Jump { target });
    }

    fn give_back(&mut self, value: Option<&Expr>) {
        let src = match value {
            Some(e) if e.ty == Type::Void => {
                self.effect(e);
                self.constant(0)
            }
            Some(e) => self.value(e),
            None => self.constant(0),
        };
        if let Type::Record(_) = self.function.ty.result {
            if value.is_some() {
                let ty = self.function.ty.result.clone();
                self.copy(RESULT_RECORD, src, &ty);
            }
            return self.emit(Instruction::Return { src: RESULT_RECORD });
        }
        self.emit(Instruction::Return { src });
    }
}
