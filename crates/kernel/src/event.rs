//! Everything that can change in the kernel, told as it happens: what the page draws and explains.

use std::rc::Rc;

use abi::{Pid, SignalInfo, VirtAddr};

use crate::addr::{InodeId, PageIndex, PageRange, Pfn, Vpn};
use crate::decision::DecisionPath;
use crate::mm::page_table::Entry;

/// One change, or one thing that the hardware or the kernel did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)] // Field names are those of the module `addr`.
pub enum Event {
    /// A VMA came to be.
    VmaInserted { pid: Pid, range: PageRange },
    /// A VMA became two at this page.
    VmaSplit { pid: Pid, at: Vpn },
    /// Two VMAs became one, which spans this range.
    VmaMerged { pid: Pid, range: PageRange },
    /// The part of a VMA (or all of it) in this range is gone.
    VmaRemoved { pid: Pid, range: PageRange },
    /// A VMA's protection, flags or extent changed; the range is the VMA's new one.
    VmaChanged { pid: Pid, range: PageRange },
    /// The program break moved.
    BreakMoved {
        pid: Pid,
        old: VirtAddr,
        new: VirtAddr,
    },

    /// The translation was in the TLB.
    TlbHit { pid: Pid, page: Vpn, frame: Pfn },
    /// The translation was not in the TLB (or did not allow the access): the page table was walked.
    /// How many of its four levels were found, 4 being a present PTE.
    TlbMiss { pid: Pid, page: Vpn, levels: u8 },
    /// A translation entered the TLB.
    TlbFilled { pid: Pid, page: Vpn, frame: Pfn },
    /// A translation left the TLB, being stale or displaced.
    TlbFlushed { pid: Pid, page: Vpn },
    /// Every translation of the process left the TLB.
    TlbFlushedAll { pid: Pid },
    /// A page-table node was allocated; level 4 is the top (PGD), 1 holds PTEs.
    TableAllocated { pid: Pid, page: Vpn, level: u8 },
    /// A page-table node was freed.
    TableFreed { pid: Pid, page: Vpn, level: u8 },
    /// A PTE changed. Accessed and dirty bits set by the hardware count.
    PteChanged {
        pid: Pid,
        page: Vpn,
        old: Entry,
        new: Entry,
    },
    /// fork gave `child` the page-table entries of `parent` in this range; those of private
    /// memory are write-protected in both.
    PteRangeCopied {
        parent: Pid,
        child: Pid,
        range: PageRange,
    },

    /// mremap moved the page-table entries of this range to where `to` is the first page.
    PteRangeMoved { pid: Pid, range: PageRange, to: Vpn },

    /// An access trapped, and this is what the kernel decided.
    Fault(Fault),
    /// The instruction that faulted runs again: the walk found so many levels.
    Retried { pid: Pid, page: Vpn, levels: u8 },

    /// A frame was taken from the free ones of its NUMA node.
    FrameAllocated { frame: Pfn, node: u8 },
    /// A frame was filled with zeros.
    FrameZeroed { frame: Pfn },
    /// A frame became free.
    FrameFreed { frame: Pfn },
    /// A private page was copied for the process that wrote.
    CowBroken {
        pid: Pid,
        page: Vpn,
        from: Pfn,
        to: Pfn,
    },
    /// The last user of a private page may write to it without a copy.
    CowReused { pid: Pid, page: Vpn, frame: Pfn },

    /// A file page entered the page cache.
    PageCached {
        inode: InodeId,
        index: PageIndex,
        frame: Pfn,
    },
    /// A file page left the page cache.
    PageUncached {
        inode: InodeId,
        index: PageIndex,
        frame: Pfn,
    },
    /// A cached page became dirty: it differs from the disk.
    PageDirtied {
        inode: InodeId,
        index: PageIndex,
        frame: Pfn,
    },
    /// A block was read from the disk into a frame.
    BlockRead {
        inode: InodeId,
        index: PageIndex,
        frame: Pfn,
    },
    /// A dirty page was written to its block of the disk, and is clean (writeback).
    BlockWritten {
        inode: InodeId,
        index: PageIndex,
        frame: Pfn,
    },

    /// The kernel copied bytes between a user buffer and the page cache (or a pipe): one of the
    /// copies that a mapping saves.
    Copied { pid: Pid, to_user: bool, bytes: u64 },
    /// A file came to be.
    FileCreated { inode: InodeId },
    /// A file's size changed, in bytes.
    FileResized { inode: InodeId, old: u64, new: u64 },
    /// A file is gone: no name and no opener is left.
    FileRemoved { inode: InodeId },
    /// The process has a new descriptor.
    DescriptorOpened { pid: Pid, fd: i32 },
    /// The process closed a descriptor.
    DescriptorClosed { pid: Pid, fd: i32 },
    /// Bytes reached the terminal: descriptor 1 or 2 (as opened at start).
    TerminalWritten { pid: Pid, fd: i32, bytes: Rc<[u8]> },

    /// A process came to be.
    TaskCreated { pid: Pid, parent: Option<Pid> },
    /// A process ended; the status is as wait4(2) gives it.
    TaskExited { pid: Pid, status: i32 },
    /// A process was waited for and is gone.
    TaskReaped { pid: Pid },
    /// A signal was raised for a process.
    SignalRaised { pid: Pid, info: SignalInfo },
    /// Simulated time passed, in nanoseconds.
    TimePassed { nanoseconds: u64 },
}

/// What an access wanted to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction fetch.
    Execute,
}

/// How a fault was served or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A read of untouched anonymous memory: the zero page is mapped.
    ZeroPageRead,
    /// A write to untouched anonymous memory: a zeroed frame is mapped.
    AnonymousAllocate,
    /// The file's page was cached (or needed no disk): it is mapped.
    FileMinor,
    /// The file's page had to be read from the disk.
    FileMajor,
    /// A write to a shared private page: it is copied.
    CopyOnWrite,
    /// A write to a private page that has no other user: it becomes writable.
    CopyOnWriteReuse,
    /// The first write to a clean page of a shared file mapping.
    SharedWriteNotify,
    /// The page was in swap.
    SwapIn,
    /// The access was below a stack, which grew.
    StackGrow,
    /// Nothing was to be done: the PTE allowed the access already.
    Spurious,
    /// Refused: no mapping (SIGSEGV, SEGV_MAPERR).
    SegvMapErr,
    /// Refused: the mapping does not allow it (SIGSEGV, SEGV_ACCERR).
    SegvAccErr,
    /// Refused: beyond the end of the object (SIGBUS, BUS_ADRERR).
    BusAdrErr,
}

/// A fault and the decisions that led to how it was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Who faulted.
    pub pid: Pid,
    /// Where.
    pub address: VirtAddr,
    /// What it wanted.
    pub access: Access,
    /// Whether the kernel itself touched user memory for a system call (copy_to_user).
    pub in_kernel: bool,
    /// The result.
    pub kind: FaultKind,
    /// Each question asked, with its answer.
    pub path: DecisionPath,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_small() {
        assert!(size_of::<Event>() <= 48, "{}", size_of::<Event>());
    }
}
