//! The page cache: file pages in RAM, how they get there, and how they get back to the disk.

pub mod page_cache;
pub mod readahead;
mod reclaim;
pub mod writeback;
