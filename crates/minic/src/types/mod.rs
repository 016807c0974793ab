//! C types and their layout on Linux x86-64 (LP64, System V ABI).
//!
//! A [`Type`] is a small value; structs, unions and enums are entries of a [`Types`] table and referred to by id,
//! so that a struct can point to itself and be completed after its first mention.
//! Neighbours: [`crate::typed`] uses these types; [`crate::check`] builds them.

mod spelling;

use std::rc::Rc;

/// Declares ids that index a table.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index into its table.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the entry that is pushed next onto a table of this length.
            pub fn next(length: usize) -> Self {
                Self(u32::try_from(length).unwrap_or(u32::MAX))
            }
        }
    )*};
}
pub(crate) use ids;

ids! {
    /// A struct or union of a [`Types`] table.
    RecordId;
    /// An enum of a [`Types`] table.
    EnumId;
    /// A local variable (or parameter) of a function.
    LocalId;
}

/// An integer type. `char` is signed on x86-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum IntType {
    Bool,
    Char,
    SignedChar,
    UnsignedChar,
    Short,
    UnsignedShort,
    Int,
    UnsignedInt,
    Long,
    UnsignedLong,
    LongLong,
    UnsignedLongLong,
}

impl IntType {
    /// Size in bytes, which is also the alignment: 1, 2, 4 or 8.
    pub fn size(self) -> u64 {
        match self {
            Self::Bool | Self::Char | Self::SignedChar | Self::UnsignedChar => 1,
            Self::Short | Self::UnsignedShort => 2,
            Self::Int | Self::UnsignedInt => 4,
            Self::Long | Self::UnsignedLong | Self::LongLong | Self::UnsignedLongLong => 8,
        }
    }

    /// Whether the type has negative values.
    pub fn is_signed(self) -> bool {
        matches!(
            self,
            Self::Char | Self::SignedChar | Self::Short | Self::Int | Self::Long | Self::LongLong
        )
    }

    /// The unsigned type of the same rank; `_Bool` stays.
    #[must_use]
    pub fn to_unsigned(self) -> Self {
        match self {
            Self::Char | Self::SignedChar => Self::UnsignedChar,
            Self::Short => Self::UnsignedShort,
            Self::Int => Self::UnsignedInt,
            Self::Long => Self::UnsignedLong,
            Self::LongLong => Self::UnsignedLongLong,
            other => other,
        }
    }

    /// The conversion rank (C11 6.3.1.1), a larger number for a higher rank.
    pub fn rank(self) -> u8 {
        match self {
            Self::Bool => 0,
            Self::Char | Self::SignedChar | Self::UnsignedChar => 1,
            Self::Short | Self::UnsignedShort => 2,
            Self::Int | Self::UnsignedInt => 3,
            Self::Long | Self::UnsignedLong => 4,
            Self::LongLong | Self::UnsignedLongLong => 5,
        }
    }

    /// The type after integer promotion: everything below `int` becomes `int`.
    #[must_use]
    pub fn promoted(self) -> Self {
        if self.rank() < Self::Int.rank() {
            Self::Int
        } else {
            self
        }
    }

    /// A 64-bit value converted to this type, in the form in which every register holds it:
    /// sign-extended for signed types, zero-extended for unsigned ones, 0 or 1 for `_Bool`.
    pub fn wrap(self, value: i64) -> i64 {
        match self {
            Self::Bool => i64::from(value != 0),
            Self::Char | Self::SignedChar => i64::from(value as i8),
            Self::UnsignedChar => i64::from(value as u8),
            Self::Short => i64::from(value as i16),
            Self::UnsignedShort => i64::from(value as u16),
            Self::Int => i64::from(value as i32),
            Self::UnsignedInt => i64::from(value as u32),
            Self::Long | Self::UnsignedLong | Self::LongLong | Self::UnsignedLongLong => value,
        }
    }

    /// The name in C.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "_Bool",
            Self::Char => "char",
            Self::SignedChar => "signed char",
            Self::UnsignedChar => "unsigned char",
            Self::Short => "short",
            Self::UnsignedShort => "unsigned short",
            Self::Int => "int",
            Self::UnsignedInt => "unsigned int",
            Self::Long => "long",
            Self::UnsignedLong => "unsigned long",
            Self::LongLong => "long long",
            Self::UnsignedLongLong => "unsigned long long",
        }
    }
}

/// A type without top-level qualifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `void`.
    Void,
    /// An integer type.
    Int(IntType),
    /// An enum; computes like its underlying integer type.
    Enum(EnumId),
    /// A pointer.
    Pointer(Rc<QualType>),
    /// An array.
    Array(Rc<ArrayType>),
    /// A struct or union.
    Record(RecordId),
    /// A function; as a value only behind a pointer (signal handlers, addresses of functions).
    Function(Rc<FunctionType>),
}

/// A type with its qualifiers. `restrict` and `_Atomic` are accepted in source and not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualType {
    /// The type.
    pub ty: Type,
    /// May not be assigned to.
    pub is_const: bool,
    /// Declared `volatile`.
    pub is_volatile: bool,
}

/// An array type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayType {
    /// What it holds.
    pub element: QualType,
    /// How many.
    pub length: ArrayLength,
}

/// How long an array is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayLength {
    /// Number of elements; may be 0.
    Fixed(u64),
    /// Not said: `extern int a[]`, a flexible array member.
    Unsized,
    /// A variable-length array: the hidden `unsigned long` local that holds the number of elements.
    Variable(LocalId),
}

/// A function's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionType {
    /// What it returns.
    pub result: Type,
    /// Its parameters' types, arrays already turned into pointers.
    pub params: Vec<Type>,
    /// Takes more arguments after the parameters (`...`).
    pub is_variadic: bool,
}

/// struct or union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum RecordKind {
    Struct,
    Union,
}

/// A struct or union of the [`Types`] table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// struct or union.
    pub kind: RecordKind,
    /// The tag, or the typedef's name for a record without one, if any.
    pub name: Option<Rc<str>>,
    /// Whether `name` is a tag (`struct NAME`) and not a typedef's name.
    pub is_tag: bool,
    /// `None` while incomplete.
    pub layout: Option<Layout>,
    /// Whether an error was told about a member, which the layout lacks.
    pub lacks_members: bool,
}

/// Where a complete record's members lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Size in bytes, padded to the alignment.
    pub size: u64,
    /// Alignment in bytes.
    pub align: u64,
    /// Members in the order of declaration.
    pub members: Rc<[Member]>,
    /// How deep records and arrays nest in it; bounded by the checker.
    pub depth: u32,
}

/// A member of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name; `None` for an anonymous struct or union, whose members count as the outer record's.
    pub name: Option<Rc<str>>,
    /// Its type.
    pub ty: QualType,
    /// Bytes from the record's start.
    pub offset: u64,
}

/// An enum of the [`Types`] table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumType {
    /// The tag or the typedef's name, if any.
    pub name: Option<Rc<str>>,
    /// Whether `name` is a tag.
    pub is_tag: bool,
    /// `unsigned int` without negative constants, else `int` (or the 8-byte forms where needed), as gcc does.
    pub underlying: IntType,
    /// Names and values in the order of declaration.
    pub constants: Rc<[(Rc<str>, i64)]>,
}

/// The structs, unions and enums of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types {
    /// By [`RecordId`].
    pub records: Vec<Record>,
    /// By [`EnumId`].
    pub enums: Vec<EnumType>,
}

impl Type {
    /// `int`.
    pub const INT: Self = Self::Int(IntType::Int);
    /// `char`.
    pub const CHAR: Self = Self::Int(IntType::Char);
    /// `size_t`.
    pub const SIZE: Self = Self::Int(IntType::UnsignedLong);
    /// `ptrdiff_t`.
    pub const LONG: Self = Self::Int(IntType::Long);

    /// A pointer to this type.
    #[must_use]
    pub fn pointer(self) -> Self {
        Self::Pointer(Rc::new(self.into()))
    }

    /// Integers, enums and pointers: what fits a register.
    pub fn is_scalar(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Enum(_) | Self::Pointer(_))
    }

    /// Integers and enums.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Enum(_))
    }

    /// Arrays, structs and unions: what always lies in memory.
    pub fn is_aggregate(&self) -> bool {
        matches!(self, Self::Array(_) | Self::Record(_))
    }

    /// What a pointer points to.
    pub fn pointee(&self) -> Option<&QualType> {
        match self {
            Self::Pointer(to) => Some(to),
            _ => None,
        }
    }

    /// Whether it is a pointer to a function.
    pub fn is_function_pointer(&self) -> bool {
        matches!(self, Self::Pointer(to) if matches!(to.ty, Self::Function(_)))
    }
}

impl From<Type> for QualType {
    fn from(ty: Type) -> Self {
        Self {
            ty,
            is_const: false,
            is_volatile: false,
        }
    }
}

impl Types {
    /// The record of an id.
    pub fn record(&self, id: RecordId) -> Option<&Record> {
        self.records.get(id.index())
    }

    /// The layout of a complete record.
    pub fn layout(&self, id: RecordId) -> Option<&Layout> {
        self.record(id)?.layout.as_ref()
    }

    /// The enum of an id.
    pub fn enumeration(&self, id: EnumId) -> Option<&EnumType> {
        self.enums.get(id.index())
    }

    /// The integer type that an integer or enum computes as.
    pub fn int_type(&self, ty: &Type) -> Option<IntType> {
        match ty {
            Type::Int(int) => Some(*int),
            Type::Enum(id) => Some(self.enumeration(*id).map_or(IntType::Int, |e| e.underlying)),
            _ => None,
        }
    }

    /// The integer type in which a register holds a scalar: pointers are `unsigned long`.
    pub fn register_type(&self, ty: &Type) -> Option<IntType> {
        match ty {
            Type::Pointer(_) => Some(IntType::UnsignedLong),
            other => self.int_type(other),
        }
    }

    /// Size in bytes. `None`: incomplete, variable-length, a function, `void`, or too large for 63 bits.
    pub fn size_of(&self, ty: &Type) -> Option<u64> {
        match ty {
            Type::Int(int) => Some(int.size()),
            Type::Enum(_) => self.int_type(ty).map(IntType::size),
            Type::Pointer(_) => Some(8),
            Type::Array(array) => match array.length {
                ArrayLength::Fixed(count) => self
                    .size_of(&array.element.ty)?
                    .checked_mul(count)
                    .filter(|&size| size <= i64::MAX as u64),
                ArrayLength::Unsized | ArrayLength::Variable(_) => None,
            },
            Type::Record(id) => self.layout(*id).map(|layout| layout.size),
            Type::Void | Type::Function(_) => None,
        }
    }

    /// Alignment in bytes; 1 for what has none.
    pub fn align_of(&self, ty: &Type) -> u64 {
        match ty {
            Type::Int(int) => int.size(),
            Type::Enum(_) => self.int_type(ty).map_or(4, IntType::size),
            Type::Pointer(_) => 8,
            Type::Array(array) => self.align_of(&array.element.ty),
            Type::Record(id) => self.layout(*id).map_or(1, |layout| layout.align),
            Type::Void | Type::Function(_) => 1,
        }
    }

    /// Whether a record, or an anonymous one in it, lacks members that were wrong.
    pub fn lacks_members(&self, id: RecordId) -> bool {
        let members = self.layout(id).into_iter().flat_map(|l| l.members.iter());
        let mut anonymous = members.filter(|member| member.name.is_none());
        self.record(id).is_some_and(|record| record.lacks_members)
            || anonymous.any(|member| match member.ty.ty {
                Type::Record(inner) => self.lacks_members(inner),
                _ => false,
            })
    }

    /// The member of a record by name, also through anonymous structs and unions:
    /// its offset from the record's start and its type.
    pub fn member(&self, id: RecordId, name: &str) -> Option<(u64, &QualType)> {
        self.layout(id)?
            .members
            .iter()
            .find_map(|member| match (&member.name, &member.ty.ty) {
                (Some(own), _) => (**own == *name).then_some((member.offset, &member.ty)),
                (None, Type::Record(inner)) => {
                    let (offset, ty) = self.member(*inner, name)?;
                    Some((offset.saturating_add(member.offset), ty))
                }
                (None, _) => None,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(element: Type, count: u64) -> Type {
        Type::Array(Rc::new(ArrayType {
            element: element.into(),
            length: ArrayLength::Fixed(count),
        }))
    }

    #[test]
    fn sizes_follow_lp64_and_refuse_what_is_too_large() {
        let types = Types::default();
        assert_eq!(types.size_of(&array(array(Type::INT, 3), 4)), Some(48));
        assert_eq!(types.size_of(&array(Type::LONG, u64::MAX / 4)), None);
        assert_eq!(types.align_of(&array(Type::Int(IntType::Short), 5)), 2);
        assert_eq!(types.size_of(&Type::Void), None);
    }

    #[test]
    fn values_wrap_into_their_register_form() {
        assert_eq!(IntType::UnsignedInt.wrap(-1), 0xffff_ffff);
        assert_eq!(IntType::Char.wrap(200), -56);
        assert_eq!(IntType::Bool.wrap(256), 1);
    }
}
