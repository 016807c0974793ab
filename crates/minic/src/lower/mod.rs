//! From the typed tree to bytecode.
//!
//! [`lower_program`] lowers a whole program, [`ConsoleLowering`] a console's inputs one after the other.
//! A function is lowered in one pass: statements ([`statement`]), expressions ([`expression`]), conditions
//! ([`condition`]), places ([`place`]) and initialisers ([`initialise`]) all add to a [`Lowering`].
//! Temporaries are registers above the locals, handed out as a stack.

mod call;
mod condition;
mod console;
mod defined;
mod expression;
mod initialise;
mod inside;
mod place;
mod statement;

use std::rc::Rc;

use crate::code::{Code, FunctionCode, Home, Instruction, Reg, SwitchTable, Target};
use crate::diagnostic::Diagnostic;
use crate::image::{Image, Patch, TooLarge};
use crate::source::Span;
use crate::typed::{Function, Program, Storage};
use crate::types::{IntType, LocalId, Type, Types};
use kernel::Executable;

pub use console::{ConsoleInput, ConsoleLowering, Promotion};
pub use inside::{Standing, lower_inside};

/// Lowers a whole program; `path` names its file in the simulated machine.
///
/// # Errors
/// When a function needs more registers or stack than there are, or its variables exceed the address space.
pub fn lower_program(program: &Program, path: &str) -> Result<(Code, Executable), Diagnostic> {
    let (image, executable) = Image::of(program, path).map_err(|TooLarge| too_large_program())?;
    let implicit = program.functions.get(program.entry.index());
    let implicit = implicit.filter(|function| function.is_implicit);
    let outer = match implicit {
        Some(function) => {
            Frame::default()
                .with_locals(function, &program.types)?
                .homes
        }
        None => Vec::new(),
    };
    let context = Context {
        types: &program.types,
        image: &image,
        outer: &outer,
    };
    let functions = program
        .functions
        .iter()
        .map(|function| lower_function(context, function, Frame::default()).map(|(code, _)| code))
        .collect::<Result<Vec<_>, _>>()?;
    let entry = functions.get(program.entry.index());
    let entry = entry.cloned().ok_or_else(too_large_program)?;
    let code = Code {
        types: program.types.clone(),
        functions,
        entry,
        image: Rc::new(image),
    };
    Ok((code, executable))
}

fn too_large_program() -> Diagnostic {
    Diagnostic::new(Span::default(), "the program's variables are too large")
}

/// What every function of a program is lowered with.
#[derive(Clone, Copy)]
struct Context<'a> {
    types: &'a Types,
    image: &'a Image,
    /// Where the implicit function's locals live, by [`LocalId`].
    outer: &'a [Home],
}

/// A function's registers and stack as far as they are given out.
#[derive(Clone, Debug, Default)]
struct Frame {
    homes: Vec<Home>,
    /// For locals declared without a value: the register that says whether they have one by now.
    flags: Vec<Option<Reg>>,
    /// Registers in use by locals; 0 stands for the frame pointer alone.
    locals: u32,
    /// Bytes of stack in use.
    stack: u32,
}

impl Frame {
    /// Gives homes to the function's locals that have none yet.
    fn with_locals(mut self, function: &Function, types: &Types) -> Result<Frame, Diagnostic> {
        let result_is_record = matches!(function.ty.result, Type::Record(_));
        if self.locals == 0 {
            // The frame pointer, and where a returned record goes.
            self.locals = if result_is_record { 2 } else { 1 };
            // Parameters arrive in registers, wherever they live later.
            let parameters = function.ty.params.len() as u32;
            let arrivals = self.locals;
            self.locals = self.locals.saturating_add(parameters);
            self.add_homes(function, types, Some(arrivals))?;
        } else {
            self.add_homes(function, types, None)?;
        }
        Ok(self)
    }

    fn add_homes(
        &mut self,
        function: &Function,
        types: &Types,
        arrivals: Option<u32>,
    ) -> Result<(), Diagnostic> {
        let known = self.homes.len();
        for (index, local) in function.locals.iter().enumerate().skip(known) {
            let parameter = arrivals.filter(|_| index < function.ty.params.len());
            let home = match (local.storage, parameter) {
                (Storage::Register, Some(first)) => {
                    Home::Register(register(first.saturating_add(index as u32), local.span)?)
                }
                (Storage::Register, None) => Home::Register(self.register(local.span)?),
                (Storage::Memory, _) => {
                    let size = types.size_of(&local.ty.ty).unwrap_or(0);
                    let align = types.align_of(&local.ty.ty);
                    Home::Frame(self.reserve(size, align, local.span)?)
                }
                (Storage::Variable { pointer }, _) => match self.homes.get(pointer.index()) {
                    Some(&Home::Register(register)) => Home::Variable(register),
                    // Declared after it: the hidden register has no home yet.
                    _ => Home::Variable(Reg::FRAME),
                },
            };
            self.homes.push(home);
        }
        for (index, local) in function.locals.iter().enumerate().skip(known) {
            if let Storage::Variable { pointer } = local.storage
                && let Some(&Home::Register(register)) = self.homes.get(pointer.index())
                && let Some(home) = self.homes.get_mut(index)
            {
                *home = Home::Variable(register);
            }
        }
        self.flags.resize(self.homes.len(), None);
        Ok(())
    }

    /// A new register for a local.
    fn register(&mut self, span: Span) -> Result<Reg, Diagnostic> {
        let register = register(self.locals, span)?;
        self.locals += 1;
        Ok(register)
    }

    /// Room on the stack: its offset from the frame pointer.
    fn reserve(&mut self, size: u64, align: u64, span: Span) -> Result<i32, Diagnostic> {
        // As gcc does, arrays are aligned to 16.
        let align = if size >= 16 {
            align.max(16)
        } else {
            align.max(1)
        };
        u64::from(self.stack)
            .checked_add(size)
            .and_then(|end| end.checked_next_multiple_of(align))
            .and_then(|end| u32::try_from(end).ok())
            .filter(|&end| end <= MAXIMUM_FRAME)
            .map(|end| {
                self.stack = end;
                -(end as i32)
            })
            .ok_or_else(|| {
                Diagnostic::new(span, "the function's variables are too large for a stack")
            })
    }
}

/// In a function that returns a record, the register with the address where it goes.
const RESULT_RECORD: Reg = Reg(1);

/// The largest frame of a function in bytes: any stack is smaller.
const MAXIMUM_FRAME: u32 = 1 << 30;

fn register(number: u32, span: Span) -> Result<Reg, Diagnostic> {
    u16::try_from(number).map(Reg).map_err(|_| {
        Diagnostic::new(
            span,
            "the function has too many variables or too deep an expression",
        )
    })
}

/// A loop or switch that `break` (and `continue`) can leave.
struct Enclosing {
    on_break: Target,
    on_continue: Option<Target>,
    /// How many blocks with variable-length arrays are open around it.
    vla_depth: usize,
}

/// A function being lowered.
///
/// While it is, the targets of jumps are labels: indices into `labels`, which hold the positions.
struct Lowering<'a> {
    context: Context<'a>,
    function: &'a Rc<Function>,
    frame: Frame,
    instructions: Vec<Instruction>,
    statements: Vec<Span>,
    switches: Vec<SwitchTable>,
    data: Vec<Rc<[u8]>>,
    /// What the first statement stores before all else.
    preset: Vec<Patch>,
    /// Positions by label; the function's own labels come first.
    labels: Vec<Target>,
    enclosing: Vec<Enclosing>,
    /// For each open block with variable-length arrays, the register that holds the stack pointer before it.
    vla_blocks: Vec<Reg>,
    /// Which locals have a value for certain.
    defined: defined::DefinedLocals,
    /// The first free register, and the most that were in use.
    next_register: u32,
    registers: u32,
    /// The first thing that did not fit.
    error: Option<Diagnostic>,
    /// Whether the place being lowered is only to give its address, which may be that behind an array.
    only_address: bool,
    /// Where errors are reported.
    span: Span,
}

/// Lowers one function on top of what is given out already; gives the frame as it is then.
fn lower_function(
    context: Context<'_>,
    function: &Rc<Function>,
    frame: Frame,
) -> Result<(Rc<FunctionCode>, Frame), Diagnostic> {
    lower_presetting(context, function, frame, Vec::new())
}

/// The same for a function whose first statement stores something before all else.
fn lower_presetting(
    context: Context<'_>,
    function: &Rc<Function>,
    frame: Frame,
    preset: Vec<Patch>,
) -> Result<(Rc<FunctionCode>, Frame), Diagnostic> {
    let frame = frame.with_locals(function, context.types)?;
    let mut lowering = Lowering {
        context,
        function,
        next_register: frame.locals,
        registers: frame.locals,
        frame,
        instructions: Vec::new(),
        statements: Vec::new(),
        switches: Vec::new(),
        data: Vec::new(),
        preset,
        labels: vec![0; function.label_count as usize],
        enclosing: Vec::new(),
        vla_blocks: Vec::new(),
        defined: defined::DefinedLocals::default(),
        error: None,
        only_address: false,
        span: function.span,
    };
    lowering
        .defined
        .reserve_flags(&mut lowering.frame, function);
    lowering.next_register = lowering.frame.locals;
    lowering.parameters();
    lowering.block(&function.body);
    lowering.run_off_the_end();
    lowering.finish()
}

impl Lowering<'_> {
    /// Moves parameters that live in memory from the registers in which they arrive.
    fn parameters(&mut self) {
        let result_is_record = matches!(self.function.ty.result, Type::Record(_));
        let first: u32 = if result_is_record { 2 } else { 1 };
        for (index, parameter) in self.function.ty.params.iter().enumerate() {
            let arrival = self.checked(first.saturating_add(index as u32));
            let Some(&Home::Frame(offset)) = self.frame.homes.get(index) else {
                continue;
            };
            match self.context.types.register_type(parameter) {
                Some(ty) => self.emit(Instruction::Store {
                    ty,
                    src: arrival,
                    base: Reg::FRAME,
                    offset,
                }),
                None => {
                    let to = self.temporary();
                    self.emit(Instruction::Offset {
                        dst: to,
                        base: Reg::FRAME,
                        offset,
                    });
                    self.copy(to, arrival, parameter);
                }
            }
        }
    }

    /// `main` returns 0 at its end; other functions return what nobody may look at.
    fn run_off_the_end(&mut self) {
        let function = self.function;
        if function.ty.result != Type::Void && &*function.name != "main" {
            self.emit(Instruction::NoValue);
        }
        let src = match self.function.ty.result {
            Type::Record(_) => RESULT_RECORD,
            _ => self.constant(0),
        };
        self.emit(Instruction::Return { src });
    }

    fn emit(&mut self, instruction: Instruction) {
        self.instructions.push(instruction);
    }

    /// A new temporary, free again when `next_register` is set back.
    fn temporary(&mut self) -> Reg {
        let register = self.checked(self.next_register);
        self.next_register = self.next_register.saturating_add(1);
        self.registers = self.registers.max(self.next_register);
        register
    }

    fn checked(&mut self, number: u32) -> Reg {
        register(number, self.span).unwrap_or_else(|error| {
            self.error.get_or_insert(error);
            Reg::FRAME
        })
    }

    /// Runs `work` and frees the temporaries that it took.
    fn with_temporaries<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.next_register;
        let result = work(self);
        self.next_register = mark;
        result
    }

    fn constant(&mut self, value: i64) -> Reg {
        let dst = self.temporary();
        self.emit(Instruction::Constant { dst, value });
        dst
    }

    fn new_label(&mut self) -> Target {
        let label = self.labels.len() as Target;
        self.labels.push(0);
        label
    }

    /// The label stands for the position that comes next.
    fn bind(&mut self, label: Target) {
        let position = self.instructions.len() as Target;
        if let Some(slot) = self.labels.get_mut(label as usize) {
            *slot = position;
        }
    }

    /// A statement, or a loop's condition or step, begins.
    fn mark(&mut self, span: Span) {
        self.span = span;
        let index = self.statements.len() as u32;
        self.statements.push(span);
        self.emit(Instruction::Statement(index));
        for patch in std::mem::take(&mut self.preset) {
            self.with_temporaries(|l| {
                let to = l.constant(patch.address.0 as i64);
                let data = l.data.len() as u32;
                l.data.push(patch.bytes);
                l.emit(Instruction::StoreData { to, data });
            });
        }
    }

    /// Copies a record.
    fn copy(&mut self, to: Reg, from: Reg, ty: &Type) {
        let size = self.context.types.size_of(ty).unwrap_or(0);
        match u32::try_from(size) {
            Ok(0) => {}
            Ok(length) => self.emit(Instruction::Copy { to, from, length }),
            Err(_) => self.too_large("a struct of this size cannot be copied"),
        }
    }

    fn too_large(&mut self, message: &str) {
        let error = Diagnostic::new(self.span, message);
        self.error.get_or_insert(error);
    }

    /// The integer type in which a scalar is held.
    fn int_type(&self, ty: &Type) -> IntType {
        self.context
            .types
            .register_type(ty)
            .unwrap_or(IntType::Long)
    }

    /// Where a local lives.
    fn home(&self, local: LocalId) -> Home {
        let home = self.frame.homes.get(local.index());
        home.copied().unwrap_or(Home::Frame(0))
    }

    /// Puts positions in place of labels.
    fn finish(mut self) -> Result<(Rc<FunctionCode>, Frame), Diagnostic> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let labels = self.labels;
        let position = |target: &mut Target| {
            *target = labels.get(*target as usize).copied().unwrap_or(0);
        };
        for instruction in &mut self.instructions {
            match instruction {
                Instruction::Jump { target }
                | Instruction::BranchZero { target, .. }
                | Instruction::BranchNotZero { target, .. }
                | Instruction::BranchCompare { target, .. }
                | Instruction::BranchImmediate { target, .. } => position(target),
                _ => {}
            }
        }
        for table in &mut self.switches {
            position(&mut table.default);
            table
                .cases
                .iter_mut()
                .for_each(|(_, target)| position(target));
        }
        let code = FunctionCode {
            function: self.function.clone(),
            instructions: self.instructions,
            statements: self.statements,
            switches: self.switches,
            data: self.data,
            homes: self.frame.homes.clone(),
            flags: self.frame.flags.clone(),
            registers: self.registers,
            // Return address and saved frame pointer lie above the frame pointer.
            frame_size: self.frame.stack.next_multiple_of(16),
        };
        Ok((Rc::new(code), self.frame))
    }
}
