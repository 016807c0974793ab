//! What the person looks at: which process, which page, what is opened and what is selected.

use std::ops::Range;

use abi::Pid;
use kernel::addr::Vpn;

use crate::cell::CellId;

/// What to draw closely.
#[derive(Clone, Debug, PartialEq)]
pub struct Focus {
    /// Whose page table is drawn; by default, that of the process that ran last.
    pub process: Option<Pid>,
    /// The page whose way through the table is drawn; by default, the one that was accessed last.
    pub page: Option<Vpn>,
    /// What is inspected.
    pub selected: Option<CellId>,
    /// Pages, frames or file pages that are drawn one by one although they would be folded: the
    /// VMA, node or file, and the numbers.
    pub opened: Vec<(CellId, Range<u64>)>,
    /// How many cells a VMA, a node or a file may have before it is folded.
    pub cells: u64,
}

impl Default for Focus {
    fn default() -> Focus {
        Focus {
            process: None,
            page: None,
            selected: None,
            opened: Vec::new(),
            cells: 24,
        }
    }
}
