//! The real media core and two native clients, in memory and on a virtual clock, so that no load of the
//! machine is mistaken for a bad network. One publishes, the other receives.

// Helpers of tests may fail as tests do; each test file uses some of them.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use streamforge_impair::link::Link;
use streamforge_impair::profile::Profile;
use streamforge_sfu_core::channel::{ServerMessage, Want, WantMode};
use streamforge_sfu_core::command::{Accepted, Command};
use streamforge_sfu_core::engine::{Engine, Output};
use streamforge_sfu_core::ids::Rid;
use streamforge_sfu_core::transport::webrtc::WebRtcFactory;
use streamforge_sfu_core::transport::{Datagram, Protocol, Remote};
use streamforge_sim::client::{Client, Config, Layer};
use streamforge_sim::controller::{acceptance, creation};
use streamforge_sim::media::synthetic::{Mark, MarkedSound};
use streamforge_sim::receiver::Stream;

/// How finely time passes.
const STEP: Duration = Duration::from_millis(1);
pub const PUBLISHER: usize = 0;
pub const RECEIVER: usize = 1;

/// A client and its two directions.
struct Peer {
    addr: SocketAddr,
    client: Client,
    up: Link<Vec<u8>>,
    down: Link<Vec<u8>>,
}

pub struct World {
    engine: Engine<WebRtcFactory>,
    server: SocketAddr,
    peers: Vec<Peer>,
    /// What waits for the worker's next turn.
    inbox: Vec<(SocketAddr, Vec<u8>)>,
    /// How long the worker waits for the processor at each turn.
    turn: Duration,
    turned: Instant,
    pub start: Instant,
    pub now: Instant,
}

impl World {
    pub fn new() -> Self {
        let server: SocketAddr = ([10, 0, 0, 1], 40_000).into();
        let engine = Engine::new(WebRtcFactory::new(&[server], &[]).expect("a factory"), false);
        let now = Instant::now();
        let (peers, inbox) = (Vec::new(), Vec::new());
        let mut world = Self { engine, server, peers, inbox, turn: STEP, turned: now, start: now, now };
        world.command(Command::CreateRouter { router_id: "rtr_1".into() });
        let want = Want { revision: 0, mode: WantMode::Auto { width: 1280, height: 720 } };
        world.join(
            "publisher",
            Config {
                microphone: Some(Box::new(MarkedSound { mark: Mark { client: 1, layer: 0 } })),
                audio_level: 20,
                camera: Layer::simulcast(1),
                ..Config::default()
            },
        );
        world.join("receiver", Config { want, video_slots: 1, ..Config::default() });
        world
    }

    fn command(&mut self, command: Command) -> serde_json::Value {
        self.engine.handle_command(command, self.now).expect("done")
    }

    fn join(&mut self, name: &str, config: Config) {
        let number = u8::try_from(self.peers.len()).expect("few");
        let addr: SocketAddr = ([10, 0, 0, number + 2], 5000).into();
        let mut client = Client::new(config, addr, self.now).expect("a client");
        self.command(creation("rtr_1", name));
        let offer = client.offer(self.now).expect("an offer");
        let answer = self.command(acceptance(name, &offer));
        let accepted: Accepted = serde_json::from_value(answer).expect("an answer");
        client.accept_answer(&accepted.sdp).expect("it fits");
        let seed = u64::from(number);
        self.peers.push(Peer { addr, client, up: Link::new(2 * seed + 1), down: Link::new(2 * seed + 2) });
    }

    /// From now on a client's way to the worker is like this, and the way back like that.
    pub fn shape(&mut self, peer: usize, up: Profile, down: Profile) {
        let at = self.now - self.start;
        self.peers[peer].up.shape(up, at);
        self.peers[peer].down.shape(down, at);
    }

    /// The worker gets the processor so seldom.
    pub fn starve(&mut self, turn: Duration) {
        self.turn = turn;
    }

    pub fn step(&mut self) {
        self.now += STEP;
        let (now, at) = (self.now, self.now - self.start);
        for peer in &mut self.peers {
            let mut up = Vec::new();
            if peer.client.deadline() <= now {
                peer.client.handle_timeout(now, &mut |_, bytes| up.push(bytes.to_vec()));
            }
            while let Some(bytes) = peer.down.take(at) {
                peer.client.receive(self.server, &bytes, now, &mut |_, bytes| up.push(bytes.to_vec()));
            }
            for bytes in up {
                let size = bytes.len();
                peer.up.offer(bytes, size, at);
            }
            while let Some(bytes) = peer.up.take(at) {
                self.inbox.push((peer.addr, bytes));
            }
        }
        if now - self.turned >= self.turn {
            self.turned = now;
            self.turn();
        }
    }

    /// The worker's loop once: a batch of datagrams, what they led to, and timers.
    fn turn(&mut self) {
        let (now, at) = (self.now, self.now - self.start);
        for (addr, bytes) in std::mem::take(&mut self.inbox) {
            let from = Remote { protocol: Protocol::Udp, addr };
            self.engine.handle_datagram(&Datagram { from, to: self.server, bytes: &bytes }, now);
        }
        self.engine.flush(now);
        if self.engine.next_timeout(now) <= now {
            self.engine.handle_timeout(now);
        }
        while let Some(output) = self.engine.poll_output() {
            let Output::Transmit(transmit) = output else { continue };
            let peer = self.peers.iter_mut().find(|peer| peer.addr == transmit.to.addr).expect("known");
            let size = transmit.bytes.len();
            peer.down.offer(transmit.bytes, size, at);
        }
    }

    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.step();
        }
    }

    pub fn receiver(&self) -> &Client {
        &self.peers[RECEIVER].client
    }

    /// The receiver's picture.
    pub fn picture(&self) -> &Stream {
        let streams = self.receiver().received.streams.values();
        streams.max_by_key(|stream| stream.key_frames).expect("a stream")
    }

    /// The layer that the receiver is told it gets.
    pub fn layer(&self) -> Option<Rid> {
        let told = |message: &ServerMessage| match message {
            ServerMessage::Layers { layers } => layers.last().map(|layer| layer.rid),
            _ => None,
        };
        self.receiver().messages.iter().rev().find_map(told).flatten()
    }

    /// How long until the receiver gets that layer; none when it does not within the limit.
    pub fn until(&mut self, rid: &str, limit: Duration) -> Option<Duration> {
        let (rid, start) = (Rid::new(rid).ok(), self.now);
        while self.now - start < limit {
            if self.layer() == rid {
                return Some(self.now - start);
            }
            self.step();
        }
        None
    }

    /// Lets time pass. Returns the longest time without a picture's packet and the changes of layer.
    pub fn pass(&mut self, span: Duration) -> (Duration, usize) {
        let (end, mut longest, mut heard) = (self.now + span, Duration::ZERO, self.now);
        let (mut count, mut layer, mut changes) = (self.picture().packets, self.layer(), 0);
        while self.now < end {
            self.step();
            if self.picture().packets != count {
                (count, heard) = (self.picture().packets, self.now);
            }
            if self.layer() != layer {
                (layer, changes) = (self.layer(), changes + 1);
                println!("  {:?} {:?}", self.now - self.start, layer.map(|rid| rid.to_string()));
            }
            longest = longest.max(self.now - heard);
        }
        (longest, changes)
    }

    pub fn estimates(&self) -> Vec<u64> {
        let bandwidth = |message: &ServerMessage| match message {
            ServerMessage::Bandwidth { available_bps } => Some(available_bps / 1000),
            _ => None,
        };
        self.receiver().messages.iter().filter_map(bandwidth).collect()
    }
}
