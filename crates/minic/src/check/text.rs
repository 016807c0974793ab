//! One text through preprocessor, parser and checker, after what is declared before it.

use super::checker::{Checker, Frame, Mode};
use super::scope::{Declarations, Symbol};
use super::{ConsoleScope, Rejected, start_of_text};
use crate::ast::{self, Item, StmtKind as Ast};
use crate::diagnostic::{Checked, Diagnostic, Diagnostics};
use crate::headers;
use crate::parser::{Parsed, Parser};
use crate::preprocess::{define_from_text, preprocess};
use crate::source::Source;
use crate::typed::{Block, Function, FunctionId, Program, Stmt, StmtKind};
use crate::types::{FunctionType, Type};
use std::cell::OnceCell;
use std::rc::Rc;

/// How long a text may be, in bytes.
const MAX_TEXT: usize = 500_000;

/// Why a text was not accepted.
pub struct Failure {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it only ends too early.
    pub is_incomplete: bool,
}

impl Failure {
    /// The same with its text.
    pub fn rejected(self, source: Rc<Source>) -> Rejected {
        Rejected {
            source,
            diagnostics: self.diagnostics,
        }
    }
}

/// What every program starts with: the headers, and macros as with `-D`.
pub fn base(predefined: &[(&str, &str)]) -> Declarations {
    thread_local! {
        static HEADERS: OnceCell<Declarations> = const { OnceCell::new() };
    }
    let mut declared = HEADERS.with(|headers| headers.get_or_init(check_headers).clone());
    for (name, value) in predefined {
        define_from_text(&mut declared.macros, name, value);
    }
    declared
}

/// Checks the built-in headers; what is wrong in them would be missing in every program, and a test sees it.
fn check_headers() -> Declarations {
    let mut declared = Declarations::default();
    declared.scope.names.insert("errno".into(), Symbol::Errno);
    for text in [headers::MACROS, headers::TYPES, headers::FUNCTIONS] {
        let source = Rc::new(Source::new("headers", text));
        if let Ok(program) = check_text(&source, declared.clone(), Mode::Headers) {
            declared = Declarations::clone(&program.names.declared);
        }
    }
    declared.base_names = Rc::new(declared.scope.typedef_names());
    declared.base = Rc::new(std::mem::take(&mut declared.scope));
    declared.macros = std::mem::take(&mut declared.macros).into_base();
    declared
}

/// Checks a text. A file without `main` counts as a list of statements.
pub fn check_text(
    source: &Rc<Source>,
    mut declared: Declarations,
    mode: Mode,
) -> Result<Program, Failure> {
    let mut errors = Diagnostics::default();
    let failed = |errors: Diagnostics, is_incomplete| Failure {
        diagnostics: errors.into_sorted(),
        is_incomplete,
    };
    if source.text().len() > MAX_TEXT {
        let message = format!("the program is too long: more than {MAX_TEXT} bytes");
        errors.push(Diagnostic::new(start_of_text(), message));
        return Err(failed(errors, false));
    }
    let preprocessed = preprocess(source, &mut declared.macros, &mut errors);
    let before = errors.count();
    let outer = vec![
        declared.base_names.clone(),
        Rc::new(declared.file.typedef_names()),
        Rc::new(declared.around.typedef_names()),
        Rc::new(declared.scope.typedef_names()),
    ];
    let Parsed {
        items,
        ran_out,
        is_balanced,
        lost,
    } = Parser::new(preprocessed.tokens, &mut errors)
        .within(outer)
        .items();
    let has_main = items
        .iter()
        .any(|item| function_name(item).is_some_and(|name| &**name == "main"));
    let ends_within = preprocessed.is_incomplete && (mode == Mode::Console || before > 0);
    if errors.count() > before || ends_within {
        let is_incomplete = preprocessed.is_incomplete || before == 0 && ran_out;
        // What was understood may hold further errors, if it is a program still.
        let is_program = is_balanced && has_main && mode == Mode::File;
        if !is_program || ends_within || is_incomplete {
            return Err(failed(errors, is_incomplete));
        }
    }
    let parsed = errors.count();
    let mode = if mode == Mode::File && !has_main {
        Mode::Statements
    } else {
        mode
    };
    let mut checker = Checker::new(declared, source.clone(), mode, &mut errors);
    checker.defined_names = items.iter().filter_map(function_name).cloned().collect();
    let entry = checker.items(&items);
    checker.check_definitions();
    let functions = checker.functions();
    let declared = checker.declared;
    // A name may be unknown because its declaration was not understood.
    errors.forget(parsed, |error| lost.contains(source.slice(error.span)));
    match entry {
        Ok(entry) if errors.is_empty() => Ok(Program {
            types: Rc::new(declared.types.clone()),
            functions,
            globals: declared
                .globals
                .iter()
                .map(|entry| entry.global.clone())
                .collect(),
            strings: declared.strings.clone(),
            entry,
            names: ConsoleScope {
                declared: Rc::new(declared),
            },
        }),
        _ => Err(failed(errors, false)),
    }
}

fn function_name(item: &Item) -> Option<&Rc<str>> {
    match item {
        Item::Function(function) => function.declarator.name.as_ref().map(|name| &name.text),
        Item::Statement(_) => None,
    }
}

/// The type of the value that a program's last statement leaves.
pub fn result_type(program: &Program) -> Option<Type> {
    let entry = program.functions.get(program.entry.index())?;
    match &entry.body.statements.last()?.kind {
        StmtKind::Result(value) => Some(value.ty.clone()),
        _ => None,
    }
}

impl Checker<'_> {
    /// Everything of a text; gives the function where it starts.
    fn items(&mut self, items: &[Item]) -> Checked<FunctionId> {
        if !self.is_statement_list() {
            for item in items {
                // The error is told; what comes behind is checked all the same.
                let _ = self.item(item);
            }
            return match self.declared.scope.names.get("main") {
                Some(Symbol::Function(id)) => Ok(*id),
                _ => Ok(FunctionId(0)), // the headers
            };
        }
        if !items.iter().any(|item| matches!(item, Item::Statement(_)))
            && self.mode == Mode::Statements
        {
            let hint = "a program starts in `int main(void)`, or is a list of statements";
            return Err(self.error_hint(
                start_of_text(),
                "there is no `main` and no statement to run",
                hint,
            ));
        }
        self.statement_list(items)
    }

    /// An item of a file with `main`, or of the headers.
    fn item(&mut self, item: &Item) -> Checked<()> {
        let statement = match item {
            Item::Function(function) => return self.function(function),
            Item::Statement(statement) => statement,
        };
        match &statement.kind {
            Ast::Declaration(_) | Ast::StaticAssert { .. } | Ast::Empty => {
                self.statement(statement, &mut Vec::new())
            }
            _ => {
                let hint = "statements stand in functions: is a `}` too many above?";
                Err(self.error_hint(
                    statement.span,
                    "this statement stands outside of any function",
                    hint,
                ))
            }
        }
    }

    /// A list of statements becomes the body of an implicit function.
    fn statement_list(&mut self, items: &[Item]) -> Checked<FunctionId> {
        let result = if self.mode == Mode::Console {
            Type::Void
        } else {
            Type::INT
        };
        let mut frame = Frame::new("main".into(), result, usize::MAX);
        frame.locals.clone_from(&self.declared.locals);
        frame.is_implicit = true;
        self.frames.push(frame);
        let mut body = Vec::new();
        for item in items {
            // The error is told; what comes behind is checked all the same.
            let _ = match item {
                Item::Function(function) => self.function(function),
                Item::Statement(statement) => self.statement(statement, &mut body),
            };
        }
        let labels = self.check_labels();
        if self.mode == Mode::Console {
            keep_result(&mut body);
        }
        let Some(frame) = self.frames.pop() else {
            return Err(self.told());
        };
        labels?;
        self.declared.locals.clone_from(&frame.locals);
        let ty = Rc::new(FunctionType {
            result: Type::INT,
            params: Vec::new(),
            is_variadic: false,
        });
        let name = ast::Name {
            text: "main".into(),
            span: start_of_text(),
        };
        let id = self.new_function(&name, &ty, false);
        let function = Function {
            name: name.text,
            source: self.source.clone(),
            span: start_of_text(),
            ty,
            locals: frame.locals,
            label_count: frame.label_count,
            body: Block {
                statements: body,
                has_vla: false, // they live as long as the program
            },
            is_implicit: true,
        };
        if let Some(entry) = self.declared.functions.get_mut(id.index()) {
            entry.definition = Some(Rc::new(function));
        }
        Ok(id)
    }
}

/// Keeps the value of a final expression statement for the console to print.
fn keep_result(body: &mut Vec<Stmt>) {
    let Some(last) = body.pop() else {
        return;
    };
    let kind = match last.kind {
        StmtKind::Expr(value) if value.ty != Type::Void => StmtKind::Result(value),
        other => other,
    };
    body.push(Stmt { kind, ..last });
}
