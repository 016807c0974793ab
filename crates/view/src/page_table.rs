//! The page table as it is drawn: four levels along the way to one page, and a PTE bit by bit.
//!
//! Models the x86-64 tables of `Documentation/arch/x86/x86_64/mm.rst` and the bits of pgtable_types.h.

use std::fmt::{self, Write as _};

use abi::{Pid, VirtAddr};
use kernel::addr::{Pfn, Vpn};
use kernel::mm::page_table::{Entry, Pte};

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

impl PteView {
    /// An entry, decoded.
    pub fn new(page: Vpn, entry: Entry) -> PteView {
        let (pte, present) = (Pte::from(entry), entry.present());
        let set = |test: fn(&kernel::mm::page_table::PresentPte) -> bool| {
            present.is_some_and(|pte| test(&pte))
        };
        let bit = |letter, bit, name, meaning, set| PteBit {
            letter,
            bit,
            name,
            meaning,
            set,
        };
        PteView {
            page,
            state: EntryState::from(pte),
            bits: [
                bit(
                    'P',
                    0,
                    "present",
                    "A frame is mapped; without it every access traps.",
                    present.is_some(),
                ),
                bit(
                    'W',
                    1,
                    "writable",
                    "Stores are allowed; without it they trap.",
                    set(|pte| pte.writable),
                ),
                bit(
                    'U',
                    2,
                    "user",
                    "Programs may use the page, and not the kernel alone.",
                    set(|pte| pte.user),
                ),
                bit(
                    'A',
                    5,
                    "accessed",
                    "The processor has used the entry.",
                    set(|pte| pte.accessed),
                ),
                bit(
                    'D',
                    6,
                    "dirty",
                    "The processor has stored through the entry.",
                    set(|pte| pte.dirty),
                ),
                bit(
                    'X',
                    63,
                    "executable",
                    "Instructions may be fetched (bit 63, no-execute, is clear).",
                    set(|pte| !pte.no_execute),
                ),
            ],
        }
    }
}

impl From<Pte> for EntryState {
    fn from(pte: Pte) -> EntryState {
        match pte {
            Pte::None => EntryState::Empty,
            Pte::Present(present) => EntryState::Frame(present.frame),
            Pte::Swap(slot) => EntryState::Swap(slot),
            Pte::Guard => EntryState::Guard,
        }
    }
}

impl fmt::Display for PteView {
    /// `f12 PWUAD-`; `none` where nothing is mapped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state {
            EntryState::Empty => return f.write_str("none"),
            EntryState::Table => return f.write_str("table"),
            EntryState::Guard => return f.write_str("guard"),
            EntryState::Swap(slot) => return write!(f, "swap slot {slot}"),
            EntryState::Frame(frame) => write!(f, "f{} ", frame.0)?,
        }
        self.bits
            .iter()
            .try_for_each(|bit| f.write_char(if bit.set { bit.letter } else { '-' }))
    }
}

/// What Linux calls a level of the page table, the PTEs being level 1.
pub const fn level_name(level: u8) -> &'static str {
    match level {
        4 => "PGD",
        3 => "PUD",
        2 => "PMD",
        _ => "PTE",
    }
}
