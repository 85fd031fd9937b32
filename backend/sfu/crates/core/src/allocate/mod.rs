//! Shares a receiver's bandwidth among its slots.
//!
//! `meter` measures what each layer of a track costs, `ladder` orders a track's layers into steps, and
//! `budget` gives every slot a step. All of it is arithmetic: estimating the bandwidth is the transport's
//! business, switching is the consumer's.

mod budget;
mod ladder;
mod meter;

pub use budget::{Allocation, Demand, allocate};
pub use ladder::{Ladder, LayerView, Rung};
pub use meter::{LayerMeter, Meter};
