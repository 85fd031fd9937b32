//! What a link promises, under a virtual clock.

// Helpers of tests may fail as tests do.
#![allow(clippy::indexing_slicing, clippy::unchecked_time_subtraction)]

use std::time::Duration;

use proptest::prelude::*;
use streamforge_impair::link::Link;
use streamforge_impair::profile::{Loss, Profile, Queue};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Offers packets (time, size), and returns when each came out: (time, number).
fn run(seed: u64, profile: &Profile, packets: &[(Duration, usize)]) -> (Vec<(Duration, usize)>, Link<usize>) {
    let mut link = Link::new(seed);
    link.shape(profile.clone(), Duration::ZERO);
    let mut out = Vec::new();
    for (number, (at, size)) in packets.iter().enumerate() {
        drain(&mut link, *at, &mut out);
        link.offer(number, *size, *at);
    }
    drain(&mut link, Duration::MAX, &mut out);
    (out, link)
}

fn drain(link: &mut Link<usize>, until: Duration, out: &mut Vec<(Duration, usize)>) {
    while let Some(at) = link.next_at().filter(|at| *at <= until) {
        out.extend(link.take(at).map(|number| (at, number)));
    }
}

fn steady(count: u64, every_ms: u64, size: usize) -> Vec<(Duration, usize)> {
    (0..count).map(|number| (ms(number * every_ms), size)).collect()
}

prop_compose! {
    fn profiles()(
        delay_ms in 0..300_u32,
        jitter_ms in 0..100_u32,
        reorder: bool,
        percent in 0..60_u8,
        mean_burst in 1..8_u8,
        duplicate in 0..20_u8,
        rate_kbps in prop::option::of(50..5000_u32),
        queue in prop_oneof![(0..500_u32).prop_map(Queue::Ms), (0..60_000_u32).prop_map(Queue::Bytes)],
    ) -> Profile {
        let loss = Loss { percent: percent.into(), mean_burst: mean_burst.into(), ..Loss::default() };
        let duplicate_percent = duplicate.into();
        Profile { delay_ms, jitter_ms, reorder, loss, duplicate_percent, rate_kbps, queue }
    }
}

fn traffic() -> impl Strategy<Value = Vec<(Duration, usize)>> {
    prop::collection::vec((0..30_000_u64, 40..1300_usize), 1..300).prop_map(|gaps| {
        let mut at = Duration::ZERO;
        gaps.into_iter()
            .map(|(gap, size)| {
                at += Duration::from_micros(gap);
                (at, size)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_seed_gives_one_schedule_bit_for_bit(
        seed: u64, profile in profiles(), packets in traffic()
    ) {
        let (first, _) = run(seed, &profile, &packets);
        let (second, _) = run(seed, &profile, &packets);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn every_packet_is_accounted_for_and_none_comes_early(
        seed: u64, profile in profiles(), packets in traffic()
    ) {
        let (out, link) = run(seed, &profile, &packets);
        let counters = link.counters();
        let kept = counters.packets_in - counters.lost - counters.overflowed - counters.blacked_out;
        prop_assert_eq!(counters.packets_in, packets.len() as u64);
        prop_assert_eq!(counters.packets_out, kept + counters.duplicated);
        prop_assert_eq!(out.len() as u64, counters.packets_out);
        for (at, number) in &out {
            prop_assert!(*at >= packets[*number].0 + ms(profile.delay_ms.into()));
        }
    }

    #[test]
    fn the_order_is_kept_unless_reordering_is_asked_for(
        seed: u64, profile in profiles(), packets in traffic()
    ) {
        let (out, _) = run(seed, &Profile { reorder: false, ..profile }, &packets);
        prop_assert!(out.is_sorted_by_key(|(_, number)| *number));
    }

    #[test]
    fn no_stretch_of_time_carries_more_than_the_rate_and_the_queue_stays_in_its_bounds(
        profile in profiles(), rate_kbps in 50..5000_u32, packets in traffic()
    ) {
        let lossless = Profile { jitter_ms: 0, duplicate_percent: 0.0, rate_kbps: Some(rate_kbps), ..profile };
        let (out, _) = run(1, &lossless, &packets);
        let nanos = |bytes: usize| bytes as u128 * 8_000_000 / u128::from(rate_kbps);
        let delay = ms(lossless.delay_ms.into());
        let bound = match lossless.queue {
            Queue::Ms(bound) => u128::from(bound) * 1_000_000,
            Queue::Bytes(bytes) => nanos(bytes as usize),
        };
        let mut carried = Duration::ZERO;
        for (at, number) in &out {
            let (entered, size) = packets[*number];
            // Each takes its whole time on the link after the one before: that is the rate, for any stretch.
            prop_assert!((*at - delay - carried).as_nanos() + 1 >= nanos(size));
            carried = *at - delay;
            // It was there no longer than the queue's bound, or than it takes by itself.
            prop_assert!((carried - entered).as_nanos() <= bound.max(nanos(size)) + 1);
        }
    }
}

#[test]
fn another_seed_gives_another_schedule() {
    let profile = Profile { jitter_ms: 20, ..Profile::default() };
    let packets = steady(50, 10, 500);
    assert_ne!(run(1, &profile, &packets).0, run(2, &profile, &packets).0);
}

#[test]
fn a_schedule_does_not_change_from_one_release_to_the_next() {
    let loss = Loss { percent: 20.0, mean_burst: 2.0, ..Loss::default() };
    let profile = Profile { delay_ms: 50, jitter_ms: 10, loss, rate_kbps: Some(1000), ..Profile::default() };
    let (out, _) = run(42, &profile, &steady(12, 5, 1000));
    let schedule: Vec<(u128, usize)> = out.iter().map(|(at, number)| (at.as_micros(), *number)).collect();
    assert_eq!(schedule, EXPECTED);
}

/// Written down once: losses of packets and the microseconds at which the others came out.
const EXPECTED: [(u128, usize); 9] = [
    (59_599, 0),
    (66_380, 1),
    (82_007, 2),
    (84_049, 3),
    (95_200, 4),
    (99_035, 5),
    (108_775, 9),
    (123_420, 10),
    (130_406, 11),
];

#[test]
fn a_perfect_link_delivers_at_once() {
    let packets = steady(10, 10, 1200);
    let (out, _) = run(1, &Profile::default(), &packets);
    let expected: Vec<_> = packets.iter().enumerate().map(|(number, (at, _))| (*at, number)).collect();
    assert_eq!(out, expected);
}

#[test]
fn with_reordering_jitter_lets_packets_overtake() {
    let profile = Profile { jitter_ms: 50, reorder: true, ..Profile::default() };
    let (out, _) = run(1, &profile, &steady(100, 5, 200));
    assert!(!out.is_sorted_by_key(|(_, number)| *number));
}

#[test]
fn a_narrow_link_carries_its_rate_and_drops_the_rest() {
    // 1,000 bytes every 10 ms are 800 kbit/s for a link of 400: half is dropped when the queue is full.
    let profile = Profile { rate_kbps: Some(400), queue: Queue::Ms(100), ..Profile::default() };
    let (out, link) = run(1, &profile, &steady(1000, 10, 1000));
    assert!(out.windows(2).all(|pair| pair[1].0 - pair[0].0 == ms(20)), "one packet each 20 ms");
    assert!((495..510).contains(&out.len()), "{}", out.len());
    assert_eq!(link.counters().overflowed + out.len() as u64, 1000);
}

#[test]
fn in_a_blackout_nothing_goes_in_and_what_is_under_way_arrives() {
    let mut link = Link::new(1);
    link.shape(Profile { delay_ms: 50, ..Profile::default() }, Duration::ZERO);
    link.offer(1, 100, ms(0));
    link.set_dark(true);
    link.offer(2, 100, ms(10));
    link.set_dark(false);
    link.offer(3, 100, ms(20));
    let mut out = Vec::new();
    drain(&mut link, Duration::MAX, &mut out);
    assert_eq!(out, [(ms(50), 1), (ms(70), 3)]);
    assert_eq!(link.counters().blacked_out, 1);
}

#[test]
fn a_link_that_becomes_wide_again_is_not_held_up_by_its_past() {
    let mut link = Link::new(1);
    let queue = Queue::Ms(2000);
    link.shape(Profile { rate_kbps: Some(8), queue, ..Profile::default() }, Duration::ZERO);
    link.offer(1, 1000, ms(0));
    link.shape(Profile { rate_kbps: Some(8000), queue: Queue::Ms(10), ..Profile::default() }, ms(100));
    link.offer(2, 1000, ms(120));
    assert!(link.counters().overflowed == 0);
}
