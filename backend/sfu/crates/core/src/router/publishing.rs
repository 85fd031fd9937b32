//! What members publish: the set that an offer declares, muting, and the end of a producer.

use std::collections::BTreeSet;
use std::time::Instant;

use super::{Effect, Member, Router};
use crate::command::{ProducerInventory, Publish, TransportInventory};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, TransportState};
use crate::ids::{ProducerId, ProducerKey, Rid};
use crate::packet::Source;
use crate::producer::{Producer, WantedLayers};
use crate::speaker::SpeakerKind;
use crate::transport::TransportKey;

/// A track of an offer, with what the answer says about its layers.
#[derive(Debug, Clone)]
pub struct Declared {
    /// What the client says.
    pub publish: Publish,
    /// The simulcast layers, in the order of the offer.
    pub rids: Vec<Rid>,
}

impl Router {
    /// Whether the policy allows these sources.
    ///
    /// # Errors
    /// `publish_not_allowed` for the first that it does not.
    pub fn check_publish(&self, key: TransportKey, publish: &[Publish]) -> Result<()> {
        let allowed =
            self.members.get(&key).map(|member| member.policy().publish.as_slice()).unwrap_or_default();
        match publish.iter().find(|track| !allowed.contains(&track.source)) {
            Some(track) => {
                Err(Error::new(ErrorCode::PublishNotAllowed, format!("{:?} is not allowed", track.source)))
            }
            None => Ok(()),
        }
    }

    /// Takes the whole set of what a member publishes: new ones start, missing ones are closed.
    pub fn publish(&mut self, key: TransportKey, tracks: &[Declared], now: Instant) {
        let kept: BTreeSet<&ProducerId> = tracks.iter().map(|track| &track.publish.producer_id).collect();
        let old = self.members.get(&key).map(|member| member.published.clone()).unwrap_or_default();
        for producer in old {
            let moved = self.producers.get(&producer).is_none_or(|known| {
                let same = |track: &&Declared| {
                    track.publish.producer_id == known.id && track.publish.mid == known.mid
                };
                !kept.contains(&known.id) || !tracks.iter().any(|track| same(&track))
            });
            if moved {
                self.close_producer(producer, now);
            }
        }
        for track in tracks {
            self.start_or_update(key, track, now);
        }
        self.resolve_all(now);
    }

    fn start_or_update(&mut self, key: TransportKey, track: &Declared, now: Instant) {
        let publish = &track.publish;
        if let Some(known) = self.by_mid.get(&(key, publish.mid)).copied() {
            if let Some(producer) = self.producers.get_mut(&known) {
                producer.rids.clone_from(&track.rids);
                if std::mem::replace(&mut producer.encrypted, publish.encrypted) != publish.encrypted {
                    self.note_change_of(known);
                }
            }
            self.mute(known, publish.muted, now);
            return;
        }
        let Some(member) = self.members.get_mut(&key) else { return };
        let number = ProducerKey(self.next_producer);
        self.next_producer += 1;
        member.published.push(number);
        let producer = Producer {
            id: publish.producer_id.clone(),
            transport: key,
            transport_id: member.transport_id.clone(),
            participant: member.participant.clone(),
            mid: publish.mid,
            source: publish.source,
            encrypted: publish.encrypted,
            muted: false,
            rids: track.rids.clone(),
            wanted_layers: WantedLayers::default(),
            layers: std::collections::BTreeMap::new(),
            codec: None,
            takers: Vec::new(),
        };
        self.producers.insert(number, producer);
        self.by_mid.insert((key, publish.mid), number);
        match publish.source {
            Source::Microphone => self.speakers.add(number, SpeakerKind::Voice),
            Source::ScreenAudio => self.speakers.add(number, SpeakerKind::Screen),
            Source::Camera | Source::Screen => {}
        }
        self.mute(number, publish.muted, now);
    }

    /// Stops or resumes the forwarding of a producer. False when it is not here.
    pub fn set_muted(&mut self, id: &ProducerId, muted: bool, now: Instant) -> bool {
        let found = self.producers.iter().find(|(_, producer)| producer.id == *id).map(|(key, _)| *key);
        if let Some(key) = found {
            self.mute(key, muted, now);
        }
        found.is_some()
    }

    fn mute(&mut self, key: ProducerKey, muted: bool, now: Instant) {
        let Some(producer) = self.producers.get_mut(&key) else { return };
        if producer.muted == muted {
            return;
        }
        producer.muted = muted;
        self.speakers.set_muted(key, muted);
        if !muted {
            // Packets were missed: numbers go on from here, pictures resume on a key frame.
            self.restart_takers(key, now);
        }
        for member in self.members.values_mut() {
            member.news |= member.slots.iter().any(|slot| slot.takes(key));
        }
        self.allocate_at = Some(now);
    }

    /// Whoever has a slot for the producer is to be told how it is now.
    fn note_change_of(&mut self, key: ProducerKey) {
        for member in self.members.values_mut() {
            member.news |= member
                .slots
                .iter()
                .any(|slot| slot.takes(key) || slot.target.is_some_and(|target| target.producer == key));
        }
    }

    fn restart_takers(&mut self, key: ProducerKey, now: Instant) {
        let takers = self.producers.get(&key).map(|producer| producer.takers.clone()).unwrap_or_default();
        for (to, place) in takers {
            let slot = self.members.get_mut(&to).and_then(|member| member.slots.get_mut(place));
            if let Some(slot) = slot.filter(|slot| slot.shows() == Some(key)) {
                slot.rewriter.restart();
                self.ask_for_key_frames(to, now);
            }
        }
    }

    /// Closes what a new policy forbids.
    pub(super) fn close_forbidden(&mut self, key: TransportKey, now: Instant) {
        let Some(member) = self.members.get(&key) else { return };
        let forbidden: Vec<ProducerKey> = member
            .published
            .iter()
            .copied()
            .filter(|producer| {
                let source = self.producers.get(producer).map(|producer| producer.source);
                source.is_some_and(|source| !member.policy.publish.contains(&source))
            })
            .collect();
        for producer in &forbidden {
            self.close_producer(*producer, now);
        }
        if !forbidden.is_empty() {
            self.resolve_all(now);
        }
    }

    /// Closes everything that a member publishes.
    pub(super) fn close_producers(&mut self, key: TransportKey, now: Instant) {
        let published = self.members.get(&key).map(|member| member.published.clone()).unwrap_or_default();
        for producer in &published {
            self.close_producer(*producer, now);
        }
        if !published.is_empty() {
            self.resolve_all(now);
        }
    }

    fn close_producer(&mut self, key: ProducerKey, now: Instant) {
        let Some(producer) = self.producers.remove(&key) else { return };
        self.by_mid.remove(&(producer.transport, producer.mid));
        self.speakers.remove(key);
        self.key_frames.forget(key);
        if let Some(member) = self.members.get_mut(&producer.transport) {
            member.published.retain(|published| *published != key);
        }
        for member in self.members.values_mut() {
            for slot in &mut member.slots {
                if slot.takes(key) {
                    slot.rewriter.forget(key);
                    member.news = true;
                }
            }
        }
        self.allocate_at = Some(now);
        let event = Event::ProducerClosed { transport_id: producer.transport_id, producer_id: producer.id };
        self.effects.push_back(Effect::Event(event));
    }

    /// What a member declares, to publish it again on another router.
    #[must_use]
    pub fn declared(&self, key: TransportKey) -> Vec<Declared> {
        let published = self.members.get(&key).map(|member| member.published.as_slice()).unwrap_or_default();
        let producers = published.iter().filter_map(|producer| self.producers.get(producer));
        producers
            .map(|producer| Declared {
                publish: Publish {
                    mid: producer.mid,
                    producer_id: producer.id.clone(),
                    source: producer.source,
                    encrypted: producer.encrypted,
                    muted: producer.muted,
                },
                rids: producer.rids.clone(),
            })
            .collect()
    }

    pub(super) fn member_inventory(
        &self,
        key: TransportKey,
        member: &Member,
        state: TransportState,
    ) -> TransportInventory {
        let declared = self.declared(key).into_iter();
        let producers = declared.map(|track| ProducerInventory {
            producer_id: track.publish.producer_id,
            mid: track.publish.mid,
            kind: track.publish.source.kind(),
            source: track.publish.source,
            muted: track.publish.muted,
            encrypted: track.publish.encrypted,
        });
        TransportInventory {
            transport_id: member.transport_id.clone(),
            participant_id: member.participant.clone(),
            state,
            correlation_id: member.correlation_id.clone(),
            producers: producers.collect(),
            slots: member.slots(),
        }
    }
}
