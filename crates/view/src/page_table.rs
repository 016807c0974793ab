//! The page table as it is drawn: four levels along the way to one page, and a PTE bit by bit.
//!
//! Models the x86-64 tables of `Documentation/arch/x86/x86_64/mm.rst` and the bits of pgtable_types.h.

use kernel::abi::{Pid, VirtAddr};
use kernel::addr::{Pfn, Vpn};

use crate::cell::CellId;

/// The way through a process's page table to one page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageTableView {
    /// Whose table.
    pub pid: Pid,
    /// The page that the way leads to.
    pub page: Vpn,
    /// Its address.
    pub address: VirtAddr,
    /// PGD, PUD, PMD, PTE: always four; those that the walk did not reach have no node.
    pub levels: Vec<LevelView>,
    /// The entry at the end.
    pub pte: PteView,
    /// The entry before the step that led here, where that step changed it.
    pub was: Option<PteView>,
    /// Nodes of each level in the whole table, PGD first.
    pub nodes: [u64; 4],
}

/// One of the four levels.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelView {
    /// 4 for the PGD to 1 for the PTE.
    pub level: u8,
    /// `PGD`, `PUD`, `PMD`, `PTE`.
    pub name: &'static str,
    /// The bits of the address that index it: highest, lowest.
    pub bits: (u8, u8),
    /// The index on the way, 0 to 511.
    pub index: u16,
    /// Whether there is a node of this level on the way.
    pub exists: bool,
    /// Used entries of the node.
    pub used: u16,
    /// Whether the node is shared with another process since fork, until one of them changes it.
    pub shared: bool,
    /// Entries of the node around the index, ascending: at most nine.
    pub entries: Vec<EntryView>,
}

/// An entry of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryView {
    /// `CellId::Entry`
    pub id: CellId,
    /// 0 to 511.
    pub index: u16,
    /// What it holds.
    pub state: EntryState,
    /// Whether it lies on the way.
    pub on_path: bool,
}

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// Nothing.
    Empty,
    /// A node of the next level.
    Table,
    /// A frame.
    Frame(Pfn),
    /// A swap slot.
    Swap(u32),
    /// A guard.
    Guard,
}

/// A PTE, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct PteView {
    /// The page that it translates.
    pub page: Vpn,
    /// What it holds.
    pub state: EntryState,
    /// Its bits, in the order P W U A D X.
    pub bits: [PteBit; 6],
}

/// A bit of a PTE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PteBit {
    /// Its letter: P W U A D X.
    pub letter: char,
    /// Its number in the entry, 0 to 63.
    pub bit: u8,
    /// Its name: `present`.
    pub name: &'static str,
    /// What it means when set, in one sentence.
    pub meaning: &'static str,
    /// Whether it is set. X (no execute) is shown as the right to execute: set when bit 63 is clear.
    pub set: bool,
}
