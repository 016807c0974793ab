//! All of RAM as runs: they cover every frame once, and say what the cells of the scene say.
#![allow(clippy::panic)]

use session::{LabFile, Preset, Session, Setup, Until};
use view::{Dense, Focus, PageKind, dense, frame_bytes, scene};

const PROGRAM: &str = "
int fd = open(\"data\", O_RDWR);
char *s = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
char *p = mmap(NULL, 40960, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
madvise(p + 8192, 8192, MADV_DONTNEED);
s[4096] = 'C';
fork();
p[0] = 'D';
";

fn at_end(preset: Preset) -> Session {
    let setup = Setup {
        preset,
        program: PROGRAM.into(),
        files: vec![LabFile::new("data", &[b'x'; 8192])],
    };
    let mut session = Session::new(setup).unwrap_or_else(|problems| panic!("{problems:?}"));
    session.run(10_000, Until::End);
    session
}

fn covers(dense: &Dense) -> u32 {
    dense.runs.iter().fold(0, |next, run| {
        assert_eq!(run.start, next, "no gap, no overlap");
        assert!(run.count > 0);
        next + run.count
    })
}

#[test]
fn runs_say_of_every_frame_what_its_cell_says() {
    let session = at_end(Preset::Classroom);
    let focus = Focus {
        opened: vec![(view::CellId::Node(0), 0..256)],
        ..Focus::default()
    };
    let ram = dense(&session);
    assert_eq!(covers(&ram), 256);
    let nodes = scene(&session, &focus).nodes;
    let cells = nodes
        .iter()
        .flat_map(|node| node.runs.iter().flat_map(view::PageRun::cells));
    let mut seen = 0;
    for cell in cells {
        let frame = cell.frame.map_or(0, |frame| frame.0);
        let run = ram.at(frame).unwrap_or_else(|| panic!("frame {frame}"));
        assert_eq!(
            (run.kind, run.marks),
            (cell.kind, cell.marks),
            "frame {frame}"
        );
        seen += 1;
    }
    assert_eq!(seen, 256);
    assert!(ram.at(256).is_none());
}

#[test]
fn a_million_frames_are_few_runs_and_give_their_bytes() {
    let session = at_end(Preset::Linux);
    let ram = dense(&session);
    assert_eq!(covers(&ram), 1 << 20);
    assert!(ram.runs.len() < 100, "{}", ram.runs.len());
    let total: u64 = ram.summary().iter().map(|(_, count)| count).sum();
    assert_eq!(total, 1 << 20);
    let mut files = ram.runs.iter().filter(|run| run.kind == PageKind::File);
    let holds =
        |frame| frame_bytes(&session, frame).is_some_and(|bytes| bytes.first() == Some(&b'C'));
    assert!(files.any(|run| (run.start..run.start + run.count).any(holds)));
    assert_eq!(frame_bytes(&session, (1 << 20) - 1), None);
}
