//! Statements.

use super::checker::{Checker, Mode, Switch, UserLabel};
use crate::ast::{self, Label, Name, StmtKind as Ast};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::typed::{Block, Declare, LabelId, Stmt, StmtKind};
use crate::types::{IntType, Type};
use std::collections::HashSet;

/// How many values `case low ... high` may stand for.
const MAX_CASE_RANGE: i64 = 1000;

impl Checker<'_> {
    /// Statements in the scope that is open.
    pub fn statements(&mut self, statements: &[ast::Stmt]) -> Block {
        let mut checked = Vec::new();
        for statement in statements {
            if self.is_full() {
                break;
            }
            // The error is told; the statements behind it are checked all the same.
            let _ = self.statement(statement, &mut checked);
        }
        block(checked)
    }

    /// A statement; it may become several.
    pub fn statement(&mut self, statement: &ast::Stmt, out: &mut Vec<Stmt>) -> Checked<()> {
        let span = statement.span;
        let kind = match &statement.kind {
            Ast::Empty => StmtKind::Empty,
            Ast::Expr(expr) => StmtKind::Expr(self.rvalue(expr)?),
            Ast::Declaration(declaration) => return self.declaration(declaration, out),
            Ast::StaticAssert { condition, message } => {
                self.static_assert(condition, message.as_deref())?;
                StmtKind::Empty
            }
            Ast::Block(statements, whole) => {
                StmtKind::Block(self.scoped(whole.end, |checker| checker.statements(statements)))
            }
            Ast::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.condition(condition);
                let then = self.body(then);
                let otherwise = otherwise.as_ref().map(|otherwise| self.body(otherwise));
                StmtKind::If {
                    condition: condition?,
                    then,
                    otherwise,
                }
            }
            Ast::While { condition, body } => {
                let condition = self.condition(condition);
                let body = self.loop_body(body);
                StmtKind::While {
                    condition: condition?,
                    body,
                }
            }
            Ast::DoWhile { body, condition } => {
                let body = self.loop_body(body);
                let condition = self.condition(condition)?;
                StmtKind::DoWhile { body, condition }
            }
            Ast::For { whole, .. } => {
                let end = whole.end;
                return self.scoped(end, |checker| checker.for_statement(statement, out));
            }
            Ast::Switch { value, body } => self.switch(value, body)?,
            Ast::Break => {
                if self.frame().is_none_or(|frame| frame.breakable == 0) {
                    return self.fail(span, "`break` stands outside of any loop or switch");
                }
                StmtKind::Break
            }
            Ast::Continue => {
                if self.frame().is_none_or(|frame| frame.continuable == 0) {
                    return self.fail(span, "`continue` stands outside of any loop");
                }
                StmtKind::Continue
            }
            Ast::Return(value) => self.return_statement(value.as_ref(), span)?,
            Ast::Goto(name) => StmtKind::Goto(self.user_label(name, false)?),
            Ast::Labeled(labels, inner) => return self.labeled(labels, inner, span, out),
        };
        out.push(Stmt { kind, span });
        Ok(())
    }

    fn static_assert(&mut self, condition: &ast::Expr, message: Option<&str>) -> Checked<()> {
        if self.constant_integer(condition, "what `static_assert` checks")? != 0 {
            return Ok(());
        }
        let text = match message {
            Some(message) => format!("the static assertion does not hold: {message}"),
            None => "the static assertion does not hold".to_owned(),
        };
        self.fail(condition.span, text)
    }

    /// A statement that belongs to another one, in a scope of its own.
    fn body(&mut self, statement: &ast::Stmt) -> Box<Stmt> {
        let span = statement.span;
        let end = match &statement.kind {
            Ast::Block(_, whole) => whole.end,
            _ => span.end,
        };
        let mut out = Vec::new();
        // The error is told; the statement around goes on without this part.
        let _ = self.scoped(end, |checker| checker.statement(statement, &mut out));
        let only = if out.len() == 1 { out.pop() } else { None };
        Box::new(only.unwrap_or_else(|| Stmt {
            kind: StmtKind::Block(block(out)),
            span,
        }))
    }

    fn loop_body(&mut self, body: &ast::Stmt) -> Box<Stmt> {
        self.enter_loop(1);
        let body = self.body(body);
        self.enter_loop(-1);
        body
    }

    fn enter_loop(&mut self, by: i32) {
        if let Some(frame) = self.frame() {
            frame.breakable = frame.breakable.saturating_add_signed(by);
            frame.continuable = frame.continuable.saturating_add_signed(by);
        }
    }

    fn for_statement(&mut self, statement: &ast::Stmt, out: &mut Vec<Stmt>) -> Checked<()> {
        let Ast::For {
            init,
            condition,
            step,
            body,
            ..
        } = &statement.kind
        else {
            return Ok(());
        };
        let mut first = Vec::new();
        let mut result = Ok(());
        if let Some(init) = init {
            result = self.statement(init, &mut first);
        }
        let condition = condition
            .as_ref()
            .map(|condition| self.condition(condition))
            .transpose();
        let step = step.as_ref().map(|step| self.rvalue(step)).transpose();
        let body = self.loop_body(body);
        result?;
        let kind = StmtKind::For {
            init: first.pop().map(Box::new),
            condition: condition?,
            step: step?,
            body,
        };
        let span = statement.span;
        out.push(Stmt { kind, span });
        Ok(())
    }

    fn return_statement(&mut self, value: Option<&ast::Expr>, span: Span) -> Checked<StmtKind> {
        let wanted = self
            .frame()
            .map(|frame| (frame.result.clone(), frame.is_implicit));
        if self.mode == Mode::Console && self.frames.len() == 1 {
            let hint = "`exit(0)` ends the process";
            return Err(self.error_hint(span, "the console returns to nobody", hint));
        }
        let Some(value) = value else {
            return Ok(StmtKind::Return(None));
        };
        let value = self.rvalue(value)?;
        match wanted {
            Some((Type::Void, false)) if value.ty != Type::Void => {
                let hint = "a `void` function returns nothing: write `return;`";
                Err(self.error_hint(span, "this function returns no value", hint))
            }
            Some((Type::Void, _)) => Ok(StmtKind::Return(Some(value))),
            Some((wanted, _)) => Ok(StmtKind::Return(Some(self.convert(value, &wanted)?))),
            None => self.fail(span, "`return` stands outside of any function"),
        }
    }

    // Switch and labels.

    fn switch(&mut self, value: &ast::Expr, body: &ast::Stmt) -> Checked<StmtKind> {
        let value = self.rvalue(value);
        let value = value.and_then(|value| self.require_integer(value, "`switch`"));
        let value = value.map(|value| self.promote(value));
        let ty = match &value {
            Ok(value) => self.int_type(value).unwrap_or(IntType::Int),
            Err(_) => IntType::Long,
        };
        if let Some(frame) = self.frame() {
            frame.switches.push(Switch {
                ty,
                cases: Vec::new(),
                values: HashSet::new(),
                default: None,
            });
            frame.breakable = frame.breakable.saturating_add(1);
        }
        let body = self.body(body);
        let switch = self.frame().and_then(|frame| {
            frame.breakable = frame.breakable.saturating_sub(1);
            frame.switches.pop()
        });
        let (cases, default) =
            switch.map_or((Vec::new(), None), |switch| (switch.cases, switch.default));
        Ok(StmtKind::Switch {
            value: value?,
            cases,
            default,
            body,
        })
    }

    fn labeled(
        &mut self,
        labels: &[Label],
        inner: &ast::Stmt,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Checked<()> {
        let mut result = Ok(());
        for label in labels {
            match self.label(label, span) {
                Ok(id) => out.push(Stmt {
                    kind: StmtKind::Label(id),
                    span,
                }),
                Err(reported) => result = Err(reported),
            }
        }
        self.statement(inner, out).and(result)
    }

    fn label(&mut self, label: &Label, span: Span) -> Checked<LabelId> {
        match label {
            Label::Name(name) => self.user_label(name, true),
            Label::Case(low, high) => {
                let low_value = self.constant_integer(low, "a `case`")?;
                let high_value = match high {
                    Some(high) => self.constant_integer(high, "a `case`")?,
                    None => low_value,
                };
                self.case(low_value, high_value, low.span)
            }
            Label::Default(at) => {
                let Some(switch) = self.frame().and_then(|frame| frame.switches.last_mut()) else {
                    return self.fail(span, "`default` stands outside of any switch");
                };
                if switch.default.is_some() {
                    return self.fail(*at, "this switch has a `default` already");
                }
                let id = self.frame().map_or(LabelId(0), |frame| frame.new_label());
                if let Some(switch) = self.frame().and_then(|frame| frame.switches.last_mut()) {
                    switch.default = Some(id);
                }
                Ok(id)
            }
        }
    }

    fn case(&mut self, low: i64, high: i64, span: Span) -> Checked<LabelId> {
        if !(0..MAX_CASE_RANGE).contains(&high.saturating_sub(low)) {
            return self.fail(span, "this range of cases is empty or too long");
        }
        let Some(frame) = self.frame().filter(|frame| !frame.switches.is_empty()) else {
            return self.fail(span, "`case` stands outside of any switch");
        };
        let id = frame.new_label();
        let mut double = None;
        if let Some(switch) = frame.switches.last_mut() {
            for value in low..=high {
                let value = switch.ty.wrap(value);
                if switch.values.insert(value) {
                    switch.cases.push((value, id));
                } else {
                    double = Some(value);
                }
            }
        }
        match double {
            Some(value) => self.fail(span, format!("this switch has a case for {value} already")),
            None => Ok(id),
        }
    }

    /// A user's label, where it stands or where a `goto` names it.
    fn user_label(&mut self, name: &Name, is_definition: bool) -> Checked<LabelId> {
        let Some(frame) = self.frame() else {
            return self.fail(name.span, "a label stands outside of any function");
        };
        if let Some(label) = frame.labels.get_mut(&name.text) {
            let id = label.id;
            if is_definition && std::mem::replace(&mut label.is_defined, true) {
                return self.fail(
                    name.span,
                    format!("the label `{}` is there twice", name.text),
                );
            }
            return Ok(id);
        }
        let id = frame.new_label();
        let label = UserLabel {
            id,
            span: name.span,
            is_defined: is_definition,
        };
        frame.labels.insert(name.text.clone(), label);
        Ok(id)
    }
}

/// A block of statements.
fn block(statements: Vec<Stmt>) -> Block {
    let is_vla = |declare: &Declare| matches!(declare, Declare::Vla { .. });
    let has_vla = statements.iter().any(|statement| match &statement.kind {
        StmtKind::Declare(declares) => declares.iter().any(is_vla),
        _ => false,
    });
    Block {
        statements,
        has_vla,
    }
}
