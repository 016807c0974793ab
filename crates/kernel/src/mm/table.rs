//! Page-table nodes: 512 entries each, numbered, with what is counted for each node.

use crate::addr::{TableId, Vpn};
use crate::mm::page_table::Entry;
use crate::persistent::{Arena, Persistent};
use crate::phys::frame::{Frame, FrameFlags, Owner};

/// Entries in a node.
pub const ENTRIES: u64 = 512;
/// Address bits that one level translates.
pub const LEVEL_BITS: u32 = 9;
/// The level of the top node (PGD); PTEs are in nodes of level 1.
pub const TOP_LEVEL: u8 = 4;

/// The 512 entries of a node.
#[derive(Clone, Debug)]
pub struct Node(pub [Entry; ENTRIES as usize]);

impl Default for Node {
    fn default() -> Node {
        Node([Entry::NONE; ENTRIES as usize])
    }
}

/// How many pages of each kind are mapped (`mm_rss_stat`); the zero page is none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resident {
    /// Private pages (RssAnon).
    pub anonymous: u64,
    /// Pages of disk files (RssFile).
    pub file: u64,
    /// Pages of tmpfs files and shared anonymous memory (RssShmem).
    pub shared_memory: u64,
}

impl Resident {
    /// What a mapping of `frame` counts as.
    #[inline]
    pub fn of(frame: &Frame) -> Resident {
        let mut count = Resident::default();
        match frame.owner {
            Owner::Anonymous { .. } => count.anonymous = 1,
            Owner::Cache { .. } if frame.flags.contains(FrameFlags::SWAP_BACKED) => {
                count.shared_memory = 1;
            }
            Owner::Cache { .. } => count.file = 1,
            Owner::Zero | Owner::Free => {}
        }
        count
    }

    /// One of these pages, where all are of one kind.
    pub const fn alike(self) -> Option<Resident> {
        const fn some(count: u64) -> u64 {
            if count > 0 { 1 } else { 0 }
        }
        let one = Resident {
            anonymous: some(self.anonymous),
            file: some(self.file),
            shared_memory: some(self.shared_memory),
        };
        if one.total() == 1 { Some(one) } else { None }
    }

    /// All kinds together: VmRSS.
    pub const fn total(self) -> u64 {
        self.anonymous + self.file + self.shared_memory
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: Resident) {
        self.anonymous += other.anonymous;
        self.file += other.file;
        self.shared_memory += other.shared_memory;
    }

    /// Takes the counts of `other` off.
    pub fn subtract(&mut self, other: Resident) {
        self.anonymous = self.anonymous.saturating_sub(other.anonymous);
        self.file = self.file.saturating_sub(other.file);
        self.shared_memory = self.shared_memory.saturating_sub(other.shared_memory);
    }
}

/// What is known of a node beside its entries.
///
/// Since fork, several address spaces may share a node of level 1. Its frames then count
/// `sharers - pending` of its mappings; `pending` is added to them when the node is next changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TableInfo {
    /// 4 for the top, 1 for PTEs; 0 for a node that is free.
    pub level: u8,
    /// Whether fork shared the node and its frames still say AnonExclusive.
    pub exclusive_pending: bool,
    /// Entries in use.
    pub used: u16,
    /// Entries of upper nodes that lead here.
    pub sharers: u32,
    /// Mappings of each of its frames that the frame's mapcount leaves out (or counts too many).
    pub pending: i32,
    /// The frames that its entries map.
    pub resident: Resident,
}

impl TableInfo {
    /// How many entries are in use, where each of them maps a frame that is counted as resident.
    #[inline]
    pub fn only_frames(&self) -> Option<u64> {
        let used = u64::from(self.used);
        (self.resident.total() == used).then_some(used)
    }

    /// Whether one address space alone has the node, and its frames know all their mappings.
    #[inline]
    pub const fn is_settled(&self) -> bool {
        self.sharers == 1 && self.pending == 0 && !self.exclusive_pending
    }
}

/// All nodes of all page tables.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    nodes: Persistent<Node, 1>,
    infos: Arena<TableInfo, 64>,
}

impl Tables {
    /// A new node without entries.
    pub fn allocate(&mut self, level: u8) -> TableId {
        let id = self.infos.insert(TableInfo {
            level,
            sharers: 1,
            ..TableInfo::default()
        });
        self.nodes.reach(id);
        TableId(id)
    }

    /// Frees a node; its entries must be none.
    pub fn free(&mut self, table: TableId) {
        self.infos.remove(table.0);
    }

    /// Frees a node whatever its entries.
    pub fn clear_and_free(&mut self, table: TableId) {
        *self.nodes.get_mut(table.0) = Node::default();
        self.free(table);
    }

    /// A node with the entries of `table`.
    pub fn duplicate(&mut self, table: TableId) -> TableId {
        let copy = self.allocate(self.info(table).level);
        let node = self.nodes.get(table.0).clone();
        *self.nodes.get_mut(copy.0) = node;
        let TableInfo { used, resident, .. } = *self.info(table);
        let info = self.info_mut(copy);
        (info.used, info.resident) = (used, resident);
        copy
    }

    /// The entries of a node.
    #[inline]
    pub fn node(&self, table: TableId) -> &[Entry; ENTRIES as usize] {
        &self.nodes.get(table.0).0
    }

    /// An entry.
    #[inline]
    pub fn entry(&self, table: TableId, index: usize) -> Entry {
        self.node(table)[index]
    }

    /// Sets an entry, and nothing else: the counts are the caller's.
    #[inline]
    pub fn set_entry(&mut self, table: TableId, index: usize, entry: Entry) {
        self.nodes.get_mut(table.0).0[index] = entry;
    }

    /// The entries of a node, to be changed, the counts being the caller's.
    #[inline]
    pub fn node_mut(&mut self, table: TableId) -> &mut [Entry; ENTRIES as usize] {
        &mut self.nodes.get_mut(table.0).0
    }

    /// What is known of a node.
    #[inline]
    pub fn info(&self, table: TableId) -> &TableInfo {
        self.infos.get(table.0)
    }

    /// What is known of a node, to be changed.
    #[inline]
    pub fn info_mut(&mut self, table: TableId) -> &mut TableInfo {
        self.infos.get_mut(table.0)
    }

    /// How many nodes there are.
    pub fn len(&self) -> u32 {
        self.infos.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.infos.is_empty()
    }

    /// Every node, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (TableId, &TableInfo)> {
        self.infos.iter().map(|(id, info)| (TableId(id), info))
    }
}

/// The entry of a node of `level` on the way to `page`.
#[inline]
pub const fn index_at(level: u8, page: Vpn) -> usize {
    (page.0 >> (LEVEL_BITS * (level as u32 - 1)) & (ENTRIES - 1)) as usize
}

/// How many pages an entry of a node of `level` covers.
pub const fn pages_at(level: u8) -> u64 {
    1 << (LEVEL_BITS * (level as u32 - 1))
}
