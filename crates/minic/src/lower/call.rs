//! Calls: arguments go into the registers behind the caller's own, where the callee's begin.

use crate::code::{Instruction, Reg};
use crate::headers::LibraryFunction;
use crate::typed::{BinaryOp, Callee, Expr, FunctionId};
use crate::types::{IntType, Type};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn call(&mut self, callee: Callee, args: &[Expr], e: &Expr, dst: Reg) {
        match callee {
            Callee::Function(FunctionId(function)) => {
                let window = self.temporary();
                if let Type::Record(_) = e.ty {
                    let buffer = self.temporary();
                    self.frame_temporary(&e.ty, buffer);
                }
                self.arguments(args);
                self.emit(Instruction::Call {
                    function,
                    window,
                    dst,
                });
            }
            Callee::Library(function) => self.call_library(function, args, dst),
        }
    }

    /// Evaluates arguments into the registers that follow.
    fn arguments(&mut self, args: &[Expr]) {
        for arg in args {
            let register = self.temporary();
            self.value_into(arg, register);
        }
    }

    fn call_library(&mut self, function: LibraryFunction, args: &[Expr], dst: Reg) {
        if self.atomic(function, args, dst) {
            return;
        }
        let first = self.checked(self.next_register);
        self.arguments(args);
        let Ok(count) = u8::try_from(args.len()) else {
            return self.too_large("too many arguments");
        };
        self.emit(Instruction::Library {
            function,
            count,
            args: first,
            dst,
        });
    }

    /// The atomic functions are loads and stores: nothing comes between two instructions of a statement.
    fn atomic(&mut self, function: LibraryFunction, args: &[Expr], dst: Reg) -> bool {
        let Some((object, operand)) = args.split_first() else {
            return false;
        };
        let Some(pointee) = object.ty.pointee() else {
            return false;
        };
        let ty = self.int_type(&pointee.ty);
        let is_add = matches!(
            function,
            LibraryFunction::AtomicFetchAdd | LibraryFunction::SyncFetchAndAdd
        );
        if !is_add
            && !matches!(
                function,
                LibraryFunction::AtomicLoad | LibraryFunction::AtomicStore
            )
        {
            return false;
        }
        let base = self.value(object);
        let value = operand.first().map(|operand| self.value(operand));
        let mut src = value.unwrap_or(Reg::FRAME);
        if function == LibraryFunction::AtomicStore {
            let wrapped = self.temporary();
            self.emit(Instruction::Wrap {
                ty,
                dst: wrapped,
                src,
            });
            src = wrapped;
        } else {
            let old = self.temporary();
            self.emit(Instruction::Load {
                ty,
                dst: old,
                base,
                offset: 0,
            });
            if is_add {
                let sum = self.temporary();
                // Atomic arithmetic wraps and never overflows (C11 7.17.7.5).
                self.binary_instruction(BinaryOp::Add, IntType::UnsignedLong, sum, old, src);
                self.emit(Instruction::Wrap {
                    ty,
                    dst: sum,
                    src: sum,
                });
                src = sum;
            }
            if is_add {
                self.emit(Instruction::Store {
                    ty,
                    src,
                    base,
                    offset: 0,
                });
            }
            self.emit(Instruction::Move { dst, src: old });
            return true;
        }
        self.emit(Instruction::Store {
            ty,
            src,
            base,
            offset: 0,
        });
        true
    }

    /// Room on the stack for a record that a call returns: its address goes to `dst`.
    fn frame_temporary(&mut self, ty: &Type, dst: Reg) {
        let size = self.context.types.size_of(ty).unwrap_or(0);
        let align = self.context.types.align_of(ty);
        match self.frame.reserve(size, align, self.span) {
            Ok(offset) => self.emit(Instruction::Offset {
                dst,
                base: Reg::FRAME,
                offset,
            }),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
    }
}
