//! The small program that the page opens with: a mapped file, a private and a shared page after fork, a write-back.

use crate::input::{LabFile, Preset, Setup};
use crate::problem::Problem;
use crate::session::{Progress, Session, StepBy};

/// The program: a list of statements, so that a person may type between any two of them.
pub const PROGRAM: &str = r#"// A file becomes memory: step, or type a statement of your own.
int fd = open("hello.txt", O_RDWR);
size_t size = 8192;
char *ptr = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
char x = ptr[0];
char y = ptr[1];

// The same file once more, shared, and a page that belongs to no file.
char *s = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
char *p = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
p[0] = 'A';

// Two processes, one frame, until one of them writes.
if (fork() == 0) {
    p[0] = 'B';
    s[0] = 'J';
    _exit(0);
}
wait(NULL);
printf("%c %c\n", p[0], s[0]);

// The disk learns of it.
msync(s, size, MS_SYNC);
"#;

/// The program's file.
pub const FILE_NAME: &str = "hello.txt";

/// Where the page opens: the file is mapped, and not a byte of it was read.
pub const OPENING_LINE: u32 = 5;

/// The lab that the page opens with.
pub fn demo() -> Setup {
    Setup {
        preset: Preset::Classroom,
        program: PROGRAM.into(),
        files: vec![LabFile::new(FILE_NAME, &file())],
    }
}

/// Two pages of text; the second begins with a word of its own.
fn file() -> Vec<u8> {
    let mut bytes = b"Hello, pages! This is the first page of hello.txt.\n".to_vec();
    bytes.resize(4096, b'.');
    bytes.extend_from_slice(b"Second page of the same file.\n");
    bytes
}

/// The demo, run up to where the page opens.
///
/// # Errors
/// What is wrong with the program, which tests rule out.
pub fn open() -> Result<Session, Vec<Problem>> {
    let mut session = Session::new(demo())?;
    let at_opening = |session: &Session| {
        let first = session.processes().into_iter().next();
        first
            .and_then(|process| process.place)
            .is_none_or(|place| place.line >= OPENING_LINE)
    };
    while !at_opening(&session) && session.step(StepBy::Statement) == Progress::Done {}
    Ok(session)
}
