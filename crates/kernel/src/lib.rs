//! A deterministic model of Linux memory management on x86-64.
//!
//! One public way changes it: [`Kernel::apply`] of a [`Command`] gives a [`Step`]: what the process
//! sees ([`Outcome`]) and everything that changed ([`Event`]). Same commands, same state, on every
//! machine: there is no I/O, clock, randomness, thread or floating point here, and no simulated
//! number is a `usize`.

#![allow(dead_code)] // Until both halves of the kernel have met.

pub mod addr;
pub mod cache;
pub mod command;
pub mod config;
pub mod counters;
pub mod decision;
pub mod event;
pub mod file;
mod hash;
pub mod interval_map;
pub mod invariants;
mod kernel;
mod look;
pub mod mm;
pub mod mutant;
pub mod observe;
pub mod outcome;
pub mod persistent;
pub mod phys;
pub mod radix_map;
pub mod sorted_map;
pub mod task;

#[cfg(test)]
mod testing;

pub use command::{Command, Executable, Segment, Width};
pub use config::{KernelConfig, Overcommit};
pub use decision::Decision;
pub use event::{Access, Event, Fault, FaultKind};
pub use kernel::Kernel;
pub use outcome::{Delivery, Failure, Outcome, Reason, Step};
