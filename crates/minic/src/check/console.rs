//! The console: inputs checked one after the other, each knowing what the ones before declared.
//!
//! A console is alone, or open where a program stands: then it sees the program's names and the locals of the
//! function that runs, see [`ConsoleScope::inside`].

use super::Rejected;
use super::checker::Mode;
use super::scope::{Declarations, Scope, Symbol};
use super::text::{base, check_text, result_type};
use crate::source::Source;
use crate::typed::{Function, FunctionId, Local, Program, Storage};
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

    /// A console open where a program stands: in `function`, before the statement at byte `at` of its text; `known` is
    /// what was declared in that frame before.
    ///
    /// It sees the program's names and the function's variables that are in scope there, and its units run in that
    /// function's frame: the first locals of a unit's entry are the function's own, under their ids. Those that
    /// the compiled code keeps in registers stay there: inputs cannot take their address. The console's own variables
    /// are in memory, all of them, since the function's calls use the registers behind its own.
    /// `program` is that of the newest unit, in whatever frame it ran.
    pub fn inside(program: &Program, function: FunctionId, at: u32, known: &FrameNames) -> Self {
        let mut declared = Declarations::clone(&program.names.declared);
        let Some(running) = program.functions.get(function.index()) else {
            return program.names.clone();
        };
        if declared.function.is_none() {
            declared.file = Rc::new(std::mem::take(&mut declared.scope));
            if !running.is_implicit {
                let list = std::mem::take(&mut declared.locals);
                move_outside(&mut declared, &list);
            }
        }
        // What was declared in another frame is not known in this one.
        let names = &mut declared.scope.names;
        names.retain(|_, symbol| !matches!(symbol, Symbol::Statement(_)));
        let known_names = known.names.iter().cloned();
        names.extend(known_names.map(|(name, id)| (name, Symbol::Statement(id))));
        declared.function = Some(function);
        declared.locals.clone_from(&running.locals);
        declared.fixed_locals = running.locals.len();
        declared.locals.extend(known.locals.iter().cloned());
        // A literal lies in the frame in which it was typed.
        declared.string_ids.clear();
        declared.around = Rc::new(visible(&declared, running, at));
        Self {
            declared: Rc::new(declared),
        }
    }
}

/// The variables that inputs have declared in one frame of a program. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct FrameNames {
    /// Behind the function's own.
    locals: Rc<[Local]>,
    /// How many of its own the function has.
    before: usize,
    names: Rc<[(Rc<str>, LocalId)]>,
}

impl FrameNames {
    /// Those that a unit's frame has after it.
    pub fn of(program: &Program) -> FrameNames {
        let declared = &program.names.declared;
        let own = declared.locals.get(declared.fixed_locals..);
        let own = own.unwrap_or_default();
        let ids = own.iter().enumerate().map(|(index, local)| {
            let id = LocalId::next(declared.fixed_locals + index);
            (local.name.as_ref(), id)
        });
        let means = |name: &Rc<str>, id: LocalId| {
            let symbol = declared.scope.names.get(name);
            matches!(symbol, Some(Symbol::Statement(known)) if *known == id)
        };
        let names = ids.filter_map(|(name, id)| Some((name?.clone(), id)));
        let names: Vec<(Rc<str>, LocalId)> = names.filter(|(name, id)| means(name, *id)).collect();
        FrameNames {
            locals: own.into(),
            before: declared.fixed_locals,
            names: names.into(),
        }
    }

    /// The variables that have a name now, each with its place behind the function's own locals.
    pub fn named(&self) -> impl Iterator<Item = (usize, &Local)> {
        let places = self.names.iter().map(|(_, id)| id.index());
        let behind = places.filter_map(|place| place.checked_sub(self.before));
        behind.filter_map(|place| Some((place, self.locals.get(place)?)))
    }
}

/// The variables of a list of statements as another function sees them: those that are in memory.
fn move_outside(declared: &mut Declarations, list: &[Local]) {
    let mut file = Scope::clone(&declared.file);
    file.names.retain(|_, symbol| {
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
    declared.file = Rc::new(file);
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
