//! Moves things between transports and routers: drains transports, applies routers' effects, watches paths.

use std::time::{Duration, Instant};

use super::listening::Hearing;
use super::peer::Peer;
use super::{Engine, Output};
use crate::channel::{self, ClientMessage, ServerMessage};
use crate::error::{Error, ErrorCode};
use crate::event::{CloseReason, Event, TransportState};
use crate::ids::RouterId;
use crate::router::Effect;
use crate::transport::{
    Output as TransportOutput, Transmit, Transport, TransportEvent, TransportFactory, TransportKey,
};
use crate::units::Bps;

/// Where the estimate starts again after an outage (measured with real browsers).
const ESTIMATE_AFTER_DARK: Bps = Bps::kilo(600);
/// A slot whose packets wait longer than this for the pacer is stopped until its next key frame.
const MAX_BACKLOG: Duration = Duration::from_millis(400);

impl<F: TransportFactory> Engine<F> {
    /// Lets dirty transports send what was queued on them.
    pub fn flush(&mut self, now: Instant) {
        while let Some(key) = self.dirty.pop_first() {
            self.guarded(key, now, |engine| {
                let Some(peer) = engine.peers.get_mut(&key) else { return };
                if peer.stalled {
                    return;
                }
                peer.transport.handle_timeout(now);
                engine.drain(key, now);
            });
        }
    }

    /// Empties a transport after an input.
    pub(super) fn drain(&mut self, key: TransportKey, now: Instant) {
        loop {
            let Some(peer) = self.peers.get_mut(&key) else { return };
            match peer.transport.poll() {
                TransportOutput::Timeout(at) => {
                    let before = peer.deadline.replace(at);
                    if let Some(before) = before.filter(|before| *before != at) {
                        self.deadlines.remove(&(before, key));
                    }
                    self.deadlines.insert((at, key));
                    break;
                }
                TransportOutput::Transmit(transmit) => {
                    peer.sent();
                    self.transmit(transmit);
                }
                TransportOutput::Event(event) => self.transport_event(key, event, now),
            }
        }
        self.settle(key, now);
    }

    fn transmit(&mut self, transmit: Transmit) {
        self.counters.packets_out += 1;
        self.counters.bytes_out += transmit.bytes.len() as u64;
        self.outputs.push_back(Output::Transmit(transmit));
    }

    fn transport_event(&mut self, key: TransportKey, event: TransportEvent, now: Instant) {
        match event {
            TransportEvent::Packet { mid, rid, packet } => {
                self.with_router_of(key, now, |router| router.packet(key, mid, rid, &packet, now));
            }
            TransportEvent::KeyFrameRequested { mid } => {
                self.with_router_of(key, now, |router| router.key_frame_requested(key, mid, now));
            }
            TransportEvent::Path { estimate, lost, rtt } => {
                self.with_router_of(key, now, |router| {
                    if let Some(estimate) = estimate {
                        router.estimate(key, estimate);
                    }
                    if let (Some(lost), Some(rtt)) = (lost, rtt) {
                        router.path(key, lost, rtt);
                    }
                });
            }
            TransportEvent::ChannelOpen => {
                self.with_router_of(key, now, |router| router.channel_opened(key));
            }
            TransportEvent::ChannelMessage(bytes) => self.channel_message(key, &bytes, now),
            TransportEvent::Connected => {
                self.set_state(key, TransportState::Connected, None);
                self.with_router_of(key, now, |router| router.set_flowing(key, true, now));
            }
            TransportEvent::Closed => self.close(key, CloseReason::PeerClosed, now),
            TransportEvent::Failed(error) => {
                let connecting =
                    self.peers.get(&key).is_some_and(|peer| peer.state == TransportState::Connecting);
                if let Some(peer) = self.peers.get(&key) {
                    tracing::warn!(transportId = %peer.id, correlationId = %peer.correlation_id, error, "failed");
                }
                let reason = if connecting { CloseReason::DtlsFailed } else { CloseReason::PeerClosed };
                self.close(key, reason, now);
            }
        }
    }

    fn channel_message(&mut self, key: TransportKey, bytes: &[u8], now: Instant) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let read = match peer.listening.hear(now) {
            Hearing::Granted => channel::parse(bytes),
            Hearing::Refused => Err(Error::new(ErrorCode::LimitExceeded, "too many messages")),
            Hearing::Ignored => return,
        };
        match read {
            Ok(ClientMessage::Want(want)) => {
                self.with_router_of(key, now, |router| router.want(key, want, now));
            }
            Err(error) => self.tell(key, &ServerMessage::Error(error), now),
        }
    }

    fn tell(&mut self, key: TransportKey, message: &ServerMessage, now: Instant) {
        let text = channel::write(message);
        let sent = self.with_peer(key, now, |peer| peer.transport.send_channel(&text));
        let Some(sent) = sent else { return };
        if !sent {
            tracing::debug!(transport = key.0, "channel is closed or full");
            let state = matches!(
                message,
                ServerMessage::Slots { .. }
                    | ServerMessage::Speakers { .. }
                    | ServerMessage::Layers { .. }
                    | ServerMessage::PublishLayers { .. }
            );
            if state {
                self.with_router_of(key, now, |router| router.untold(key));
            }
        }
        self.dirty.insert(key);
    }

    /// Does what a router decided. What goes to transports leaves with the next flush.
    pub(super) fn apply_effects(&mut self, id: &RouterId, now: Instant) {
        while let Some(effect) = self.routers.get_mut(id).and_then(crate::router::Router::poll_effect) {
            match effect {
                Effect::Media { to, slot, packet } => {
                    let send = |peer: &mut Peer<F::Transport>| {
                        if !peer.stalled {
                            peer.transport.send_media(slot, &packet);
                        }
                        !peer.stalled
                    };
                    if self.with_peer(to, now, send) != Some(true) {
                        continue;
                    }
                    self.dirty.insert(to);
                    // Once a picture is often enough to ask the pacer.
                    if packet.marker {
                        self.watch_backlog(to, slot, now);
                    }
                }
                Effect::KeyFrame { of, mid, rid } => {
                    if self.with_peer(of, now, |peer| peer.transport.request_key_frame(mid, rid)).is_some() {
                        self.dirty.insert(of);
                    }
                }
                Effect::Channel { to, message } => self.tell(to, &message, now),
                Effect::Rates { to, min, desired } => {
                    if self.with_peer(to, now, |peer| peer.transport.set_rates(min, desired)).is_some() {
                        self.dirty.insert(to);
                    }
                }
                Effect::Event(event) => self.outputs.push_back(Output::Event(event)),
            }
        }
    }

    fn watch_backlog(&mut self, to: TransportKey, slot: crate::ids::Mid, now: Instant) {
        let since = self.with_peer(to, now, |peer| peer.transport.backlog_since(slot)).flatten();
        let waits = since.map(|since| now.saturating_duration_since(since));
        if waits.is_some_and(|waits| waits > MAX_BACKLOG) {
            self.with_router_of(to, now, |router| router.congested(to, slot, now));
        }
    }

    /// Stops sending into silence, and ends what stays silent.
    pub(super) fn watch_paths(&mut self, now: Instant) {
        let lost: Vec<TransportKey> =
            self.peers.iter().filter(|(_, peer)| peer.is_lost(now)).map(|(key, _)| *key).collect();
        for key in lost {
            self.close(key, CloseReason::IceTimeout, now);
        }
        let dark: Vec<TransportKey> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.state == TransportState::Connected && peer.is_unanswered(now))
            .map(|(key, _)| *key)
            .collect();
        for key in dark {
            self.set_state(key, TransportState::Dark, None);
            self.with_router_of(key, now, |router| router.set_flowing(key, false, now));
        }
    }

    /// Something came on a dark path.
    pub(super) fn path_is_back(&mut self, key: TransportKey, now: Instant) {
        if self.with_peer(key, now, |peer| peer.transport.reset_estimate(ESTIMATE_AFTER_DARK)).is_none() {
            return;
        }
        self.dirty.insert(key);
        self.set_state(key, TransportState::Connected, None);
        self.with_router_of(key, now, |router| {
            router.estimate(key, ESTIMATE_AFTER_DARK);
            router.set_flowing(key, true, now);
        });
        self.settle(key, now);
    }

    pub(super) fn set_state(
        &mut self,
        key: TransportKey,
        state: TransportState,
        reason: Option<CloseReason>,
    ) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if peer.state == state {
            return;
        }
        peer.state = state;
        tracing::info!(transportId = %peer.id, correlationId = %peer.correlation_id, ?state, ?reason, "transport");
        self.outputs.push_back(Output::Event(Event::TransportStateChanged {
            transport_id: peer.id.clone(),
            participant_id: peer.participant.clone(),
            state,
            reason,
        }));
    }
}
