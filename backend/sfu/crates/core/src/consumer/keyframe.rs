//! Asks publishers for key frames: often enough that nobody waits, seldom enough that nobody drowns.
//!
//! Rules (measured with Chromium, which answers a request on one layer with key frames on all three): at
//! most one request per 300 ms and layer; silence is answered by backing off; a layer that sends nothing is
//! not asked. A request that is held back is never lost: it goes out when it is due.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ids::{LayerId, ProducerKey};

/// Least time between two requests on one layer.
const SPACING: Duration = Duration::from_millis(300);
/// A simulcast layer is live while its last packet is younger: asking one that is switched off costs key
/// frames on the others.
const LIVE: Duration = Duration::from_millis(600);
/// A track of one layer may be a still screen, of which Chromium sends about a picture a second.
const LIVE_ALONE: Duration = Duration::from_secs(5);
/// Doublings of `SPACING` at most: 2.4 s. Long enough to calm down, short enough to survive packet loss.
const MAX_DOUBLINGS: u32 = 3;
/// A receiver that has not complained for this long complains anew.
const CALM: Duration = Duration::from_secs(5);

/// Why a key frame is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A slot waits to switch: backs off only while unanswered.
    Switch,
    /// A receiver sent a picture-loss indication. One that cannot decode (it has no key for encrypted media)
    /// sends four a second for ever, answered or not, so these back off by their number.
    Feedback,
}

#[derive(Debug)]
struct Layer {
    /// How long its last packet keeps it live.
    live_for: Duration,
    heard: Option<Instant>,
    sent: Option<Instant>,
    switch: bool,
    feedback: bool,
    /// Requests since the last key frame.
    unanswered: u32,
    /// Requests on feedback without a pause of `CALM`.
    complaints: u32,
    complained: Option<Instant>,
}

impl Layer {
    fn new(layer: LayerId) -> Self {
        Self {
            live_for: if layer.rid.is_some() { LIVE } else { LIVE_ALONE },
            heard: None,
            sent: None,
            switch: false,
            feedback: false,
            unanswered: 0,
            complaints: 0,
            complained: None,
        }
    }

    fn is_live(&self, now: Instant) -> bool {
        self.heard.is_some_and(|heard| now.saturating_duration_since(heard) < self.live_for)
    }

    /// When the pending request may go out; `None` when nothing is pending or the layer is not live.
    fn due(&self, now: Instant) -> Option<Instant> {
        let requests = match (self.switch, self.feedback) {
            (true, _) => self.unanswered,
            (false, true) => self.unanswered.max(self.complaints),
            (false, false) => return None,
        };
        let heard = self.heard.filter(|_| self.is_live(now))?;
        // The first repetition comes after `SPACING`; only then it backs off.
        let spacing = SPACING * 2_u32.pow(requests.saturating_sub(1).min(MAX_DOUBLINGS));
        Some(self.sent.map_or(heard, |sent| sent + spacing))
    }
}

/// Requests of one router, over all its incoming layers.
#[derive(Debug, Default)]
pub struct KeyframeThrottle {
    layers: BTreeMap<LayerId, Layer>,
    sent: u64,
    suppressed: u64,
}

impl KeyframeThrottle {
    /// Requests sent so far.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// Requests that were merged into another or held back so far.
    #[must_use]
    pub const fn suppressed(&self) -> u64 {
        self.suppressed
    }

    /// Notes that a packet of the layer came.
    pub fn heard(&mut self, layer: LayerId, now: Instant) {
        self.layers.entry(layer).or_insert_with(|| Layer::new(layer)).heard = Some(now);
    }

    /// Notes that a key frame of the layer began: whoever waited for it has it.
    pub fn key_frame_seen(&mut self, layer: LayerId) {
        if let Some(state) = self.layers.get_mut(&layer) {
            state.switch = false;
            state.feedback = false;
            state.unanswered = 0;
        }
    }

    /// Asks for a key frame. It is sent by a later `poll`, at once if nothing speaks against it.
    pub fn request(&mut self, layer: LayerId, reason: Reason, now: Instant) {
        let state = self.layers.entry(layer).or_insert_with(|| Layer::new(layer));
        if reason == Reason::Feedback {
            if state.complained.is_some_and(|last| now.saturating_duration_since(last) >= CALM) {
                state.complaints = 0;
            }
            state.complained = Some(now);
        }
        let merged = state.switch || state.feedback;
        match reason {
            Reason::Switch => state.switch = true,
            Reason::Feedback => state.feedback = true,
        }
        if merged || state.due(now).is_none_or(|due| due > now) {
            self.suppressed += 1;
        }
    }

    /// Takes back what slots asked for: none of them waits for this layer any more.
    pub fn cancel(&mut self, layer: LayerId) {
        if let Some(state) = self.layers.get_mut(&layer) {
            state.switch = false;
        }
    }

    /// Forgets a producer that is gone.
    pub fn forget(&mut self, producer: ProducerKey) {
        self.layers.retain(|layer, _| layer.producer != producer);
    }

    /// Appends the layers to send a request on now.
    pub fn poll(&mut self, now: Instant, asks: &mut Vec<LayerId>) {
        for (layer, state) in &mut self.layers {
            if state.due(now).is_none_or(|due| due > now) {
                continue;
            }
            if state.feedback {
                state.complaints = state.complaints.saturating_add(1);
            }
            state.unanswered = state.unanswered.saturating_add(1);
            state.sent = Some(now);
            self.sent += 1;
            asks.push(*layer);
        }
    }

    /// When `poll` has something to do next. A layer that goes live again needs a `poll` of its own.
    #[must_use]
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        self.layers.values().filter_map(|layer| layer.due(now)).min()
    }
}

#[cfg(test)]
#[path = "keyframe_tests.rs"]
mod tests;
