//! Which layer a slot shows: the one for its size, within what the allocator granted, without flapping.

use std::time::{Duration, Instant};

use super::Choice;
use crate::allocate::Ladder;
use crate::codec::Resolution;

/// Head-room must last this long before a slot goes up; it goes down at once.
const PATIENCE: Duration = Duration::from_secs(1);
/// A layer is large enough when it has this share of the wanted pixels: nine tenths of each side. Scaling up
/// by so little is not seen, and the next layer costs three times as much.
const ENOUGH_PERCENT: u64 = 81;

/// Place of the step that is good enough for a size: the first one that is large enough, else the highest.
/// `None` for an empty ladder.
#[must_use]
pub fn ceiling(ladder: &Ladder, wanted: Resolution) -> Option<usize> {
    let rungs = ladder.rungs();
    let need = u64::from(wanted.area()) * ENOUGH_PERCENT;
    let large_enough = |area: u32| area > 0 && u64::from(area) * 100 >= need;
    let first = rungs.iter().position(|rung| large_enough(rung.size.area()));
    let Some(size) = first.and_then(|place| rungs.get(place)).map(|rung| rung.size) else {
        return rungs.len().checked_sub(1);
    };
    // Steps of one size differ in frame rate: take all frames.
    rungs.iter().rposition(|rung| rung.size == size)
}

/// One slot's memory between allocations.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selector {
    current: Option<Choice>,
    wanted: Resolution,
    /// Nothing is shown for want of bandwidth, not for want of a first choice.
    starved: bool,
    /// Since when the allocator grants more than is shown.
    room_since: Option<Instant>,
}

impl Selector {
    /// What the slot shows.
    #[must_use]
    pub const fn current(&self) -> Option<Choice> {
        self.current
    }

    /// Forgets what was shown: another track comes, and may show its best at once.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes the allocator's place in the ladder and returns what to show.
    ///
    /// Up only after a second of head-room, except for a slot that showed nothing yet or whose size has just
    /// grown (somebody clicked: bandwidth was not the reason to be small).
    pub fn settle(
        &mut self,
        ladder: &Ladder,
        granted: Option<usize>,
        wanted: Resolution,
        now: Instant,
    ) -> Option<Choice> {
        let grown = wanted.area() > self.wanted.area();
        self.wanted = wanted;
        let target = granted.and_then(|place| ladder.rung(place)).map(|rung| rung.choice);
        let shown = self.current.as_ref().and_then(|choice| ladder.position(choice));
        let up = (shown.is_some() || self.starved) && granted > shown;
        if up && !grown {
            let since = *self.room_since.get_or_insert(now);
            if now.saturating_duration_since(since) < PATIENCE {
                return self.current;
            }
        }
        self.room_since = None;
        self.current = target;
        self.starved = target.is_none() && !ladder.rungs().is_empty();
        self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::Rung;
    use crate::consumer::Caps;
    use crate::ids::Rid;
    use crate::units::Bps;

    fn choice(rid: &str, temporal: u8) -> Choice {
        Choice { rid: Rid::new(rid).ok(), caps: Caps { spatial: u8::MAX, temporal } }
    }

    fn ladder() -> Ladder {
        let rung = |rid, temporal, width, height, kbps| Rung {
            choice: choice(rid, temporal),
            size: Resolution { width, height },
            rate: Bps::kilo(kbps),
        };
        Ladder::from_rungs(vec![
            rung("q", 0, 320, 180, 80),
            rung("q", 9, 320, 180, 150),
            rung("h", 9, 640, 360, 500),
            rung("f", 9, 1280, 720, 1500),
        ])
    }

    const fn size(width: u16, height: u16) -> Resolution {
        Resolution { width, height }
    }

    #[test]
    fn the_smallest_layer_that_is_large_enough_is_taken_with_all_its_frames() {
        let ladder = ladder();
        let at = |width, height| ceiling(&ladder, size(width, height));
        assert_eq!([at(160, 90), at(320, 180), at(350, 197)], [Some(1); 3]);
        assert_eq!([at(380, 214), at(700, 394)], [Some(2); 2]);
        assert_eq!([at(800, 450), at(3840, 2160)], [Some(3); 2]);
        assert_eq!(ceiling(&Ladder::default(), size(1, 1)), None);
    }

    #[test]
    fn layers_of_unknown_size_are_all_worth_having() {
        let rung = |rid| Rung { choice: choice(rid, 9), size: Resolution::default(), rate: Bps::kilo(1) };
        let ladder = Ladder::from_rungs(vec![rung("q"), rung("h")]);
        assert_eq!(ceiling(&ladder, size(100, 100)), Some(1));
    }

    #[test]
    fn a_slot_goes_down_at_once_and_up_after_a_second_of_room() {
        let (ladder, start, wanted) = (ladder(), Instant::now(), size(1280, 720));
        let mut selector = Selector::default();
        let mut at = |ms, place| {
            selector
                .settle(&ladder, place, wanted, start + Duration::from_millis(ms))
                .and_then(|choice| choice.rid)
        };
        let [q, h, f] = ["q", "h", "f"].map(|rid| Rid::new(rid).ok());
        assert_eq!(at(0, Some(3)), f, "the first choice is free");
        assert_eq!(at(10, Some(1)), q);
        assert_eq!(at(20, Some(2)), q);
        assert_eq!(at(900, Some(1)), q, "the room is gone again");
        assert_eq!(at(1000, Some(2)), q);
        assert_eq!(at(1999, Some(2)), q);
        assert_eq!(at(2000, Some(2)), h);
        assert_eq!(at(2010, None), None, "starved");
        assert_eq!(at(2020, Some(1)), None, "it does not flicker");
        assert_eq!(at(3020, Some(1)), q);
    }

    #[test]
    fn a_slot_that_grew_and_a_slot_whose_layer_died_do_not_wait() {
        let (ladder, now) = (ladder(), Instant::now());
        let mut selector = Selector::default();
        selector.settle(&ladder, Some(1), size(320, 180), now);
        let grown = selector.settle(&ladder, Some(3), size(1280, 720), now);
        assert_eq!(grown.and_then(|choice| choice.rid), Rid::new("f").ok());
        let rest = Ladder::from_rungs(ladder.rungs()[..3].to_vec());
        let fallen = selector.settle(&rest, Some(2), size(1280, 720), now);
        assert_eq!(fallen.and_then(|choice| choice.rid), Rid::new("h").ok());
        selector.reset();
        assert_eq!(selector.current(), None);
    }
}
