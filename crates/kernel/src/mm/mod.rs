//! Memory management of a process: VMAs, page tables, TLB, faults, and one file for each system call.

pub mod page_table;
