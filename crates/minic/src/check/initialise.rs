//! Initialisers (C11 6.7.9): lists, designators, left-out braces and strings become a flat list of stores.

use super::checker::Checker;
use crate::ast::{self, Designator, ExprKind as Ast, InitEntry, Initializer, TypeName};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::typed::{Expr, ExprKind, InitItem, InitValue, Initialise, Place, PlaceKind};
use crate::types::{ArrayLength, ArrayType, IntType, LocalId, QualType, RecordKind, Type};
use std::rc::Rc;

/// The entries of a list while they are used up.
struct Entries<'a> {
    list: &'a [InitEntry],
    next: usize,
    /// The value of the next entry when it was looked at already.
    checked: Option<Expr>,
}

impl<'a> Entries<'a> {
    fn peek(&self) -> Option<&'a InitEntry> {
        self.list.get(self.next)
    }

    /// Whether the next entry continues in order and does not jump by a designator.
    fn goes_on(&self) -> bool {
        self.peek()
            .is_some_and(|entry| entry.designators.is_empty())
    }

    fn advance(&mut self) {
        self.next = self.next.saturating_add(1);
        self.checked = None;
    }
}

/// Stores being collected.
#[derive(Default)]
pub struct Stores {
    /// What to store where.
    pub items: Vec<InitItem>,
    /// The end of the highest element met, which is an unsized array's size.
    end: u64,
}

impl Checker<'_> {
    /// The stores of an initialiser for a variable of type `ty`, and the type with an array's length filled in.
    pub fn initialiser(
        &mut self,
        ty: &QualType,
        init: &Initializer,
        span: Span,
    ) -> Checked<(QualType, Stores)> {
        let mut stores = Stores::default();
        match init {
            Initializer::List(entries, _) => self.list(ty, 0, entries, span, &mut stores)?,
            Initializer::Expr(expr) => {
                if let (Type::Array(array), Some(bytes)) = (&ty.ty, string_of(expr)) {
                    self.string(array, 0, bytes, expr.span, &mut stores)?;
                } else {
                    if let Type::Array(_) = ty.ty {
                        let hint = "an array is initialised with `{ ... }` or a string";
                        return Err(self.error_hint(span, "this cannot initialise an array", hint));
                    }
                    let value = self.rvalue(expr)?;
                    self.store(ty, 0, value, &mut stores)?;
                }
            }
        }
        let ty = self.sized(ty, stores.end);
        Ok((ty, stores))
    }

    /// An array type without a length gets the one that its initialiser needs.
    fn sized(&self, ty: &QualType, end: u64) -> QualType {
        let Type::Array(array) = &ty.ty else {
            return ty.clone();
        };
        let size = self
            .declared
            .types
            .size_of(&array.element.ty)
            .filter(|&size| size > 0);
        let (ArrayLength::Unsized, Some(size)) = (array.length, size) else {
            return ty.clone();
        };
        let length = ArrayLength::Fixed(end.div_ceil(size));
        let element = array.element.clone();
        QualType {
            ty: Type::Array(Rc::new(ArrayType { element, length })),
            ..*ty
        }
    }

    fn store(
        &mut self,
        ty: &QualType,
        offset: u64,
        value: Expr,
        stores: &mut Stores,
    ) -> Checked<()> {
        let value = self.convert(value, &ty.ty)?;
        let size = self.declared.types.size_of(&ty.ty).unwrap_or(0);
        stores.end = stores.end.max(offset.saturating_add(size));
        let value = InitValue::Expr(value);
        stores.items.push(InitItem { offset, value });
        Ok(())
    }

    fn string(
        &mut self,
        array: &ArrayType,
        offset: u64,
        bytes: &Rc<[u8]>,
        span: Span,
        stores: &mut Stores,
    ) -> Checked<()> {
        if !is_char_array(array) {
            let name = self.quoted(&array.element.ty);
            return self.fail(
                span,
                format!("a string cannot initialise an array of {name}"),
            );
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let length = match array.length {
            ArrayLength::Fixed(fixed) => length.min(fixed),
            _ => length,
        };
        let used = usize::try_from(length)
            .ok()
            .and_then(|length| bytes.get(..length));
        let value = InitValue::Bytes(used.map_or_else(|| bytes.clone(), Rc::from));
        stores.end = stores.end.max(offset.saturating_add(length));
        stores.items.push(InitItem { offset, value });
        Ok(())
    }

    /// `{ ... }` for something of type `ty`.
    fn list(
        &mut self,
        ty: &QualType,
        offset: u64,
        list: &[InitEntry],
        span: Span,
        stores: &mut Stores,
    ) -> Checked<()> {
        if let Type::Record(id) = ty.ty
            && self.declared.types.lacks_members(id)
        {
            return Err(self.told());
        }
        let mut entries = Entries {
            list,
            next: 0,
            checked: None,
        };
        if let (Type::Array(array), [only]) = (&ty.ty, list)
            && let (Initializer::Expr(expr), true) = (&only.value, only.designators.is_empty())
            && let Some(bytes) = string_of(expr).filter(|_| is_char_array(array))
        {
            return self.string(array, offset, bytes, expr.span, stores);
        }
        if !ty.ty.is_aggregate() {
            let Some(first) = list.first() else {
                return Ok(()); // `{}`: zero
            };
            if let Some(designator) = first.designators.first() {
                let name = self.quoted(&ty.ty);
                return self.fail(
                    designator_span(designator),
                    format!("{name} has no elements or members"),
                );
            }
            return self.element(ty, offset, &mut entries, span, stores);
        }
        let mut position = 0u64;
        while let Some(entry) = entries.peek() {
            if entry.designators.is_empty() {
                let Some((step, inner)) = self.part(&ty.ty, position) else {
                    break; // more than there is room for: gcc warns and drops them
                };
                let before = entries.next;
                self.element(
                    &inner,
                    offset.saturating_add(step),
                    &mut entries,
                    span,
                    stores,
                )?;
                if entries.next == before && position > 1 << 16 {
                    break;
                }
                position = position.saturating_add(1);
            } else {
                position = self.designated(ty, offset, entry, &mut entries, span, stores)?;
            }
        }
        Ok(())
    }

    /// An entry with designators; gives the position after the part that it starts in.
    fn designated(
        &mut self,
        ty: &QualType,
        offset: u64,
        entry: &InitEntry,
        entries: &mut Entries<'_>,
        span: Span,
        stores: &mut Stores,
    ) -> Checked<u64> {
        let mut inner = ty.clone();
        let mut at = offset;
        for designator in &entry.designators {
            if let (Type::Array(array), Designator::Index(index)) = (&inner.ty, designator) {
                let value = self.constant_integer(index, "an index here")?;
                let length = match array.length {
                    ArrayLength::Fixed(length) => length,
                    _ => 1 << 40,
                };
                if !u64::try_from(value).is_ok_and(|value| value < length) {
                    return self.fail(index.span, "this index is out of the array");
                }
            }
            let (step, next) = self.designate(&inner.ty, designator, span)?;
            at = at.saturating_add(step);
            inner = next;
        }
        match &entry.value {
            Initializer::List(list, span) => {
                entries.advance();
                self.list(&inner, at, list, *span, stores)?;
            }
            Initializer::Expr(_) => self.element(&inner, at, entries, span, stores)?,
        }
        Ok(self.position_after(&ty.ty, at.saturating_sub(offset)))
    }

    /// The position of the first part that starts behind an offset.
    fn position_after(&self, ty: &Type, offset: u64) -> u64 {
        match ty {
            Type::Array(array) => {
                let size = self
                    .declared
                    .types
                    .size_of(&array.element.ty)
                    .unwrap_or(1)
                    .max(1);
                (offset / size).saturating_add(1)
            }
            Type::Record(id) => {
                let members = self
                    .declared
                    .types
                    .layout(*id)
                    .map(|layout| layout.members.clone());
                let members = members.iter().flat_map(|members| members.iter());
                let before = members.take_while(|member| member.offset <= offset).count();
                u64::try_from(before).unwrap_or(u64::MAX)
            }
            _ => 1,
        }
    }

    /// The offset and type of an aggregate's part by position; `None` behind the last one.
    fn part(&self, ty: &Type, position: u64) -> Option<(u64, QualType)> {
        match ty {
            Type::Array(array) => {
                if let ArrayLength::Fixed(length) = array.length
                    && position >= length
                {
                    return None;
                }
                let size = self.declared.types.size_of(&array.element.ty)?;
                Some((size.checked_mul(position)?, array.element.clone()))
            }
            Type::Record(id) => {
                let record = self.declared.types.record(*id)?;
                if record.kind == RecordKind::Union && position > 0 {
                    return None;
                }
                let members = &record.layout.as_ref()?.members;
                let member = members.get(usize::try_from(position).ok()?)?;
                Some((member.offset, member.ty.clone()))
            }
            _ => None,
        }
    }

    /// One element or member from the next entry, or, with its braces left out, from as many as it takes.
    fn element(
        &mut self,
        ty: &QualType,
        offset: u64,
        entries: &mut Entries<'_>,
        span: Span,
        stores: &mut Stores,
    ) -> Checked<()> {
        let Some(entry) = entries.peek() else {
            return Ok(());
        };
        let expr = match &entry.value {
            Initializer::List(list, span) => {
                entries.advance();
                return self.list(ty, offset, list, *span, stores);
            }
            Initializer::Expr(expr) => expr,
        };
        if let (Type::Array(array), Some(bytes)) = (&ty.ty, string_of(expr))
            && is_char_array(array)
        {
            entries.advance();
            return self.string(array, offset, bytes, expr.span, stores);
        }
        let value = match entries.checked.take() {
            Some(value) => value,
            None => self.rvalue(expr)?,
        };
        if !ty.ty.is_aggregate() || value.ty == ty.ty {
            entries.advance();
            return self.store(ty, offset, value, stores);
        }
        entries.checked = Some(value);
        let mut position = 0u64;
        while let Some((step, inner)) = self.part(&ty.ty, position) {
            let before = entries.next;
            self.element(&inner, offset.saturating_add(step), entries, span, stores)?;
            position = position.saturating_add(1);
            if !entries.goes_on() || entries.next == before {
                break;
            }
        }
        if position == 0 {
            return self.fail(span, "this has no room for the value");
        }
        Ok(())
    }

    /// The initialisation of a memory local from stores.
    pub fn initialise(&mut self, local: LocalId, ty: &QualType, stores: Stores) -> Initialise {
        let size = self.declared.types.size_of(&ty.ty).unwrap_or(0);
        let mut covered = 0u64;
        for item in &stores.items {
            let length = match &item.value {
                InitValue::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(0),
                InitValue::Expr(value) => self.declared.types.size_of(&value.ty).unwrap_or(0),
            };
            if item.offset == covered {
                covered = covered.saturating_add(length);
            }
        }
        Initialise {
            local,
            size,
            zero_first: covered < size,
            items: stores.items,
        }
    }

    /// `(type){ ... }`: a hidden variable, initialised where it stands.
    pub fn compound_literal(
        &mut self,
        name: &TypeName,
        entries: &[InitEntry],
        span: Span,
    ) -> Checked<Place> {
        let ty = self.type_name(name)?;
        let mut stores = Stores::default();
        self.list(&ty, 0, entries, span, &mut stores)?;
        let ty = self.sized(&ty, stores.end);
        self.size_of(&ty.ty, span)?;
        if self.is_static || self.frames.is_empty() {
            let id = self.hidden_global(&ty, stores, span)?;
            let kind = PlaceKind::Global(id);
            return Ok(Place { kind, ty, span });
        }
        let local = self.hidden_local(ty.ty.clone(), span);
        let place = Place {
            kind: PlaceKind::Local(local),
            ty: ty.clone(),
            span,
        };
        let first = if ty.ty.is_aggregate() {
            Expr {
                kind: ExprKind::Initialise(Box::new(self.initialise(local, &ty, stores))),
                ty: Type::Void,
                span,
            }
        } else {
            let value = Box::new(self.only_value(&ty, stores, span));
            let place = place.clone();
            Expr {
                kind: ExprKind::Assign { place, value },
                ty: ty.ty.clone(),
                span,
            }
        };
        Ok(Place {
            kind: PlaceKind::After(Box::new(first), Box::new(place)),
            ty,
            span,
        })
    }

    /// The value of a scalar's initialiser; `{}` is 0.
    pub fn only_value(&self, ty: &QualType, stores: Stores, span: Span) -> Expr {
        let last = stores.items.into_iter().next_back().map(|item| item.value);
        match last {
            Some(InitValue::Expr(value)) => value,
            _ => super::convert::constant(0, ty.ty.clone(), span),
        }
    }
}

fn string_of(expr: &ast::Expr) -> Option<&Rc<[u8]>> {
    match &expr.kind {
        Ast::String(bytes) => Some(bytes),
        _ => None,
    }
}

fn is_char_array(array: &ArrayType) -> bool {
    matches!(&array.element.ty, Type::Int(int) if int.size() == 1 && *int != IntType::Bool)
}

fn designator_span(designator: &Designator) -> Span {
    match designator {
        Designator::Index(index) => index.span,
        Designator::Member(name) => name.span,
    }
}
