//! Links and calls from anyone: whatever comes, there is an error or a session that goes on.
#![allow(clippy::panic, clippy::unwrap_used)]

use abi::Pid;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use proptest::prelude::*;
use session::{LabFile, Link, LinkError, Marks, Preset, Session, Setup, StepBy, Until};

const PROGRAM: &str = r#"
int main(void) {
    char *p = mmap(NULL, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
    int fd = open("data", O_RDWR);
    for (int i = 0; i < 4; i++) {
        p[i * 4096] = i;
        pwrite(fd, p, 100, i * 50);
    }
    if (fork() == 0)
        p[1] = 7;
    else
        wait(NULL);
    printf("%d\n", p[1]);
    return 0;
}
"#;

fn setup(program: &str) -> Setup {
    Setup {
        preset: Preset::Classroom,
        program: program.into(),
        files: vec![LabFile::new("data", &[b'x'; 300])],
    }
}

fn link() -> Link {
    let mut session = Session::new(setup(PROGRAM)).unwrap();
    session.run(20, Until::End);
    let pid = session.lab().current().unwrap();
    let _ = session.statement(pid, "p[2] = 5;");
    session.run(10, Until::End);
    session.add_file(LabFile::new("more", &[1; 40])).unwrap();
    session.prefer(pid);
    session.drop_caches();
    session.run(20, Until::End);
    session.link()
}

/// The record within a link's text.
fn record(text: &str) -> Vec<u8> {
    let packed = URL_SAFE_NO_PAD.decode(text.strip_prefix("1.").unwrap());
    decompress_to_vec_zlib(&packed.unwrap()).unwrap()
}

fn text_of(record: &[u8]) -> String {
    let packed = compress_to_vec_zlib(record, 1);
    format!("1.{}", URL_SAFE_NO_PAD.encode(packed))
}

/// Goes where a link leads, but not for ever.
fn follow(link: &Link) {
    let Ok(mut session) = Session::from_link(link) else {
        return;
    };
    let steps = link.position.min(500);
    session.run(steps, Until::End);
    session.step_back(StepBy::Statement);
    session.seek(steps / 2);
    let again = Link::decode(&session.link().encode()).unwrap();
    assert_eq!(again.position, session.position());
}

#[test]
fn a_link_cut_anywhere_is_no_link() {
    let text = link().encode();
    for length in 0..text.len() {
        let cut = text.get(..length).unwrap();
        assert!(Link::decode(cut).is_err(), "{length} bytes of {text}");
    }
}

#[test]
fn a_link_with_any_bit_flipped_is_no_other_link() {
    let (text, whole) = (link().encode(), link());
    for at in 0..text.len() {
        for bit in 0..7 {
            let mut bytes = text.clone().into_bytes();
            *bytes.get_mut(at).unwrap() ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            let read = Link::decode(&changed);
            assert!(read.is_err() || read == Ok(whole.clone()), "{changed}");
        }
    }
}

#[test]
fn a_record_with_any_byte_changed_leads_to_an_error_or_a_lab() {
    let whole = record(&link().encode());
    for at in 0..whole.len() {
        for value in [0, 0x7f, 0xff] {
            let mut changed = whole.clone();
            *changed.get_mut(at).unwrap() = value;
            if let Ok(link) = Link::decode(&text_of(&changed)) {
                follow(&link);
            }
        }
    }
}

#[test]
fn a_record_of_a_million_absent_files_is_read_in_no_time() {
    // Preset, program, a million files without name and size; then no input.
    let count: u32 = 1_000_000;
    let mut record = vec![1, 0];
    let mut left = count;
    while left >= 0x80 {
        record.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    record.push(left as u8);
    record.extend([0, 1, 0, 0].repeat(count as usize));
    record.extend([0, 0, 0]);
    match Link::decode(&text_of(&record)) {
        Ok(link) => assert_eq!(link.absent.len(), count as usize),
        Err(error) => assert_eq!(error, LinkError::TooLarge),
    }
}

/// Anything that a page may ask of a session.
#[derive(Clone, Debug)]
enum Wish {
    Step,
    Back,
    Seek(u64),
    Run(u64),
    Say(i32, &'static str),
    File(usize),
    Prefer(i32),
    Drop,
    Branch(usize),
    Find,
}

fn wish() -> impl Strategy<Value = Wish> {
    let statements = [
        "p[0] = 1;",
        "*(char *)0 = 1;",
        "fork();",
        "for (;;) ;",
        "munmap(p, 1UL << 46);",
        "int q = ",
        "((((((((",
        "exit(3);",
        "char big[1UL << 40];",
        "write(99, p, -1);",
        "mmap(p, -1, -1, -1, -1, -1);",
        "kill(0, 9);",
        "\"\\",
        "int main(void) { return 0; }",
    ];
    let pid = prop_oneof![
        Just(100),
        Just(101),
        Just(-1),
        Just(i32::MAX),
        Just(i32::MIN)
    ];
    let position = prop_oneof![0u64..200, Just(u64::MAX)];
    prop_oneof![
        Just(Wish::Step),
        Just(Wish::Back),
        position.prop_map(Wish::Seek),
        (0u64..60).prop_map(Wish::Run),
        (pid.clone(), prop::sample::select(statements.to_vec())).prop_map(|(p, s)| Wish::Say(p, s)),
        (0usize..9000).prop_map(Wish::File),
        pid.prop_map(Wish::Prefer),
        Just(Wish::Drop),
        (0usize..5).prop_map(Wish::Branch),
        Just(Wish::Find),
    ]
}

fn grant(session: &mut Session, wish: &Wish) {
    match wish {
        Wish::Step => drop(session.step(StepBy::Command)),
        Wish::Back => drop(session.step_back(StepBy::Statement)),
        Wish::Seek(position) => session.seek((*position).min(session.length())),
        Wish::Run(steps) => drop(session.run(*steps, Until::End)),
        Wish::Say(pid, text) => drop(session.statement(Pid(*pid), text)),
        Wish::File(size) => drop(session.add_file(LabFile::new("f", &vec![3; *size]))),
        Wish::Prefer(pid) => session.prefer(Pid(*pid)),
        Wish::Drop => session.drop_caches(),
        Wish::Branch(id) => drop(session.select_branch(*id)),
        Wish::Find => drop(session.find(Marks::STATEMENT_END, true)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_wishes_leave_a_session_whose_link_leads_to_it(wishes in prop::collection::vec(wish(), 1..40)) {
        let mut session = Session::new(setup(PROGRAM)).unwrap();
        for wish in &wishes {
            grant(&mut session, wish);
            prop_assert!(session.position() <= session.length());
        }
        let link = Link::decode(&session.link().encode()).unwrap();
        let mut restored = Session::from_link(&link).unwrap();
        restored.run(link.position, Until::End);
        prop_assert_eq!(restored.position(), link.position);
        prop_assert_eq!(restored.kernel().state_hash(), link.hash);
    }
}
