//! A picture made by hand.
use crate::lab::Picture;
use crate::shared::Shared;
use view::*;

fn cell(id: CellId, kind: PageKind, frame: u32, marks: Marks) -> Cell {
    Cell {
        id,
        kind,
        frame: (frame > 0).then_some(Pfn(frame)),
        marks,
    }
}

fn vma(
    pid: Pid,
    start: u64,
    name: &str,
    pointer: &str,
    perm: &str,
    cells: &[(PageKind, u32, Marks)],
) -> SpaceItem {
    let pages = cells.iter().enumerate().map(|(n, (k, f, m))| {
        cell(
            CellId::Page {
                pid,
                page: Vpn(start + n as u64),
            },
            *k,
            *f,
            *m,
        )
    });
    SpaceItem::Vma(VmaView {
        id: CellId::Vma {
            pid,
            start: Vpn(start),
        },
        range: PageRange::new(Vpn(start), Vpn(start + cells.len() as u64)),
        name: name.into(),
        pointers: if pointer.is_empty() {
            vec![]
        } else {
            vec![pointer.into()]
        },
        permissions: perm.into(),
        shared: perm.ends_with('s'),
        backing: BackingKind::Anonymous,
        file: None,
        resident: 1,
        runs: vec![PageRun::Cells(pages.collect())],
    })
}

fn process(pid: i32, ordinal: u32, p: (PageKind, u32, Marks)) -> ProcessView {
    use PageKind::*;
    let pid = Pid(pid);
    let none = (NotPresent, 0, Marks::empty());
    let gap = SpaceItem::Gap(GapView {
        range: PageRange::default(),
        size: "127 TiB".into(),
    });
    ProcessView {
        id: CellId::Process(pid),
        pid,
        parent: None,
        ordinal,
        state: ProcessState::Runnable,
        line: Some(if ordinal == 0 { 15 } else { 11 }),
        variables: vec![],
        pages_mapped: 44,
        space: vec![
            vma(pid, 0x7ffff7fc2, "anonymous", "p", "rw-p", &[p, none]),
            vma(
                pid,
                0x7ffff7fc0,
                "data",
                "s",
                "rw-s",
                &[(File, 3, Marks::SHARED), none],
            ),
            gap,
            vma(
                pid,
                0x5555555,
                "[heap]",
                "",
                "rw-p",
                &[
                    (Anonymous, 9, Marks::WRITE_PROTECTED),
                    (Zero, 5, Marks::empty()),
                    none,
                ],
            ),
            vma(
                pid,
                0x5555554,
                "program text",
                "",
                "r-xp",
                &[(File, 1, Marks::SHARED), (File, 2, Marks::SHARED)],
            ),
        ],
    }
}

fn pte(frame: u32, set: &str) -> PteView {
    let names = [
        ('P', "present"),
        ('W', "writable"),
        ('U', "user"),
        ('A', "accessed"),
        ('D', "dirty"),
        ('X', "execute"),
    ];
    PteView {
        page: Vpn(0x7ffff7fc2),
        state: EntryState::Frame(Pfn(frame)),
        bits: names.map(|(letter, name)| PteBit {
            letter,
            bit: 1,
            name,
            meaning: "",
            set: set.contains(letter),
        }),
    }
}

/// The mockup.
pub fn picture() -> Picture {
    use PageKind::*;
    let e = Marks::empty();
    let pid = Pid(101);
    let page = Vpn(0x7ffff7fc2);
    let level = |level: u8, name, bits, index: u16| LevelView {
        level,
        name,
        bits,
        index,
        exists: true,
        used: 1,
        shared: false,
        entries: (index - 4..index + 5)
            .filter(|i| *i < 512)
            .map(|i| EntryView {
                id: CellId::Entry {
                    pid,
                    level,
                    page: Vpn((page.0 >> (9 * (level - 1)) << (9 * (level - 1)))
                        .wrapping_add((i as u64).wrapping_sub(index as u64) << (9 * (level - 1)))),
                },
                index: i,
                state: if i == index {
                    if level == 1 {
                        EntryState::Frame(Pfn(12))
                    } else {
                        EntryState::Table
                    }
                } else {
                    EntryState::Empty
                },
                on_path: i == index,
            })
            .collect(),
    };
    let mut frames: Vec<Cell> = (0..40)
        .map(|n| cell(CellId::Frame(Pfn(n)), Free, 0, e))
        .collect();
    for (n, kind, marks) in [
        (1, File, Marks::SHARED),
        (2, File, Marks::SHARED),
        (3, File, Marks::DIRTY | Marks::SHARED),
        (4, File, e),
        (5, Zero, e),
        (7, Anonymous, e),
        (9, Anonymous, Marks::WRITE_PROTECTED),
        (10, Anonymous, e),
        (12, Anonymous, Marks::DIRTY),
    ] {
        frames[n as usize] = cell(CellId::Frame(Pfn(n)), kind, n, marks);
    }
    let file = |inode, name: &str, pages: &[(u32, Marks, &[u8])], note: Option<&str>| FileView {
        id: CellId::File(InodeId(inode)),
        inode: InodeId(inode),
        name: name.into(),
        size: 8192,
        size_words: "8 KiB".into(),
        on_disk: true,
        cached: 2,
        dirty: 0,
        pages: pages
            .iter()
            .enumerate()
            .map(|(n, (frame, marks, bytes))| {
                FileRun::Page(FilePageView {
                    index: PageIndex(n as u64),
                    cell: cell(
                        CellId::Cached {
                            inode: InodeId(inode),
                            index: PageIndex(n as u64),
                        },
                        File,
                        *frame,
                        *marks,
                    ),
                    block: Some(BlockView {
                        id: CellId::Block {
                            inode: InodeId(inode),
                            index: PageIndex(n as u64),
                        },
                        number: Some(8),
                        preview: bytes.to_vec(),
                        preview_offset: 0,
                        differs: marks.contains(Marks::DIRTY),
                    }),
                })
            })
            .collect(),
        note: note.map(Into::into),
    };
    let tlb = |page: u64, frame, writable, flushed| TlbEntryView {
        id: CellId::Tlb {
            cpu: 0,
            pid,
            page: Vpn(page),
        },
        pid,
        page: Vpn(page),
        frame: Pfn(frame),
        writable,
        flushed,
    };
    let scene = Scene {
        cpus: vec![CpuView {
            id: CellId::Cpu(0),
            running: Some(pid),
            access: Some(AccessView {
                pid,
                address: page.address(),
                what: "store",
            }),
            tlb_capacity: 8,
            tlb: vec![
                tlb(0x7ffff7fc2, 7, false, true),
                tlb(0x7ffff7fc0, 3, true, false),
                tlb(0x5555555, 9, false, false),
            ],
        }],
        processes: vec![
            process(100, 0, (Anonymous, 7, Marks::WRITE_PROTECTED)),
            process(101, 1, (Anonymous, 12, Marks::DIRTY)),
        ],
        page_table: Some(PageTableView {
            pid,
            page,
            address: page.address(),
            levels: vec![
                level(4, "PGD", (47, 39), 255),
                level(3, "PUD", (38, 30), 511),
                level(2, "PMD", (29, 21), 447),
                level(1, "PTE", (20, 12), 450),
            ],
            pte: pte(12, "PWUAD"),
            was: Some(pte(7, "PUA")),
            nodes: [1, 2, 2, 3],
        }),
        nodes: vec![NodeView {
            id: CellId::Node(0),
            number: 0,
            frames: 256,
            free: 31,
            runs: vec![
                PageRun::Cells(frames),
                PageRun::Elided {
                    first: 40,
                    count: 216,
                    present: 0,
                },
            ],
        }],
        files: vec![
            file(
                1,
                "data",
                &[
                    (3, Marks::DIRTY | Marks::SHARED, b"Abcdef"),
                    (4, e, b"ghijkl"),
                ],
                Some("dirty: the disk still says ‘A’"),
            ),
            file(
                2,
                "libc.so",
                &[
                    (1, Marks::SHARED, b"\x7fELF"),
                    (2, Marks::SHARED, b"\x7fELF"),
                ],
                None,
            ),
        ],
        figures: Figures {
            processes: vec![ProcessFigures {
                pid,
                rss: 45056,
                pss: 24576,
                uss: 4096,
                minor_faults: 9,
                major_faults: 1,
                ..ProcessFigures::default()
            }],
            system: SystemFigures {
                dirty: 8192,
                nanoseconds: 118_000,
                ..SystemFigures::default()
            },
        },
        ..Scene::default()
    };
    let entry = |level| CellId::entry(pid, level, page);
    let p = CellId::Page { pid, page };
    let motion = |kind, from: Option<CellId>, to, words: &str| Motion {
        kind,
        from,
        to,
        event: 0,
        words: words.into(),
    };
    let transition = Transition {
        motions: vec![
            motion(
                MotionKind::Access,
                Some(CellId::Cpu(0)),
                p,
                "process 101 stores to page 0x7ffff7fc2000",
            ),
            motion(
                MotionKind::TlbMiss,
                None,
                CellId::Cpu(0),
                "the TLB does not allow the store",
            ),
            motion(MotionKind::Walk, None, entry(4), "the walk passes the PGD"),
            motion(MotionKind::Walk, Some(entry(4)), entry(3), "the PUD"),
            motion(MotionKind::Walk, Some(entry(3)), entry(2), "the PMD"),
            motion(MotionKind::Walk, Some(entry(2)), entry(1), "and the PTE"),
            motion(
                MotionKind::Miss,
                None,
                entry(1),
                "the PTE is write-protected: the processor traps",
            ),
            motion(
                MotionKind::Allocate,
                None,
                CellId::Frame(Pfn(12)),
                "frame 12 is taken",
            ),
            motion(
                MotionKind::Copy,
                Some(CellId::Frame(Pfn(7))),
                CellId::Frame(Pfn(12)),
                "frame 7 is copied to frame 12",
            ),
            motion(
                MotionKind::Map,
                Some(p),
                CellId::Frame(Pfn(12)),
                "the PTE now holds frame 12",
            ),
            motion(
                MotionKind::Shootdown,
                None,
                CellId::Tlb { cpu: 0, pid, page },
                "the old translation leaves the TLB",
            ),
            motion(
                MotionKind::Retry,
                Some(CellId::Cpu(0)),
                p,
                "the store runs again",
            ),
        ],
    };
    let d = |q: &str, a: &str, taken, end| DecisionView {
        question: q.into(),
        answer: a.into(),
        taken,
        end,
    };
    let explanation = Explanation {
        step: 41, kind: "copy-on-write fault".into(),
        headline: "Process 101 stored ‘B’ into a page that it shares with its parent, so it was given a copy of its own.".into(),
        why: "After `fork` both page tables point at frame 7, write-protected. The first one to write pays for the copy; process 100 keeps frame 7.".into(),
        decisions: vec![d("PTE present?", "yes", true, false), d("Write allowed by the PTE?", "no → trap", true, false), d("Does the VMA allow writing?", "yes, rw-p", true, false), d("Private mapping?", "yes", true, false), d("Am I the only one mapping it?", "no, 2 map it", true, false), d("Copy frame 7 → frame 12", "", true, true), d("Reuse the frame", "", false, true)],
        ptes: vec![PteChange { page, old: pte(7, "PUA"), new: pte(12, "PWUAD") }],
        ..Explanation::default()
    };
    let mark = |step, kind| TimelineMark {
        step,
        column: step,
        kind,
        pid,
        count: 1,
    };
    let timeline = Timeline {
        length: 60,
        position: 41,
        first: 0,
        steps_per_column: 1,
        marks: vec![
            mark(6, MarkKind::MinorFault),
            mark(12, MarkKind::MinorFault),
            mark(17, MarkKind::MajorFault),
            mark(24, MarkKind::MinorFault),
            mark(31, MarkKind::Fork),
            mark(41, MarkKind::Copy),
        ],
        branches: vec![
            BranchView {
                id: 0,
                label: "main".into(),
                parent: None,
                from: 0,
                length: 60,
                current: true,
            },
            BranchView {
                id: 1,
                label: "without fork".into(),
                parent: Some(0),
                from: 31,
                length: 50,
                current: false,
            },
        ],
    };
    Picture {
        scene: Shared::new(scene),
        transition: Shared::new(transition),
        explanation: Shared::new(explanation),
        timeline: Shared::new(timeline),
        inspection: None,
    }
}
