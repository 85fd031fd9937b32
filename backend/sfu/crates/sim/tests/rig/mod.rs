//! A worker with fault injection, its controller, and native clients in rooms.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use streamforge_sfu_core::channel::{SlotWant, Want, WantMode};
use streamforge_sfu_core::command::Command;
use streamforge_sfu_core::event::{CloseReason, Event, TransportState};
use streamforge_sfu_core::ids::Mid;
use streamforge_sfu_core::packet::{Kind, Source};
use streamforge_sim::client::{Client, Config, Layer};
use streamforge_sim::controller::{Controller, participant_id, transport_id};
use streamforge_sim::media::synthetic::{Mark, MarkedSound};
use streamforge_sim::process::WorkerProcess;
use streamforge_sim::swarm::Swarm;

pub const LIMIT: Duration = Duration::from_secs(15);

pub struct Rig {
    /// Ends with the rig.
    _worker: WorkerProcess,
    pub controller: Controller,
    pub swarm: Swarm,
}

/// Microphone and camera with the client's mark.
pub fn speaker(number: u16, level: u8) -> Config {
    Config {
        microphone: Some(Box::new(MarkedSound { mark: Mark { client: number, layer: 0 } })),
        audio_level: level,
        camera: Layer::simulcast(number),
        ..Config::default()
    }
}

impl Rig {
    pub fn start() -> Self {
        let binary = Path::new(env!("CARGO_BIN_EXE_streamforge-sfu-faults"));
        let worker = WorkerProcess::start(binary, &[]).expect("a worker");
        let mut controller = Controller::hello(&worker.socket(), 1).expect("a controller");
        for router in ["rtr_1", "rtr_2"] {
            let create = Command::CreateRouter { router_id: router.into() };
            controller.call(&create).expect("an answer").expect("a router");
        }
        let swarm = Swarm::new(IpAddr::V4(Ipv4Addr::LOCALHOST)).expect("a swarm");
        Self { _worker: worker, controller, swarm }
    }

    /// Joins a client and waits until it is connected.
    pub fn join(&mut self, name: &str, config: Config) {
        self.controller.create_transport("rtr_1", name).expect("an answer").expect("a transport");
        let offer = self.swarm.add(name, config).expect("a client").offer(Instant::now()).expect("an offer");
        let accepted = self.controller.accept_offer(name, &offer).expect("an answer").expect("accepted");
        self.client(name).accept_answer(&accepted.sdp).expect("a fitting answer");
        let connected = self.until(|rig| rig.client(name).is_connected());
        assert!(connected, "{name} connects");
    }

    pub fn client(&mut self, name: &str) -> &mut Client {
        self.swarm.get(name).expect("a client")
    }

    /// Lets everything run until the condition holds; false after `LIMIT`.
    pub fn until(&mut self, mut holds: impl FnMut(&mut Self) -> bool) -> bool {
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            if holds(self) {
                return true;
            }
            self.swarm.turn().expect("a turn");
        }
        holds(self)
    }

    /// Lets everything run for a while, where something must not happen.
    pub fn run(&mut self, span: Duration) {
        let end = Instant::now() + span;
        while Instant::now() < end {
            self.swarm.turn().expect("a turn");
        }
    }

    pub fn command(&mut self, command: &Command) -> serde_json::Value {
        self.controller.call(command).expect("an answer").expect("done")
    }

    /// Sends a want for these slots, as often as it takes for the channel to open.
    pub fn want(&mut self, name: &str, revision: u64, slots: Vec<SlotWant>) {
        let want = Want { revision, mode: WantMode::Explicit { slots } };
        assert!(self.until(|rig| rig.client(name).want(&want)), "{name} can say what it wants");
    }

    /// The mids of a client's slots of one kind, in m-line order.
    pub fn slots(&mut self, name: &str, kind: Kind) -> Vec<Mid> {
        assert!(self.until(|rig| !rig.client(name).slots.is_empty()), "{name} is told its slots");
        let mut mids = Vec::new();
        for router in self.inventory() {
            let transports = router["transports"].as_array().cloned().unwrap_or_default();
            for transport in
                transports.iter().filter(|transport| transport["transportId"] == transport_id(name))
            {
                let slots = transport["slots"].as_array().cloned().unwrap_or_default();
                let wanted = serde_json::to_value(kind).expect("json");
                let named = slots.iter().filter(|slot| slot["kind"] == wanted);
                mids.extend(named.filter_map(|slot| Mid::new(slot["mid"].as_str()?).ok()));
            }
        }
        mids
    }

    pub fn inventory(&mut self) -> Vec<serde_json::Value> {
        let hello = Command::Hello { protocol: 1, build: "test".into(), epoch: 1 };
        self.command(&hello)["routers"].as_array().cloned().unwrap_or_default()
    }

    /// Whether the controller was told that the transport ended like this.
    pub fn ended(&mut self, name: &str, why: CloseReason) -> bool {
        self.states(name).contains(&(TransportState::Closed, Some(why)))
    }

    pub fn states(&mut self, name: &str) -> Vec<(TransportState, Option<CloseReason>)> {
        let events = self.controller.events().expect("events").iter();
        let mine = events.filter_map(|event| match event {
            Event::TransportStateChanged { transport_id: id, state, reason, .. } => {
                (id.as_str() == transport_id(name)).then_some((*state, *reason))
            }
            _ => None,
        });
        mine.collect()
    }
}

pub fn want(mid: Mid, whom: &str, source: Source, (width, height): (u32, u32)) -> SlotWant {
    SlotWant { mid, participant_id: participant_id(whom).as_str().into(), source, width, height, priority: 0 }
}
