//! Type specifiers to types: typedef names, structs, unions and enums with their layout.

use super::checker::{Checker, Mode};
use super::convert::Operand;
use super::scope::{Symbol, Tag};
use super::suggest;
use crate::ast::{
    EnumSpecifier, Expr, MemberDeclaration, Name, RecordSpecifier, Specifiers, TypeSpecifier,
};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::types::{
    ArrayLength, EnumId, EnumType, IntType, Layout, Member, QualType, Record, RecordId, RecordKind,
    Type,
};
use std::rc::Rc;

/// How deep records and arrays may nest in each other.
const MAX_NESTING: u32 = 40;

/// Keywords that types begin with.
const TYPE_WORDS: [&str; 13] = [
    "char", "const", "enum", "int", "long", "short", "signed", "static", "struct", "typedef",
    "union", "unsigned", "void",
];

impl Checker<'_> {
    /// The type that specifiers name, before any declarator.
    pub fn specified_type(&mut self, specifiers: &Specifiers) -> Checked<QualType> {
        let mut ty: QualType = match &specifiers.ty {
            TypeSpecifier::Void => Type::Void.into(),
            TypeSpecifier::Int(int) => Type::Int(*int).into(),
            TypeSpecifier::Typedef(name) | TypeSpecifier::Unknown(name) => self.named_type(name)?,
            TypeSpecifier::Record(record) => Type::Record(self.record(record)?).into(),
            TypeSpecifier::Enum(enumeration) => Type::Enum(self.enumeration(enumeration)?).into(),
            TypeSpecifier::TypeofExpr(expr) => match self.operand(expr)? {
                Operand::Place(place) => place.ty,
                other => self.value(other)?.ty.into(),
            },
            TypeSpecifier::TypeofType(name) => self.type_name(name)?,
            TypeSpecifier::Unsupported(name) => {
                let what = format!("`{}` is", name.text);
                let hint = match &*name.text {
                    "__int128" => "the widest integers have 64 bits",
                    _ => "the lab computes with integers only",
                };
                return Err(self.unsupported(name.span, &what, Some(hint)));
            }
        };
        ty.is_const |= specifiers.is_const;
        ty.is_volatile |= specifiers.is_volatile;
        Ok(ty)
    }

    fn named_type(&mut self, name: &Name) -> Checked<QualType> {
        match self.lookup(&name.text) {
            Some(Symbol::Typedef(ty)) => return Ok(ty.clone()),
            Some(Symbol::Erroneous) => return Err(self.told()),
            _ => {}
        }
        let tagged = self.find_tag(&name.text);
        let typedefs = self
            .declared
            .outermost()
            .into_iter()
            .flat_map(|scope| scope.names.iter());
        let typedefs = typedefs.filter(|(_, symbol)| matches!(symbol, Symbol::Typedef(_)));
        let known = typedefs.map(|(name, _)| &**name).chain(TYPE_WORDS);
        let near = suggest::nearest(&name.text, known);
        let hint = match (tagged, &*name.text) {
            (Some(Tag::Record(_)), _) => Some(format!("write `struct {}`", name.text)),
            (Some(Tag::Enum(_)), _) => Some(format!("write `enum {}`", name.text)),
            (None, text) if text.starts_with("pthread_") => {
                Some("threads are not part of the lab's language; use fork()".to_owned())
            }
            (None, "va_list") => Some(
                "functions with a variable number of arguments cannot be defined in the lab"
                    .to_owned(),
            ),
            (None, _) => near.map(|near| format!("did you mean `{near}`?")),
        };
        let message = format!("the type `{}` is not known", name.text);
        Err(match hint {
            Some(hint) => self.error_hint(name.span, message, hint),
            None => self.error(name.span, message),
        })
    }

    fn find_tag(&self, tag: &str) -> Option<Tag> {
        let inner = self
            .scopes
            .iter()
            .rev()
            .find_map(|scope| scope.tags.get(tag));
        let mut outermost = self.declared.outermost().into_iter();
        inner
            .or_else(|| outermost.find_map(|scope| scope.tags.get(tag)))
            .copied()
    }

    /// A tag declared in the innermost scope itself.
    fn own_tag(&self, tag: &str) -> Option<Tag> {
        self.scope().tags.get(tag).copied()
    }

    fn record(&mut self, specifier: &RecordSpecifier) -> Checked<RecordId> {
        let Some(members) = &specifier.members else {
            let Some(tag) = &specifier.tag else {
                return Ok(self.new_record(specifier.kind, None));
            };
            return match self.find_tag(&tag.text) {
                Some(Tag::Record(id)) if self.record_kind(id) == Some(specifier.kind) => Ok(id),
                Some(_) => self.fail(tag.span, format!("`{}` is another kind of tag", tag.text)),
                None => Ok(self.new_record(specifier.kind, Some(tag))),
            };
        };
        let id = self.record_to_complete(specifier)?;
        let packed = specifier.is_packed;
        let align = match &specifier.align {
            Some(align) => self.alignment(align).unwrap_or(1), // told; the members still count
            None => 1,
        };
        let (layout, lacks_members) = self.layout(specifier.kind, members, packed, align);
        if let Some(record) = self.declared.types.records.get_mut(id.index()) {
            record.layout = Some(layout);
            record.lacks_members = lacks_members;
        }
        Ok(id)
    }

    /// The record whose members are listed here: a new one, or one mentioned before in this scope.
    fn record_to_complete(&mut self, specifier: &RecordSpecifier) -> Checked<RecordId> {
        let Some(tag) = &specifier.tag else {
            return Ok(self.new_record(specifier.kind, None));
        };
        match self.own_tag(&tag.text) {
            Some(Tag::Record(id)) if self.record_kind(id) == Some(specifier.kind) => {
                if self.declared.types.layout(id).is_none() {
                    return Ok(id);
                }
                if !self.may_redeclare() {
                    return self.fail(tag.span, format!("`{}` is defined twice", tag.text));
                }
            }
            Some(_) if !self.may_redeclare() => {
                return self.fail(tag.span, format!("`{}` is another kind of tag", tag.text));
            }
            _ => {}
        }
        Ok(self.new_record(specifier.kind, Some(tag)))
    }

    fn record_kind(&self, id: RecordId) -> Option<RecordKind> {
        self.declared.types.record(id).map(|record| record.kind)
    }

    fn new_record(&mut self, kind: RecordKind, tag: Option<&Name>) -> RecordId {
        let id = RecordId::next(self.declared.types.records.len());
        self.declared.types.records.push(Record {
            kind,
            name: tag.map(|tag| tag.text.clone()),
            is_tag: tag.is_some(),
            layout: None,
            lacks_members: false,
        });
        if let Some(tag) = tag {
            self.scope_mut()
                .tags
                .insert(tag.text.clone(), Tag::Record(id));
        }
        id
    }

    /// The value of `aligned(N)`.
    pub fn alignment(&mut self, expr: &Expr) -> Checked<u64> {
        let value = self.constant_integer(expr, "an alignment")?;
        match u64::try_from(value) {
            Ok(align) if align.is_power_of_two() && align <= 1 << 28 => Ok(align),
            _ => self.fail(expr.span, "an alignment has to be a power of two"),
        }
    }

    /// Lays members out as the System V ABI does. A wrong one is told and left out; gives whether one was.
    fn layout(
        &mut self,
        kind: RecordKind,
        lines: &[MemberDeclaration],
        packed: bool,
        align: u64,
    ) -> (Layout, bool) {
        let mut laying = Laying {
            kind,
            packed,
            align,
            size: 0,
            depth: 0,
            members: Vec::new(),
        };
        let mut lacks_members = false;
        for line in lines {
            lacks_members |= self.member_line(line, &mut laying).is_err();
        }
        let layout = Layout {
            size: laying.size.next_multiple_of(laying.align),
            align: laying.align,
            members: laying.members.into(),
            depth: laying.depth,
        };
        (layout, lacks_members)
    }

    fn member_line(&mut self, line: &MemberDeclaration, laying: &mut Laying) -> Checked<()> {
        let base = self.specified_type(&line.specifiers)?;
        let align = match &line.specifiers.attributes.align {
            Some(align) => self.alignment(align)?,
            None => 1,
        };
        if line.declarators.is_empty() {
            let Type::Record(_) = base.ty else {
                return Ok(()); // `int;` declares nothing
            };
            return self.add_member(laying, None, base, align, line.specifiers.span);
        }
        for member in &line.declarators {
            if let Some(span) = member.bit_field {
                let hint = "use a whole member, and masks such as `flags & 1`";
                return Err(self.unsupported(span, "bit-fields are", Some(hint)));
            }
            let declared = self.declared_type(base.clone(), &member.declarator)?;
            let Some(name) = &member.declarator.name else {
                continue;
            };
            let align = match &member.declarator.attributes.align {
                Some(align) => self.alignment(align)?,
                None => align,
            };
            self.add_member(laying, Some(name), declared, align, name.span)?;
        }
        Ok(())
    }

    fn add_member(
        &mut self,
        laying: &mut Laying,
        name: Option<&Name>,
        ty: QualType,
        align: u64,
        span: Span,
    ) -> Checked<()> {
        if let Some(name) = name {
            let is_double = laying
                .members
                .iter()
                .any(|member| member.name.as_ref() == Some(&name.text));
            if is_double {
                return self.fail(
                    name.span,
                    format!("the member `{}` is declared twice", name.text),
                );
            }
        }
        let types = &self.declared.types;
        let is_flexible =
            matches!(&ty.ty, Type::Array(array) if array.length == ArrayLength::Unsized);
        let after_flexible = laying.kind == RecordKind::Struct
            && laying
                .members
                .last()
                .is_some_and(|m| types.size_of(&m.ty.ty).is_none());
        if after_flexible {
            return self.fail(span, "no member can follow an array without a length");
        }
        let size = match types.size_of(&ty.ty) {
            Some(size) => size,
            None if is_flexible => 0,
            None => {
                let name = self.quoted(&ty.ty);
                return self.fail(
                    span,
                    format!("{name} has no known size, so it cannot be a member"),
                );
            }
        };
        let depth = laying.depth.max(self.nesting(&ty.ty).saturating_add(1));
        let natural = if laying.packed {
            1
        } else {
            types.align_of(&ty.ty)
        };
        let align = natural.max(align);
        let offset = match laying.kind {
            RecordKind::Struct => laying.size.checked_next_multiple_of(align),
            RecordKind::Union => Some(0),
        };
        let end = offset
            .and_then(|offset| offset.checked_add(size))
            .filter(|&end| end < 1 << 62);
        let (Some(offset), Some(end)) = (offset, end) else {
            return self.fail(span, "this is too large");
        };
        if depth > MAX_NESTING {
            return self.fail(span, "structs nest too deeply here");
        }
        laying.depth = depth;
        laying.align = laying.align.max(align);
        laying.size = laying.size.max(end);
        laying.members.push(Member {
            name: name.map(|name| name.text.clone()),
            ty,
            offset,
        });
        Ok(())
    }

    /// How deep records nest in a type.
    fn nesting(&self, ty: &Type) -> u32 {
        let mut ty = ty;
        while let Type::Array(array) = ty {
            ty = &array.element.ty;
        }
        match ty {
            Type::Record(id) => self
                .declared
                .types
                .layout(*id)
                .map_or(0, |layout| layout.depth),
            _ => 0,
        }
    }

    fn enumeration(&mut self, specifier: &EnumSpecifier) -> Checked<EnumId> {
        let Some(list) = &specifier.constants else {
            let tag = specifier.tag.as_ref();
            return match tag.and_then(|tag| self.find_tag(&tag.text)) {
                Some(Tag::Enum(id)) => Ok(id),
                _ => {
                    let (name, span) = tag.map_or((String::new(), Span::default()), |t| {
                        (t.text.to_string(), t.span)
                    });
                    self.fail(span, format!("`enum {name}` is not known"))
                }
            };
        };
        if let Some(tag) = &specifier.tag
            && self.own_tag(&tag.text).is_some()
            && !self.may_redeclare()
        {
            return self.fail(tag.span, format!("`{}` is defined twice", tag.text));
        }
        let mut constants: Vec<(Rc<str>, i64)> = Vec::new();
        let mut next = 0i64;
        for (name, value) in list {
            if let Some(value) = value {
                next = self.constant_integer(value, "an enumeration constant")?;
            }
            if self.scope().names.contains_key(&name.text) && !self.may_redeclare() {
                return self.fail(name.span, format!("`{}` is declared twice", name.text));
            }
            let ty = if i32::try_from(next).is_ok() {
                Type::INT
            } else {
                Type::LONG
            };
            self.declare(name.text.clone(), Symbol::Constant(next, ty));
            constants.push((name.text.clone(), next));
            next = next.wrapping_add(1);
        }
        let id = EnumId::next(self.declared.types.enums.len());
        self.declared.types.enums.push(EnumType {
            name: specifier.tag.as_ref().map(|tag| tag.text.clone()),
            is_tag: specifier.tag.is_some(),
            underlying: underlying(&constants),
            constants: constants.into(),
        });
        if let Some(tag) = &specifier.tag {
            self.scope_mut()
                .tags
                .insert(tag.text.clone(), Tag::Enum(id));
        }
        Ok(id)
    }

    /// Names a struct, union or enum without a tag after its typedef.
    pub fn name_after_typedef(&mut self, ty: &Type, name: &Rc<str>) {
        let types = &mut self.declared.types;
        let unnamed = match ty {
            Type::Record(id) => types
                .records
                .get_mut(id.index())
                .map(|record| &mut record.name),
            Type::Enum(id) => types
                .enums
                .get_mut(id.index())
                .map(|enumeration| &mut enumeration.name),
            _ => None,
        };
        if let Some(unnamed) = unnamed.filter(|unnamed| unnamed.is_none()) {
            *unnamed = Some(name.clone());
        }
    }

    /// Whether everything of C may be declared, as the headers do.
    pub fn is_headers(&self) -> bool {
        self.mode == Mode::Headers
    }
}

/// A record being laid out.
struct Laying {
    kind: RecordKind,
    packed: bool,
    align: u64,
    size: u64,
    depth: u32,
    members: Vec<Member>,
}

/// The type that holds an enum's constants, as gcc chooses it.
fn underlying(constants: &[(Rc<str>, i64)]) -> IntType {
    let is_signed = constants.iter().any(|(_, value)| *value < 0);
    let fits = |value: i64| {
        if is_signed {
            i32::try_from(value).is_ok()
        } else {
            u32::try_from(value).is_ok()
        }
    };
    match (is_signed, constants.iter().all(|(_, value)| fits(*value))) {
        (true, true) => IntType::Int,
        (false, true) => IntType::UnsignedInt,
        (true, false) => IntType::Long,
        (false, false) => IntType::UnsignedLong,
    }
}
