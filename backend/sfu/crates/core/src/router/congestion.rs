//! What a slot does when its packets pile up: the first time it resumes on a key frame, and when that does
//! not help it falls silent for a while. A key frame costs everybody who watches the same layer, so one slow
//! receiver must not ask for many.

use std::time::{Duration, Instant};

/// Least time between two restarts of a slot, and its first silence: about what an estimate needs to fall.
const SPACING: Duration = Duration::from_secs(2);
/// Doublings of the silence at most: 4 s. The estimate has fallen by then, or is wrong.
const MAX_DOUBLINGS: u32 = 1;
/// A slot that flowed for this long without piling up starts afresh.
const CALM: Duration = Duration::from_secs(10);

/// What relieves the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relief {
    /// Drop what waits and resume on a key frame.
    Restart,
    /// Fall silent until [`Congestion::is_silent`] ends.
    Silence,
}

/// The history of one slot.
#[derive(Debug, Default)]
pub(super) struct Congestion {
    /// When it last began to flow anew.
    resumed: Option<Instant>,
    silences: u32,
}

impl Congestion {
    /// The slot's packets wait too long.
    pub(super) fn relieve(&mut self, now: Instant) -> Relief {
        let flowed = self.resumed.map(|at| now.saturating_duration_since(at));
        if flowed.is_none_or(|flowed| flowed >= CALM) {
            self.silences = 0;
        }
        if flowed.is_none_or(|flowed| flowed >= SPACING) {
            self.resumed = Some(now);
            return Relief::Restart;
        }
        self.resumed = Some(now + SPACING * 2_u32.pow(self.silences));
        self.silences = (self.silences + 1).min(MAX_DOUBLINGS);
        Relief::Silence
    }

    /// Whether it lets the path breathe.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.resumed.is_some_and(|at| now < at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_restarts_once_and_then_falls_silent_for_longer_but_not_for_ever_longer() {
        let mut congestion = Congestion::default();
        let mut now = Instant::now();
        assert_eq!(congestion.relieve(now), Relief::Restart);
        for seconds in [2, 4, 4, 4] {
            now += Duration::from_millis(100);
            assert_eq!(congestion.relieve(now), Relief::Silence);
            let almost = now + Duration::from_millis(seconds * 1000 - 1);
            now += Duration::from_secs(seconds);
            assert!(congestion.is_silent(almost) && !congestion.is_silent(now));
        }
    }

    #[test]
    fn who_flowed_for_a_while_starts_afresh() {
        let mut congestion = Congestion::default();
        let mut now = Instant::now();
        for _ in 0..2 {
            assert_eq!(congestion.relieve(now), Relief::Restart);
            assert_eq!(congestion.relieve(now), Relief::Silence);
            now += SPACING;
            assert!(!congestion.is_silent(now));
            now += CALM;
        }
    }
}
