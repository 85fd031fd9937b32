//! Measures the bit rate of a stream, and of the SVC layers inside it.

use std::time::{Duration, Instant};

use crate::codec::{MAX_SPATIAL, PacketInfo};
use crate::units::Bps;

/// Bytes are counted over this long before they enter the average.
const BUCKET: Duration = Duration::from_millis(200);
/// One new bucket weighs 1/4: the average follows within about a second, and a key frame does not upset it.
const WEIGHT: u64 = 4;
/// After so many empty buckets nothing is left worth telling.
const SILENT_BUCKETS: u32 = 20;
/// Temporal layers told apart; higher ones count as the highest.
const MAX_TEMPORAL: usize = 4;

/// An exponentially weighted bit rate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    /// Average over the buckets that are full; `None` before the first.
    average: Option<Bps>,
    bucket: Option<Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    since: Instant,
    bytes: u64,
}

impl Meter {
    /// Counts bytes that came at `now`.
    pub fn add(&mut self, bytes: usize, now: Instant) {
        *self = self.closed(now);
        let bucket = self.bucket.get_or_insert(Bucket { since: now, bytes: 0 });
        bucket.bytes = bucket.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// The rate as of `now`; it falls while nothing comes.
    #[must_use]
    pub fn rate(&self, now: Instant) -> Bps {
        let meter = self.closed(now);
        let first = || meter.bucket.map_or(Bps::ZERO, |bucket| Bps::of(bucket.bytes, BUCKET));
        meter.average.unwrap_or_else(first)
    }

    /// The meter with every bucket that ended before `now` averaged in.
    fn closed(mut self, now: Instant) -> Self {
        let Some(bucket) = &mut self.bucket else { return self };
        for _ in 0..SILENT_BUCKETS {
            if now.saturating_duration_since(bucket.since) < BUCKET {
                return self;
            }
            let sample = Bps::of(bucket.bytes, BUCKET);
            let average = self.average.unwrap_or(sample);
            self.average = Some(Bps((average.0 * (WEIGHT - 1) + sample.0) / WEIGHT));
            *bucket = Bucket { since: bucket.since + BUCKET, bytes: 0 };
        }
        Self::default()
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
        assert!(meter.rate(end + Duration::from_secs(1)) < Bps::kilo(300));
        assert_eq!(meter.rate(end + Duration::from_secs(10)), Bps::ZERO);
    }

    #[test]
    fn a_step_is_followed_within_about_a_second() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        let step = feed(&mut meter, start, 2000, 125);
        let end = feed(&mut meter, step, 1200, 1250);
        let rate = meter.rate(end);
        assert!(rate > Bps::kilo(800) && rate <= Bps::kilo(1000), "{rate}");
    }

    #[test]
    fn the_first_packets_count_at_once() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        meter.add(1250, start);
        assert_eq!(meter.rate(start), Bps::kilo(50));
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
        let rate = |spatial, temporal| meter.rate_up_to(spatial, temporal, now).0 / 40;
        assert_eq!([rate(0, 0), rate(0, 1), rate(1, 0), rate(1, 9)], [100, 300, 500, 1500]);
        assert_eq!((meter.top_spatial(now), meter.top_temporal(now)), (Some(1), Some(1)));
    }
}
