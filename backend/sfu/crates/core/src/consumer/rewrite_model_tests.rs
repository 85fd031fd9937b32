//! Properties of the slot rewriter over arbitrary sequences of events, wraps included.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::tests::{Bench, Vp8, layer, plain, vp8_numbers};
use super::*;

/// One publisher's stream, each number a few steps before its wrap.
#[derive(Debug, Clone)]
struct Publisher {
    layer: LayerId,
    next: Vp8,
}

#[derive(Debug, Clone)]
enum Event {
    /// A picture of so many packets on one of the streams; before one of them the cap may change.
    Picture {
        stream: usize,
        packets: u8,
        key: bool,
        temporal: u8,
        cap: Option<(u8, u8)>,
    },
    Bind(usize),
    Unbind,
    Restart,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let cap = prop::option::weighted(0.15, (0..3_u8, 0..3_u8));
    let picture = (0..3_usize, 1..4_u8, prop::bool::weighted(0.2), 0..3_u8, cap).prop_map(
        |(stream, packets, key, temporal, cap)| Event::Picture { stream, packets, key, temporal, cap },
    );
    let event = prop_oneof![
        30 => picture,
        4 => (0..3_usize).prop_map(Event::Bind),
        1 => Just(Event::Unbind),
        1 => Just(Event::Restart),
    ];
    prop::collection::vec(event, 1..200)
}

fn publishers() -> Vec<Publisher> {
    let stream = |(producer, rid), seq| Publisher {
        layer: layer(producer, rid),
        next: Vp8 { tl0: 250, ..Vp8::whole(seq, u32::MAX - 50_000, 0x7ff0, false) },
    };
    vec![stream((1, "q"), 65_500), stream((1, "h"), 3), stream((2, "q"), 131_060)]
}

/// Sends one picture; returns what went out.
fn send(
    bench: &mut Bench,
    from: &mut Publisher,
    ms: u64,
    packets: u8,
    key: bool,
    temporal: u8,
    cap: Option<(u8, u8)>,
) -> Vec<RtpOut> {
    let before = bench.outs.len();
    let temporal = if key { 0 } else { temporal };
    from.next.tl0 = from.next.tl0.wrapping_add(u8::from(temporal == 0));
    for part in 0..packets {
        if let Some((_, temporal)) = cap.filter(|(before, _)| *before == part) {
            bench.slot.set_caps(Caps { spatial: u8::MAX, temporal });
        }
        let packet = Vp8 { key, temporal, first: part == 0, last: part + 1 == packets, ..from.next };
        let packet = packet.packet(bench.at(ms));
        bench.push(from.layer, &packet);
        from.next.seq += 1;
    }
    from.next.ts = from.next.ts.wrapping_add(3_000);
    from.next.picture = from.next.picture.wrapping_add(1) & 0x7fff;
    bench.outs[before..].to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_the_slot_stays_one_continuous_stream(events in events()) {
        let mut bench = Bench::new(Kind::Video);
        let mut streams = publishers();
        let (mut previous, mut previous_picture): (Option<RtpOut>, Option<(u16, u8)>) = (None, None);
        for (step, event) in events.into_iter().enumerate() {
            let ms = step as u64 * 11;
            match event {
                Event::Bind(stream) => bench.slot.bind(streams[stream].layer),
                Event::Unbind => bench.slot.unbind(),
                Event::Restart => bench.slot.restart(),
                Event::Picture { stream, packets, key, temporal, cap } => {
                    let was = bench.slot.current();
                    let outs = send(&mut bench, &mut streams[stream], ms, packets, key, temporal, cap);
                    // A picture goes out whole or not at all.
                    prop_assert!(outs.is_empty() || outs.len() == usize::from(packets));
                    prop_assert!(bench.slot.current() == was || key, "switched without a key frame");
                    let Some(first) = outs.first() else { continue };
                    let numbers = vp8_numbers(first);
                    if let (Some(last), Some((picture, tl0))) = (&previous, previous_picture) {
                        let step = first.ts.wrapping_sub(last.ts);
                        prop_assert!(step > 0 && step < 1 << 31, "time went back: {step}");
                        prop_assert_eq!(numbers.0, (picture + 1) & 0x7fff);
                        prop_assert!(numbers.1.wrapping_sub(tl0) <= 1);
                    }
                    for (part, out) in outs.iter().enumerate() {
                        let expected = previous.as_ref().map_or(1, |last| last.seq + 1);
                        prop_assert_eq!(out.seq, expected);
                        prop_assert_eq!(vp8_numbers(out), numbers);
                        prop_assert_eq!(out.ts, first.ts);
                        prop_assert_eq!(out.marker, part + 1 == outs.len());
                        previous = Some(out.clone());
                    }
                    previous_picture = Some(numbers);
                }
            }
        }
    }

    #[test]
    fn reordered_and_late_packets_fill_every_gap_exactly_once(
        temporal in prop::collection::vec(0..3_u8, 1..120),
        delays in prop::collection::vec(0..40_u64, 121),
        doubled in prop::collection::vec(prop::bool::weighted(0.1), 121),
        cap in 0..3_u8,
    ) {
        let mut bench = Bench::new(Kind::Video);
        let a = layer(1, "q");
        bench.slot.bind(a);
        bench.slot.set_caps(Caps { spatial: u8::MAX, temporal: cap });
        let base = 65_530;
        let mut arrivals = vec![(0, base, 0)];
        for (at, temporal) in temporal.iter().enumerate() {
            let seq = base + 1 + at as u64;
            arrivals.push((seq - base + delays[at], seq, *temporal));
            if doubled[at] {
                arrivals.push((seq - base + delays[at + 1] + 7, seq, *temporal));
            }
        }
        arrivals.sort_by_key(|(when, _, _)| *when);
        // The model: out = in, less the filtered packets that were the newest when they came.
        let (mut newest, mut filtered, mut seen) = (base - 1, BTreeSet::new(), BTreeSet::new());
        for (when, seq, temporal) in arrivals {
            let offset = u32::try_from(seq - base).expect("few packets");
            let whole = Vp8::whole(seq, offset * 3_000, 7, seq == base);
            let packet = Vp8 { temporal, ..whole }.packet(bench.at(when * 10));
            let before = bench.outs.len();
            bench.push(a, &packet);
            let out = bench.outs.get(before).cloned();
            if !seen.insert(seq) {
                prop_assert!(out.is_none(), "a duplicate went out");
                continue;
            }
            let (in_order, drop) = (seq > newest, temporal > cap);
            newest = newest.max(seq);
            if in_order && drop {
                prop_assert!(out.is_none());
                filtered.insert(seq);
                continue;
            }
            let out = out.expect("forwarded or filled");
            prop_assert_eq!(out.seq, 1 + seq - base - filtered.range(..seq).count() as u64);
            prop_assert_eq!(out.payload.is_empty(), drop);
        }
        let numbers: BTreeSet<_> = bench.outs.iter().map(|out| out.seq).collect();
        prop_assert_eq!(numbers.len(), bench.outs.len(), "each number once");
        prop_assert_eq!(numbers, (1..=bench.outs.len() as u64).collect::<BTreeSet<_>>(), "no gap is left");
    }

    #[test]
    fn audio_with_losses_and_switches_stays_in_step(
        packets in prop::collection::vec((0..3_u64, prop::bool::weighted(0.1), prop::bool::weighted(0.1)), 1..300),
    ) {
        let mut bench = Bench::new(Kind::Audio);
        let mut next = [65_500_u64, 9, 130_000];
        let mut bound = 0;
        bench.slot.bind(layer(0, ""));
        for (step, (to, rebind, lost)) in packets.into_iter().enumerate() {
            if rebind {
                bound = to;
                bench.slot.bind(layer(to, ""));
            }
            for (source, seq) in next.iter_mut().enumerate() {
                *seq += 1;
                let ts = u32::try_from(*seq % 70_000).expect("small").wrapping_mul(960).wrapping_sub(5_000);
                let packet = plain(Codec::Opus, *seq, ts, bench.at(step as u64 * 20));
                if lost && source as u64 == bound {
                    continue;
                }
                bench.push(layer(source as u64, ""), &packet);
            }
        }
        for pair in bench.outs.windows(2) {
            let (seq, ts) = (pair[1].seq - pair[0].seq, pair[1].ts.wrapping_sub(pair[0].ts));
            prop_assert!(seq >= 1);
            prop_assert_eq!(ts % 960, 0);
            prop_assert!((960..1 << 31).contains(&ts));
        }
    }
}
