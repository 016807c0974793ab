//! What a person wants to see of a process: its statement, its call stack, its variables with their values.
//!
//! Memory is looked at as a debugger would, without any effect on the modelled machine.

use abi::{Errno, Pid, VirtAddr};
use kernel::Kernel;

use crate::code::Home;
use crate::typed::{Function, Local};
use crate::types::{IntType, QualType, RecordKind, Type, Types};
use crate::vm::Frame;

use super::*;

/// How many elements of an array, or members of a struct, a value shows.
const SHOWN: u64 = 8;
/// The longest string that a value shows, in bytes.
const SHOWN_STRING: usize = 32;

/// What a process does.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessView {
    /// Its number.
    pub pid: Pid,
    /// Who forked it.
    pub parent: Option<Pid>,
    /// Why it does not run.
    pub waiting: Option<Waiting>,
    /// Its call stack, the running function first.
    pub frames: Vec<FrameView>,
    /// Its `errno`, with the constant's name when it is not 0.
    pub errno: (i32, Option<&'static str>),
}

/// A function on the call stack.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameView {
    /// The statement that runs, or comes next.
    pub place: Place,
    /// Whether it is a signal handler that the kernel called.
    pub is_handler: bool,
    /// The variables in scope at the statement, in the order of declaration.
    pub variables: Vec<Variable>,
}

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: Rc<str>,
    /// Its type as C writes it: `const char *`.
    pub ty: Rc<str>,
    /// Its value as C writes it; none where its memory has no frame yet.
    pub value: Option<String>,
    /// Where it lies; none for one in a register.
    pub address: Option<VirtAddr>,
    /// Where it points, if it is a pointer.
    pub points_to: Option<VirtAddr>,
}

/// The statement of a frame.
pub(super) fn place(frame: &Frame) -> Place {
    let next = frame.code.instructions.get(frame.pc as usize);
    let span = match next {
        Some(crate::code::Instruction::Statement(index)) => {
            frame.code.statements.get(*index as usize).copied()
        }
        _ => None,
    };
    Place {
        source: frame.code.function.source.clone(),
        span: span.unwrap_or_else(|| Process::statement_span(frame)),
        function: frame.code.function.name.clone(),
    }
}

impl Machine {
    /// Everything about a process that has not ended.
    pub fn look(&self, kernel: &Kernel, pid: Pid) -> Option<ProcessView> {
        let process = self.processes.get(&pid)?;
        let frames = process.frames.iter().rev();
        let errno = process.library.errno;
        Some(ProcessView {
            pid,
            parent: process.parent,
            waiting: process.waiting,
            frames: frames
                .map(|frame| self.look_at_frame(kernel, process, frame))
                .collect(),
            errno: (errno, Errno::from_number(errno).map(Errno::name)),
        })
    }

    /// The statement that a process runs, or runs next.
    pub fn place(&self, pid: Pid) -> Option<Place> {
        self.place_of(self.processes.get(&pid)?)
    }

    /// Why a process does not run.
    pub fn waiting(&self, pid: Pid) -> Option<Waiting> {
        self.processes.get(&pid)?.waiting
    }

    /// How deep a process's call stack is, and the running function's named variables that are in registers: what a
    /// statement can change without a command.
    pub fn registers(&self, pid: Pid) -> Option<(usize, Vec<i64>)> {
        let process = self.processes.get(&pid)?;
        let frame = process.frame()?;
        let locals = frame.code.function.locals.iter().zip(&frame.code.homes);
        let named = locals.filter(|(local, _)| local.name.is_some());
        let values = named.filter_map(|(_, home)| match home {
            Home::Register(register) => Some(process.register(frame.base, *register)),
            _ => None,
        });
        Some((process.frames.len(), values.collect()))
    }

    fn look_at_frame(&self, kernel: &Kernel, process: &Process, frame: &Frame) -> FrameView {
        let place = place(frame);
        let function = &frame.code.function;
        let locals = function.locals.iter().enumerate();
        let own = locals
            // What an input uses belongs to the frame below it.
            .filter(|(_, local)| !frame.is_input && is_in_scope(function, local, place.span))
            .map(|(index, local)| (local, frame.code.homes.get(index)));
        let typed = frame.console.iter().flat_map(|console| {
            let named = console.names.named();
            named.map(|(index, local)| (local, console.homes.get(index)))
        });
        let variables = own
            .chain(typed)
            .filter_map(|(local, home)| {
                let name = local.name.clone()?;
                Some(self.look_at_local(kernel, process, frame, (name, local), *home?))
            })
            .collect();
        FrameView {
            place,
            is_handler: frame.handler.is_some(),
            variables,
        }
    }

    fn look_at_local(
        &self,
        kernel: &Kernel,
        process: &Process,
        frame: &Frame,
        (name, local): (Rc<str>, &Local),
        home: Home,
    ) -> Variable {
        let types = &self.code.types;
        let frame_pointer = process.frame_pointer(frame);
        let (raw, address) = match home {
            Home::Register(register) => (Some(process.register(frame.base, register)), None),
            Home::Frame(offset) => {
                let address = VirtAddr(frame_pointer.wrapping_add_signed(i64::from(offset)));
                (
                    peek_scalar(kernel, process.pid, types, &local.ty.ty, address),
                    Some(address),
                )
            }
            Home::Variable(register) => (
                None,
                Some(VirtAddr(process.register(frame.base, register) as u64)),
            ),
        };
        let value = match (raw, address) {
            (Some(raw), _) => Some(value_text(types, &local.ty.ty, raw)),
            (None, Some(address)) => memory_text(kernel, process.pid, types, &local.ty, address, 0),
            (None, None) => None,
        };
        let is_pointer = matches!(local.ty.ty, Type::Pointer(_));
        Variable {
            name,
            ty: local.spelled.clone(),
            value,
            address,
            points_to: raw.filter(|_| is_pointer).map(|raw| VirtAddr(raw as u64)),
        }
    }
}

/// Whether a name means this local at a statement.
fn is_in_scope(function: &Function, local: &Local, at: Span) -> bool {
    // A statement's declaration is in scope of itself: its value is about to be given.
    function.is_implicit || (local.scope.start <= at.end && at.start < local.scope.end)
}

/// A scalar in memory, in register form.
fn peek_scalar(
    kernel: &Kernel,
    pid: Pid,
    types: &Types,
    ty: &Type,
    address: VirtAddr,
) -> Option<i64> {
    let int = types.register_type(ty)?;
    let mut bytes = [0; 8];
    let part = bytes.get_mut(..int.size() as usize)?;
    (kernel.look_at(pid, address, part) == int.size()).then(|| int.wrap(i64::from_le_bytes(bytes)))
}

/// A scalar's value as C writes it: `'A'`, `42`, `0x7ffff7ff8000`, an enum's constant.
pub(crate) fn value_text(types: &Types, ty: &Type, value: i64) -> String {
    match ty {
        Type::Pointer(_) => VirtAddr(value as u64).to_string(),
        Type::Int(IntType::Char | IntType::SignedChar | IntType::UnsignedChar) => {
            character_text(value)
        }
        Type::Int(IntType::UnsignedLong | IntType::UnsignedLongLong) => (value as u64).to_string(),
        Type::Enum(id) => {
            let constants = types.enumeration(*id).map(|e| e.constants.clone());
            let named = constants
                .iter()
                .flat_map(|c| c.iter())
                .find(|(_, v)| *v == value);
            named.map_or_else(|| value.to_string(), |(name, _)| name.to_string())
        }
        _ => value.to_string(),
    }
}

fn character_text(value: i64) -> String {
    match u8::try_from(value) {
        Ok(b'\n') => "'\\n'".to_owned(),
        Ok(b'\t') => "'\\t'".to_owned(),
        Ok(b'\'') => "'\\''".to_owned(),
        Ok(b'\\') => "'\\\\'".to_owned(),
        Ok(byte) if (0x20..0x7f).contains(&byte) => format!("'{}'", char::from(byte)),
        _ => value.to_string(),
    }
}

/// What lies in memory, as an initialiser would write it; none where the first byte has no frame.
fn memory_text(
    kernel: &Kernel,
    pid: Pid,
    types: &Types,
    ty: &QualType,
    address: VirtAddr,
    depth: u32,
) -> Option<String> {
    if let Some(value) = peek_scalar(kernel, pid, types, &ty.ty, address) {
        return Some(value_text(types, &ty.ty, value));
    }
    if depth > 2 {
        return Some("{...}".to_owned());
    }
    match &ty.ty {
        Type::Array(array) => {
            let size = types.size_of(&ty.ty).unwrap_or(0);
            if let Type::Int(int) = array.element.ty
                && int.size() == 1
            {
                return string_text(kernel, pid, address, size);
            }
            let element = types.size_of(&array.element.ty).filter(|&size| size > 0)?;
            let count = size / element;
            let shown = (0..count.min(SHOWN)).map_while(|index| {
                let at = address.offset(index * element);
                memory_text(kernel, pid, types, &array.element, at, depth + 1)
            });
            braced(shown.collect(), count)
        }
        Type::Record(id) => {
            let record = types.record(*id)?;
            let members = record.layout.as_ref()?.members.clone();
            let is_union = record.kind == RecordKind::Union;
            let count = if is_union {
                members.len().min(1)
            } else {
                members.len()
            };
            let shown = members
                .iter()
                .take(count.min(SHOWN as usize))
                .map_while(|member| {
                    let at = address.offset(member.offset);
                    let value = memory_text(kernel, pid, types, &member.ty, at, depth + 1)?;
                    Some(match &member.name {
                        Some(name) => format!(".{name} = {value}"),
                        None => value,
                    })
                });
            braced(shown.collect(), count as u64)
        }
        _ => None,
    }
}

fn braced(shown: Vec<String>, count: u64) -> Option<String> {
    if shown.is_empty() && count > 0 {
        return None;
    }
    let more = if (shown.len() as u64) < count {
        ", ..."
    } else {
        ""
    };
    Some(format!("{{{}{more}}}", shown.join(", ")))
}

/// A char array: its string up to the NUL, or its bytes.
fn string_text(kernel: &Kernel, pid: Pid, address: VirtAddr, size: u64) -> Option<String> {
    let mut bytes = [0; SHOWN_STRING];
    let length = size.min(SHOWN_STRING as u64);
    let read = kernel.look_at(pid, address, bytes.get_mut(..length as usize)?);
    let bytes = bytes.get(..read as usize)?;
    if read == 0 && size > 0 {
        return None;
    }
    let end = bytes.iter().position(|&b| b == 0);
    let text = bytes.get(..end.unwrap_or(bytes.len()))?;
    let is_text = text
        .iter()
        .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    if is_text && !text.is_empty() {
        let more = if end.is_none() && size > read {
            "..."
        } else {
            ""
        };
        let text = String::from_utf8_lossy(text);
        return Some(format!("{}{more}", abi::c_string(&text)));
    }
    let shown = bytes.iter().take(SHOWN as usize).map(u8::to_string);
    braced(shown.collect(), size)
}
