//! A transport attached to a router: what it may do, what it publishes, and its receive slots.

use std::time::{Duration, Instant};

use super::congestion::Congestion;
use super::playout::Way;
use crate::channel::{LayerState, SlotState, Want, WantMode};
use crate::command::{Policy, SlotInfo};
use crate::consumer::{Rewriter, Selector};
use crate::ids::{CorrelationId, Mid, ParticipantId, ProducerKey, TransportId};
use crate::packet::{Codecs, Kind};
use crate::producer::Producer;
use crate::speaker::AudioSlots;
use crate::transport::webrtc::START_ESTIMATE;
use crate::units::Bps;

/// What a video slot should show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub producer: ProducerKey,
    pub width: u32,
    pub height: u32,
    pub priority: u8,
}

impl Target {
    /// Width 0 keeps the binding but pauses it.
    pub(super) const fn paused(&self) -> bool {
        self.width == 0
    }
}

/// A receive slot.
#[derive(Debug)]
pub(super) struct Slot {
    pub mid: Mid,
    pub kind: Kind,
    /// What its receiver takes.
    pub codecs: Codecs,
    pub rewriter: Rewriter,
    pub selector: Selector,
    /// Video only.
    pub target: Option<Target>,
    /// There was no room for any layer.
    pub starved: bool,
    /// How it copes when its packets pile up.
    pub congestion: Congestion,
    /// How long the receiver should hold its pictures back; never said until there was a reason.
    pub playout_delay: Option<Duration>,
    /// Last told to the client.
    pub told: Option<SlotState>,
    /// Last told to the client.
    pub told_layer: Option<LayerState>,
}

impl Slot {
    fn new(mid: Mid, kind: Kind) -> Self {
        Self {
            mid,
            kind,
            codecs: Codecs::ALL,
            rewriter: Rewriter::new(kind),
            selector: Selector::default(),
            target: None,
            starved: false,
            congestion: Congestion::default(),
            playout_delay: None,
            told: None,
            told_layer: None,
        }
    }

    /// Whether packets of this producer may matter to the slot.
    pub(super) fn takes(&self, producer: ProducerKey) -> bool {
        [self.rewriter.current(), self.rewriter.wanted()]
            .iter()
            .flatten()
            .any(|layer| layer.producer == producer)
    }

    /// Whether its receiver can do nothing with what the producer sends.
    pub(super) fn cannot_take(&self, producer: &Producer) -> bool {
        producer.codec.is_some_and(|codec| !self.codecs.contain(codec))
    }

    /// Sends nothing, and what comes next starts low.
    pub(super) fn starve(&mut self) {
        self.rewriter.unbind();
        self.selector.reset();
        self.starved = true;
    }

    /// The producer that the receiver hears or sees now.
    pub(super) fn shows(&self) -> Option<ProducerKey> {
        self.rewriter.current().map(|layer| layer.producer)
    }
}

/// A transport attached to a router. Made by the worker, moved between routers, fed by its router alone.
#[derive(Debug)]
pub struct Member {
    /// The controller's name for the transport.
    pub transport_id: TransportId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// For the log.
    pub correlation_id: CorrelationId,
    pub(super) policy: Policy,
    pub(super) published: Vec<ProducerKey>,
    pub(super) slots: Vec<Slot>,
    pub(super) audio: AudioSlots,
    pub(super) want: Option<Want>,
    pub(super) estimate: Bps,
    /// The way to it.
    pub(super) way: Way,
    pub(super) told_estimate: Option<(Bps, Instant)>,
    /// Whether anything may be sent to it: connected and not dark.
    pub(super) flowing: bool,
    pub(super) channel_open: bool,
    /// Something that the client should be told may have changed.
    pub(super) news: bool,
    /// The last allocation's rates, told to the transport.
    pub(super) rates: (Bps, Bps),
}

impl Member {
    /// A member that neither publishes nor receives yet.
    #[must_use]
    pub fn new(
        transport_id: TransportId,
        participant: ParticipantId,
        correlation_id: CorrelationId,
        policy: Policy,
    ) -> Self {
        Self {
            transport_id,
            participant,
            correlation_id,
            policy,
            published: Vec::new(),
            slots: Vec::new(),
            audio: AudioSlots::new(0),
            want: None,
            estimate: START_ESTIMATE,
            way: Way::default(),
            told_estimate: None,
            flowing: false,
            channel_open: false,
            news: false,
            rates: (Bps::ZERO, Bps::ZERO),
        }
    }

    /// What it may do.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Its slots, in m-line order.
    #[must_use]
    pub fn slots(&self) -> Vec<SlotInfo> {
        self.slots.iter().map(|slot| SlotInfo { mid: slot.mid, kind: slot.kind }).collect()
    }

    /// Number of slots that carry or await something.
    #[must_use]
    pub fn bound_slots(&self) -> usize {
        self.slots.iter().filter(|slot| slot.rewriter.current().or(slot.rewriter.wanted()).is_some()).count()
    }

    /// Its client is told of all slots anew.
    pub(super) fn knows_nothing(&mut self) {
        self.news = true;
        for slot in &mut self.slots {
            slot.told = None;
            slot.told_layer = None;
        }
    }

    /// Takes the slots of an answer; those that existed keep their streams.
    pub(super) fn set_slots(&mut self, lines: &[(SlotInfo, Codecs)]) {
        let voices = self.audio_mids();
        let mut old = std::mem::take(&mut self.slots);
        for (line, codecs) in lines {
            let kept = old.iter().position(|slot| slot.mid == line.mid && slot.kind == line.kind);
            let slot = kept.map_or_else(|| Slot::new(line.mid, line.kind), |place| old.swap_remove(place));
            self.slots.push(Slot { codecs: *codecs, ..slot });
        }
        let now = self.audio_mids();
        if now.iter().zip(&voices).all(|(new, old)| new == old) {
            self.audio.resize(now.len());
        } else {
            self.release_voices();
        }
        self.news = true;
    }

    /// Empties the audio slots; the next ranking fills them anew.
    pub(super) fn release_voices(&mut self) {
        let voices = self.slots.iter_mut().filter(|slot| slot.kind == Kind::Audio);
        let count = voices.map(|slot| slot.rewriter.unbind()).count();
        self.audio = AudioSlots::new(count);
    }

    fn audio_mids(&self) -> Vec<Mid> {
        self.slots.iter().filter(|slot| slot.kind == Kind::Audio).map(|slot| slot.mid).collect()
    }

    /// Takes a want, unless a newer one is known.
    pub(super) fn accept_want(&mut self, want: Want) -> bool {
        if self.want.as_ref().is_some_and(|known| known.revision > want.revision) {
            return false;
        }
        self.want = Some(want);
        true
    }

    /// The want in force, until the first one: everything, in thumbnails.
    pub(super) fn want_mode(&self) -> WantMode {
        self.want.as_ref().map_or(WantMode::Auto { width: 320, height: 180 }, |want| want.mode.clone())
    }

    /// The places of its slots of one kind, in m-line order.
    pub(super) fn slots_of(&self, kind: Kind) -> impl Iterator<Item = usize> + '_ {
        self.slots.iter().enumerate().filter(move |(_, slot)| slot.kind == kind).map(|(place, _)| place)
    }
}
