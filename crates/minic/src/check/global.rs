//! Global variables and static locals: declared, declared again, defined.

use super::checker::{Checker, Mode};
use super::constant::Data;
use super::declare::Declared;
use super::scope::{GlobalEntry, Symbol};
use crate::ast::{Initializer, Name};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::typed::{Global, GlobalId};
use crate::types::{ArrayLength, QualType, Type};
use std::rc::Rc;

impl Checker<'_> {
    /// `extern` without an initialiser: defined elsewhere in the text.
    pub fn extern_variable(
        &mut self,
        declared: Declared<'_>,
        init: Option<&Initializer>,
    ) -> Checked<()> {
        let name = declared.name;
        if init.is_some() {
            return self.global_variable(declared, init);
        }
        if matches!(self.lookup(&name.text), Some(Symbol::Errno)) {
            return Ok(()); // `extern int errno;`
        }
        if let Some(Symbol::Global(id)) = self.outermost_symbol(&name.text).cloned() {
            self.declare(name.text.clone(), Symbol::Global(id));
            return Ok(());
        }
        let id = self.new_global(name.text.clone(), declared.ty, declared.spelled, name.span);
        if let Some(entry) = self.declared.globals.get_mut(id.index()) {
            entry.is_extern = true;
        }
        if self.mode != Mode::Console {
            self.declared
                .scope
                .names
                .entry(name.text.clone())
                .or_insert(Symbol::Global(id));
        }
        self.declare(name.text.clone(), Symbol::Global(id));
        Ok(())
    }

    /// A variable outside of functions, or a static one.
    pub fn global_variable(
        &mut self,
        declared: Declared<'_>,
        init: Option<&Initializer>,
    ) -> Checked<()> {
        let name = declared.name;
        let known = self.scope().names.get(&name.text).cloned();
        let id = match known {
            Some(Symbol::Global(id)) if self.frames.is_empty() => {
                self.redeclare_global(id, name, &declared.ty, init.is_some())?;
                id
            }
            _ => {
                let id = self.new_global(
                    name.text.clone(),
                    declared.ty.clone(),
                    declared.spelled,
                    name.span,
                );
                self.declare_once(name, Symbol::Global(id))?;
                id
            }
        };
        let (ty, data) = match init {
            None => (declared.ty, None),
            Some(init) => {
                let around = std::mem::replace(&mut self.is_static, true);
                let result = self.initialiser(&declared.ty, init, name.span);
                let result = result.and_then(|(ty, stores)| Ok((ty, self.constant_data(stores)?)));
                self.is_static = around;
                let (ty, data) = result?;
                (ty, Some(data))
            }
        };
        let is_unsized =
            matches!(&ty.ty, Type::Array(array) if array.length == ArrayLength::Unsized);
        let is_completed = self
            .declared
            .globals
            .get(id.index())
            .is_some_and(|g| g.global.ty != ty);
        if self.declared.types.size_of(&ty.ty).is_none()
            && !(is_unsized && is_completed && init.is_none())
        {
            let quoted = self.quoted(&ty.ty);
            let message = format!(
                "the size of {quoted} is not known, so there is no `{}`",
                name.text
            );
            return self.fail(name.span, message);
        }
        self.define_global(id, ty, data);
        self.align_global(id, declared.align);
        Ok(())
    }

    fn redeclare_global(
        &mut self,
        id: GlobalId,
        name: &Name,
        ty: &QualType,
        has_init: bool,
    ) -> Checked<()> {
        let Some(entry) = self.declared.globals.get(id.index()) else {
            return Ok(());
        };
        let is_array = |ty: &Type| match ty {
            Type::Array(array) => Some(array.element.clone()),
            _ => None,
        };
        let old = &entry.global.ty;
        let fits =
            old.ty == ty.ty || is_array(&old.ty).is_some() && is_array(&old.ty) == is_array(&ty.ty);
        if !fits || has_init && entry.is_initialised {
            return self.fail(name.span, format!("`{}` is declared twice", name.text));
        }
        Ok(())
    }

    /// A new global, all zero.
    pub fn new_global(
        &mut self,
        name: Rc<str>,
        ty: QualType,
        spelled: Rc<str>,
        span: Span,
    ) -> GlobalId {
        let id = GlobalId::next(self.declared.globals.len());
        let function = self.frames.last().filter(|frame| !frame.is_implicit);
        let global = Global {
            name,
            size: self.declared.types.size_of(&ty.ty).unwrap_or(0),
            align: self.declared.types.align_of(&ty.ty),
            ty,
            spelled,
            data: Vec::new(),
            relocations: Vec::new(),
            source: self.source.clone(),
            span,
            function: function.map(|frame| frame.name.clone()),
        };
        self.declared.globals.push(GlobalEntry {
            global: Rc::new(global),
            is_initialised: false,
            is_extern: false,
            used: None,
        });
        id
    }

    /// Gives a global its final type and, if it has one, its initial value.
    pub fn define_global(&mut self, id: GlobalId, ty: QualType, data: Option<Data>) {
        let size = self.declared.types.size_of(&ty.ty);
        let Some(entry) = self.declared.globals.get_mut(id.index()) else {
            return;
        };
        entry.is_extern = false;
        let global = Rc::make_mut(&mut entry.global);
        if let Some(size) = size {
            if global.ty != ty {
                global.spelled = self.declared.types.declaration(&ty, "").into();
            }
            global.ty = ty;
            global.size = size;
        }
        if let Some(data) = data {
            entry.is_initialised = true;
            global.data = data.bytes;
            global.relocations = data.relocations;
        }
    }

    fn align_global(&mut self, id: GlobalId, align: u64) {
        if let Some(entry) = self.declared.globals.get_mut(id.index()) {
            Rc::make_mut(&mut entry.global).align = align;
        }
    }
}
