//! Time for str0m's pacer, which lets out one packet and then asks to be woken in the next microsecond.
//!
//! A loop that did so would take a whole turn, sockets and all, for each packet; on a busy machine packets
//! would queue although the path is free. So the pacer gets its microseconds within one drain.

use std::time::{Duration, Instant};

/// How far str0m's clock may run ahead of the real one: more packets than a drain ever sends.
const AHEAD: Duration = Duration::from_micros(250);
const STEP: Duration = Duration::from_micros(1);
/// Woken so much later than asked, pacing is of no use: str0m sends 40 ms worth of pictures at a time
/// (`pacer/leaky.rs`, `PACING`), and what came meanwhile would wait for longer and longer.
const LATE: Duration = Duration::from_millis(30);
/// Who was late is thought to be so again for this long.
const MEMORY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Pace {
    now: Instant,
    /// What str0m was told last, at least `now`.
    clock: Instant,
    /// When it asked to be woken.
    due: Option<Instant>,
    late: Option<Instant>,
    /// The estimate is lower than what is sent, so pacing by it would only pile packets up.
    disbelieved: bool,
    unpaced: bool,
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self { now, clock: now, due: None, late: None, disbelieved: false, unpaced: false }
    }

    /// Time passed. Tells when pictures are to leave at once from now on, or paced again.
    pub(super) fn wake(&mut self, now: Instant) -> Option<bool> {
        if self.due.take().is_some_and(|due| now.saturating_duration_since(due) >= LATE) {
            self.late = Some(now);
        }
        self.now = now;
        self.clock = self.clock.max(now);
        self.settle(now)
    }

    /// There is a new estimate. Tells the same.
    pub(super) fn estimate(&mut self, disbelieved: bool, now: Instant) -> Option<bool> {
        self.disbelieved = disbelieved;
        self.settle(now)
    }

    fn settle(&mut self, now: Instant) -> Option<bool> {
        let late = self.late.is_some_and(|late| now.saturating_duration_since(late) < MEMORY);
        let unpaced = late || self.disbelieved;
        (std::mem::replace(&mut self.unpaced, unpaced) != unpaced).then_some(unpaced)
    }

    /// str0m wants to be woken at a moment: the one to wake it at right away, or none, when the caller waits.
    pub(super) fn go_on(&mut self, at: Instant) -> Option<Instant> {
        let next = at.max(self.clock + STEP);
        if next > self.now + AHEAD {
            self.due = Some(at);
            return None;
        }
        self.clock = next;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_microseconds_pass_at_once_and_nothing_runs_ahead_for_ever() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(pace.go_on(start + STEP), Some(start + STEP));
        assert_eq!(pace.go_on(start), Some(start + 2 * STEP), "time never stands still");
        let more = std::iter::from_fn(|| pace.go_on(start)).count();
        assert_eq!(more, 248);
        assert_eq!(pace.go_on(start + Duration::from_millis(5)), None);
    }

    #[test]
    fn who_is_woken_late_does_not_pace_for_a_while() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pace = Pace::new(start);
        pace.go_on(at(10));
        assert_eq!(pace.wake(at(39)), None);
        pace.go_on(at(50));
        assert_eq!(pace.wake(at(80)), Some(true));
        assert_eq!(pace.wake(at(1079)), None);
        assert_eq!(pace.estimate(true, at(1079)), None, "it is already so");
        assert_eq!(pace.wake(at(1080)), None);
        assert_eq!(pace.estimate(false, at(1081)), Some(false));
    }
}
