//! A bad network for tests: a UDP relay between clients and a media worker.
//!
//! `link` is the network, one direction of it: pure, its clock and its seed are arguments, so one seed gives
//! one schedule, bit for bit. `relay` puts two links between sockets, `orders` is what a test says to it.
//! It stands in for the kernel's `netem`, which not every kernel has and which takes privileges.
//! TCP does not pass: a test that wants all of a client's media here removes its TCP candidates.

pub mod link;
pub mod loss;
pub mod orders;
pub mod profile;
pub mod random;
pub mod relay;
