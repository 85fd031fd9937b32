//! Which packets are lost: each by itself, or in bursts.

use crate::profile::Loss;
use crate::random::Random;

const MILLION: f64 = 1_000_000.0;

/// The two-state chain of Gilbert and Elliott. In the bad state packets are lost, in the good one none is.
/// Loss of each packet by itself is the same chain without memory.
#[derive(Debug, Clone)]
pub struct Chain {
    is_bad: bool,
    enter_ppm: u32,
    leave_ppm: u32,
    lost_when_bad_ppm: u32,
    /// The state is drawn anew for each packet.
    memoryless: bool,
}

impl Chain {
    /// The chain whose long-run loss is what the profile says.
    #[must_use]
    pub fn new(loss: &Loss) -> Self {
        let in_burst = f64::from(loss.percent_in_burst) / 100.0;
        let total = f64::from(loss.percent) / 100.0;
        let bad_share = (total / in_burst).min(1.0);
        if loss.mean_burst <= 1.0 {
            let ppm = to_ppm(total);
            return Self {
                is_bad: false,
                enter_ppm: ppm,
                leave_ppm: to_ppm(1.0) - ppm,
                lost_when_bad_ppm: to_ppm(1.0),
                memoryless: true,
            };
        }
        let leave = 1.0 / f64::from(loss.mean_burst);
        // In balance as often into the bad state as out of it.
        let enter = if bad_share >= 1.0 { 1.0 } else { (leave * bad_share / (1.0 - bad_share)).min(1.0) };
        Self {
            is_bad: false,
            enter_ppm: to_ppm(enter),
            leave_ppm: if bad_share >= 1.0 { 0 } else { to_ppm(leave) },
            lost_when_bad_ppm: to_ppm(in_burst),
            memoryless: false,
        }
    }

    /// Whether the next packet is lost.
    pub fn loses(&mut self, random: &mut Random) -> bool {
        if self.memoryless {
            return random.happens(self.enter_ppm);
        }
        let turns = if self.is_bad { self.leave_ppm } else { self.enter_ppm };
        if random.happens(turns) {
            self.is_bad = !self.is_bad;
        }
        self.is_bad && random.happens(self.lost_when_bad_ppm)
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped to 0..=1 million.
fn to_ppm(probability: f64) -> u32 {
    (probability.clamp(0.0, 1.0) * MILLION).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lost of 200,000, and the mean length of runs of lost packets.
    fn measure(wanted: &Loss) -> (f64, f64) {
        let (mut chain, mut random) = (Chain::new(wanted), Random::new(11));
        let (mut lost, mut runs, mut before) = (0.0, 0.0, false);
        for _ in 0..200_000 {
            let now = chain.loses(&mut random);
            lost += f64::from(u8::from(now));
            runs += f64::from(u8::from(now && !before));
            before = now;
        }
        (lost / 2000.0, if runs > 0.0 { lost / runs } else { 0.0 })
    }

    #[test]
    fn single_losses_are_as_many_as_asked_and_independent() {
        let (percent, run) = measure(&Loss { percent: 10.0, ..Loss::default() });
        assert!((percent - 10.0).abs() < 0.3, "{percent}");
        assert!((run - 1.0 / 0.9).abs() < 0.03, "{run}");
    }

    #[test]
    fn bursts_are_as_long_as_asked_and_lose_as_much_in_all() {
        let (percent, run) = measure(&Loss { percent: 20.0, mean_burst: 5.0, percent_in_burst: 100.0 });
        assert!((percent - 20.0).abs() < 0.7, "{percent}");
        assert!((run - 5.0).abs() < 0.3, "{run}");
    }

    #[test]
    fn a_burst_may_let_some_through() {
        let (percent, run) = measure(&Loss { percent: 10.0, mean_burst: 20.0, percent_in_burst: 50.0 });
        assert!((percent - 10.0).abs() < 0.7, "{percent}");
        assert!(run < 3.0, "{run}");
    }

    #[test]
    fn nothing_and_everything_can_be_lost() {
        let (nothing, _) = measure(&Loss::default());
        let (everything, _) = measure(&Loss { percent: 100.0, ..Loss::default() });
        assert!(nothing < 0.001 && everything > 99.999);
        let (everything, _) = measure(&Loss { percent: 100.0, mean_burst: 3.0, percent_in_burst: 100.0 });
        assert!(everything > 99.9);
    }
}
