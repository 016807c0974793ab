//! What names mean: symbols, scopes, and everything that a text and the texts before it declare.

use crate::headers::LibraryFunction;
use crate::parser::TypedefNames;
use crate::preprocess::Macros;
use crate::source::Span;
use crate::typed::{Function, FunctionId, Global, GlobalId, Local, StringId};
use crate::types::{EnumId, FunctionType, LocalId, QualType, RecordId, Type, Types};
use std::collections::HashMap;
use std::rc::Rc;

/// What an ordinary name means.
#[derive(Clone, Debug)]
pub enum Symbol {
    /// A local of the function being checked.
    Local(LocalId),
    /// A variable of the list of statements, seen from there and from functions.
    Statement(LocalId),
    /// A variable of the list of statements, seen from a console inside of another function.
    Outer(LocalId, QualType),
    /// A global or static local.
    Global(GlobalId),
    /// A function of the text.
    Function(FunctionId),
    /// A library function or system call.
    Library(LibraryFunction, Rc<FunctionType>),
    /// An enumeration constant.
    Constant(i64, Type),
    /// A typedef.
    Typedef(QualType),
    /// `errno`.
    Errno,
    /// Its declaration was wrong, or it is unknown: told already.
    Erroneous,
}

/// What a tag means.
#[derive(Clone, Copy, Debug)]
pub enum Tag {
    /// `struct` or `union`.
    Record(RecordId),
    /// `enum`.
    Enum(EnumId),
}

/// The names that a block, a parameter list or a file declares.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Ordinary names.
    pub names: HashMap<Rc<str>, Symbol>,
    /// Tags of structs, unions and enums.
    pub tags: HashMap<Rc<str>, Tag>,
    /// Locals whose scope ends with this one.
    pub locals: Vec<LocalId>,
}

impl Scope {
    /// The names as the parser needs them.
    pub fn typedef_names(&self) -> TypedefNames {
        let is_typedef = |symbol: &Symbol| matches!(symbol, Symbol::Typedef(_));
        let names = self.names.iter();
        names
            .map(|(name, symbol)| (name.clone(), is_typedef(symbol)))
            .collect()
    }
}

/// A function that is declared, and defined once its definition was met.
#[derive(Clone, Debug)]
pub struct FunctionEntry {
    /// Its name.
    pub name: Rc<str>,
    /// Its type.
    pub ty: Rc<FunctionType>,
    /// Whether all declarations so far say `()`, which leaves the parameters open.
    pub is_unspecified: bool,
    /// The checked definition.
    pub definition: Option<Rc<Function>>,
    /// Whether a definition was met, checked or not.
    pub is_defined: bool,
    /// Where it is first used.
    pub used: Option<Span>,
    /// Calls made while the parameters were open: how many arguments, and where.
    pub open_calls: Vec<(usize, Span)>,
}

/// A global variable, declared or defined.
#[derive(Clone, Debug)]
pub struct GlobalEntry {
    /// The variable; its data is empty until a definition gives some.
    pub global: Rc<Global>,
    /// Whether it has an initialiser.
    pub is_initialised: bool,
    /// Whether it is only declared `extern` so far.
    pub is_extern: bool,
    /// Where it is first used.
    pub used: Option<Span>,
}

/// Everything declared so far: by the headers, and at the console by the inputs before.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    /// Macros.
    pub macros: Macros,
    /// What the headers declare.
    pub base: Rc<Scope>,
    /// The same for the parser.
    pub base_names: Rc<TypedefNames>,
    /// What the program declares in which a console is open.
    pub file: Rc<Scope>,
    /// The locals that are visible where that program stands.
    pub around: Rc<Scope>,
    /// The function in which it stands, when a console is open there.
    pub function: Option<FunctionId>,
    /// How many of `locals` belong to code that is compiled: they stay in the registers they are in.
    pub fixed_locals: usize,
    /// What the text declares at its outermost level.
    pub scope: Scope,
    /// Structs, unions and enums.
    pub types: Types,
    /// By [`FunctionId`].
    pub functions: Vec<FunctionEntry>,
    /// By [`GlobalId`].
    pub globals: Vec<GlobalEntry>,
    /// By [`StringId`].
    pub strings: Vec<Rc<[u8]>>,
    /// The ids of the strings.
    pub string_ids: HashMap<Rc<[u8]>, StringId>,
    /// The variables of the list of statements or of the console's function, by [`LocalId`].
    pub locals: Vec<Local>,
}

impl Declarations {
    /// The scopes outside of all blocks, the innermost first.
    pub fn outermost(&self) -> [&Scope; 4] {
        [&self.scope, &self.around, &self.file, &self.base]
    }
}
