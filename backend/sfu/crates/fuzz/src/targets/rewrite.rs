//! The slot rewriter under any order of packets and bindings, against a naive model: numbers go out once, in
//! the order in which they came in, closing ranks by no more than what was left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use streamforge_sfu_core::codec::LayerParser;
use streamforge_sfu_core::consumer::{Caps, Pushed, Rewriter};
use streamforge_sfu_core::ids::{LayerId, ProducerKey, Rid};
use streamforge_sfu_core::packet::{Codec, Kind, RtpIn, RtpOut};

use super::codec;
use crate::target::Bytes;

const LAYERS: usize = 4;
/// Numbers that lie closer together are of one count, whatever is lost between them.
const NEAR: u64 = 1024;

struct Stream {
    layer: LayerId,
    parser: LayerParser,
    codec: Codec,
    number: u32,
    seq: u64,
    ts: u32,
}

/// What one binding did, packet by packet.
#[derive(Default)]
struct Binding {
    /// Incoming number → outgoing.
    numbers: BTreeMap<u64, u64>,
    ts_offset: Option<u32>,
    left_out: u64,
    stream: Option<u32>,
}

impl Binding {
    /// A sound that counts anew goes on at once; pictures wait for a key frame, which is another binding.
    fn is_over(&self, packet: &RtpIn) -> bool {
        let newest = self.numbers.last_key_value().map(|(seq, _)| *seq);
        let is_far = newest.is_some_and(|newest| packet.seq.abs_diff(newest) >= NEAR);
        packet.codec.kind() == Kind::Audio
            && (is_far || self.stream.is_some_and(|known| known != packet.stream))
    }
}

struct Bench {
    slot: Rewriter,
    streams: Vec<Stream>,
    now: Instant,
    binding: Binding,
    used: BTreeSet<u64>,
    /// Numbers of packets that waited for a key frame.
    held: Vec<u64>,
    /// Packets that may still go out, told apart by the place of their payload.
    packets: Vec<(LayerId, RtpIn)>,
}

/// Takes a codec and a list of steps.
pub fn run(input: &[u8]) {
    let mut bytes = Bytes(input);
    let codec = codec::codec(bytes.byte());
    let layer = |at: usize| LayerId {
        producer: ProducerKey(at as u64 / 2),
        rid: Rid::new(if at.is_multiple_of(2) { "q" } else { "h" }).ok(),
    };
    let stream = |at| Stream {
        layer: layer(at),
        parser: LayerParser::new(),
        codec,
        number: 1,
        seq: 70_000 * at as u64 + 65_500,
        ts: 0,
    };
    let mut bench = Bench {
        slot: Rewriter::new(codec.kind()),
        streams: (0..LAYERS).map(stream).collect(),
        now: Instant::now(),
        binding: Binding::default(),
        used: BTreeSet::new(),
        held: Vec::new(),
        packets: Vec::new(),
    };
    while !bytes.is_empty() {
        bench.step(&mut bytes);
    }
}

impl Bench {
    fn step(&mut self, bytes: &mut Bytes<'_>) {
        let step = bytes.byte();
        let at = usize::from(step >> 4) % LAYERS;
        let Some(layer) = self.streams.get(at).map(|stream| stream.layer) else { return };
        match step & 15 {
            0 => self.slot.bind(layer),
            1 => self.slot.unbind(),
            2 => self.slot.restart(),
            3 => self.slot.forget(layer.producer),
            4 => self.slot.set_caps(Caps { spatial: bytes.byte(), temporal: bytes.byte() }),
            5 => self.now += Duration::from_millis(u64::from(bytes.byte()) * 8),
            6 => {
                // Another source of the same layer counts anew.
                if let Some(stream) = self.streams.get_mut(at) {
                    stream.number = 1 + u32::from(bytes.byte() % 3);
                    stream.seq = u64::from(bytes.word());
                    stream.ts = bytes.word();
                }
            }
            _ => self.packet(at, bytes),
        }
    }

    fn packet(&mut self, at: usize, bytes: &mut Bytes<'_>) {
        let Some(stream) = self.streams.get_mut(at) else { return };
        let (forward, ahead) = (bytes.byte(), i64::from(bytes.short().cast_signed()) / 16);
        // Mostly the next one; sometimes a leap either way.
        let leap = if forward & 0x80 == 0 { 1 } else { ahead };
        stream.seq = stream.seq.saturating_add_signed(leap);
        stream.ts = stream.ts.wrapping_add(u32::from(forward & 0x7f) * 100);
        let read = codec::packet(bytes, stream.codec, self.now);
        let packet = RtpIn { stream: stream.number, seq: stream.seq, ts: stream.ts, ..read };
        let info = stream.parser.parse(&packet);
        let (layer, mut out) = (stream.layer, Vec::new());
        let current = self.slot.current();
        let pushed = self.slot.push(layer, &packet, &info, &mut out);
        assert!(
            pushed != Pushed::Switched || info.key_frame_start || packet.codec.kind() == Kind::Audio,
            "switched without a key frame"
        );
        if self.slot.current() != current || pushed == Pushed::Switched || self.binding.is_over(&packet) {
            self.binding = Binding::default();
        }
        if self.slot.current() == Some(layer) {
            self.binding.stream = Some(packet.stream);
        }
        match pushed {
            Pushed::Dropped => self.binding.left_out += 1,
            Pushed::Held => self.held.push(packet.seq),
            // What waited behind the key frame is sent or left out now.
            Pushed::Switched => {
                let behind = self.held.drain(..).filter(|seq| *seq > packet.seq);
                self.binding.left_out += behind.count() as u64;
            }
            Pushed::Forwarded | Pushed::Ignored => {}
        }
        self.packets.push((layer, packet));
        for packet in &out {
            self.check(packet);
        }
    }

    fn check(&mut self, out: &RtpOut) {
        assert!(self.used.insert(out.seq), "{} goes out twice", out.seq);
        assert_eq!(out.wire_payload().len(), out.payload.len());
        for splice in [out.patch.picture_id, out.patch.tl0].into_iter().flatten() {
            assert!(usize::from(splice.at) + usize::from(splice.len) <= out.payload.len(), "a patch outside");
        }
        // Empty ones cannot be told apart: fillers, and what came empty.
        let same = |packet: &&(LayerId, RtpIn)| Arc::ptr_eq(&packet.1.payload, &out.payload);
        let Some((layer, packet)) = self.packets.iter().rev().find(same).filter(|_| !out.payload.is_empty())
        else {
            return;
        };
        assert_eq!(Some(*layer), self.slot.current(), "a layer that is not bound");
        let offset = out.ts.wrapping_sub(packet.ts);
        assert_eq!(*self.binding.ts_offset.get_or_insert(offset), offset, "time leaps within a binding");
        let (before, after) = (
            self.binding.numbers.range(..packet.seq).next_back(),
            self.binding.numbers.range(packet.seq + 1..).next(),
        );
        if let Some((seq, number)) = before {
            assert!(*number < out.seq, "out of order");
            let (came, went) = (packet.seq - seq, out.seq - number);
            assert!(went <= came && came - went <= self.binding.left_out, "{came} became {went}");
        }
        assert!(after.is_none_or(|(_, number)| *number > out.seq), "out of order");
        self.binding.numbers.insert(packet.seq, out.seq);
    }
}
