//! The command line: run, check, fuzz, replay, bench.
fn main() {}
