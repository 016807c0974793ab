//! Declarators to types: pointers, arrays of fixed and variable length, functions and their parameters.

use super::checker::{Checker, Frame};
use super::convert::constant_value;
use super::scope::{Scope, Symbol};
use crate::ast::{Declarator, Derivation, Name, Params, Specifiers, TypeName, TypeSpecifier};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::types::{ArrayLength, ArrayType, FunctionType, LocalId, QualType, Type};
use std::rc::Rc;

/// How many pointers, arrays and functions a type may be made of.
const MAX_DEPTH: usize = 100;

/// A parameter of a function about to be defined.
pub struct Parameter {
    /// Its name; parameters of definitions should have one.
    pub name: Option<Name>,
    /// Its type, arrays already turned into pointers.
    pub ty: QualType,
    /// The type as written.
    pub spelled: Rc<str>,
    /// Where it is declared.
    pub span: Span,
}

impl Checker<'_> {
    /// A type as `sizeof` and casts name it.
    pub fn type_name(&mut self, name: &TypeName) -> Checked<QualType> {
        let base = self.specified_type(&name.specifiers)?;
        self.declared_type(base, &name.declarator)
    }

    /// The type that a declarator makes of the specifiers' type.
    pub fn declared_type(&mut self, base: QualType, declarator: &Declarator) -> Checked<QualType> {
        let mut ty = base;
        for derivation in &declarator.derivations {
            ty = self.derive(ty, derivation, declarator.span)?;
        }
        if depth(&ty.ty) > MAX_DEPTH {
            return self.fail(declarator.span, "this type is too deep");
        }
        Ok(ty)
    }

    /// One step from a type to the next.
    pub fn derive(
        &mut self,
        ty: QualType,
        derivation: &Derivation,
        span: Span,
    ) -> Checked<QualType> {
        match derivation {
            Derivation::Pointer {
                is_const,
                is_volatile,
            } => {
                if let Type::Function(function) = &ty.ty {
                    let function = function.clone();
                    self.check_handler(&function, span)?;
                }
                Ok(QualType {
                    ty: Type::Pointer(Rc::new(ty)),
                    is_const: *is_const,
                    is_volatile: *is_volatile,
                })
            }
            Derivation::Array { length, span } => self.array_of(ty, length.as_deref(), *span),
            Derivation::Function(params) => {
                if matches!(ty.ty, Type::Array(_) | Type::Function(_)) {
                    let name = self.quoted(&ty.ty);
                    return self.fail(span, format!("a function cannot return {name}"));
                }
                let list = self.parameters(params)?;
                Ok(Type::Function(Rc::new(function_type(ty.ty, &list, params.is_variadic))).into())
            }
        }
    }

    /// Function pointers are for signal handlers only.
    fn check_handler(&mut self, function: &FunctionType, span: Span) -> Checked<()> {
        let is_info = |ty: &Type| {
            ty.pointee()
                .is_some_and(|to| matches!(to.ty, Type::Record(_) | Type::Void))
        };
        let is_handler = function.result == Type::Void
            && match function.params.as_slice() {
                [] => true,
                [sig] => *sig == Type::INT,
                [sig, info, context] => *sig == Type::INT && is_info(info) && is_info(context),
                _ => false,
            };
        if is_handler || self.is_headers() {
            return Ok(());
        }
        let hint = "a handler has the type `void (*)(int)` or `void (*)(int, siginfo_t *, void *)`";
        Err(self.unsupported(
            span,
            "function pointers other than signal handlers are",
            Some(hint),
        ))
    }

    fn array_of(
        &mut self,
        element: QualType,
        length: Option<&crate::ast::Expr>,
        span: Span,
    ) -> Checked<QualType> {
        let is_sized =
            self.declared.types.size_of(&element.ty).is_some() || is_variable(&element.ty);
        if !is_sized {
            let name = self.quoted(&element.ty);
            return self.fail(
                span,
                format!("an array cannot hold {name}: its size is not known"),
            );
        }
        let length = match length {
            None => ArrayLength::Unsized,
            Some(length) => self.array_length(length)?,
        };
        let ty = Type::Array(Rc::new(ArrayType { element, length }));
        if matches!(length, ArrayLength::Fixed(_))
            && !is_variable(&ty)
            && self.declared.types.size_of(&ty).is_none()
        {
            return self.fail(span, "this array is too large");
        }
        Ok(ty.into())
    }

    fn array_length(&mut self, length: &crate::ast::Expr) -> Checked<ArrayLength> {
        let value = self.rvalue(length)?;
        let value = self.require_integer(value, "an array's length")?;
        if let Some(count) = constant_value(&value) {
            let is_signed = self.int_type(&value).is_some_and(|int| int.is_signed());
            if is_signed && count < 0 {
                return self.fail(length.span, "an array cannot have a negative length");
            }
            return Ok(ArrayLength::Fixed(count.cast_unsigned()));
        }
        if !self.is_in_function() {
            let hint = "use a `#define` or an `enum` constant";
            return Err(self.error_hint(
                length.span,
                "the length of an array here has to be a constant",
                hint,
            ));
        }
        let value = self.cast(value, &Type::SIZE);
        let local = self.hidden_local(Type::SIZE, length.span);
        if let Some(frame) = self.frame() {
            frame.pending.push((local, value));
        }
        Ok(ArrayLength::Variable(local))
    }

    /// The lengths of variable-length arrays named since the last call, to be evaluated now.
    pub fn take_pending(&mut self) -> Vec<(LocalId, crate::typed::Expr)> {
        self.frame()
            .map(|frame| std::mem::take(&mut frame.pending))
            .unwrap_or_default()
    }

    /// The parameters' types of a list that belongs to no definition.
    fn parameters(&mut self, params: &Params) -> Checked<Vec<Parameter>> {
        self.scopes.push(Scope::default());
        self.frames
            .push(Frame::new("".into(), Type::Void, self.scopes.len()));
        let result = self.declare_parameters(params);
        self.frames.pop();
        self.scopes.pop();
        result
    }

    /// The parameters of a list, declared as locals of the function being checked, so that each is known to the
    /// array lengths behind it.
    pub fn declare_parameters(&mut self, params: &Params) -> Checked<Vec<Parameter>> {
        // They come first among the locals, before the hidden ones of array lengths.
        let places: Vec<LocalId> = params
            .list
            .iter()
            .map(|param| self.hidden_local(Type::INT, param.declarator.span))
            .collect();
        let mut list = Vec::new();
        for (param, id) in params.list.iter().zip(places) {
            let parameter = self.parameter(param);
            if let (Some(name), Ok(parameter)) = (&param.declarator.name, &parameter) {
                if self.scope().names.contains_key(&name.text) {
                    let message = format!("the parameter `{}` is declared twice", name.text);
                    return self.fail(name.span, message);
                }
                let (ty, spelled) = (parameter.ty.clone(), parameter.spelled.clone());
                let local = self.local_of(Some(name.text.clone()), ty, spelled, name.span);
                if let Some(place) = self.local_mut(id) {
                    *place = local;
                }
                self.declare(name.text.clone(), Symbol::Local(id));
            }
            list.push(parameter);
        }
        list.into_iter().collect()
    }

    /// One parameter; arrays and functions become pointers.
    fn parameter(&mut self, param: &crate::ast::Param) -> Checked<Parameter> {
        let base = self.specified_type(&param.specifiers)?;
        let declarator = &param.declarator;
        let (outer, inner) = match declarator.derivations.split_last() {
            Some((outer @ (Derivation::Array { .. } | Derivation::Function(_)), inner)) => {
                (Some(outer), inner)
            }
            _ => (None, declarator.derivations.as_slice()),
        };
        let mut ty = base;
        for derivation in inner {
            ty = self.derive(ty, derivation, declarator.span)?;
        }
        ty = match outer {
            // The length of a parameter's outermost array says nothing.
            Some(Derivation::Array { .. }) => Type::Pointer(Rc::new(ty)).into(),
            Some(function) => {
                let function = self.derive(ty, function, declarator.span)?;
                Type::Pointer(Rc::new(function)).into()
            }
            None => self.decay(ty),
        };
        if let Some(Type::Function(function)) = ty.ty.pointee().map(|to| &to.ty) {
            self.check_handler(&function.clone(), declarator.span)?;
        }
        let span = declarator
            .name
            .as_ref()
            .map_or(param.specifiers.span, |name| name.span);
        if ty.ty == Type::Void
            || matches!(ty.ty, Type::Record(id) if self.declared.types.layout(id).is_none())
        {
            let name = self.quoted(&ty.ty);
            return self.fail(span, format!("a parameter cannot have the type {name}"));
        }
        let spelled = self.spelled(&param.specifiers, declarator, &ty);
        Ok(Parameter {
            name: declarator.name.as_ref().map(|name| Name {
                text: name.text.clone(),
                span: name.span,
            }),
            ty,
            spelled,
            span,
        })
    }

    /// A typedef of an array or function as a parameter's type.
    fn decay(&self, ty: QualType) -> QualType {
        match &ty.ty {
            Type::Array(array) => Type::Pointer(Rc::new(array.element.clone())).into(),
            Type::Function(_) => Type::Pointer(Rc::new(ty)).into(),
            _ => ty,
        }
    }

    /// A declared type as written, with typedef names kept.
    pub fn spelled(
        &self,
        specifiers: &Specifiers,
        declarator: &Declarator,
        ty: &QualType,
    ) -> Rc<str> {
        let types = &self.declared.types;
        let TypeSpecifier::Typedef(name) = &specifiers.ty else {
            return types.declaration(ty, "").into();
        };
        let mut base = String::new();
        if specifiers.is_const {
            base.push_str("const ");
        }
        if specifiers.is_volatile {
            base.push_str("volatile ");
        }
        base.push_str(&name.text);
        types
            .declaration_from(ty, declarator.derivations.len(), &base)
            .into()
    }
}

/// The type of a function with these parameters. Lengths known only when it runs are no part of it.
pub fn function_type(result: Type, params: &[Parameter], is_variadic: bool) -> FunctionType {
    FunctionType {
        result,
        params: params
            .iter()
            .map(|param| without_lengths(&param.ty.ty))
            .collect(),
        is_variadic,
    }
}

fn without_lengths(ty: &Type) -> Type {
    match ty {
        Type::Pointer(to) if is_variable(&to.ty) => Type::Pointer(Rc::new(QualType {
            ty: without_lengths(&to.ty),
            ..**to
        })),
        Type::Array(array) => {
            let element = QualType {
                ty: without_lengths(&array.element.ty),
                ..array.element
            };
            let length = match array.length {
                ArrayLength::Variable(_) => ArrayLength::Variable(LocalId(u32::MAX)),
                fixed => fixed,
            };
            Type::Array(Rc::new(ArrayType { element, length }))
        }
        other => other.clone(),
    }
}

/// Whether a type is an array whose length is known only when it runs.
pub fn is_variable(ty: &Type) -> bool {
    match ty {
        Type::Array(array) => {
            matches!(array.length, ArrayLength::Variable(_)) || is_variable(&array.element.ty)
        }
        _ => false,
    }
}

/// How many pointers, arrays and functions a type is made of.
fn depth(ty: &Type) -> usize {
    let mut depth = 0usize;
    let mut ty = ty;
    loop {
        ty = match ty {
            Type::Pointer(to) => &to.ty,
            Type::Array(array) => &array.element.ty,
            Type::Function(function) => &function.result,
            _ => return depth,
        };
        depth = depth.saturating_add(1);
    }
}
