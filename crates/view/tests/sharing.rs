//! Who maps a frame, and what processes share: told by the reverse map, checked against all page tables.
#![allow(clippy::panic)]

use std::collections::BTreeMap;

use kernel::Kernel;
use kernel::addr::{PageRange, Pfn, TASK_SIZE, Vpn};
use session::{LabFile, Session, Setup, Until};
use view::build::Mappers;
use view::{Focus, Pid, scene};

/// Forks, copies, moved and split mappings, shared and private file pages, shared anonymous memory, zeros.
const PROGRAM: &str = "
int fd = open(\"data\", O_RDWR);
int rw = PROT_READ | PROT_WRITE;
char *s = mmap(NULL, 8192, rw, MAP_SHARED, fd, 0);
char *again = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
char *f = mmap(NULL, 8192, rw, MAP_PRIVATE, fd, 0);
char *p = mmap(NULL, 5 * 4096, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
char *m = mmap(NULL, 8192, rw, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
char *z = mmap(NULL, 8192, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
p[0] = 'A';
p[4096] = 'B';
p[8192] = 'C';
s[0] = 'S';
s[4096] = 'S';
char c = again[0] + f[0] + f[4096] + z[0];
f[0] = 'F';
m[0] = 'M';
if (fork() == 0) {
    p[0] = 'a';
    m[4096] = 'm';
    f[4096] = 'f';
    char *q = mremap(p + 4096, 4096, 8192, MREMAP_MAYMOVE);
    q[1] = 'q';
    if (fork() == 0) {
        p[8192] = 'b';
        c = s[0] + z[4096];
        mprotect(p, 4096, PROT_NONE);
        pause();
    }
    munmap(p + 8192, 4096);
    pause();
}
c = m[4096];
madvise(p, 4096, MADV_DONTNEED);
pause();
";

fn session() -> Session {
    let setup = Setup {
        program: PROGRAM.into(),
        files: vec![LabFile::new("data", &[b'x'; 8192])],
        ..Setup::default()
    };
    Session::new(setup).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Every page that each frame is mapped at, from all page tables.
fn searched(kernel: &Kernel) -> BTreeMap<Pfn, Vec<(Pid, Vpn)>> {
    let all = PageRange::new(Vpn(0), Vpn(TASK_SIZE >> 12));
    let mut found: BTreeMap<Pfn, Vec<(Pid, Vpn)>> = BTreeMap::new();
    for task in kernel.tasks().iter() {
        for (page, entry) in kernel.entries(task.pid, all) {
            if entry.is_present() {
                found
                    .entry(entry.frame())
                    .or_default()
                    .push((task.pid, page));
            }
        }
    }
    found
}

#[test]
fn the_reverse_map_finds_what_all_page_tables_say() {
    let mut session = session();
    let mut most = 0;
    while session.step(session::StepBy::Command) == session::Progress::Done {
        let kernel = session.kernel();
        let (mappers, searched) = (Mappers::new(kernel), searched(kernel));
        for (frame, _) in kernel.frames().iter() {
            let mut pages: Vec<_> = mappers.pages(frame);
            pages.sort_unstable();
            let expected = searched.get(&frame).cloned().unwrap_or_default();
            assert_eq!(pages, expected, "{frame:?} after {}", session.position());
            most = most.max(expected.len());
        }
    }
    assert!(most >= 3, "three processes shared a frame");
}

#[test]
fn sharing_counts_frames_and_not_addresses() {
    let mut session = session();
    session.run(10_000, Until::End);
    let scene = scene(&session, &Focus::default());
    let told: Vec<String> = scene
        .processes
        .iter()
        .map(|process| {
            let sharing = process.sharing.unwrap_or_else(|| panic!("alone"));
            format!("{} {sharing}\n", process.pid)
        })
        .collect();
    insta::assert_snapshot!(told.concat(), @r"
    100 shares 5 of its 11 pages; 6 are its own
    101 shares 4 of its 7 pages with 100, 3 with others; none is its own
    102 shares 6 of its 8 pages with 101, 1 with others; 1 is its own
    ");
    let searched = searched(session.kernel());
    for process in &scene.processes {
        let parents =
            |pids: &[(Pid, Vpn)]| pids.iter().any(|(pid, _)| Some(*pid) == process.parent);
        let mine = |pids: &[(Pid, Vpn)]| pids.iter().filter(|(pid, _)| *pid == process.pid).count();
        let frames = searched.iter().filter(|(frame, _)| frame.0 != 0);
        let with_parent: usize = frames
            .filter(|(_, pids)| parents(pids))
            .map(|(_, pids)| mine(pids))
            .sum();
        let sharing = process.sharing.map(|sharing| sharing.with_parent());
        assert_eq!(sharing, Some(with_parent as u64));
    }
}
