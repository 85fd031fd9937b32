//! Gives audio slots to the loudest and tells who speaks.

use std::time::Instant;

use super::{Effect, Router};
use crate::channel::{ServerMessage, SpeakerLevel};
use crate::event::Event;
use crate::ids::{LayerId, ProducerKey};
use crate::packet::Kind;
use crate::transport::TransportKey;

impl Router {
    /// Ranks the room's microphones and hands out the audio slots.
    pub(super) fn rank_speakers(&mut self, now: Instant) {
        self.speakers.rank(now);
        let keys: Vec<TransportKey> = self.members.keys().copied().collect();
        for key in keys {
            self.assign_audio(key, now);
        }
        if let Some(changed) = self.speakers.poll_changes(now) {
            self.told_speakers = self.speaker_levels(&changed);
            for (key, member) in &self.members {
                if member.channel_open && member.policy.subscribe {
                    let message = ServerMessage::Speakers { speakers: self.told_speakers.clone() };
                    self.effects.push_back(Effect::Channel { to: *key, message });
                }
            }
            let event =
                Event::SpeakersChanged { router_id: self.id.clone(), speakers: self.told_speakers.clone() };
            self.effects.push_back(Effect::Event(event));
        }
    }

    /// Tells a client whose channel opened who speaks.
    pub(super) fn tell_speakers_to(&mut self, key: TransportKey) {
        if !self.told_speakers.is_empty() {
            self.tell_speakers_again(key);
        }
    }

    /// Tells a client who speaks, or that nobody does any more.
    pub(super) fn tell_speakers_again(&mut self, key: TransportKey) {
        let listens = |member: &super::Member| member.channel_open && member.policy.subscribe;
        if self.members.get(&key).is_some_and(listens) {
            let message = ServerMessage::Speakers { speakers: self.told_speakers.clone() };
            self.effects.push_back(Effect::Channel { to: key, message });
        }
    }

    fn speaker_levels(&self, levels: &[(ProducerKey, u8)]) -> Vec<SpeakerLevel> {
        let level = |(key, level): &(ProducerKey, u8)| {
            let participant_id = self.producers.get(key)?.participant.clone();
            Some(SpeakerLevel { participant_id, level: *level })
        };
        levels.iter().filter_map(level).collect()
    }

    fn assign_audio(&mut self, key: TransportKey, now: Instant) {
        let Some(member) = self.members.get_mut(&key) else { return };
        let places: Vec<usize> = member.slots_of(Kind::Audio).collect();
        let ranking = if member.policy.subscribe { self.speakers.ranking() } else { &[] };
        let (published, audio) = (&member.published, &mut member.audio);
        let changes = audio.assign(ranking, |producer| published.contains(&producer), now);
        for change in changes {
            let Some((place, slot)) =
                places.get(change.slot).and_then(|place| Some((*place, member.slots.get_mut(*place)?)))
            else {
                continue;
            };
            match change.producer {
                Some(producer) => {
                    slot.rewriter.bind(LayerId { producer, rid: None });
                    if let Some(producer) = self.producers.get_mut(&producer) {
                        producer.add_taker(key, place);
                    }
                }
                None => slot.rewriter.unbind(),
            }
            member.news = true;
        }
    }
}
