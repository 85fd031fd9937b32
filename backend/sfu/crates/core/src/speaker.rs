//! Who is speaking in a room, and who is heard by whom.
//!
//! `activity` smooths one microphone's levels (RFC 6464), `Speakers` ranks a room's microphones without
//! letting them jump about, and `slots` gives one receiver's audio slots to the loudest. Levels come with
//! the packets and are the sender's word; no audio is decoded.

mod activity;
mod slots;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use activity::Activity;
pub use slots::{AudioSlots, SlotChange};

use crate::ids::ProducerKey;

/// Points by which one must be louder to overtake another: about 4 dB.
const OVERTAKE: u8 = 8;
/// Speakers told to clients at most, and how often.
const MAX_TOLD: usize = 10;
const TELL_SPACING: Duration = Duration::from_millis(200);
/// Told levels are rounded to this, so that a steady voice is no news.
const TOLD_STEP: u8 = 10;

/// What an audio producer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpeakerKind {
    /// A microphone: it is heard when it is among the loudest, and counts as speaking.
    Voice,
    /// The sound of a shared screen: always heard, never speaking.
    Screen,
}

/// One audio producer in the ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// Whose sound.
    pub producer: ProducerKey,
    /// Voice or screen.
    pub kind: SpeakerKind,
    /// Loudness now, 0–100.
    pub level: u8,
    /// Whether it speaks, short pauses included.
    pub loud: bool,
    /// Whether it is muted.
    pub muted: bool,
}

impl Ranked {
    /// Whether this one belongs in front of `other`, which stands there now.
    fn overtakes(&self, other: &Self) -> bool {
        if self.muted != other.muted {
            return other.muted;
        }
        if self.loud != other.loud {
            return self.loud;
        }
        self.level > other.level.saturating_add(OVERTAKE)
    }
}

#[derive(Debug)]
struct Microphone {
    muted: bool,
    activity: Activity,
}

/// The audio producers of one router.
#[derive(Debug, Default)]
pub struct Speakers {
    microphones: BTreeMap<ProducerKey, Microphone>,
    ranking: Vec<Ranked>,
    told: Vec<(ProducerKey, u8)>,
    told_at: Option<Instant>,
}

impl Speakers {
    /// Adds a producer, at the end of the ranking.
    pub fn add(&mut self, producer: ProducerKey, kind: SpeakerKind) {
        let fresh = Microphone { muted: false, activity: Activity::default() };
        if self.microphones.insert(producer, fresh).is_none() {
            self.ranking.push(Ranked { producer, kind, level: 0, loud: false, muted: false });
        }
    }

    /// Forgets a producer.
    pub fn remove(&mut self, producer: ProducerKey) {
        self.microphones.remove(&producer);
        self.ranking.retain(|ranked| ranked.producer != producer);
    }

    /// A muted producer falls silent at once, whatever it still sends.
    pub fn set_muted(&mut self, producer: ProducerKey, muted: bool) {
        if let Some(microphone) = self.microphones.get_mut(&producer) {
            microphone.muted = muted;
            microphone.activity = Activity::default();
        }
    }

    /// Takes the level of one packet: -dBov, 0 the loudest, 127 silence (RFC 6464). A packet without a level
    /// counts as just loud enough to be heard.
    pub fn heard(&mut self, producer: ProducerKey, level: Option<u8>, voice: Option<bool>, now: Instant) {
        if let Some(microphone) = self.microphones.get_mut(&producer).filter(|microphone| !microphone.muted) {
            microphone.activity.hear(level, voice, now);
        }
    }

    /// The ranking as of `now`, loudest first, unmuted before muted.
    pub fn rank(&mut self, now: Instant) -> &[Ranked] {
        for ranked in &mut self.ranking {
            if let Some(microphone) = self.microphones.get_mut(&ranked.producer) {
                ranked.muted = microphone.muted;
                (ranked.level, ranked.loud) = microphone.activity.settle(now);
            }
        }
        // Bubbling keeps those who are about as loud in their order.
        for _ in 0..self.ranking.len() {
            if !bubble(&mut self.ranking) {
                break;
            }
        }
        &self.ranking
    }

    /// The last ranking.
    #[must_use]
    pub fn ranking(&self) -> &[Ranked] {
        &self.ranking
    }

    /// Who speaks, loudest first, if that is news and the last news is old enough. Uses the last ranking.
    pub fn poll_changes(&mut self, now: Instant) -> Option<Vec<(ProducerKey, u8)>> {
        let rounded = |level: u8| level.saturating_add(TOLD_STEP / 2) / TOLD_STEP * TOLD_STEP;
        let speaking = self
            .ranking
            .iter()
            .filter(|ranked| ranked.loud && !ranked.muted && ranked.kind == SpeakerKind::Voice)
            .map(|ranked| (ranked.producer, rounded(ranked.level).min(100)))
            .take(MAX_TOLD);
        let speaking: Vec<_> = speaking.collect();
        let early = self.told_at.is_some_and(|at| now.saturating_duration_since(at) < TELL_SPACING);
        if early || speaking == self.told {
            return None;
        }
        self.told_at = Some(now);
        self.told.clone_from(&speaking);
        Some(speaking)
    }
}

/// One pass from the back; returns whether anybody moved.
fn bubble(ranking: &mut [Ranked]) -> bool {
    let mut moved = false;
    for place in (1..ranking.len()).rev() {
        if let Some([ahead, behind]) = ranking.get_mut(place - 1..=place)
            && behind.overtakes(ahead)
        {
            std::mem::swap(ahead, behind);
            moved = true;
        }
    }
    moved
}

#[cfg(test)]
#[path = "speaker/speaker_tests.rs"]
mod tests;
