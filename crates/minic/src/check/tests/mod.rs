//! Tests of the front end: programs are accepted, errors read as they should.

mod console;
mod errors;
mod robust;
mod typed;
mod verify;

use super::text::check_text;
use super::*;
use crate::headers::LibraryFunction;
use verify::verify;

/// What the checker says about a text, or an empty string.
fn say(text: &str) -> String {
    match check_program("a.c", text, &[]) {
        Ok(_) => String::new(),
        Err(rejected) => rejected.render(),
    }
}

/// The messages alone.
fn messages(text: &str) -> Vec<String> {
    match check_program("a.c", text, &[]) {
        Ok(_) => Vec::new(),
        Err(rejected) => rejected
            .diagnostics
            .into_iter()
            .map(|d| d.message)
            .collect(),
    }
}

/// The program of a text that is right.
fn accepted(text: &str) -> Program {
    let program = check_program("a.c", text, &[]);
    let program = program.unwrap_or_else(|rejected| panic!("{}", rejected.render()));
    verify(&program);
    program
}

#[test]
fn the_headers_declare_every_library_function() {
    for text in [
        crate::headers::MACROS,
        crate::headers::TYPES,
        crate::headers::FUNCTIONS,
    ] {
        let before = base(&[]);
        let source = Rc::new(Source::new("headers", text));
        if let Err(failure) = check_text(&source, before, Mode::Headers) {
            panic!("{}", render_all(&failure.diagnostics, &source));
        }
    }
    let declared = base(&[]);
    for function in LibraryFunction::ALL {
        assert!(
            declared.base.names.contains_key(function.name()),
            "{}",
            function.name()
        );
    }
}

#[test]
fn every_program_of_the_suite_is_accepted() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/suite/programs");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "c") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(say(&text), "", "{}", path.display());
            accepted(&text);
            count += 1;
        }
    }
    assert!(count > 50, "only {count} programs");
}

#[test]
fn unknown_names_are_told_with_a_hint() {
    let said = messages("int main(void) { char *p = mmpa(0); return x; }");
    assert_eq!(
        said,
        [
            "the function `mmpa` is not known",
            "the name `x` is not known"
        ]
    );
    assert_eq!(accepted("puts(\"a\")").functions.len(), 1);
}
