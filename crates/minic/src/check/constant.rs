//! Initial values of globals: constant expressions become bytes and pointers to fill in.

use super::checker::Checker;
use super::initialise::Stores;
use kernel::sorted_map::SortedMap;

use crate::diagnostic::Checked;
use crate::source::Span;
use crate::typed::{
    DataBytes, Expr, ExprKind, GlobalId, InitValue, Place, PlaceKind, Relocation, Target,
};
use crate::types::QualType;
/// The initial value of a global.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Bytes that are not zero.
    pub bytes: Vec<DataBytes>,
    /// Pointers.
    pub relocations: Vec<Relocation>,
}

/// The value of a constant expression.
enum Constant {
    Number(i64),
    Address(Target, i64),
}

impl Checker<'_> {
    /// The data that stores make, each of which has to be a constant.
    pub fn constant_data(&mut self, stores: Stores) -> Checked<Data> {
        let mut chunks: SortedMap<u64, Vec<u8>> = SortedMap::default();
        let mut relocations: SortedMap<u64, Relocation> = SortedMap::default();
        for item in stores.items {
            let offset = item.offset;
            relocations.remove(&offset);
            chunks.remove(&offset);
            match item.value {
                InitValue::Bytes(bytes) => {
                    chunks.insert(offset, bytes.to_vec());
                }
                InitValue::Expr(value) => match self.constant(&value)? {
                    Constant::Number(number) => {
                        let size = self.declared.types.size_of(&value.ty).unwrap_or(8);
                        let bytes = number.to_le_bytes();
                        let used = usize::try_from(size)
                            .ok()
                            .and_then(|size| bytes.get(..size));
                        chunks.insert(offset, used.unwrap_or(&bytes).to_vec());
                    }
                    Constant::Address(target, addend) => {
                        self.use_target(target, value.span);
                        relocations.insert(
                            offset,
                            Relocation {
                                offset,
                                target,
                                addend,
                            },
                        );
                    }
                },
            }
        }
        Ok(Data {
            bytes: joined(chunks),
            relocations: relocations.into_values().collect(),
        })
    }

    fn use_target(&mut self, target: Target, span: Span) {
        match target {
            Target::Global(id) => {
                self.use_global(id, span);
            }
            Target::Function(id) => self.use_function(id, span),
            Target::String(_) => {}
        }
    }

    fn constant(&mut self, value: &Expr) -> Checked<Constant> {
        if let Some(constant) = address_constant(value) {
            let fits = match constant {
                Constant::Number(_) => true,
                Constant::Address(..) => self.declared.types.size_of(&value.ty) == Some(8),
            };
            if fits {
                return Ok(constant);
            }
        }
        let hint = "globals get their value before the program starts: assign it in a function";
        Err(self.error_hint(
            value.span,
            "the initial value of a global has to be a constant",
            hint,
        ))
    }

    /// A global without a name: a compound literal outside of functions.
    pub fn hidden_global(
        &mut self,
        ty: &QualType,
        stores: Stores,
        span: Span,
    ) -> Checked<GlobalId> {
        let data = self.constant_data(stores)?;
        let spelled = self.declared.types.declaration(ty, "").into();
        let id = self.new_global("".into(), ty.clone(), spelled, span);
        self.define_global(id, ty.clone(), Some(data));
        Ok(id)
    }
}

/// Joins chunks that touch and drops what is zero.
fn joined(chunks: SortedMap<u64, Vec<u8>>) -> Vec<DataBytes> {
    let mut data: Vec<DataBytes> = Vec::new();
    for (offset, bytes) in chunks.into_entries() {
        if bytes.iter().all(|&byte| byte == 0) {
            continue;
        }
        if let Some(last) = data.last_mut() {
            let length = u64::try_from(last.bytes.len()).unwrap_or(0);
            let end = last.offset.saturating_add(length);
            if offset <= end {
                let overlap = usize::try_from(offset.saturating_sub(last.offset)).unwrap_or(0);
                last.bytes.truncate(overlap);
                last.bytes.extend(bytes);
                continue;
            }
        }
        data.push(DataBytes { offset, bytes });
    }
    data
}

/// A number, or an address with an offset (C11 6.6).
fn address_constant(value: &Expr) -> Option<Constant> {
    match &value.kind {
        ExprKind::Constant(number) => Some(Constant::Number(*number)),
        ExprKind::AddressOf(place) => {
            let (target, offset) = place_address(place)?;
            Some(Constant::Address(target, offset))
        }
        ExprKind::FunctionAddress(id) => Some(Constant::Address(Target::Function(*id), 0)),
        ExprKind::Cast(inner) => address_constant(inner),
        ExprKind::PointerAdd {
            pointer,
            index,
            stride,
        } => match (address_constant(pointer)?, &index.kind) {
            (Constant::Address(target, addend), ExprKind::Constant(index)) => {
                let step = index.wrapping_mul(*stride);
                Some(Constant::Address(target, addend.wrapping_add(step)))
            }
            _ => None,
        },
        _ => None,
    }
}

fn place_address(place: &Place) -> Option<(Target, i64)> {
    match &place.kind {
        PlaceKind::Global(id) => Some((Target::Global(*id), 0)),
        PlaceKind::String(id) => Some((Target::String(*id), 0)),
        PlaceKind::Member { base, offset } => {
            let (target, start) = place_address(base)?;
            Some((target, start.wrapping_add(i64::try_from(*offset).ok()?)))
        }
        PlaceKind::Deref(pointer) => match address_constant(pointer)? {
            Constant::Address(target, addend) => Some((target, addend)),
            Constant::Number(_) => None,
        },
        _ => None,
    }
}
