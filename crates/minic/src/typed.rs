//! The checked, fully typed program: what the front end hands to the back end.
//!
//! Everything implicit in C is explicit here: conversions are [`ExprKind::Cast`]s, arrays decay through
//! [`ExprKind::AddressOf`], pointer arithmetic carries its stride, names are ids, constants are folded.
//! Key types: [`Program`], [`Function`], [`Stmt`], [`Expr`], [`Place`].
//! Neighbours: [`crate::check`] builds it, the back end lowers it to bytecode.
//!
//! Order of evaluation: left to right, a place before the value assigned to it.

use crate::check::ConsoleScope;
use crate::headers::LibraryFunction;
use crate::source::{Source, Span};
use crate::types::{LocalId, QualType, Type, Types, ids};
use std::rc::Rc;

ids! {
    /// A function of the program.
    FunctionId;
    /// A global variable or a static local.
    GlobalId;
    /// A string literal; equal literals share one.
    StringId;
    /// A label of a function: a user's label, a `case` or a `default`.
    LabelId;
}

/// A whole program, or at the console everything so far with the newest statements as [`Program::entry`].
///
/// At the console the tables only grow: what had an id keeps it, so the back end lays out what is new.
#[derive(Clone, Debug)]
pub struct Program {
    /// The structs, unions and enums that the types refer to.
    pub types: Rc<Types>,
    /// By [`FunctionId`].
    pub functions: Vec<Rc<Function>>,
    /// By [`GlobalId`].
    pub globals: Vec<Rc<Global>>,
    /// By [`StringId`]: the literal's bytes with the final NUL, for the read-only data pages.
    pub strings: Vec<Rc<[u8]>>,
    /// Where execution starts: `main`, or the implicit function of a list of statements.
    pub entry: FunctionId,
    /// What the program declares, for a console on it.
    pub names: ConsoleScope,
}

/// A function with its body.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name; `main` as well for the implicit function of a list of statements.
    pub name: Rc<str>,
    /// The text that the spans of this function refer to.
    pub source: Rc<Source>,
    /// The definition's head, `int f(int x)`.
    pub span: Span,
    /// Result and parameters. The parameters are the first entries of `locals`.
    pub ty: Rc<FunctionType>,
    /// Parameters, local variables and hidden temporaries, by [`LocalId`].
    pub locals: Vec<Local>,
    /// How many labels the body uses.
    pub label_count: u32,
    /// The body. Running off its end returns 0 from `main` and an indeterminate value elsewhere.
    pub body: Block,
    /// Whether it is the implicit function of a list of statements.
    pub is_implicit: bool,
}

pub use crate::types::FunctionType;

/// Where a local lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A register: a scalar whose address nobody takes.
    Register,
    /// The function's frame on the simulated stack.
    Memory,
    /// A variable-length array: on the stack where the hidden register `pointer` says. The code reaches it through
    /// that register only; this entry carries its name and type for the views.
    Variable {
        /// The hidden register with its address.
        pointer: LocalId,
    },
}

/// A local variable, a parameter or a temporary.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name; `None` for hidden temporaries, which no view shows.
    pub name: Option<Rc<str>>,
    /// Its type.
    pub ty: QualType,
    /// The type as the declaration spells it, typedef names kept: `size_t`, `row_t *`.
    pub spelled: Rc<str>,
    /// Register or stack.
    pub storage: Storage,
    /// Alignment on the stack in bytes: the type's, or a larger one that the declaration asks for.
    pub align: u64,
    /// The declared name in the source.
    pub span: Span,
    /// Where the name is in scope: from its declaration to the end of its block.
    pub scope: Span,
}

/// A global variable or static local.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its name.
    pub name: Rc<str>,
    /// Its type, always of known size.
    pub ty: QualType,
    /// The type as the declaration spells it.
    pub spelled: Rc<str>,
    /// Size in bytes.
    pub size: u64,
    /// Alignment in bytes: the type's, or a larger one that the declaration asks for.
    pub align: u64,
    /// Bytes that are not zero at the start, ascending and not overlapping. Without any it belongs to `.bss`.
    pub data: Vec<DataBytes>,
    /// Pointers to fill in, ascending by offset; their 8 bytes are not in `data`.
    pub relocations: Vec<Relocation>,
    /// The text that `span` refers to.
    pub source: Rc<Source>,
    /// The declared name in the source.
    pub span: Span,
    /// The function whose static local it is.
    pub function: Option<Rc<str>>,
}

/// Initial bytes of a global.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataBytes {
    /// Offset in the variable.
    pub offset: u64,
    /// The bytes there.
    pub bytes: Vec<u8>,
}

/// A pointer in a global's initial value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Offset in the variable.
    pub offset: u64,
    /// What it points to.
    pub target: Target,
    /// Bytes to add to the target's address.
    pub addend: i64,
}

/// What an address constant refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Target {
    String(StringId),
    Global(GlobalId),
    Function(FunctionId),
}

/// A list of statements with its own scope.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Stmt>,
    /// Whether it declares variable-length arrays itself: leaving it gives their stack back.
    pub has_vla: bool,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// What a stepper marks: the whole of a simple statement, the head of `if`, loops and `switch`.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields carry C's own names")]
pub enum StmtKind {
    /// Evaluate and drop the value. A bare place is loaded: see [`ExprKind::Load`].
    Expr(Expr),
    /// The same, at the end of a console input: the value is kept for the console to print. Never `void`.
    Result(Expr),
    /// Declarations of locals, in order.
    Declare(Vec<Declare>),
    Block(Block),
    /// Conditions are scalars that count as true when not 0.
    If {
        condition: Expr,
        then: Box<Stmt>,
        otherwise: Option<Box<Stmt>>,
    },
    While {
        condition: Expr,
        body: Box<Stmt>,
    },
    DoWhile {
        body: Box<Stmt>,
        condition: Expr,
    },
    For {
        init: Option<Box<Stmt>>,
        condition: Option<Expr>,
        step: Option<Expr>,
        body: Box<Stmt>,
    },
    /// Jumps to the label of the case that equals `value`, to `default`, or behind the statement.
    /// The case constants are converted to the value's type and have no duplicates.
    Switch {
        value: Expr,
        cases: Vec<(i64, LabelId)>,
        default: Option<LabelId>,
        body: Box<Stmt>,
    },
    /// Leaves the innermost loop or switch.
    Break,
    /// Goes on with the innermost loop.
    Continue,
    /// The value has the function's result type; `None` for `void` functions and for C's lenient `return;`.
    Return(Option<Expr>),
    Goto(LabelId),
    /// A place to jump to. No step of its own.
    Label(LabelId),
    /// Nothing: `;`, a type declaration. No step of its own.
    Empty,
}

/// A local's declaration being run.
#[derive(Clone, Debug)]
pub enum Declare {
    /// Without an initialiser: indeterminate from here on.
    Plain(LocalId),
    /// A scalar, struct or union gets the value of an expression of its type.
    Value(LocalId, Expr),
    /// An array, struct or union gets the values of a list.
    List(Initialise),
    /// A variable-length array: reserve this many bytes (`unsigned long`) of stack, aligned to 16, and put their
    /// address into the register `pointer`. The number of elements is in the type's hidden local, assigned before.
    Vla {
        /// The hidden register, see [`Storage::Variable`].
        pointer: LocalId,
        /// Size in bytes.
        bytes: Expr,
    },
}

/// A memory local initialised from a list.
#[derive(Clone, Debug)]
pub struct Initialise {
    /// The local, always in memory.
    pub local: LocalId,
    /// Its size in bytes.
    pub size: u64,
    /// Whether all bytes are to be zeroed first; false when the items cover everything.
    pub zero_first: bool,
    /// What to store, in source order.
    pub items: Vec<InitItem>,
}

/// One store of an initialiser.
#[derive(Clone, Debug)]
pub struct InitItem {
    /// Offset in the variable.
    pub offset: u64,
    /// What to store there.
    pub value: InitValue,
}

/// The value of an initialiser's store.
#[derive(Clone, Debug)]
pub enum InitValue {
    /// A value of scalar, struct or union type.
    Expr(Expr),
    /// A char array's string: these bytes.
    Bytes(Rc<[u8]>),
}

/// An expression with its type.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// The value's type; never an array or function (those are places or addresses).
    pub ty: Type,
    /// Where it is written.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields carry C's own names")]
pub enum ExprKind {
    /// An integer or pointer constant in register form ([`crate::types::IntType::wrap`]).
    Constant(i64),
    /// The value of a place, scalar or record. From memory it is one load, also when nobody uses the value.
    Load(Place),
    /// The address of a memory place.
    AddressOf(Place),
    /// The address of a function: a signal handler, or only to be printed.
    FunctionAddress(FunctionId),
    /// `-x`, `~x`: operand and result have the same type.
    Unary(UnaryOp, Box<Expr>),
    /// `!x`: 1 when the scalar is 0, else 0.
    Not(Box<Expr>),
    /// Both operands have the same type, but shifts, whose right operand has its own. Signedness is the left
    /// operand's; comparisons give `int`. Pointers compare unsigned.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `&&`: the right side only when the left is not 0.
    And(Box<Expr>, Box<Expr>),
    /// `||`: the right side only when the left is 0.
    Or(Box<Expr>, Box<Expr>),
    /// `? :`; both sides have the result's type, which may be a record or `void`.
    Conditional {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// The first is evaluated for its effects.
    Comma(Box<Expr>, Box<Expr>),
    /// Stores a value of the place's type; the result is the stored value.
    Assign { place: Place, value: Box<Expr> },
    /// `place op= value`: one load, then the place's value converted to `operation`, `op` with the value (which has
    /// that type already; for shifts its own), converted back, one store. The result is the stored value.
    CompoundAssign {
        op: BinaryOp,
        place: Place,
        value: Box<Expr>,
        operation: Type,
    },
    /// `place += index * stride` on a pointer; the index is a `long`, the stride bytes, negative for `-=`.
    PointerAssign {
        place: Place,
        index: Box<Expr>,
        stride: i64,
    },
    /// `++` and `--`: adds `delta` (pointers: the scaled one) with one load and one store.
    /// The result is the value before (`postfix`) or after.
    Increment {
        place: Place,
        delta: i64,
        is_postfix: bool,
    },
    /// Converts a scalar to the expression's type; to `void` drops any value.
    Cast(Box<Expr>),
    /// A call; arguments have their parameters' types, those for `...` are promoted.
    Call { callee: Callee, args: Vec<Expr> },
    /// `pointer + index * stride`; the index is a `long`, the stride bytes, negative for `-`.
    PointerAdd {
        pointer: Box<Expr>,
        index: Box<Expr>,
        stride: i64,
    },
    /// `(left - right) / stride` as `long`; the stride is not 0.
    PointerDifference {
        left: Box<Expr>,
        right: Box<Expr>,
        stride: i64,
    },
    /// Initialises a hidden local (a compound literal); the value is `void`.
    Initialise(Box<Initialise>),
}

/// Operators with one operand that keep its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`, wrapping.
    Negate,
    /// `~`.
    Complement,
}

/// Operators with two operands. All wrap in two's complement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "C's operators")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    /// By zero, and the most negative value by -1: SIGFPE.
    Divide,
    /// As `Divide`.
    Remainder,
    /// The count is taken modulo the width of the left operand's type.
    ShiftLeft,
    /// Arithmetic for signed left operands.
    ShiftRight,
    BitAnd,
    BitOr,
    BitXor,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl BinaryOp {
    /// `<<` and `>>`.
    pub fn is_shift(self) -> bool {
        matches!(self, Self::ShiftLeft | Self::ShiftRight)
    }

    /// `==`, `<` and the others that give 0 or 1.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessEqual
                | Self::Greater
                | Self::GreaterEqual
        )
    }

    /// The operator in C.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}

/// The values of `stdin`, `stdout` and `stderr`, opaque pointers that nobody dereferences: this plus the descriptor.
pub const STREAM_BASE: i64 = 0x7fff_ffff_f000;

/// What a call calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// A function of the program.
    Function(FunctionId),
    /// A library function or system call. For the atomic ones (`atomic_fetch_add`, `atomic_load`, `atomic_store`,
    /// `__sync_fetch_and_add`) the type that the first argument points to is the operation's type.
    Library(LibraryFunction),
}

/// An lvalue: where a value is read from or stored to.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which place.
    pub kind: PlaceKind,
    /// The type of what is there.
    pub ty: QualType,
    /// Where it is written.
    pub span: Span,
}

/// The kinds of places.
#[derive(Clone, Debug)]
pub enum PlaceKind {
    /// A local of the running function: register or memory, as its [`Storage`] says.
    Local(LocalId),
    /// A variable of the list of statements (or console), used inside a function: always memory, in the frame of
    /// the process's bottom function, the implicit one.
    Outer(LocalId),
    /// A global or static local.
    Global(GlobalId),
    /// A string literal, an array of `char`.
    String(StringId),
    /// Where a pointer points to.
    Deref(Box<Expr>),
    /// A member: bytes into a record's place, which is always memory.
    Member {
        /// The record.
        base: Box<Place>,
        /// Bytes from its start.
        offset: u64,
    },
    /// First the expression for its effects, then the place: compound literals, members of returned structs.
    After(Box<Expr>, Box<Place>),
    /// `errno` of the running process: a register; its address cannot be taken.
    Errno,
}
