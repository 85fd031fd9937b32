//! The slot rewriter: one continuous outgoing stream, fed by one incoming stream after another.
//!
//! A receiver's slot has one SSRC for ever. Sequence number, timestamp, picture ids and frame number go on
//! without a break when the source or the layer changes, and when layers are left out. It does not choose
//! layers, send key-frame requests or keep packets for retransmission.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Caps;
use super::outgoing::{Counters, filler, outgoing};
use super::sequence::{Order, SequenceMap};
use super::timeline::Moment;
use crate::codec::PacketInfo;
use crate::ids::{LayerId, ProducerKey};
use crate::packet::{Codec, Kind, RtpIn, RtpOut};

/// Packets kept while waiting for a key frame: its start may come last, by retransmission.
const HOLD: usize = 300;
/// Slots start low, so that the 16-bit number on the wire equals the extended one at first.
const FIRST_SEQ: u64 = 1;
/// Any start will do; one second keeps early late packets from going below zero.
const FIRST_TS: u32 = 90_000;

/// Packets of a stream that was given up are late ones for this long; then it may have come back.
const LATE: Duration = Duration::from_secs(1);

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It made the slot switch to the wanted layer, and went out.
    Switched,
    /// It went out.
    Forwarded,
    /// It waits for the key frame of the wanted layer.
    Held,
    /// It was left out: filtered by the caps, late beyond use, or a duplicate.
    Dropped,
    /// It is of no layer that this slot shows or wants.
    Ignored,
}

/// One slot's state.
#[derive(Debug)]
pub struct Rewriter {
    kind: Kind,
    current: Option<LayerId>,
    wanted: Option<LayerId>,
    caps: Caps,
    /// The caps in force: spatial ones rise on key frames only.
    in_force: Caps,
    /// The timestamp of the newest packet of the current source, gone out or not: whose picture it is.
    newest_ts: Option<u32>,
    /// Highest spatial layer that the current source has sent.
    top_spatial: u8,
    map: SequenceMap,
    /// The stream within the current layer.
    stream: Option<u32>,
    /// The one before, and when it was given up.
    left: Option<(u32, Instant)>,
    /// The number after a stray one: should it come, the source counts anew (RFC 3550, A.1).
    astray: Option<u64>,
    ts_offset: u32,
    offsets: Counters,
    /// The picture dropped last, whose packets count as one.
    dropped_picture: Option<u16>,
    out_seq: u64,
    out_ts: u32,
    out: Counters,
    /// `None` until the first packet.
    last: Option<Moment>,
    /// Whose packet `last` is.
    last_producer: Option<ProducerKey>,
    hold: VecDeque<(RtpIn, PacketInfo)>,
    /// The newest packet that fell out of `hold`: a key frame from before it would have a hole.
    hold_lost: u64,
}

impl Rewriter {
    /// An empty slot.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            current: None,
            wanted: None,
            caps: Caps::NONE,
            in_force: Caps::NONE,
            newest_ts: None,
            top_spatial: 0,
            map: SequenceMap::new(0, FIRST_SEQ),
            stream: None,
            left: None,
            astray: None,
            ts_offset: 0,
            offsets: Counters::default(),
            dropped_picture: None,
            out_seq: FIRST_SEQ - 1,
            out_ts: FIRST_TS,
            out: Counters::default(),
            last: None,
            last_producer: None,
            hold: VecDeque::new(),
            hold_lost: 0,
        }
    }

    /// The layer that is being forwarded.
    #[must_use]
    pub const fn current(&self) -> Option<LayerId> {
        self.current
    }

    /// The layer that is waited for.
    #[must_use]
    pub const fn wanted(&self) -> Option<LayerId> {
        self.wanted
    }

    /// Whether packets of this layer matter to the slot.
    #[must_use]
    pub fn involves(&self, layer: LayerId) -> bool {
        self.current == Some(layer) || self.wanted == Some(layer)
    }

    /// Wants another layer; the current one goes on until the new one can take over.
    pub fn bind(&mut self, layer: LayerId) {
        if self.wanted == Some(layer) {
            return;
        }
        self.drop_held();
        self.wanted = (self.current != Some(layer)).then_some(layer);
    }

    /// Falls silent. Numbers go on from here at the next binding.
    pub fn unbind(&mut self) {
        self.current = None;
        self.wanted = None;
        self.drop_held();
    }

    /// Forgets a producer that is gone.
    pub fn forget(&mut self, producer: ProducerKey) {
        if self.current.is_some_and(|layer| layer.producer == producer) {
            self.current = None;
        }
        if self.wanted.is_some_and(|layer| layer.producer == producer) {
            self.wanted = None;
            self.drop_held();
        }
    }

    /// Resumes on a key frame, as after an outage in which the receiver lost its references.
    pub fn restart(&mut self) {
        if self.wanted.is_none() {
            self.wanted = self.current;
            self.drop_held();
        }
        self.current = None;
    }

    /// Sets the highest SVC layers to let through, from the next picture on.
    pub fn set_caps(&mut self, caps: Caps) {
        self.caps = caps;
    }

    /// The layer whose key frame the slot waits for.
    #[must_use]
    pub fn key_frame_needed(&self) -> Option<LayerId> {
        if self.kind == Kind::Audio {
            return None;
        }
        let rises = self.in_force.spatial < self.caps.spatial.min(self.top_spatial);
        self.wanted.or(self.current.filter(|_| rises))
    }

    /// Takes one incoming packet and appends what goes out because of it.
    pub fn push(
        &mut self,
        layer: LayerId,
        packet: &RtpIn,
        info: &PacketInfo,
        out: &mut Vec<RtpOut>,
    ) -> Pushed {
        if self.is_of_left_stream(layer, packet) {
            return Pushed::Dropped;
        }
        if self.current == Some(layer) && self.starts_anew(packet) {
            let left = self.stream.filter(|stream| *stream != packet.stream);
            self.left = left.map(|stream| (stream, packet.arrival));
            if self.kind == Kind::Audio {
                let wanted = self.wanted.take();
                self.switch(layer, packet, info);
                self.wanted = wanted;
            } else {
                // References are lost: pictures go on with a key frame.
                self.restart();
            }
        }
        if self.wanted == Some(layer) {
            if self.hold.back().is_some_and(|(held, _)| held.stream != packet.stream) {
                self.drop_held();
            }
            let ready = info.key_frame_start && packet.seq > self.hold_lost;
            if self.kind == Kind::Video && !ready {
                self.keep(packet, info);
                return Pushed::Held;
            }
            self.switch(layer, packet, info);
            self.emit(packet, info, out);
            self.replay(out);
            return Pushed::Switched;
        }
        if self.current != Some(layer) {
            return Pushed::Ignored;
        }
        self.emit(packet, info, out)
    }

    fn is_of_left_stream(&self, layer: LayerId, packet: &RtpIn) -> bool {
        let late = |(stream, at): (u32, Instant)| {
            stream == packet.stream && packet.arrival.saturating_duration_since(at) < LATE
        };
        self.involves(layer) && self.left.is_some_and(late)
    }

    /// Whether the current layer goes on with other numbers: another stream, or two in a row from far away.
    fn starts_anew(&mut self, packet: &RtpIn) -> bool {
        if self.stream != Some(packet.stream) {
            return true;
        }
        let again = self.astray == Some(packet.seq);
        self.astray = self.map.is_astray(packet.seq).then_some(packet.seq + 1);
        again && self.astray.is_some()
    }

    fn drop_held(&mut self) {
        self.hold.clear();
        self.hold_lost = 0;
    }

    fn keep(&mut self, packet: &RtpIn, info: &PacketInfo) {
        if self.hold.len() == HOLD
            && let Some((lost, _)) = self.hold.pop_front()
        {
            self.hold_lost = self.hold_lost.max(lost.seq);
        }
        self.hold.push_back((packet.clone(), *info));
    }

    /// Sends what came before the key-frame start and belongs behind it; the map refuses the rest.
    fn replay(&mut self, out: &mut Vec<RtpOut>) {
        let mut held: Vec<_> = std::mem::take(&mut self.hold).into();
        held.sort_by_key(|(packet, _)| packet.seq);
        for (packet, info) in &held {
            self.emit(packet, info, out);
        }
    }

    fn switch(&mut self, layer: LayerId, packet: &RtpIn, info: &PacketInfo) {
        let next = Moment::of(packet);
        let one_producer = self.last_producer == Some(layer.producer);
        let ticks = self.last.map_or(0, |last| last.ticks_to(&next, packet.codec, one_producer));
        self.ts_offset = self.out_ts.wrapping_add(ticks).wrapping_sub(packet.ts);
        self.map = SequenceMap::new(packet.seq, self.out_seq + 1);
        self.stream = Some(packet.stream);
        self.astray = None;
        self.offsets = self.out.offsets_to(info);
        self.dropped_picture = None;
        self.in_force = self.caps;
        self.newest_ts = None;
        self.top_spatial = info.spatial;
        self.last = Some(next);
        self.last_producer = Some(layer.producer);
        self.current = Some(layer);
        self.wanted = None;
        self.hold_lost = 0;
    }

    fn emit(&mut self, packet: &RtpIn, info: &PacketInfo, out: &mut Vec<RtpOut>) -> Pushed {
        if self.astray.is_some() {
            return Pushed::Dropped;
        }
        let Some(order) = self.map.admit(packet.seq) else { return Pushed::Dropped };
        if order == Order::Next {
            self.follow_caps(packet, info);
        }
        if info.spatial > self.in_force.spatial || info.temporal > self.in_force.temporal {
            self.leave_out(order, packet, info, out);
            return Pushed::Dropped;
        }
        let Some(place) = self.map.place(packet.seq) else { return Pushed::Dropped };
        let numbers = self.out.following(self.offsets, place.pictures, info);
        let mut rewritten = outgoing(packet, info, numbers);
        rewritten.seq = place.seq;
        rewritten.ts = packet.ts.wrapping_add(self.ts_offset);
        rewritten.marker |=
            self.kind == Kind::Video && info.frame_end && info.spatial == self.in_force.spatial;
        if place.seq > self.out_seq {
            self.out_seq = place.seq;
            self.out_ts = rewritten.ts;
            self.out = numbers;
            self.last = Some(Moment::of(packet));
        }
        out.push(rewritten);
        Pushed::Forwarded
    }

    /// Caps fall between pictures and rise where the stream allows it, at a picture's first packet.
    fn follow_caps(&mut self, packet: &RtpIn, info: &PacketInfo) {
        let within = self.newest_ts.replace(packet.ts) == Some(packet.ts);
        self.top_spatial = self.top_spatial.max(info.spatial);
        if info.key_frame_start {
            self.in_force = self.caps;
            self.top_spatial = info.spatial;
            return;
        }
        if within {
            return;
        }
        self.in_force.spatial = self.in_force.spatial.min(self.caps.spatial);
        let joinable = info.temporal_switch.filter(|_| info.frame_start).unwrap_or(0);
        let reach = self.in_force.temporal.max(joinable);
        self.in_force.temporal = reach.min(self.caps.temporal);
    }

    /// Closes the gap that a filtered packet would leave.
    fn leave_out(&mut self, order: Order, packet: &RtpIn, info: &PacketInfo, out: &mut Vec<RtpOut>) {
        if order == Order::Next {
            // VP8 receivers wait for missing picture ids; those of VP9 and AV1 follow the references.
            let id = info.picture_id.map(|id| id.value);
            let whole_picture = packet.codec == Codec::Vp8 && id.is_some() && id != self.dropped_picture;
            if whole_picture {
                self.dropped_picture = id;
            }
            self.map.skip(packet.seq, whole_picture);
        } else if let Some(place) = self.map.place(packet.seq) {
            // Those behind have their numbers already: fill this one, or the receiver asks for it in vain.
            out.push(filler(packet, place.seq, packet.ts.wrapping_add(self.ts_offset)));
        }
    }
}

#[cfg(test)]
#[path = "rewrite_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "rewrite_model_tests.rs"]
mod model_tests;

#[cfg(test)]
#[path = "rewrite_layer_tests.rs"]
mod layer_tests;
