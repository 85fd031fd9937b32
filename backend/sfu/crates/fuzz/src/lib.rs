//! Fuzzing on stable Rust: targets, their corpora in `corpus/`, and a mutator that starts from them.
//!
//! The test of this crate replays every corpus file and tries some mutations; the program tries them for as
//! long as it is told to. An input that panics, takes too long or takes too much memory is written into the
//! corpus, so that it is replayed from then on. What is checked beyond that is each target's business.

mod corpus;
mod heap;
mod judge;
mod mutate;
pub mod run;
pub mod target;
mod targets;

pub use targets::TARGETS;
