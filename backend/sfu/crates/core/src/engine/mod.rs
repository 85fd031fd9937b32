//! The worker's core: routers, the transports attached to them, and the demultiplexer in front.
//!
//! Sans I/O: datagrams, commands and time go in, `Output`s come out. It owns no socket, clock or thread, and
//! knows transports by their trait. Every call that changes a transport or router is guarded (`guard`): a panic ends
//! that one alone.

mod commands;
mod guard;
mod listening;
mod offers;
mod peer;
mod pump;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use crate::command::{RouterInventory, SlotInfo};
use crate::demux::{Demux, Route};
use crate::event::{Event, TransportState};
use crate::ids::{ProducerId, RouterId, TransportId};
use crate::router::{Counts, Router};
use crate::stats::Stats;
use crate::transport::{Datagram, Transmit, Transport, TransportFactory, TransportKey};

use peer::Peer;

/// Most routers, transports and producers of a worker. One core carries far fewer; this is against mistakes.
const MAX_ROUTERS: usize = 1_000;
/// Memory sets this one: a receiver takes about 0.3 MiB (`make bench`), so these take 1.2 GiB.
const MAX_TRANSPORTS: usize = 4_000;
/// Tracks per transport: one of each source, and room for a second camera and its like.
const MAX_PUBLISH: usize = 6;
/// How often silent paths are looked for.
const PATH_WATCH: Duration = Duration::from_millis(100);
/// Longest wait without anything due.
const IDLE: Duration = Duration::from_millis(250);

/// What the driver must do.
#[derive(Debug)]
pub enum Output {
    /// Send bytes.
    Transmit(Transmit),
    /// Tell the controller.
    Event(Event),
}

/// The core of one worker.
pub struct Engine<F: TransportFactory> {
    factory: F,
    faults: bool,
    demux: Demux,
    routers: BTreeMap<RouterId, Router>,
    peers: BTreeMap<TransportKey, Peer<F::Transport>>,
    names: BTreeMap<TransportId, TransportKey>,
    producers: BTreeMap<ProducerId, TransportKey>,
    next_key: u64,
    /// Transports with input that was not drained yet.
    dirty: BTreeSet<TransportKey>,
    deadlines: BTreeSet<(Instant, TransportKey)>,
    outputs: VecDeque<Output>,
    counters: Counters,
    paths_watched: Option<Instant>,
    /// What routers counted that are gone.
    past: Counts,
    /// The next call into these routers panics (fault injection).
    breaking: BTreeSet<RouterId>,
}

#[derive(Debug, Default)]
struct Counters {
    packets_in: u64,
    bytes_in: u64,
    packets_out: u64,
    bytes_out: u64,
}

impl<F: TransportFactory> Engine<F> {
    /// An empty worker. `faults` allows `inject-fault`; builds that people run never do.
    pub fn new(factory: F, faults: bool) -> Self {
        Self {
            factory,
            faults,
            demux: Demux::default(),
            routers: BTreeMap::new(),
            peers: BTreeMap::new(),
            names: BTreeMap::new(),
            producers: BTreeMap::new(),
            next_key: 1,
            dirty: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            outputs: VecDeque::new(),
            counters: Counters::default(),
            paths_watched: None,
            past: Counts::default(),
            breaking: BTreeSet::new(),
        }
    }

    /// Takes a datagram. Call [`Engine::flush`] after a batch of them.
    pub fn handle_datagram(&mut self, datagram: &Datagram<'_>, now: Instant) {
        self.counters.packets_in += 1;
        self.counters.bytes_in += datagram.bytes.len() as u64;
        match self.demux.route(datagram.from, datagram.bytes, now) {
            Route::Drop => {}
            Route::Known(key) => self.receive(key, datagram, true, now),
            Route::Check(key) => self.receive(key, datagram, false, now),
        }
    }

    /// Only a sender that the transport vouches for is a sign of life: anybody can send a check that fails.
    fn receive(&mut self, key: TransportKey, datagram: &Datagram<'_>, known: bool, now: Instant) {
        self.guarded(key, now, |engine| {
            let Some(peer) = engine.peers.get_mut(&key) else { return };
            if peer.stalled {
                return;
            }
            assert!(!std::mem::take(&mut peer.panics), "injected fault");
            peer.transport.receive(datagram, now);
            engine.drain(key, now);
            if engine.hear(key, datagram, known, now) {
                engine.path_is_back(key, now);
            }
        });
    }

    /// Notes a sign of life, and lets a stranger in whose check succeeded. True when the path was dark until then.
    fn hear(&mut self, key: TransportKey, datagram: &Datagram<'_>, known: bool, now: Instant) -> bool {
        let from = datagram.from;
        let heard = self.with_peer(key, now, |peer| {
            let counts = known || peer.transport.vouches_for(from);
            counts.then(|| peer.heard(peer.transport.is_answered_by(from), now))
        });
        let Some(Some(back)) = heard else { return false };
        if !known {
            self.demux.vouch(from, key, datagram.bytes, now);
            self.dirty.insert(key);
        }
        back
    }

    /// Sends what routers decided and lets due timers run.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, key)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, key));
            self.dirty.insert(key);
        }
        let due: Vec<RouterId> = self
            .routers
            .iter()
            .filter(|(_, router)| {
                router.next_timeout(now).is_some_and(|at| at <= now) || router.never_ticked()
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            self.with_router(&id, now, |router| router.handle_timeout(now));
            self.apply_effects(&id, now);
        }
        self.flush(now);
        if self.paths_watched.is_none_or(|at| now >= at + PATH_WATCH) {
            self.paths_watched = Some(now);
            self.watch_paths(now);
            self.flush(now);
        }
    }

    /// When [`Engine::handle_timeout`] has something to do.
    #[must_use]
    pub fn next_timeout(&self, now: Instant) -> Instant {
        let transports = self.deadlines.first().map(|(at, _)| *at);
        let routers = self.routers.values().filter_map(|router| router.next_timeout(now)).min();
        let idle = now + IDLE;
        transports.into_iter().chain(routers).fold(idle, Instant::min)
    }

    /// The next thing for the driver to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// All that runs.
    #[must_use]
    pub fn inventory(&self) -> Vec<RouterInventory> {
        let state = |key| self.peers.get(&key).map_or(TransportState::Closed, |peer| peer.state);
        self.routers.values().map(|router| router.inventory(state)).collect()
    }

    /// The counters that the core keeps; the driver adds those of the process.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut counts = self.past;
        for router in self.routers.values() {
            counts += router.counts();
        }
        Stats {
            packets_in: self.counters.packets_in,
            bytes_in: self.counters.bytes_in,
            packets_out: self.counters.packets_out,
            bytes_out: self.counters.bytes_out,
            dropped_unknown: self.demux.dropped(),
            routers: self.routers.len() as u64,
            transports: self.peers.len() as u64,
            producers: self.routers.values().map(|router| router.producer_count() as u64).sum(),
            consumers: self.routers.values().map(|router| router.consumer_count() as u64).sum(),
            pli_sent: counts.key_frames_asked,
            pli_suppressed: counts.key_frames_held_back,
            malformed_media: counts.malformed,
            ..Stats::default()
        }
    }

    fn slots_of(&self, key: TransportKey) -> Vec<SlotInfo> {
        let router = self.peers.get(&key).and_then(|peer| self.routers.get(&peer.router));
        router.and_then(|router| router.member(key)).map(crate::router::Member::slots).unwrap_or_default()
    }
}
