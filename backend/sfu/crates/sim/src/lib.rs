//! Native light clients: str0m on the client's side, without encoder or decoder.
//!
//! They publish media that tells who sent it, and count what arrives in their slots: enough to prove who is
//! seen and heard by whom, cheap enough to fill a room. They are not browsers: nothing is decoded.
#![forbid(unsafe_code)]

pub mod client;
pub mod controller;
mod errand;
pub mod garbage;
pub mod lines;
pub mod media;
pub mod process;
pub mod receiver;
pub mod swarm;
