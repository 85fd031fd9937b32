//! What was taken of a budget that comes back with time. Each owner has its own price and its own end.

use std::time::{Duration, Instant};

/// Kept as the moment until which all that was taken has come back.
#[derive(Debug, Default)]
pub(crate) struct Debt {
    until: Option<Instant>,
}

impl Debt {
    /// How long it takes until all has come back.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Takes what comes back within this time.
    pub(crate) fn add(&mut self, price: Duration, now: Instant) {
        self.until = Some(now + self.left(now) + price);
    }
}
