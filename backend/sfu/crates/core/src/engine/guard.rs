//! What a panic ends: the transport or the router in which it happened, and nothing else.
//!
//! Guards nest: the work of one transport calls into others, each under its own guard.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::peer::Peer;
use super::{Engine, Transport, TransportFactory, TransportKey};
use crate::error::{Error, ErrorCode, Result};
use crate::event::CloseReason;
use crate::ids::RouterId;
use crate::router::Router;

impl<F: TransportFactory> Engine<F> {
    /// Runs what belongs to one transport. A panic ends that transport.
    pub(super) fn guarded(&mut self, key: TransportKey, now: Instant, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.close(key, CloseReason::Panicked, now);
        }
    }

    /// One call into a transport, whoever causes it. A panic ends the one that was called.
    pub(super) fn with_peer<R>(
        &mut self,
        key: TransportKey,
        now: Instant,
        call: impl FnOnce(&mut Peer<F::Transport>) -> R,
    ) -> Option<R> {
        let peer = self.peers.get_mut(&key)?;
        let done = catch_unwind(AssertUnwindSafe(|| call(peer))).ok();
        if done.is_none() {
            self.close(key, CloseReason::Panicked, now);
        }
        done
    }

    /// One call into a router. A panic closes that router with its transports.
    pub(super) fn with_router<R>(
        &mut self,
        id: &RouterId,
        now: Instant,
        call: impl FnOnce(&mut Router) -> R,
    ) -> Option<R> {
        let done = attempt(self.routers.get_mut(id)?, id, &mut self.breaking, call);
        if done.is_none() {
            self.abandon_router(id, now);
        }
        done
    }

    /// One call into the router of a transport. A panic closes that router, and with it the transport.
    pub(super) fn with_router_of<R>(
        &mut self,
        key: TransportKey,
        now: Instant,
        call: impl FnOnce(&mut Router) -> R,
    ) -> Option<R> {
        // Packets come this way: the id is not copied for each.
        let id = &self.peers.get(&key)?.router;
        let done = attempt(self.routers.get_mut(id)?, id, &mut self.breaking, call);
        if done.is_none() {
            let id = id.clone();
            self.abandon_router(&id, now);
        }
        done
    }

    /// Closes a router whose state cannot be trusted: its transports end without a word to it.
    fn abandon_router(&mut self, id: &RouterId, now: Instant) {
        tracing::error!(routerId = %id, "router panicked");
        self.forget_router(id);
        let left = self.peers.iter().filter(|(_, peer)| peer.router == *id);
        let keys: Vec<TransportKey> = left.map(|(key, _)| *key).collect();
        for key in keys {
            self.close(key, CloseReason::RouterClosed, now);
        }
    }

    /// A new transport and the user name that leads to it.
    pub(super) fn make_transport(&mut self, now: Instant) -> Result<(F::Transport, String)> {
        let factory = &mut self.factory;
        catch_unwind(AssertUnwindSafe(|| {
            let transport = factory.create(now);
            let ufrag = transport.ufrag().to_owned();
            (transport, ufrag)
        }))
        .map_err(|_| Error::new(ErrorCode::Internal, "no transport could be made"))
    }
}

/// One call, which may panic. `breaking` names the routers that are told to.
fn attempt<R>(
    router: &mut Router,
    id: &RouterId,
    breaking: &mut BTreeSet<RouterId>,
    call: impl FnOnce(&mut Router) -> R,
) -> Option<R> {
    let breaks = !breaking.is_empty() && breaking.remove(id);
    let done = catch_unwind(AssertUnwindSafe(|| {
        assert!(!breaks, "injected fault");
        call(router)
    }));
    done.ok()
}
