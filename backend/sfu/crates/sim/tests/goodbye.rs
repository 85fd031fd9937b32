//! A client that leaves at any moment after it connected: the real media core and a native client, in memory and
//! on a virtual clock, datagram by datagram.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use streamforge_sfu_core::command::{Accepted, Command};
use streamforge_sfu_core::engine::{Engine, Output};
use streamforge_sfu_core::event::{CloseReason, Event, TransportState};
use streamforge_sfu_core::transport::webrtc::WebRtcFactory;
use streamforge_sfu_core::transport::{Datagram, Protocol, Remote};
use streamforge_sim::client::{Client, Config};
use streamforge_sim::controller::{acceptance, creation};

const STEP: Duration = Duration::from_millis(5);
/// Far more than handshakes take.
const MANY: usize = 2_000;
const ADDRESS: ([u8; 4], u16) = ([10, 0, 0, 2], 5000);

struct World {
    engine: Engine<WebRtcFactory>,
    server: SocketAddr,
    client: Client,
    now: Instant,
    /// On their way, oldest first.
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    events: Vec<Event>,
}

impl World {
    fn connected() -> Self {
        let (server, now) = (([10, 0, 0, 1], 40_000).into(), Instant::now());
        let mut engine = Engine::new(WebRtcFactory::new(&[server], &[]).expect("a factory"), false);
        let mut client = Client::new(Config::default(), ADDRESS.into(), now).expect("a client");
        let offer = client.offer(now).expect("an offer");
        engine.handle_command(Command::CreateRouter { router_id: "r".into() }, now).expect("a router");
        engine.handle_command(creation("r", "ann"), now).expect("a transport");
        let answer = engine.handle_command(acceptance("ann", &offer), now).expect("an answer");
        let accepted: Accepted = serde_json::from_value(answer).expect("an answer");
        client.accept_answer(&accepted.sdp).expect("it fits");
        let (up, down) = (VecDeque::new(), VecDeque::new());
        let mut world = Self { engine, server, client, now, up, down, events: Vec::new() };
        for _ in 0..MANY {
            if world.client.is_connected() {
                return world;
            }
            world.deliver();
        }
        unreachable!("the client connects");
    }

    /// One datagram arrives; time passes when none is on its way.
    fn deliver(&mut self) {
        let up = &mut self.up;
        if let Some(bytes) = self.down.pop_front() {
            self.client.receive(self.server, &bytes, self.now, &mut |_, bytes| up.push_back(bytes.to_vec()));
        } else if let Some(bytes) = up.pop_front() {
            let from = Remote { protocol: Protocol::Udp, addr: ADDRESS.into() };
            self.engine.handle_datagram(&Datagram { from, to: self.server, bytes: &bytes }, self.now);
        } else {
            self.now += STEP;
            self.client.handle_timeout(self.now, &mut |_, bytes| up.push_back(bytes.to_vec()));
            self.engine.handle_timeout(self.now);
        }
        self.engine.flush(self.now);
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(transmit) => self.down.push_back(transmit.bytes),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    fn close(&mut self) -> bool {
        let up = &mut self.up;
        self.client.close(self.now, &mut |_, bytes| up.push_back(bytes.to_vec()))
    }

    fn ended(&self) -> Option<CloseReason> {
        self.events.iter().find_map(|event| match event {
            Event::TransportStateChanged { state: TransportState::Closed, reason, .. } => *reason,
            _ => None,
        })
    }
}

#[test]
fn whenever_a_client_says_goodbye_it_is_heard() {
    let mut hasty = 0;
    for datagrams in 0..24 {
        let mut world = World::connected();
        for _ in 0..datagrams {
            world.deliver();
        }
        let end = world.now + Duration::from_secs(1);
        while world.now < end && !world.close() {
            hasty += 1;
            world.deliver();
        }
        while world.now < end && world.ended().is_none() {
            world.deliver();
        }
        assert_eq!(world.ended(), Some(CloseReason::PeerClosed), "after {datagrams} datagrams");
    }
    assert!(hasty > 0, "some closed before their channel was there");
}
