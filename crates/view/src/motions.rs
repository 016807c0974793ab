//! From events to motions: the one place that says what is drawn for each event.

use abi::Pid;
use kernel::Event;
use kernel::addr::{InodeId, PageIndex, Vpn};
use kernel::mm::page_table::{Entry, Pte};
use kernel::mm::table::index_at;

use crate::cell::CellId;
use crate::page_table::level_name;
use crate::told::count;
use crate::transition::{Motion, MotionKind, Transition};

/// More motions than anyone could follow are not drawn; the scene after them shows what they did.
const MOST_MOTIONS: usize = 400;

/// The motions of a step's events, in order.
pub fn motions<'a>(events: impl IntoIterator<Item = &'a Event>) -> Transition {
    let mut drawing = Drawing::default();
    for (number, event) in (0u32..).zip(events) {
        if drawing.motions.len() >= MOST_MOTIONS {
            break;
        }
        drawing.event = number;
        drawing.draw(event);
    }
    Transition {
        motions: drawing.motions,
    }
}

#[derive(Default)]
struct Drawing {
    motions: Vec<Motion>,
    event: u32,
}

const CPU: CellId = CellId::Cpu(0);

impl Drawing {
    fn push(&mut self, kind: MotionKind, from: Option<CellId>, to: CellId, words: String) {
        self.motions.push(Motion {
            kind,
            from,
            to,
            event: self.event,
            words,
        });
    }

    fn at(&mut self, kind: MotionKind, to: CellId, words: impl Into<String>) {
        self.push(kind, None, to, words.into());
    }

    fn travel(&mut self, kind: MotionKind, from: CellId, to: CellId, words: impl Into<String>) {
        self.push(kind, Some(from), to, words.into());
    }

    fn draw(&mut self, event: &Event) {
        match event {
            Event::TlbHit { .. }
            | Event::TlbMiss { .. }
            | Event::TlbFilled { .. }
            | Event::TlbFlushed { .. }
            | Event::TlbFlushedAll { .. } => self.draw_translation(event),
            Event::VmaInserted { .. }
            | Event::VmaSplit { .. }
            | Event::VmaMerged { .. }
            | Event::VmaRemoved { .. }
            | Event::VmaChanged { .. }
            | Event::TableAllocated { .. }
            | Event::TableFreed { .. }
            | Event::PteChanged { .. }
            | Event::PteRangeMoved { .. }
            | Event::PteRangeCopied { .. } => self.draw_mapping(event),
            Event::FrameAllocated { .. }
            | Event::FrameZeroed { .. }
            | Event::FrameFreed { .. }
            | Event::CowBroken { .. }
            | Event::CowReused { .. } => self.draw_frame(event),
            Event::PageCached { .. }
            | Event::PageUncached { .. }
            | Event::PageDirtied { .. }
            | Event::BlockRead { .. }
            | Event::BlockWritten { .. }
            | Event::FileCreated { .. }
            | Event::FileResized { .. }
            | Event::FileRemoved { .. } => self.draw_file(event),
            _ => self.draw_task(event),
        }
    }

    fn draw_translation(&mut self, event: &Event) {
        let tlb = |pid, page| CellId::Tlb { cpu: 0, pid, page };
        match *event {
            Event::TlbHit { pid, page, frame } => {
                self.travel(
                    MotionKind::TlbHit,
                    CPU,
                    tlb(pid, page),
                    format!("the TLB knows: {frame}"),
                );
            }
            Event::TlbMiss { pid, page, levels } => {
                self.travel(
                    MotionKind::TlbMiss,
                    CPU,
                    tlb(pid, page),
                    "the TLB does not know the page",
                );
                self.walk(pid, page, levels);
            }
            Event::TlbFilled { pid, page, frame } => {
                let from = CellId::entry(pid, 1, page);
                self.travel(
                    MotionKind::TlbFill,
                    from,
                    tlb(pid, page),
                    format!("the TLB keeps {frame}"),
                );
            }
            Event::TlbFlushed { pid, page } => {
                self.at(
                    MotionKind::Shootdown,
                    tlb(pid, page),
                    "the TLB forgets the page",
                );
            }
            Event::TlbFlushedAll { pid } => {
                self.at(
                    MotionKind::Shootdown,
                    CPU,
                    format!("the TLB forgets all of process {pid}"),
                );
            }
            _ => {}
        }
    }

    /// A light through each level that was found, and the pulse where the walk ended early.
    fn walk(&mut self, pid: Pid, page: Vpn, levels: u8) {
        let mut from = CPU;
        for found in 0..levels.min(4) {
            let level = 4 - found;
            let entry = CellId::entry(pid, level, page);
            let words = format!("{}: found", entry_name(level, page));
            self.travel(MotionKind::Walk, from, entry, words);
            from = entry;
        }
        if levels < 4 {
            let level = 4 - levels;
            let entry = CellId::entry(pid, level, page);
            let name = entry_name(level, page);
            let words = format!("{name}: nothing there, the processor traps");
            self.travel(MotionKind::Miss, from, entry, words);
        }
    }

    fn draw_mapping(&mut self, event: &Event) {
        let vma = |pid, start| CellId::Vma { pid, start };
        match *event {
            Event::VmaInserted { pid, range } => {
                self.at(
                    MotionKind::Appear,
                    vma(pid, range.start),
                    format!("a VMA of {}", count(range.pages(), "page")),
                );
            }
            Event::VmaSplit { pid, at } => {
                self.at(MotionKind::Appear, vma(pid, at), "a VMA is split")
            }
            Event::VmaMerged { pid, range } => self.at(
                MotionKind::Appear,
                vma(pid, range.start),
                "two VMAs become one",
            ),
            Event::VmaChanged { pid, range } => {
                self.at(MotionKind::Protect, vma(pid, range.start), "a VMA changes")
            }
            Event::VmaRemoved { pid, range } => {
                self.at(
                    MotionKind::Vanish,
                    vma(pid, range.start),
                    format!("{} unmapped", count(range.pages(), "page")),
                );
            }
            Event::TableAllocated { pid, page, level } => {
                self.at(
                    MotionKind::Appear,
                    CellId::entry(pid, (level + 1).min(4), page),
                    format!("a page-table node of level {level}"),
                );
            }
            Event::TableFreed { pid, page, level } => {
                self.at(
                    MotionKind::Vanish,
                    CellId::entry(pid, (level + 1).min(4), page),
                    format!("a page-table node of level {level} goes"),
                );
            }
            Event::PteChanged {
                pid,
                page,
                old,
                new,
            } => self.entry_change(pid, page, old, new),
            Event::PteRangeMoved { pid, range, to } => {
                let (from, to) = (vma(pid, range.start), vma(pid, to));
                let pages = count(range.pages(), "page");
                self.travel(
                    MotionKind::Map,
                    from,
                    to,
                    format!("the entries of {pages} move; no byte does"),
                );
            }
            Event::PteRangeCopied {
                parent,
                child,
                range,
            } => {
                let (from, to) = (vma(parent, range.start), vma(child, range.start));
                self.travel(
                    MotionKind::Fork,
                    from,
                    to,
                    format!(
                        "{} of page-table entries copied, no memory",
                        count(range.pages(), "page")
                    ),
                );
            }
            _ => {}
        }
    }

    fn entry_change(&mut self, pid: Pid, page: Vpn, old: Entry, new: Entry) {
        let entry = CellId::entry(pid, 1, page);
        let place = CellId::Page { pid, page };
        match (old.into(), new.into()) {
            (Pte::Present(old), Pte::Present(new)) if old.frame == new.frame => {
                if old.writable != new.writable || old.user != new.user {
                    let words = if new.writable {
                        "stores are allowed now"
                    } else {
                        "stores will trap now"
                    };
                    self.at(MotionKind::Protect, entry, words);
                }
                if new.dirty && !old.dirty {
                    self.at(MotionKind::Dirty, place, "the processor sets the dirty bit");
                } else if new.accessed && !old.accessed {
                    self.at(
                        MotionKind::Touch,
                        entry,
                        "the processor sets the accessed bit",
                    );
                }
            }
            (_, Pte::Present(new)) => {
                let frame = CellId::Frame(new.frame);
                self.travel(
                    MotionKind::Map,
                    frame,
                    place,
                    format!("the page is now {}", new.frame),
                );
            }
            (Pte::Present(old), _) => {
                let frame = CellId::Frame(old.frame);
                self.travel(
                    MotionKind::Unmap,
                    place,
                    frame,
                    format!("the page is no longer {}", old.frame),
                );
            }
            _ => self.at(MotionKind::Protect, entry, "the entry changes"),
        }
    }

    fn draw_frame(&mut self, event: &Event) {
        match *event {
            Event::FrameAllocated { frame, node } => {
                self.travel(
                    MotionKind::Allocate,
                    CellId::Node(node),
                    CellId::Frame(frame),
                    format!("{frame} is taken"),
                );
            }
            Event::FrameZeroed { frame } => {
                self.at(
                    MotionKind::Zero,
                    CellId::Frame(frame),
                    format!("{frame} is filled with zeros"),
                );
            }
            Event::FrameFreed { frame } => self.at(
                MotionKind::Free,
                CellId::Frame(frame),
                format!("{frame} is free"),
            ),
            Event::CowBroken { from, to, .. } => {
                self.travel(
                    MotionKind::Copy,
                    CellId::Frame(from),
                    CellId::Frame(to),
                    format!("{from} is copied to {to}"),
                );
            }
            Event::CowReused { frame, .. } => {
                self.at(
                    MotionKind::Protect,
                    CellId::Frame(frame),
                    format!("{frame} has one user left: no copy"),
                );
            }
            _ => {}
        }
    }

    fn draw_file(&mut self, event: &Event) {
        let block = |inode: InodeId, index: PageIndex| CellId::Block { inode, index };
        let cached = |inode: InodeId, index: PageIndex| CellId::Cached { inode, index };
        match *event {
            Event::BlockRead {
                inode,
                index,
                frame,
            } => {
                self.travel(
                    MotionKind::Fill,
                    block(inode, index),
                    CellId::Frame(frame),
                    format!("the disk fills {frame}"),
                );
            }
            Event::PageCached {
                inode,
                index,
                frame,
            } => {
                self.travel(
                    MotionKind::Map,
                    CellId::Frame(frame),
                    cached(inode, index),
                    format!("the page cache keeps {frame}"),
                );
            }
            Event::PageUncached {
                inode,
                index,
                frame,
            } => {
                self.at(
                    MotionKind::Evict,
                    cached(inode, index),
                    format!("{frame} leaves the page cache"),
                );
            }
            Event::PageDirtied { inode, index, .. } => {
                self.at(
                    MotionKind::Dirty,
                    cached(inode, index),
                    "the page is dirty: the disk holds the old bytes",
                );
            }
            Event::BlockWritten {
                inode,
                index,
                frame,
            } => {
                let page = cached(inode, index);
                self.at(MotionKind::Writeback, page, "write-back begins");
                self.travel(
                    MotionKind::Writeback,
                    page,
                    block(inode, index),
                    format!("{frame} goes to the disk"),
                );
                self.at(MotionKind::Protect, page, "the page is clean");
            }
            Event::FileCreated { inode } => {
                self.at(MotionKind::Appear, CellId::File(inode), "a new file")
            }
            Event::FileResized { inode, new, .. } => {
                self.at(
                    MotionKind::Appear,
                    CellId::File(inode),
                    format!("the file is now {}", count(new, "byte")),
                );
            }
            Event::FileRemoved { inode } => {
                self.at(MotionKind::Vanish, CellId::File(inode), "the file is gone")
            }
            _ => {}
        }
    }

    fn draw_task(&mut self, event: &Event) {
        match event {
            Event::Fault(fault) => {
                let page = CellId::Page {
                    pid: fault.pid,
                    page: Vpn::containing(fault.address),
                };
                self.travel(
                    MotionKind::Access,
                    CPU,
                    page,
                    "page fault: the kernel takes over",
                );
            }
            Event::Retried { pid, page, levels } => {
                let (pid, page) = (*pid, *page);
                let place = CellId::Page { pid, page };
                self.travel(MotionKind::Retry, CPU, place, "the instruction runs again");
                self.walk(pid, page, *levels);
            }
            Event::Copied {
                pid,
                bytes,
                to_user,
            } => {
                let (from, to) = if *to_user {
                    (CPU, CellId::Process(*pid))
                } else {
                    (CellId::Process(*pid), CPU)
                };
                self.travel(
                    MotionKind::CopyBytes,
                    from,
                    to,
                    format!("the kernel copies {}", count(*bytes, "byte")),
                );
            }
            Event::TerminalWritten { pid, .. } => self.at(
                MotionKind::Print,
                CellId::Terminal(*pid),
                "bytes reach the terminal",
            ),
            Event::TaskCreated { pid, parent } => {
                self.push(
                    MotionKind::Fork,
                    parent.map(CellId::Process),
                    CellId::Process(*pid),
                    format!("process {pid} begins"),
                );
            }
            Event::TaskExited { pid, .. } => self.at(
                MotionKind::Vanish,
                CellId::Process(*pid),
                format!("process {pid} has ended"),
            ),
            Event::TaskReaped { pid } => self.at(
                MotionKind::Vanish,
                CellId::Process(*pid),
                format!("process {pid} is gone"),
            ),
            Event::SignalRaised { pid, info } => self.at(
                MotionKind::Signal,
                CellId::Process(*pid),
                info.signal.to_string(),
            ),
            _ => {}
        }
    }
}

/// `PGD entry 255`: the entry of a level that a walk to a page goes through.
fn entry_name(level: u8, page: Vpn) -> String {
    format!("{} entry {}", level_name(level), index_at(level, page))
}
