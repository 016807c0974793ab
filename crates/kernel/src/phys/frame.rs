//! The frames of RAM (`struct page` and the buddy allocator's job: mm/page_alloc.c).

use std::ops::Range;

use bitflags::bitflags;

use crate::addr::{AnonVmaId, InodeId, PageIndex, Pfn};
use crate::persistent::Persistent;
use crate::phys::contents::Contents;
use crate::phys::free_set::{FreeSet, MOST_FRAMES};

/// The frame of zeros that every process may map for reading.
pub const ZERO_FRAME: Pfn = Pfn(0);

/// One frame of RAM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Its bytes.
    pub contents: Contents,
    /// What it is used for.
    pub owner: Owner,
    /// How many page-table entries map it, the lazily shared ones of
    /// [`crate::mm::table::TableInfo::pending`] left out. The zero page is not counted.
    pub mapcount: u32,
    /// How many locked VMAs map it, as far as it is known (`mlock_count`): only while it is
    /// `UNEVICTABLE`, and no more than 65,535.
    pub mlock_count: u16,
    /// Its state.
    pub flags: FrameFlags,
}

/// What a frame is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Nothing.
    #[default]
    Free,
    /// The zero page.
    Zero,
    /// A private page of processes.
    Anonymous {
        /// The `anon_vma` in which it was first mapped.
        anon_vma: AnonVmaId,
        /// Its place there: the VMA's page offset at the page.
        index: PageIndex,
    },
    /// A page of a file in the page cache.
    Cache {
        /// The file.
        inode: InodeId,
        /// Its page.
        index: PageIndex,
    },
}

bitflags! {
    /// The state of a frame (include/linux/page-flags.h).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct FrameFlags: u16 {
        /// PG_anon_exclusive: a private page of this process alone, which may become writable.
        const ANON_EXCLUSIVE = 1;
        /// PG_dirty: it differs from the disk; for an anonymous page, it was written to.
        const DIRTY = 2;
        /// PG_uptodate: the contents are valid.
        const UPTODATE = 4;
        /// The page of a file holds what the disk has, though nobody has called it up to date
        /// (`buffer_uptodate`).
        const LOADED = 0x200;
        /// The page of a file has found its block, though it is clean and nothing was written there:
        /// writeback passed it by (`buffer_mapped`).
        const BLOCK_KNOWN = 0x400;
        /// PG_writeback: it is being written to the disk.
        const WRITEBACK = 8;
        /// PG_swapbacked: anonymous or of tmpfs.
        const SWAP_BACKED = 0x10;
        /// PG_mlocked: a locked VMA maps it.
        const MLOCKED = 0x20;
        /// PG_unevictable: it is on the list of those that are locked, and not on one of those from
        /// which reclaim takes. It follows PG_mlocked by a batch ([`crate::mm::lru`]).
        const UNEVICTABLE = 0x800;
        /// PG_referenced
        const REFERENCED = 0x40;
        /// PG_active: used more than once.
        const ACTIVE = 0x100;
        /// PG_readahead: reading this page starts the next readahead. PG_reclaim is the same bit:
        /// reclaim could not drop the page, for it is dirty.
        const READAHEAD = 0x80;
    }
}

/// The frames that are mapped more than once.
#[derive(Clone, Debug, Default)]
struct Shared {
    frames: FreeSet,
    count: u32,
}

impl Shared {
    /// A frame becomes one of them, or is none any more.
    #[cold]
    #[inline(never)]
    fn note(&mut self, pfn: Pfn, shared: bool) {
        if shared {
            self.frames.take(pfn.0);
            self.count += 1;
        } else {
            self.frames.give_back(pfn.0);
            self.count -= 1;
        }
    }
}

/// All frames. Those never used cost nothing.
#[derive(Clone, Debug)]
pub struct FrameTable {
    frames: Persistent<Frame, 64>,
    used: FreeSet,
    /// Those whose `mapcount` is above one.
    shared: Shared,
    total: u32,
    free: u32,
    nodes: u8,
}

impl FrameTable {
    /// `total` frames dealt evenly to `nodes` NUMA nodes; frame 0 becomes the zero page.
    pub fn new(total: u32, nodes: u8) -> FrameTable {
        let total = total.clamp(1, MOST_FRAMES);
        let mut table = FrameTable {
            frames: Persistent::default(),
            used: FreeSet::default(),
            shared: Shared::default(),
            total,
            free: total - 1,
            nodes: nodes.max(1),
        };
        table.used.take(ZERO_FRAME.0);
        table.frames.reach(ZERO_FRAME.0);
        *table.frames.get_mut(ZERO_FRAME.0) = Frame {
            owner: Owner::Zero,
            flags: FrameFlags::UPTODATE,
            ..Frame::default()
        };
        table
    }

    /// Takes the lowest free frame, of `node` where it has one; none where RAM is full.
    /// It is filled with zeros and used for `owner`.
    pub fn allocate(&mut self, node: u8, owner: Owner, flags: FrameFlags) -> Option<Pfn> {
        if self.free == 0 {
            return None;
        }
        let near = self.used.lowest_free(self.node_start(node));
        let number = if near < self.total {
            near
        } else {
            self.used.lowest_free(0)
        };
        self.used.take(number);
        self.free -= 1;
        self.frames.reach(number);
        let frame = self.frames.get_mut(number);
        frame.owner = owner;
        frame.flags = flags;
        Some(Pfn(number))
    }

    /// Frees a frame that nobody uses.
    pub fn free(&mut self, pfn: Pfn) {
        debug_assert!(self.used.contains(pfn.0) && pfn != ZERO_FRAME);
        *self.frames.get_mut(pfn.0) = Frame::default();
        self.used.give_back(pfn.0);
        self.free += 1;
    }

    /// Whether there is such a frame and it is used for anything.
    pub fn is_used(&self, pfn: Pfn) -> bool {
        pfn.0 < self.total && self.used.contains(pfn.0)
    }

    /// The frame, which is in use.
    #[inline]
    pub fn get(&self, pfn: Pfn) -> &Frame {
        self.frames.get(pfn.0)
    }

    /// The frame, which is in use, to be changed.
    #[inline]
    pub fn get_mut(&mut self, pfn: Pfn) -> &mut Frame {
        self.frames.get_mut(pfn.0)
    }

    /// Gives a frame the contents of another one.
    #[inline]
    pub fn copy_contents(&mut self, from: Pfn, to: Pfn) {
        if let Some((from, to)) = self.frames.get_and_get_mut(from.0, to.0) {
            to.contents.clone_from(&from.contents);
        }
    }

    /// Counts so many more (or fewer) mappings of a frame, which is in use; gives the frame.
    #[inline]
    pub fn count_mappings(&mut self, pfn: Pfn, more: i32) -> &mut Frame {
        let frame = self.frames.get_mut(pfn.0);
        let before = frame.mapcount;
        frame.mapcount = before.saturating_add_signed(more);
        let shared = frame.mapcount > 1;
        if shared != (before > 1) {
            self.shared.note(pfn, shared);
        }
        frame
    }

    /// Whether the frame's `mapcount` is above one. Of many frames it is faster to ask this than to look at each.
    #[inline]
    pub fn is_shared(&self, pfn: Pfn) -> bool {
        self.shared.frames.contains(pfn.0)
    }

    /// Whether that is so of any frame.
    pub fn any_shared(&self) -> bool {
        self.shared.count > 0
    }

    /// Every frame in use, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Pfn, &Frame)> {
        self.frames
            .iter()
            .filter(|(_, frame)| frame.owner != Owner::Free)
            .map(|(number, frame)| (Pfn(number), frame))
    }

    /// How many frames of a range are in use.
    pub fn used_in(&self, range: Range<u32>) -> u32 {
        self.used.count(range)
    }

    /// How many frames the machine has.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// How many are free.
    pub fn free_count(&self) -> u32 {
        self.free
    }

    /// The NUMA node of a frame.
    pub fn node_of(&self, pfn: Pfn) -> u8 {
        let nodes = u64::from(self.nodes);
        (u64::from(pfn.0) * nodes / u64::from(self.total)).min(nodes - 1) as u8
    }

    fn node_start(&self, node: u8) -> u32 {
        let nodes = u64::from(self.nodes);
        (u64::from(node) * u64::from(self.total)).div_ceil(nodes) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_small() {
        assert!(size_of::<Frame>() <= 56, "{}", size_of::<Frame>());
    }

    #[test]
    fn frames_come_from_their_node_first() {
        let mut table = FrameTable::new(8, 2);
        let mut take = |node| table.allocate(node, Owner::Zero, FrameFlags::empty());
        let taken: Vec<_> = [1, 0, 1, 1, 1, 1, 0].map(&mut take).into();
        let numbers = [4, 1, 5, 6, 7, 2, 3];
        assert_eq!(taken, numbers.map(|number| Some(Pfn(number))));
        assert_eq!(take(0), None);
        assert_eq!((table.node_of(Pfn(3)), table.node_of(Pfn(4))), (0, 1));
    }
}
