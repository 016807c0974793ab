//! Files: inodes, open files, descriptors and what lies behind them.

/// Every file of the machine, open or not, and the page cache.
#[derive(Clone, Debug, Default)]
pub struct FileSystem {}
