//! Typing into the lab: between the demo's statements, in the past, and wrongly.
#![allow(clippy::panic)]

use abi::Pid;
use kernel::Event;
use session::{Problem, Progress, Session, StepBy, Until, demo};

fn opened() -> Session {
    demo::open().unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Types a statement and runs it to its end.
fn say(session: &mut Session, pid: i32, text: &str) -> Result<(), Vec<Problem>> {
    session.statement(Pid(pid), text)?;
    assert_eq!(
        session.run(10_000, Until::InputDone),
        Progress::Done,
        "{text}"
    );
    Ok(())
}

fn transcript(session: &Session) -> String {
    session
        .transcript()
        .iter()
        .map(|entry| format!("{entry:?}\n"))
        .collect()
}

fn next_line(session: &Session, pid: i32) -> Option<u32> {
    let process = session
        .processes()
        .into_iter()
        .find(|process| process.pid == Pid(pid))?;
    process.place.map(|place| place.line)
}

#[test]
fn the_page_opens_with_a_mapped_file_before_its_first_byte_is_read() {
    let session = opened();
    assert_eq!(next_line(&session, 100), Some(demo::OPENING_LINE));
    let fd = session
        .processes()
        .into_iter()
        .flat_map(|process| process.variables);
    let variables: Vec<String> = fd
        .map(|variable| {
            format!(
                "{} {} = {}",
                variable.type_name, variable.name, variable.value
            )
        })
        .collect();
    insta::assert_snapshot!(variables.join("\n"), @r"
    int fd = 3
    size_t size = 8192
    char * ptr = 0x7ffff7ff5000
    ");
}

#[test]
fn a_statement_comes_between_those_of_the_program() {
    let mut session = opened();
    for text in [
        "char x = ptr[0];",
        "x",
        "ptr[1]",
        "x + 1;",
        "char *again = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0)",
        "again[7]",
    ] {
        assert_eq!(say(&mut session, 100, text), Ok(()), "{text}");
    }
    assert_eq!(next_line(&session, 100), Some(demo::OPENING_LINE));
    while session.step(StepBy::Statement) == Progress::Done {}
    insta::assert_snapshot!(transcript(&session), @r#"
    Typed { pid: Pid(100), text: "char x = ptr[0];" }
    Typed { pid: Pid(100), text: "x" }
    Answer { pid: Pid(100), text: "'H'" }
    Typed { pid: Pid(100), text: "ptr[1]" }
    Answer { pid: Pid(100), text: "'e'" }
    Typed { pid: Pid(100), text: "x + 1;" }
    Answer { pid: Pid(100), text: "73" }
    Typed { pid: Pid(100), text: "char *again = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0)" }
    Typed { pid: Pid(100), text: "again[7]" }
    Answer { pid: Pid(100), text: "'p'" }
    Ended { pid: Pid(101), status: "exited with 0" }
    Output { pid: Pid(100), fd: 1, text: "A J\n" }
    "#);
}

#[test]
fn a_statement_in_the_past_keeps_the_old_future() {
    let mut session = opened();
    let opening = session.position();
    while session.step(StepBy::Statement) == Progress::Done {}
    let end = (session.length(), session.kernel().state_hash());
    session.seek(opening);
    assert_eq!(say(&mut session, 100, "ptr[4096]"), Ok(()));
    let labels: Vec<_> = session
        .branches()
        .into_iter()
        .map(|branch| (branch.label, branch.from, branch.current))
        .collect();
    assert_eq!(
        labels,
        [
            ("the program".into(), 0, false),
            ("ptr[4096]".into(), opening, true)
        ]
    );
    assert!(session.select_branch(0));
    assert_eq!((session.position(), session.length()), (opening, end.0));
    session.seek(end.0);
    assert_eq!(session.kernel().state_hash(), end.1);
}

#[test]
fn both_processes_take_statements_after_a_fork() {
    let mut session = opened();
    for text in [
        "char *q = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);",
        "q[0] = 'q';",
        "fork()",
    ] {
        assert_eq!(say(&mut session, 100, text), Ok(()), "{text}");
    }
    assert_eq!(say(&mut session, 101, "q[0] = 'c'"), Ok(()));
    assert_eq!(say(&mut session, 100, "q[0]"), Ok(()));
    assert_eq!(say(&mut session, 101, "q[0]"), Ok(()));
    insta::assert_snapshot!(transcript(&session), @r#"
    Typed { pid: Pid(100), text: "char *q = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);" }
    Typed { pid: Pid(100), text: "q[0] = 'q';" }
    Answer { pid: Pid(100), text: "'q'" }
    Typed { pid: Pid(100), text: "fork()" }
    Answer { pid: Pid(100), text: "101" }
    Typed { pid: Pid(101), text: "q[0] = 'c'" }
    Answer { pid: Pid(101), text: "'c'" }
    Typed { pid: Pid(100), text: "q[0]" }
    Answer { pid: Pid(100), text: "'q'" }
    Typed { pid: Pid(101), text: "q[0]" }
    Answer { pid: Pid(101), text: "'c'" }
    "#);
}

#[test]
fn what_is_wrong_is_said_and_changes_nothing() {
    let mut session = opened();
    let (position, hash) = (session.position(), session.kernel().state_hash());
    let mut lines = Vec::new();
    for (pid, text) in [
        (100, "char x = prt[0];"),
        (100, "mmap(1, 2"),
        (100, "x = \"s\" * 2"),
        (100, ""),
        (7, "1"),
    ] {
        let problems = session.statement(Pid(pid), text).err().unwrap_or_default();
        lines.extend(problems.iter().map(ToString::to_string));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    1:10: the name `prt` is not known (did you mean `ptr`?)
    1:1: the statement is not complete: a bracket, quote or comment is open
    1:1: the name `x` is not known
    1:5: `*` cannot be used with `char *`
    1:1: process 7 takes no statements: it has ended
    ");
    assert_eq!(
        (
            session.position(),
            session.length(),
            session.kernel().state_hash()
        ),
        (position, position, hash)
    );
    assert_eq!(say(&mut session, 100, "ptr[0]"), Ok(()));
}

#[test]
fn an_endless_loop_typed_in_can_be_left() {
    let mut session = opened();
    let before = session.position();
    assert_eq!(session.statement(Pid(100), "for (;;) ptr[0];"), Ok(()));
    assert_eq!(session.run(500, Until::InputDone), Progress::More);
    let problems = session.statement(Pid(100), "1").err().unwrap_or_default();
    insta::assert_snapshot!(problems.iter().map(ToString::to_string).collect::<String>(), @"1:1: process 100 is in the middle of a statement: step on until it is done");
    session.seek(before);
    assert_eq!(say(&mut session, 100, "ptr[0]"), Ok(()));
}

const PROGRAM: &str = "#include <stdio.h>
int main(void)
{
    int i = 3;
    char text[8] = \"abc\";
    i++;
    printf(\"%d %s\\n\", i, text);
    return 0;
}
";

#[test]
fn a_statement_runs_where_a_program_with_main_stands() {
    let mut session = Session::new(session::Setup {
        program: PROGRAM.into(),
        ..session::Setup::default()
    })
    .unwrap_or_else(|problems| panic!("{problems:?}"));
    while next_line(&session, 100) != Some(6) {
        assert_eq!(session.step(StepBy::Statement), Progress::Done);
    }
    let here = session.position();
    for text in [
        "i",
        "text[0] = 'z';",
        "printf(\"%d\\n\", i);",
        "int t = text[1];",
        "t + i",
    ] {
        assert_eq!(say(&mut session, 100, text), Ok(()), "{text}");
        assert_eq!(next_line(&session, 100), Some(6), "{text}");
    }
    assert!(session.statement(Pid(100), "unknown").is_err());
    let typed = session.position();
    session.seek(here);
    assert_eq!(session.transcript().iter().count(), 0);
    session.seek(typed);
    while session.step(StepBy::Statement) == Progress::Done {}
    insta::assert_snapshot!(transcript(&session), @r#"
    Typed { pid: Pid(100), text: "i" }
    Answer { pid: Pid(100), text: "3" }
    Typed { pid: Pid(100), text: "text[0] = 'z';" }
    Answer { pid: Pid(100), text: "'z'" }
    Typed { pid: Pid(100), text: "printf(\"%d\\n\", i);" }
    Output { pid: Pid(100), fd: 1, text: "3\n" }
    Answer { pid: Pid(100), text: "2" }
    Typed { pid: Pid(100), text: "int t = text[1];" }
    Typed { pid: Pid(100), text: "t + i" }
    Answer { pid: Pid(100), text: "101" }
    Output { pid: Pid(100), fd: 1, text: "4 zbc\n" }
    Ended { pid: Pid(100), status: "exited with 0" }
    "#);
}

#[test]
fn placing_a_statements_literals_faults_no_more() {
    let mut session = Session::new(session::Setup {
        program: "int fd = open(\"data\", O_CREAT | O_RDWR, 0600);\n".into(),
        ..session::Setup::default()
    })
    .unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(session.step(StepBy::Statement), Progress::Done);
    let events = session.events();
    let faults = events.iter().filter(|e| matches!(e, Event::Fault(_)));
    assert_eq!(faults.count(), 0, "{events:#?}");
    assert!(!events.is_empty());
}
