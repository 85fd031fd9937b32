//! The way of a packet: from its producer to the slots that take it, and key-frame requests back.

use std::collections::BTreeSet;
use std::time::Instant;

use super::{Effect, Router};
use crate::consumer::{Pushed, Reason};
use crate::event::Event;
use crate::ids::{LayerId, Mid, ProducerKey, Rid};
use crate::packet::{Kind, RtpIn, RtpOut};
use crate::transport::TransportKey;

/// What a packet costs beside its payload: RTP with extensions, SRTP tag, UDP and IPv4 headers.
const OVERHEAD: usize = 12 + 16 + 16 + 8 + 20;

impl Router {
    /// Takes a packet of a published track.
    pub fn packet(&mut self, from: TransportKey, mid: Mid, rid: Option<Rid>, packet: &RtpIn, now: Instant) {
        let Some(key) = self.by_mid.get(&(from, mid)).copied() else { return };
        let Some(producer) = self.producers.get_mut(&key) else { return };
        if packet.codec.kind() != producer.kind() {
            return;
        }
        if producer.codec.is_none() {
            producer.codec = Some(packet.codec);
            self.effects.push_back(Effect::Event(Event::ProducerStarted {
                transport_id: producer.transport_id.clone(),
                producer_id: producer.id.clone(),
                kind: producer.kind(),
                source: producer.source,
                codec: packet.codec,
            }));
        }
        let encrypted = producer.encrypted;
        let Some(layer) = producer.layer(rid) else { return };
        let first = layer.heard.replace(now).is_none();
        let malformed = layer.parser.malformed();
        let info = layer.parser.parse(packet);
        if !encrypted {
            self.malformed += layer.parser.malformed() - malformed;
        }
        layer.meter.add(&info, packet.payload.len() + OVERHEAD, now);
        if packet.codec.kind() == Kind::Video {
            layer.repairs.note(packet.stream, packet.seq, now);
            if info.frame_start && info.spatial == 0 {
                layer.frame_rate.note(now);
            }
        }
        if info.key_frame_start {
            // A browser whose encoder fails goes on with another codec.
            producer.codec = Some(packet.codec);
        }
        if producer.muted {
            return;
        }
        let id = LayerId { producer: key, rid };
        if producer.kind() == Kind::Audio {
            self.speakers.heard(key, packet.audio_level, packet.voice, now);
        } else {
            self.key_frames.heard(id, now);
            if info.key_frame_start {
                self.key_frames.key_frame_seen(id);
            }
            if first || info.key_frame_start {
                // A layer appeared or tells its size: whoever waits for it should not wait for the clock.
                self.allocate_at = Some(now);
            }
        }
        self.fan_out(key, id, packet, &info);
    }

    fn fan_out(&mut self, key: ProducerKey, id: LayerId, packet: &RtpIn, info: &crate::codec::PacketInfo) {
        let Some(producer) = self.producers.get_mut(&key) else { return };
        let (members, effects, outgoing) = (&mut self.members, &mut self.effects, &mut self.outgoing);
        producer.takers.retain(|(to, place)| {
            let Some(member) = members.get_mut(to) else { return false };
            let flowing = member.flowing;
            let Some(slot) = member.slots.get_mut(*place) else { return false };
            if !slot.takes(key) {
                return false;
            }
            if flowing && slot.rewriter.involves(id) {
                let mid = slot.mid;
                let pushed = slot.rewriter.push(id, packet, info, outgoing);
                let playout_delay = slot.playout_delay;
                effects.extend(outgoing.drain(..).map(|packet| {
                    let packet = RtpOut { playout_delay, ..packet };
                    Effect::Media { to: *to, slot: mid, packet }
                }));
                member.news |= pushed == Pushed::Switched;
            }
            true
        });
    }

    /// The receiver of a slot lost its picture.
    pub fn key_frame_requested(&mut self, key: TransportKey, slot: Mid, now: Instant) {
        let slots = self.members.get(&key).map(|member| &member.slots);
        let slot = slots.and_then(|slots| slots.iter().find(|known| known.mid == slot));
        if let Some(layer) = slot.and_then(|slot| slot.rewriter.current()) {
            self.key_frames.request(layer, Reason::Feedback, now);
            self.poll_key_frames(now);
        }
    }

    /// Asks for the key frames that a receiver's slots wait for.
    pub(super) fn ask_for_key_frames(&mut self, key: TransportKey, now: Instant) {
        let Some(member) = self.members.get(&key).filter(|member| member.flowing) else { return };
        for layer in member.slots.iter().filter_map(|slot| slot.rewriter.key_frame_needed()) {
            self.key_frames.request(layer, Reason::Switch, now);
        }
        self.poll_key_frames(now);
    }

    /// Asks again for what slots still wait for; the throttle holds back what is too early.
    pub(super) fn repeat_key_frames(&mut self, now: Instant) {
        let waiting = self.members.values().filter(|member| member.flowing);
        let needed: BTreeSet<LayerId> = waiting
            .flat_map(|member| member.slots.iter().filter_map(|slot| slot.rewriter.key_frame_needed()))
            .collect();
        for layer in self.awaited.difference(&needed) {
            self.key_frames.cancel(*layer);
        }
        for layer in &needed {
            self.key_frames.request(*layer, Reason::Switch, now);
        }
        self.awaited = needed;
    }

    pub(super) fn poll_key_frames(&mut self, now: Instant) {
        let mut asks = Vec::new();
        self.key_frames.poll(now, &mut asks);
        for ask in asks {
            if let Some(producer) = self.producers.get(&ask.producer) {
                self.effects.push_back(Effect::KeyFrame {
                    of: producer.transport,
                    mid: producer.mid,
                    rid: ask.rid,
                });
            }
        }
    }
}
