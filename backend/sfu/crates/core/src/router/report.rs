//! What clients are told on their channel: only what changed, and not more often than it helps.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::member::Slot;
use super::{Effect, Router};
use crate::channel::{LayerFlow, LayerState, ServerMessage, SlotState};
use crate::ids::{LayerId, ProducerKey};
use crate::packet::Kind;
use crate::producer::Producer;
use crate::transport::TransportKey;

/// Bandwidth estimates are told at most this often.
const BANDWIDTH_SPACING: Duration = Duration::from_secs(1);

impl Router {
    /// The client's channel opened: it is told everything.
    pub fn channel_opened(&mut self, key: TransportKey) {
        let Some(member) = self.members.get_mut(&key) else { return };
        member.channel_open = true;
        member.knows_nothing();
        self.tell_speakers_to(key);
        self.tell_published_layers(key);
    }

    /// What this client was told did not reach it: it is told everything again with the next tick.
    pub fn untold(&mut self, key: TransportKey) {
        self.untold.insert(key);
    }

    /// Tells again what did not arrive.
    pub(super) fn tell_again(&mut self) {
        for key in std::mem::take(&mut self.untold) {
            let Some(member) = self.members.get_mut(&key) else { continue };
            member.knows_nothing();
            self.tell_speakers_again(key);
            self.tell_published_layers(key);
        }
    }

    /// Tells every client what changed for it.
    pub(super) fn tell_news(&mut self, now: Instant) {
        let keys: Vec<TransportKey> = self
            .members
            .iter()
            .filter(|(_, member)| member.news && member.channel_open)
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.tell_slots(key);
            self.tell_layers(key);
            self.tell_bandwidth(key, now);
        }
    }

    fn tell_slots(&mut self, key: TransportKey) {
        let Some(member) = self.members.get_mut(&key) else { return };
        member.news = false;
        let mut changed = Vec::new();
        for slot in &mut member.slots {
            let shown = slot.shows().or_else(|| kept(slot, &self.producers));
            let shown = shown.and_then(|producer| self.producers.get(&producer));
            let state = slot_state(slot, shown);
            if slot.told.as_ref() != Some(&state) {
                slot.told = Some(state.clone());
                changed.push(state);
            }
        }
        if !changed.is_empty() {
            let message = ServerMessage::Slots { slots: changed };
            self.effects.push_back(Effect::Channel { to: key, message });
        }
    }

    fn tell_layers(&mut self, key: TransportKey) {
        let Some(member) = self.members.get_mut(&key) else { return };
        let mut changed = Vec::new();
        for slot in member.slots.iter_mut().filter(|slot| slot.kind == Kind::Video) {
            let producer = slot.target.and_then(|target| self.producers.get(&target.producer));
            let Some(state) = producer.map(|producer| layer_state(slot, producer)) else {
                slot.told_layer = None;
                continue;
            };
            if slot.told_layer != Some(state) {
                slot.told_layer = Some(state);
                changed.push(state);
            }
        }
        if !changed.is_empty() {
            let message = ServerMessage::Layers { layers: changed };
            self.effects.push_back(Effect::Channel { to: key, message });
        }
    }

    fn tell_bandwidth(&mut self, key: TransportKey, now: Instant) {
        let Some(member) = self.members.get_mut(&key) else { return };
        if member.told_estimate.is_some_and(|(told, _)| told == member.estimate) {
            return;
        }
        let early = |(_, at)| now.saturating_duration_since(at) < BANDWIDTH_SPACING;
        if member.told_estimate.is_some_and(early) {
            // It stays news until it may be told.
            member.news = true;
        } else {
            member.told_estimate = Some((member.estimate, now));
            let message = ServerMessage::Bandwidth { available_bps: member.estimate.0 };
            self.effects.push_back(Effect::Channel { to: key, message });
        }
    }
}

/// The producer of a slot that keeps its binding although nothing flows: it rests, or comes back from that.
fn kept(slot: &Slot, producers: &BTreeMap<ProducerKey, Producer>) -> Option<ProducerKey> {
    let target = slot.target?;
    let producer = producers.get(&target.producer)?;
    let rests = target.paused() || producer.muted || slot.starved || slot.cannot_take(producer);
    let was_told = slot.told.as_ref().is_some_and(|told| {
        told.participant_id.as_ref() == Some(&producer.participant) && told.source == Some(producer.source)
    });
    (rests || was_told).then_some(target.producer)
}

fn slot_state(slot: &Slot, shown: Option<&Producer>) -> SlotState {
    SlotState {
        mid: slot.mid,
        kind: slot.kind,
        participant_id: shown.map(|producer| producer.participant.clone()),
        source: shown.map(|producer| producer.source),
        encrypted: shown.is_some_and(|producer| producer.encrypted),
    }
}

fn layer_state(slot: &Slot, producer: &Producer) -> LayerState {
    let paused = producer.muted || slot.target.is_some_and(|target| target.paused());
    // While the slot still shows the one before, its target waits.
    let of_target = |layer: &LayerId| slot.target.is_some_and(|target| target.producer == layer.producer);
    let current = slot.rewriter.current().filter(of_target);
    let layer = current.or(slot.rewriter.wanted().filter(of_target));
    let state = match current {
        _ if paused => LayerFlow::Paused,
        _ if slot.cannot_take(producer) => LayerFlow::Unsupported,
        _ if slot.starved => LayerFlow::Starved,
        Some(_) => LayerFlow::Active,
        None => LayerFlow::Waiting,
    };
    let rid = layer.and_then(|layer| layer.rid);
    let stream = layer.and_then(|layer| producer.layers.get(&layer.rid));
    let sizes = stream.map(|stream| *stream.parser.resolutions()).unwrap_or_default();
    let size = sizes.iter().copied().max().unwrap_or_default();
    LayerState { mid: slot.mid, rid, width: size.width, height: size.height, state }
}
