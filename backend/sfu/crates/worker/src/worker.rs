//! The event loop: reads sockets in batches, feeds the engine, sends what it says.

use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use serde_json::Value;
use streamforge_sfu_core::command::{Command, Inventory, PROTOCOL};
use streamforge_sfu_core::engine::{Engine, Output};
use streamforge_sfu_core::error::{Error, ErrorCode, Result};
use streamforge_sfu_core::event::Event;
use streamforge_sfu_core::stats::Stats;
use streamforge_sfu_core::transport::webrtc::WebRtcFactory;

use crate::ipc::{Handler, Ipc};
use crate::options::Options;
use crate::platform;
use crate::ports::Ports;

const IPC_LISTENER: Token = Token(0);
const IPC_CONNECTION: Token = Token(1);
const EVENTS: usize = 1024;
/// What failed, for want of open files above all, is tried again after this long.
const RETRY: Duration = Duration::from_millis(50);
const STATS_EVERY: Duration = Duration::from_secs(1);

/// Whether `inject-fault` works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    /// As people run it.
    Refused,
    /// For tests.
    Allowed,
}

/// Why a worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No controller came, or came back.
    Abandoned,
}

/// A worker.
pub struct Worker {
    options: Options,
    poll: Poll,
    ipc: Ipc,
    core: Core,
    started: Instant,
    told_stats: Instant,
}

/// What commands act on.
struct Core {
    engine: Engine<WebRtcFactory>,
    ports: Ports,
    index: u32,
    lag: Duration,
    /// Connections of controllers that were refused.
    refused: u64,
    now: Instant,
}

impl Worker {
    /// Binds everything.
    ///
    /// # Errors
    /// When a port or the socket is taken, or no certificate can be made.
    pub fn start(options: Options, faults: Faults) -> io::Result<Self> {
        let now = Instant::now();
        platform::raise_open_files();
        let poll = Poll::new()?;
        let ports = Ports::bind(options.udp_port, options.tcp_port, &options.announce, poll.registry())?;
        let (udp, tcp) = (ports.announced(ports.udp_port()), ports.announced(ports.tcp_port()));
        let factory = WebRtcFactory::new(&udp, &tcp).map_err(io::Error::other)?;
        let engine = Engine::new(factory, faults == Faults::Allowed);
        // Last: who can connect finds a worker that is ready.
        let mut ipc = Ipc::open(&options.control, now)?;
        poll.registry().register(ipc.listener(), IPC_LISTENER, Interest::READABLE)?;
        tracing::info!(
            index = options.index,
            udp = ports.udp_port(),
            tcp = ports.tcp_port(),
            "worker listens"
        );
        let core = Core { engine, ports, index: options.index, lag: Duration::ZERO, refused: 0, now };
        Ok(Self { options, poll, ipc, core, started: now, told_stats: now })
    }

    /// Runs until nobody needs it any more.
    ///
    /// # Errors
    /// When the poll fails.
    pub fn run(mut self) -> io::Result<Ended> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            self.wait(&mut events)?;
            let woken = Instant::now();
            self.core.now = woken;
            self.turn(&events);
            let now = Instant::now();
            self.core.lag = self.core.lag.max(now.saturating_duration_since(woken));
            if self.ipc.is_abandoned(self.options.controller_timeout, now) {
                self.ipc.close();
                tracing::info!(seconds = now.saturating_duration_since(self.started).as_secs(), "abandoned");
                return Ok(Ended::Abandoned);
            }
        }
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let now = Instant::now();
        let next = self.core.engine.next_timeout(now).min(self.told_stats + STATS_EVERY);
        let failed = self.core.ports.has_failed() || self.ipc.has_unaccepted();
        let next = if failed { next.min(now + RETRY) } else { next };
        let timeout =
            if self.core.ports.has_more() { Duration::ZERO } else { next.saturating_duration_since(now) };
        match self.poll.poll(events, Some(timeout)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    /// One turn of the loop.
    fn turn(&mut self, events: &Events) {
        let now = self.core.now;
        let Core { engine, ports, .. } = &mut self.core;
        let registry = self.poll.registry();
        let mut greets = self.ipc.has_unaccepted();
        ports.retry(registry, now);
        for event in events {
            match event.token() {
                IPC_LISTENER => greets = true,
                // Served below: it is cheap, and frames may have been left from the last turn.
                IPC_CONNECTION => {}
                token => ports.ready(token, registry, now),
            }
        }
        if greets {
            let both = Interest::READABLE | Interest::WRITABLE;
            self.ipc.accept(now, |stream| registry.register(stream, IPC_CONNECTION, both));
        }
        ports.receive(now, |datagram| engine.handle_datagram(datagram, now));
        engine.flush(now);
        self.send();
        self.ipc.serve(&mut self.core, now);
        self.core.refused = self.ipc.refused();
        self.core.engine.handle_timeout(now);
        self.send();
        self.tell_stats(now);
        self.ipc.flush();
    }

    /// Carries out what the engine says.
    fn send(&mut self) {
        while let Some(output) = self.core.engine.poll_output() {
            match output {
                Output::Transmit(transmit) => self.core.ports.send(transmit, self.core.now),
                Output::Event(event) => self.ipc.tell(event),
            }
        }
        self.core.ports.flush();
    }

    fn tell_stats(&mut self, now: Instant) {
        if now.saturating_duration_since(self.told_stats) < STATS_EVERY {
            return;
        }
        self.told_stats = now;
        self.core.ports.close_silent(now);
        let stats = self.core.stats();
        self.core.lag = Duration::ZERO;
        self.ipc.tell(Event::Stats(stats));
    }
}

impl Core {
    fn stats(&self) -> Stats {
        Stats {
            cpu_seconds: platform::cpu_time().as_secs_f64(),
            rss_bytes: platform::resident_bytes(),
            dropped_queue: self.ports.lost(),
            loop_lag_max_ms: self.lag.as_secs_f64() * 1000.0,
            controllers_refused: self.refused,
            ..self.engine.stats()
        }
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::new(ErrorCode::Internal, error.to_string()))
}

impl Handler for Core {
    fn command(&mut self, command: Command) -> Result<Value> {
        match command {
            Command::GetStats => to_json(&self.stats()),
            command => self.engine.handle_command(command, self.now),
        }
    }

    fn inventory(&mut self, epoch: u64) -> Inventory {
        Inventory {
            protocol: PROTOCOL,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            epoch,
            pid: std::process::id(),
            index: self.index,
            udp_port: self.ports.udp_port(),
            tcp_port: self.ports.tcp_port(),
            routers: self.engine.inventory(),
        }
    }
}
