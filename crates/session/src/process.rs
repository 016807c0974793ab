//! What a process is at, as a debugger would say it: its line and its variables.

use std::rc::Rc;

use abi::{Pid, VirtAddr};

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
