//! Whether a layer's pictures come as often as those of its smallest sibling.
//!
//! An encoder that got too few bits for a layer leaves pictures out of it, half of them and more, while the
//! smallest layer runs on: then the larger one stands still again and again, and is worse than the smallest.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Pictures are counted over so long.
const WINDOW: Duration = Duration::from_secs(2);
/// Most that are counted: 60 pictures a second.
const MAX_PICTURES: usize = 120;
/// Fewer tell nothing: a still screen.
const ENOUGH: usize = 10;
/// A pause after which a stream counts anew.
const PAUSE: Duration = Duration::from_millis(600);
/// A layer with less than this share of its sibling's pictures stutters …
const STUTTERS_PERCENT: usize = 85;
/// … and no longer does when it had more than that …
const RUNS_PERCENT: usize = 95;
/// … for so long: an encoder that is short of bits is so again soon.
const CALM: Duration = Duration::from_secs(4);

/// The pictures of one stream.
#[derive(Debug, Default)]
pub struct FrameRate {
    starts: VecDeque<Instant>,
    since: Option<Instant>,
    /// When it was last seen to stutter; none while it runs.
    stuttered: Option<Instant>,
}

impl FrameRate {
    /// Notes that a picture began.
    pub fn note(&mut self, now: Instant) {
        if self.starts.back().is_none_or(|last| now.saturating_duration_since(*last) >= PAUSE) {
            self.since = Some(now);
            self.starts.clear();
        }
        self.starts.push_back(now);
        if self.starts.len() > MAX_PICTURES {
            self.starts.pop_front();
        }
    }

    /// Pictures within the window; none when it does not run that long yet.
    fn pictures(&self, now: Instant) -> Option<usize> {
        let within = |at: &Instant| now.saturating_duration_since(*at) < WINDOW;
        self.since.filter(|since| !within(since))?;
        Some(self.starts.iter().rev().take_while(|at| within(at)).count())
    }

    /// Compares the stream with its smallest sibling.
    pub fn judge(&mut self, sibling: &Self, now: Instant) {
        let (Some(own), Some(other)) = (self.pictures(now), sibling.pictures(now)) else { return };
        if other < ENOUGH {
            self.stuttered = None;
            return;
        }
        let limit = if self.stuttered.is_some() { RUNS_PERCENT } else { STUTTERS_PERCENT };
        if own * 100 < other * limit {
            self.stuttered = Some(now);
        } else if self.stuttered.is_some_and(|at| now.saturating_duration_since(at) >= CALM) {
            self.stuttered = None;
        }
    }

    /// Whether a smaller sibling is the better one to show.
    #[must_use]
    pub const fn stutters(&self) -> bool {
        self.stuttered.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: Duration = Duration::from_millis(50);

    /// Both get pictures for so long; the larger one leaves out each nth.
    fn run(pair: &mut [FrameRate; 2], from: Instant, seconds: u32, left_out: u32) -> Instant {
        let mut now = from;
        for picture in 0..seconds * 20 {
            now += PICTURE;
            let [small, large] = pair;
            small.note(now);
            if left_out == 0 || picture % left_out != 0 {
                large.note(now);
            }
            large.judge(small, now);
        }
        now
    }

    #[test]
    fn a_layer_that_leaves_pictures_out_stutters_until_it_has_run_for_a_while() {
        let mut pair = [FrameRate::default(), FrameRate::default()];
        let now = run(&mut pair, Instant::now(), 4, 0);
        assert!(!pair[1].stutters());
        let now = run(&mut pair, now, 3, 4);
        assert!(pair[1].stutters());
        let now = run(&mut pair, now, 4, 0);
        assert!(pair[1].stutters(), "not yet");
        run(&mut pair, now, 2, 0);
        assert!(!pair[1].stutters());
    }

    #[test]
    fn a_still_screen_and_a_layer_that_has_just_begun_do_not_stutter() {
        let (mut small, mut large, mut now) = (FrameRate::default(), FrameRate::default(), Instant::now());
        for _ in 0..10 {
            now += Duration::from_millis(500);
            small.note(now);
            large.judge(&small, now);
        }
        assert!(!large.stutters());
        let mut pair = [small, large];
        now = run(&mut pair, now, 3, 0);
        pair[1] = FrameRate::default();
        run(&mut pair, now, 1, 2);
        assert!(!pair[1].stutters());
    }
}
