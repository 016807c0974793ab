//! Where the model is known to differ from Linux, and why. The aim is an empty list.
//!
//! The fuzzer counts what is listed apart. A test runs each entry's program on both and fails when
//! they agree: what has healed leaves the list.

use abi::{Advice, Syscall};

use crate::fuzz::Finding;
use crate::operation::Action;

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
pub const KNOWN_DIVERGENCES: &[Known] = &[Known {
    reason: "Each guard is an entry in a node and an event to be seen: a visitor's browser has no room \
             for those of more than 16 GiB, which are ENOMEM. Linux has as much room as it has RAM.",
    applies: |finding| {
        let last = finding.trace.get(finding.divergence.index);
        matches!(
            last.map(|operation| &operation.action),
            Some(Action::Call(Syscall::Madvise { length, advice, .. }))
                if *advice == Advice::GuardInstall && *length > 16 << 30
        )
    },
    program: r#"
#include <sys/mman.h>

int main(void)
{
    size_t size = 32UL << 30;
    char *area = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(area, size, MADV_GUARD_INSTALL);
    return 0;
}
"#,
}];

/// Whether a finding is listed.
pub fn covers(finding: &Finding) -> bool {
    KNOWN_DIVERGENCES
        .iter()
        .any(|known| (known.applies)(finding))
}
