//! A published track as its router knows it: its layers, how much they carry, and which slots take them.
//!
//! It decides nothing: what goes where is the router's business.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::allocate::LayerMeter;
use crate::codec::LayerParser;
use crate::frame_rate::FrameRate;
use crate::ids::{Mid, ParticipantId, ProducerId, Rid, TransportId};
use crate::packet::{Codec, Kind, Source};
use crate::repair::Repairs;
use crate::transport::TransportKey;

/// Simulcast layers taken per track: browsers send three at most.
const MAX_LAYERS: usize = 4;

/// A layer that nobody wants any more goes on this long: people page back and forth.
const LAYER_OFF_AFTER: Duration = Duration::from_secs(2);

/// One incoming stream of a track.
#[derive(Debug, Default)]
pub struct Layer {
    /// Reads its payloads.
    pub parser: LayerParser,
    /// Its bit rate.
    pub meter: LayerMeter,
    /// How often its pictures come.
    pub frame_rate: FrameRate,
    /// What was lost on its way here and came after all.
    pub repairs: Repairs,
    /// When its last packet came.
    pub heard: Option<Instant>,
}

/// The layers of a track that are wanted, as its publisher was told: more at once, fewer only after a while.
#[derive(Debug, Default)]
pub struct WantedLayers {
    told: Option<Vec<Rid>>,
    fewer_since: Option<Instant>,
}

impl WantedLayers {
    /// What was settled last.
    #[must_use]
    pub fn now(&self) -> Option<&[Rid]> {
        self.told.as_deref()
    }

    /// Takes what is wanted now. True when the publisher should be told.
    pub fn settle(&mut self, wanted: Vec<Rid>, now: Instant) -> bool {
        let Some(told) = &self.told else {
            self.told = Some(wanted);
            return true;
        };
        if *told == wanted {
            self.fewer_since = None;
            return false;
        }
        let more = wanted.iter().any(|rid| !told.contains(rid));
        let since = *self.fewer_since.get_or_insert(now);
        if !more && now.saturating_duration_since(since) < LAYER_OFF_AFTER {
            return false;
        }
        self.fewer_since = None;
        self.told = Some(wanted);
        true
    }
}

/// A published track.
#[derive(Debug)]
pub struct Producer {
    /// The controller's name for it.
    pub id: ProducerId,
    /// Whose transport brings it.
    pub transport: TransportKey,
    /// The controller's name for that transport.
    pub transport_id: TransportId,
    /// Who publishes it.
    pub participant: ParticipantId,
    /// On which m-line it comes.
    pub mid: Mid,
    /// What it shows or plays.
    pub source: Source,
    /// Whether its payload is end-to-end encrypted.
    pub encrypted: bool,
    /// Whether forwarding is stopped.
    pub muted: bool,
    /// The simulcast layers that were negotiated, in the order of the offer.
    pub rids: Vec<Rid>,
    /// The ones that somebody wants.
    pub wanted_layers: WantedLayers,
    /// Its streams that were seen.
    pub layers: BTreeMap<Option<Rid>, Layer>,
    /// Its encoding, once a packet came.
    pub codec: Option<Codec>,
    /// The slots that may take its packets: receiver and place among its slots.
    pub takers: Vec<(TransportKey, usize)>,
}

impl Producer {
    /// Audio or video.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.source.kind()
    }

    /// The stream of a layer; none when there are too many.
    pub fn layer(&mut self, rid: Option<Rid>) -> Option<&mut Layer> {
        if self.layers.len() >= MAX_LAYERS && !self.layers.contains_key(&rid) {
            return None;
        }
        Some(self.layers.entry(rid).or_default())
    }

    /// Compares the frame rates of a camera's layers. On a screen, sharp text is worth more than motion.
    pub fn judge_frame_rates(&mut self, now: Instant) {
        if self.source != Source::Camera {
            return;
        }
        let size =
            |layer: &Layer| layer.parser.resolutions().iter().max().copied().filter(|size| size.area() > 0);
        let mut layers: Vec<&mut Layer> =
            self.layers.values_mut().filter(|layer| size(layer).is_some()).collect();
        layers.sort_by_key(|layer| size(layer));
        // The smallest gets its bits first.
        if let Some((smallest, others)) = layers.split_first_mut() {
            for other in others {
                other.frame_rate.judge(&smallest.frame_rate, now);
            }
        }
    }

    /// Adds a slot that may take its packets.
    pub fn add_taker(&mut self, receiver: TransportKey, slot: usize) {
        if !self.takers.contains(&(receiver, slot)) {
            self.takers.push((receiver, slot));
        }
    }
}
