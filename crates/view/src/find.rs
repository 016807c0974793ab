//! "The next copy of this page": going through time to where something happened to a thing.

use std::ops::Range;

use abi::Pid;
use kernel::addr::{InodeId, PageRange, Pfn, Vpn};
use kernel::mm::table::pages_at;
use kernel::phys::frame::Owner;
use kernel::{Event, Kernel};
use session::{Detail, Marks, Session};

use crate::build::USER_SPACE;
use crate::cell::CellId;

/// Steps beyond what is known within which the next happening is looked for.
const MOST_STEPS: u64 = 20_000;

/// What can be gone to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A page fault, served or refused.
    Fault,
    /// A copy on write.
    Copy,
    /// A write-back.
    Writeback,
}

impl Happening {
    /// All.
    pub const ALL: [Happening; 3] = [Happening::Fault, Happening::Copy, Happening::Writeback];

    /// Its word: `fault`.
    pub const fn name(self) -> &'static str {
        match self {
            Happening::Fault => "fault",
            Happening::Copy => "copy",
            Happening::Writeback => "write-back",
        }
    }

    fn marks(self) -> Marks {
        match self {
            Happening::Fault => Marks::MINOR_FAULT | Marks::MAJOR_FAULT | Marks::SIGNAL,
            Happening::Copy => Marks::COPY,
            Happening::Writeback => Marks::WRITEBACK,
        }
    }
}

/// Goes to the nearest step after (or before) the position in which this happened to the thing, or to
/// anything. Beyond what is known it goes on. False, and nothing has moved, when there is none.
pub fn go_to(session: &mut Session, what: Happening, of: Option<CellId>, forward: bool) -> bool {
    let subject = of.map(|id| Subject::of(session.kernel(), id));
    let fits = |detail: &Detail| {
        let mut events = detail.events.iter();
        events.any(|event| match &subject {
            Some(subject) => subject.concerned(what, event),
            None => is(what, event),
        })
    };
    session.go_to(what.marks(), forward, MOST_STEPS, &fits)
}

fn is(what: Happening, event: &Event) -> bool {
    matches!(
        (what, event),
        (Happening::Fault, Event::Fault(_))
            | (Happening::Copy, Event::CowBroken { .. })
            | (Happening::Writeback, Event::BlockWritten { .. })
    )
}

/// Everything under which a thing shows in events.
#[derive(Debug, Default)]
struct Subject {
    pages: Option<(Pid, PageRange)>,
    cached: Option<(InodeId, Range<u64>)>,
    frame: Option<Pfn>,
}

impl Subject {
    fn of(kernel: &Kernel, id: CellId) -> Subject {
        match id {
            CellId::Page { pid, page } | CellId::Tlb { pid, page, .. } => {
                Subject::of_pages(kernel, pid, page, 1)
            }
            CellId::Entry { pid, level, page } => {
                Subject::of_pages(kernel, pid, page, pages_at(level.clamp(1, 4)))
            }
            CellId::Vma { pid, start } => {
                let space = kernel.address_space(pid);
                let vma = space.and_then(|space| space.vma_at(start));
                let pages = vma.map_or(1, |vma| vma.range.pages());
                Subject::of_pages(kernel, pid, start, pages)
            }
            CellId::Gap { pid, start } => Subject::of_pages(kernel, pid, start, 1),
            CellId::Process(pid) | CellId::Terminal(pid) => Subject {
                pages: Some((pid, USER_SPACE)),
                ..Subject::default()
            },
            CellId::File(inode) => Subject::of_file(inode, 0..u64::MAX),
            CellId::Cached { inode, index } | CellId::Block { inode, index } => {
                Subject::of_file(inode, index.0..index.0.saturating_add(1))
            }
            CellId::Frame(frame) => Subject::of_frame(kernel, frame),
            CellId::Cpu(_) | CellId::Node(_) | CellId::Swap(_) | CellId::Register { .. } => {
                Subject::default()
            }
        }
    }

    fn of_pages(kernel: &Kernel, pid: Pid, start: Vpn, pages: u64) -> Subject {
        let range = PageRange::new(start, Vpn(start.0.saturating_add(pages)));
        let space = kernel.address_space(pid);
        let vma = space.and_then(|space| space.vma_at(start));
        let cached = vma.and_then(|vma| {
            let first = vma.index_of(start).0;
            Some((vma.inode()?, first..first.saturating_add(pages)))
        });
        Subject {
            pages: Some((pid, range)),
            cached,
            frame: None,
        }
    }

    fn of_file(inode: InodeId, pages: Range<u64>) -> Subject {
        Subject {
            cached: Some((inode, pages)),
            ..Subject::default()
        }
    }

    fn of_frame(kernel: &Kernel, frame: Pfn) -> Subject {
        let exists = frame.0 < kernel.frames().total();
        let owner = exists.then(|| kernel.frames().get(frame).owner);
        let cached = match owner {
            Some(Owner::Cache { inode, index }) => Some((inode, index.0..index.0 + 1)),
            _ => None,
        };
        Subject {
            frame: Some(frame),
            cached,
            pages: None,
        }
    }

    /// Whether the event is of the kind, and about the thing.
    fn concerned(&self, what: Happening, event: &Event) -> bool {
        match (what, event) {
            (Happening::Fault, Event::Fault(fault)) => {
                self.has_page(fault.pid, Vpn::containing(fault.address))
            }
            // The entry that a fault filled names the frame.
            (Happening::Fault, Event::PteChanged { old, new, .. }) => {
                let filled = new.present().filter(|_| old.is_none());
                filled.is_some_and(|new| self.frame == Some(new.frame))
            }
            (
                Happening::Fault,
                Event::BlockRead {
                    inode,
                    index,
                    frame,
                },
            )
            | (
                Happening::Writeback,
                Event::BlockWritten {
                    inode,
                    index,
                    frame,
                },
            ) => self.frame == Some(*frame) || self.has_cached(*inode, index.0),
            (
                Happening::Copy,
                Event::CowBroken {
                    pid,
                    page,
                    from,
                    to,
                },
            ) => self.has_page(*pid, *page) || [Some(*from), Some(*to)].contains(&self.frame),
            _ => false,
        }
    }

    fn has_page(&self, pid: Pid, page: Vpn) -> bool {
        let mine = self.pages.as_ref();
        mine.is_some_and(|(owner, range)| *owner == pid && range.contains(page))
    }

    fn has_cached(&self, inode: InodeId, index: u64) -> bool {
        let mine = self.cached.as_ref();
        mine.is_some_and(|(own, pages)| *own == inode && pages.contains(&index))
    }
}
