//! The media worker process: sockets, timers and the controller's socket around the sans-I/O core.
//!
//! One thread, one loop. Everything that decides lives in `streamforge-sfu-core`.

mod accept;
pub mod ipc;
pub mod log;
pub mod options;
mod platform;
mod ports;
pub mod schema;
mod tcp;
mod udp;
mod worker;

pub use worker::{Ended, Faults, Worker};
