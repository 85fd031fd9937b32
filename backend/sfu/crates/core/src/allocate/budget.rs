//! The threshold allocator: who gets which step within one receiver's budget.
//!
//! Audio is taken off first. Then everybody gets the lowest step, in order of priority and size; what is
//! left raises them, priority by priority, a step at a time. So nobody starves while another grows, and a
//! small tile of high priority comes before a large one of low priority.

use std::cmp::Reverse;

use super::ladder::{Ladder, Rung};
use crate::codec::Resolution;
use crate::consumer::{Choice, ceiling};
use crate::units::Bps;

/// Room that a step needs beyond its cost before it is taken up, and that the estimator probes for. Without
/// it the estimate never grows beyond what is sent, and slots flap at the limit.
const UP_PERCENT: u64 = 115;
/// The rate worth probing for, against what all slots could use.
const DESIRED_PERCENT: u64 = 130;
/// Worth probing for as long as anybody wants to see something: publishers raise their layers over seconds,
/// and an estimate that waits for each of them would lag behind all the way.
const DESIRED_FLOOR: Bps = Bps::kilo(1500);

/// What one slot would like.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// The steps of the track that the slot shows.
    pub ladder: &'a Ladder,
    /// The size at which it is shown.
    pub wanted: Resolution,
    /// The higher, the more it keeps when bandwidth is short.
    pub priority: u8,
    /// What the slot shows now: to keep that, no extra room is asked.
    pub current: Option<Choice>,
}

/// The outcome for all slots, in the order of the demands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Place in the slot's ladder; `None` when there is no room, or no live layer.
    pub places: Vec<Option<usize>>,
    /// What the estimator must find for the next step.
    pub minimum: Bps,
    /// What the estimator should look for at most.
    pub desired: Bps,
}

/// A demand being served.
struct Share<'a> {
    slot: usize,
    demand: &'a Demand<'a>,
    place: Option<usize>,
    /// Highest step worth having.
    top: usize,
    full: bool,
}

impl Share<'_> {
    fn rate(&self) -> Bps {
        self.place.and_then(|place| self.demand.ladder.rung(place)).map_or(Bps::ZERO, |rung| rung.rate)
    }

    fn next(&self) -> Option<(usize, &Rung)> {
        let next = self.place.map_or(0, |place| place + 1);
        (next <= self.top).then(|| self.demand.ladder.rung(next).map(|rung| (next, rung)))?
    }

    /// The room that a step must find: its cost, and some more above what the slot shows now. A slot that
    /// shows nothing asks for no more than the cost, so that a new tile comes up at once.
    fn room_for(&self, place: usize, rate: Bps) -> Bps {
        let current = self.demand.current.as_ref().and_then(|choice| self.demand.ladder.position(choice));
        match current {
            Some(current) if place > current => rate.scaled(UP_PERCENT),
            _ => rate,
        }
    }

    /// Takes the next step if it fits; returns whether it did.
    fn rise(&mut self, left: &mut Bps) -> bool {
        let Some((place, rate)) = self.next().map(|(place, rung)| (place, rung.rate)) else {
            self.full = true;
            return false;
        };
        let held = *left + self.rate();
        if self.room_for(place, rate) > held {
            self.full = true;
            return false;
        }
        *left = held.minus(rate);
        self.place = Some(place);
        true
    }
}

/// Gives every demand a step. `audio` is what the audio slots cost; it is never cut.
#[must_use]
pub fn allocate(budget: Bps, audio: Bps, demands: &[Demand<'_>]) -> Allocation {
    let mut shares: Vec<Share<'_>> = demands
        .iter()
        .enumerate()
        .filter_map(|(slot, demand)| {
            let top = ceiling(demand.ladder, demand.wanted)?;
            Some(Share { slot, demand, place: None, top, full: false })
        })
        .collect();
    shares.sort_by_key(|share| {
        (Reverse(share.demand.priority), Reverse(share.demand.wanted.area()), share.slot)
    });
    let mut left = budget.minus(audio);
    for share in &mut shares {
        // One that does not fit does not keep a cheaper one out.
        share.rise(&mut left);
    }
    for group in shares.chunk_by_mut(|a, b| a.demand.priority == b.demand.priority) {
        raise_evenly(group, &mut left);
    }
    summarize(audio, demands, &shares)
}

/// Raises shares of one priority in turns, until none can rise.
fn raise_evenly(group: &mut [Share<'_>], left: &mut Bps) {
    let mut rising = true;
    while rising {
        rising = false;
        for share in group.iter_mut().filter(|share| !share.full && share.place.is_some()) {
            rising |= share.rise(left);
        }
    }
}

fn summarize(audio: Bps, demands: &[Demand<'_>], shares: &[Share<'_>]) -> Allocation {
    let spent = audio + shares.iter().map(Share::rate).sum();
    // The best-placed share that could still grow says what to probe for.
    let starved = shares.iter().find(|share| share.place.is_none());
    let growing = starved.or_else(|| shares.iter().find(|share| share.next().is_some()));
    let minimum = growing.and_then(|share| {
        let (_, rung) = share.next()?;
        Some(spent.minus(share.rate()) + rung.rate.scaled(UP_PERCENT))
    });
    let tops = shares.iter().filter_map(|share| share.demand.ladder.rung(share.top)).map(|rung| rung.rate);
    let watched = demands.iter().any(|demand| demand.wanted.area() > 0);
    let floor = if watched { DESIRED_FLOOR } else { Bps::ZERO };
    let mut places = vec![None; demands.len()];
    for share in shares {
        if let Some(place) = places.get_mut(share.slot) {
            *place = share.place;
        }
    }
    Allocation {
        places,
        minimum: minimum.unwrap_or(spent),
        desired: (audio + tops.sum()).max(floor).scaled(DESIRED_PERCENT),
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
