//! What a client received: per slot, whose media, and whether the stream held together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use streamforge_sfu_core::ids::Mid;

use crate::media::synthetic::{Mark, is_key};
use crate::media::vp8;

/// One slot's stream.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    /// Media packets.
    pub packets: u64,
    /// Their payload bytes.
    pub bytes: u64,
    /// Key frames that began.
    pub key_frames: u64,
    /// The mark of the newest packet that carried one.
    pub mark: Option<Mark>,
    /// Packets of each mark since [`Received::forget`].
    pub marks: BTreeMap<Mark, u64>,
    /// How long the worker asks to hold pictures back at least; none until it does.
    pub playout_delay: Option<Duration>,
    /// Sequence numbers that never came, so far.
    pub missing: u64,
    highest: Option<u64>,
    gaps: BTreeSet<u64>,
    last_timestamp: Option<u32>,
    /// Times that a newer packet had an older timestamp.
    pub backwards: u64,
}

/// All slots of a client.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// By slot.
    pub streams: BTreeMap<Mid, Stream>,
    last_arrival: Option<Instant>,
    longest_gap: Duration,
}

/// A packet as far as it is looked at.
pub(crate) struct Packet<'a> {
    pub mid: Mid,
    pub arrival: Instant,
    pub seq: u64,
    pub timestamp: u32,
    pub video: bool,
    pub payload: &'a [u8],
    pub playout_delay: Option<Duration>,
}

impl Received {
    pub(crate) fn take(&mut self, packet: &Packet<'_>) {
        self.wait_until(packet.arrival);
        self.last_arrival = Some(packet.arrival);
        let stream = self.streams.entry(packet.mid).or_default();
        stream.packets += 1;
        stream.bytes += packet.payload.len() as u64;
        stream.playout_delay = packet.playout_delay.or(stream.playout_delay);
        stream.count_sequence(packet.seq, packet.timestamp);
        let mark = if packet.video {
            let start = vp8::frame_start(packet.payload);
            stream.key_frames += u64::from(start.is_some_and(is_key));
            start.and_then(Mark::of_frame)
        } else {
            Mark::of_sound(packet.payload)
        };
        if let Some(mark) = mark {
            stream.mark = Some(mark);
            *stream.marks.entry(mark).or_default() += 1;
        }
    }

    fn wait_until(&mut self, now: Instant) {
        let gap = self.last_arrival.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.longest_gap = self.longest_gap.max(gap);
    }

    /// The longest time without any media since the last call; a gap that lasts counts as far as it got.
    pub fn take_longest_gap(&mut self, now: Instant) -> Duration {
        self.wait_until(now);
        std::mem::take(&mut self.longest_gap)
    }

    /// Media packets over all slots.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.streams.values().map(|stream| stream.packets).sum()
    }

    /// Payload bytes over all slots.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.streams.values().map(|stream| stream.bytes).sum()
    }

    /// The senders seen or heard since the last [`Received::forget`].
    #[must_use]
    pub fn senders(&self) -> BTreeSet<u16> {
        self.streams.values().flat_map(|stream| stream.marks.keys().map(|mark| mark.client)).collect()
    }

    /// Starts counting marks anew.
    pub fn forget(&mut self) {
        for stream in self.streams.values_mut() {
            stream.marks.clear();
        }
    }
}

impl Stream {
    fn count_sequence(&mut self, seq: u64, timestamp: u32) {
        match self.highest {
            Some(highest) if seq <= highest => {
                self.gaps.remove(&seq);
            }
            highest => {
                self.gaps.extend(highest.map_or(seq, |highest| highest + 1)..seq);
                self.highest = Some(seq);
                let behind =
                    self.last_timestamp.is_some_and(|last| timestamp.wrapping_sub(last) > u32::MAX / 2);
                self.backwards += u64::from(behind);
                self.last_timestamp = Some(timestamp);
            }
        }
        self.missing = self.gaps.len() as u64;
    }
}
