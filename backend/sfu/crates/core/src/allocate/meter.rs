//! Measures the bit rate of a stream, and of the SVC layers inside it.

use std::time::{Duration, Instant};

use crate::codec::{MAX_SPATIAL, PacketInfo};
use crate::units::Bps;

/// Bytes are counted in buckets of this length.
const BUCKET: Duration = Duration::from_millis(250);
/// The buckets that count: two seconds.
const BUCKETS: usize = 8;
/// Temporal layers told apart; higher ones count as the highest.
const MAX_TEMPORAL: usize = 4;

/// A bit rate over the last two seconds, less its busiest quarter second.
///
/// A key frame costs as much as a second of pictures. If it counted, a slot on a narrow path would be
/// starved by the very key frame that it asked for, and ask again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    /// Bytes of the full buckets, in a ring.
    full: [u64; BUCKETS],
    /// How many of them count, and where the next one goes.
    count: usize,
    next: usize,
    open: Option<Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    since: Instant,
    bytes: u64,
}

impl Meter {
    /// Counts bytes that came at `now`.
    pub fn add(&mut self, bytes: usize, now: Instant) {
        self.close_until(now);
        let bucket = self.open.get_or_insert(Bucket { since: now, bytes: 0 });
        bucket.bytes = bucket.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// The rate as of `now`; it falls while nothing comes.
    #[must_use]
    pub fn rate(&self, now: Instant) -> Bps {
        let mut meter = *self;
        meter.close_until(now);
        let Some(open) = meter.open else { return Bps::ZERO };
        let full = meter.full.get(..meter.count).unwrap_or_default();
        let total: u64 = full.iter().sum();
        let busiest = full.iter().max().copied().unwrap_or(0);
        match u32::try_from(meter.count) {
            // Streams begin with a key frame: half of what came is a guess at what will come.
            Ok(0) => Bps::of(open.bytes / 2, BUCKET),
            Ok(1) => Bps::of(u64::midpoint(total, open.bytes), BUCKET),
            count => Bps::of(total - busiest, BUCKET * (count.unwrap_or(u32::MAX) - 1)),
        }
    }

    /// Moves the buckets that ended before `now` into the ring.
    fn close_until(&mut self, now: Instant) {
        for _ in 0..=BUCKETS {
            let Some(bucket) = &mut self.open else { return };
            if now.saturating_duration_since(bucket.since) < BUCKET {
                return;
            }
            if let Some(place) = self.full.get_mut(self.next) {
                *place = bucket.bytes;
            }
            *bucket = Bucket { since: bucket.since + BUCKET, bytes: 0 };
            self.next = (self.next + 1) % BUCKETS;
            self.count = (self.count + 1).min(BUCKETS);
        }
        // Silent for longer than the ring reaches: a new stream, for all that is known.
        *self = Self::default();
    }
}

/// The bit rates of one incoming stream, by spatial and temporal layer.
#[derive(Debug, Clone, Default)]
pub struct LayerMeter {
    cells: [[Meter; MAX_TEMPORAL]; MAX_SPATIAL],
}

impl LayerMeter {
    /// Counts a packet of `bytes`, everything that it costs on the wire.
    pub fn add(&mut self, info: &PacketInfo, bytes: usize, now: Instant) {
        let (spatial, temporal) = (usize::from(info.spatial), usize::from(info.temporal));
        let cell = self
            .cells
            .get_mut(spatial.min(MAX_SPATIAL - 1))
            .and_then(|row| row.get_mut(temporal.min(MAX_TEMPORAL - 1)));
        if let Some(meter) = cell {
            meter.add(bytes, now);
        }
    }

    /// What the layers up to these cost together.
    #[must_use]
    pub fn rate_up_to(&self, spatial: u8, temporal: u8, now: Instant) -> Bps {
        let rows = self.cells.iter().take(usize::from(spatial) + 1);
        rows.flat_map(|row| row.iter().take(usize::from(temporal) + 1)).map(|meter| meter.rate(now)).sum()
    }

    /// The whole stream.
    #[must_use]
    pub fn rate(&self, now: Instant) -> Bps {
        self.rate_up_to(u8::MAX, u8::MAX, now)
    }

    /// The highest spatial layer that carries something.
    #[must_use]
    pub fn top_spatial(&self, now: Instant) -> Option<u8> {
        let carries = |row: &[Meter; MAX_TEMPORAL]| row.iter().any(|meter| meter.rate(now) > Bps::ZERO);
        u8::try_from(self.cells.iter().rposition(carries)?).ok()
    }

    /// The highest temporal layer within the base spatial layer that carries something.
    #[must_use]
    pub fn top_temporal(&self, now: Instant) -> Option<u8> {
        let base = self.cells.first()?;
        u8::try_from(base.iter().rposition(|meter| meter.rate(now) > Bps::ZERO)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `bytes` every 10 ms and returns the end.
    fn feed(meter: &mut Meter, from: Instant, ms: u64, bytes: usize) -> Instant {
        for step in 0..ms / 10 {
            meter.add(bytes, from + Duration::from_millis(step * 10));
        }
        from + Duration::from_millis(ms)
    }

    #[test]
    fn a_steady_stream_reads_its_rate_and_a_stopped_one_fades() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        let end = feed(&mut meter, start, 3000, 1250);
        assert_eq!(meter.rate(end), Bps::kilo(1000));
        assert!(meter.rate(end + Duration::from_secs(1)) < Bps::kilo(600));
        assert_eq!(meter.rate(end + Duration::from_secs(3)), Bps::ZERO);
    }

    #[test]
    fn a_step_is_followed_within_two_seconds() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        let step = feed(&mut meter, start, 2000, 125);
        let end = feed(&mut meter, step, 2000, 1250);
        assert_eq!(meter.rate(end), Bps::kilo(1000));
    }

    #[test]
    fn a_key_frame_is_not_the_rate() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        meter.add(20_000, start);
        let end = feed(&mut meter, start, 3000, 188);
        meter.add(20_000, end);
        let rates: Vec<_> = (1..15).map(|step| meter.rate(end + Duration::from_millis(step * 10))).collect();
        assert!(rates.iter().all(|rate| *rate <= Bps::kilo(155)), "{rates:?}");
        let later = feed(&mut meter, end, 1000, 188);
        assert_eq!(meter.rate(later).0 / 1000, 150);
    }

    #[test]
    fn the_first_packets_count_at_once() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        meter.add(2500, start);
        assert_eq!(meter.rate(start), Bps::kilo(40));
    }

    #[test]
    fn layers_add_up_from_the_base() {
        let (mut meter, now) = (LayerMeter::default(), Instant::now());
        let mut info = PacketInfo::opaque(true);
        assert_eq!(meter.top_spatial(now), None);
        for (spatial, temporal, bytes) in [(0, 0, 100), (0, 1, 200), (1, 0, 400), (1, 7, 800)] {
            (info.spatial, info.temporal) = (spatial, temporal);
            meter.add(&info, bytes, now);
        }
        let rate = |spatial, temporal| meter.rate_up_to(spatial, temporal, now).0 / 16;
        assert_eq!([rate(0, 0), rate(0, 1), rate(1, 0), rate(1, 9)], [100, 300, 500, 1500]);
        assert_eq!((meter.top_spatial(now), meter.top_temporal(now)), (Some(1), Some(1)));
    }
}
