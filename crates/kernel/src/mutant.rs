//! Deliberate bugs, so that tests can prove that the comparison with Linux finds such things.
//! Without the feature `mutants` there are none.

use crate::kernel::Kernel;

/// A mistake that a model of Linux might make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// VMAs merge without regard to their `anon_vma`.
    SkipAnonVmaInMerge,
    /// fork leaves private pages writable in the parent and the child.
    ForgetWriteProtectOnFork,
    /// The zero page counts in Rss.
    CountZeroPageInRss,
    /// A page cut by truncation keeps its bytes behind the new end.
    DropTailZeroing,
    /// mprotect goes on behind a hole.
    IgnoreHoleInMprotect,
}

impl Kernel {
    /// Whether the machine was set up to make this mistake.
    #[cfg(feature = "mutants")]
    pub(crate) fn errs(&self, mutant: Mutant) -> bool {
        self.config.mutant == Some(mutant)
    }

    /// Never.
    #[cfg(not(feature = "mutants"))]
    #[inline]
    pub(crate) const fn errs(&self, _: Mutant) -> bool {
        false
    }
}
