//! Memory management of a process: VMAs, page tables, TLB, faults, and one file for each system call.

pub mod access;
pub(crate) mod accessed;
pub mod address_space;
mod brk;
mod bulk;
mod calls;
mod discard;
pub(crate) mod exec;
mod fault;
mod file_fault;
pub(crate) mod file_rmap;
mod fork;
mod guard;
mod hugetlb;
mod limits;
pub(crate) mod lru;
mod madvise;
mod merge;
mod mincore;
mod mlock;
pub(crate) mod mmap;
mod move_entries;
mod mprotect;
mod mremap;
mod msync;
mod munmap;
pub mod page_table;
mod placement;
mod populate;
mod reclaim;
pub mod rmap;
mod stack;
mod sweep;
pub mod table;
pub mod tlb;
mod user_copy;
pub mod vma;
pub mod walk;
mod zap;

#[cfg(test)]
mod tests;
