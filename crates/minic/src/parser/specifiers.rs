//! Declaration specifiers, attributes and type names (C11 6.7.1 to 6.7.5).

use super::{Parser, is_keyword};
use crate::ast::{
    Attributes, EnumSpecifier, Name, RecordSpecifier, Specifiers, StorageClass, TypeName,
    TypeSpecifier,
};
use crate::diagnostic::{Checked, Diagnostic};
use crate::source::Span;
use crate::types::{IntType, RecordKind};

/// The words of a type, such as `unsigned long`, counted while they come.
#[derive(Default)]
struct Words {
    base: Option<&'static str>,
    longs: u8,
    is_short: bool,
    is_signed: bool,
    is_unsigned: bool,
}

impl Words {
    fn is_empty(&self) -> bool {
        self.base.is_none()
            && self.longs == 0
            && !self.is_short
            && !self.is_signed
            && !self.is_unsigned
    }

    /// Takes a word of a type; `Some(false)` when it does not fit the words before.
    fn take(&mut self, word: &str) -> Option<bool> {
        let fits = match word {
            "long" => {
                self.longs = self.longs.saturating_add(1);
                self.longs <= 2
            }
            "short" => !std::mem::replace(&mut self.is_short, true),
            "signed" | "__signed__" => !std::mem::replace(&mut self.is_signed, true),
            "unsigned" => !std::mem::replace(&mut self.is_unsigned, true),
            "void" => self.base.replace("void").is_none(),
            "char" => self.base.replace("char").is_none(),
            "int" => self.base.replace("int").is_none(),
            "_Bool" => self.base.replace("_Bool").is_none(),
            _ => return None,
        };
        Some(fits)
    }

    /// The type that the words make, if they make one.
    fn specifier(&self) -> Option<TypeSpecifier> {
        let has_sign = self.is_signed || self.is_unsigned;
        let has_length = self.is_short || self.longs > 0;
        let int = match self.base {
            Some("void") => return (!has_sign && !has_length).then_some(TypeSpecifier::Void),
            Some("_Bool") if !has_sign && !has_length => IntType::Bool,
            Some("char") if !has_length => match (self.is_signed, self.is_unsigned) {
                (false, false) => return Some(TypeSpecifier::Int(IntType::Char)),
                _ => IntType::SignedChar,
            },
            None | Some("int") => match (self.is_short, self.longs) {
                (true, 0) => IntType::Short,
                (false, 0) => IntType::Int,
                (false, 1) => IntType::Long,
                (false, 2) => IntType::LongLong,
                _ => return None,
            },
            _ => return None,
        };
        match (self.is_signed, self.is_unsigned) {
            (true, true) => None,
            (_, true) => Some(TypeSpecifier::Int(int.to_unsigned())),
            _ => Some(TypeSpecifier::Int(int)),
        }
    }
}

/// Specifiers while they are read.
struct Reading {
    storage: Option<StorageClass>,
    words: Words,
    ty: Option<TypeSpecifier>,
    is_const: bool,
    is_volatile: bool,
    attributes: Attributes,
}

impl Parser<'_> {
    /// Whether a type (or any declaration specifier) starts this many tokens ahead.
    pub(super) fn starts_type_at(&self, ahead: usize) -> bool {
        const WORDS: &[&str] = &[
            "void",
            "char",
            "short",
            "int",
            "long",
            "signed",
            "unsigned",
            "_Bool",
            "float",
            "double",
            "_Complex",
            "__int128",
            "struct",
            "union",
            "enum",
            "typeof",
            "const",
            "volatile",
            "restrict",
            "_Atomic",
            "typedef",
            "extern",
            "static",
            "auto",
            "register",
            "inline",
            "_Noreturn",
            "_Thread_local",
            "_Alignas",
            "__attribute__",
            "__signed__",
        ];
        self.peek_at(ahead)
            .name()
            .is_some_and(|name| WORDS.contains(&&**name) || self.lookup(name).unwrap_or(false))
    }

    /// Whether an unknown name stands here in the place of a type: `foo_t x`, `foo_t *x = ...`.
    pub(super) fn starts_with_unknown_type(&self) -> bool {
        let is_new = |name: &str| !is_keyword(name) && self.lookup(name).is_none();
        if !self.peek().name().is_some_and(|name| is_new(name)) {
            return false;
        }
        let mut ahead = 1;
        while self.peek_at(ahead).is("*") {
            ahead = ahead.saturating_add(1);
        }
        let names_something = self
            .peek_at(ahead)
            .name()
            .is_some_and(|name| !is_keyword(name));
        let after = self.peek_at(ahead.saturating_add(1));
        let goes_on = ["=", ";", ",", "[", ")"].iter().any(|mark| after.is(mark));
        names_something && (ahead == 1 || goes_on)
    }

    /// Declaration specifiers; at least a type.
    pub(super) fn specifiers(&mut self) -> Checked<Specifiers> {
        let start = self.peek().span;
        let mut reading = Reading {
            storage: None,
            words: Words::default(),
            ty: None,
            is_const: false,
            is_volatile: false,
            attributes: Attributes::default(),
        };
        while self.specifier(&mut reading)? {}
        let span = self.since(start);
        let ty = match (reading.ty, reading.words.is_empty()) {
            (Some(ty), true) => ty,
            (None, false) => reading.words.specifier().ok_or_else(|| {
                self.error(Diagnostic::new(span, "these words together are no type"))
            })?,
            (Some(_), false) => {
                return Err(self.error(Diagnostic::new(span, "these words together are no type")));
            }
            (None, true) => return Err(self.unexpected("a type")),
        };
        Ok(Specifiers {
            storage: reading.storage,
            ty,
            is_const: reading.is_const,
            is_volatile: reading.is_volatile,
            attributes: reading.attributes,
            span,
        })
    }

    /// Reads one specifier; false when none stands here.
    fn specifier(&mut self, reading: &mut Reading) -> Checked<bool> {
        let Some(word) = self.peek().name().cloned() else {
            return Ok(false);
        };
        let span = self.peek().span;
        if let Some(fits) = reading.words.take(&word) {
            if !fits {
                return Err(self.error(Diagnostic::new(
                    span,
                    format!("`{word}` does not fit the type before it"),
                )));
            }
            self.bump();
            return Ok(true);
        }
        match &*word {
            "typedef" => self.storage(reading, StorageClass::Typedef)?,
            "extern" => self.storage(reading, StorageClass::Extern)?,
            "static" => self.storage(reading, StorageClass::Static)?,
            "auto" | "register" => self.storage(reading, StorageClass::Auto)?,
            "const" => reading.is_const = true,
            "volatile" => reading.is_volatile = true,
            "_Thread_local" => return Err(self.unsupported("thread-local storage")),
            "inline" | "_Noreturn" | "restrict" | "__extension__" => {}
            "_Atomic" if self.peek_at(1).is("(") => {
                reading.ty = Some(self.parenthesised_type()?);
                return Ok(true);
            }
            "_Atomic" => {}
            "__attribute__" | "_Alignas" => {
                self.attributes(&mut reading.attributes)?;
                return Ok(true);
            }
            "float" | "double" | "_Complex" | "__int128" if reading.ty.is_none() => {
                reading.words = Words::default(); // `long double`
                let name = Name { text: word, span };
                reading.ty = Some(TypeSpecifier::Unsupported(name));
            }
            _ if reading.ty.is_some() || !reading.words.is_empty() => return Ok(false),
            "struct" | "union" => {
                reading.ty = Some(TypeSpecifier::Record(self.record()?));
                return Ok(true);
            }
            "enum" => {
                reading.ty = Some(TypeSpecifier::Enum(self.enumeration()?));
                return Ok(true);
            }
            "typeof" => {
                reading.ty = Some(self.parenthesised_type()?);
                return Ok(true);
            }
            _ if is_keyword(&word) => return Ok(false),
            _ => {
                let name = Name {
                    text: word.clone(),
                    span,
                };
                reading.ty = Some(match self.lookup(&word) {
                    Some(true) => TypeSpecifier::Typedef(name),
                    _ => TypeSpecifier::Unknown(name),
                });
            }
        }
        self.bump();
        Ok(true)
    }

    fn storage(&mut self, reading: &mut Reading, class: StorageClass) -> Checked<()> {
        if reading.storage.replace(class).is_some() {
            let span = self.peek().span;
            return Err(self.error(Diagnostic::new(
                span,
                "a declaration has only one storage class",
            )));
        }
        Ok(())
    }

    /// `typeof(...)` and `_Atomic(...)`.
    fn parenthesised_type(&mut self) -> Checked<TypeSpecifier> {
        self.nested(|p| {
            p.bump();
            p.expect("(")?;
            let ty = if p.starts_type_at(0) {
                TypeSpecifier::TypeofType(Box::new(p.type_name()?))
            } else {
                TypeSpecifier::TypeofExpr(Box::new(p.expression()?))
            };
            p.expect(")")?;
            Ok(ty)
        })
    }

    /// Any number of `__attribute__((...))` and `_Alignas(...)`.
    pub(super) fn attributes(&mut self, attributes: &mut Attributes) -> Checked<()> {
        loop {
            if self.accept_keyword("__attribute__") {
                self.expect("(")?;
                self.expect("(")?;
                while !self.is(")") {
                    self.attribute(attributes)?;
                    self.accept(",");
                }
                self.expect(")")?;
                self.expect(")")?;
            } else if self.accept_keyword("_Alignas") {
                self.expect("(")?;
                if !self.starts_type_at(0) {
                    attributes.align = Some(Box::new(self.conditional()?));
                } else {
                    self.type_name()?;
                }
                self.expect(")")?;
            } else {
                return Ok(());
            }
        }
    }

    fn attribute(&mut self, attributes: &mut Attributes) -> Checked<()> {
        let Some(word) = self.peek().name().cloned() else {
            return Err(self.unexpected("an attribute"));
        };
        self.bump();
        match word.trim_matches('_') {
            "packed" => attributes.is_packed = true,
            "aligned" if self.accept("(") => {
                attributes.align = Some(Box::new(self.conditional()?));
                self.expect(")")?;
            }
            _ if self.is("(") => self.skip_parentheses()?,
            _ => {}
        }
        Ok(())
    }

    fn skip_parentheses(&mut self) -> Checked<()> {
        let mut open = 0u32;
        loop {
            if self.is("(") {
                open = open.saturating_add(1);
            } else if self.is(")") {
                open = open.saturating_sub(1);
            } else if self.at_end() {
                return Err(self.unexpected("`)`"));
            }
            self.bump();
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn record(&mut self) -> Checked<RecordSpecifier> {
        self.nested(|p| {
            let kind = if p.is_keyword("struct") {
                RecordKind::Struct
            } else {
                RecordKind::Union
            };
            p.bump();
            let mut attributes = Attributes::default();
            p.attributes(&mut attributes)?;
            let tag = p.tag()?;
            let mut members = None;
            if p.accept("{") {
                let mut list = Vec::new();
                while !p.accept("}") {
                    list.extend(p.member_declaration()?);
                }
                p.attributes(&mut attributes)?;
                members = Some(list);
            } else if tag.is_none() {
                return Err(p.unexpected("a tag or `{`"));
            }
            Ok(RecordSpecifier {
                kind,
                tag,
                members,
                is_packed: attributes.is_packed,
                align: attributes.align,
            })
        })
    }

    fn tag(&mut self) -> Checked<Option<Name>> {
        let is_name = self.peek().name().is_some_and(|name| !is_keyword(name));
        if is_name {
            self.name("a tag").map(Some)
        } else {
            Ok(None)
        }
    }

    fn enumeration(&mut self) -> Checked<EnumSpecifier> {
        self.bump();
        self.attributes(&mut Attributes::default())?;
        let tag = self.tag()?;
        let mut constants = None;
        if self.accept("{") {
            let mut list = Vec::new();
            loop {
                let name = self.name("an enumeration constant's name")?;
                self.declare(&name.text.clone(), false);
                let value = if self.accept("=") {
                    Some(self.conditional()?)
                } else {
                    None
                };
                list.push((name, value));
                let more = self.accept(",");
                if self.accept("}") {
                    break;
                }
                if !more {
                    return Err(self.unexpected("`,` or `}`"));
                }
            }
            self.attributes(&mut Attributes::default())?;
            constants = Some(list);
        } else if tag.is_none() {
            return Err(self.unexpected("a tag or `{`"));
        }
        Ok(EnumSpecifier { tag, constants })
    }

    /// A type without a name, as `sizeof` and casts take it.
    pub(super) fn type_name(&mut self) -> Checked<TypeName> {
        let start: Span = self.peek().span;
        let specifiers = self.specifiers()?;
        let declarator = self.declarator()?;
        if let Some(name) = &declarator.name {
            let error = Diagnostic::new(name.span, "a type stands here, without a name in it");
            return Err(self.error(error));
        }
        Ok(TypeName {
            specifiers,
            declarator,
            span: self.since(start),
        })
    }
}
