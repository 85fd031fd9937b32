//! One direction of a network: what goes in comes out later, or not. Pure.
//!
//! A packet passes, in this order: a blackout, loss, the queue of the narrowest link, that link, the delay.
//! Time is what has passed since any fixed moment.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::loss::Chain;
use crate::profile::Profile;
use crate::random::Random;

/// Packets under way at most: a second at 700 Mbit/s. Beyond them packets are dropped as from a full queue.
const MAX_UNDER_WAY: usize = 65_536;
const MILLION: f64 = 1_000_000.0;

/// What became of packets, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Went in.
    pub packets_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Came out, duplicates included.
    pub packets_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Lost.
    pub lost: u64,
    /// Found the queue full.
    pub overflowed: u64,
    /// Came during a blackout.
    pub blacked_out: u64,
    /// Sent twice.
    pub duplicated: u64,
}

/// One direction.
#[derive(Debug)]
pub struct Link<T> {
    profile: Profile,
    chain: Chain,
    random: Random,
    is_dark: bool,
    /// When the narrowest link has carried what was accepted.
    free_at: Duration,
    /// When the newest packet comes out, for networks that keep the order.
    newest: Duration,
    /// Packets under way by the time at which they come out, then by their order.
    under_way: BTreeMap<(Duration, u64), (usize, T)>,
    number: u64,
    counters: Counters,
}

impl<T: Clone> Link<T> {
    /// A perfect one.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let profile = Profile::default();
        Self {
            chain: Chain::new(&profile.loss),
            profile,
            random: Random::new(seed),
            is_dark: false,
            free_at: Duration::ZERO,
            newest: Duration::ZERO,
            under_way: BTreeMap::new(),
            number: 0,
            counters: Counters::default(),
        }
    }

    /// Changes what it is like, for packets that go in from now on.
    pub fn shape(&mut self, profile: Profile, now: Duration) {
        self.chain = Chain::new(&profile.loss);
        // What waits is carried at the old rate; the new queue must not be full because of it for long.
        self.free_at = self.free_at.min(now + profile.longest_wait());
        self.profile = profile;
    }

    /// Nothing goes in any more, or everything does again. What is under way arrives.
    pub fn set_dark(&mut self, is_dark: bool) {
        self.is_dark = is_dark;
    }

    /// A packet of so many bytes goes in.
    pub fn offer(&mut self, packet: T, bytes: usize, now: Duration) {
        let size = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.counters.packets_in += 1;
        self.counters.bytes_in += size;
        if self.is_dark {
            self.counters.blacked_out += 1;
            return;
        }
        if self.chain.loses(&mut self.random) {
            self.counters.lost += 1;
            return;
        }
        let carried = self.free_at.max(now) + self.profile.transmission(size);
        let is_narrow = self.profile.rate_kbps.is_some();
        let too_long = is_narrow && carried.saturating_sub(now) > self.longest_stay(size);
        if too_long || self.under_way.len() >= MAX_UNDER_WAY {
            self.counters.overflowed += 1;
            return;
        }
        self.free_at = carried;
        self.send(packet.clone(), bytes, carried);
        let duplicate_ppm = ppm(self.profile.duplicate_percent);
        if self.random.happens(duplicate_ppm) {
            self.counters.duplicated += 1;
            self.send(packet, bytes, carried);
        }
    }

    /// The next packet that has come out by now.
    pub fn take(&mut self, now: Duration) -> Option<T> {
        let first = self.under_way.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let (bytes, packet) = first.remove();
        self.counters.packets_out += 1;
        self.counters.bytes_out += u64::try_from(bytes).unwrap_or(u64::MAX);
        Some(packet)
    }

    /// When the next packet comes out.
    #[must_use]
    pub fn next_at(&self) -> Option<Duration> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// What became of packets.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// How long a packet may be in the queue and on the narrowest link. Any packet fits into an empty queue.
    fn longest_stay(&self, bytes: u64) -> Duration {
        self.profile.longest_wait().max(self.profile.transmission(bytes))
    }

    fn send(&mut self, packet: T, bytes: usize, carried: Duration) {
        let jitter = self.random.up_to(u64::from(self.profile.jitter_ms) * 1000);
        let delay = Duration::from_millis(self.profile.delay_ms.into()) + Duration::from_micros(jitter);
        let mut at = carried + delay;
        if !self.profile.reorder {
            at = at.max(self.newest);
        }
        self.newest = self.newest.max(at);
        self.number += 1;
        self.under_way.insert((at, self.number), (bytes, packet));
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A checked profile has 0 to 100.
fn ppm(percent: f32) -> u32 {
    (f64::from(percent) / 100.0 * MILLION).round() as u32
}
