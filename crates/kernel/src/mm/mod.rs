//! Memory management of a process: VMAs, page tables, TLB, faults, and one file for each system call.

pub mod access;
pub mod address_space;
mod bulk;
pub(crate) mod exec;
mod fault;
pub mod page_table;
pub mod rmap;
pub mod table;
pub mod tlb;
pub mod vma;
pub mod walk;

#[cfg(test)]
mod tests;
