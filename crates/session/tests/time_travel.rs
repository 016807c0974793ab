//! Sessions of real programs: every way to a position leads to the same machine, and links lead there, too.
#![allow(clippy::panic)]

use abi::Pid;
use proptest::prelude::*;
use session::{Input, LabFile, Link, Marks, Preset, Progress, Session, Setup, StepBy, Until};

const PROGRAM: &str = r#"
#include <sys/mman.h>
int main(void) {
    int fd = open("data", O_RDWR);
    char *s = mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
    char *p = mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 40; i++) {
        p[i * 1600] = i;
        s[i] += i;
        if (i % 10 == 9 && fork() == 0) {
            p[0] = i;
            printf("child %d\n", p[0]);
            _exit(i);
        }
    }
    while (wait(NULL) > 0)
        msync(s, 4096, MS_SYNC);
    printf("parent %d\n", p[0]);
    return 0;
}
"#;

fn setup(program: &str) -> Setup {
    let files = vec![LabFile::new("data", &[b'x'; 4096])];
    Setup {
        preset: Preset::Classroom,
        program: program.into(),
        files,
    }
}

fn lab(program: &str) -> Session {
    Session::new(setup(program)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The hash after each step, from the start on.
fn hashes(session: &mut Session) -> Vec<u64> {
    let mut hashes = vec![session.kernel().state_hash()];
    while session.step(StepBy::Command) == Progress::Done {
        hashes.push(session.kernel().state_hash());
    }
    hashes
}

fn transcript(session: &Session) -> String {
    session
        .transcript()
        .iter()
        .map(|entry| format!("{entry:?}\n"))
        .collect()
}

#[test]
fn the_program_runs_to_its_end() {
    let mut session = lab(PROGRAM);
    assert_eq!(session.run(1 << 20, Until::End), Progress::Idle);
    insta::assert_snapshot!(transcript(&session), @r#"
    Output { pid: Pid(101), fd: 1, text: "child 9\n" }
    Ended { pid: Pid(101), status: "exited with 9" }
    Output { pid: Pid(102), fd: 1, text: "child 19\n" }
    Ended { pid: Pid(102), status: "exited with 19" }
    Output { pid: Pid(103), fd: 1, text: "child 29\n" }
    Ended { pid: Pid(103), status: "exited with 29" }
    Output { pid: Pid(104), fd: 1, text: "child 39\n" }
    Ended { pid: Pid(104), status: "exited with 39" }
    Output { pid: Pid(100), fd: 1, text: "parent 0\n" }
    Ended { pid: Pid(100), status: "exited with 0" }
    "#);
    let has = |step, mark| {
        session
            .record(step)
            .is_some_and(|record| record.marks.contains(mark))
    };
    let marks = |mark| {
        (1..=session.length())
            .filter(|step| has(*step, mark))
            .count()
    };
    assert_eq!((marks(Marks::FORK), marks(Marks::EXIT)), (4, 5));
    assert!(marks(Marks::WRITEBACK) > 0 && marks(Marks::COPY) > 0 && marks(Marks::MAJOR_FAULT) > 0);
}

#[test]
fn stepping_back_by_statements_undoes_them_one_by_one() {
    let mut session = lab(PROGRAM);
    let mut positions = vec![0];
    for _ in 0..60 {
        session.step(StepBy::Statement);
        positions.push(session.position());
    }
    let kernel = session.kernel().state_hash();
    while session.step_back(StepBy::Statement) {
        let at = session.position();
        assert!(positions.contains(&at), "{at} is no statement's end");
    }
    assert_eq!(session.position(), 0);
    session.seek(positions.last().copied().unwrap_or(0));
    assert_eq!(session.kernel().state_hash(), kernel);
}

#[test]
fn stepping_back_stops_where_only_a_variable_changed() {
    let program = "int f(int n) { int k = n + 1; return k; }
        int main(void) {
            char s[4] = \"abc\";
            char x = 0;
            x = s[1];
            s[1];
            int y = f(x);
            for (int i = 0; i < 2; i++) y += i;
            if (fork() == 0) { y = 7; _exit(y); }
            wait(NULL);
            return y;
        }";
    let mut session = lab(program);
    let mut seen = vec![];
    while session.step(StepBy::Statement) == Progress::Done {
        seen.push((session.position(), session.processes()));
    }
    seen.pop();
    // On the way back each state that differs from the one after it is met again.
    let mut met = vec![];
    while session.step_back(StepBy::Statement) {
        met.push(session.position());
    }
    for pair in seen.windows(2) {
        let [(position, before), (_, after)] = pair else {
            continue;
        };
        // A variable that only comes into scope is no change.
        let all = |states: &[session::ProcessState]| -> Vec<(Pid, session::Variable)> {
            let each = states.iter().flat_map(|state| {
                let variables = state.variables.iter();
                variables.map(|variable| (state.pid, variable.clone()))
            });
            each.collect()
        };
        let (then, now) = (all(before), all(after));
        let differs = then.iter().any(|(pid, old)| {
            now.iter()
                .any(|(other, new)| pid == other && old.name == new.name && old.value != new.value)
        });
        assert!(
            !differs || met.contains(position),
            "{position} is skipped: {before:?}"
        );
    }
}

#[test]
fn an_endless_loop_can_be_stopped_and_what_was_before_stays() {
    let mut session = lab("int main(void) { char p[10]; p[0] = 'a'; for (;;) p[1]++; }");
    for _ in 0..20 {
        assert_eq!(session.run(500, Until::End), Progress::More);
    }
    assert_eq!(session.length(), 10_000);
    session.seek(3);
    let early = session.kernel().state_hash();
    session.run(1_000, Until::End);
    session.seek(3);
    assert_eq!(session.kernel().state_hash(), early);
    let mut registers = lab("int main(void) { for (;;) ; }");
    assert_eq!(registers.run(1_000, Until::End), Progress::More);
}

#[test]
fn what_is_wrong_with_a_program_is_said_at_its_place() {
    let program = "int main(void) {\n  mmpa(0);\n  int y = z;\n}";
    let problems = Session::new(setup(program)).err().unwrap_or_default();
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{problem} [{}]", problem.text))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    2:3: the function `mmpa` is not known (did you mean `mmap`?) [  mmpa(0);]
    3:11: the name `z` is not known [  int y = z;]
    ");
}

#[test]
fn a_link_leads_to_the_same_state() {
    let mut session = lab(PROGRAM);
    session.run(100, Until::End);
    let hash = session.kernel().state_hash();
    let text = session.link().encode();
    let link = Link::decode(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut there = Session::from_link(&link).unwrap_or_else(|problems| panic!("{problems:?}"));
    while there.run(7, Until::Position(link.position)) == Progress::More {}
    assert_eq!(
        (there.position(), there.kernel().state_hash(), link.hash),
        (100, hash, hash)
    );
    assert_eq!(transcript(&there), transcript(&session));
}

#[test]
fn a_file_added_in_the_past_opens_a_branch() {
    let mut session = lab(PROGRAM);
    session.run(50, Until::End);
    session.seek(20);
    assert_eq!(session.add_file(LabFile::new("mine", b"abc")), Ok(()));
    session.step(StepBy::Command);
    assert_eq!(session.file_bytes("mine").as_deref(), Some(&b"abc"[..]));
    let branches = session.branches().into_iter();
    let branches: Vec<_> = branches
        .map(|branch| (branch.label, branch.from, branch.length, branch.current))
        .collect();
    let expected = [
        ("the program".to_string(), 0, 50, false),
        ("the file mine".to_string(), 20, 21, true),
    ];
    assert_eq!(branches, expected);
    assert!(session.select_branch(0));
    session.seek(50);
    assert_eq!(session.file_bytes("mine"), None);
    assert!(session.link().inputs.is_empty());
    session.select_branch(1);
    session.seek(21);
    assert!(matches!(
        session.link().inputs.as_slice(),
        [(20, Input::File(_))]
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn seeking_equals_stepping(targets in prop::collection::vec(0u64..400, 1..20)) {
        let mut session = lab(PROGRAM);
        let hashes = hashes(&mut session);
        for target in targets {
            session.seek(target);
            let at = session.position();
            prop_assert_eq!(at, target.min(session.length()));
            prop_assert_eq!(Some(&session.kernel().state_hash()), hashes.get(at as usize));
        }
    }
}

/// Where each statement of a run ends, by stepping.
fn statement_ends(session: &mut Session) -> Vec<u64> {
    let mut ends = vec![0];
    while session.step(StepBy::Statement) == Progress::Done {
        ends.push(session.position());
    }
    ends
}

#[test]
fn a_run_keeps_pace_with_another_one_forwards_and_backwards() {
    let mut first = lab(PROGRAM);
    let other = PROGRAM.replace("i < 40", "i < 12");
    let mut second = lab(&other);
    let ends = statement_ends(&mut lab(&other));
    let last = ends.len() - 1;
    first.run(100_000, Until::End);
    for position in (0..=first.length())
        .rev()
        .step_by(7)
        .chain((0..first.length()).step_by(11))
    {
        first.seek(position);
        let pace = first.pace();
        while !second.keep_pace(pace, 5) {}
        let statements = usize::try_from(pace.statements).unwrap_or(last).min(last);
        let begin = ends[statements];
        let end = ends.get(statements + 1).copied().unwrap_or(begin);
        let at = second.position();
        assert!(
            at >= begin && (at < end || at == begin) && at - begin <= pace.commands,
            "{at} of {begin}..{end} at {pace:?}"
        );
        if at == begin {
            assert_eq!(
                second.pace().statements.min(pace.statements),
                statements as u64
            );
        }
    }
}

#[test]
fn costs_are_those_of_the_moment() {
    let mut session = lab(PROGRAM);
    session.run(100_000, Until::End);
    let (length, at_end) = (session.length(), *session.lab().costs());
    assert!(
        at_end.calls > 10 && at_end.pages_copied > 0 && at_end.most_frames > 4,
        "{at_end:?}"
    );
    assert_eq!(at_end.nanoseconds, session.kernel().clock());
    session.seek(length / 2);
    let half = *session.lab().costs();
    assert!(half.calls < at_end.calls && half.minor_faults < at_end.minor_faults);
    session.seek(0);
    assert_eq!(session.lab().costs().calls, 0);
    session.seek(length);
    assert_eq!(*session.lab().costs(), at_end);
}

const HANDLER: &str = r#"
#include <signal.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/mman.h>
static sigjmp_buf env;
static volatile int faults;
static char *page;
static void on_fault(int sig, siginfo_t *info, void *context) {
    faults++;
    if (faults == 1) {
        mprotect(page, 4096, PROT_READ | PROT_WRITE);
        return;
    }
    siglongjmp(env, sig);
}
int main(void) {
    struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &act, NULL);
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = 'a';
    if (sigsetjmp(env, 1) == 0)
        *(char *)8 = 'b';
    printf("%c %d\n", page[0], faults);
    return 0;
}
"#;

#[test]
fn stepping_back_leads_through_a_signal_handler() {
    // Where each process stands, with its variables, and what the machine is: at every step.
    let state = |session: &Session| (session.kernel().state_hash(), session.processes());
    let mut session = lab(HANDLER);
    let mut states = vec![state(&session)];
    let mut in_handler = 0;
    while session.step(StepBy::Command) == Progress::Done {
        states.push(state(&session));
        let lines = session.processes();
        let lines = lines.iter().filter_map(|process| process.place);
        in_handler += lines
            .filter(|place| (10..=15).contains(&place.line))
            .count();
    }
    let end = "Output { pid: Pid(100), fd: 1, text: \"a 2\\n\" }\nEnded { pid: Pid(100), status: \"exited with 0\" }\n";
    assert_eq!(transcript(&session), end);
    assert!(in_handler > 6, "{in_handler} steps in the handler");
    while session.step_back(StepBy::Command) {
        let at = session.position() as usize;
        assert!(states.get(at) == Some(&state(&session)), "step {at}");
    }
    // By statements: each stop is before one that changed something, and those in the handler are among them.
    while session.step(StepBy::Statement) == Progress::Done {}
    let mut lines = Vec::new();
    while session.step_back(StepBy::Statement) {
        let at = session.position() as usize;
        assert!(states.get(at) == Some(&state(&session)), "step {at}");
        let place = session
            .processes()
            .into_iter()
            .find_map(|process| process.place);
        lines.extend(place.map(|place| place.line));
    }
    lines.reverse();
    lines.dedup();
    assert_eq!(lines, [18, 20, 21, 10, 12, 13, 22, 23, 10, 15, 24, 25]);
}
