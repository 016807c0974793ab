//! Memory management of a process: VMAs, page tables, TLB, faults, and one file for each system call.

pub mod access;
mod accessed;
pub mod address_space;
mod bulk;
pub(crate) mod exec;
mod fault;
mod file_fault;
pub(crate) mod file_rmap;
mod fork;
mod limits;
mod merge;
pub(crate) mod mmap;
mod msync;
mod munmap;
pub mod page_table;
mod placement;
mod populate;
pub mod rmap;
mod stack;
pub mod table;
pub mod tlb;
mod user_copy;
pub mod vma;
pub mod walk;
mod zap;

#[cfg(test)]
mod tests;
