//! The command log, snapshots, seek, branches and permalinks.
