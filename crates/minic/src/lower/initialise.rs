//! Initialisers of arrays, structs and unions that live on the stack.

use crate::code::{Home, Instruction, Reg};
use crate::typed::{InitItem, InitValue, Initialise};
use crate::types::Type;

use super::Lowering;

impl Lowering<'_> {
    /// Zeroes the variable where needed, then stores the items in their order.
    pub(super) fn initialise(&mut self, list: &Initialise) {
        let Home::Frame(home) = self.home(list.local) else {
            return;
        };
        if list.zero_first && list.size > 0 {
            let Ok(length) = u32::try_from(list.size) else {
                return self.too_large("a variable of this size cannot be initialised");
            };
            self.with_temporaries(|l| {
                let to = l.temporary();
                l.emit(Instruction::Offset {
                    dst: to,
                    base: Reg::FRAME,
                    offset: home,
                });
                l.emit(Instruction::Zero { to, length });
            });
        }
        for item in &list.items {
            self.with_temporaries(|l| l.item(item, home));
        }
    }

    fn item(&mut self, item: &InitItem, home: i32) {
        let Some(offset) = i32::try_from(item.offset)
            .ok()
            .and_then(|o| home.checked_add(o))
        else {
            return self.too_large("a variable of this size cannot be initialised");
        };
        let base = Reg::FRAME;
        match &item.value {
            InitValue::Bytes(bytes) => {
                let data = self.data.len() as u32;
                self.data.push(bytes.clone());
                let to = self.temporary();
                self.emit(Instruction::Offset {
                    dst: to,
                    base,
                    offset,
                });
                self.emit(Instruction::StoreData { to, data });
            }
            InitValue::Expr(e) if matches!(e.ty, Type::Record(_)) => {
                let from = self.value(e);
                let to = self.temporary();
                self.emit(Instruction::Offset {
                    dst: to,
                    base,
                    offset,
                });
                self.copy(to, from, &e.ty);
            }
            InitValue::Expr(e) => {
                let src = self.value(e);
                let ty = self.int_type(&e.ty);
                self.emit(Instruction::Store {
                    ty,
                    src,
                    base,
                    offset,
                });
            }
        }
    }
}
