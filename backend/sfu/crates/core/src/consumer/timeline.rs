//! How far a slot's RTP time moves on when another stream takes over.
//!
//! Two layers of one producer share the publisher's clock: their sender reports give the exact distance.
//! Otherwise the moments of capture do, as far as they are known, so that the slot's RTP time stays in one line
//! with the worker's clock, and the last report on it true, whoever feeds the slot.

use std::time::Instant;

use crate::packet::{Codec, Kind, RtpIn, SenderReport};
use crate::units::ts_distance;

/// Samples of 20 ms of Opus: receivers count on whole frames.
const AUDIO_FRAME: i64 = 960;
/// Sender reports that put two layers further apart than this are not believed.
const MAX_DISTANCE_S: i64 = 5;

/// The newest packet that went out, as it came in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) ts: u32,
    pub(super) captured: Instant,
    pub(super) sender_report: Option<SenderReport>,
}

impl Moment {
    pub(super) fn of(packet: &RtpIn) -> Self {
        Self { ts: packet.ts, captured: packet.captured, sender_report: packet.sender_report }
    }

    /// RTP ticks from this moment to `next`, at least one.
    pub(super) fn ticks_to(&self, next: &Self, codec: Codec, one_producer: bool) -> u32 {
        let exact = if one_producer { self.media_ticks(next, codec) } else { None };
        let ticks = exact.unwrap_or_else(|| self.capture_ticks(next, codec)).max(1);
        let ticks = if codec.kind() == Kind::Audio {
            ((ticks + AUDIO_FRAME / 2) / AUDIO_FRAME).max(1) * AUDIO_FRAME
        } else {
            ticks
        };
        // RTP time wraps: after hours of silence only the remainder counts.
        u32::try_from(ticks & i64::from(u32::MAX)).unwrap_or(1).max(1)
    }

    fn media_ticks(&self, next: &Self, codec: Codec) -> Option<i64> {
        let (from, to) = (self.sender_report?, next.sender_report?);
        let clock = i64::from(codec.clock_rate());
        let apart = i128::from(to.ntp.wrapping_sub(from.ntp).cast_signed());
        let reports = (apart * i128::from(clock)) >> 32;
        let since_reports = ts_distance(to.rtp, next.ts) - ts_distance(from.rtp, self.ts);
        let ticks = i64::try_from(reports).ok()?.checked_add(since_reports)?;
        (ticks.abs() < MAX_DISTANCE_S * clock).then_some(ticks)
    }

    fn capture_ticks(&self, next: &Self, codec: Codec) -> i64 {
        let micros = next.captured.saturating_duration_since(self.captured).as_micros();
        let ticks = micros * u128::from(codec.clock_rate()) / 1_000_000;
        i64::try_from(ticks).unwrap_or(i64::MAX / 2)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn moment(start: Instant, ms: u64, ts: u32, report: Option<(u64, u32)>) -> Moment {
        let sender_report = report.map(|(ntp, rtp)| SenderReport { ntp, rtp });
        Moment { ts, captured: start + Duration::from_millis(ms), sender_report }
    }

    const SECOND: u64 = 1 << 32;

    #[test]
    fn layers_of_one_producer_use_the_senders_clock_across_the_wrap() {
        let start = Instant::now();
        // One layer's report at second 10, 0.5 s before its packet; the other's at 11, on its packet.
        let old = moment(start, 0, 44_990, Some((10 * SECOND, 45_000_u32.wrapping_sub(45_010))));
        let new = moment(start, 900, 7, Some((11 * SECOND, 7)));
        assert_eq!(old.ticks_to(&new, Codec::Vp8, true), 45_000);
        assert_eq!(old.ticks_to(&new, Codec::Vp8, false), 81_000);
    }

    #[test]
    fn a_layer_that_lags_moves_time_by_one_tick() {
        let start = Instant::now();
        let old = moment(start, 0, 3_000, Some((SECOND, 0)));
        let new = moment(start, 20, 0, Some((SECOND, 0)));
        assert_eq!(old.ticks_to(&new, Codec::Vp8, true), 1);
    }

    #[test]
    fn sender_reports_that_make_no_sense_give_way_to_capture() {
        let start = Instant::now();
        let old = moment(start, 0, 0, Some((SECOND, 0)));
        let new = moment(start, 100, 0, Some((100 * SECOND, 0)));
        assert_eq!(old.ticks_to(&new, Codec::Vp8, true), 9_000);
    }

    #[test]
    fn audio_moves_in_whole_frames() {
        let start = Instant::now();
        let old = moment(start, 0, 0, None);
        for (ms, ticks) in [(0, 960), (11, 960), (31, 1920), (1000, 48_000)] {
            assert_eq!(old.ticks_to(&moment(start, ms, 0, None), Codec::Opus, false), ticks, "{ms} ms");
        }
    }
}
