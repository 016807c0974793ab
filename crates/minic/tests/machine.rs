//! Programs and console inputs run step by step: order, signals, warnings, snapshots, errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kernel::{Kernel, KernelConfig};
use minic::machine::{ConsoleFailure, Machine, Report, Status};
use minic::program::{Compiled, RunOptions, RunResult, run_program, start_program};

fn start(text: &str) -> (Kernel, Machine) {
    let compiled = Compiled::new("test.c", text, &[]).unwrap_or_else(|r| panic!("{}", r.render()));
    let mut kernel = Kernel::new(KernelConfig::linux());
    let machine = Machine::start(&mut kernel, &compiled, vec!["test".into()]).unwrap();
    (kernel, machine)
}

fn run(text: &str) -> RunResult {
    run_program("test.c", text, &RunOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn printed(text: &str) -> String {
    let ran = run(text);
    assert_eq!(ran.end.failure(), None);
    String::from_utf8(ran.end.printed(1)).unwrap()
}

fn warnings(text: &str) -> Vec<String> {
    let found = run(text).end.account.warnings;
    let lines = found.iter().map(|w| {
        let line = w.source.line_of(w.span.start);
        format!("{line}: {}", w.message)
    });
    lines.collect()
}

/// The lines of the statements that run, until the program ends.
fn lines(text: &str) -> Vec<(i32, u32)> {
    let (mut kernel, mut machine) = start(text);
    let mut lines = Vec::new();
    for _ in 0..1000 {
        let report = machine.step(&mut kernel);
        if let (Some(pid), Some(place)) = (report.pid, &report.place) {
            lines.push((pid.0 - machine.first().0, place.line()));
        }
        if !matches!(report.status, Status::Running | Status::Idle) {
            assert_eq!(report.status, Status::Finished);
            return lines;
        }
    }
    panic!("it does not end: {lines:?}");
}

#[test]
fn a_step_is_a_statement_and_goes_into_functions() {
    let text = "int twice(int x)\n{\n    return 2 * x;\n}\nint main(void)\n{\n    int y = twice(4);\n    y++;\n    return y;\n}\n";
    assert_eq!(lines(text), [(0, 7), (0, 3), (0, 8), (0, 9)]);
}

#[test]
fn the_parent_goes_on_after_fork_until_it_waits() {
    let text = "#include <unistd.h>\n#include <sys/wait.h>\nint main(void)\n{\n    if (fork() == 0)\n        _exit(3);\n    int x = 1;\n    wait(NULL);\n    return x;\n}\n";
    let parent = [(0, 5), (0, 5), (0, 7), (0, 8)];
    let child = [(1, 5), (1, 6)];
    let rest = [(0, 8), (0, 9)];
    assert_eq!(lines(text), [&parent[..], &child, &rest].concat());
}

#[test]
fn sched_yield_lets_every_other_process_run_first() {
    let text = r#"
        #include <stdio.h>
        #include <sched.h>
        #include <unistd.h>
        #include <sys/wait.h>
        int main(void)
        {
            for (int i = 0; i < 3; i++)
                if (fork() == 0) {
                    for (int round = 0; round < 2; round++) {
                        printf("%d%c ", i, 'a' + round);
                        fflush(stdout);
                        sched_yield();
                    }
                    _exit(0);
                }
            while (wait(NULL) > 0)
                ;
            return 0;
        }
    "#;
    assert_eq!(printed(text), "0a 1a 2a 0b 1b 2b ");
}

#[test]
fn a_snapshot_gives_the_same_again() {
    let text = r#"
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        #include <sys/wait.h>
        static int depth;
        static void handler(int sig) { depth += sig; }
        static int down(int n) { return n == 0 ? depth : down(n - 1) + 1; }
        int main(void)
        {
            int *heap = malloc(100);
            signal(SIGUSR1, handler);
            heap[3] = down(5);
            raise(SIGUSR1);
            if (fork() == 0) {
                heap[3] = 100;
                exit(down(3));
            }
            int status;
            wait(&status);
            printf("%d %d\n", heap[3] + depth, WEXITSTATUS(status));
            return 0;
        }
    "#;
    let (mut kernel, mut machine) = start(text);
    let mut snapshots = Vec::new();
    let mut output = Vec::new();
    loop {
        snapshots.push((kernel.clone(), machine.clone(), output.len()));
        let report = machine.advance(&mut kernel);
        output.extend(report.account.output);
        if report.status == Status::Finished {
            break;
        }
        assert!(matches!(report.status, Status::Running | Status::Idle));
    }
    assert!(snapshots.len() > 50);
    for (mut kernel, mut machine, before) in snapshots {
        let end = machine.run(&mut kernel, 10_000);
        assert_eq!(end.status, Status::Finished);
        assert_eq!(end.account.output, output[before..]);
    }
}

#[test]
fn advance_applies_one_command_at_a_time() {
    let text = "#include <stdio.h>\nint main(void) { char a[4] = \"abc\"; printf(\"%s %c\\n\", a, a[1]); return 0; }";
    let (mut kernel, mut machine) = start(text);
    let mut output = Vec::new();
    for _ in 0..100 {
        let report = machine.advance(&mut kernel);
        assert!(report.account.commands.len() <= 1, "{report:?}");
        output.extend(report.account.output.iter().flat_map(|o| o.bytes.to_vec()));
        if report.status == Status::Finished {
            assert_eq!(output, b"abc b\n");
            return;
        }
    }
    panic!("it does not end");
}

#[test]
fn what_c_leaves_undefined_is_told_once() {
    let text = "#include <stdlib.h>\nint main(void)\n{\n    int x;\n    int *p = malloc(8);\n    free(p);\n    for (int i = 0; i < 3; i++)\n        x += p[1];\n    int big = 2147483647;\n    big++;\n    return (x + big) * 0 >> 40;\n}\n";
    insta::assert_debug_snapshot!(warnings(text), @r#"
    [
        "8: it reads memory that was given back with free",
        "8: it reads `x`, which was not given a value",
        "10: the result does not fit its signed type and wraps around",
        "11: it shifts by a count that is negative or not below the type's width",
    ]
    "#);
}

#[test]
fn an_index_outside_of_an_array_and_a_missing_return_are_told() {
    let text = "struct s { int n, data[2]; };\nint table[3];\nstatic int f(int x)\n{\n    if (x > 0)\n        return 5;\n}\nint main(void)\n{\n    int a[4] = { 0 }, i;\n    for (i = 0; i <= 4; i++)\n        a[i] = i;\n    struct s v = { 0 };\n    v.data[i] = table[3];\n    int *end = &a[4], least = -2147483647 - 1;\n    for (int *p = a; p < &a[i - 1]; p++)\n        least = *p < *end ? -least : 0;\n    i = -1;\n    return f(1) + f(0) + a[3] - table[2] - table[i + 1];\n}\n";
    insta::assert_debug_snapshot!(warnings(text), @r#"
    [
        "12: the index is outside of the array, which has 4 elements",
        "14: the index is outside of the array, which has 2 elements",
        "14: the index is outside of the array, which has 3 elements",
        "17: the result does not fit its signed type and wraps around",
        "5: `f` ends without a `return`: who uses its value gets anything",
    ]
    "#);
}

#[test]
fn values_on_every_way_are_not_warned_of() {
    let text = "int main(void)\n{\n    int a, b, c;\n    if (a = 1, a)\n        b = 2;\n    else\n        b = 3;\n    for (c = 0; c < 3; c++)\n        b += c;\n    int d;\n    while (1) {\n        d = b;\n        if (d)\n            break;\n    }\n    return d == 0;\n}\n";
    assert_eq!(warnings(text), [""; 0]);
}

#[test]
fn a_division_by_zero_is_sigfpe() {
    let ran = run("int main(int argc, char **argv) { int zero = argc - 1; return 1 / zero; }");
    assert_eq!(ran.status, Some(128 + 8));
}

#[test]
fn endless_recursion_overflows_the_stack() {
    let ran = run("int f(int n) { return f(n + 1) + 1; } int main(void) { return f(0); }");
    assert_eq!(ran.status, Some(128 + 11));
}

#[test]
fn a_process_without_memory_is_killed() {
    let text = "#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) memset(malloc(4096), 1, 4096); }";
    let options = RunOptions {
        config: KernelConfig::classroom(),
        ..RunOptions::default()
    };
    let ran = run_program("full.c", text, &options).unwrap();
    assert_eq!((ran.end.failure(), ran.status), (None, Some(128 + 9)));

    let (mut kernel, mut machine) = start_program("full.c", text, &options).unwrap();
    while machine.advance(&mut kernel).status == Status::Running {}
    assert_eq!(machine.exit_status(), Some(9));
}

#[test]
fn a_spinning_loop_spends_its_budget() {
    let options = RunOptions {
        statements: 1000,
        ..RunOptions::default()
    };
    for text in [
        "int main(void) { for (;;); }",
        "int main(void) { again: goto again; }",
    ] {
        let ran = run_program("spin.c", text, &options).unwrap();
        assert_eq!(ran.end.status, Status::BudgetSpent, "{text}");
    }
}

#[test]
fn processes_that_wait_for_each_other_are_a_deadlock() {
    let text = "#include <semaphore.h>\nint main(void) { sem_t s; sem_init(&s, 1, 0); sem_wait(&s); return 0; }";
    assert_eq!(run(text).end.status, Status::Deadlock);
}

/// Runs what was typed, as far as it goes: what it printed, then its value.
fn said(kernel: &mut Kernel, machine: &mut Machine, pid: abi::Pid, text: &str) -> String {
    machine
        .say(kernel, pid, text)
        .unwrap_or_else(|e| panic!("{text}: {e:?}"));
    let mut answer = String::new();
    loop {
        let Report {
            account,
            value,
            status,
            ..
        } = machine.step(kernel);
        for output in account.output {
            answer.push_str(&String::from_utf8_lossy(&output.bytes));
        }
        answer.extend(value.map(|value| format!("= {value}")));
        if !matches!(status, Status::Running | Status::Idle) {
            return answer;
        }
    }
}

#[test]
fn a_console_takes_one_input_after_the_other() {
    let mut kernel = Kernel::new(KernelConfig::classroom());
    let mut machine = Machine::start_console(&mut kernel, "/lab/console", &[]).unwrap();
    let pid = machine.first();
    let mut say = |text: &str| said(&mut kernel, &mut machine, pid, text);
    assert_eq!(say("int x = 5"), "");
    assert_eq!(say("x * 2"), "= 10");
    assert_eq!(say("char c = 'A'; c"), "= 'A'");
    assert_eq!(say("int *p = &x; *p += 1; x"), "= 6");
    assert_eq!(say("int twice(int n) { return 2 * n; }"), "");
    assert_eq!(say("printf(\"%d\\n\", twice(x))"), "12\n= 3");
    assert_eq!(say("static int calls; calls++; calls"), "= 1");
    assert_eq!(say("char *s = \"literal\"; s[3]"), "= 'e'");
}

#[test]
fn fork_at_the_console_leaves_two_processes_there() {
    let mut kernel = Kernel::new(KernelConfig::classroom());
    let mut machine = Machine::start_console(&mut kernel, "/lab/console", &[]).unwrap();
    let parent = machine.first();
    said(
        &mut kernel,
        &mut machine,
        parent,
        "int x = 1, pid = fork();",
    );
    let pids: Vec<_> = machine.pids().collect();
    assert_eq!(pids.len(), 2);
    let child = pids[1];
    assert_eq!(said(&mut kernel, &mut machine, child, "pid"), "= 0");
    assert_eq!(said(&mut kernel, &mut machine, child, "x = 7"), "= 7");
    assert_eq!(said(&mut kernel, &mut machine, parent, "x"), "= 1");
    assert_eq!(
        said(
            &mut kernel,
            &mut machine,
            parent,
            "int status; wait(&status)"
        ),
        ""
    );
    let busy = machine.say(&mut kernel, parent, "x");
    assert_eq!(busy, Err(ConsoleFailure::Busy));
    let answer = said(&mut kernel, &mut machine, child, "_exit(x)");
    assert_eq!(answer, format!("= {}", child.0));
    assert_eq!(
        said(&mut kernel, &mut machine, parent, "WEXITSTATUS(status)"),
        "= 7"
    );
}

#[test]
fn variables_are_shown_as_c_writes_them() {
    let text = "#include <stdlib.h>\nenum colour { RED, GREEN };\nstruct point { int x, y; };\nint main(void)\n{\n    char c = 'x', text[8] = \"abc\";\n    enum colour k = GREEN;\n    struct point p = { 1, -2 };\n    int *q = &p.y, a[3] = { 7, 8, 9 };\n    unsigned long big = -1;\n    return 0;\n}\n";
    let (mut kernel, mut machine) = start(text);
    let pid = machine.first();
    while machine.place(pid).is_some_and(|place| place.line() < 11) {
        machine.step(&mut kernel);
    }
    let view = machine.look(&kernel, pid).unwrap();
    let variables = view.frames[0].variables.iter().map(|v| {
        let value = if v.points_to.is_some() {
            "-> p.y"
        } else {
            v.value.as_deref().unwrap_or("?")
        };
        format!("{} {} = {value}", v.ty, v.name)
    });
    insta::assert_debug_snapshot!(variables.collect::<Vec<_>>(), @r#"
    [
        "char c = 'x'",
        "char [8] text = \"abc\"",
        "enum colour k = GREEN",
        "struct point p = {.x = 1, .y = -2}",
        "int * q = -> p.y",
        "int [3] a = {7, 8, 9}",
        "unsigned long big = 18446744073709551615",
    ]
    "#);
    assert_eq!(view.frames[0].place.line(), 11);
}
