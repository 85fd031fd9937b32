//! One receiver's audio slots: the loudest are in them, and nobody who speaks is thrown out.
//!
//! A slot is given away only when its holder has fallen quiet and has held it for a moment. Slots that
//! nobody needs are filled with those who might speak next, so that in a small room nobody's first
//! syllable is lost.

use std::time::{Duration, Instant};

use super::{Ranked, SpeakerKind};
use crate::ids::ProducerKey;

/// Least time that a voice keeps a slot.
const MIN_HOLD: Duration = Duration::from_millis(600);

#[derive(Debug, Clone, Copy)]
struct Seat {
    producer: ProducerKey,
    since: Instant,
}

/// A slot whose producer changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotChange {
    /// Place among the receiver's audio slots.
    pub slot: usize,
    /// Who is in it now.
    pub producer: Option<ProducerKey>,
}

/// The audio slots of one receiver.
#[derive(Debug, Clone, Default)]
pub struct AudioSlots {
    seats: Vec<Option<Seat>>,
}

impl AudioSlots {
    /// Empty slots.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { seats: vec![None; count] }
    }

    /// Number of slots.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether there are no slots at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Adds or removes slots at the end; the others keep what they carry.
    pub fn resize(&mut self, count: usize) {
        self.seats.resize(count, None);
    }

    /// Who is in a slot.
    #[must_use]
    pub fn producer(&self, slot: usize) -> Option<ProducerKey> {
        self.seats.get(slot).copied().flatten().map(|seat| seat.producer)
    }

    /// Takes a new ranking and returns the slots that changed. `own` tells the receiver's own producers,
    /// which it never hears.
    pub fn assign(
        &mut self,
        ranking: &[Ranked],
        own: impl Fn(ProducerKey) -> bool,
        now: Instant,
    ) -> Vec<SlotChange> {
        let before: Vec<_> = (0..self.seats.len()).map(|slot| self.producer(slot)).collect();
        let others: Vec<&Ranked> = ranking.iter().filter(|ranked| !own(ranked.producer)).collect();
        for seat in &mut self.seats {
            let stays = seat.is_some_and(|seat| others.iter().any(|other| other.producer == seat.producer));
            if !stays {
                *seat = None;
            }
        }
        self.seat_screens(&others, now);
        self.seat_speakers(&others, now);
        self.fill(&others, now);
        let changed = |(slot, before): (usize, Option<ProducerKey>)| {
            let producer = self.producer(slot);
            (producer != before).then_some(SlotChange { slot, producer })
        };
        before.into_iter().enumerate().filter_map(changed).collect()
    }

    /// Screens are always heard, but leave one slot to the voices if there are two.
    fn seat_screens(&mut self, others: &[&Ranked], now: Instant) {
        let allowed = self.seats.len().saturating_sub(1).max(1);
        let screens = others.iter().filter(|other| other.kind == SpeakerKind::Screen && !other.muted);
        for screen in screens.take(allowed) {
            if self.holds(screen.producer) {
                continue;
            }
            let Some(place) = self.free().or_else(|| self.last_ranked(others, is_replaceable_by_screen))
            else {
                return;
            };
            self.seat(place, screen.producer, now);
        }
    }

    fn seat_speakers(&mut self, others: &[&Ranked], now: Instant) {
        let speakers = others.iter().filter(|other| other.kind == SpeakerKind::Voice && is_speaking(other));
        for speaker in speakers {
            if self.holds(speaker.producer) {
                continue;
            }
            let rested = |seat: &Seat, holder: &Ranked| {
                let held = now.saturating_duration_since(seat.since) >= MIN_HOLD;
                (held || holder.muted) && is_idle(holder)
            };
            let Some(place) = self.free().or_else(|| self.last_ranked(others, rested)) else { return };
            self.seat(place, speaker.producer, now);
        }
    }

    fn fill(&mut self, others: &[&Ranked], now: Instant) {
        for other in others {
            let Some(place) = self.free() else { return };
            if !self.holds(other.producer) {
                self.seat(place, other.producer, now);
            }
        }
    }

    fn holds(&self, producer: ProducerKey) -> bool {
        self.seats.iter().flatten().any(|seat| seat.producer == producer)
    }

    fn free(&self) -> Option<usize> {
        self.seats.iter().position(Option::is_none)
    }

    /// The slot of the one furthest down the ranking of those who may be replaced.
    fn last_ranked(&self, others: &[&Ranked], may: impl Fn(&Seat, &Ranked) -> bool) -> Option<usize> {
        others.iter().rev().find_map(|holder| {
            self.seats.iter().position(|seat| {
                seat.is_some_and(|seat| seat.producer == holder.producer && may(&seat, holder))
            })
        })
    }

    fn seat(&mut self, place: usize, producer: ProducerKey, now: Instant) {
        if let Some(seat) = self.seats.get_mut(place) {
            *seat = Some(Seat { producer, since: now });
        }
    }
}

const fn is_speaking(ranked: &Ranked) -> bool {
    ranked.loud && !ranked.muted
}

/// A voice that does not speak, or anything muted.
fn is_idle(ranked: &Ranked) -> bool {
    ranked.muted || (ranked.kind == SpeakerKind::Voice && !ranked.loud)
}

fn is_replaceable_by_screen(_: &Seat, holder: &Ranked) -> bool {
    holder.kind == SpeakerKind::Voice || holder.muted
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
