//! A receiver whose way becomes narrow and wide again: the real media core and native clients, in memory and
//! on a virtual clock, so that no load of the machine is mistaken for a bad network.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use streamforge_impair::link::Link;
use streamforge_impair::profile::{Profile, Queue};
use streamforge_sfu_core::channel::{ServerMessage, Want, WantMode};
use streamforge_sfu_core::command::{Accepted, Command};
use streamforge_sfu_core::engine::{Engine, Output};
use streamforge_sfu_core::ids::Rid;
use streamforge_sfu_core::transport::webrtc::WebRtcFactory;
use streamforge_sfu_core::transport::{Datagram, Protocol, Remote};
use streamforge_sim::client::{Client, Config, Layer};
use streamforge_sim::controller::{acceptance, creation};
use streamforge_sim::media::synthetic::{Mark, MarkedSound};

/// How finely time passes.
const STEP: Duration = Duration::from_millis(1);
const PUBLISHER: usize = 0;
const RECEIVER: usize = 1;

struct World {
    engine: Engine<WebRtcFactory>,
    server: SocketAddr,
    clients: Vec<(SocketAddr, Client)>,
    /// The receiver's way down; all other ways are perfect.
    down: Link<Vec<u8>>,
    start: Instant,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let server: SocketAddr = ([10, 0, 0, 1], 40_000).into();
        let engine = Engine::new(WebRtcFactory::new(&[server], &[]).expect("a factory"), false);
        let now = Instant::now();
        let mut world = Self { engine, server, clients: Vec::new(), down: Link::new(1), start: now, now };
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
        let host = u8::try_from(self.clients.len() + 2).expect("few");
        let addr: SocketAddr = ([10, 0, 0, host], 5000).into();
        let mut client = Client::new(config, addr, self.now).expect("a client");
        self.command(creation("rtr_1", name));
        let offer = client.offer(self.now).expect("an offer");
        let answer = self.command(acceptance(name, &offer));
        let accepted: Accepted = serde_json::from_value(answer).expect("an answer");
        client.accept_answer(&accepted.sdp).expect("it fits");
        self.clients.push((addr, client));
    }

    fn shape(&mut self, rate_kbps: Option<u32>) {
        let profile = Profile { delay_ms: 20, rate_kbps, queue: Queue::Ms(300), ..Profile::default() };
        self.down.shape(profile, self.now - self.start);
    }

    fn hear(&mut self, from: SocketAddr, bytes: &[u8]) {
        let from = Remote { protocol: Protocol::Udp, addr: from };
        self.engine.handle_datagram(&Datagram { from, to: self.server, bytes }, self.now);
    }

    fn step(&mut self) {
        self.now += STEP;
        let now = self.now;
        let mut up = Vec::new();
        for (addr, client) in &mut self.clients {
            if client.deadline() <= now {
                client.handle_timeout(now, &mut |_, bytes| up.push((*addr, bytes.to_vec())));
            }
        }
        while let Some(bytes) = self.down.take(now - self.start) {
            let (addr, client) = &mut self.clients[RECEIVER];
            client.receive(self.server, &bytes, now, &mut |_, bytes| up.push((*addr, bytes.to_vec())));
        }
        for (from, bytes) in up {
            self.hear(from, &bytes);
        }
        self.engine.flush(now);
        if self.engine.next_timeout(now) <= now {
            self.engine.handle_timeout(now);
        }
        self.deliver();
    }

    fn deliver(&mut self) {
        let mut up = Vec::new();
        while let Some(output) = self.engine.poll_output() {
            let Output::Transmit(transmit) = output else { continue };
            if transmit.to.addr == self.clients[RECEIVER].0 {
                let size = transmit.bytes.len();
                self.down.offer(transmit.bytes, size, self.now - self.start);
            } else {
                let (addr, client) = &mut self.clients[PUBLISHER];
                let reply = &mut |_, bytes: &[u8]| up.push((*addr, bytes.to_vec()));
                client.receive(self.server, &transmit.bytes, self.now, reply);
            }
        }
        for (from, bytes) in up {
            self.hear(from, &bytes);
        }
    }

    /// The layer that the receiver is told it gets.
    fn layer(&self) -> Option<Rid> {
        let told = |message: &ServerMessage| match message {
            ServerMessage::Layers { layers } => layers.last().map(|layer| layer.rid),
            _ => None,
        };
        self.clients[RECEIVER].1.messages.iter().rev().find_map(told).flatten()
    }

    /// Milliseconds until the receiver gets that layer; none when it does not within the limit.
    fn until(&mut self, rid: &str, limit: Duration) -> Option<Duration> {
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
    fn pass(&mut self, span: Duration) -> (Duration, usize) {
        let (end, mut longest, mut heard) = (self.now + span, Duration::ZERO, self.now);
        let pictures = |world: &Self| {
            world.clients[RECEIVER].1.received.streams.values().map(|stream| stream.packets).max()
        };
        let (mut count, mut layer, mut changes) = (pictures(self), self.layer(), 0);
        while self.now < end {
            self.step();
            if pictures(self) != count {
                (count, heard) = (pictures(self), self.now);
            }
            if self.layer() != layer {
                (layer, changes) = (self.layer(), changes + 1);
                println!("  {:?} {:?}", self.now - self.start, layer.map(|rid| rid.to_string()));
            }
            longest = longest.max(self.now - heard);
        }
        (longest, changes)
    }

    fn estimates(&self) -> Vec<u64> {
        let bandwidth = |message: &ServerMessage| match message {
            ServerMessage::Bandwidth { available_bps } => Some(available_bps / 1000),
            _ => None,
        };
        self.clients[RECEIVER].1.messages.iter().filter_map(bandwidth).collect()
    }
}

#[test]
fn a_receiver_goes_down_on_a_narrow_way_and_up_again_on_a_wide_one() {
    let seconds = Duration::from_secs;
    let mut world = World::new();
    world.shape(Some(3000));
    let full = world.until("f", seconds(30));
    println!("full picture at 3 Mbit/s after {full:?}; {:?}", world.estimates());
    let (still, changes) = world.pass(seconds(10));
    println!("held for 10 s: {changes} changes, still {still:?}; {:?}", world.estimates());
    world.shape(Some(300));
    let low = world.until("q", seconds(10));
    let (still, changes) = world.pass(seconds(15));
    println!("lowest after {low:?}, then {changes} changes, still {still:?}; {:?}", world.estimates());
    world.shape(Some(3000));
    let back = world.until("f", seconds(60));
    println!("full again after {back:?}; {:?}", world.estimates());
    let (still, changes) = world.pass(seconds(10));
    println!("held for 10 s: {changes} changes, still {still:?}; {:?}", world.estimates());
    assert!(full.is_some() && low.is_some() && back.is_some());
}
