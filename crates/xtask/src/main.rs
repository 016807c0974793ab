//! Serve, build and test, and install the tools they need.
fn main() {}
