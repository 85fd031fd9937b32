//! What the controller asks for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use serde_json::{Value, json};

use super::peer::{Names, Peer};
use super::{Engine, MAX_ROUTERS, MAX_TRANSPORTS, Output};
use crate::command::{Command, CreateTransport, Fault, Policy};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{CloseReason, Event, TransportState};
use crate::ids::{ProducerId, RouterId, TransportId};
use crate::router::{Member, Router};
use crate::transport::{Transport, TransportFactory, TransportKey};

impl<F: TransportFactory> Engine<F> {
    /// Does a command. `hello`, `get-stats` and `ping` are the driver's, who knows the process.
    ///
    /// # Errors
    /// With the code of what was wrong.
    pub fn handle_command(&mut self, command: Command, now: Instant) -> Result<Value> {
        let subject = self.subject(&command);
        let done = catch_unwind(AssertUnwindSafe(|| self.dispatch(command, now)));
        let done = done.unwrap_or_else(|_| {
            if let Some(key) = subject {
                self.close(key, CloseReason::Panicked, now);
            }
            Err(Error::new(ErrorCode::Internal, "the command failed"))
        });
        self.flush(now);
        done
    }

    /// The transport that a command is about: it ends when the command panics.
    fn subject(&self, command: &Command) -> Option<TransportKey> {
        match command {
            Command::AcceptOffer(offer) => self.names.get(&offer.transport_id).copied(),
            Command::CloseTransport { transport_id }
            | Command::AttachTransport { transport_id, .. }
            | Command::SetPolicy { transport_id, .. } => self.names.get(transport_id).copied(),
            Command::SetMuted { producer_id, .. } => self.producers.get(producer_id).copied(),
            _ => None,
        }
    }

    fn dispatch(&mut self, command: Command, now: Instant) -> Result<Value> {
        match command {
            Command::CreateRouter { router_id } => self.create_router(router_id).map(|()| json!({})),
            Command::CloseRouter { router_id } => self.close_router(&router_id, now).map(|()| json!({})),
            Command::CreateTransport(create) => self.create_transport(create, now).map(|()| json!({})),
            Command::AcceptOffer(offer) => self.accept_offer(&offer, now).and_then(|accepted| {
                serde_json::to_value(accepted)
                    .map_err(|error| Error::new(ErrorCode::Internal, error.to_string()))
            }),
            Command::CloseTransport { transport_id } => self.key_of(&transport_id).map(|key| {
                self.close(key, CloseReason::Requested, now);
                json!({})
            }),
            Command::AttachTransport { transport_id, router_id } => {
                self.attach(&transport_id, &router_id, now).map(|()| json!({}))
            }
            Command::SetPolicy { transport_id, policy } => {
                self.set_policy(&transport_id, policy, now).map(|()| json!({}))
            }
            Command::SetMuted { producer_id, muted } => {
                self.set_muted(&producer_id, muted, now).map(|()| json!({}))
            }
            Command::InjectFault { transport_id, fault } if self.faults => {
                self.inject(&transport_id, fault).map(|()| json!({}))
            }
            Command::Hello { .. } | Command::GetStats | Command::Ping | Command::InjectFault { .. } => {
                Err(Error::new(ErrorCode::UnknownCommand, "not in this build"))
            }
        }
    }

    pub(super) fn key_of(&self, id: &TransportId) -> Result<TransportKey> {
        self.names.get(id).copied().ok_or_else(|| Error::transport_not_found(id.as_str()))
    }

    pub(super) fn settle(&mut self, key: TransportKey, now: Instant) {
        let router = self.peers.get(&key).map(|peer| peer.router.clone());
        if let Some(router) = router {
            self.apply_effects(&router, now);
        }
    }

    fn create_router(&mut self, id: RouterId) -> Result<()> {
        if self.routers.contains_key(&id) {
            return Ok(());
        }
        if self.routers.len() >= MAX_ROUTERS {
            return Err(Error::new(ErrorCode::LimitExceeded, format!("{MAX_ROUTERS} routers")));
        }
        self.routers.insert(id.clone(), Router::new(id));
        Ok(())
    }

    fn close_router(&mut self, id: &RouterId, now: Instant) -> Result<()> {
        let router = self.routers.get(id).ok_or_else(|| Error::router_not_found(id.as_str()))?;
        let transports: Vec<TransportKey> = router.transports().collect();
        for key in transports {
            self.close(key, CloseReason::RouterClosed, now);
        }
        self.forget_router(id);
        Ok(())
    }

    /// Lets go of a router, but not of what it counted.
    pub(super) fn forget_router(&mut self, id: &RouterId) {
        if let Some(router) = self.routers.remove(id) {
            self.past += router.counts();
        }
    }

    fn create_transport(&mut self, create: CreateTransport, now: Instant) -> Result<()> {
        if self.names.contains_key(&create.transport_id) {
            let message = format!("transport {} exists", create.transport_id);
            return Err(Error::new(ErrorCode::TransportExists, message));
        }
        if self.peers.len() >= MAX_TRANSPORTS {
            return Err(Error::new(ErrorCode::LimitExceeded, format!("{MAX_TRANSPORTS} transports")));
        }
        if !self.routers.contains_key(&create.router_id) {
            return Err(Error::router_not_found(create.router_id.as_str()));
        }
        let key = TransportKey(self.next_key);
        self.next_key += 1;
        let (transport, ufrag) = self.make_transport(now)?;
        self.demux.add(&ufrag, key);
        let member = Member::new(
            create.transport_id.clone(),
            create.participant_id.clone(),
            create.correlation_id.clone(),
            create.policy,
        );
        let entered = self.with_router(&create.router_id, now, |router| router.attach(key, member, now));
        if entered.is_none() {
            self.demux.remove(key);
            return Err(Error::router_failed());
        }
        let names = Names {
            transport: create.transport_id.clone(),
            participant: create.participant_id,
            correlation: create.correlation_id,
            router: create.router_id,
        };
        self.peers.insert(key, Peer::new(transport, names, now));
        self.names.insert(create.transport_id, key);
        self.dirty.insert(key);
        Ok(())
    }

    fn set_policy(&mut self, id: &TransportId, policy: Policy, now: Instant) -> Result<()> {
        let key = self.key_of(id)?;
        let set = self.with_router_of(key, now, |router| router.set_policy(key, policy, now));
        self.settle(key, now);
        set.ok_or_else(Error::router_failed)
    }

    fn set_muted(&mut self, id: &ProducerId, muted: bool, now: Instant) -> Result<()> {
        let unknown = || Error::new(ErrorCode::ProducerNotFound, format!("no producer {id}"));
        let key = self.producers.get(id).copied().ok_or_else(unknown)?;
        let found = self.with_router_of(key, now, |router| router.set_muted(id, muted, now));
        self.settle(key, now);
        if found.ok_or_else(Error::router_failed)? { Ok(()) } else { Err(unknown()) }
    }

    fn attach(&mut self, id: &TransportId, to: &RouterId, now: Instant) -> Result<()> {
        let key = self.key_of(id)?;
        if !self.routers.contains_key(to) {
            return Err(Error::router_not_found(to.as_str()));
        }
        let Some(peer) = self.peers.get(&key).filter(|peer| peer.router != *to) else { return Ok(()) };
        let from = peer.router.clone();
        let leave = |router: &mut Router| (router.declared(key), router.detach_silently(key, now));
        let (declared, member) = self.with_router(&from, now, leave).ok_or_else(Error::router_failed)?;
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        peer.router = to.clone();
        let flowing = peer.state == TransportState::Connected;
        self.apply_effects(&from, now);
        let Some(member) = member.filter(|_| self.peers.contains_key(&key)) else { return Ok(()) };
        let entered = self.with_router(to, now, |router| {
            router.attach(key, member, now);
            router.publish(key, &declared, now);
            router.set_flowing(key, flowing, now);
        });
        self.apply_effects(to, now);
        entered.ok_or_else(Error::router_failed)
    }

    fn inject(&mut self, id: &TransportId, fault: Fault) -> Result<()> {
        let key = self.key_of(id)?;
        if let Some(peer) = self.peers.get_mut(&key) {
            match fault {
                Fault::Panic => peer.panics = true,
                Fault::Stall => peer.stalled = true,
                Fault::PanicRouter => drop(self.breaking.insert(peer.router.clone())),
            }
        }
        Ok(())
    }

    /// Ends a transport: its producers close, its client hears goodbye, the controller is told why.
    pub(super) fn close(&mut self, key: TransportKey, reason: CloseReason, now: Instant) {
        let Some(mut peer) = self.peers.remove(&key) else { return };
        self.names.remove(&peer.id);
        self.producers.retain(|_, owner| *owner != key);
        self.demux.remove(key);
        self.dirty.remove(&key);
        if let Some(deadline) = peer.deadline {
            self.deadlines.remove(&(deadline, key));
        }
        let router = peer.router.clone();
        self.with_router(&router, now, |router| drop(router.detach(key, now)));
        self.apply_effects(&router, now);
        if reason != CloseReason::Panicked {
            self.say_goodbye(&mut peer.transport, now);
        }
        tracing::info!(transportId = %peer.id, correlationId = %peer.correlation_id, ?reason, "transport closed");
        self.outputs.push_back(Output::Event(Event::TransportStateChanged {
            transport_id: peer.id,
            participant_id: peer.participant,
            state: TransportState::Closed,
            reason: Some(reason),
        }));
    }

    fn say_goodbye(&mut self, transport: &mut F::Transport, now: Instant) {
        // A transport that panics on its way out has nothing left to lose.
        let farewell = catch_unwind(AssertUnwindSafe(|| {
            let mut last = Vec::new();
            transport.close(now);
            loop {
                match transport.poll() {
                    crate::transport::Output::Transmit(transmit) => last.push(transmit),
                    crate::transport::Output::Event(_) => {}
                    crate::transport::Output::Timeout(_) => return last,
                }
            }
        }));
        self.outputs.extend(farewell.unwrap_or_default().into_iter().map(Output::Transmit));
    }
}
