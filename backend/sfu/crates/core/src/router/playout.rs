//! How long receivers should hold pictures back, so that what is sent again comes in time.

use std::time::{Duration, Instant};

use super::{Router, member::Slot};
use crate::packet::Kind;
use crate::repair::Repairs;
use crate::transport::TransportKey;

/// From this loss on a way to a receiver counts as lossy, and below that it no longer does.
const LOSSY: f32 = 0.03;
const CALM: f32 = 0.01;
/// The newest report's weight; five come in a second, and each is of the last second's packets.
const WEIGHT: f32 = 0.15;
/// Round trips that a lossy way needs: a packet is asked for, and one in five times asked for again.
const ROUND_TRIPS: u32 = 2;
/// Nobody talks with more delay.
const LONGEST: Duration = Duration::from_millis(600);
/// Changes by less are not worth a change of speed: longer at once, shorter only by a quarter.
const STEP: Duration = Duration::from_millis(20);

/// The way from the worker to a receiver.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    lost: f32,
    rtt: Duration,
    lossy: bool,
}

impl Way {
    fn report(&mut self, lost: f32, rtt: Duration) {
        self.lost += WEIGHT * (lost - self.lost);
        self.rtt = rtt;
        self.lossy = self.lost > if self.lossy { CALM } else { LOSSY };
    }

    fn patience(self) -> Duration {
        if self.lossy { self.rtt * ROUND_TRIPS } else { Duration::ZERO }
    }
}

impl Slot {
    /// Takes what would be long enough; packets carry it once there was something to wait for.
    fn hold_back(&mut self, enough: Duration) {
        let now = self.playout_delay.unwrap_or_default();
        if enough >= now + STEP || enough * 4 < now * 3 {
            self.playout_delay = Some(enough);
        }
    }
}

impl Router {
    /// A report about the way to a client.
    pub fn path(&mut self, key: TransportKey, lost: f32, rtt: Duration) {
        if let Some(member) = self.members.get_mut(&key) {
            member.way.report(lost, rtt);
        }
    }

    /// Lets each slot's pictures wait for what its publisher's network and its receiver's lose.
    pub(super) fn set_playout_delays(&mut self, now: Instant) {
        for member in self.members.values_mut() {
            let down = member.way.patience();
            for slot in member.slots.iter_mut().filter(|slot| slot.kind == Kind::Video) {
                let Some(producer) = slot.shows().and_then(|shown| self.producers.get(&shown)) else {
                    continue;
                };
                let up = Repairs::patience(producer.layers.values().map(|layer| &layer.repairs), now);
                slot.hold_back((up + down).min(LONGEST));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_lossy_after_a_few_reports_and_calm_again_after_some_more() {
        let (mut way, rtt) = (Way::default(), Duration::from_millis(150));
        way.report(0.10, rtt);
        assert_eq!(way.patience(), Duration::ZERO, "one report may be chance");
        (0..2).for_each(|_| way.report(0.10, rtt));
        assert_eq!(way.patience(), 2 * rtt);
        (0..15).for_each(|_| way.report(0.0, rtt));
        assert_eq!(way.patience(), Duration::ZERO);
    }
}
