//! A worker process with native clients in one room.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use streamforge_sfu_core::channel::{SlotWant, Want, WantMode};
use streamforge_sfu_core::command::Command;
use streamforge_sfu_core::ids::Mid;
use streamforge_sfu_core::packet::{Kind, Source};
use streamforge_sfu_core::stats::Stats;
use streamforge_sim::client::{Client, Config, Layer};
use streamforge_sim::controller::{Controller, participant_id};
use streamforge_sim::media::synthetic::{Mark, MarkedSound};
use streamforge_sim::process::WorkerProcess;
use streamforge_sim::swarm::Swarm;

use super::Outcome;

const ROUTER: &str = "rtr_1";
/// What has not happened by then never will.
const PATIENCE: Duration = Duration::from_secs(20);
/// A voice in a quiet room, -dBov.
const LEVEL: u8 = 30;
const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;

pub struct Scene {
    /// Ends with the scene.
    _worker: WorkerProcess,
    controller: Controller,
    swarm: Swarm,
    receivers: Vec<(String, Vec<Mid>)>,
    revision: u64,
}

impl Scene {
    pub fn start() -> Outcome<Self> {
        let binary = std::env::current_exe()?.with_file_name("streamforge-sfu");
        if !binary.exists() {
            return Err(format!("{} is missing: build the worker first", binary.display()).into());
        }
        let worker = WorkerProcess::start(&binary, &[])?;
        let mut controller = Controller::hello(&worker.socket(), 1)?;
        controller.call(&Command::CreateRouter { router_id: ROUTER.into() })??;
        let swarm = Swarm::new(IpAddr::V4(Ipv4Addr::LOCALHOST))?;
        Ok(Self { _worker: worker, controller, swarm, receivers: Vec::new(), revision: 0 })
    }

    pub fn stats(&mut self) -> Outcome<Stats> {
        Ok(serde_json::from_value(self.controller.call(&Command::GetStats)??)?)
    }

    pub fn run(&mut self, span: Duration) -> io::Result<()> {
        let end = Instant::now() + span;
        while Instant::now() < end {
            self.swarm.turn()?;
        }
        Ok(())
    }

    /// Somebody with nine video and three audio slots who sends nothing.
    pub fn join_receiver(&mut self, name: &str) -> Outcome<()> {
        let slots = self.join(name, Config::default())?;
        self.receivers.push((name.to_owned(), slots));
        Ok(())
    }

    /// Somebody with a voice and a camera of three layers who receives nothing.
    pub fn join_publisher(&mut self, number: u16) -> Outcome<()> {
        let config = Config {
            microphone: Some(Box::new(MarkedSound { mark: Mark { client: number, layer: 0 } })),
            audio_level: LEVEL,
            camera: Layer::simulcast(number),
            audio_slots: 0,
            video_slots: 0,
            ..Config::default()
        };
        self.join(&publisher(number), config).map(drop)
    }

    fn join(&mut self, name: &str, config: Config) -> Outcome<Vec<Mid>> {
        self.controller.create_transport(ROUTER, name)??;
        let offer = self.swarm.add(name, config)?.offer(Instant::now())?;
        let accepted = self.controller.accept_offer(name, &offer)??;
        self.swarm.get(name).ok_or("the client is gone")?.accept_answer(&accepted.sdp)?;
        let connected =
            self.swarm.until(PATIENCE, |swarm| swarm.peek(name).is_some_and(Client::is_connected))?;
        if !connected {
            return Err(format!("{name} does not connect").into());
        }
        let video = accepted.slots.iter().filter(|slot| slot.kind == Kind::Video);
        Ok(video.map(|slot| slot.mid).collect())
    }

    /// Every receiver sees every publisher as large as there is, once the estimates allow it.
    pub fn watch_all(&mut self, publishers: u16) -> Outcome<()> {
        for (name, slots) in self.receivers.clone() {
            let views = slots.iter().copied().zip(1..=publishers).collect::<Vec<_>>();
            self.want(&name, &views)?;
        }
        self.run(Duration::from_secs(5))?;
        Ok(())
    }

    /// Shows another publisher on the first slot; returns how long it took.
    pub fn switch(&mut self, name: &str, to: u16) -> Outcome<Duration> {
        let slots = self.receivers.iter().find(|(known, _)| known == name).map(|(_, slots)| slots);
        let slot = slots.and_then(|slots| slots.first()).copied().ok_or("no such receiver")?;
        let start = Instant::now();
        self.want(name, &[(slot, to)])?;
        let shown = self.swarm.until(PATIENCE, |swarm| {
            let stream = swarm.peek(name).and_then(|client| client.received.streams.get(&slot));
            stream.and_then(|stream| stream.mark).is_some_and(|mark| mark.client == to)
        })?;
        if shown { Ok(start.elapsed()) } else { Err(format!("{name} never sees {to}").into()) }
    }

    fn want(&mut self, name: &str, views: &[(Mid, u16)]) -> Outcome<()> {
        self.revision += 1;
        let slot = |(mid, whom): &(Mid, u16)| SlotWant {
            mid: *mid,
            participant_id: participant_id(&publisher(*whom)).as_str().into(),
            source: Source::Camera,
            width: WIDTH,
            height: HEIGHT,
            priority: 0,
        };
        let mode = WantMode::Explicit { slots: views.iter().map(slot).collect() };
        let want = Want { revision: self.revision, mode };
        let said =
            self.swarm.until(PATIENCE, |swarm| swarm.get(name).is_some_and(|client| client.want(&want)))?;
        if said { Ok(()) } else { Err(format!("{name} has no channel").into()) }
    }
}

fn publisher(number: u16) -> String {
    format!("p{number}")
}
