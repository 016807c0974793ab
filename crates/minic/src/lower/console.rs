//! Lowering a console's inputs one after the other, on one growing program and one growing bottom frame.

use std::rc::Rc;

use kernel::Executable;

use crate::check::ConsoleUnit;
use crate::code::{Code, FunctionCode, Home, Reg};
use crate::diagnostic::Diagnostic;
use crate::image::{Image, Patch, TooLarge};
use crate::source::{Source, Span};
use crate::typed::{Block, Function, FunctionType};
use crate::types::{IntType, LocalId, Type, Types};

use super::{Context, Frame, lower_function};

/// Everything that a console's inputs have added so far. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConsoleLowering {
    image: Rc<Image>,
    /// The functions so far, with what they were lowered from.
    functions: Vec<(Rc<Function>, Rc<FunctionCode>)>,
    /// The bottom frame, which holds the console's variables.
    frame: Frame,
}

/// An input ready to run, and what is to be done in each process before.
#[derive(Clone, Debug)]
pub struct ConsoleInput {
    /// The program with the input as its entry.
    pub code: Code,
    /// New literals and static variables.
    pub patches: Vec<Patch>,
    /// Variables that move from a register to memory.
    pub promoted: Vec<Promotion>,
}

/// A console variable whose address is taken from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// Where it was.
    pub register: Reg,
    /// Where it goes, from the bottom frame's frame pointer.
    pub offset: i32,
    /// How wide it is.
    pub ty: IntType,
}

impl ConsoleLowering {
    /// An empty console, and what its process runs; `path` names its file in the simulated machine.
    pub fn new(path: &str) -> (ConsoleLowering, Executable) {
        let (image, executable) = Image::of_console(path);
        let lowering = ConsoleLowering {
            image: Rc::new(image),
            functions: Vec::new(),
            frame: Frame::default(),
        };
        (lowering, executable)
    }

    /// The program before the first input: nothing to run.
    pub fn no_code(&self) -> Code {
        let function = Function {
            name: "main".into(),
            source: Rc::new(Source::new("console", "")),
            span: Span::default(),
            ty: Rc::new(FunctionType {
                result: Type::INT,
                params: Vec::new(),
                is_variadic: false,
            }),
            locals: Vec::new(),
            label_count: 0,
            body: Block::default(),
            is_implicit: true,
        };
        Code {
            types: Rc::default(),
            functions: Vec::new(),
            entry: Rc::new(FunctionCode {
                function: Rc::new(function),
                instructions: Vec::new(),
                statements: Vec::new(),
                switches: Vec::new(),
                data: Vec::new(),
                homes: Vec::new(),
                flags: Vec::new(),
                registers: 1,
                frame_size: 0,
            }),
            image: self.image.clone(),
        }
    }

    /// Lowers the next input.
    ///
    /// # Errors
    /// When no room is left for it; the console stays as it was.
    pub fn lower(&mut self, unit: &ConsoleUnit) -> Result<ConsoleInput, Diagnostic> {
        let program = &unit.program;
        let Some(entry) = program.functions.get(program.entry.index()) else {
            return Err(Diagnostic::new(
                Default::default(),
                "there is nothing to run",
            ));
        };
        let mut image = Image::clone(&self.image);
        let patches = image.extend(program).map_err(|TooLarge| {
            Diagnostic::new(
                entry.span,
                "the console has no room left for strings and static variables",
            )
        })?;
        let mut frame = self.frame.clone();
        let mut promoted = Vec::new();
        for &local in &unit.promoted {
            promoted.extend(promote(&mut frame, entry, local, &program.types)?);
        }
        let frame = frame.with_locals(entry, &program.types)?;
        let outer = frame.homes.clone();
        let context = Context {
            types: &program.types,
            image: &image,
            outer: &outer,
        };
        let (entry_code, frame) = lower_function(context, entry, frame)?;
        let mut functions = Vec::new();
        for (index, function) in program.functions.iter().enumerate() {
            let code = match self.functions.get(index) {
                _ if index == program.entry.index() => entry_code.clone(),
                Some((known, code)) if Rc::ptr_eq(known, function) => code.clone(),
                _ => lower_function(context, function, Frame::default())?.0,
            };
            functions.push((function.clone(), code));
        }
        self.image = Rc::new(image);
        self.frame = frame;
        self.functions = functions;
        Ok(ConsoleInput {
            code: Code {
                types: program.types.clone(),
                functions: self
                    .functions
                    .iter()
                    .map(|(_, code)| code.clone())
                    .collect(),
                entry: entry_code,
                image: self.image.clone(),
            },
            patches,
            promoted,
        })
    }
}

/// Gives a console variable a place in memory.
fn promote(
    frame: &mut Frame,
    entry: &Function,
    local: LocalId,
    types: &Types,
) -> Result<Option<Promotion>, Diagnostic> {
    let Some(declared) = entry.locals.get(local.index()) else {
        return Ok(None);
    };
    let Some(&Home::Register(register)) = frame.homes.get(local.index()) else {
        return Ok(None);
    };
    let size = types.size_of(&declared.ty.ty).unwrap_or(8);
    let offset = frame.reserve(size, types.align_of(&declared.ty.ty), declared.span)?;
    if let Some(home) = frame.homes.get_mut(local.index()) {
        *home = Home::Frame(offset);
    }
    Ok(Some(Promotion {
        register,
        offset,
        ty: types
            .register_type(&declared.ty.ty)
            .unwrap_or(IntType::Long),
    }))
}
