//! Whatever is selected, told in full: a PTE bit by bit, a frame with everyone who maps it, a VMA as Linux prints it.

use crate::bytes::BytesView;
use crate::cell::CellId;
use crate::page_table::PteView;

/// A selected thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// What it is: `Frame 12`.
    pub title: String,
    /// What it is to the program, in a sentence.
    pub summary: String,
    /// Names and values.
    pub rows: Vec<(String, String)>,
    /// Its PTE, where it has one.
    pub pte: Option<PteView>,
    /// Everything else that holds the same frame, with words to name it.
    pub holders: Vec<(CellId, String)>,
    /// Its bytes.
    pub bytes: Option<BytesView>,
    /// Its line of `/proc/PID/maps`.
    pub maps: Option<String>,
    /// Its entry of `/proc/PID/smaps`.
    pub smaps: Option<String>,
}
