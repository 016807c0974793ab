//! Where the model is known to differ from Linux, and why. The aim is an empty list.
//!
//! The fuzzer counts what is listed apart. A test runs each entry's program on both and fails when
//! they agree: what has healed leaves the list.

use abi::{MapFlags, Syscall};

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
    reason: "MAP_HUGETLB with MAP_NORESERVE reserves no huge page, so that it succeeds where there is \
             none, and the first touch raises SIGBUS. The model has no huge pages and says ENOMEM.",
    applies: maps_unreserved_huge_pages,
    program: UNRESERVED_HUGE_PAGES,
}];

const UNRESERVED_HUGE_PAGES: &str = r#"
#include <sys/mman.h>

int main(void)
{
    mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
    return 0;
}
"#;

fn maps_unreserved_huge_pages(finding: &Finding) -> bool {
    let wanted = MapFlags::MAP_HUGETLB | MapFlags::MAP_NORESERVE;
    let operation = finding.trace.get(finding.divergence.index);
    operation.is_some_and(|operation| {
        matches!(operation.action, Action::Call(Syscall::Mmap { flags, .. }) if flags.contains(wanted))
    })
}

/// Whether a finding is listed.
pub fn covers(finding: &Finding) -> bool {
    KNOWN_DIVERGENCES
        .iter()
        .any(|known| (known.applies)(finding))
}
