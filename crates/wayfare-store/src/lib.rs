//! The operational database, the inbox, the lake, snapshots.
