//! Lowering an input that runs where a program stands: in the frame of the function that runs there.
//!
//! The input's code uses the function's registers and frame pointer. Its own registers come behind all of the
//! function's, and what it declares lies on the stack below all that is in use there: variables, and also string
//! literals and static variables, since the program's own sections have no room left.

use std::rc::Rc;

use crate::check::ConsoleUnit;
use crate::code::{Code, FunctionCode, Home};
use crate::diagnostic::Diagnostic;
use crate::image::{Image, TooLarge};

use super::{Context, Frame, lower_function, lower_presetting};

/// Where the program stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The function that runs.
    pub running: &'a FunctionCode,
    /// Where the variables of earlier inputs in its frame live.
    pub known: &'a [Home],
    /// Its frame pointer.
    pub frame_pointer: u64,
    /// Its stack pointer.
    pub stack_pointer: u64,
}

/// An input ready to run in a function's frame.
#[derive(Clone, Debug)]
pub struct FrameInput {
    /// The program with what the input adds to it.
    pub code: Code,
    /// The input's own code.
    pub entry: Rc<FunctionCode>,
    /// Where the console's variables of the frame live.
    pub homes: Rc<[Home]>,
}

/// Lowers an input.
///
/// # Errors
/// When no room is left for it.
pub fn lower_inside(
    code: &Code,
    unit: &ConsoleUnit,
    standing: Standing<'_>,
) -> Result<FrameInput, Diagnostic> {
    let program = &unit.program;
    let too_large = |what: &str| Diagnostic::new(Default::default(), what);
    let Some(entry) = program.functions.get(program.entry.index()) else {
        return Err(too_large("there is nothing to run"));
    };
    let mut image = Image::clone(&code.image);
    let mut stack = standing.stack_pointer;
    let preset = image
        .extend_on_stack(program, &mut stack)
        .map_err(|TooLarge| too_large("the input's strings and static variables are too large"))?;
    let depth = u32::try_from(standing.frame_pointer.wrapping_sub(stack));
    let depth = depth.map_err(|_| too_large("the stack is used too far for more variables"))?;
    let running = standing.running;
    let own = running.homes.len();
    let frame = Frame {
        homes: [&running.homes, standing.known].concat(),
        flags: running.flags.clone(),
        locals: running.registers,
        stack: depth,
    };
    let context = Context {
        types: &program.types,
        image: &image,
        outer: &code.entry.homes,
    };
    let (entry_code, frame) = lower_presetting(context, entry, frame, preset)?;
    let mut functions = Vec::new();
    for (index, function) in program.functions.iter().enumerate() {
        functions.push(match code.functions.get(index) {
            _ if index == program.entry.index() => entry_code.clone(),
            Some(known) if Rc::ptr_eq(&known.function, function) => known.clone(),
            _ => lower_function(context, function, Frame::default())?.0,
        });
    }
    Ok(FrameInput {
        code: Code {
            types: program.types.clone(),
            functions,
            entry: code.entry.clone(),
            image: Rc::new(image),
        },
        entry: entry_code,
        homes: frame.homes.get(own..).unwrap_or_default().into(),
    })
}
