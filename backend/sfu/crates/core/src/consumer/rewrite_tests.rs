//! Tests of the slot rewriter, case by case. The packets are VP8 unless a test says otherwise.

use std::time::{Duration, Instant};

use super::*;
use crate::codec::LayerParser;
use crate::ids::Rid;
use crate::packet::SenderReport;

pub(super) fn layer(producer: u64, rid: &str) -> LayerId {
    LayerId { producer: ProducerKey(producer), rid: Rid::new(rid).ok() }
}

/// A packet that cannot be told from any other but by its numbers.
pub(super) fn plain(codec: Codec, seq: u64, ts: u32, arrival: Instant) -> RtpIn {
    RtpIn {
        stream: 1,
        seq,
        ts,
        marker: false,
        arrival,
        captured: arrival,
        payload: [1, 2, 3].into(),
        codec,
        red: false,
        audio_level: Some(20),
        voice: Some(true),
        dependency_descriptor: None,
        video_orientation: None,
        sender_report: None,
    }
}

/// What a VP8 test packet is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vp8 {
    pub(super) seq: u64,
    pub(super) ts: u32,
    pub(super) picture: u16,
    pub(super) tl0: u8,
    pub(super) temporal: u8,
    pub(super) key: bool,
    pub(super) first: bool,
    pub(super) last: bool,
}

impl Vp8 {
    /// A picture of one packet.
    pub(super) fn whole(seq: u64, ts: u32, picture: u16, key: bool) -> Self {
        Self { seq, ts, picture, tl0: 0, temporal: 0, key, first: true, last: true }
    }

    pub(super) fn packet(self, arrival: Instant) -> RtpIn {
        let [high, low] = (self.picture & 0x7fff).to_be_bytes();
        let start = if self.first { 0x90 } else { 0x80 };
        // Every upper layer depends on the base alone here: Y is set.
        let layers = self.temporal << 6 | if self.temporal > 0 { 0x20 } else { 0 };
        let payload = [start, 0xe0, high | 0x80, low, self.tl0, layers, u8::from(!self.key), 0];
        RtpIn { payload: payload.into(), marker: self.last, ..plain(Codec::Vp8, self.seq, self.ts, arrival) }
    }
}

/// Numbers of an outgoing VP8 packet.
pub(super) fn vp8_numbers(out: &RtpOut) -> (u16, u8) {
    let payload = out.wire_payload();
    (u16::from_be_bytes([payload[2] & 0x7f, payload[3]]), payload[4])
}

pub(super) struct Bench {
    pub(super) slot: Rewriter,
    pub(super) start: Instant,
    pub(super) outs: Vec<RtpOut>,
}

impl Bench {
    pub(super) fn new(kind: Kind) -> Self {
        Self { slot: Rewriter::new(kind), start: Instant::now(), outs: Vec::new() }
    }

    pub(super) fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    pub(super) fn push(&mut self, layer: LayerId, packet: &RtpIn) -> Pushed {
        let info = LayerParser::new().parse(packet);
        self.slot.push(layer, packet, &info, &mut self.outs)
    }

    pub(super) fn vp8(&mut self, layer: LayerId, ms: u64, packet: Vp8) -> Pushed {
        let packet = packet.packet(self.at(ms));
        self.push(layer, &packet)
    }

    pub(super) fn seqs(&self) -> Vec<u64> {
        self.outs.iter().map(|out| out.seq).collect()
    }
}

#[test]
fn the_current_layer_goes_on_until_the_key_frame_of_the_next() {
    let (mut bench, a, b) = (Bench::new(Kind::Video), layer(1, "q"), layer(2, "q"));
    bench.slot.bind(a);
    assert_eq!(bench.vp8(a, 0, Vp8::whole(700, 50, 9, true)), Pushed::Switched);
    bench.slot.bind(b);
    assert_eq!(bench.slot.key_frame_needed(), Some(b));
    assert_eq!(bench.vp8(b, 10, Vp8::whole(40, 7_000, 77, false)), Pushed::Held);
    assert_eq!(bench.vp8(a, 33, Vp8::whole(701, 3_050, 10, false)), Pushed::Forwarded);
    assert_eq!(bench.vp8(b, 43, Vp8::whole(41, 10_000, 78, true)), Pushed::Switched);
    assert_eq!(bench.vp8(a, 66, Vp8::whole(702, 6_050, 11, false)), Pushed::Ignored);
    assert_eq!(bench.vp8(b, 76, Vp8::whole(42, 13_000, 79, false)), Pushed::Forwarded);
    assert_eq!(bench.slot.key_frame_needed(), None);

    assert_eq!(bench.seqs(), [1, 2, 3, 4]);
    let numbers: Vec<_> = bench.outs.iter().map(vp8_numbers).collect();
    assert_eq!(numbers, [(1, 1), (2, 1), (3, 2), (4, 2)]);
    let first = bench.outs[0].ts;
    let times: Vec<_> = bench.outs.iter().map(|out| out.ts - first).collect();
    assert_eq!(times, [0, 3_000, 3_900, 6_900], "10 ms of arrival lie between the sources");
}

#[test]
fn layers_of_one_producer_are_joined_by_the_senders_clock() {
    let (mut bench, q, h) = (Bench::new(Kind::Video), layer(1, "q"), layer(1, "h"));
    let report = |seconds: u64, rtp| Some(SenderReport { ntp: seconds << 32, rtp });
    bench.slot.bind(q);
    let mut first = Vp8::whole(1, 90_000, 1, true).packet(bench.at(0));
    first.sender_report = report(10, 90_000);
    bench.push(q, &first);
    bench.slot.bind(h);
    // Captured 33.3 ms later, arrived 200 ms later.
    let mut second = Vp8::whole(1, 1_003_000, 1, true).packet(bench.at(200));
    second.sender_report = report(10, 1_000_000);
    bench.push(h, &second);
    assert_eq!(bench.outs[1].ts - bench.outs[0].ts, 3_000);
}

#[test]
fn an_audio_slot_switches_at_once_in_whole_frames() {
    let (mut bench, a, b) = (Bench::new(Kind::Audio), layer(1, ""), layer(2, ""));
    bench.slot.bind(a);
    bench.push(a, &plain(Codec::Opus, 5, 100, bench.at(0)));
    bench.slot.bind(b);
    assert_eq!(bench.slot.key_frame_needed(), None);
    assert_eq!(bench.push(b, &plain(Codec::Opus, 9, 77, bench.at(27))), Pushed::Switched);
    assert_eq!(bench.seqs(), [1, 2]);
    assert_eq!(bench.outs[1].ts - bench.outs[0].ts, 960);
    assert!(!bench.outs[1].marker);
}

#[test]
fn a_key_frame_start_that_comes_last_brings_what_was_held() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, "q"));
    bench.slot.bind(a);
    let part = |seq, first, last| Vp8 { first, last, ..Vp8::whole(seq, 50, 9, true) };
    bench.vp8(a, 0, Vp8::whole(9, 49, 8, false));
    bench.vp8(a, 1, part(12, false, true));
    bench.vp8(a, 2, part(11, false, false));
    assert_eq!(bench.vp8(a, 60, part(10, true, false)), Pushed::Switched);
    assert_eq!(bench.seqs(), [1, 2, 3]);
    assert!(bench.outs[2].marker);
    assert_eq!(bench.vp8(a, 61, Vp8::whole(9, 49, 8, false)), Pushed::Dropped);
    assert_eq!(bench.vp8(a, 61, part(11, false, false)), Pushed::Dropped, "a duplicate");
}

#[test]
fn a_key_frame_whose_packets_fell_out_of_the_hold_is_not_used() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, "q"));
    bench.slot.bind(a);
    for seq in 101..=101 + HOLD as u64 {
        bench.vp8(a, seq, Vp8::whole(seq, 50, 9, false));
    }
    assert_eq!(bench.vp8(a, 900, Vp8::whole(100, 50, 9, true)), Pushed::Held);
    assert_eq!(bench.vp8(a, 901, Vp8::whole(500, 60, 10, true)), Pushed::Switched);
}

#[test]
fn a_pause_and_a_restart_resume_on_a_key_frame_with_numbers_going_on() {
    let (mut bench, a) = (Bench::new(Kind::Video), layer(1, "q"));
    bench.slot.bind(a);
    bench.vp8(a, 0, Vp8::whole(1, 0, 1, true));
    bench.slot.unbind();
    assert_eq!(bench.vp8(a, 33, Vp8::whole(2, 3_000, 2, false)), Pushed::Ignored);
    bench.slot.bind(a);
    assert_eq!(bench.vp8(a, 66, Vp8::whole(3, 6_000, 3, false)), Pushed::Held);
    assert_eq!(bench.vp8(a, 100, Vp8::whole(4, 9_000, 4, true)), Pushed::Switched);
    bench.slot.restart();
    assert_eq!((bench.slot.current(), bench.slot.key_frame_needed()), (None, Some(a)));
    bench.vp8(a, 133, Vp8::whole(5, 12_000, 5, false));
    bench.vp8(a, 166, Vp8::whole(6, 15_000, 6, true));
    assert_eq!(bench.seqs(), [1, 2, 3]);
    assert_eq!(bench.outs[1].ts - bench.outs[0].ts, 9_000);
}

#[test]
fn binding_the_current_layer_takes_back_a_wish() {
    let (mut bench, a, b) = (Bench::new(Kind::Video), layer(1, "q"), layer(1, "h"));
    bench.slot.bind(a);
    bench.vp8(a, 0, Vp8::whole(1, 0, 1, true));
    bench.slot.bind(b);
    bench.slot.bind(a);
    assert_eq!((bench.slot.wanted(), bench.slot.current()), (None, Some(a)));
    bench.slot.forget(a.producer);
    assert!(!bench.slot.involves(a));
}

#[test]
fn a_late_packet_does_not_turn_the_numbers_back() {
    let (mut bench, a, b) = (Bench::new(Kind::Video), layer(1, "q"), layer(2, "q"));
    bench.slot.bind(a);
    bench.vp8(a, 0, Vp8::whole(1, 0, 1, true));
    bench.vp8(a, 66, Vp8::whole(3, 6_000, 3, false));
    bench.vp8(a, 67, Vp8::whole(2, 3_000, 2, false));
    bench.slot.bind(b);
    bench.vp8(b, 100, Vp8::whole(9, 500, 70, true));
    assert_eq!(bench.seqs(), [1, 3, 2, 4]);
    assert_eq!(vp8_numbers(&bench.outs[3]).0, 4);
    assert_eq!(bench.outs[3].ts - bench.outs[1].ts, 3_060, "34 ms after the newest");
}

#[test]
fn sources_with_clocks_of_their_own_are_joined_by_arrival() {
    let (mut bench, a, b) = (Bench::new(Kind::Video), layer(1, "q"), layer(2, "q"));
    let report = Some(SenderReport { ntp: 10 << 32, rtp: 0 });
    for (source, ms, ts) in [(a, 0, 0), (b, 100, 180_000)] {
        bench.slot.bind(source);
        let packet = RtpIn { sender_report: report, ..Vp8::whole(1, ts, 1, true).packet(bench.at(ms)) };
        bench.push(source, &packet);
    }
    assert_eq!(bench.outs[1].ts - bench.outs[0].ts, 9_000);
}

#[test]
fn the_frame_number_of_the_descriptor_goes_on_across_sources() {
    let (mut bench, a, b) = (Bench::new(Kind::Video), layer(1, ""), layer(2, ""));
    let push = |bench: &mut Bench, layer, seq, number: u16, key| {
        let mut packet = plain(Codec::Av1, seq, 0, bench.at(seq));
        packet.dependency_descriptor = Some([0xc0, number.to_be_bytes()[0], number.to_be_bytes()[1]].into());
        let mut info = PacketInfo::opaque(false);
        info.key_frame_start = key;
        info.frame_number = Some(number);
        bench.slot.push(layer, &packet, &info, &mut bench.outs)
    };
    bench.slot.bind(a);
    push(&mut bench, a, 1, 0xffff, true);
    push(&mut bench, a, 2, 0, false);
    bench.slot.bind(b);
    push(&mut bench, b, 1, 500, true);
    push(&mut bench, b, 2, 502, false);
    let numbers: Vec<_> = bench.outs.iter().map(|out| out.dependency_descriptor.clone()).collect();
    assert_eq!(numbers, [1, 2, 3, 5].map(|number| Some(vec![0xc0, 0, number])));
}

#[test]
fn a_voice_whose_stream_starts_anew_goes_on_at_once() {
    let mut bench = Bench::new(Kind::Audio);
    let voice = layer(1, "");
    bench.slot.bind(voice);
    let of = |stream, seq, ms: u64, bench: &Bench| {
        let ts = u32::try_from(seq * 960).expect("small");
        RtpIn { stream, ..plain(Codec::Opus, seq, ts, bench.at(ms)) }
    };
    for (stream, seq, ms) in [(1, 50_000, 0), (1, 50_001, 20), (2, 7, 40), (2, 8, 60)] {
        let packet = of(stream, seq, ms, &bench);
        assert_ne!(bench.push(voice, &packet), Pushed::Dropped, "{stream} {seq}");
    }
    // What is still on its way of the stream before does not turn back.
    let late = of(1, 50_002, 70, &bench);
    assert_eq!(bench.push(voice, &late), Pushed::Dropped);
    let next = of(2, 9, 80, &bench);
    assert_eq!(bench.push(voice, &next), Pushed::Forwarded);
    assert_eq!(bench.seqs(), [1, 2, 3, 4, 5]);
    let times: Vec<u32> = bench.outs.windows(2).map(|pair| pair[1].ts.wrapping_sub(pair[0].ts)).collect();
    assert_eq!(times, [960; 4]);
}

#[test]
fn a_picture_whose_stream_starts_anew_waits_for_a_key_frame() {
    let mut bench = Bench::new(Kind::Video);
    let camera = layer(1, "q");
    bench.slot.bind(camera);
    bench.vp8(camera, 0, Vp8::whole(50_000, 0, 1, true));
    let of = |seq, ms, picture, key, bench: &Bench| RtpIn {
        stream: 2,
        ..Vp8::whole(seq, 9_000, picture, key).packet(bench.at(ms))
    };
    let delta = of(7, 40, 9, false, &bench);
    assert_eq!(bench.push(camera, &delta), Pushed::Held);
    assert_eq!(bench.slot.key_frame_needed(), Some(camera));
    assert_eq!(bench.vp8(camera, 50, Vp8::whole(50_001, 3_000, 2, false)), Pushed::Dropped);
    let key = of(8, 80, 10, true, &bench);
    assert_eq!(bench.push(camera, &key), Pushed::Switched);
    assert_eq!(bench.seqs(), [1, 2]);
}

#[test]
fn a_count_that_leaps_or_falls_far_is_taken_up_with_its_second_packet() {
    for far in [20_000, 60_000] {
        let mut bench = Bench::new(Kind::Audio);
        let voice = layer(1, "");
        bench.slot.bind(voice);
        let pushed: Vec<Pushed> = [40_000, 40_001, far, 40_002, far + 2, far + 3]
            .into_iter()
            .map(|seq| {
                let packet = plain(Codec::Opus, seq, 960, bench.at(seq % 100 * 20));
                bench.push(voice, &packet)
            })
            .collect();
        // A single stray packet changes nothing.
        assert_eq!(pushed[2..], [Pushed::Dropped, Pushed::Forwarded, Pushed::Dropped, Pushed::Forwarded]);
        assert_eq!(bench.seqs(), [1, 2, 3, 4]);
    }
}
