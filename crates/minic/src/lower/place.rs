//! Places: where a value is loaded from or stored to.

use crate::code::{Home, Instruction, Reg};
use crate::typed::{Expr, ExprKind, Place, PlaceKind};
use crate::types::{ArrayLength, LocalId, Type};

use super::Lowering;

/// A place whose address operands are in registers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Location {
    /// A local in a register.
    Register(Reg, LocalId),
    /// Memory at a register's address plus an offset.
    Based { base: Reg, offset: i32 },
    /// Memory at an address that is known.
    Fixed(u64),
    /// Memory at `base + index * stride`.
    Indexed { base: Reg, index: Reg, stride: i32 },
    /// `errno`.
    Errno,
}

impl Lowering<'_> {
    /// Evaluates what the place's address is made of.
    pub(super) fn location(&mut self, place: &Place) -> Location {
        match &place.kind {
            PlaceKind::Local(local) => match self.home(*local) {
                Home::Register(register) => Location::Register(register, *local),
                Home::Frame(offset) => Location::Based {
                    base: Reg::FRAME,
                    offset,
                },
                Home::Variable(base) => Location::Based { base, offset: 0 },
            },
            PlaceKind::Outer(local) => {
                let home = self.context.outer.get(local.index());
                let offset = match home {
                    Some(Home::Frame(offset)) => *offset,
                    _ => 0,
                };
                let base = self.temporary();
                self.emit(Instruction::OuterAddress { dst: base, offset });
                Location::Based { base, offset: 0 }
            }
            PlaceKind::Global(id) => {
                let address = self.context.image.globals.get(id.index());
                Location::Fixed(address.copied().unwrap_or(0))
            }
            PlaceKind::String(id) => {
                let address = self.context.image.strings.get(id.index());
                Location::Fixed(address.copied().unwrap_or(0))
            }
            PlaceKind::Deref(pointer) => self.pointed_to(pointer),
            PlaceKind::Member { base, offset } => {
                let base = self.location(base);
                self.member(base, *offset)
            }
            PlaceKind::After(first, place) => {
                self.effect(first);
                self.location(place)
            }
            PlaceKind::Errno => Location::Errno,
        }
    }

    fn pointed_to(&mut self, pointer: &Expr) -> Location {
        match &pointer.kind {
            ExprKind::AddressOf(place) => self.location(place),
            ExprKind::PointerAdd {
                pointer,
                index,
                stride,
            } => {
                let length = self.known_length(pointer, *stride);
                let base = self.pointed_to_base(pointer);
                if let ExprKind::Constant(index) = index.kind {
                    if length.is_some_and(|length| !(0..i64::from(length)).contains(&index)) {
                        let register = self.constant(index);
                        self.check_index(register, length);
                    }
                    let offset = index.wrapping_mul(*stride);
                    return self.member(base, offset as u64);
                }
                let base = self.address(base);
                match i32::try_from(*stride) {
                    Ok(stride) => {
                        let index = self.value(index);
                        self.check_index(index, length);
                        Location::Indexed {
                            base,
                            index,
                            stride,
                        }
                    }
                    Err(_) => {
                        let dst = self.temporary();
                        self.add_scaled(base, index, *stride, dst);
                        Location::Based {
                            base: dst,
                            offset: 0,
                        }
                    }
                }
            }
            _ => {
                let base = self.value(pointer);
                Location::Based { base, offset: 0 }
            }
        }
    }

    /// The indices that an array may be used with: its length where that is known for certain.
    fn known_length(&self, array: &Expr, stride: i64) -> Option<u32> {
        let ExprKind::AddressOf(place) = &array.kind else {
            return None;
        };
        let Type::Array(ty) = &place.ty.ty else {
            return None;
        };
        let ArrayLength::Fixed(length) = ty.length else {
            return None;
        };
        let element = self.context.types.size_of(&ty.element.ty);
        let is_whole = element == u64::try_from(stride).ok() && is_variable(place);
        let length = length.saturating_add(u64::from(self.only_address));
        u32::try_from(length).ok().filter(|_| is_whole)
    }

    fn check_index(&mut self, index: Reg, length: Option<u32>) {
        if let Some(length) = length {
            self.emit(Instruction::CheckIndex { index, length });
        }
    }

    /// The memory that a pointer points to, as a location that can be moved on.
    fn pointed_to_base(&mut self, pointer: &Expr) -> Location {
        match &pointer.kind {
            ExprKind::AddressOf(place) => self.location(place),
            _ => Location::Based {
                base: self.value(pointer),
                offset: 0,
            },
        }
    }

    /// The location so many bytes further on.
    fn member(&mut self, location: Location, bytes: u64) -> Location {
        if let Location::Fixed(address) = location {
            return Location::Fixed(address.wrapping_add(bytes));
        }
        if let Location::Based { base, offset } = location
            && let Some(offset) = (bytes as i64)
                .checked_add(i64::from(offset))
                .and_then(|sum| i32::try_from(sum).ok())
        {
            return Location::Based { base, offset };
        }
        let base = self.address(location);
        if let Ok(offset) = i32::try_from(bytes as i64) {
            return Location::Based { base, offset };
        }
        let distance = self.constant(bytes as i64);
        let dst = self.temporary();
        self.emit(Instruction::Index {
            dst,
            base,
            index: distance,
            stride: 1,
        });
        Location::Based {
            base: dst,
            offset: 0,
        }
    }

    /// The location's address in a register.
    pub(super) fn address(&mut self, location: Location) -> Reg {
        match location {
            Location::Based { base, offset: 0 } => base,
            Location::Register(register, _) => register,
            _ => {
                let dst = self.temporary();
                self.address_into(location, dst);
                dst
            }
        }
    }

    pub(super) fn address_into(&mut self, location: Location, dst: Reg) {
        match location {
            Location::Based { base, offset: 0 } | Location::Register(base, _) => {
                self.emit(Instruction::Move { dst, src: base });
            }
            Location::Based { base, offset } => {
                self.emit(Instruction::Offset { dst, base, offset });
            }
            Location::Indexed {
                base,
                index,
                stride,
            } => {
                self.emit(Instruction::Index {
                    dst,
                    base,
                    index,
                    stride,
                });
            }
            Location::Fixed(address) => {
                let value = address as i64;
                self.emit(Instruction::Constant { dst, value });
            }
            Location::Errno => {}
        }
    }

    /// The location with its address in a register, where it is a fixed one.
    fn in_register(&mut self, location: Location) -> Location {
        match location {
            Location::Fixed(address) => Location::Based {
                base: self.constant(address as i64),
                offset: 0,
            },
            other => other,
        }
    }

    /// Loads a place's value into `dst`; of a record, its address.
    pub(super) fn load_into(&mut self, place: &Place, dst: Reg) {
        let location = self.location(place);
        if let Type::Record(_) | Type::Array(_) = place.ty.ty {
            return self.address_into(location, dst);
        }
        let ty = self.int_type(&place.ty.ty);
        match self.in_register(location) {
            Location::Register(src, local) => {
                self.check_defined(local);
                self.emit(Instruction::Move { dst, src });
            }
            Location::Based { base, offset } => {
                self.emit(Instruction::Load {
                    ty,
                    dst,
                    base,
                    offset,
                });
            }
            Location::Indexed {
                base,
                index,
                stride,
            } => {
                self.emit(Instruction::LoadIndexed {
                    ty,
                    dst,
                    base,
                    index,
                    stride,
                });
            }
            Location::Errno => self.emit(Instruction::LoadErrno { dst }),
            Location::Fixed(_) => {}
        }
    }

    /// Loads a scalar; a local in a register stays where it is.
    pub(super) fn load_scalar(&mut self, location: Location, ty: &Type) -> Reg {
        let ty = self.int_type(ty);
        match self.in_register(location) {
            Location::Register(register, local) => {
                self.check_defined(local);
                register
            }
            Location::Based { base, offset } => {
                let dst = self.temporary();
                self.emit(Instruction::Load {
                    ty,
                    dst,
                    base,
                    offset,
                });
                dst
            }
            Location::Indexed {
                base,
                index,
                stride,
            } => {
                let dst = self.temporary();
                self.emit(Instruction::LoadIndexed {
                    ty,
                    dst,
                    base,
                    index,
                    stride,
                });
                dst
            }
            Location::Errno => {
                let dst = self.temporary();
                self.emit(Instruction::LoadErrno { dst });
                dst
            }
            Location::Fixed(_) => Reg::FRAME,
        }
    }

    /// Stores a scalar.
    pub(super) fn store_scalar(&mut self, location: Location, ty: &Type, src: Reg) {
        let ty = self.int_type(ty);
        match self.in_register(location) {
            Location::Register(dst, local) => {
                if dst != src {
                    self.emit(Instruction::Move { dst, src });
                }
                self.define(local);
            }
            Location::Based { base, offset } => {
                self.emit(Instruction::Store {
                    ty,
                    src,
                    base,
                    offset,
                });
            }
            Location::Indexed {
                base,
                index,
                stride,
            } => {
                self.emit(Instruction::StoreIndexed {
                    ty,
                    src,
                    base,
                    index,
                    stride,
                });
            }
            Location::Errno => self.emit(Instruction::StoreErrno { src }),
            Location::Fixed(_) => {}
        }
    }
}

/// Whether a place is a variable or a part of one: then what the types say of its length is so. (What a pointer
/// points to may be larger than its type says.)
fn is_variable(place: &Place) -> bool {
    match &place.kind {
        PlaceKind::Local(_) | PlaceKind::Outer(_) | PlaceKind::Global(_) => true,
        PlaceKind::Member { base, .. } => is_variable(base),
        PlaceKind::Deref(pointer) => match &pointer.kind {
            ExprKind::AddressOf(place) => is_variable(place),
            ExprKind::PointerAdd { pointer, .. } => {
                matches!(&pointer.kind, ExprKind::AddressOf(place) if is_variable(place))
            }
            _ => false,
        },
        _ => false,
    }
}
