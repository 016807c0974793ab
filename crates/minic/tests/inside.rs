//! Typing where a program with `main` stands: an input runs in the frame of the function that runs there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kernel::Kernel;
use minic::machine::{ConsoleFailure, Machine};
use minic::program::{RunOptions, start_program};

fn start(text: &str) -> (Kernel, Machine) {
    start_program("program.c", text, &RunOptions::default()).unwrap()
}

const INSIDE: &str = "#include <stdio.h>
#include <stdlib.h>
struct point { int x, y; };
static int calls;
static long twice(long n)
{
    int vla[n];
    vla[0] = n;
    calls++;
    return 2 * vla[0];
}
static int down(int n)
{
    if (n == 0)
        return 0;
    return n + down(n - 1);
}
int main(void)
{
    int i = 3;
    char *p = malloc(8), text[8] = \"abc\";
    struct point at = { 1, 2 };
    for (i = 0; i < 3; i++) {
        long t = twice(i + 1);
        printf(\"%d %ld %c %d\\n\", i, t, p[0], at.x);
    }
    printf(\"%d\\n\", down(4));
    return i;
}
";

/// Steps until a process stands before this line, in any function.
fn until_line(kernel: &mut Kernel, machine: &mut Machine, pid: abi::Pid, line: u32) {
    for _ in 0..1000 {
        if machine.place(pid).is_some_and(|place| place.line() == line) {
            return;
        }
        machine.step(kernel);
    }
    panic!("line {line} is not reached");
}

/// Runs what was typed where the program stands: what it printed, then its value.
fn said_inside(kernel: &mut Kernel, machine: &mut Machine, pid: abi::Pid, text: &str) -> String {
    machine
        .say(kernel, pid, text)
        .unwrap_or_else(|e| panic!("{text}: {e:?}"));
    let mut answer = String::new();
    while machine.pids().any(|pid| machine.runs_input(pid)) {
        let report = machine.advance(kernel);
        for output in report.account.output {
            answer.push_str(&String::from_utf8_lossy(&output.bytes));
        }
        answer.extend(report.value.map(|value| format!("= {value}")));
    }
    answer
}

#[test]
fn statements_run_where_the_program_stands() {
    let (mut kernel, mut machine) = start(INSIDE);
    let pid = machine.first();
    until_line(&mut kernel, &mut machine, pid, 24);
    let mut say = |text: &str| said_inside(&mut kernel, &mut machine, pid, text);
    assert_eq!(say("i"), "= 0");
    assert_eq!(say("p[0] = 'z';"), "= 'z'");
    assert_eq!(say("printf(\"%d %s\\n\", i, text);"), "0 abc\n= 6");
    assert_eq!(say("int t2 = text[1], *q = &t2; *q += 1; t2"), "= 99");
    assert_eq!(say("at.x = 40; at.x + t2"), "= 139");
    assert_eq!(say("twice(t2)"), "= 198");
    assert_eq!(
        say("struct point other = { .y = 5 }; at = other; other.y"),
        "= 5"
    );
    assert_eq!(say("char line[] = \"typed\"; line[4]"), "= 'd'");
    assert_eq!(
        say("static int kept = 7; int later; later = kept + calls; later"),
        "= 8"
    );
    assert_eq!(
        say("for (int k = 0; k < 2; k++) printf(\"%d\\n\", k);"),
        "0\n1\n"
    );
    let error = |text: &str, machine: &mut Machine, kernel: &mut Kernel| {
        matches!(
            machine.say(kernel, pid, text),
            Err(ConsoleFailure::Check(_))
        )
    };
    assert!(error("&i", &mut machine, &mut kernel));
    assert!(error("int n = 2; char v[n];", &mut machine, &mut kernel));
    assert!(error("t", &mut machine, &mut kernel));
    // The program goes on as it was changed, and calls do not touch what was declared.
    until_line(&mut kernel, &mut machine, pid, 25);
    let mut say = |text: &str| said_inside(&mut kernel, &mut machine, pid, text);
    assert_eq!(
        say("t2 + t + at.y + kept + line[0]"),
        format!("= {}", 99 + 2 + 5 + 7 + 116)
    );
    assert_eq!(say("i = 1"), "= 1");
    let end = machine.run(&mut kernel, 10_000);
    let printed = String::from_utf8_lossy(&end.printed(1)).into_owned();
    assert_eq!(printed, "1 2 z 0\n2 6 z 0\n10\n");
    assert_eq!(machine.exit_status(), Some(3 << 8));
}

#[test]
fn what_was_typed_belongs_to_its_frame() {
    let (mut kernel, mut machine) = start(INSIDE);
    let pid = machine.first();
    until_line(&mut kernel, &mut machine, pid, 14);
    assert_eq!(
        said_inside(&mut kernel, &mut machine, pid, "int mine = n * 10; mine"),
        "= 40"
    );
    let shown: Vec<_> = machine.look(&kernel, pid).unwrap().frames[0]
        .variables
        .iter()
        .map(|variable| format!("{} = {:?}", variable.name, variable.value.as_deref()))
        .collect();
    assert_eq!(shown, ["n = Some(\"4\")", "mine = Some(\"40\")"]);
    machine.step(&mut kernel);
    until_line(&mut kernel, &mut machine, pid, 14);
    let known = machine.say(&mut kernel, pid, "mine");
    assert!(matches!(known, Err(ConsoleFailure::Check(_))));
    assert_eq!(
        said_inside(&mut kernel, &mut machine, pid, "int mine = n; mine"),
        "= 3"
    );
    assert_eq!(
        said_inside(&mut kernel, &mut machine, pid, "down(2)"),
        "= 3"
    );
    let end = machine.run(&mut kernel, 10_000);
    assert!(String::from_utf8_lossy(&end.printed(1)).ends_with("10\n"));
}

#[test]
fn a_typed_variable_survives_calls_and_arrays_of_variable_length() {
    let (mut kernel, mut machine) = start(INSIDE);
    let pid = machine.first();
    until_line(&mut kernel, &mut machine, pid, 9);
    assert_eq!(
        said_inside(
            &mut kernel,
            &mut machine,
            pid,
            "int seen[4] = { 1, 2, 3, 4 }; vla[0]"
        ),
        "= 1"
    );
    assert_eq!(
        said_inside(&mut kernel, &mut machine, pid, "twice(100)"),
        "= 200"
    );
    assert_eq!(
        said_inside(&mut kernel, &mut machine, pid, "seen[0] + seen[3] + vla[0]"),
        "= 6"
    );
}

#[test]
fn a_typed_fork_leaves_two_processes_where_the_program_stands() {
    let (mut kernel, mut machine) = start(INSIDE);
    let pid = machine.first();
    until_line(&mut kernel, &mut machine, pid, 24);
    said_inside(&mut kernel, &mut machine, pid, "int child = fork();");
    let child = machine.pids().nth(1).unwrap();
    assert_eq!(
        said_inside(&mut kernel, &mut machine, child, "child"),
        "= 0"
    );
    assert_eq!(
        said_inside(&mut kernel, &mut machine, child, "i = 2; child = 9"),
        "= 9"
    );
    assert_eq!(
        said_inside(&mut kernel, &mut machine, pid, "child"),
        format!("= {}", child.0)
    );
    let busy = machine.say(&mut kernel, abi::Pid(9999), "i");
    assert_eq!(busy, Err(ConsoleFailure::NoProcess));
    let end = machine.run(&mut kernel, 10_000);
    assert_eq!(
        String::from_utf8_lossy(&end.printed(1))
            .matches("10\n")
            .count(),
        2
    );
}

#[test]
fn every_change_of_an_input_has_an_event() {
    let (mut kernel, mut machine) = start(INSIDE);
    let pid = machine.first();
    until_line(&mut kernel, &mut machine, pid, 24);
    let before = kernel.state_hash();
    machine
        .say(&mut kernel, pid, "char *s = \"a literal\"; s[2]")
        .unwrap();
    assert_eq!(kernel.state_hash(), before);
    let report = machine.advance(&mut kernel);
    assert!(
        matches!(&report.account.commands[0].command, kernel::Command::StoreBytes { bytes, .. } if bytes.starts_with(b"a literal"))
    );
}
