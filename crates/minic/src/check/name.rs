//! What names stand for: variables, functions, constants, strings.

use super::checker::Checker;
use super::convert::{Operand, constant};
use super::scope::Symbol;
use crate::diagnostic::Checked;
use crate::literal::terminated;
use crate::source::Span;
use crate::typed::{Place, PlaceKind, Storage};
use crate::types::{ArrayLength, ArrayType, LocalId, Type};
use std::rc::Rc;

impl Checker<'_> {
    /// What a name means where it is used; `is_called` words the error.
    pub fn name(&mut self, name: &Rc<str>, span: Span, is_called: bool) -> Checked<Operand> {
        let Some(symbol) = self.lookup(name).cloned() else {
            return self.predefined_name(name, span, is_called);
        };
        let place = |kind, ty| Ok(Operand::Place(Place { kind, ty, span }));
        match symbol {
            Symbol::Local(id) => self.local_place(id, span).map(Operand::Place),
            Symbol::Statement(id) => self.statement_variable(id, span).map(Operand::Place),
            Symbol::Outer(id, ty) => place(PlaceKind::Outer(id), ty),
            Symbol::Global(id) => match self
                .use_global(id, span)
                .map(|entry| entry.global.ty.clone())
            {
                Some(ty) => place(PlaceKind::Global(id), ty),
                None => Err(self.unknown_name(name, span, is_called)),
            },
            Symbol::Function(id) => Ok(Operand::Function(id, span)),
            Symbol::Library(function, ty) => Ok(Operand::Library(function, ty, span)),
            Symbol::Constant(value, ty) => Ok(Operand::Value(constant(value, ty, span))),
            Symbol::Typedef(_) => self.fail(span, format!("`{name}` is a type, not a value")),
            Symbol::Errno => place(PlaceKind::Errno, Type::INT.into()),
            Symbol::Erroneous => Err(self.told()),
        }
    }

    /// Constants of the headers and `__func__`.
    fn predefined_name(&mut self, name: &Rc<str>, span: Span, is_called: bool) -> Checked<Operand> {
        if self.declared.macros.is_defined(name)
            && let Some(value) = abi::constants::value_of(name)
        {
            let ty = if i32::try_from(value).is_ok() {
                Type::INT
            } else if u32::try_from(value).is_ok() {
                Type::Int(crate::types::IntType::UnsignedInt)
            } else {
                Type::LONG
            };
            return Ok(Operand::Value(constant(value, ty, span)));
        }
        if let Some(frame) = self.frames.last().filter(|_| &**name == "__func__") {
            let bytes = terminated(frame.name.bytes().collect());
            return Ok(Operand::Place(self.string_place(&bytes, span)));
        }
        Err(self.unknown_name(name, span, is_called))
    }

    /// A string literal's place, an array of `char`.
    pub fn string_place(&mut self, bytes: &Rc<[u8]>, span: Span) -> Place {
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        let ty = Type::Array(Rc::new(ArrayType {
            element: Type::CHAR.into(),
            length: ArrayLength::Fixed(length),
        }));
        Place {
            kind: PlaceKind::String(self.string_id(bytes)),
            ty: ty.into(),
            span,
        }
    }

    /// A local's place; a variable-length array is where its hidden register points.
    pub fn local_place(&mut self, id: LocalId, span: Span) -> Checked<Place> {
        let Some(local) = self.local(id) else {
            return self.fail(span, "this variable belongs to another function");
        };
        let ty = local.ty.clone();
        let kind = match local.storage {
            Storage::Variable { pointer } => {
                let address = Type::Pointer(Rc::new(ty.clone()));
                PlaceKind::Deref(Box::new(self.load_local(pointer, address, span)))
            }
            Storage::Register | Storage::Memory => PlaceKind::Local(id),
        };
        Ok(Place { kind, ty, span })
    }

    /// A variable of the list of statements: a local there, in memory when a function uses it.
    fn statement_variable(&mut self, id: LocalId, span: Span) -> Checked<Place> {
        if self.frames.len() <= 1 {
            return self.local_place(id, span);
        }
        if self.declared.function.is_some() {
            let message =
                "a function cannot use the variables of the one in which the program stands";
            return self.fail(span, message);
        }
        let local = self
            .frames
            .first_mut()
            .and_then(|frame| frame.locals.get_mut(id.index()));
        let Some(local) = local else {
            return self.fail(span, "this variable is not known here");
        };
        if let Storage::Variable { .. } = local.storage {
            return self.fail(
                span,
                "a function cannot use an array of variable length from outside",
            );
        }
        local.storage = Storage::Memory;
        Ok(Place {
            kind: PlaceKind::Outer(id),
            ty: local.ty.clone(),
            span,
        })
    }
}
