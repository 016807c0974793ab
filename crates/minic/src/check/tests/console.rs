//! The console: inputs that build on each other, incomplete ones, and a console inside of a program.

use super::verify::verify;
use super::{accepted, check_console};
use crate::check::{ConsoleError, ConsoleScope, ConsoleUnit, FrameNames};
use crate::typed::{FunctionId, StmtKind, Storage};
use crate::types::{LocalId, Type};

#[track_caller]
fn take(scope: &mut ConsoleScope, text: &str) -> ConsoleUnit {
    match check_console(scope, text) {
        Ok(unit) => {
            verify(&unit.program);
            unit
        }
        Err(ConsoleError::Incomplete) => panic!("incomplete: {text}"),
        Err(ConsoleError::Rejected(rejected)) => panic!("{}", rejected.render()),
    }
}

#[track_caller]
fn refuse(scope: &mut ConsoleScope, text: &str, message: &str) {
    match check_console(scope, text) {
        Err(ConsoleError::Rejected(rejected)) => {
            assert_eq!(rejected.diagnostics[0].message, message, "{text}");
        }
        other => panic!("{text}: {:?}", other.map(|unit| unit.result)),
    }
}

fn storage(unit: &ConsoleUnit, name: &str) -> Storage {
    let entry = &unit.program.functions[unit.program.entry.index()];
    let local = entry
        .locals
        .iter()
        .rev()
        .find(|local| local.name.as_deref() == Some(name));
    local.expect("a variable").storage
}

#[test]
fn variables_stay_from_input_to_input() {
    let mut scope = ConsoleScope::new(&[("SIZE", "4096")]);
    take(
        &mut scope,
        "char *p = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    );
    take(&mut scope, "#define LAST (SIZE - 1)\n");
    let unit = take(&mut scope, "p[LAST]");
    assert_eq!(unit.result, Some(Type::CHAR));
    let unit = take(&mut scope, "char x = p[0];");
    assert_eq!(unit.result, None);
    assert_eq!(storage(&unit, "p"), Storage::Register);
    assert_eq!(
        unit.program.functions[unit.program.entry.index()]
            .locals
            .len(),
        2
    );
}

#[test]
fn a_scope_changes_only_when_the_input_is_right() {
    let mut scope = ConsoleScope::default();
    refuse(&mut scope, "int a = 1; b = 2;", "the name `b` is not known");
    refuse(&mut scope, "a", "the name `a` is not known");
}

#[test]
fn a_register_moves_to_memory_when_its_address_is_taken() {
    let mut scope = ConsoleScope::default();
    let unit = take(&mut scope, "int n = 1; int m = 2;");
    assert_eq!(storage(&unit, "n"), Storage::Register);
    let unit = take(&mut scope, "int *p = &m;");
    assert_eq!(unit.promoted, [LocalId(1)]);
    assert_eq!(storage(&unit, "m"), Storage::Memory);
    let unit = take(&mut scope, "int f(void) { return n + m; }");
    assert_eq!(unit.promoted, [LocalId(0)]);
    let unit = take(&mut scope, "f()");
    assert!(unit.promoted.is_empty());
}

#[test]
fn names_can_be_declared_again() {
    let mut scope = ConsoleScope::default();
    take(&mut scope, "int a = 1;");
    take(&mut scope, "char *a = \"x\";");
    take(
        &mut scope,
        "struct s { int a; }; int f(int x) { return x; }",
    );
    take(
        &mut scope,
        "struct s { long b; }; long f(void) { return sizeof(struct s); }",
    );
    assert_eq!(take(&mut scope, "f()").result, Some(Type::LONG));
    take(&mut scope, "f + 0");
}

#[test]
fn incomplete_input_is_told_from_wrong_input() {
    let mut scope = ConsoleScope::default();
    for text in [
        "int f(int x) {",
        "int f(int x)",
        "while (1)",
        "if (1) puts(\"a\"); else",
        "puts(\"a\"",
        "int a[3] = { 1,",
        "/* a comment",
        "#if 1",
        "#define A \\",
        "do",
        "struct s {",
    ] {
        let result = check_console(&mut scope, text).map(|_| ());
        assert_eq!(result, Err(ConsoleError::Incomplete), "{text}");
    }
    refuse(
        &mut scope,
        "x = ",
        "expected an expression before the end of the text",
    );
    refuse(
        &mut scope,
        "int f(int x) { return x x",
        "expected `;`, not `x`",
    );
    refuse(&mut scope, "puts(\"a)", "expected an expression, not `\"`");
    refuse(&mut scope, "return 3;", "the console returns to nobody");
    take(&mut scope, "if (1) puts(\"a\")");
    take(&mut scope, "");
    take(&mut scope, ";");
    take(&mut scope, "int f(int);");
    take(&mut scope, "exit(0)");
}

#[test]
fn a_list_of_statements_is_a_program() {
    let program = accepted(
        "int n = 3;\nstatic int s;\nvoid on(int sig) { n++; s++; }\nsignal(SIGUSR1, on);\nraise(SIGUSR1);\nprintf(\"%d\", n)",
    );
    let entry = &program.functions[program.entry.index()];
    assert!(entry.is_implicit);
    assert_eq!(
        entry.locals[0].storage,
        Storage::Memory,
        "a function uses it"
    );
    assert_eq!(program.globals.len(), 1);
    let mut scope = program.names.clone();
    assert_eq!(take(&mut scope, "n + s").result, Some(Type::INT));
}

const PROGRAM: &str = "static int total;
static int add(int x)
{
    static int calls;
    calls++;
    total += x;
    return total;
}
int main(void)
{
    char *ptr = malloc(10);
    int fd = 3;
    {
        long fd = 4;
        add(fd);
    }
    add(1);
    return 0;
}
";

#[test]
fn a_console_inside_of_a_program_sees_what_is_in_scope() {
    let program = accepted(PROGRAM);
    let at = |text: &str| PROGRAM.find(text).unwrap() as u32;
    let main = program.entry;
    let none = FrameNames::default();
    let mut scope = ConsoleScope::inside(&program, main, at("add(fd)"), &none);
    assert_eq!(take(&mut scope, "ptr[0]").result, Some(Type::CHAR));
    assert_eq!(take(&mut scope, "fd").result, Some(Type::LONG));
    take(&mut scope, "int mine = add(2) + total;");
    refuse(
        &mut scope,
        "&fd",
        "this variable of the program has no address",
    );
    let unit = take(&mut scope, "&mine");
    let entry = &unit.program.functions[unit.program.entry.index()];
    let main_locals = &program.functions[main.index()].locals;
    assert_eq!(entry.locals[0].name, main_locals[0].name);
    assert!(entry.locals.len() > main_locals.len());

    let known = FrameNames::of(&unit.program);
    let mut later = ConsoleScope::inside(&unit.program, main, at("add(1)"), &known);
    assert_eq!(take(&mut later, "fd").result, Some(Type::INT));
    take(&mut later, "mine");
    let mut called_again = ConsoleScope::inside(&unit.program, main, at("add(1)"), &none);
    refuse(&mut called_again, "mine", "the name `mine` is not known");
    let mut before = ConsoleScope::inside(&program, main, at("char *ptr"), &none);
    refuse(&mut before, "fd", "the name `fd` is not known");

    let mut inner = ConsoleScope::inside(&program, FunctionId(0), at("total +="), &none);
    assert_eq!(take(&mut inner, "x + calls").result, Some(Type::INT));
    refuse(&mut inner, "ptr", "the name `ptr` is not known");
}

#[test]
fn a_console_inside_of_a_function_sees_the_list_around_it() {
    let text = "int n = 3; int unseen = 4;\nint f(int x) { return n + x; }\nf(1);";
    let program = accepted(text);
    let f = FunctionId(0);
    let at = |what: &str| text.find(what).unwrap() as u32;
    let none = FrameNames::default();
    let mut scope = ConsoleScope::inside(&program, f, at("return"), &none);
    take(&mut scope, "n + x");
    refuse(&mut scope, "unseen", "the name `unseen` is not known");
    let mut list = ConsoleScope::inside(&program, program.entry, at("f(1)"), &none);
    take(&mut list, "n + unseen");
}

#[test]
fn only_the_last_value_is_kept() {
    let mut scope = ConsoleScope::default();
    let unit = take(&mut scope, "1; 2");
    let entry = &unit.program.functions[unit.program.entry.index()];
    let kept = entry
        .body
        .statements
        .iter()
        .filter(|s| matches!(s.kind, StmtKind::Result(_)));
    assert_eq!(kept.count(), 1);
    assert_eq!(take(&mut scope, "(void)1").result, None);
}
