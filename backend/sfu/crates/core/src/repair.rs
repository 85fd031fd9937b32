//! How long lost packets of a stream take to come after all, and how long its receivers should therefore wait.
//!
//! A receiver's browser knows the round trip to the worker, not the one behind it: what a publisher's network
//! lost and sent again looks to it like a picture that is late for no reason, and it shows a stand-still each
//! time. Only the worker sees how late repairs come.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Missing numbers waited for; older ones were given up by whoever asks for them (str0m: 100 packets).
const MAX_MISSING: usize = 128;
/// Repairs remembered, and for how long: so many that a repair which was lost itself is among them.
const MAX_REPAIRS: usize = 256;
const MEMORY: Duration = Duration::from_secs(10);
/// Sooner ones are no repairs but the network's disorder, which receivers cope with.
const SOONEST: Duration = Duration::from_millis(30);
/// Nobody talks with more delay; what comes later still stands still.
const LONGEST: Duration = Duration::from_millis(500);

/// The repairs of one stream.
#[derive(Debug, Default)]
pub struct Repairs {
    stream: Option<u32>,
    newest: Option<u64>,
    /// Since when they are missed.
    missing: BTreeMap<u64, Instant>,
    /// When they came, and after how long.
    came: VecDeque<(Instant, Duration)>,
}

impl Repairs {
    /// Notes a packet of a stream.
    pub fn note(&mut self, stream: u32, seq: u64, now: Instant) {
        if self.stream != Some(stream) {
            (self.stream, self.newest) = (Some(stream), None);
            self.missing.clear();
        }
        match self.newest {
            Some(newest) if seq <= newest => {
                let waited = self.missing.remove(&seq).map(|since| now.saturating_duration_since(since));
                if let Some(waited) = waited.filter(|waited| *waited >= SOONEST) {
                    self.came.push_back((now, waited.min(LONGEST)));
                }
            }
            Some(newest) => {
                // A leap is another count, not a loss.
                let gap = if seq - newest > MAX_MISSING as u64 { seq..seq } else { newest + 1..seq };
                self.missing.extend(gap.map(|missing| (missing, now)));
                self.newest = Some(seq);
            }
            None => self.newest = Some(seq),
        }
        while self.missing.len() > MAX_MISSING {
            self.missing.pop_first();
        }
        let is_old = |(at, _): &(Instant, Duration)| now.saturating_duration_since(*at) >= MEMORY;
        while self.came.len() > MAX_REPAIRS || self.came.front().is_some_and(is_old) {
            self.came.pop_front();
        }
    }

    /// The longest two waits of late, longest first: one alone is an accident.
    fn longest(&self, now: Instant) -> [Duration; 2] {
        let recent = self.came.iter().filter(|(at, _)| now.saturating_duration_since(*at) < MEMORY);
        recent.fold([Duration::ZERO; 2], |[first, second], (_, waited)| {
            [first.max(*waited), second.max(first.min(*waited))]
        })
    }

    /// How long receivers should wait for what several streams of one way lost; zero when nothing was.
    pub fn patience<'a>(streams: impl Iterator<Item = &'a Self>, now: Instant) -> Duration {
        let mut all: Vec<Duration> = streams.flat_map(|stream| stream.longest(now)).collect();
        all.sort_unstable();
        all.iter().rev().nth(1).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets 20 ms apart in which each number of `lost` comes after so many milliseconds.
    fn run(lost: &[(u64, u64)], end: u64) -> (Repairs, Instant) {
        let (mut repairs, start) = (Repairs::default(), Instant::now());
        let mut order: Vec<(u64, u64)> = (0..end)
            .map(|seq| {
                let late = lost.iter().find(|(lost, _)| *lost == seq);
                // It is missed when the next one comes.
                (late.map_or(20 * seq, |(_, wait)| 20 * (seq + 1) + wait), seq)
            })
            .collect();
        order.sort_unstable();
        for (ms, seq) in order {
            repairs.note(1, seq, start + Duration::from_millis(ms));
        }
        (repairs, start + Duration::from_millis(20 * end))
    }

    fn patience(repairs: &Repairs, now: Instant) -> u128 {
        Repairs::patience([repairs].into_iter(), now).as_millis()
    }

    #[test]
    fn receivers_wait_for_repairs_as_long_as_they_took_and_not_for_a_single_one() {
        let (repairs, now) = run(&[(10, 180)], 100);
        assert_eq!(patience(&repairs, now), 0);
        let (repairs, now) = run(&[(10, 180), (20, 170), (30, 340)], 100);
        assert_eq!(patience(&repairs, now), 180);
        assert_eq!(patience(&repairs, now + MEMORY), 0, "it is forgotten");
    }

    #[test]
    fn what_only_came_in_another_order_or_far_too_late_is_not_waited_for() {
        let (repairs, now) = run(&[(10, 25), (20, 25)], 50);
        assert_eq!(patience(&repairs, now), 0);
        let (repairs, now) = run(&[(10, 900), (20, 900)], 90);
        assert_eq!(patience(&repairs, now), LONGEST.as_millis());
    }

    #[test]
    fn another_stream_and_a_leap_of_numbers_are_no_losses() {
        let (mut repairs, now) = run(&[], 50);
        for (stream, seq) in [(1, 5_000), (1, 60), (2, 9), (2, 7), (2, 8)] {
            repairs.note(stream, seq, now + Duration::from_millis(200));
        }
        assert_eq!(patience(&repairs, now), 0);
        assert!(repairs.missing.is_empty());
    }
}
