//! Native light clients of StreamForge.
fn main() {}
