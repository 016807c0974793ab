//! What the typed tree promises to the back end, checked on a whole program.

use crate::typed::{
    Block, Callee, Declare, Expr, ExprKind, Function, InitValue, Initialise, Place, PlaceKind,
    Program, Stmt, StmtKind, Storage, Target,
};
use crate::types::{IntType, LocalId, Type};
use std::collections::HashSet;
use std::rc::Rc;

/// Panics where a program breaks a promise of [`crate::typed`].
pub fn verify(program: &Program) {
    for global in &program.globals {
        assert_eq!(
            program.types.size_of(&global.ty.ty).unwrap_or(0),
            global.size,
            "{}",
            global.name
        );
        let ends = global
            .data
            .iter()
            .map(|d| (d.offset, d.offset + d.bytes.len() as u64));
        let mut last = 0;
        for (start, end) in ends {
            assert!(
                last <= start && start < end && end <= global.size,
                "{}",
                global.name
            );
            last = end;
        }
        for relocation in &global.relocations {
            assert!(relocation.offset + 8 <= global.size);
            match relocation.target {
                Target::String(id) => assert!(id.index() < program.strings.len()),
                Target::Global(id) => assert!(id.index() < program.globals.len()),
                Target::Function(id) => assert!(id.index() < program.functions.len()),
            }
        }
    }
    for string in &program.strings {
        assert_eq!(string.last(), Some(&0));
    }
    assert!(program.entry.index() < program.functions.len());
    for function in &program.functions {
        let mut verifier = Verifier {
            program,
            function,
            defined: HashSet::new(),
            used: HashSet::new(),
            open: 0,
            loops: 0,
        };
        verifier.function();
    }
}

struct Verifier<'a> {
    program: &'a Program,
    function: &'a Function,
    defined: HashSet<u32>,
    used: HashSet<u32>,
    open: u32,
    loops: u32,
}

impl Verifier<'_> {
    fn function(&mut self) {
        let params = &self.function.ty.params;
        if !self.function.is_implicit && !self.function.locals.is_empty() {
            assert!(self.function.locals.len() >= params.len());
            for (local, param) in self.function.locals.iter().zip(params) {
                assert!(local.name.is_some(), "parameters come first");
                assert_eq!(self.size(&local.ty.ty), self.size(param));
            }
        }
        for local in &self.function.locals {
            match local.storage {
                Storage::Register => assert!(local.ty.ty.is_scalar(), "{:?}", local.name),
                Storage::Memory => assert!(self.size(&local.ty.ty).is_some(), "{:?}", local.name),
                Storage::Variable { pointer } => self.register(pointer),
            }
            assert!(local.align.is_power_of_two());
        }
        self.block(&self.function.body);
        assert!(self.used.is_subset(&self.defined), "every label is defined");
        assert!(
            self.defined
                .iter()
                .all(|&label| label < self.function.label_count)
        );
    }

    fn size(&self, ty: &Type) -> Option<u64> {
        self.program.types.size_of(ty)
    }

    fn int(&self, ty: &Type) -> IntType {
        self.program.types.register_type(ty).expect("a scalar")
    }

    fn register(&self, id: LocalId) {
        let local = &self.function.locals[id.index()];
        assert_eq!(local.storage, Storage::Register);
    }

    fn block(&mut self, block: &Block) {
        let is_vla = |declare: &Declare| matches!(declare, Declare::Vla { .. });
        let has_vla = block
            .statements
            .iter()
            .any(|statement| match &statement.kind {
                StmtKind::Declare(list) => list.iter().any(is_vla),
                _ => false,
            });
        assert!(block.has_vla == has_vla || self.function.is_implicit);
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        let length = self.function.source.text().len() as u32;
        assert!(statement.span.start <= statement.span.end && statement.span.end <= length);
        match &statement.kind {
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Result(expr) => {
                assert_ne!(expr.ty, Type::Void);
                self.expr(expr);
            }
            StmtKind::Declare(list) => list.iter().for_each(|declare| self.declare(declare)),
            StmtKind::Block(block) => self.block(block),
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.condition(condition);
                self.statement(then);
                otherwise
                    .iter()
                    .for_each(|otherwise| self.statement(otherwise));
            }
            StmtKind::While { condition, body } | StmtKind::DoWhile { body, condition } => {
                self.condition(condition);
                self.body(body);
            }
            StmtKind::For {
                init,
                condition,
                step,
                body,
            } => {
                init.iter().for_each(|init| self.statement(init));
                condition
                    .iter()
                    .for_each(|condition| self.condition(condition));
                step.iter().for_each(|step| self.expr(step));
                self.body(body);
            }
            StmtKind::Switch {
                value,
                cases,
                default,
                body,
            } => {
                self.expr(value);
                let int = self.int(&value.ty);
                let values: HashSet<i64> = cases.iter().map(|(value, _)| *value).collect();
                assert_eq!(values.len(), cases.len());
                assert!(values.iter().all(|&value| int.wrap(value) == value));
                self.used.extend(cases.iter().map(|(_, label)| label.0));
                self.used.extend(default.iter().map(|label| label.0));
                self.open += 1;
                self.statement(body);
                self.open -= 1;
            }
            StmtKind::Break => assert!(self.open > 0),
            StmtKind::Continue => assert!(self.loops > 0),
            StmtKind::Return(Some(value)) => {
                if self.function.ty.result != Type::Void {
                    assert_eq!(value.ty, self.function.ty.result);
                }
                self.expr(value);
            }
            StmtKind::Goto(label) => {
                self.used.insert(label.0);
            }
            StmtKind::Label(label) => assert!(self.defined.insert(label.0)),
            StmtKind::Return(None) | StmtKind::Empty => {}
        }
    }

    fn body(&mut self, body: &Stmt) {
        self.open += 1;
        self.loops += 1;
        self.statement(body);
        self.open -= 1;
        self.loops -= 1;
    }

    fn condition(&mut self, condition: &Expr) {
        assert!(condition.ty.is_scalar());
        self.expr(condition);
    }

    fn declare(&mut self, declare: &Declare) {
        match declare {
            Declare::Plain(id) => assert!(id.index() < self.function.locals.len()),
            Declare::Value(id, value) => {
                assert_eq!(self.function.locals[id.index()].ty.ty, value.ty);
                self.expr(value);
            }
            Declare::List(list) => self.initialise(list),
            Declare::Vla { pointer, bytes } => {
                self.register(*pointer);
                assert_eq!(bytes.ty, Type::SIZE);
                self.expr(bytes);
            }
        }
    }

    fn initialise(&mut self, list: &Initialise) {
        let local = &self.function.locals[list.local.index()];
        assert_eq!(local.storage, Storage::Memory);
        assert_eq!(self.size(&local.ty.ty), Some(list.size));
        for item in &list.items {
            let length = match &item.value {
                InitValue::Bytes(bytes) => bytes.len() as u64,
                InitValue::Expr(value) => {
                    self.expr(value);
                    self.size(&value.ty).expect("a size")
                }
            };
            assert!(item.offset + length <= list.size);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        assert!(expr.span.start <= expr.span.end);
        assert!(!matches!(expr.ty, Type::Array(_) | Type::Function(_)));
        match &expr.kind {
            ExprKind::Constant(value) => assert_eq!(self.int(&expr.ty).wrap(*value), *value),
            ExprKind::Load(place) => {
                assert_eq!(place.ty.ty, expr.ty);
                assert!(self.size(&expr.ty).is_some());
                self.place(place);
            }
            ExprKind::AddressOf(place) => {
                assert!(expr.ty.pointee().is_some());
                self.memory(place);
                self.place(place);
            }
            ExprKind::FunctionAddress(id) => assert!(id.index() < self.program.functions.len()),
            ExprKind::Unary(_, operand) => {
                assert_eq!(operand.ty, expr.ty);
                self.expr(operand);
            }
            ExprKind::Not(operand) => self.condition(operand),
            ExprKind::Binary(op, left, right) => {
                if !op.is_shift() {
                    assert_eq!(left.ty, right.ty);
                }
                assert_eq!(
                    expr.ty,
                    if op.is_comparison() {
                        Type::INT
                    } else {
                        left.ty.clone()
                    }
                );
                assert!(self.int(&left.ty).rank() >= IntType::Int.rank());
                self.condition(left);
                self.condition(right);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                assert_eq!(expr.ty, Type::INT);
                self.condition(left);
                self.condition(right);
            }
            ExprKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                self.condition(condition);
                assert_eq!((&then.ty, &otherwise.ty), (&expr.ty, &expr.ty));
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Comma(left, right) => {
                assert_eq!(right.ty, expr.ty);
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Assign { place, value } => {
                assert_eq!((&place.ty.ty, &value.ty), (&expr.ty, &expr.ty));
                self.place(place);
                self.expr(value);
            }
            ExprKind::CompoundAssign {
                op,
                place,
                value,
                operation,
            } => {
                assert_eq!(place.ty.ty, expr.ty);
                assert!(op.is_shift() || value.ty == *operation);
                assert!(operation.is_integer() && value.ty.is_integer());
                self.place(place);
                self.expr(value);
            }
            ExprKind::PointerAssign { place, index, .. } => {
                assert!(place.ty.ty.pointee().is_some() && place.ty.ty == expr.ty);
                assert_eq!(index.ty, Type::LONG);
                self.place(place);
                self.expr(index);
            }
            ExprKind::Increment { place, .. } => {
                assert!(place.ty.ty.is_scalar() && place.ty.ty == expr.ty);
                self.place(place);
            }
            ExprKind::Cast(operand) => {
                assert!(expr.ty == Type::Void || expr.ty.is_scalar() && operand.ty.is_scalar());
                self.expr(operand);
            }
            ExprKind::Call { callee, args } => self.call(*callee, args, &expr.ty),
            ExprKind::PointerAdd { pointer, index, .. } => {
                assert_eq!((&pointer.ty, &index.ty), (&expr.ty, &Type::LONG));
                self.expr(pointer);
                self.expr(index);
            }
            ExprKind::PointerDifference {
                left,
                right,
                stride,
            } => {
                assert!(
                    *stride != 0 && left.ty.pointee().is_some() && right.ty.pointee().is_some()
                );
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Initialise(list) => self.initialise(list),
        }
    }

    fn call(&mut self, callee: Callee, args: &[Expr], result: &Type) {
        if let Callee::Function(id) = callee {
            let function = &self.program.functions[id.index()];
            assert_eq!(args.len(), function.ty.params.len());
            assert_eq!(*result, function.ty.result);
            for (arg, param) in args.iter().zip(&function.ty.params) {
                assert_eq!(self.size(&arg.ty).is_some(), self.size(param).is_some());
            }
        }
        args.iter().for_each(|arg| self.expr(arg));
    }

    /// The place has an address.
    fn memory(&self, place: &Place) {
        match &place.kind {
            PlaceKind::Local(id) => {
                assert_eq!(self.function.locals[id.index()].storage, Storage::Memory);
            }
            PlaceKind::Errno => panic!("errno has no address"),
            PlaceKind::Member { base, .. } => self.memory(base),
            _ => {}
        }
    }

    fn place(&mut self, place: &Place) {
        match &place.kind {
            PlaceKind::Local(id) => {
                let local = &self.function.locals[id.index()];
                assert!(!matches!(local.storage, Storage::Variable { .. }));
            }
            PlaceKind::Outer(id) => {
                let mut lists = self.program.functions.iter().filter(|f| f.is_implicit);
                let in_memory = |f: &Rc<Function>| {
                    let local = f.locals.get(id.index());
                    local.is_some_and(|local| local.storage == Storage::Memory)
                };
                assert!(lists.any(in_memory));
            }
            PlaceKind::Global(id) => assert!(id.index() < self.program.globals.len()),
            PlaceKind::String(id) => {
                let bytes = &self.program.strings[id.index()];
                assert_eq!(self.size(&place.ty.ty), Some(bytes.len() as u64));
            }
            PlaceKind::Deref(pointer) => {
                assert!(pointer.ty.pointee().is_some());
                self.expr(pointer);
            }
            PlaceKind::Member { base, offset } => {
                let size = self.size(&base.ty.ty).expect("a record's size");
                assert!(offset + self.size(&place.ty.ty).unwrap_or(0) <= size);
                self.memory(base);
                self.place(base);
            }
            PlaceKind::After(first, then) => {
                assert_eq!(then.ty, place.ty);
                self.expr(first);
                self.place(then);
            }
            PlaceKind::Errno => assert_eq!(place.ty.ty, Type::INT),
        }
    }
}
