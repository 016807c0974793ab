//! The syntax tree: a program as written, names not looked up, types not known.
//!
//! Neighbours: [`crate::parser`] builds it, [`crate::check`] turns it into [`crate::typed`].

use crate::source::Span;
use crate::typed::BinaryOp;
use crate::types::{IntType, RecordKind};
use std::rc::Rc;

/// A name with its place.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: Rc<str>,
    /// Where it is written.
    pub span: Span,
}

/// What stands at the outermost level of a text.
#[derive(Debug)]
pub enum Item {
    /// A function with its body.
    Function(Function),
    /// A statement or declaration.
    Statement(Stmt),
}

/// A function definition.
#[derive(Debug)]
pub struct Function {
    /// Result type and storage class.
    pub specifiers: Specifiers,
    /// Name and parameters.
    pub declarator: Declarator,
    /// The body's statements.
    pub body: Vec<Stmt>,
    /// The definition's head.
    pub span: Span,
    /// The body with its braces.
    pub body_span: Span,
}

/// A declaration: specifiers and what they declare.
#[derive(Debug)]
pub struct Declaration {
    /// What all declarators share.
    pub specifiers: Specifiers,
    /// The declared names.
    pub declarators: Vec<InitDeclarator>,
    /// The whole declaration.
    pub span: Span,
}

/// A declarator with its initialiser.
#[derive(Debug)]
pub struct InitDeclarator {
    /// Name and type.
    pub declarator: Declarator,
    /// What follows `=`.
    pub init: Option<Initializer>,
}

/// A storage class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "C's keywords")]
pub enum StorageClass {
    Typedef,
    Extern,
    Static,
    Auto,
}

/// The specifiers of a declaration or type name.
#[derive(Debug)]
pub struct Specifiers {
    /// `typedef`, `static` ...
    pub storage: Option<StorageClass>,
    /// The type before any declarator.
    pub ty: TypeSpecifier,
    /// `const`.
    pub is_const: bool,
    /// `volatile`.
    pub is_volatile: bool,
    /// Attributes that change a layout.
    pub attributes: Attributes,
    /// Where they are written.
    pub span: Span,
}

/// The attributes that are not ignored.
#[derive(Debug, Default)]
pub struct Attributes {
    /// `packed`.
    pub is_packed: bool,
    /// `aligned(N)` or `_Alignas(N)`.
    pub align: Option<Box<Expr>>,
}

/// A type specifier.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum TypeSpecifier {
    Void,
    Int(IntType),
    Typedef(Name),
    Record(RecordSpecifier),
    Enum(EnumSpecifier),
    /// `typeof(expression)`.
    TypeofExpr(Box<Expr>),
    /// `typeof(type)`.
    TypeofType(Box<TypeName>),
    /// A type that the language leaves out, such as `double`.
    Unsupported(Name),
    /// A name in the place of a type that no typedef declares.
    Unknown(Name),
}

/// `struct tag { ... }` with or without either part.
#[derive(Debug)]
pub struct RecordSpecifier {
    /// struct or union.
    pub kind: RecordKind,
    /// The tag.
    pub tag: Option<Name>,
    /// The members, if they are listed here.
    pub members: Option<Vec<MemberDeclaration>>,
    /// Whether members are packed without padding.
    pub is_packed: bool,
    /// `aligned(N)`.
    pub align: Option<Box<Expr>>,
}

/// One declaration in a record.
#[derive(Debug)]
pub struct MemberDeclaration {
    /// What all members of the line share.
    pub specifiers: Specifiers,
    /// The members; none for an anonymous struct or union.
    pub declarators: Vec<MemberDeclarator>,
}

/// One member.
#[derive(Debug)]
pub struct MemberDeclarator {
    /// Name and type.
    pub declarator: Declarator,
    /// Where a bit-field's width is written.
    pub bit_field: Option<Span>,
}

/// `enum tag { ... }` with or without either part.
#[derive(Debug)]
pub struct EnumSpecifier {
    /// The tag.
    pub tag: Option<Name>,
    /// The constants with their values, if they are listed here.
    pub constants: Option<Vec<(Name, Option<Expr>)>>,
}

/// A declarator: a name and how its type comes from the specifiers' type.
#[derive(Debug)]
pub struct Declarator {
    /// The declared name; `None` in type names and unnamed parameters.
    pub name: Option<Name>,
    /// Applied to the specifiers' type one after the other: `*a[3]` is pointer, then array.
    pub derivations: Vec<Derivation>,
    /// Attributes behind the declarator.
    pub attributes: Attributes,
    /// Where it is written.
    pub span: Span,
}

/// One step from a type to the next.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum Derivation {
    Pointer {
        is_const: bool,
        is_volatile: bool,
    },
    /// `[length]` or `[]`.
    Array {
        length: Option<Box<Expr>>,
        span: Span,
    },
    Function(Params),
}

/// A parameter list.
#[derive(Debug)]
pub struct Params {
    /// The parameters; none for `(void)` and `()`.
    pub list: Vec<Param>,
    /// Ends in `...`.
    pub is_variadic: bool,
    /// `()`: says nothing about the arguments.
    pub is_unspecified: bool,
    /// With its parentheses.
    pub span: Span,
}

/// A parameter.
#[derive(Debug)]
pub struct Param {
    /// Its type's specifiers.
    pub specifiers: Specifiers,
    /// Its name, if any, and type.
    pub declarator: Declarator,
}

/// A type as `sizeof` and casts take it.
#[derive(Debug)]
pub struct TypeName {
    /// The specifiers.
    pub specifiers: Specifiers,
    /// A declarator without a name.
    pub declarator: Declarator,
    /// Where it is written.
    pub span: Span,
}

/// What initialises a variable.
#[derive(Debug)]
pub enum Initializer {
    /// An expression.
    Expr(Expr),
    /// `{ ... }`.
    List(Vec<InitEntry>, Span),
}

/// An entry of an initialiser list.
#[derive(Debug)]
pub struct InitEntry {
    /// `[2].x` before `=`; empty for the next one in order.
    pub designators: Vec<Designator>,
    /// The value.
    pub value: Initializer,
}

/// A step of a designator.
#[derive(Debug)]
pub enum Designator {
    /// `[index]`.
    Index(Expr),
    /// `.member`.
    Member(Name),
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// What a stepper marks, see [`crate::typed::Stmt`].
    pub span: Span,
}

/// The kinds of statements.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum StmtKind {
    Empty,
    Expr(Expr),
    Declaration(Declaration),
    StaticAssert {
        condition: Expr,
        message: Option<String>,
    },
    Block(Vec<Stmt>, Span),
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
        whole: Span,
    },
    Switch {
        value: Expr,
        body: Box<Stmt>,
    },
    Break,
    Continue,
    Return(Option<Expr>),
    Goto(Name),
    /// Labels and the statement that they mark.
    Labeled(Vec<Label>, Box<Stmt>),
}

/// What marks a statement.
#[derive(Debug)]
pub enum Label {
    /// A name for `goto`.
    Name(Name),
    /// `case value:` or GNU's `case low ... high:`.
    Case(Expr, Option<Expr>),
    /// `default:`.
    Default(Span),
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Where it is written.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum ExprKind {
    Name(Rc<str>),
    /// A number or character in register form.
    Integer {
        value: i64,
        ty: IntType,
    },
    /// A number with a fraction or an exponent, which the language leaves out.
    Floating(Rc<str>),
    /// A string with its final NUL.
    String(Rc<[u8]>),
    Unary(UnaryOperator, Box<Expr>),
    /// `++` and `--`; the number is 1 or -1.
    Increment {
        operand: Box<Expr>,
        by: i64,
        is_postfix: bool,
    },
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// `=` or, with an operator, `op=`.
    Assign(Option<BinaryOp>, Box<Expr>, Box<Expr>),
    /// Without the middle: GNU's `a ?: b`.
    Conditional(Box<Expr>, Option<Box<Expr>>, Box<Expr>),
    Comma(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Vec<Expr>),
    Index(Box<Expr>, Box<Expr>),
    /// `base.name`, or `base->name` when `is_arrow`.
    Member {
        base: Box<Expr>,
        name: Name,
        is_arrow: bool,
    },
    Cast(Box<TypeName>, Box<Expr>),
    CompoundLiteral(Box<TypeName>, Vec<InitEntry>),
    SizeofExpr(Box<Expr>),
    SizeofType(Box<TypeName>),
    AlignofType(Box<TypeName>),
    Offsetof(Box<TypeName>, Vec<Designator>),
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum UnaryOperator {
    Plus,
    Negate,
    Complement,
    Not,
    Deref,
    AddressOf,
}

impl Expr {
    /// An expression of a kind at a place.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind, span }
    }
}
