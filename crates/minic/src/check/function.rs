//! Function definitions, and what is left to check at the end of a text.

use super::checker::{Checker, Frame, Mode};
use super::declarators::{Parameter, function_type};
use super::declare::is_unspecified;
use super::scope::Symbol;
use crate::ast::{self, Derivation, Name, Params, StorageClass};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::typed::{Block, Expr, ExprKind, Function, FunctionId, Place, PlaceKind, Stmt, StmtKind};
use crate::types::{FunctionType, Type};
use std::rc::Rc;

impl Checker<'_> {
    /// A function definition.
    pub fn function(&mut self, function: &ast::Function) -> Checked<()> {
        let Some(name) = &function.declarator.name else {
            return self.fail(function.span, "this function has no name");
        };
        let result = self.function_named(function, name);
        if result.is_err() && !self.scope().names.contains_key(&name.text) {
            self.declare(name.text.clone(), Symbol::Erroneous);
        }
        result
    }

    fn function_named(&mut self, function: &ast::Function, name: &Name) -> Checked<()> {
        let Some((Derivation::Function(params), inner)) =
            function.declarator.derivations.split_last()
        else {
            return self.fail(function.span, "this is no function");
        };
        if function.specifiers.storage == Some(StorageClass::Typedef) {
            return self.fail(function.span, "a typedef has no body");
        }
        let result = self.result_type(function, inner)?;
        let end = function.body_span.end;
        self.frames
            .push(Frame::new(name.text.clone(), result, self.scopes.len()));
        let checked = self.scoped(end, |checker| checker.function_body(function, name, params));
        let frame = self.frames.pop();
        let (id, ty, block) = checked?;
        let Some(frame) = frame else {
            return self.fail(name.span, "this function is not known");
        };
        let definition = Function {
            name: name.text.clone(),
            source: self.source.clone(),
            span: function.span,
            ty,
            locals: frame.locals,
            label_count: frame.label_count,
            body: block,
            is_implicit: false,
        };
        if let Some(entry) = self.declared.functions.get_mut(id.index()) {
            entry.definition = Some(Rc::new(definition));
        }
        Ok(())
    }

    fn result_type(&mut self, function: &ast::Function, inner: &[Derivation]) -> Checked<Type> {
        let span = function.span;
        let mut result = self.specified_type(&function.specifiers)?;
        for derivation in inner {
            result = self.derive(result, derivation, span)?;
        }
        let is_incomplete =
            matches!(result.ty, Type::Record(id) if self.declared.types.layout(id).is_none());
        if is_incomplete || matches!(result.ty, Type::Array(_) | Type::Function(_)) {
            let quoted = self.quoted(&result.ty);
            return self.fail(span, format!("a function cannot return {quoted}"));
        }
        Ok(result.ty)
    }

    fn function_body(
        &mut self,
        function: &ast::Function,
        name: &Name,
        params: &Params,
    ) -> Checked<(FunctionId, Rc<FunctionType>, Block)> {
        if params.is_variadic {
            let what = "defining functions with a variable number of arguments is";
            return Err(self.unsupported(params.span, what, None));
        }
        let list = self.declare_parameters(params)?;
        if let Some(unnamed) = list.iter().find(|param| param.name.is_none()) {
            let span = unnamed.span;
            return self.fail(span, "a parameter of a definition needs a name");
        }
        let result = self
            .frames
            .last()
            .map_or(Type::Void, |frame| frame.result.clone());
        let ty = Rc::new(function_type(result, &list, false));
        let id = self.define_function(function, name, &ty)?;
        if &*name.text == "main" {
            self.check_main(&ty, &list, function.span)?;
        }
        let prologue = self.prologue(function.span);
        let mut block = self.statements(&function.body);
        block.statements.splice(0..0, prologue);
        self.check_labels()?;
        Ok((id, ty, block))
    }

    /// Declares the function where the text stands, outside of its own scope.
    fn define_function(
        &mut self,
        function: &ast::Function,
        name: &Name,
        ty: &Rc<FunctionType>,
    ) -> Checked<FunctionId> {
        let inner = std::mem::take(&mut self.scopes);
        let id = self.function_id(name, ty, is_unspecified(&function.declarator));
        self.scopes = inner;
        let id = id?;
        if let Some(entry) = self.declared.functions.get_mut(id.index()) {
            entry.is_unspecified = false;
            if std::mem::replace(&mut entry.is_defined, true) {
                return self.fail(
                    name.span,
                    format!("the function `{}` is defined twice", name.text),
                );
            }
        }
        Ok(id)
    }

    fn check_main(&mut self, ty: &FunctionType, params: &[Parameter], span: Span) -> Checked<()> {
        let is_strings = |ty: &Type| {
            let inner = ty.pointee().and_then(|to| to.ty.pointee());
            inner.is_some_and(|to| to.ty == Type::CHAR)
        };
        let fits = match params {
            [] => true,
            [argc] => argc.ty.ty == Type::INT,
            [argc, rest @ ..] => {
                argc.ty.ty == Type::INT
                    && rest.len() <= 2
                    && rest.iter().all(|p| is_strings(&p.ty.ty))
            }
        };
        if fits && matches!(ty.result, Type::Int(_) | Type::Void) {
            return Ok(());
        }
        let hint = "write `int main(void)` or `int main(int argc, char *argv[])`";
        Err(self.error_hint(span, "`main` has another type than a program's start", hint))
    }

    /// Computes the lengths that parameters' array types mention.
    fn prologue(&mut self, span: Span) -> Vec<Stmt> {
        let lengths = self.take_pending();
        let stores = lengths.into_iter().map(|(local, length)| {
            let place = Place {
                kind: PlaceKind::Local(local),
                ty: Type::SIZE.into(),
                span,
            };
            let value = Box::new(length);
            let kind = StmtKind::Expr(Expr {
                kind: ExprKind::Assign { place, value },
                ty: Type::SIZE,
                span,
            });
            Stmt { kind, span }
        });
        stores.collect()
    }

    /// Every `goto` needs its label.
    pub fn check_labels(&mut self) -> Checked<()> {
        let labels = self.frames.last().map(|frame| &frame.labels);
        let missing = labels
            .into_iter()
            .flatten()
            .filter(|(_, label)| !label.is_defined);
        let mut missing: Vec<_> = missing
            .map(|(name, label)| (label.span, name.clone()))
            .collect();
        missing.sort_by_key(|(span, _)| span.start);
        let mut result = Ok(());
        for (span, name) in missing {
            result = Err(self.error(
                span,
                format!("the label `{name}` is nowhere in this function"),
            ));
        }
        result
    }

    /// What is used has to be defined, with as many parameters as its calls gave.
    pub fn check_definitions(&mut self) {
        let mut wrong: Vec<(Span, String)> = Vec::new();
        for entry in self.declared.functions.iter().skip(self.first_function) {
            let wanted = entry.ty.params.len();
            let open = entry
                .open_calls
                .iter()
                .filter(|(given, _)| entry.is_defined && *given != wanted);
            wrong.extend(open.map(|(given, span)| {
                (
                    *span,
                    format!("`{}` takes {wanted} arguments, not {given}", entry.name),
                )
            }));
            if let (Some(span), false) = (entry.used, entry.is_defined) {
                wrong.push((
                    span,
                    format!(
                        "the function `{}` is declared, but defined nowhere",
                        entry.name
                    ),
                ));
            }
        }
        for entry in self.declared.globals.iter().filter(|entry| entry.is_extern) {
            if let Some(span) = entry.used {
                wrong.push((
                    span,
                    format!(
                        "`{}` is declared `extern`, but defined nowhere",
                        entry.global.name
                    ),
                ));
            }
        }
        for (span, message) in wrong {
            self.error(span, message);
        }
    }

    /// The functions for the back end. One that is declared only, and so never called, has an empty body.
    pub fn functions(&self) -> Vec<Rc<Function>> {
        let defined = self.declared.functions.iter().map(|entry| {
            entry.definition.clone().unwrap_or_else(|| {
                Rc::new(Function {
                    name: entry.name.clone(),
                    source: self.source.clone(),
                    span: Span::default(),
                    ty: entry.ty.clone(),
                    locals: Vec::new(),
                    label_count: 0,
                    body: Block::default(),
                    is_implicit: false,
                })
            })
        });
        defined.collect()
    }

    /// Whether a text without `main` is a list of statements.
    pub fn is_statement_list(&self) -> bool {
        matches!(self.mode, Mode::Statements | Mode::Console)
    }
}
