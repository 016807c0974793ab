//! What a person points at: everything of it is told; large mappings are folded; the timeline gathers marks.
#![allow(clippy::panic)]

use session::{Progress, Session, Setup, StepBy, Until, demo};
use view::{
    CellId, Focus, Inspection, PageIndex, PageRun, Pfn, Pid, SpaceItem, Vpn, inspect, scene,
    timeline,
};

/// The demo at its end: one process, `s` and `ptr` on one frame, all written back.
fn demo_at_end() -> Session {
    let mut session = demo::open().unwrap_or_else(|problems| panic!("{problems:?}"));
    while session.step(StepBy::Statement) == Progress::Done {}
    session
}

fn text(inspection: Option<Inspection>) -> String {
    let Some(told) = inspection else {
        return "nothing".into();
    };
    let rows: Vec<String> = told
        .rows
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let holders: Vec<&str> = told
        .holders
        .iter()
        .map(|(_, words)| words.as_str())
        .collect();
    let bytes = told
        .bytes
        .and_then(|bytes| bytes.rows().next())
        .map(|row| format!("{} {}", row.hex, row.text));
    let parts = [
        told.title,
        told.summary,
        rows.join(", "),
        told.pte.map_or(String::new(), |pte| pte.to_string()),
        holders.join(" | "),
        bytes.unwrap_or_default(),
        told.maps.unwrap_or_default(),
        told.smaps.map_or(String::new(), |smaps| {
            smaps.lines().take(4).collect::<Vec<_>>().join(" / ")
        }),
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_page_a_frame_a_mapping_and_a_file_tell_everything() {
    let session = demo_at_end();
    let pid = Pid(100);
    let view = scene(&session, &Focus::default());
    let file = view
        .files
        .iter()
        .find(|file| file.name == "hello.txt")
        .map(|file| file.inode)
        .unwrap_or_default();
    let page = Vpn(0x7ffff7ff3);
    insta::assert_snapshot!(text(inspect(&session, CellId::Page { pid, page })), @r"
    Page 0x7ffff7ff3000 of process 100
    It is in frame 4.
    mapping: s hello.txt, rights: rw-s, page of the file: 0, file: hello.txt
    f4 P-UA--
    process 100 at 0x7ffff7ff3000 (s) | process 100 at 0x7ffff7ff5000 (ptr) | the page cache: page 0 of hello.txt
    4a 65 6c 6c 6f 2c 20 70 61 67 65 73 21 20 54 68 Jello, pages! Th
    7ffff7ff3000-7ffff7ff5000 rw-s 00000000 08:01 11                         /lab/hello.txt
    Size:                  8 kB / KernelPageSize:        4 kB / MMUPageSize:           4 kB / Rss:                   4 kB
    ");
    insta::assert_snapshot!(text(inspect(&session, CellId::Frame(Pfn(5)))), @r"
    Frame 5
    It holds a page of anonymous memory.
    mapped by: 1, node: 0, flags: uptodate swap-backed
    process 100 at 0x7ffff7ff1000 (p)
    41 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 A...............
    ");
    insta::assert_snapshot!(text(inspect(&session, CellId::Vma { pid, start: page })), @r"
    Mapping s hello.txt
    Shared: stores are seen by everyone who maps the same object.
    from: 0x7ffff7ff3000, to: 0x7ffff7ff5000, size: 8 KiB, rights: rw-s, pages present: 1
    7ffff7ff3000-7ffff7ff5000 rw-s 00000000 08:01 11                         /lab/hello.txt
    Size:                  8 kB / KernelPageSize:        4 kB / MMUPageSize:           4 kB / Rss:                   4 kB
    ");
    insta::assert_snapshot!(text(inspect(&session, CellId::entry(pid, 4, page))), @r"
    PGD entry 255 of process 100
    It leads to a node of the next level.
    index: 255, covers: 512 GiB, for: 0x7f8000000000
    ");
    insta::assert_snapshot!(text(inspect(&session, CellId::Cached { inode: file, index: PageIndex(0) })), @r"
    Page 0 of hello.txt in the page cache
    It is clean: it may be dropped at any time, since the disk holds the same.
    frame: 4, mapped by: 2
    process 100 at 0x7ffff7ff3000 (s) | process 100 at 0x7ffff7ff5000 (ptr) | the page cache: page 0 of hello.txt
    4a 65 6c 6c 6f 2c 20 70 61 67 65 73 21 20 54 68 Jello, pages! Th
    ");
    insta::assert_snapshot!(text(inspect(&session, CellId::Block { inode: file, index: PageIndex(1) })), @r"
    Page 1 of hello.txt on the disk
    What would be left if the power failed now.
    block: 1, size: 4 KiB
    53 65 63 6f 6e 64 20 70 61 67 65 20 6f 66 20 74 Second page of t
    ");
    insta::assert_snapshot!(text(inspect(&session, CellId::Process(pid))), @r"
    Process 100
    It is the first of the lab's program.
    virtual size: 708 K, RSS: 24 K, of it anonymous: 16 K, of it file: 8 K, of it shared memory: 0, PSS: 20 K, USS: 16 K, page tables: 32 K, minor faults: 5, major faults: 2
    ");
    assert_eq!(inspect(&session, CellId::Frame(Pfn(u32::MAX))), None);
    assert_eq!(inspect(&session, CellId::Process(Pid(7))), None);
}

#[test]
fn a_huge_mapping_is_one_line_and_opens_where_asked() {
    let program = "char *p = mmap(NULL, 1UL << 40, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0);\np[1UL << 30] = 1;";
    let setup = Setup {
        program: program.into(),
        ..Setup::default()
    };
    let mut session = Session::new(setup).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(session.run(100, Until::End), Progress::Idle);
    let runs = |focus: &Focus| {
        let view = scene(&session, focus);
        let space = view.processes.into_iter().flat_map(|process| process.space);
        let vmas = space.filter_map(|item| match item {
            SpaceItem::Vma(vma) => Some(vma),
            SpaceItem::Gap(_) => None,
        });
        let huge = vmas.max_by_key(|vma| vma.range.pages());
        huge.map(|vma| (vma.id, vma.runs))
    };
    let words = |runs: &[PageRun]| {
        runs.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (id, plain) = runs(&Focus::default()).unwrap_or((CellId::Cpu(0), Vec::new()));
    insta::assert_snapshot!(words(&plain), @". . (262141) . 4 . (268173310)");
    let CellId::Vma { start, .. } = id else {
        panic!("{id}")
    };
    let opened = vec![(id, start.0 + 1000..start.0 + 1004)];
    let (_, open) = runs(&Focus {
        opened,
        ..Focus::default()
    })
    .unwrap_or((id, Vec::new()));
    insta::assert_snapshot!(words(&open), @". . (998) . . . . (261139) . 4 . (268173310)");
}

#[test]
fn the_timeline_gathers_marks_into_columns() {
    let session = demo_at_end();
    let marks = |columns| {
        let line = timeline(&session, 1..session.length(), columns);
        let marks = line
            .marks
            .iter()
            .map(|mark| format!("{}:{}x{}", mark.column, mark.kind.label(), mark.count));
        format!(
            "{} steps a column: {}",
            line.steps_per_column,
            marks.collect::<Vec<_>>().join(" ")
        )
    };
    insta::assert_snapshot!(marks(1000), @"1 steps a column: 0:sx1 2:sx1 3:Mx1 5:sx1 6:sx1 7:Fx1 8:forkx1 8:sx1 10:sx1 12:Fx1 12:Cx1 13:Fx1 14:sx1 15:sx1 16:Fx1 17:Fx1 19:Fx1 22:Fx1 23:sx1 25:Wx1 25:sx1");
    insta::assert_snapshot!(marks(4), @"7 steps a column: 0:Mx1 0:sx4 1:Fx3 1:Cx1 1:forkx1 1:sx2 2:Fx3 2:sx2 3:Fx1 3:Wx1 3:sx2");
    assert_eq!(timeline(&session, 0..u64::MAX, 0).length, session.length());
}

#[test]
fn a_byte_is_stored_by_a_statement_that_the_program_could_hold() {
    let mut session = demo_at_end();
    let page = CellId::Page {
        pid: Pid(100),
        page: Vpn(0x7ffff7ff3),
    };
    let bytes = |session: &Session| inspect(session, page).and_then(|told| told.bytes);
    for (offset, byte, expected) in [
        (5, b'B', "s[5] = 'B';"),
        (6, 0xfe, "s[6] = 0xfe;"),
        (7, b'\'', "s[7] = '\\'';"),
    ] {
        let told = bytes(&session).unwrap_or_else(|| panic!("a page"));
        let (pid, statement) = told
            .store(offset, byte)
            .unwrap_or_else(|| panic!("an address"));
        assert_eq!(statement, expected);
        let said = session.statement(pid, &statement);
        assert!(said.is_ok(), "{said:?}");
        session.run(100, Until::InputDone);
        let told = bytes(&session).unwrap_or_else(|| panic!("a page"));
        assert_eq!(told.bytes.get(usize::from(offset)), Some(&byte));
        assert_eq!(told.changed, Some(offset..offset + 1));
    }
    // Without a pointer to characters the address itself is spelled.
    let stack = session.kernel().entries(
        Pid(100),
        view::PageRange::new(Vpn(0x7fffff000), Vpn(0x7ffffffff)),
    );
    let (page, _) = stack.last().unwrap_or_else(|| panic!("a stack"));
    let told = inspect(
        &session,
        CellId::Page {
            pid: Pid(100),
            page,
        },
    );
    let told = told
        .and_then(|told| told.bytes)
        .unwrap_or_else(|| panic!("its bytes"));
    let (pid, statement) = told.store(0, 1).unwrap_or_else(|| panic!("an address"));
    assert_eq!(
        statement,
        format!("*(char *){:#x} = 0x01;", page.address().0)
    );
    assert!(session.statement(pid, &statement).is_ok());
}
