//! The console: inputs checked one after the other, each knowing what the ones before declared.
//!
//! A console is alone, or open where a program stands: then it sees the program's names and the locals of the
//! function that runs, see [`ConsoleScope::inside`].

use super::Rejected;
use super::checker::Mode;
use super::scope::{Declarations, Scope, Symbol};
use super::text::{base, check_text, result_type};
use crate::source::Source;
use crate::typed::{Function, FunctionId, Program, Storage};
use crate::types::{LocalId, Type};
use std::rc::Rc;

/// The names that a console's inputs, or a program, have declared. Cheap to clone: sessions snapshot it.
#[derive(Clone, Debug)]
pub struct ConsoleScope {
    pub(super) declared: Rc<Declarations>,
}

impl Default for ConsoleScope {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl ConsoleScope {
    /// An empty console with macros as with `-D NAME=VALUE`.
    pub fn new(predefined: &[(&str, &str)]) -> Self {
        Self {
            declared: Rc::new(base(predefined)),
        }
    }

    /// A console open where a program stands: in `function`, before the statement at byte `at` of its text.
    ///
    /// It sees the program's names and the function's variables that are in scope there, and its units run in that
    /// function's frame: the first locals of a unit's entry are the function's own, under their ids. Those that
    /// the compiled code keeps in registers stay there: inputs cannot take their address.
    /// With the program of a unit that was checked inside of the same function, what the console declared stays.
    /// For a list of statements that has run to its end, [`Program::names`] itself is the console.
    pub fn inside(program: &Program, function: FunctionId, at: u32) -> Self {
        let mut declared = Declarations::clone(&program.names.declared);
        let Some(running) = program.functions.get(function.index()) else {
            return program.names.clone();
        };
        if declared.function != Some(function) {
            let is_list = declared.function.is_none() && running.is_implicit;
            if declared.function.is_none() {
                declared.file = Rc::new(std::mem::take(&mut declared.scope));
            }
            if !is_list {
                let list = std::mem::take(&mut declared.locals);
                move_outside(&mut declared, &list);
            }
            declared.function = Some(function);
            declared.locals.clone_from(&running.locals);
            declared.fixed_locals = running.locals.len();
        }
        declared.around = Rc::new(visible(&declared, running, at));
        Self {
            declared: Rc::new(declared),
        }
    }
}

/// The variables of a list of statements as another function sees them: those that are in memory.
fn move_outside(declared: &mut Declarations, list: &[crate::typed::Local]) {
    let mut file = Scope::clone(&declared.file);
    let mut console = std::mem::take(&mut declared.scope);
    for scope in [&mut file, &mut console] {
        scope.names.retain(|_, symbol| {
            let Symbol::Statement(id) = *symbol else {
                return true;
            };
            let in_memory = list
                .get(id.index())
                .filter(|local| local.storage == Storage::Memory);
            if let Some(local) = in_memory {
                *symbol = Symbol::Outer(id, local.ty.clone());
            }
            in_memory.is_some()
        });
    }
    declared.file = Rc::new(file);
    declared.scope = console;
}

/// A function's variables that are in scope at a byte of its text; inner ones hide outer ones.
fn visible(declared: &Declarations, function: &Function, at: u32) -> Scope {
    let mut scope = Scope::default();
    let statics = declared.globals.iter().zip(0u32..);
    for (entry, id) in statics {
        let is_own = entry.global.function.as_ref() == Some(&function.name);
        if is_own && Rc::ptr_eq(&entry.global.source, &function.source) {
            let symbol = Symbol::Global(crate::typed::GlobalId(id));
            scope.names.insert(entry.global.name.clone(), symbol);
        }
    }
    let locals = function.locals.iter().zip(0u32..);
    let mut found: Vec<_> = locals
        .filter(|(local, _)| local.scope.start <= at && at < local.scope.end)
        .filter_map(|(local, id)| Some((local.scope.start, local.name.clone()?, id)))
        .collect();
    found.sort_by_key(|(start, _, _)| *start);
    for (_, name, id) in found {
        scope.names.insert(name, Symbol::Statement(LocalId(id)));
    }
    scope
}

/// What one console input adds.
#[derive(Clone, Debug)]
pub struct ConsoleUnit {
    /// Everything so far; `entry` holds this input's statements. Its function's `locals` are all console variables
    /// (ids stay the same from input to input) and all of them share one frame, the process's bottom one.
    pub program: Program,
    /// Console variables that were registers until now and from now on are memory, because this input takes their
    /// address or uses them in a function: give them a place in the frame and store the register's value there first.
    pub promoted: Vec<LocalId>,
    /// The type of the value that the final [`crate::typed::StmtKind::Result`] leaves, if the input ends in one.
    pub result: Option<Type>,
}

/// Why a console input was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleError {
    /// It is right so far, but ends too early: an open brace, parenthesis, comment or macro continuation.
    Incomplete,
    /// It is wrong.
    Rejected(Rejected),
}

/// Checks what was typed at the console: statements, declarations, function definitions, directives.
/// A final `;` may be missing. The scope changes only when the input is accepted.
///
/// # Errors
/// Incomplete input is told apart from wrong input.
pub fn check_console(scope: &mut ConsoleScope, text: &str) -> Result<ConsoleUnit, ConsoleError> {
    let source = Rc::new(Source::new("console", text));
    let before = scope.declared.clone();
    let program = match check_text(&source, Declarations::clone(&before), Mode::Console) {
        Ok(program) => program,
        Err(failure) if failure.is_incomplete => return Err(ConsoleError::Incomplete),
        Err(failure) => return Err(ConsoleError::Rejected(failure.rejected(source))),
    };
    let declared = &program.names.declared;
    let now_and_then = declared.locals.iter().zip(&before.locals).zip(0u32..);
    let promoted = now_and_then
        .filter(|((now, then), _)| {
            now.storage == Storage::Memory && then.storage == Storage::Register
        })
        .map(|(_, id)| LocalId(id))
        .collect();
    let result = result_type(&program);
    *scope = program.names.clone();
    Ok(ConsoleUnit {
        program,
        promoted,
        result,
    })
}
