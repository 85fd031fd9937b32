//! A transport in the worker: its state, and whether its path answers.

use std::time::{Duration, Instant};

use super::listening::Listening;
use crate::event::TransportState;
use crate::ids::{CorrelationId, ParticipantId, RouterId, TransportId};

/// "Path dark": this much sent into silence …
const DARK_PACKETS: u32 = 10;
/// … for this long (both measured with real browsers: recovery after a blackout in 0.3 s instead of 4 s).
const DARK_AFTER: Duration = Duration::from_millis(1500);
/// A transport that was never or is no longer reachable ends after this long. The controller gives up a seat
/// on its own, earlier; this is for what it forgot.
pub(super) const GIVE_UP: Duration = Duration::from_secs(30);

/// One transport.
pub(super) struct Peer<T> {
    pub transport: T,
    pub id: TransportId,
    pub participant: ParticipantId,
    pub correlation_id: CorrelationId,
    pub router: RouterId,
    pub state: TransportState,
    /// When it is to be woken.
    pub deadline: Option<Instant>,
    /// What it may still say on its channel.
    pub listening: Listening,
    heard_at: Instant,
    answered_at: Instant,
    sent_since: u32,
    /// The next packet panics (fault injection).
    pub panics: bool,
    /// Neither sends nor receives (fault injection).
    pub stalled: bool,
}

impl<T> Peer<T> {
    pub(super) fn new(transport: T, names: Names, now: Instant) -> Self {
        Self {
            transport,
            id: names.transport,
            participant: names.participant,
            correlation_id: names.correlation,
            router: names.router,
            state: TransportState::Connecting,
            deadline: None,
            listening: Listening::default(),
            heard_at: now,
            answered_at: now,
            sent_since: 0,
            panics: false,
            stalled: false,
        }
    }

    /// Notes that something came, perhaps as an answer to what was sent. True when the path was dark until then.
    pub(super) fn heard(&mut self, answers: bool, now: Instant) -> bool {
        self.heard_at = now;
        if !answers {
            return false;
        }
        self.answered_at = now;
        self.sent_since = 0;
        self.state == TransportState::Dark
    }

    /// Notes that something was sent.
    pub(super) fn sent(&mut self) {
        self.sent_since = self.sent_since.saturating_add(1);
    }

    /// Whether what is sent goes unanswered.
    pub(super) fn is_unanswered(&self, now: Instant) -> bool {
        self.sent_since >= DARK_PACKETS && now.saturating_duration_since(self.answered_at) >= DARK_AFTER
    }

    /// Whether there was silence for too long.
    pub(super) fn is_lost(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard_at) >= GIVE_UP
    }
}

/// Whose a transport is.
pub(super) struct Names {
    pub transport: TransportId,
    pub participant: ParticipantId,
    pub correlation: CorrelationId,
    pub router: RouterId,
}
