//! Inodes: a file's identity, size and data, whatever names and openers it has (`struct inode`).
//!
//! The page cache of a file is part of its inode, as in Linux (`i_mapping`): the map from page index
//! to frame. A page is tagged there while it is dirty and has a disk to go to.

use std::rc::Rc;

use abi::Pid;

use crate::addr::{BlockNumber, PAGE_SIZE, PageIndex, Pfn};
use crate::file::pipe::Pipe;
use crate::radix_map::RadixMap;

/// A file, directory, pipe or device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inode {
    /// What it is.
    pub kind: InodeKind,
    /// Its permission bits (`st_mode & 07777`).
    pub permissions: u32,
    /// Its size in bytes.
    pub size: u64,
    /// How many names it has.
    pub links: u32,
    /// How many open file descriptions there are of it.
    pub openers: u32,
    /// The page cache: the frames that hold its pages, by page index; tagged where dirty.
    pub pages: RadixMap<Pfn>,
    /// The pages that reclaim took out of it: one that is read again is active from the start
    /// (mm/workingset.c).
    pub evicted: RadixMap<()>,
    /// Simulated time of the last change of its data, in nanoseconds.
    pub modified: u64,
    /// A disk file was cut to nothing: what is written then goes to the disk when any open file of
    /// it is closed, lest a crash leave it empty (`auto_da_alloc` of ext4).
    pub flushed_on_close: bool,
    /// The page behind the end to which a disk file was cut last: of a hole that reaches beyond, ext4
    /// remembers only the part before it (`ext4_es_remove_extent`).
    pub cut: PageIndex,
}

/// What an inode is, with what only that kind has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InodeKind {
    /// A file on the disk; the map says which block holds which page, and is tagged where the page
    /// was never written there (delayed allocation). A page without a block is a hole.
    Disk(RadixMap<BlockNumber>),
    /// A file that lives in RAM alone (mm/shmem.c): under /dev/shm, a memfd, shared anonymous memory.
    Tmpfs(Tmpfs),
    /// A directory.
    Directory,
    /// A pipe.
    Pipe(Pipe),
    /// The terminal: what is written there is shown, and nothing can be read.
    Terminal,
    /// /dev/null
    DevNull,
    /// /dev/zero: reads zeros; maps as anonymous memory.
    DevZero,
    /// A text about a process, made when it is read.
    Proc(ProcFile),
}

/// A tmpfs file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tmpfs {
    /// Seals, as F_GET_SEALS gives them; F_SEAL_SEAL where none can be added.
    pub seals: u32,
}

/// A file under /proc/PID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcFile {
    /// Of which process.
    pub pid: Pid,
    /// Which text.
    pub text: ProcText,
}

/// The texts under /proc/PID that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcText {
    /// /proc/PID/maps
    Maps,
    /// /proc/PID/smaps
    Smaps,
    /// /proc/PID/status
    Status,
    /// /proc/PID/statm
    Statm,
    /// /proc/PID/pagemap: no text, but eight bytes for each page.
    Pagemap,
}

impl Inode {
    /// An empty inode of this kind, with the permission bits `permissions`.
    pub fn new(kind: InodeKind, permissions: u32) -> Inode {
        Inode {
            kind,
            permissions,
            size: 0,
            links: 0,
            openers: 0,
            pages: RadixMap::default(),
            evicted: RadixMap::default(),
            modified: 0,
            flushed_on_close: false,
            cut: PageIndex(0),
        }
    }

    /// Whether it is a regular file, on disk or tmpfs.
    pub fn is_regular(&self) -> bool {
        matches!(self.kind, InodeKind::Disk(_) | InodeKind::Tmpfs(_))
    }

    /// Whether its dirty pages have a disk to go to.
    pub fn is_on_disk(&self) -> bool {
        matches!(self.kind, InodeKind::Disk(_))
    }

    /// Whether it lives in RAM alone: its pages count as shared memory (shmem).
    pub fn is_tmpfs(&self) -> bool {
        matches!(self.kind, InodeKind::Tmpfs(_))
    }

    /// How many pages its size needs: the first index past its end.
    pub fn page_count(&self) -> u64 {
        self.size.div_ceil(PAGE_SIZE)
    }

    /// The frame that caches this page.
    #[inline]
    pub fn cached(&self, index: PageIndex) -> Option<Pfn> {
        self.pages.get(index.0).copied()
    }

    /// The disk's block for this page; none for a hole, and for what is not on the disk.
    pub fn block(&self, index: PageIndex) -> Option<BlockNumber> {
        match &self.kind {
            InodeKind::Disk(blocks) => blocks.get(index.0).copied(),
            _ => None,
        }
    }

    /// Whether the page's block is merely promised to a write (delayed allocation).
    pub fn is_promised(&self, index: PageIndex) -> bool {
        matches!(&self.kind, InodeKind::Disk(blocks) if blocks.is_tagged(index.0))
    }

    /// The page's block, if it has one, is no longer merely promised.
    pub fn settle_block(&mut self, index: PageIndex) {
        if let InodeKind::Disk(blocks) = &mut self.kind {
            blocks.set_tag(index.0, false);
        }
    }

    /// Its seals; those of a file that cannot be sealed forbid nothing.
    pub fn seals(&self) -> u32 {
        match &self.kind {
            InodeKind::Tmpfs(tmpfs) => tmpfs.seals,
            _ => 0,
        }
    }

    /// The largest size that it can have, in bytes (`s_maxbytes`).
    pub fn largest_size(&self) -> u64 {
        match self.kind {
            // ext4 with blocks of 4096 bytes: 2^32 - 1 of them.
            InodeKind::Disk(_) => 0xffff_ffff << 12,
            _ => i64::MAX as u64,
        }
    }
}

/// An inode of a table, shared until changed.
pub type SharedInode = Rc<Inode>;
