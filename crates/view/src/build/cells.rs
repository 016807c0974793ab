//! Frames and page-table entries as cells with their marks.

use abi::Pid;
use kernel::Kernel;
use kernel::addr::{PageRange, Pfn, TASK_SIZE, Vpn};
use kernel::mm::page_table::Pte;
use kernel::mm::vma::{VmFlags, Vma};
use kernel::observe::Mapcounts;
use kernel::phys::frame::{Frame, FrameFlags, Owner};

use crate::cell::{Cell, CellId, Marks, PageKind};

/// Every page of user space.
pub const USER_SPACE: PageRange = PageRange::new(Vpn(0), Vpn(TASK_SIZE >> 12));

/// What a frame is drawn as.
pub fn frame_kind(frame: &Frame) -> PageKind {
    match frame.owner {
        Owner::Free => PageKind::Free,
        Owner::Zero => PageKind::Zero,
        Owner::Anonymous { .. } => PageKind::Anonymous,
        Owner::Cache { .. } if frame.flags.contains(FrameFlags::SWAP_BACKED) => PageKind::Shmem,
        Owner::Cache { .. } => PageKind::File,
    }
}

/// The marks of a frame, wherever it is shown.
pub fn frame_marks(frame: &Frame, mapcount: u32) -> Marks {
    let mut marks = Marks::empty();
    let differs_from_disk =
        frame_kind(frame) == PageKind::File && frame.flags.contains(FrameFlags::DIRTY);
    marks.set(Marks::DIRTY, differs_from_disk);
    marks.set(Marks::SHARED, mapcount > 1 && frame.owner != Owner::Zero);
    marks.set(
        Marks::WRITEBACK,
        frame.flags.contains(FrameFlags::WRITEBACK),
    );
    marks.set(Marks::LOCKED, frame.flags.contains(FrameFlags::MLOCKED));
    marks
}

/// A frame in use.
pub fn frame_cell(kernel: &Kernel, pfn: Pfn, mapcounts: &Mapcounts, id: CellId) -> Cell {
    let frame = kernel.frames().get(pfn);
    Cell {
        id,
        kind: frame_kind(frame),
        frame: Some(pfn),
        marks: frame_marks(frame, mapcounts.of(pfn)),
    }
}

/// A page of a VMA, by its page-table entry.
pub fn page_cell(
    kernel: &Kernel,
    mapcounts: &Mapcounts,
    vma: &Vma,
    pid: Pid,
    page: Vpn,
    pte: Pte,
) -> Cell {
    let id = CellId::Page { pid, page };
    let plain = |kind| Cell {
        id,
        kind,
        frame: None,
        marks: Marks::empty(),
    };
    let present = match pte {
        Pte::None => return plain(PageKind::NotPresent),
        Pte::Swap(_) => return plain(PageKind::Swapped),
        Pte::Guard => return plain(PageKind::Guard),
        Pte::Present(present) => present,
    };
    let mut cell = frame_cell(kernel, present.frame, mapcounts, id);
    let protected = vma.flags.contains(VmFlags::WRITE) && !present.writable && present.user;
    cell.marks.set(Marks::WRITE_PROTECTED, protected);
    cell.marks.set(Marks::ACCESSED, present.accessed);
    cell.marks.set(Marks::NO_ACCESS, !present.user);
    cell.marks.set(
        Marks::COPIED,
        cell.kind == PageKind::Anonymous && vma.inode().is_some(),
    );
    cell.marks
        .set(Marks::LOCKED, vma.flags.contains(VmFlags::LOCKED));
    cell
}
