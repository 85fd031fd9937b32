//! Lip-sync through real connections on a virtual clock: the sender reports that a receiver gets put sound and
//! pictures of one participant together as they were captured.

use std::collections::HashMap;

use str0m::rtp::RtpWrite;

use super::tests::{Pair, STEP};
use super::*;
use crate::codec::PacketInfo;
use crate::consumer::Rewriter;
use crate::ids::{LayerId, ProducerKey};
use crate::packet::{Kind, RtpIn};

/// How far apart sound and picture may be played: viewers notice from about 45 ms (ITU-R BT.1359-1).
const TOLERANCE_MS: f64 = 20.0;

/// A publisher whose microphone and camera take their time until they are sent.
struct Publisher {
    pair: Pair,
    /// Milliseconds from capture to the wire.
    delays: [u64; 2],
    /// The sound card runs fast by so much against the publisher's own clock.
    card_ppm: u64,
    /// Captured and not sent yet: when to send, what, and the client's time at capture.
    waiting: Vec<(u64, Kind, u32, Instant)>,
    /// When a packet of this RTP time was captured, in milliseconds.
    truth: HashMap<(Kind, u32), u64>,
    seq: [u64; 2],
}

impl Publisher {
    fn new(start: Instant, ppm: u32, delays: [u64; 2], card_ppm: u64) -> Self {
        let pair = Pair::connected_at(start, ppm);
        Self { pair, delays, card_ppm, waiting: Vec::new(), truth: HashMap::new(), seq: [0; 2] }
    }

    /// Captures what is due, sends what is ready, and returns what arrived at the worker.
    fn turn(&mut self, ms: u64) -> Vec<(Kind, RtpIn)> {
        for (kind, every, rate, ppm) in [(Kind::Audio, 20, 48, self.card_ppm), (Kind::Video, 40, 90, 0)] {
            if ms.is_multiple_of(every) {
                let micros = (self.pair.client_time() - self.pair.now).as_micros();
                let own = ms * 1000 + u64::try_from(micros).expect("small");
                let ticks = (own + own * ppm / 1_000_000) * rate / 1000;
                let ts = u32::try_from(ticks).expect("a short test").wrapping_add(0xffff_0000);
                self.truth.insert((kind, ts), ms);
                let jitter = ms * 7919 % 15;
                let due = ms + self.delays[usize::from(kind == Kind::Video)] + jitter;
                self.waiting.push((due, kind, ts, self.pair.client_time()));
            }
        }
        let (ready, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|entry| entry.0 <= ms);
        self.waiting = waiting;
        for (_, kind, ts, captured) in ready {
            self.send(kind, ts, captured);
        }
        self.pair.turn();
        let events = std::mem::take(&mut self.pair.events).into_iter();
        let packets = events.filter_map(|event| match event {
            TransportEvent::Packet { packet, .. } => Some((packet.codec.kind(), packet)),
            _ => None,
        });
        packets.collect()
    }

    fn send(&mut self, kind: Kind, ts: u32, captured: Instant) {
        let mid = if kind == Kind::Audio { self.pair.microphone } else { self.pair.camera };
        let seq = &mut self.seq[usize::from(kind == Kind::Video)];
        *seq += 1;
        let pt = self.pair.client.media(mid).expect("media").remote_pts()[0];
        let mut api = self.pair.client.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).expect("a stream");
        stream.write_rtp(RtpWrite::new(pt, (*seq).into(), ts, captured, vec![0x10; 100]).marker(true));
    }
}

/// A receiver with one slot of each kind.
struct Receiver {
    pair: Pair,
    slots: [(Mid, Rewriter); 2],
    /// Whose packet it was and when it was captured, by its RTP time.
    truth: HashMap<(Kind, u32), (u64, u32)>,
    /// By kind: whose the newest packet is, and by how much the reports put it later than it was captured, in
    /// milliseconds.
    lateness: [Option<(u64, f64)>; 2],
}

impl Receiver {
    fn new(start: Instant) -> Self {
        let pair = Pair::connected_at(start, 0);
        let slot = |mid: StrMid, kind| (Mid::new(&mid).expect("a mid"), Rewriter::new(kind));
        let slots = [slot(pair.voice_slot, Kind::Audio), slot(pair.slot, Kind::Video)];
        Self { pair, slots, truth: HashMap::new(), lateness: [None; 2] }
    }

    fn watch(&mut self, producer: u64) {
        for (_, slot) in &mut self.slots {
            slot.bind(LayerId { producer: ProducerKey(producer), rid: None });
        }
    }

    fn forward(&mut self, producer: u64, kind: Kind, packet: &RtpIn, captured_ms: u64) {
        let captured_ms = u32::try_from(captured_ms).expect("a short test");
        let (mid, slot) = &mut self.slots[usize::from(kind == Kind::Video)];
        let mut out = Vec::new();
        let layer = LayerId { producer: ProducerKey(producer), rid: None };
        let info = PacketInfo { key_frame_start: true, ..PacketInfo::opaque(true) };
        slot.push(layer, packet, &info, &mut out);
        for packet in out {
            self.truth.insert((kind, packet.ts), (producer, captured_ms));
            self.pair.server.send_media(*mid, &packet);
        }
    }

    fn turn(&mut self) {
        self.pair.turn();
        for packet in std::mem::take(&mut self.pair.got) {
            let kind = if *packet.header.payload_type == 111 { Kind::Audio } else { Kind::Video };
            let rate = if kind == Kind::Audio { 48.0 } else { 90.0 };
            let Some(report) = packet.last_sender_info else { continue };
            let Some((whose, captured)) = self.truth.get(&(kind, packet.header.timestamp)) else { continue };
            let low = u32::try_from(report.rtp_time.numer() & 0xffff_ffff).expect("32 bits");
            let since = f64::from(packet.header.timestamp.wrapping_sub(low).cast_signed()) / rate;
            let unix = report.ntp_time.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
            // Hours are enough to compare, and keep the fraction exact.
            let seconds = u32::try_from(unix.as_secs() % 86_400).expect("a day");
            let told = f64::from(seconds) * 1000.0 + f64::from(unix.subsec_micros()) / 1000.0;
            self.lateness[usize::from(kind == Kind::Video)] =
                Some((*whose, told + since - f64::from(*captured)));
        }
    }

    /// By how much sound and picture of one publisher and moment are told apart.
    fn skew(&self) -> Option<f64> {
        let [Some((speaker, audio)), Some((shown, video))] = self.lateness else { return None };
        (speaker == shown).then(|| (audio - video).abs())
    }
}

/// Runs so many seconds, and returns the largest skew after the first three, also at a switch. By then each stream
/// has reported twice: clients report each second here, and before their first packet they say that it has RTP
/// time 0, as str0m does.
fn run(publishers: &mut [Publisher], receiver: &mut Receiver, seconds: u64, switch_at: Option<u64>) -> f64 {
    let step = u64::try_from(STEP.as_millis()).expect("small");
    let (mut worst, mut compared, mut watched) = (0.0_f64, 0, 0);
    receiver.watch(0);
    for ms in (0..seconds * 1000).step_by(usize::try_from(step).expect("small")) {
        if switch_at == Some(ms) {
            watched = 1;
            receiver.watch(1);
        }
        for (number, publisher) in publishers.iter_mut().enumerate() {
            for (kind, packet) in publisher.turn(ms) {
                let captured = publisher.truth.get(&(kind, packet.ts)).copied();
                if let Some(captured) = captured.filter(|_| number == watched) {
                    receiver.forward(number as u64, kind, &packet, captured);
                }
            }
        }
        receiver.turn();
        if let Some(skew) = receiver.skew().filter(|_| ms > 3000) {
            worst = worst.max(skew);
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared} comparisons");
    worst
}

#[test]
fn sound_and_picture_are_put_together_as_they_were_captured() {
    let start = Instant::now();
    let mut receiver = Receiver::new(start);
    let mut ann = vec![Publisher::new(start, 0, [20, 180], 0)];
    let skew = run(&mut ann, &mut receiver, 15, None);
    assert!(skew < TOLERANCE_MS, "{skew} ms");
}

#[test]
fn a_drifting_clock_and_sound_card_keep_them_together() {
    let start = Instant::now();
    let mut receiver = Receiver::new(start);
    let mut ann = vec![Publisher::new(start, 300, [20, 180], 300)];
    let skew = run(&mut ann, &mut receiver, 60, None);
    assert!(skew < TOLERANCE_MS, "{skew} ms");
}

#[test]
fn after_a_change_of_the_source_they_are_together_at_once() {
    let start = Instant::now();
    let mut receiver = Receiver::new(start);
    let mut both = vec![Publisher::new(start, 0, [20, 180], 0), Publisher::new(start, 200, [60, 110], 0)];
    let skew = run(&mut both, &mut receiver, 15, Some(8_000));
    assert!(skew < TOLERANCE_MS, "{skew} ms");
}
