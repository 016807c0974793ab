//! What Linux tells of processes in /proc, in its words and numbers. Nothing here changes the machine.

mod figures;
mod mapcounts;
mod maps;
mod pagemap;
mod picture;
mod residency;
mod smaps;
mod status;

pub use figures::{Parts, ProcessFigures, SystemFigures, written_back};
pub use mapcounts::Mapcounts;
pub(crate) use smaps::PSS_SHIFT;

#[cfg(test)]
mod tests;
