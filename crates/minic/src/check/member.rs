//! Parts of things: `*pointer`, `array[i]`, members, `offsetof`.

use super::checker::Checker;
use super::convert::{Operand, constant};
use super::suggest;
use crate::ast::{self, Designator};
use crate::diagnostic::Checked;
use crate::source::Span;
use crate::typed::{Expr, ExprKind, Place, PlaceKind};
use crate::types::{QualType, RecordId, Type};

impl Checker<'_> {
    /// `*pointer`.
    pub fn deref(&mut self, pointer: Expr, span: Span) -> Checked<Place> {
        let Some(pointee) = pointer.ty.pointee().cloned() else {
            let name = self.quoted(&pointer.ty);
            let hint = "cast a number to a pointer first, such as `*(int *)address`";
            return Err(self.error_hint(span, format!("`*` needs a pointer, not {name}"), hint));
        };
        if let Type::Function(_) = pointee.ty {
            return Err(self.unsupported(
                span,
                "function pointers other than signal handlers are",
                None,
            ));
        }
        Ok(Place {
            kind: PlaceKind::Deref(Box::new(pointer)),
            ty: pointee,
            span,
        })
    }

    /// `base[index]`.
    pub fn index(&mut self, base: &ast::Expr, index: &ast::Expr, span: Span) -> Checked<Place> {
        let (base, index) = self.both(base, index)?;
        let (base, index) = if base.ty.pointee().is_some() {
            (base, index)
        } else {
            (index, base)
        };
        if base.ty.pointee().is_none() {
            let name = self.quoted(&index.ty);
            return self.fail(
                span,
                format!("`[]` needs an array or a pointer, not {name}"),
            );
        }
        let element = self.pointer_add(base, index, false, span)?;
        self.deref(element, span)
    }

    /// `base.name`, or `base->name`.
    pub fn member(
        &mut self,
        base: &ast::Expr,
        name: &ast::Name,
        is_arrow: bool,
        span: Span,
    ) -> Checked<Place> {
        let operand = self.operand(base)?;
        let base_span = operand.span();
        let place = if is_arrow {
            let pointer = self.value(operand)?;
            if let Type::Record(_) = pointer.ty {
                let hint = format!(
                    "write `.{}`: this is a struct, not a pointer to one",
                    name.text
                );
                return Err(self.error_hint(base_span, "`->` needs a pointer to a struct", hint));
            }
            self.deref(pointer, base_span)?
        } else {
            match operand {
                Operand::Place(place) => place,
                other => {
                    let value = self.value(other)?;
                    self.materialise(value)
                }
            }
        };
        let Type::Record(id) = place.ty.ty else {
            let found = self.quoted(&place.ty.ty);
            let points_to_record = place
                .ty
                .ty
                .pointee()
                .is_some_and(|to| matches!(to.ty, Type::Record(_)));
            let message = format!("{found} has no members");
            return Err(if points_to_record {
                self.error_hint(
                    span,
                    message,
                    format!("write `->{}`: this is a pointer to a struct", name.text),
                )
            } else {
                self.error(span, message)
            });
        };
        let (offset, ty) = self.find_member(id, name)?;
        let ty = QualType {
            is_const: ty.is_const || place.ty.is_const,
            is_volatile: ty.is_volatile || place.ty.is_volatile,
            ..ty
        };
        Ok(Place {
            kind: PlaceKind::Member {
                base: Box::new(place),
                offset,
            },
            ty,
            span,
        })
    }

    /// A member's offset and type.
    pub fn find_member(&mut self, id: RecordId, name: &ast::Name) -> Checked<(u64, QualType)> {
        if let Some((offset, ty)) = self.declared.types.member(id, &name.text) {
            return Ok((offset, ty.clone()));
        }
        let record = self.quoted(&Type::Record(id));
        let Some(layout) = self.declared.types.layout(id) else {
            return self.fail(
                name.span,
                format!("{record} is incomplete: its members are not known"),
            );
        };
        if self.declared.types.lacks_members(id) {
            return Err(self.told());
        }
        let members = layout.members.clone();
        let names = members.iter().filter_map(|member| member.name.as_deref());
        let message = format!("{record} has no member `{}`", name.text);
        Err(match suggest::nearest(&name.text, names) {
            Some(near) => self.error_hint(name.span, message, format!("did you mean `{near}`?")),
            None => self.error(name.span, message),
        })
    }

    /// A struct value, such as a call's result, put where its members can be read.
    fn materialise(&mut self, value: Expr) -> Place {
        let (ty, span) = (value.ty.clone(), value.span);
        let local = self.hidden_local(ty.clone(), span);
        let place = Place {
            kind: PlaceKind::Local(local),
            ty: ty.clone().into(),
            span,
        };
        let store = Expr {
            kind: ExprKind::Assign {
                place: place.clone(),
                value: Box::new(value),
            },
            ty: ty.clone(),
            span,
        };
        Place {
            kind: PlaceKind::After(Box::new(store), Box::new(place)),
            ty: ty.into(),
            span,
        }
    }

    /// `offsetof(name, designators)`.
    pub fn offsetof(
        &mut self,
        name: &ast::TypeName,
        designators: &[Designator],
        span: Span,
    ) -> Checked<Expr> {
        let mut ty = self.type_name(name)?.ty;
        let mut offset = 0u64;
        for designator in designators {
            let (step, inner) = self.designate(&ty, designator, span)?;
            offset = offset.saturating_add(step);
            ty = inner.ty;
        }
        Ok(constant(offset.cast_signed(), Type::SIZE, span))
    }

    /// The offset and type of what a designator picks from a type.
    pub fn designate(
        &mut self,
        ty: &Type,
        designator: &Designator,
        span: Span,
    ) -> Checked<(u64, QualType)> {
        match (designator, ty) {
            (Designator::Member(name), Type::Record(id)) => self.find_member(*id, name),
            (Designator::Index(index), Type::Array(array)) => {
                let index = self.constant_integer(index, "an index here")?;
                let size = self.declared.types.size_of(&array.element.ty);
                let offset = u64::try_from(index)
                    .ok()
                    .zip(size)
                    .and_then(|(i, size)| i.checked_mul(size));
                match offset {
                    Some(offset) => Ok((offset, array.element.clone())),
                    None => self.fail(span, "this index is out of the array"),
                }
            }
            (Designator::Member(name), _) => {
                let found = self.quoted(ty);
                self.fail(name.span, format!("{found} has no members"))
            }
            (Designator::Index(index), _) => {
                let found = self.quoted(ty);
                self.fail(index.span, format!("{found} is no array"))
            }
        }
    }
}
