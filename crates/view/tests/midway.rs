//! The middle of a step, what can be done to a thing, and the way to where something happened to it.
#![allow(clippy::panic)]

use session::{Progress, Session, Setup, StepBy, Until};
use view::{
    Action, CellId, Focus, Happening, MotionKind, Pfn, Pid, Scene, Vpn, actions, go_to, midway,
    scene, transition,
};

const FORK: &str =
    "char *p = mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
p[0] = 'A';
if (fork() == 0) {
    p[0] = 'B';
    _exit(0);
}
wait(NULL);
p[0] = 'C';
";

fn opened(program: &str) -> Session {
    let files = vec![session::LabFile::new("data", &[b'x'; 8192])];
    let setup = Setup {
        program: program.into(),
        files,
        ..Setup::default()
    };
    Session::new(setup).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn at_copy() -> Session {
    let mut session = opened(FORK);
    while session.step(StepBy::Command) == Progress::Done {
        let copies = transition(&session).motions;
        if copies.iter().any(|motion| motion.kind == MotionKind::Copy) {
            return session;
        }
    }
    panic!("nothing was copied");
}

fn text(scene: &Scene, id: CellId) -> String {
    let found = scene.cell(id);
    found.map_or("not drawn".into(), |cell| cell.to_string())
}

fn page_of(scene: &Scene, pid: i32) -> CellId {
    let process = scene.process(Pid(pid));
    let variables = process.map_or(&[][..], |process| &process.variables);
    let pointer = variables.iter().find(|variable| variable.name == "p");
    match pointer.and_then(|variable| variable.points_to) {
        Some(page) => page,
        None => panic!("p points nowhere"),
    }
}

#[test]
fn a_copy_can_be_watched_motion_by_motion() {
    let session = at_copy();
    let focus = Focus::default();
    let after = scene(&session, &focus);
    let motions = transition(&session).motions;
    let page = page_of(&after, 101);
    let copy = motions
        .iter()
        .find(|motion| motion.kind == MotionKind::Copy);
    let (Some(CellId::Frame(from)), Some(to)) = (
        copy.and_then(|motion| motion.from),
        copy.map(|motion| motion.to),
    ) else {
        panic!("no copy in {motions:?}");
    };
    let mut seen: Vec<String> = Vec::new();
    for shown in 0..=motions.len() {
        let scene = midway(&session, &focus, shown);
        let line = format!("{} | {}", text(&scene, page), text(&scene, to));
        if seen.last() != Some(&line) {
            seen.push(line);
        }
    }
    // The page shows the shared frame, then the new one is taken, then the page's entry leads to it.
    insta::assert_snapshot!(seen.join("\n"), @r"
    4PS | -
    4PS | 5
    5 | 5
    ");
    assert!(
        seen.first()
            .is_some_and(|line| line.starts_with(&from.0.to_string()))
    );
    assert_eq!(midway(&session, &focus, motions.len()), after);
    assert_eq!(midway(&session, &focus, usize::MAX), after);
}

#[test]
fn before_the_first_motion_everything_is_as_it_was() {
    let mut session = opened(
        "int main(void) {\nint fd = open(\"data\", O_RDWR);\nchar *s = mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);\ns[0] = 'a';\nmsync(s, 8192, MS_SYNC);\nmunmap(s, 8192);\nreturn 0;\n}\n",
    );
    let focus = Focus::default();
    loop {
        let before = scene(&session, &focus);
        if session.step(StepBy::Command) != Progress::Done {
            break;
        }
        let first = midway(&session, &focus, 0);
        for cell in first.cells() {
            let was = text(&before, cell.id);
            if was != "not drawn" {
                assert_eq!(cell.to_string(), was, "{:?}", cell.id);
            }
        }
    }
}

#[test]
fn happenings_are_gone_to_forwards_and_backwards() {
    let mut session = opened(FORK);
    for _ in 0..2 {
        session.step(StepBy::Statement);
    }
    let here = session.position();
    let page = page_of(&scene(&session, &Focus::default()), 100);
    assert!(
        go_to(&mut session, Happening::Copy, None, true),
        "beyond what is known"
    );
    let copy = session.position();
    assert!(copy > here);
    assert!(!go_to(&mut session, Happening::Copy, None, true));
    assert_eq!(session.position(), copy, "nothing moved");
    assert!(
        !go_to(&mut session, Happening::Copy, Some(page), true),
        "the parent copies nothing"
    );
    assert!(
        go_to(&mut session, Happening::Fault, Some(page), true),
        "it may write again"
    );
    let last = session.position();
    assert!(go_to(&mut session, Happening::Fault, Some(page), false));
    assert_eq!(session.position(), here);
    assert!(!go_to(&mut session, Happening::Fault, Some(page), false));
    assert!(!go_to(&mut session, Happening::Writeback, None, true));
    session.seek(last);
    assert!(go_to(
        &mut session,
        Happening::Copy,
        Some(CellId::Process(Pid(101))),
        false
    ));
    assert_eq!(session.position(), copy);
}

fn told(actions: &[Action]) -> String {
    let lines = actions
        .iter()
        .map(|action| format!("{} {}: {}\n", action.pid, action.verb, action.statement));
    lines.collect()
}

#[test]
fn what_can_be_done_is_a_statement_that_runs() {
    let mut session = opened(
        "int fd = open(\"data\", O_RDWR);\nchar *s = mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);\ns[0] = 'a';\n",
    );
    while session.step(StepBy::Statement) == Progress::Done {}
    let pid = Pid(100);
    let drawn = scene(&session, &Focus::default());
    let file = drawn.files.iter().find(|file| file.name == "data");
    let start = drawn.process(pid).and_then(|process| {
        let mut vmas = process.space.iter().filter_map(|item| item.vma());
        vmas.find(|vma| vma.name == "data")
    });
    let (Some(file), Some(vma)) = (file, start) else {
        panic!("data is not mapped");
    };
    let second = CellId::Page {
        pid,
        page: Vpn(vma.range.start.0 + 1),
    };
    let gap = CellId::Gap { pid, start: Vpn(0) };
    let things = [second, vma.id, gap, file.id, CellId::Process(pid)];
    let all: Vec<Action> = things
        .iter()
        .flat_map(|id| actions(&session, *id))
        .collect();
    insta::assert_snapshot!(told(&all), @r#"
    100 load: s[4096];
    100 store: s[4096] = 'A';
    100 protect: mprotect(&s[4096], 4096, PROT_READ);
    100 unmap: munmap(&s[4096], 4096);
    100 write back: msync(&s[4096], 4096, MS_SYNC);
    100 load: s[0];
    100 store: s[0] = 'b';
    100 protect: mprotect(s, 8192, PROT_READ);
    100 unmap: munmap(s, 8192);
    100 write back: msync(s, 8192, MS_SYNC);
    100 map here: char *m1 = mmap((void *)0x10000000, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    100 map shared: char *m1 = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, open("data", O_RDWR), 0);
    100 map private: char *m1 = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, open("data", O_RDWR), 0);
    100 map: char *m1 = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    100 fork: fork();
    100 kill: kill(100, SIGKILL);
    "#);
    for action in all {
        let mut session = session.clone();
        let given = session.statement(action.pid, &action.statement);
        assert_eq!(given, Ok(()), "{}", action.statement);
        let progress = session.run(1000, Until::InputDone);
        assert!(
            progress == Progress::Done || action.verb == "kill",
            "{}: {progress:?}",
            action.statement
        );
    }
    assert_eq!(actions(&session, CellId::Frame(Pfn(250))), []);
    assert_eq!(actions(&session, CellId::Process(Pid(9))), []);
}
