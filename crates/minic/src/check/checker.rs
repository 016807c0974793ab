//! The checker's state: scopes, the function being checked, and how errors are told.

use super::scope::{Declarations, GlobalEntry, Scope, Symbol};
use super::suggest;
use crate::diagnostic::{Checked, Diagnostic, Diagnostics, Reported};
use crate::source::{Source, Span};
use crate::typed::{Expr, FunctionId, GlobalId, LabelId, Local, Storage, StringId};
use crate::types::{IntType, LocalId, QualType, Type};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// What kind of text is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The built-in headers.
    Headers,
    /// A program with `main`.
    File,
    /// A list of statements: a file without `main`.
    Statements,
    /// An input at the console: a list of statements that may declare names again.
    Console,
}

/// Checks one text.
pub struct Checker<'e> {
    /// What is declared so far.
    pub declared: Declarations,
    /// The text.
    pub source: Rc<Source>,
    /// What kind of text it is.
    pub mode: Mode,
    /// The functions that the text defines.
    pub defined_names: HashSet<Rc<str>>,
    /// Functions from here on are this text's own.
    pub first_function: usize,
    /// The scopes inside of the outermost one.
    pub scopes: Vec<Scope>,
    /// The functions being checked: the list of statements, if the text is one, and a function in it.
    pub frames: Vec<Frame>,
    /// Whether the initialiser of a global is checked, which the program's start does not run.
    pub is_static: bool,
    errors: &'e mut Diagnostics,
}

/// A function being checked.
pub struct Frame {
    /// Its name.
    pub name: Rc<str>,
    /// What `return` has to give.
    pub result: Type,
    /// Parameters, variables, temporaries.
    pub locals: Vec<Local>,
    /// The user's labels.
    pub labels: HashMap<Rc<str>, UserLabel>,
    /// How many labels there are, users' and cases'.
    pub label_count: u32,
    /// How many loops and switches are open.
    pub breakable: u32,
    /// How many loops are open.
    pub continuable: u32,
    /// The open switches.
    pub switches: Vec<Switch>,
    /// Lengths of variable-length arrays to evaluate before what is being checked.
    pub pending: Vec<(LocalId, Expr)>,
    /// Whether it is the implicit function of a list of statements.
    pub is_implicit: bool,
    /// The scope that holds its parameters, as an index into the checker's scopes.
    pub scope: usize,
}

/// A label for `goto`.
#[derive(Clone, Copy, Debug)]
pub struct UserLabel {
    /// Its id.
    pub id: LabelId,
    /// Where a `goto` or the label itself was first met.
    pub span: Span,
    /// Whether the label itself was met.
    pub is_defined: bool,
}

/// A switch being checked.
pub struct Switch {
    /// The type of the value and the cases.
    pub ty: IntType,
    /// The cases so far.
    pub cases: Vec<(i64, LabelId)>,
    /// The values of the cases.
    pub values: HashSet<i64>,
    /// `default`.
    pub default: Option<LabelId>,
}

impl Frame {
    /// A function about to be checked, whose own scope is the checker's next one.
    pub fn new(name: Rc<str>, result: Type, scope: usize) -> Self {
        Self {
            name,
            result,
            locals: Vec::new(),
            labels: HashMap::new(),
            label_count: 0,
            breakable: 0,
            continuable: 0,
            switches: Vec::new(),
            pending: Vec::new(),
            is_implicit: false,
            scope,
        }
    }

    /// A new label.
    pub fn new_label(&mut self) -> LabelId {
        let id = LabelId(self.label_count);
        self.label_count = self.label_count.saturating_add(1);
        id
    }
}

impl<'e> Checker<'e> {
    /// A checker for a text after what is declared already.
    pub fn new(
        declared: Declarations,
        source: Rc<Source>,
        mode: Mode,
        errors: &'e mut Diagnostics,
    ) -> Self {
        let first_function = declared.functions.len();
        Self {
            declared,
            source,
            mode,
            defined_names: HashSet::new(),
            first_function,
            scopes: Vec::new(),
            frames: Vec::new(),
            is_static: false,
            errors,
        }
    }

    // Errors.

    /// Tells an error.
    pub fn error(&mut self, span: Span, message: impl Into<String>) -> Reported {
        self.errors.push(Diagnostic::new(span, message))
    }

    /// Tells an error with a hint.
    pub fn error_hint(
        &mut self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Reported {
        self.errors.push(Diagnostic::new(span, message).hint(hint))
    }

    /// Tells an error as the result of a step.
    pub fn fail<T>(&mut self, span: Span, message: impl Into<String>) -> Checked<T> {
        Err(self.error(span, message))
    }

    /// Tells that something of C is left out of the language.
    pub fn unsupported(&mut self, span: Span, what: &str, hint: Option<&str>) -> Reported {
        let error = Diagnostic::new(span, format!("{what} not part of the lab's language"));
        self.errors.push(match hint {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    /// The mark of an error that was told where a name was declared or first used.
    pub fn told(&self) -> Reported {
        self.errors.told()
    }

    /// Whether further errors would not be kept.
    pub fn is_full(&self) -> bool {
        self.errors.is_full()
    }

    /// A type's name in backquotes, for messages.
    pub fn quoted(&self, ty: &Type) -> String {
        format!("`{}`", self.declared.types.name(ty))
    }

    // Scopes.

    /// What a name means here.
    pub fn lookup(&self, name: &str) -> Option<&Symbol> {
        let inner = self
            .scopes
            .iter()
            .rev()
            .find_map(|scope| scope.names.get(name));
        inner.or_else(|| self.outermost_symbol(name))
    }

    /// What a name means outside of all blocks.
    pub fn outermost_symbol(&self, name: &str) -> Option<&Symbol> {
        let mut outermost = self.declared.outermost().into_iter();
        outermost.find_map(|scope| scope.names.get(name))
    }

    /// The innermost scope.
    pub fn scope_mut(&mut self) -> &mut Scope {
        self.scopes.last_mut().unwrap_or(&mut self.declared.scope)
    }

    /// The innermost scope.
    pub fn scope(&self) -> &Scope {
        self.scopes.last().unwrap_or(&self.declared.scope)
    }

    /// Whether the innermost scope is the text's outermost one.
    pub fn is_outermost(&self) -> bool {
        self.scopes.is_empty()
    }

    /// Whether a name may be declared again here, as at the console.
    pub fn may_redeclare(&self) -> bool {
        self.mode == Mode::Console && self.is_outermost()
    }

    /// Declares a name in the innermost scope.
    pub fn declare(&mut self, name: Rc<str>, symbol: Symbol) {
        self.scope_mut().names.insert(name, symbol);
    }

    /// Runs a step in a scope of its own that ends at a byte.
    pub fn scoped<T>(&mut self, end: u32, step: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(Scope::default());
        let result = step(self);
        let ended = self.scopes.pop().unwrap_or_default();
        for local in ended.locals {
            if let Some(local) = self.local_mut(local) {
                local.scope.end = end;
            }
        }
        result
    }

    /// The error of a name that nothing declares; told once per function.
    pub fn unknown_name(&mut self, name: &str, span: Span, is_called: bool) -> Reported {
        let what = if is_called { "function " } else { "" };
        let message =
            format!("the {what}name `{name}` is not known").replace("function name", "function");
        let hint = suggest::for_unknown(name, is_called, self.known_names());
        let error = Diagnostic::new(span, message);
        let reported = self.errors.push(match hint {
            Some(hint) => error.hint(hint),
            None => error,
        });
        let scope = self.frames.last().map(|frame| frame.scope);
        let scope = scope.and_then(|at| self.scopes.get_mut(at));
        let scope = scope.unwrap_or(&mut self.declared.scope);
        scope.names.insert(name.into(), Symbol::Erroneous);
        reported
    }

    /// All names known here, for suggestions.
    fn known_names(&self) -> impl Iterator<Item = &str> {
        let scopes = self.scopes.iter();
        let scopes = scopes.chain(self.declared.outermost());
        let names = scopes.flat_map(|scope| scope.names.iter());
        let names = names.filter(|(_, symbol)| !matches!(symbol, Symbol::Erroneous));
        let macros = self.declared.macros.names().map(|name| &**name);
        let constants = abi::constants::names().map(|(name, _)| name);
        names
            .map(|(name, _)| &**name)
            .chain(macros)
            .chain(constants)
    }

    // The function being checked.

    /// The function being checked, if any.
    pub fn frame(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// A local of the function being checked.
    pub fn local_mut(&mut self, id: LocalId) -> Option<&mut Local> {
        self.frames.last_mut()?.locals.get_mut(id.index())
    }

    /// A local of the function being checked.
    pub fn local(&self, id: LocalId) -> Option<&Local> {
        self.frames.last()?.locals.get(id.index())
    }

    /// Adds a local to the function being checked, in a register if it can be.
    pub fn new_local(
        &mut self,
        name: Option<Rc<str>>,
        ty: QualType,
        spelled: Rc<str>,
        span: Span,
    ) -> LocalId {
        let local = self.local_of(name, ty, spelled, span);
        let Some(frame) = self.frames.last_mut() else {
            return LocalId(0);
        };
        let id = LocalId::next(frame.locals.len());
        frame.locals.push(local);
        self.scope_mut().locals.push(id);
        id
    }

    /// Whether what is being checked runs in the frame of a function of the program.
    pub fn is_inside(&self) -> bool {
        self.declared.function.is_some() && self.frames.len() <= 1
    }

    /// A local that is not in the table yet.
    pub fn local_of(
        &self,
        name: Option<Rc<str>>,
        ty: QualType,
        spelled: Rc<str>,
        span: Span,
    ) -> Local {
        let is_console_variable = self.is_inside() && name.is_some();
        let storage = if ty.ty.is_aggregate() || is_console_variable {
            Storage::Memory
        } else {
            Storage::Register
        };
        Local {
            name,
            storage,
            align: self.declared.types.align_of(&ty.ty),
            ty,
            spelled,
            span,
            scope: Span::new(span.start, u32::MAX),
        }
    }

    /// Adds a temporary that no view shows.
    pub fn hidden_local(&mut self, ty: Type, span: Span) -> LocalId {
        let spelled = self.declared.types.name(&ty).into();
        self.new_local(None, ty.into(), spelled, span)
    }

    /// A global that is used here.
    pub fn use_global(&mut self, id: GlobalId, span: Span) -> Option<&GlobalEntry> {
        let entry = self.declared.globals.get_mut(id.index())?;
        entry.used.get_or_insert(span);
        Some(entry)
    }

    /// A function that is used here.
    pub fn use_function(&mut self, id: FunctionId, span: Span) {
        if let Some(entry) = self.declared.functions.get_mut(id.index()) {
            entry.used.get_or_insert(span);
        }
    }

    /// The id of a string literal, with its final NUL.
    pub fn string_id(&mut self, bytes: &Rc<[u8]>) -> StringId {
        if let Some(id) = self.declared.string_ids.get(bytes) {
            return *id;
        }
        let id = StringId::next(self.declared.strings.len());
        self.declared.strings.push(bytes.clone());
        self.declared.string_ids.insert(bytes.clone(), id);
        id
    }
}
