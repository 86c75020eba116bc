//! The `latentlab` command.
fn main() {}
