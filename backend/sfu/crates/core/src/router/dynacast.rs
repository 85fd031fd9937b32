//! Which layers of a track somebody wants: the others are switched off at the publisher.
//!
//! The smallest layer stays on although nobody looks: a tile that comes into view then shows a picture at
//! the next key frame, instead of after the encoder's and the estimator's start.

use std::time::Instant;

use super::{Effect, Router};
use crate::channel::ServerMessage;
use crate::ids::{ProducerKey, Rid};
use crate::packet::Kind;
use crate::producer::Producer;
use crate::transport::TransportKey;

impl Router {
    /// Tells publishers which layers are wanted, where that changed.
    pub(super) fn publish_wanted_layers(&mut self, now: Instant) {
        let simulcast = self.producers.iter().filter(|(_, producer)| producer.rids.len() > 1);
        let keys: Vec<ProducerKey> = simulcast.map(|(key, _)| *key).collect();
        for key in keys {
            let height = self.wanted_height(key);
            let Some(producer) = self.producers.get_mut(&key) else { continue };
            let wanted = wanted_layers(producer, height);
            if producer.wanted_layers.settle(wanted, now) {
                self.tell_layers_of(key);
            }
        }
    }

    /// Tells a client whose channel opened what is wanted of it.
    pub(super) fn tell_published_layers(&mut self, key: TransportKey) {
        let published = self.members.get(&key).map(|member| member.published.clone()).unwrap_or_default();
        for producer in published {
            self.tell_layers_of(producer);
        }
    }

    fn tell_layers_of(&mut self, key: ProducerKey) {
        let Some(producer) = self.producers.get(&key).filter(|producer| producer.kind() == Kind::Video)
        else {
            return;
        };
        let Some(rids) = producer.wanted_layers.now() else { return };
        if self.members.get(&producer.transport).is_some_and(|member| member.channel_open) {
            let message = ServerMessage::PublishLayers { mid: producer.mid, rids: rids.to_vec() };
            self.effects.push_back(Effect::Channel { to: producer.transport, message });
        }
    }

    /// The height of the largest view of a track.
    fn wanted_height(&self, key: ProducerKey) -> u32 {
        let slots = self.members.values().flat_map(|member| &member.slots);
        let able = slots.filter(|slot| !self.is_unsupported(Some(slot), key));
        let targets = able.filter_map(|slot| slot.target).filter(|target| target.producer == key);
        targets.filter(|target| !target.paused()).map(|target| target.height).max().unwrap_or(0)
    }
}

/// Layers from the smallest up to the first that fills the height (nine tenths do, as for slots). A layer whose size is not known yet may
/// be too small, so the next one is wanted too.
fn wanted_layers(producer: &Producer, height: u32) -> Vec<Rid> {
    let size = |rid: &Rid| {
        let sizes = producer.layers.get(&Some(*rid)).map(|layer| *layer.parser.resolutions());
        sizes.and_then(|sizes| sizes.iter().map(|size| size.height).max()).filter(|height| *height > 0)
    };
    let mut rids: Vec<&Rid> = producer.rids.iter().collect();
    if rids.iter().all(|rid| size(rid).is_some()) {
        // Browsers offer them in the order that the page gave, small to large or the other way round.
        rids.sort_by_key(|rid| size(rid));
    }
    let mut wanted = Vec::new();
    for rid in rids {
        wanted.push(*rid);
        let fills =
            height == 0 || size(rid).is_some_and(|layer| u32::from(layer) * 10 >= height.saturating_mul(9));
        if fills {
            break;
        }
    }
    wanted
}
