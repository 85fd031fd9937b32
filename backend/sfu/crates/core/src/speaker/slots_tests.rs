//! Tests of the audio slots.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn voice(producer: u64, level: u8) -> Ranked {
    let kind = SpeakerKind::Voice;
    Ranked { producer: ProducerKey(producer), kind, level, loud: level >= 20, muted: false }
}

fn screen(producer: u64) -> Ranked {
    Ranked { kind: SpeakerKind::Screen, ..voice(producer, 0) }
}

struct Receiver {
    slots: AudioSlots,
    now: Instant,
}

impl Receiver {
    fn new(slots: usize) -> Self {
        Self { slots: AudioSlots::new(slots), now: Instant::now() }
    }

    /// Takes a ranking after `ms`; returns who is in the slots.
    fn after(&mut self, ms: u64, ranking: &[Ranked]) -> Vec<Option<u64>> {
        self.now += Duration::from_millis(ms);
        self.slots.assign(ranking, |producer| producer.0 == 99, self.now);
        (0..self.slots.len()).map(|slot| self.slots.producer(slot).map(|producer| producer.0)).collect()
    }
}

#[test]
fn in_a_small_room_everybody_has_a_slot_before_speaking() {
    let mut receiver = Receiver::new(3);
    assert_eq!(receiver.after(0, &[voice(1, 0), voice(99, 60), voice(2, 0)]), [Some(1), Some(2), None]);
}

#[test]
fn a_new_speaker_takes_the_slot_of_the_quietest() {
    let mut receiver = Receiver::new(2);
    receiver.after(0, &[voice(1, 50), voice(2, 5), voice(3, 0)]);
    assert_eq!(receiver.after(1000, &[voice(3, 70), voice(1, 50), voice(2, 5)]), [Some(1), Some(3)]);
}

#[test]
fn a_slot_is_not_stolen_from_one_who_still_speaks_nor_within_the_hold() {
    let mut receiver = Receiver::new(2);
    receiver.after(0, &[voice(1, 50), voice(2, 40), voice(3, 0)]);
    let full = [voice(3, 90), voice(1, 50), voice(2, 40)];
    assert_eq!(receiver.after(5000, &full), [Some(1), Some(2)]);
    assert_eq!(receiver.after(10, &[voice(3, 90), voice(1, 50), voice(2, 0)]), [Some(1), Some(3)]);
    // 3 falls quiet at once: it keeps the slot for a moment.
    let next = [voice(4, 80), voice(1, 50), voice(3, 5)];
    assert_eq!(receiver.after(100, &next), [Some(1), Some(3)]);
    assert_eq!(receiver.after(500, &next), [Some(1), Some(4)]);
}

#[test]
fn a_muted_holder_gives_way_at_once() {
    let mut receiver = Receiver::new(1);
    receiver.after(0, &[voice(1, 50), voice(2, 0)]);
    let muted = Ranked { muted: true, ..voice(1, 0) };
    assert_eq!(receiver.after(20, &[voice(2, 30), muted]), [Some(2)]);
}

#[test]
fn a_screen_is_always_heard_and_leaves_a_slot_to_the_voices() {
    let mut receiver = Receiver::new(3);
    let voices = [voice(1, 80), voice(2, 60), voice(3, 40)];
    receiver.after(0, &voices);
    let with = |screens: &[u64]| {
        let screens = screens.iter().map(|producer| screen(*producer));
        voices.iter().copied().chain(screens).collect::<Vec<_>>()
    };
    assert_eq!(receiver.after(10, &with(&[7])), [Some(1), Some(2), Some(7)]);
    assert_eq!(receiver.after(9000, &with(&[7])), [Some(1), Some(2), Some(7)]);
    assert_eq!(receiver.after(10, &with(&[7, 8, 9])), [Some(1), Some(8), Some(7)]);
    assert_eq!(receiver.after(10, &voices), [Some(1), Some(2), Some(3)]);
    assert_eq!(Receiver::new(1).after(0, &with(&[7])), [Some(7)]);
}

#[test]
fn more_slots_keep_what_the_first_ones_carry() {
    let mut receiver = Receiver::new(1);
    let ranking = [voice(1, 50), voice(2, 40)];
    receiver.after(0, &ranking);
    receiver.slots.resize(3);
    let changes = receiver.slots.assign(&ranking, |_| false, receiver.now);
    assert_eq!(changes, [SlotChange { slot: 1, producer: Some(ProducerKey(2)) }]);
    assert!(Receiver::new(0).slots.is_empty());
}

proptest! {
    #[test]
    fn slots_are_stable_and_nobody_is_heard_twice(
        steps in prop::collection::vec((prop::collection::vec((0..100_u8, any::<bool>()), 6), 0..400_u64), 1..60),
        slots in 1..4_usize,
        screens in 0..3_usize,
    ) {
        let mut receiver = Receiver::new(slots);
        for (levels, ms) in steps {
            let mut ranking: Vec<_> = (0..).zip(&levels).map(|(producer, (level, muted))| Ranked { muted: *muted, ..voice(producer, *level) }).collect();
            ranking.sort_by_key(|ranked| (ranked.muted, !ranked.loud));
            ranking.extend((0..screens as u64).map(|number| screen(50 + number)));
            let before: Vec<_> = (0..slots).map(|slot| receiver.slots.producer(slot)).collect();
            let after = receiver.after(ms, &ranking);
            let heard: BTreeSet<_> = after.iter().flatten().collect();
            prop_assert_eq!(heard.len(), after.iter().flatten().count());
            prop_assert_eq!(heard.len(), slots.min(ranking.len()), "no slot is left empty");
            prop_assert_eq!(heard.iter().filter(|producer| ***producer >= 50).count() , screens.min(slots.saturating_sub(1).max(1)));
            // A speaker loses the slot to a screen at most; those stay after the first round.
            let settled = before.iter().flatten().any(|producer| producer.0 >= 50) || screens == 0;
            for (slot, holder) in before.iter().enumerate() {
                let Some(holder) = holder.filter(|_| settled) else { continue };
                let still = ranking.iter().find(|ranked| ranked.producer == holder).is_some_and(is_speaking);
                prop_assert!(!still || after[slot] == Some(holder.0), "a speaker was thrown out");
            }
        }
    }
}
