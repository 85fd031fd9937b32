//! The media worker of StreamForge.
fn main() {}
