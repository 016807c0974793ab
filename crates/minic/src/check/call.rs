//! Calls: who is called, how many arguments, converted to the parameters' types.

use super::checker::Checker;
use super::convert::Operand;
use crate::ast::{self, ExprKind as Ast};
use crate::diagnostic::Checked;
use crate::headers::{LibraryFunction, prototype};
use crate::source::Span;
use crate::typed::{Callee, Expr, ExprKind, FunctionId};
use crate::types::{FunctionType, Type};
use std::rc::Rc;

impl Checker<'_> {
    /// `callee(args)`.
    pub fn call(&mut self, callee: &ast::Expr, args: &[ast::Expr], span: Span) -> Checked<Expr> {
        let operand = match &callee.kind {
            Ast::Name(name) => self.name(name, callee.span, true),
            _ => self.operand(callee),
        };
        let args = self.arguments(args);
        match operand? {
            Operand::Function(id, at) => self.call_function(id, at, args?, span),
            Operand::Library(function, ty, at) => self.call_library(function, &ty, at, args?, span),
            other => {
                let at = other.span();
                let value = self.value(other)?;
                if value.ty.is_function_pointer() {
                    let hint = "a signal handler is called by a signal: kill() or raise()";
                    return Err(self.unsupported(
                        at,
                        "calls through a function pointer are",
                        Some(hint),
                    ));
                }
                let name = self.quoted(&value.ty);
                self.fail(at, format!("{name} cannot be called, it is no function"))
            }
        }
    }

    /// All arguments' values; errors of all of them are told.
    fn arguments(&mut self, args: &[ast::Expr]) -> Checked<Vec<Expr>> {
        let values: Vec<_> = args.iter().map(|arg| self.rvalue(arg)).collect();
        values.into_iter().collect()
    }

    fn call_function(
        &mut self,
        id: FunctionId,
        at: Span,
        args: Vec<Expr>,
        span: Span,
    ) -> Checked<Expr> {
        self.use_function(id, at);
        let Some(entry) = self.declared.functions.get_mut(id.index()) else {
            return self.fail(at, "this function is not known");
        };
        let (ty, name) = (entry.ty.clone(), entry.name.clone());
        let args = if entry.is_unspecified {
            entry.open_calls.push((args.len(), span));
            args.into_iter()
                .map(|arg| self.promote_argument(arg))
                .collect::<Checked<_>>()?
        } else {
            self.convert_arguments(&name, None, &ty, args, span)?
        };
        let kind = ExprKind::Call {
            callee: Callee::Function(id),
            args,
        };
        Ok(Expr {
            kind,
            ty: ty.result.clone(),
            span,
        })
    }

    fn call_library(
        &mut self,
        function: LibraryFunction,
        ty: &Rc<FunctionType>,
        at: Span,
        args: Vec<Expr>,
        span: Span,
    ) -> Checked<Expr> {
        let ty = match function {
            LibraryFunction::AtomicFetchAdd
            | LibraryFunction::AtomicLoad
            | LibraryFunction::AtomicStore
            | LibraryFunction::SyncFetchAndAdd => Rc::new(self.atomic_type(ty, &args, at)?),
            _ => ty.clone(),
        };
        let args =
            self.convert_arguments(function.name(), prototype(function.name()), &ty, args, span)?;
        let kind = ExprKind::Call {
            callee: Callee::Library(function),
            args,
        };
        Ok(Expr {
            kind,
            ty: ty.result.clone(),
            span,
        })
    }

    /// An atomic function's type for the object that its first argument points to.
    fn atomic_type(&mut self, ty: &FunctionType, args: &[Expr], at: Span) -> Checked<FunctionType> {
        let first = args.first().map(|arg| arg.ty.clone());
        let object = first
            .as_ref()
            .and_then(Type::pointee)
            .map(|to| to.ty.clone());
        let (Some(pointer), Some(object)) = (first, object.filter(Type::is_scalar)) else {
            return self.fail(at, "the first argument has to point to a number");
        };
        let mut params = vec![pointer];
        params.extend(ty.params.iter().skip(1).map(|_| object.clone()));
        Ok(FunctionType {
            result: if ty.result == Type::Void {
                Type::Void
            } else {
                object
            },
            params,
            is_variadic: false,
        })
    }

    fn convert_arguments(
        &mut self,
        name: &str,
        prototype: Option<&str>,
        ty: &FunctionType,
        args: Vec<Expr>,
        span: Span,
    ) -> Checked<Vec<Expr>> {
        let (given, wanted) = (args.len(), ty.params.len());
        if given < wanted || given > wanted && !ty.is_variadic {
            let at_least = if ty.is_variadic { "at least " } else { "" };
            let plural = if wanted == 1 { "" } else { "s" };
            let message =
                format!("`{name}` takes {at_least}{wanted} argument{plural}, not {given}");
            let own = || {
                let function = Type::Function(Rc::new(ty.clone()));
                self.declared.types.declaration(&function.into(), name)
            };
            let declaration = prototype.map_or_else(own, str::to_owned);
            return Err(self.error_hint(span, message, format!("it is declared `{declaration}`")));
        }
        let mut params = ty.params.iter();
        let converted: Vec<_> = args
            .into_iter()
            .map(|arg| match params.next() {
                Some(param) => self.convert(arg, param),
                None => self.promote_argument(arg),
            })
            .collect();
        converted.into_iter().collect()
    }

    /// An argument for `...`.
    fn promote_argument(&mut self, arg: Expr) -> Checked<Expr> {
        if arg.ty.is_scalar() {
            return Ok(self.promote(arg));
        }
        if arg.ty == Type::Void {
            return self.fail(arg.span, "this gives no value: its type is `void`");
        }
        let name = self.quoted(&arg.ty);
        self.fail(
            arg.span,
            format!("{name} cannot be passed here: only numbers and pointers can"),
        )
    }
}
