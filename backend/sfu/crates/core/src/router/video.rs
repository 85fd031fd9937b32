//! Shares each receiver's bandwidth among its video slots and binds them to layers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::member::{Slot, Target};
use super::{Effect, Router};
use crate::allocate::{Allocation, Demand, Ladder, LayerView, allocate};
use crate::channel::LayerFlow;
use crate::codec::Resolution;
use crate::consumer::{Choice, Reason};
use crate::ids::{LayerId, ProducerKey};
use crate::packet::Kind;
use crate::producer::Producer;
use crate::transport::TransportKey;
use crate::units::Bps;

/// A simulcast layer that was silent this long is not offered (key frames are not asked of it either).
const LAYER_LIVE: Duration = Duration::from_millis(600);
/// A track without simulcast may be a still screen: nothing changes, nothing is sent.
const TRACK_LIVE: Duration = Duration::from_secs(5);
/// The estimator is told new rates when they differ by more than this.
const RATE_CHANGE_PERCENT: u64 = 5;

impl Router {
    /// Gives every video slot its layer.
    pub(super) fn allocate_all(&mut self, now: Instant) {
        for producer in self.producers.values_mut() {
            producer.judge_frame_rates(now);
        }
        let ladders = self.ladders(self.producers.keys().copied(), now);
        let keys: Vec<TransportKey> = self.members.keys().copied().collect();
        for key in keys {
            self.allocate_member(key, &ladders, now);
        }
    }

    /// Gives one member's video slots their layers.
    pub(super) fn allocate_one(&mut self, key: TransportKey, now: Instant) {
        let Some(member) = self.members.get(&key) else { return };
        let targets = member.slots.iter().filter_map(|slot| slot.target);
        let ladders = self.ladders(targets.map(|target| target.producer), now);
        self.allocate_member(key, &ladders, now);
    }

    fn ladders(&self, of: impl Iterator<Item = ProducerKey>, now: Instant) -> BTreeMap<ProducerKey, Ladder> {
        let found = of.filter_map(|key| Some((key, self.producers.get(&key)?)));
        let shown = found.filter(|(_, producer)| producer.kind() == Kind::Video && !producer.muted);
        shown.map(|(key, producer)| (key, ladder_of(producer, now))).collect()
    }

    fn allocate_member(&mut self, key: TransportKey, ladders: &BTreeMap<ProducerKey, Ladder>, now: Instant) {
        let audio = self.audio_rate(key, now);
        let Some(member) = self.members.get(&key) else { return };
        let places: Vec<usize> = member.slots_of(Kind::Video).collect();
        let nothing = Ladder::default();
        let demands: Vec<Demand<'_>> = places
            .iter()
            .map(|place| {
                let slot = member.slots.get(*place);
                let target = slot.and_then(|slot| slot.target).filter(|target| !target.paused());
                // While a slot lets the path breathe, its share is the others'.
                let silent = slot.is_some_and(|slot| slot.congestion.is_silent(now));
                let shown = target.filter(|target| !silent && !self.is_unsupported(slot, target.producer));
                Demand {
                    ladder: shown.and_then(|target| ladders.get(&target.producer)).unwrap_or(&nothing),
                    wanted: target.map(wanted_size).unwrap_or_default(),
                    priority: target.map_or(0, |target| target.priority),
                    current: slot.and_then(|slot| slot.selector.current()),
                }
            })
            .collect();
        let allocation = allocate(member.estimate, audio, &demands);
        for ((place, demand), granted) in places.iter().zip(&demands).zip(&allocation.places) {
            self.settle_slot(key, *place, demand.ladder, *granted, now);
        }
        self.tell_rates(key, &allocation);
    }

    pub(super) fn is_unsupported(&self, slot: Option<&Slot>, producer: ProducerKey) -> bool {
        slot.zip(self.producers.get(&producer)).is_some_and(|(slot, producer)| slot.cannot_take(producer))
    }

    fn settle_slot(
        &mut self,
        key: TransportKey,
        place: usize,
        ladder: &Ladder,
        granted: Option<usize>,
        now: Instant,
    ) {
        let Some(member) = self.members.get_mut(&key) else { return };
        let flowing = member.flowing;
        let Some(slot) = member.slots.get_mut(place) else { return };
        let Some(target) = slot.target else { return };
        let Some(producer) = self.producers.get_mut(&target.producer) else { return };
        let stopped = target.paused() || producer.muted;
        let unsupported = slot.cannot_take(producer);
        let off = stopped || unsupported;
        // The codec is known with the first packet, when nothing else may have changed.
        let told = slot.told_layer.is_some_and(|told| told.state == LayerFlow::Unsupported);
        member.news |= !stopped && unsupported != told;
        if slot.congestion.is_silent(now) && !off {
            member.news |= !slot.starved;
            slot.starve();
            return;
        }
        if off || ladder.rungs().is_empty() {
            member.news |= rest(slot, target, off);
            return;
        }
        let choice = slot.selector.settle(ladder, granted, wanted_size(target), now);
        let starved = choice.is_none();
        member.news |= slot.starved != starved;
        slot.starved = starved;
        let Some(Choice { rid, caps }) = choice else {
            slot.rewriter.unbind();
            return;
        };
        slot.rewriter.set_caps(caps);
        let layer = LayerId { producer: target.producer, rid };
        if !slot.rewriter.involves(layer) || slot.rewriter.wanted().is_some_and(|wanted| wanted != layer) {
            slot.rewriter.bind(layer);
            member.news = true;
        }
        producer.add_taker(key, place);
        if let Some(layer) = slot.rewriter.key_frame_needed().filter(|_| flowing) {
            self.key_frames.request(layer, Reason::Switch, now);
        }
    }

    fn audio_rate(&self, key: TransportKey, now: Instant) -> Bps {
        let Some(member) = self.members.get(&key) else { return Bps::ZERO };
        let heard = member.slots.iter().filter(|slot| slot.kind == Kind::Audio).filter_map(Slot::shows);
        let layers = heard.filter_map(|producer| self.producers.get(&producer)?.layers.get(&None));
        layers.map(|layer| layer.meter.rate(now)).sum()
    }

    fn tell_rates(&mut self, key: TransportKey, allocation: &Allocation) {
        let Some(member) = self.members.get_mut(&key) else { return };
        let rates = (allocation.minimum, allocation.desired);
        let close =
            |old: Bps, new: Bps| old.0.abs_diff(new.0) * 100 <= old.0.max(new.0) * RATE_CHANGE_PERCENT;
        if close(member.rates.0, rates.0) && close(member.rates.1, rates.1) {
            return;
        }
        member.rates = rates;
        self.effects.push_back(Effect::Rates { to: key, min: rates.0, desired: rates.1 });
    }
}

/// A slot whose target sends it nothing now: off (paused, muted, unsupported), or not started. Returns whether that is
/// news.
fn rest(slot: &mut Slot, target: Target, off: bool) -> bool {
    slot.starved = false;
    let shows_another = slot.shows().is_some_and(|shown| shown != target.producer);
    if (off || shows_another) && slot.rewriter.current().or(slot.rewriter.wanted()).is_some() {
        slot.rewriter.unbind();
        slot.selector.reset();
        return true;
    }
    false
}

fn wanted_size(target: Target) -> Resolution {
    Resolution::clamped(target.width, target.height)
}

fn ladder_of(producer: &Producer, now: Instant) -> Ladder {
    let live = |rid: bool, heard: Option<Instant>| {
        let limit = if rid { LAYER_LIVE } else { TRACK_LIVE };
        heard.is_some_and(|heard| now.saturating_duration_since(heard) < limit)
    };
    let layers: Vec<LayerView<'_>> = producer
        .layers
        .iter()
        .filter(|(rid, layer)| live(rid.is_some(), layer.heard) && !layer.frame_rate.stutters())
        .map(|(rid, layer)| LayerView {
            rid: *rid,
            resolutions: layer.parser.resolutions(),
            meter: &layer.meter,
        })
        .collect();
    Ladder::build(&layers, now)
}
