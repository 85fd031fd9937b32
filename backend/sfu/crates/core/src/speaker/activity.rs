//! The smoothed loudness of one microphone: quick to rise, slow to fall.

use std::time::{Duration, Instant};

/// Usual length of an audio packet, the step of all smoothing.
const STEP: Duration = Duration::from_millis(20);
/// Packets further apart than this have silence between them (discontinuous transmission, loss, mute).
const GAP: Duration = Duration::from_millis(120);
/// Steps worth computing: everything has faded after them.
const MAX_STEPS: u128 = 100;

/// A level of this or softer, in -dBov, counts as silence: the noise floor of a quiet room.
const FLOOR: u8 = 60;
/// Points for each dB above the floor: -10 dBov, a loud voice, gives 100.
const POINTS_PER_DB: u8 = 2;
/// Points of a packet that tells no level.
const UNKNOWN: u8 = 25;
/// Points from which one speaks, and below which one has stopped.
const LOUD: u8 = 20;
const QUIET: u8 = 10;

/// Fixed-point scale of the average.
const SCALE: u32 = 256;
/// Shares of the way to a new level that one step goes: up, it is there after 60 ms; down, after a second,
/// so that a pause between words is none.
const ATTACK: u32 = 2;
const RELEASE: u32 = 20;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Activity {
    /// Points times `SCALE`.
    average: u32,
    loud: bool,
    last: Option<Instant>,
}

impl Activity {
    /// Takes the level of a packet.
    pub(super) fn hear(&mut self, level: Option<u8>, voice: Option<bool>, now: Instant) {
        let points = points(level, voice);
        self.fade(now);
        let steps = self.last.map_or(1, |last| steps(now.saturating_duration_since(last))).max(1);
        for _ in 0..steps {
            self.step(points);
        }
        self.last = Some(now);
    }

    /// Loudness and whether it counts as speaking.
    pub(super) fn settle(&mut self, now: Instant) -> (u8, bool) {
        self.fade(now);
        let level = u8::try_from(self.average / SCALE).unwrap_or(100);
        self.loud = if self.loud { level >= QUIET } else { level >= LOUD };
        (level, self.loud)
    }

    /// Lets silence pass if packets stayed out.
    fn fade(&mut self, now: Instant) {
        let Some(last) = self.last else { return };
        let silence = now.saturating_duration_since(last);
        if silence < GAP {
            return;
        }
        for _ in 0..steps(silence) {
            self.step(0);
        }
        self.last = Some(now);
    }

    fn step(&mut self, points: u8) {
        let target = u32::from(points) * SCALE;
        if target > self.average {
            self.average += (target - self.average).div_ceil(ATTACK);
        } else {
            self.average -= (self.average - target) / RELEASE;
        }
    }
}

fn steps(span: Duration) -> u128 {
    (span.as_millis() / STEP.as_millis()).min(MAX_STEPS)
}

fn points(level: Option<u8>, voice: Option<bool>) -> u8 {
    let points = level.map_or(UNKNOWN, |level| FLOOR.saturating_sub(level) * POINTS_PER_DB).min(100);
    // The sender's own detector says that this is noise.
    if voice == Some(false) { points / 2 } else { points }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Voice {
        activity: Activity,
        now: Instant,
    }

    impl Voice {
        fn new() -> Self {
            Self { activity: Activity::default(), now: Instant::now() }
        }

        /// Packets of one level for so long; returns the outcome.
        fn say(&mut self, level: u8, ms: u64) -> (u8, bool) {
            for _ in 0..ms / 20 {
                self.now += STEP;
                self.activity.hear(Some(level), None, self.now);
            }
            self.activity.settle(self.now)
        }
    }

    #[test]
    fn a_voice_is_loud_within_60_ms_and_quiet_within_a_second() {
        let mut voice = Voice::new();
        assert_eq!(voice.say(127, 200), (0, false));
        assert!(voice.say(30, 60).1);
        let (level, loud) = voice.say(30, 300);
        assert!(loud && (55..=60).contains(&level), "{level}");
        let (level, loud) = voice.say(127, 600);
        assert!(loud && level < LOUD, "a pause between words");
        assert!(!voice.say(127, 400).1);
    }

    #[test]
    fn a_voice_whose_packets_stop_fades_too() {
        let mut voice = Voice::new();
        voice.say(20, 400);
        let later = voice.now + Duration::from_secs(2);
        assert_eq!(voice.activity.settle(later), (0, false));
        let much_later = later + Duration::from_secs(60);
        voice.activity.hear(Some(20), None, much_later);
        assert_eq!(voice.activity.settle(much_later).0, 40, "one packet is one step");
    }

    #[test]
    fn room_noise_and_what_the_sender_calls_noise_count_less() {
        let mut voice = Voice::new();
        assert_eq!(voice.say(58, 1000), (4, false));
        let (loud, noise) = (points(Some(40), Some(true)), points(Some(40), Some(false)));
        assert_eq!((loud, noise), (40, 20));
        assert_eq!((points(Some(0), None), points(Some(255), None), points(None, None)), (100, 0, UNKNOWN));
    }
}
