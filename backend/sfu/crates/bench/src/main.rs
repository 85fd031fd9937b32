//! Figures of the media worker.
fn main() {}
