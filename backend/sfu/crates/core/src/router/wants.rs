//! From what clients want to which producer each of their video slots should show.

use std::time::Instant;

use super::Router;
use super::member::{Member, Target};
use crate::channel::{SlotWant, WantMode};
use crate::ids::ProducerKey;
use crate::packet::{Kind, Source};
use crate::transport::TransportKey;

impl Router {
    /// Finds the targets of all members anew, as producers came or went.
    pub(super) fn resolve_all(&mut self, now: Instant) {
        let keys: Vec<TransportKey> = self.members.keys().copied().collect();
        for key in keys {
            self.resolve_wants(key, now);
        }
    }

    /// Finds the targets of one member's video slots.
    pub(super) fn resolve_wants(&mut self, key: TransportKey, now: Instant) {
        let Some(member) = self.members.get(&key) else { return };
        let places: Vec<usize> = member.slots_of(Kind::Video).collect();
        let targets: Vec<(usize, Option<Target>)> = if member.policy.subscribe {
            match member.want_mode() {
                WantMode::Auto { width, height } => self.automatic(key, member, &places, (width, height)),
                WantMode::Explicit { slots } => {
                    places.iter().map(|place| (*place, self.explicit(member, *place, &slots))).collect()
                }
            }
        } else {
            places.iter().map(|place| (*place, None)).collect()
        };
        let Some(member) = self.members.get_mut(&key) else { return };
        for (place, target) in targets {
            let Some(slot) = member.slots.get_mut(place) else { continue };
            if slot.target == target {
                continue;
            }
            if slot.target.map(|old| old.producer) != target.map(|new| new.producer) {
                slot.selector.reset();
            }
            slot.target = target;
            if target.is_none() {
                slot.rewriter.unbind();
                slot.starved = false;
            }
            member.news = true;
            self.allocate_at = Some(now);
        }
    }

    fn explicit(&self, member: &Member, place: usize, wants: &[SlotWant]) -> Option<Target> {
        let slot = member.slots.get(place)?;
        let want = wants.iter().find(|want| want.mid == slot.mid)?;
        let found = self.producers.iter().find(|(_, producer)| {
            producer.participant == want.participant_id && producer.source == want.source
        });
        let (producer, _) = found.filter(|(_, producer)| producer.kind() == Kind::Video)?;
        Some(Target { producer: *producer, width: want.width, height: want.height, priority: want.priority })
    }

    /// Screens first, then in order of publication; who has a slot already keeps it.
    fn automatic(
        &self,
        key: TransportKey,
        member: &Member,
        places: &[usize],
        (width, height): (u32, u32),
    ) -> Vec<(usize, Option<Target>)> {
        let mut candidates: Vec<(bool, ProducerKey)> = self
            .producers
            .iter()
            .filter(|(_, producer)| producer.transport != key && producer.kind() == Kind::Video)
            .map(|(producer_key, producer)| (producer.source != Source::Screen, *producer_key))
            .collect();
        candidates.sort_unstable();
        candidates.truncate(places.len());
        let shown = |place: &usize| {
            let target = member.slots.get(*place).and_then(|slot| slot.target);
            target
                .map(|target| target.producer)
                .filter(|kept| candidates.iter().any(|(_, known)| known == kept))
        };
        let kept: Vec<Option<ProducerKey>> = places.iter().map(shown).collect();
        let fresh = candidates.iter().map(|(_, producer)| *producer);
        let mut fresh = fresh.filter(|producer| !kept.contains(&Some(*producer)));
        let slots = places.iter().zip(&kept);
        slots
            .map(|(place, kept)| {
                let producer = kept.or_else(|| fresh.next());
                (*place, producer.map(|producer| Target { producer, width, height, priority: 0 }))
            })
            .collect()
    }
}
