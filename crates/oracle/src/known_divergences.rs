//! Where the model is known to differ from Linux, and why. The aim is an empty list.
//!
//! The fuzzer counts what is listed apart. A test runs each entry's program on both and fails when
//! they agree: what has healed leaves the list.

use crate::fuzz::Finding;

/// A known divergence.
pub struct Known {
    /// Why it is not (yet) put right.
    pub reason: &'static str,
    /// Whether a finding is of this kind.
    pub applies: fn(&Finding) -> bool,
    /// A C program that shows it.
    pub program: &'static str,
}

/// All of them.
pub const KNOWN_DIVERGENCES: &[Known] = &[];

/// Whether a finding is listed.
pub fn covers(finding: &Finding) -> bool {
    KNOWN_DIVERGENCES
        .iter()
        .any(|known| (known.applies)(finding))
}
