//! What one direction of a network is like, as a test writes it.

use std::time::Duration;

use serde::Deserialize;

/// Longest delay, jitter and queue taken: beyond it nothing real is meant.
const MAX_MS: u32 = 60_000;
/// Slowest link taken. At 0 nothing would ever leave; that is what a blackout is for.
const MIN_KBPS: u32 = 8;
/// Where a queue ends when nobody says: what home routers hold at most before a call is unusable.
const QUEUE_MS: u32 = 300;

/// One direction. What is left out is perfect.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Profile {
    /// What every packet takes.
    pub delay_ms: u32,
    /// What a packet takes longer at most; evenly spread.
    pub jitter_ms: u32,
    /// Whether jitter may let a packet overtake another. Most networks keep the order.
    pub reorder: bool,
    /// What is lost.
    pub loss: Loss,
    /// How many packets come twice.
    pub duplicate_percent: f32,
    /// What the narrowest link carries; none is narrow when absent.
    pub rate_kbps: Option<u32>,
    /// What the queue in front of it holds; more is dropped.
    pub queue: Queue,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            delay_ms: 0,
            jitter_ms: 0,
            reorder: false,
            loss: Loss::default(),
            duplicate_percent: 0.0,
            rate_kbps: None,
            queue: Queue::Ms(QUEUE_MS),
        }
    }
}

/// Loss, by itself or in bursts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Loss {
    /// Packets lost in the long run.
    pub percent: f32,
    /// Mean length of a burst in packets; at 1 each packet is lost by itself.
    pub mean_burst: f32,
    /// Packets lost while a burst lasts.
    pub percent_in_burst: f32,
}

impl Default for Loss {
    fn default() -> Self {
        Self { percent: 0.0, mean_burst: 1.0, percent_in_burst: 100.0 }
    }
}

/// How much may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Queue {
    /// As long as the link needs to carry it.
    Ms(u32),
    /// That many bytes.
    Bytes(u32),
}

impl Profile {
    /// Checks what a test wrote.
    ///
    /// # Errors
    /// A sentence that names what is out of range.
    pub fn checked(self) -> Result<Self, String> {
        let queue_ms = match self.queue {
            Queue::Ms(ms) => ms,
            Queue::Bytes(_) => 0,
        };
        for (name, ms) in [("delayMs", self.delay_ms), ("jitterMs", self.jitter_ms), ("queue.ms", queue_ms)] {
            if ms > MAX_MS {
                return Err(format!("{name} is {ms}, at most {MAX_MS}"));
            }
        }
        let in_burst = self.loss.percent_in_burst;
        for (name, percent) in [
            ("loss.percent", self.loss.percent),
            ("loss.percentInBurst", in_burst),
            ("duplicatePercent", self.duplicate_percent),
        ] {
            if !(0.0..=100.0).contains(&percent) {
                return Err(format!("{name} is {percent}, not from 0 to 100"));
            }
        }
        if !self.loss.mean_burst.is_finite() || self.loss.mean_burst < 1.0 {
            return Err(format!("loss.meanBurst is {}, not 1 or more", self.loss.mean_burst));
        }
        if in_burst <= 0.0 || self.loss.percent > in_burst {
            return Err(format!("loss.percent is {}, more than in a burst", self.loss.percent));
        }
        if let Some(kbps) = self.rate_kbps.filter(|kbps| *kbps < MIN_KBPS) {
            return Err(format!("rateKbps is {kbps}, at least {MIN_KBPS}"));
        }
        Ok(self)
    }

    /// How long the narrowest link takes for so many bytes.
    pub(crate) fn transmission(&self, bytes: u64) -> Duration {
        // Bits at kilobits a second are milliseconds; in nanoseconds nothing is rounded away.
        self.rate_kbps.map_or(Duration::ZERO, |kbps| {
            Duration::from_nanos(bytes.saturating_mul(8 * 1_000_000) / u64::from(kbps))
        })
    }

    /// How long a packet may wait for the link at most, when the queue is told in bytes or in time.
    pub(crate) fn longest_wait(&self) -> Duration {
        match self.queue {
            Queue::Ms(ms) => Duration::from_millis(ms.into()),
            Queue::Bytes(bytes) => self.transmission(bytes.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Profile, String> {
        let profile: Profile = serde_json::from_str(text).map_err(|error| error.to_string())?;
        profile.checked()
    }

    #[test]
    fn a_profile_is_read_and_what_is_left_out_is_perfect() {
        assert_eq!(read("{}"), Ok(Profile::default()));
        let profile = read(
            r#"{"delayMs": 75, "jitterMs": 20, "loss": {"percent": 5, "meanBurst": 4},
                "rateKbps": 300, "queue": {"bytes": 20000}}"#,
        )
        .expect("it is right");
        assert_eq!((profile.delay_ms, profile.jitter_ms, profile.reorder), (75, 20, false));
        assert_eq!(profile.queue, Queue::Bytes(20_000));
        assert_eq!(profile.longest_wait(), Duration::from_nanos(533_333_333));
        assert_eq!(profile.transmission(1500), Duration::from_millis(40));
    }

    #[test]
    fn what_is_out_of_range_or_unknown_is_named() {
        for (text, word) in [
            (r#"{"delayMs": 60001}"#, "delayMs"),
            (r#"{"queue": {"ms": 70000}}"#, "queue.ms"),
            (r#"{"loss": {"percent": 101}}"#, "loss.percent"),
            (r#"{"loss": {"percent": 60, "percentInBurst": 50}}"#, "burst"),
            (r#"{"loss": {"meanBurst": 0.5}}"#, "meanBurst"),
            (r#"{"duplicatePercent": -1}"#, "duplicatePercent"),
            (r#"{"rateKbps": 0}"#, "rateKbps"),
            (r#"{"speed": 9}"#, "speed"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(word), "{error}");
        }
    }
}
