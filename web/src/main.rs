//! The page: a Yew program that draws scenes and issues commands.
fn main() {}
