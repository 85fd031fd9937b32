//! Bit rates, and the arithmetic of counters that wrap around.
//!
//! Nothing here knows what is being counted.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::time::Duration;

/// A rate in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Bps(pub u64);

impl Bps {
    /// No bits at all.
    pub const ZERO: Self = Self(0);

    /// Thousands of bits per second.
    #[must_use]
    pub const fn kilo(kbps: u64) -> Self {
        Self(kbps.saturating_mul(1000))
    }

    /// The rate at which `bytes` were carried within `span`; zero for an empty span.
    #[must_use]
    pub fn of(bytes: u64, span: Duration) -> Self {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self(bytes.saturating_mul(8_000_000).checked_div(micros).unwrap_or(0))
    }

    /// The rate times `percent` / 100, rounded down: `scaled(115)` adds 15 %.
    #[must_use]
    pub const fn scaled(self, percent: u64) -> Self {
        Self(self.0.saturating_mul(percent) / 100)
    }

    /// What is left after `other`, never below zero.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Bps {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bps {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Bps {
    fn sum<I: Iterator<Item = Self>>(rates: I) -> Self {
        rates.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Bps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kbit/s", self.0 / 1000)
    }
}

/// Signed distance from RTP timestamp `from` to `to`, the short way round the 32-bit circle.
#[must_use]
pub const fn ts_distance(from: u32, to: u32) -> i64 {
    to.wrapping_sub(from).cast_signed() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_bits_over_time() {
        assert_eq!(Bps::of(125_000, Duration::from_secs(1)), Bps::kilo(1000));
        assert_eq!(Bps::of(125, Duration::from_millis(10)), Bps::kilo(100));
        assert_eq!(Bps::of(125, Duration::ZERO), Bps::ZERO);
    }

    #[test]
    fn rates_never_overflow() {
        assert_eq!(Bps(u64::MAX) + Bps(1), Bps(u64::MAX));
        assert_eq!(Bps(1).minus(Bps(2)), Bps::ZERO);
        assert_eq!(Bps::kilo(100).scaled(115), Bps::kilo(115));
    }

    #[test]
    fn timestamp_distance_takes_the_short_way_round() {
        assert_eq!(ts_distance(u32::MAX - 9, 10), 20);
        assert_eq!(ts_distance(10, u32::MAX - 9), -20);
    }
}
