//! The real Linux as a [`Machine`](crate::Machine): each process of a trace is a real process that runs the agent.
//!
//! What makes it deterministic: no address randomisation, no transparent huge pages, all processes
//! on one CPU, files whose page cache holds single pages, traces of well under 30 seconds.
//! It needs root for /proc/PID/pagemap's frame numbers and /proc/kpageflags.

mod agent;
mod call;
mod control;
mod disk;
mod machine;
mod observe;
mod process;
mod setup;
mod task;
#[cfg(test)]
mod tests;

pub use agent::Segment;
pub use machine::Linux;
