//! When a publisher captured what it sends, as a moment of the worker's clock.
//!
//! Sender reports tie a stream's RTP time to its sender's clock (RFC 3550, 6.4.1), and all streams of one
//! participant share that clock. One distance between it and ours serves them all, so that sound and pictures
//! that were captured together get the same moment, however long each was on its way. The reports that receivers
//! get are made of these moments.
//!
//! The fastest packet counts as captured when it came: how long that one took cannot be known here.
//!
//! Before the first report of a stream (browsers: within a second for pictures, five for sound) its
//! arrival counts. If another stream of the participant has reported by then, the two are apart by as much as one
//! takes longer on its way, as they are between two browsers until both reports are there. Nothing better is to
//! be had: only a report ties a stream's RTP time to a clock. To use arrival for both would add the jitter of the
//! stream that is known, and bring them no closer.

use std::time::{Duration, Instant};

use crate::packet::SenderReport;
use crate::units::ts_distance;

/// How much the distance may grow in time, so that it follows clocks that drift apart. Crystals differ by up to
/// 200 ppm; between two reports of one participant (a second) it makes half a millisecond.
const SLEW_PPM: u32 = 500;
/// A packet that seems captured this long before it came, or that long after, is not believed: the publisher's
/// clock was set, or its reports are nonsense.
const MAX_LATE: Duration = Duration::from_secs(5);
const MAX_EARLY: Duration = Duration::from_millis(500);
/// When no stream was believed for this long, the publisher's clock is another. Longer than a video report is
/// old (1 s in libwebrtc); as long as an older report of another stream still fits, that stream counts.
const ASTRAY: Duration = Duration::from_secs(3);

/// A participant's clock against ours.
#[derive(Debug, Default)]
pub struct CaptureClock {
    anchor: Option<Anchor>,
    /// Since when no packet was believed.
    astray_since: Option<Instant>,
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    ntp: u64,
    at: Instant,
    /// When it was last let grow.
    slewed: Instant,
}

impl CaptureClock {
    /// When a packet was captured; its arrival where that is not known. Never later than its arrival.
    pub fn captured(
        &mut self,
        ts: u32,
        clock_rate: u32,
        report: Option<SenderReport>,
        arrival: Instant,
    ) -> Instant {
        let Some(ntp) = report.map(|report| ntp_of(ts, clock_rate, report)) else { return arrival };
        let anchor = self.anchor.get_or_insert(Anchor { ntp, at: arrival, slewed: arrival });
        anchor.slew(arrival);
        let captured = anchor.at(ntp).filter(|captured| believable(*captured, arrival));
        let Some(captured) = captured else {
            let since = *self.astray_since.get_or_insert(arrival);
            if arrival.saturating_duration_since(since) >= ASTRAY {
                *self = Self::default();
            }
            return arrival;
        };
        self.astray_since = None;
        if captured > arrival {
            // Faster than any before: it becomes the one that took no time.
            anchor.at = anchor.at.checked_sub(captured - arrival).unwrap_or(anchor.at);
        }
        captured.min(arrival)
    }
}

impl Anchor {
    fn at(&self, ntp: u64) -> Option<Instant> {
        let distance = i128::from(ntp.wrapping_sub(self.ntp).cast_signed());
        let nanos = u64::try_from((distance.abs() * 1_000_000_000) >> 32).ok()?;
        let distance_in_time = Duration::from_nanos(nanos);
        if distance < 0 {
            self.at.checked_sub(distance_in_time)
        } else {
            self.at.checked_add(distance_in_time)
        }
    }

    fn slew(&mut self, now: Instant) {
        self.at += now.saturating_duration_since(self.slewed) * SLEW_PPM / 1_000_000;
        self.slewed = self.slewed.max(now);
    }
}

/// The packet's time on its sender's clock.
fn ntp_of(ts: u32, clock_rate: u32, report: SenderReport) -> u64 {
    let ticks = i128::from(ts_distance(report.rtp, ts));
    let distance = (ticks << 32) / i128::from(clock_rate.max(1));
    // Some ticks of 32 bits at a known rate: days at most.
    report.ntp.wrapping_add_signed(i64::try_from(distance).unwrap_or(0))
}

fn believable(captured: Instant, arrival: Instant) -> bool {
    arrival.saturating_duration_since(captured) <= MAX_LATE
        && captured.saturating_duration_since(arrival) <= MAX_EARLY
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIO: u32 = 48_000;
    const VIDEO: u32 = 90_000;
    const SECOND: u64 = 1 << 32;

    /// A stream whose RTP time began anywhere, on a clock that began anywhere, and runs fast by so much.
    struct Stream {
        rate: u32,
        first_ts: u32,
        ppm: i64,
        report: Option<SenderReport>,
    }

    impl Stream {
        fn new(rate: u32, first_ts: u32) -> Self {
            Self { rate, first_ts, ppm: 0, report: None }
        }

        fn ts(&self, ms: u64) -> u32 {
            let ticks = u64::from(self.rate) * ms / 1000;
            self.first_ts.wrapping_add(u32::try_from(ticks & 0xffff_ffff).expect("32 bits"))
        }

        /// The publisher's clock after so much of ours.
        fn ntp(&self, ms: u64) -> u64 {
            let micros = ms.cast_signed() * (1_000_000 + self.ppm) / 1000;
            7 * SECOND + u64::try_from((i128::from(micros) << 32) / 1_000_000).expect("after its start")
        }

        fn reports(&mut self, ms: u64) {
            self.report = Some(SenderReport { ntp: self.ntp(ms), rtp: self.ts(ms) });
        }
    }

    fn ms_between(a: Instant, b: Instant) -> u128 {
        a.saturating_duration_since(b).max(b.saturating_duration_since(a)).as_millis()
    }

    #[test]
    fn streams_of_one_clock_agree_however_long_each_took() {
        let start = Instant::now();
        let (mut clock, mut mic, mut camera) =
            (CaptureClock::default(), Stream::new(AUDIO, 0xffff_ff00), Stream::new(VIDEO, 5));
        let mut worst = 0;
        for ms in (0..20_000).step_by(20) {
            if ms % 1000 == 0 {
                mic.reports(ms);
                camera.reports(ms);
            }
            let at = |late| start + Duration::from_millis(ms + late);
            let sound = clock.captured(mic.ts(ms), AUDIO, mic.report, at(20 + ms % 7));
            let picture = clock.captured(camera.ts(ms), VIDEO, camera.report, at(180 + ms % 50));
            if ms > 1000 {
                worst = worst.max(ms_between(sound, picture));
            }
        }
        assert!(worst <= 2, "{worst} ms apart");
    }

    #[test]
    fn the_distance_follows_a_clock_that_drifts_either_way() {
        for ppm in [-200, 200] {
            let start = Instant::now();
            let mut clock = CaptureClock::default();
            let mut mic = Stream { ppm, ..Stream::new(AUDIO, 0) };
            let mut late = 0;
            // Half an hour at 200 ppm is 360 ms.
            for ms in (0..1_800_000).step_by(20) {
                if ms % 1000 == 0 {
                    mic.reports(ms);
                }
                let arrival = start + Duration::from_millis(ms + 20);
                let captured = clock.captured(mic.ts(ms), AUDIO, mic.report, arrival);
                assert!(captured <= arrival);
                late = ms_between(captured, arrival);
            }
            assert!(late <= 2, "{late} ms after half an hour at {ppm} ppm");
        }
    }

    #[test]
    fn a_clock_that_was_set_is_found_again_and_meanwhile_arrival_counts() {
        let start = Instant::now();
        let (mut clock, mut camera) = (CaptureClock::default(), Stream::new(VIDEO, 0));
        let mut times = Vec::new();
        for ms in (0..10_000).step_by(40) {
            if ms % 1000 == 0 {
                camera.reports(ms);
                if let Some(report) = camera.report.as_mut().filter(|_| ms >= 4000) {
                    report.ntp += 3600 * SECOND;
                }
            }
            let arrival = start + Duration::from_millis(ms + if ms % 200 == 0 { 10 } else { 60 });
            times.push(ms_between(clock.captured(camera.ts(ms), VIDEO, camera.report, arrival), arrival));
        }
        let late = |from: usize, to: usize| times[from / 40..to / 40].iter().max().copied().unwrap_or(0);
        // The slow ones took 50 ms more than the fast ones.
        assert!((48..=50).contains(&late(1000, 3900)), "believed: {}", late(1000, 3900));
        assert_eq!(late(4000, 6900), 0, "not believed");
        assert!((48..=50).contains(&late(8000, 9900)), "the new clock is: {}", late(8000, 9900));
    }

    #[test]
    fn without_a_report_arrival_counts() {
        let now = Instant::now();
        assert_eq!(CaptureClock::default().captured(1, AUDIO, None, now), now);
    }
}
