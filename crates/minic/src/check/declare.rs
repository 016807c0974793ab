//! Declarations: typedefs, prototypes, globals, static and automatic locals.

use super::checker::{Checker, Mode};
use super::scope::{FunctionEntry, Symbol};
use crate::ast::{
    self, Declaration, Declarator, InitDeclarator, Initializer, Name, Specifiers, StorageClass,
};
use crate::diagnostic::Checked;
use crate::headers::LibraryFunction;
use crate::typed::{Declare, FunctionId, Stmt, StmtKind, Storage};
use crate::types::{FunctionType, LocalId, QualType, Type};
use std::rc::Rc;

/// What a declarator declares, worked out.
pub struct Declared<'a> {
    /// Its name.
    pub name: &'a Name,
    /// Its type.
    pub ty: QualType,
    /// The type as written.
    pub spelled: Rc<str>,
    /// Its alignment in bytes.
    pub align: u64,
}

impl Checker<'_> {
    /// A declaration in a function, a list of statements or outside of functions.
    pub fn declaration(&mut self, declaration: &Declaration, out: &mut Vec<Stmt>) -> Checked<()> {
        let base = match self.specified_type(&declaration.specifiers) {
            Ok(base) => base,
            Err(reported) => {
                self.declare_erroneous(declaration);
                return Err(reported);
            }
        };
        let mut declares = Vec::new();
        let mut result = Ok(());
        for one in &declaration.declarators {
            if let Err(reported) =
                self.declarator(&declaration.specifiers, &base, one, &mut declares)
            {
                if let Some(name) = &one.declarator.name
                    && !matches!(
                        self.scope().names.get(&name.text),
                        Some(Symbol::Local(_) | Symbol::Statement(_))
                    )
                {
                    self.declare(name.text.clone(), Symbol::Erroneous);
                }
                result = Err(reported);
            }
        }
        let kind = if declares.is_empty() {
            StmtKind::Empty
        } else {
            StmtKind::Declare(declares)
        };
        let span = declaration.span;
        out.push(Stmt { kind, span });
        result
    }

    /// Names of a declaration that was wrong are known, so that their uses say nothing more.
    fn declare_erroneous(&mut self, declaration: &Declaration) {
        let names = declaration
            .declarators
            .iter()
            .filter_map(|one| one.declarator.name.as_ref());
        for name in names {
            self.declare(name.text.clone(), Symbol::Erroneous);
        }
    }

    fn declarator(
        &mut self,
        specifiers: &Specifiers,
        base: &QualType,
        one: &InitDeclarator,
        out: &mut Vec<Declare>,
    ) -> Checked<()> {
        let Some(name) = &one.declarator.name else {
            return Ok(());
        };
        let declared = self.declared(specifiers, base, &one.declarator, name)?;
        if specifiers.storage == Some(StorageClass::Typedef) {
            self.store_lengths(out);
            self.name_after_typedef(&declared.ty.ty, &name.text);
            self.declare_once(name, Symbol::Typedef(declared.ty))?;
            return Ok(());
        }
        if let Type::Function(function) = &declared.ty.ty {
            if one.init.is_some() {
                return self.fail(name.span, "a function is not initialised");
            }
            let is_unspecified = is_unspecified(&one.declarator);
            return self.prototype(name, function.clone(), is_unspecified, specifiers.storage);
        }
        if declared.ty.ty == Type::Void {
            return self.fail(
                name.span,
                format!("`{}` cannot have the type `void`", name.text),
            );
        }
        match specifiers.storage {
            Some(StorageClass::Extern) => self.extern_variable(declared, one.init.as_ref()),
            Some(StorageClass::Static) => self.global_variable(declared, one.init.as_ref()),
            _ if self.frames.is_empty() => self.global_variable(declared, one.init.as_ref()),
            _ => self.local_variable(declared, one.init.as_ref(), out),
        }
    }

    fn declared<'a>(
        &mut self,
        specifiers: &Specifiers,
        base: &QualType,
        declarator: &Declarator,
        name: &'a Name,
    ) -> Checked<Declared<'a>> {
        let ty = self.declared_type(base.clone(), declarator)?;
        let mut align = self.declared.types.align_of(&ty.ty);
        for asked in [&specifiers.attributes.align, &declarator.attributes.align]
            .into_iter()
            .flatten()
        {
            align = align.max(self.alignment(asked)?);
        }
        let spelled = self.spelled(specifiers, declarator, &ty);
        Ok(Declared {
            name,
            ty,
            spelled,
            align,
        })
    }

    /// Declares a name that must be new in its scope, but at the console.
    pub fn declare_once(&mut self, name: &Name, symbol: Symbol) -> Checked<()> {
        let known = self.scope().names.get(&name.text);
        let is_same_typedef = matches!(
            (known, &symbol),
            (Some(Symbol::Typedef(old)), Symbol::Typedef(new)) if old == new
        );
        let is_new = matches!(known, None | Some(Symbol::Erroneous)) || is_same_typedef;
        if !is_new && !self.may_redeclare() {
            return self.fail(name.span, format!("`{}` is declared twice", name.text));
        }
        self.declare(name.text.clone(), symbol);
        Ok(())
    }

    // Functions.

    /// A function's declaration without a body.
    fn prototype(
        &mut self,
        name: &Name,
        ty: Rc<FunctionType>,
        is_unspecified: bool,
        storage: Option<StorageClass>,
    ) -> Checked<()> {
        let library = LibraryFunction::ALL
            .iter()
            .find(|function| function.name() == &*name.text);
        if self.is_headers() {
            if let Some(function) = library {
                self.declare(name.text.clone(), Symbol::Library(*function, ty));
            }
            return Ok(());
        }
        let is_own =
            self.defined_names.contains(&name.text) || storage == Some(StorageClass::Static);
        if library.is_some() && !is_own {
            return Ok(()); // the headers declare it already
        }
        if self.mode == Mode::Console
            && !is_own
            && let Some(Symbol::Function(_)) = self.outermost_symbol(&name.text)
        {
            return Ok(()); // an input before defines it
        }
        self.function_id(name, &ty, is_unspecified).map(|_| ())
    }

    /// The id of a function that is declared here, again or for the first time.
    pub fn function_id(
        &mut self,
        name: &Name,
        ty: &Rc<FunctionType>,
        is_unspecified: bool,
    ) -> Checked<FunctionId> {
        let known = self.declared.scope.names.get(&name.text).cloned();
        let may_redeclare = self.mode == Mode::Console;
        match known {
            Some(Symbol::Function(id)) if id.index() >= self.first_function => {
                self.redeclare_function(id, name, ty, is_unspecified)?;
                self.declare(name.text.clone(), Symbol::Function(id));
                return Ok(id);
            }
            Some(Symbol::Function(_)) | None | Some(Symbol::Erroneous) => {}
            Some(_) if may_redeclare => {}
            Some(_) => return self.fail(name.span, format!("`{}` is declared twice", name.text)),
        }
        let id = self.new_function(name, ty, is_unspecified);
        self.declared
            .scope
            .names
            .insert(name.text.clone(), Symbol::Function(id));
        self.declare(name.text.clone(), Symbol::Function(id));
        Ok(id)
    }

    /// The id of a new function.
    pub fn new_function(
        &mut self,
        name: &Name,
        ty: &Rc<FunctionType>,
        is_unspecified: bool,
    ) -> FunctionId {
        let id = FunctionId::next(self.declared.functions.len());
        self.declared.functions.push(FunctionEntry {
            name: name.text.clone(),
            ty: ty.clone(),
            is_unspecified,
            definition: None,
            is_defined: false,
            used: None,
            open_calls: Vec::new(),
        });
        id
    }

    fn redeclare_function(
        &mut self,
        id: FunctionId,
        name: &Name,
        ty: &Rc<FunctionType>,
        is_unspecified: bool,
    ) -> Checked<()> {
        let Some(entry) = self.declared.functions.get_mut(id.index()) else {
            return Ok(());
        };
        if entry.is_unspecified && entry.ty.result == ty.result {
            entry.ty = ty.clone();
            entry.is_unspecified = is_unspecified;
            return Ok(());
        }
        if is_unspecified && entry.ty.result == ty.result || entry.ty == *ty {
            return Ok(());
        }
        let before = Type::Function(entry.ty.clone());
        let before = self.declared.types.declaration(&before.into(), &name.text);
        let message = format!("`{}` is declared with another type before", name.text);
        Err(self.error_hint(name.span, message, format!("it is declared `{before}`")))
    }

    // Locals.

    /// Assigns the lengths of variable-length arrays named in a declaration.
    fn store_lengths(&mut self, out: &mut Vec<Declare>) {
        let lengths = self.take_pending();
        out.extend(
            lengths
                .into_iter()
                .map(|(local, length)| Declare::Value(local, length)),
        );
    }

    fn local_variable(
        &mut self,
        declared: Declared<'_>,
        init: Option<&Initializer>,
        out: &mut Vec<Declare>,
    ) -> Checked<()> {
        let name = declared.name;
        self.store_lengths(out);
        let id = self.new_local(
            Some(name.text.clone()),
            declared.ty.clone(),
            declared.spelled.clone(),
            name.span,
        );
        if let Some(local) = self.local_mut(id) {
            local.align = declared.align;
            local.scope.start = name.span.end;
        }
        let is_statement = self.is_outermost();
        let symbol = if is_statement {
            Symbol::Statement(id)
        } else {
            Symbol::Local(id)
        };
        self.declare_once(name, symbol)?;
        if super::declarators::is_variable(&declared.ty.ty) {
            return self.variable_array(id, &declared, init, out);
        }
        let Some(init) = init else {
            self.size_of(&declared.ty.ty, name.span)?;
            out.push(Declare::Plain(id));
            return Ok(());
        };
        let (ty, stores) = self.initialiser(&declared.ty, init, name.span)?;
        self.size_of(&ty.ty, name.span)?;
        if ty != declared.ty {
            let spelled = self.declared.types.declaration(&ty, "").into();
            if let Some(local) = self.local_mut(id) {
                local.ty = ty.clone();
                local.spelled = spelled;
            }
        }
        let is_list = matches!(init, Initializer::List(..)) || matches!(ty.ty, Type::Array(_));
        out.push(if ty.ty.is_aggregate() && is_list {
            Declare::List(self.initialise(id, &ty, stores))
        } else {
            Declare::Value(id, self.only_value(&ty, stores, name.span))
        });
        Ok(())
    }

    fn variable_array(
        &mut self,
        id: LocalId,
        declared: &Declared<'_>,
        init: Option<&Initializer>,
        out: &mut Vec<Declare>,
    ) -> Checked<()> {
        let span = declared.name.span;
        if init.is_some() {
            return self.fail(span, "an array of variable length cannot be initialised");
        }
        if self.is_inside() {
            let message = "an array of variable length cannot be declared where a program stands";
            let hint = "give it a constant length";
            return Err(self.error_hint(span, message, hint));
        }
        let bytes = self.size_of(&declared.ty.ty, span)?;
        let address = Type::Pointer(Rc::new(declared.ty.clone()));
        let pointer = self.hidden_local(address, span);
        if let Some(local) = self.local_mut(id) {
            local.storage = Storage::Variable { pointer };
        }
        out.push(Declare::Vla { pointer, bytes });
        Ok(())
    }
}

/// Whether a function's declarator says `()`.
pub fn is_unspecified(declarator: &Declarator) -> bool {
    matches!(declarator.derivations.last(), Some(ast::Derivation::Function(params)) if params.is_unspecified)
}
