//! Tests of the slot rewriter when it leaves SVC layers out.

use std::time::Instant;

use super::tests::{Bench, Vp8, layer, plain, vp8_numbers};
use super::*;

/// A VP9 packet of two spatial layers.
fn vp9(seq: u64, picture: u16, spatial: u8, key: bool, marker: bool, arrival: Instant) -> RtpIn {
    let [high, low] = picture.to_be_bytes();
    let flags = 0xac | if key { 0 } else { 0x40 };
    let payload = [flags, high | 0x80, low, spatial << 1, picture.to_be_bytes()[1], 0xee];
    let packet = plain(Codec::Vp9, seq, u32::from(picture) * 3_000, arrival);
    RtpIn { payload: payload.into(), marker, ..packet }
}

#[test]
fn dropped_temporal_layers_leave_no_gap_in_numbers_or_pictures() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, "q"));
    bench.slot.bind(a);
    bench.slot.set_caps(Caps { spatial: u8::MAX, temporal: 0 });
    let mut seq = 0;
    for picture in 0..8_u16 {
        let temporal = u8::from(picture % 2 == 1);
        let tl0 = u8::try_from(picture / 2).expect("few pictures");
        for part in 0..2 {
            seq += 1;
            let whole = Vp8::whole(seq, u32::from(picture) * 3_000, 0x7ffe + picture, picture == 0);
            bench.vp8(a, seq, Vp8 { temporal, tl0, first: part == 0, last: part == 1, ..whole });
        }
    }
    assert_eq!(bench.seqs(), (1..=8).collect::<Vec<_>>());
    let numbers: Vec<_> = bench.outs.iter().map(vp8_numbers).collect();
    assert_eq!(numbers, [(1, 1), (1, 1), (2, 2), (2, 2), (3, 3), (3, 3), (4, 4), (4, 4)]);
}

#[test]
fn a_filtered_packet_that_comes_late_is_filled_in() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, "q"));
    bench.slot.bind(a);
    bench.slot.set_caps(Caps { spatial: u8::MAX, temporal: 0 });
    bench.vp8(a, 0, Vp8::whole(1, 0, 1, true));
    bench.vp8(a, 70, Vp8 { tl0: 1, ..Vp8::whole(3, 6_000, 3, false) });
    let late = Vp8 { temporal: 1, ..Vp8::whole(2, 3_000, 2, false) };
    assert_eq!(bench.vp8(a, 71, late), Pushed::Dropped);
    assert_eq!(bench.seqs(), [1, 3, 2]);
    assert!(bench.outs[2].wire_payload().is_empty() && !bench.outs[2].marker);
}

#[test]
fn temporal_layers_are_joined_where_the_stream_allows_it_and_left_between_pictures() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, "q"));
    let cap = |temporal| Caps { spatial: u8::MAX, temporal };
    let part = |seq, temporal, first, last| Vp8 { temporal, first, last, ..Vp8::whole(seq, 0, 0, false) };
    let of = |packet: Vp8, picture: u16| Vp8 { picture, ts: u32::from(picture) * 3_000, ..packet };
    bench.slot.bind(a);
    bench.slot.set_caps(cap(1));
    bench.vp8(a, 0, Vp8::whole(1, 0, 0, true));
    assert_eq!(bench.vp8(a, 1, of(part(2, 1, true, false), 1)), Pushed::Forwarded);
    bench.slot.set_caps(cap(0));
    assert_eq!(bench.vp8(a, 2, of(part(3, 1, false, true), 1)), Pushed::Forwarded, "the picture is finished");
    assert_eq!(bench.vp8(a, 3, of(part(4, 1, true, true), 2)), Pushed::Dropped);
    bench.slot.set_caps(cap(2));
    let mut no_sync = of(part(5, 1, true, true), 3).packet(bench.at(4));
    let mut bytes = no_sync.payload.to_vec();
    bytes[5] &= 0xdf;
    no_sync.payload = bytes.into();
    assert_eq!(bench.push(a, &no_sync), Pushed::Dropped, "it depends on what was left out");
    assert_eq!(bench.vp8(a, 5, of(part(6, 1, true, true), 4)), Pushed::Forwarded);
    assert_eq!(bench.vp8(a, 6, of(part(7, 2, true, true), 5)), Pushed::Forwarded);
}

#[test]
fn a_temporal_cap_that_rises_within_a_picture_that_is_left_out_waits_for_the_next() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, "q"));
    let cap = |temporal| Caps { spatial: u8::MAX, temporal };
    let part = |seq, picture: u16, first, last| {
        let whole = Vp8::whole(seq, u32::from(picture) * 3_000, picture, false);
        Vp8 { temporal: 1, first, last, ..whole }
    };
    bench.slot.bind(a);
    bench.slot.set_caps(cap(0));
    bench.vp8(a, 0, Vp8::whole(1, 0, 0, true));
    assert_eq!(bench.vp8(a, 1, part(2, 1, true, false)), Pushed::Dropped);
    bench.slot.set_caps(cap(1));
    assert_eq!(bench.vp8(a, 2, part(3, 1, false, true)), Pushed::Dropped, "its first half is missing");
    assert_eq!(bench.vp8(a, 3, part(5, 2, false, true)), Pushed::Dropped, "its start may never come");
    assert_eq!(bench.vp8(a, 4, part(6, 3, true, true)), Pushed::Forwarded);
}

#[test]
fn a_spatial_cap_falls_with_the_next_picture_and_rises_on_a_key_frame_only() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, ""));
    bench.slot.bind(a);
    let mut seq = 0;
    let mut picture = |bench: &mut Bench, number: u16, key: bool| {
        let before = bench.outs.len();
        for spatial in 0..2 {
            seq += 1;
            let packet = vp9(seq, number, spatial, key, spatial == 1, bench.at(seq * 16));
            bench.push(a, &packet);
        }
        bench.outs[before..].iter().map(|out| out.marker).collect::<Vec<_>>()
    };
    assert_eq!(picture(&mut bench, 1, true), [false, true]);
    bench.slot.set_caps(Caps { spatial: 0, temporal: u8::MAX });
    assert_eq!(picture(&mut bench, 2, false), [true], "the marker moves to the highest kept layer");
    bench.slot.set_caps(Caps::NONE);
    assert_eq!(bench.slot.key_frame_needed(), Some(a));
    assert_eq!(picture(&mut bench, 3, false), [true]);
    assert_eq!(picture(&mut bench, 4, true), [false, true]);
    assert_eq!(bench.slot.key_frame_needed(), None);
    assert_eq!(bench.seqs(), [1, 2, 3, 4, 5, 6]);
    let ids: Vec<_> = bench.outs.iter().map(|out| out.wire_payload()[2]).collect();
    assert_eq!(ids, [1, 1, 2, 3, 4, 4], "VP9 pictures keep their distance");
}
