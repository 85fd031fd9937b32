//! Where each incoming sequence number of a binding goes in the slot's numbering.
//!
//! Numbers that are dropped close ranks: everything behind moves down by one. A late packet keeps the
//! offset of its own place. One map serves one binding; the slot starts a new one at each switch.

use std::collections::VecDeque;

/// How far behind the newest packet a late one is still placed. RTX answers arrive well within it.
const WINDOW: u64 = 1024;
const WORDS: usize = 16;

/// Leaps beyond this are no loss but another count: ten seconds of a stream of 1,000 packets a second.
const MAX_LEAP: u64 = 10_000;

/// How a packet stands to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Newer than all others.
    Next,
    /// Older than the newest, and not seen before.
    Late,
}

/// The place of a packet in the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Sequence number in the slot.
    pub(super) seq: u64,
    /// Whole pictures dropped before it.
    pub(super) pictures: u16,
}

/// From this incoming number on, so many packets and pictures are missing.
#[derive(Debug, Clone, Copy)]
struct Shift {
    from: u64,
    packets: u64,
    pictures: u16,
}

#[derive(Debug)]
pub(super) struct SequenceMap {
    base: u64,
    out_base: u64,
    newest: Option<u64>,
    /// One bit for each of the last `WINDOW` incoming numbers.
    seen: [u64; WORDS],
    /// Ordered by `from`; never empty.
    shifts: VecDeque<Shift>,
}

impl SequenceMap {
    /// Incoming `base` becomes `out_base`; everything before `base` is refused.
    pub(super) fn new(base: u64, out_base: u64) -> Self {
        let shifts = VecDeque::from([Shift { from: base, packets: 0, pictures: 0 }]);
        Self { base, out_base, newest: None, seen: [0; WORDS], shifts }
    }

    /// Notes a packet; `None` when it is older than the binding or the window, or was seen before.
    pub(super) fn admit(&mut self, seq: u64) -> Option<Order> {
        if seq < self.base {
            return None;
        }
        let order = match self.newest {
            Some(newest) if seq <= newest => {
                if newest - seq >= WINDOW || self.is_seen(seq) {
                    return None;
                }
                Order::Late
            }
            newest => {
                self.advance(newest, seq);
                Order::Next
            }
        };
        self.mark(seq);
        Some(order)
    }

    /// Whether a number is so far from the newest that it may be of another count.
    pub(super) fn is_astray(&self, seq: u64) -> bool {
        self.newest.is_some_and(|newest| seq + WINDOW <= newest || seq > newest + MAX_LEAP)
    }

    /// Where an admitted packet goes.
    pub(super) fn place(&self, seq: u64) -> Option<Place> {
        let shift = self.shifts.iter().rev().find(|shift| shift.from <= seq)?;
        let seq = (seq - self.base + self.out_base).checked_sub(shift.packets)?;
        Some(Place { seq, pictures: shift.pictures })
    }

    /// Leaves out the packet that was just admitted as `Order::Next`.
    pub(super) fn skip(&mut self, seq: u64, whole_picture: bool) {
        let Some(last) = self.shifts.back_mut() else { return };
        let (packets, pictures) = (last.packets + 1, last.pictures.wrapping_add(u16::from(whole_picture)));
        let next = Shift { from: seq + 1, packets, pictures };
        if last.from == seq {
            // The one before was left out too: no packet lies between.
            *last = next;
        } else {
            self.shifts.push_back(next);
        }
    }

    fn advance(&mut self, newest: Option<u64>, seq: u64) {
        if let Some(newest) = newest {
            if seq - newest >= WINDOW {
                self.seen = [0; WORDS];
            } else {
                ((newest + 1)..=seq).for_each(|gone| self.clear(gone));
            }
        }
        self.newest = Some(seq);
        let oldest = seq.saturating_sub(WINDOW - 1);
        while self.shifts.get(1).is_some_and(|second| second.from <= oldest) {
            self.shifts.pop_front();
        }
    }

    fn is_seen(&self, seq: u64) -> bool {
        let (word, bit) = slot_of(seq);
        self.seen.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn mark(&mut self, seq: u64) {
        let (word, bit) = slot_of(seq);
        if let Some(bits) = self.seen.get_mut(word) {
            *bits |= bit;
        }
    }

    fn clear(&mut self, seq: u64) {
        let (word, bit) = slot_of(seq);
        if let Some(bits) = self.seen.get_mut(word) {
            *bits &= !bit;
        }
    }
}

/// Word and bit of a number in the ring of seen ones.
fn slot_of(seq: u64) -> (usize, u64) {
    let word = usize::try_from(seq / 64 % (WINDOW / 64)).unwrap_or(0);
    (word, 1 << (seq % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(map: &SequenceMap, seq: u64) -> Option<u64> {
        map.place(seq).map(|place| place.seq)
    }

    #[test]
    fn a_dropped_packet_moves_later_ones_and_no_earlier_one() {
        let mut map = SequenceMap::new(100, 7);
        for seq in [100, 102, 103, 105] {
            assert_eq!(map.admit(seq), Some(Order::Next));
            if seq == 103 {
                map.skip(seq, true);
            }
        }
        assert_eq!(map.admit(101), Some(Order::Late));
        assert_eq!(map.admit(104), Some(Order::Late));
        let places: Vec<_> = [100, 101, 102, 104, 105].map(|seq| out(&map, seq)).into();
        assert_eq!(places, [Some(7), Some(8), Some(9), Some(10), Some(11)]);
        assert_eq!(map.place(105).map(|place| place.pictures), Some(1));
        assert_eq!(map.place(102).map(|place| place.pictures), Some(0));
    }

    #[test]
    fn each_packet_is_admitted_once_and_none_from_before_the_binding() {
        let mut map = SequenceMap::new(100, 1);
        assert_eq!(map.admit(99), None);
        assert_eq!((map.admit(100), map.admit(100)), (Some(Order::Next), None));
        assert_eq!(
            (map.admit(102), map.admit(101), map.admit(101)),
            (Some(Order::Next), Some(Order::Late), None)
        );
    }

    #[test]
    fn packets_older_than_the_window_are_refused() {
        let mut map = SequenceMap::new(0, 1);
        map.admit(0);
        map.admit(5000);
        assert_eq!(map.admit(5000 - WINDOW), None);
        assert_eq!(map.admit(5001 - WINDOW), Some(Order::Late));
    }

    #[test]
    fn a_long_binding_with_many_drops_keeps_little_state() {
        let mut map = SequenceMap::new(0, 1);
        for seq in 0..100_000 {
            map.admit(seq);
            if seq % 2 == 1 {
                map.skip(seq, false);
            }
        }
        assert_eq!(out(&map, 99_998), Some(1 + 49_999));
        assert!(map.shifts.len() < 600, "{}", map.shifts.len());
    }
}
