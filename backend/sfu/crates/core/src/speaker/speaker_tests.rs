//! Tests of the ranking, on a virtual clock.

use proptest::prelude::*;

use super::*;

struct Room {
    speakers: Speakers,
    now: Instant,
}

impl Room {
    fn of(count: u64) -> Self {
        let mut speakers = Speakers::default();
        for producer in 0..count {
            speakers.add(ProducerKey(producer), SpeakerKind::Voice);
        }
        Self { speakers, now: Instant::now() }
    }

    /// Everybody sends at their level for so long; returns the order.
    fn hear(&mut self, levels: &[u8], ms: u64) -> Vec<u64> {
        for _ in 0..ms / 20 {
            self.now += Duration::from_millis(20);
            for (producer, level) in (0..).zip(levels) {
                self.speakers.heard(ProducerKey(producer), Some(*level), None, self.now);
            }
        }
        self.speakers.rank(self.now).iter().map(|ranked| ranked.producer.0).collect()
    }

    fn told(&mut self) -> Option<Vec<(u64, u8)>> {
        let told = self.speakers.poll_changes(self.now)?;
        Some(told.into_iter().map(|(producer, level)| (producer.0, level)).collect())
    }
}

#[test]
fn the_louder_overtakes_and_the_about_as_loud_does_not() {
    let mut room = Room::of(3);
    assert_eq!(room.hear(&[127, 40, 20], 500), [2, 1, 0]);
    assert_eq!(room.hear(&[127, 20, 22], 500), [2, 1, 0], "2 dB are no reason to change places");
    assert_eq!(room.hear(&[127, 15, 30], 1500), [1, 2, 0]);
}

#[test]
fn a_muted_producer_is_last_and_silent_whatever_it_sends() {
    let mut room = Room::of(2);
    room.hear(&[20, 127], 500);
    room.speakers.set_muted(ProducerKey(0), true);
    assert_eq!(room.hear(&[20, 127], 40), [1, 0]);
    assert_eq!(room.told(), None);
    room.speakers.set_muted(ProducerKey(0), false);
    assert_eq!(room.hear(&[20, 127], 200), [0, 1]);
}

#[test]
fn speakers_are_told_on_change_and_at_most_five_times_a_second() {
    let mut room = Room::of(2);
    room.hear(&[127, 127], 100);
    assert_eq!(room.told(), None, "silence is no news at first");
    room.hear(&[30, 127], 500);
    assert_eq!(room.told(), Some(vec![(0, 60)]));
    room.hear(&[30, 20], 100);
    assert_eq!(room.told(), None, "too early");
    room.hear(&[30, 20], 100);
    assert_eq!(room.told(), Some(vec![(1, 80), (0, 60)]));
    room.hear(&[30, 20], 1000);
    assert_eq!(room.told(), None, "nothing new");
    room.hear(&[127, 127], 2000);
    assert_eq!(room.told(), Some(vec![]));
}

#[test]
fn a_screen_never_speaks() {
    let mut room = Room::of(1);
    room.speakers.add(ProducerKey(1), SpeakerKind::Screen);
    room.hear(&[127, 10], 500);
    assert_eq!(room.told(), None);
}

#[test]
fn at_most_ten_speakers_are_told_and_none_after_it_left() {
    let mut room = Room::of(12);
    room.hear(&[20; 12], 500);
    assert_eq!(room.told().map(|told| told.len()), Some(10));
    for producer in 0..12 {
        room.speakers.remove(ProducerKey(producer));
    }
    room.hear(&[20; 12], 500);
    assert_eq!(room.told(), Some(vec![]));
    assert_eq!(room.speakers.ranking(), []);
}

#[test]
fn a_producer_without_levels_is_heard() {
    let mut room = Room::of(1);
    for _ in 0..10 {
        room.now += Duration::from_millis(20);
        room.speakers.heard(ProducerKey(0), None, None, room.now);
    }
    assert!(room.speakers.rank(room.now)[0].loud);
}

proptest! {
    #[test]
    fn the_ranking_holds_everybody_once_and_nobody_waits_behind_a_much_softer_one(
        levels in prop::collection::vec(0..=127_u8, 1..30),
        later in prop::collection::vec(0..=127_u8, 30),
    ) {
        let mut room = Room::of(levels.len() as u64);
        room.hear(&levels, 300);
        let mut order = room.hear(&later[..levels.len()], 300);
        for pair in room.speakers.ranking().windows(2) {
            prop_assert!(!pair[1].overtakes(&pair[0]));
        }
        order.sort_unstable();
        prop_assert_eq!(order, (0..levels.len() as u64).collect::<Vec<_>>());
    }
}
