//! Memory management of a process: VMAs, page tables, TLB, faults, and one file for each system call.

pub mod access;
pub mod address_space;
mod bulk;
pub(crate) mod exec;
mod fault;
pub(crate) mod file_rmap;
mod fork;
mod merge;
pub(crate) mod mmap;
mod msync;
mod munmap;
pub mod page_table;
mod placement;
pub mod rmap;
pub mod table;
pub mod tlb;
mod user_copy;
pub mod vma;
pub mod walk;
mod zap;

#[cfg(test)]
mod tests;
