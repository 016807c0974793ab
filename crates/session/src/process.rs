//! What a process is at, as a debugger would say it: its line and its variables.

use std::rc::Rc;

use abi::{Pid, VirtAddr};
use minic::machine::look::{self, ProcessView};
use minic::source::{Source, Span};

/// A process of the lab's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessState {
    /// Its number.
    pub pid: Pid,
    /// Where in the program its next statement is; none while it runs console statements or has ended.
    pub place: Option<TextPlace>,
    /// Its variables, innermost scope last.
    pub variables: Vec<Variable>,
}

/// A piece of the program's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TextPlace {
    /// Its line, from 1.
    pub line: u32,
    /// Its column in characters, from 1.
    pub column: u32,
    /// Its first byte in the text.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

/// A variable in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: Rc<str>,
    /// Its type, as the program spells it.
    pub type_name: Rc<str>,
    /// Its value in C's spelling.
    pub value: String,
    /// Where it lies in memory; none for one in a register.
    pub address: Option<VirtAddr>,
    /// What it points to, if it is a pointer.
    pub pointer: Option<Pointer>,
}

/// A pointer's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Where it points.
    pub target: VirtAddr,
    /// The size of what it points to, in bytes; 0 where that is not known.
    pub stride: u64,
}

impl TextPlace {
    /// The place of a piece of a text.
    pub fn of(source: &Source, span: Span) -> TextPlace {
        let position = source.position(span.start);
        TextPlace {
            line: position.line,
            column: position.column,
            start: span.start,
            end: span.end,
        }
    }
}

/// What the interpreter knows of a process: the variables of all its functions, the running one's last.
pub fn process_state(view: &ProcessView, place: Option<TextPlace>) -> ProcessState {
    let frames = view.frames.iter().rev();
    let variables = frames.flat_map(|frame| frame.variables.iter().map(variable));
    ProcessState {
        pid: view.pid,
        place,
        variables: variables.collect(),
    }
}

fn variable(variable: &look::Variable) -> Variable {
    let target = variable.points_to.filter(|target| target.0 != 0);
    Variable {
        name: variable.name.clone(),
        type_name: variable.ty.clone(),
        value: variable
            .value
            .clone()
            .unwrap_or_else(|| "not in memory yet".into()),
        address: variable.address,
        pointer: target.map(|target| Pointer {
            target,
            stride: stride(&variable.ty),
        }),
    }
}

/// The size of what a pointer of this type points to, as far as the type's name tells; else 0.
fn stride(type_name: &str) -> u64 {
    let Some(pointee) = type_name.trim().strip_suffix('*') else {
        return 0;
    };
    let words = pointee
        .split_whitespace()
        .filter(|word| !matches!(*word, "const" | "volatile"));
    match words.collect::<Vec<_>>().join(" ").as_str() {
        "char" | "signed char" | "unsigned char" | "uint8_t" | "int8_t" | "bool" => 1,
        "short" | "unsigned short" | "uint16_t" | "int16_t" => 2,
        "int" | "unsigned int" | "unsigned" | "uint32_t" | "int32_t" | "pid_t" => 4,
        "long" | "unsigned long" | "long long" | "unsigned long long" | "uint64_t" | "int64_t"
        | "size_t" => 8,
        pointer if pointer.ends_with('*') => 8,
        _ => 0,
    }
}
