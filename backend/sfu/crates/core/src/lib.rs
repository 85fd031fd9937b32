//! The media core of StreamForge: it decides what happens to every packet, and does nothing else.
//!
//! It owns no socket, clock, thread or randomness: time is an argument, bytes come in and go out.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod allocate;
pub mod capture;
pub mod channel;
pub mod codec;
pub mod command;
pub mod consumer;
mod debt;
pub mod demux;
pub mod engine;
pub mod error;
pub mod event;
pub mod frame_rate;
pub mod ids;
pub mod packet;
pub mod producer;
pub mod repair;
pub mod router;
pub mod speaker;
pub mod stats;
pub mod transport;
pub mod units;
