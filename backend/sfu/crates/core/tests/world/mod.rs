//! An engine without a network: transports that do as they are told, participants on them, and a virtual clock.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use streamforge_sfu_core::channel::{Want, WantMode};
use streamforge_sfu_core::command::{AcceptOffer, Command, CreateTransport, Policy, Publish};
use streamforge_sfu_core::engine::{Engine, Output};
use streamforge_sfu_core::error::Result;
use streamforge_sfu_core::event::{CloseReason, Event, TransportState};
use streamforge_sfu_core::ids::{Mid, Rid};
use streamforge_sfu_core::packet::{Codec, Codecs, Kind, RtpIn, RtpOut, Source};
use streamforge_sfu_core::transport::{
    Answer, Datagram, MediaLine, Output as TransportOutput, Protocol, ReadOffer, Remote, Transmit, Transport,
    TransportEvent, TransportFactory,
};
use streamforge_sfu_core::units::Bps;

/// What a test sees and steers of a transport.
#[derive(Default)]
pub struct Script {
    pub outputs: VecDeque<TransportOutput>,
    /// Offers that changed it.
    pub accepted: u32,
    pub sent: u64,
    pub told: Vec<String>,
    pub resets: Vec<Bps>,
    pub key_frames: u64,
    /// The call that panics.
    pub panics: Option<&'static str>,
    /// Its channel takes nothing.
    pub full: bool,
    /// M-lines without a codec in common.
    pub refused_lines: Vec<&'static str>,
    /// Its checks fail.
    pub refuses: bool,
    /// The host to which media goes, when it was nominated.
    pub nominated: Option<[u8; 4]>,
}

pub type Shared = Rc<RefCell<Script>>;

pub struct Made {
    ufrag: String,
    script: Shared,
    idle: Instant,
    to: SocketAddr,
}

impl Transport for Made {
    type Offer = ();

    fn read_offer(&self, sdp: &str) -> Result<ReadOffer<()>> {
        assert!(sdp != "panics", "as told");
        let line = |mid, kind, publishes| MediaLine {
            mid: Mid::new(mid).expect("a mid"),
            kind,
            publishes,
            receives: !publishes,
            rids: Vec::new(),
        };
        let media = vec![
            line("0", Kind::Audio, true),
            line("1", Kind::Video, true),
            line("2", Kind::Audio, false),
            line("3", Kind::Video, false),
        ];
        Ok(ReadOffer { media, offer: () })
    }

    fn accept_offer(&mut self, (): (), _: Instant) -> Result<Answer> {
        let mut script = self.script.borrow_mut();
        assert!(script.panics != Some("accept"), "as told");
        script.accepted += 1;
        let taken = ["0", "1", "2", "3"].into_iter().filter(|mid| !script.refused_lines.contains(mid));
        let lines = taken.map(|mid| (Mid::new(mid).expect("a mid"), Codecs::ALL)).collect();
        Ok(Answer { sdp: "answer".to_owned(), lines })
    }

    fn ufrag(&self) -> &str {
        &self.ufrag
    }

    fn receive(&mut self, _: &Datagram<'_>, _: Instant) {
        assert!(self.script.borrow().panics != Some("receive"), "as told");
    }

    fn vouches_for(&self, _: Remote) -> bool {
        !self.script.borrow().refuses
    }

    fn is_answered_by(&self, from: Remote) -> bool {
        self.script.borrow().nominated.is_none_or(|host| from.addr.ip() == IpAddr::from(host))
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.idle = now + Duration::from_secs(3600);
    }

    fn poll(&mut self) -> TransportOutput {
        self.script.borrow_mut().outputs.pop_front().unwrap_or(TransportOutput::Timeout(self.idle))
    }

    fn send_media(&mut self, _: Mid, _: &RtpOut) {
        let mut script = self.script.borrow_mut();
        assert!(script.panics != Some("media"), "as told");
        script.sent += 1;
        let to = Remote { protocol: Protocol::Udp, addr: self.to };
        script.outputs.push_back(TransportOutput::Transmit(Transmit { to, bytes: vec![0x80] }));
    }

    fn backlog_since(&mut self, _: Mid) -> Option<Instant> {
        None
    }

    fn send_channel(&mut self, text: &str) -> bool {
        let mut script = self.script.borrow_mut();
        assert!(script.panics != Some("channel"), "as told");
        if !script.full {
            script.told.push(text.to_owned());
        }
        !script.full
    }

    fn request_key_frame(&mut self, _: Mid, _: Option<Rid>) {
        self.script.borrow_mut().key_frames += 1;
    }

    fn set_rates(&mut self, _: Bps, _: Bps) {}

    fn reset_estimate(&mut self, start: Bps) {
        self.script.borrow_mut().resets.push(start);
    }

    fn close(&mut self, _: Instant) {}
}

#[derive(Clone, Default)]
pub struct Factory {
    scripts: Rc<RefCell<Vec<Shared>>>,
}

impl TransportFactory for Factory {
    type Transport = Made;

    fn create(&mut self, now: Instant) -> Made {
        let script = Shared::default();
        let mut scripts = self.scripts.borrow_mut();
        scripts.push(Rc::clone(&script));
        let number = u16::try_from(scripts.len()).expect("few");
        Made { ufrag: format!("user{number}"), script, idle: now, to: ([10, 0, 0, 1], number).into() }
    }
}

pub fn track(name: &str, mid: &str, source: Source) -> Publish {
    Publish {
        mid: Mid::new(mid).expect("a mid"),
        producer_id: format!("{name}{mid}").into(),
        source,
        encrypted: false,
        muted: false,
    }
}

pub struct World {
    pub engine: Engine<Factory>,
    pub factory: Factory,
    pub now: Instant,
    pub events: Vec<Event>,
    pub names: BTreeMap<&'static str, usize>,
    pub seq: u64,
}

impl World {
    pub fn new() -> Self {
        let factory = Factory::default();
        let mut engine = Engine::new(factory.clone(), true);
        let now = Instant::now();
        engine.handle_command(Command::CreateRouter { router_id: "r".into() }, now).expect("a router");
        Self { engine, factory, now, events: Vec::new(), names: BTreeMap::new(), seq: 0 }
    }

    /// A connected participant that publishes microphone and camera and has a slot of each kind.
    pub fn join(&mut self, name: &'static str) {
        self.create(name).expect("a transport");
        self.names.insert(name, self.names.len());
        let publish = vec![track(name, "0", Source::Microphone), track(name, "1", Source::Camera)];
        self.offer(name, "offer", publish).expect("an answer");
        self.event(name, TransportEvent::Connected);
        self.event(name, TransportEvent::ChannelOpen);
    }

    pub fn create(&mut self, name: &str) -> Result<serde_json::Value> {
        let create = CreateTransport {
            router_id: "r".into(),
            transport_id: name.into(),
            participant_id: name.into(),
            correlation_id: "c".into(),
            policy: Policy { publish: vec![Source::Microphone, Source::Camera], subscribe: true },
        };
        self.engine.handle_command(Command::CreateTransport(create), self.now)
    }

    /// A command of which nothing is expected but its effects.
    pub fn command(&mut self, command: Command) {
        drop(self.engine.handle_command(command, self.now));
    }

    pub fn offer(&mut self, name: &str, sdp: &str, publish: Vec<Publish>) -> Result<serde_json::Value> {
        let offer = AcceptOffer {
            transport_id: name.into(),
            sdp: sdp.to_owned(),
            publish,
            want: Want { revision: 0, mode: WantMode::Auto { width: 640, height: 360 } },
        };
        self.engine.handle_command(Command::AcceptOffer(offer), self.now)
    }

    pub fn script(&self, name: &str) -> Shared {
        Rc::clone(&self.factory.scripts.borrow()[self.names[name]])
    }

    /// A datagram from the participant, which makes its transport say this.
    pub fn event(&mut self, name: &'static str, event: TransportEvent) {
        self.script(name).borrow_mut().outputs.push_back(TransportOutput::Event(event));
        self.datagram(name);
    }

    pub fn datagram(&mut self, name: &str) {
        self.datagram_from(name, 9);
    }

    pub fn datagram_from(&mut self, name: &str, host: u8) {
        let number = u16::try_from(self.names[name] + 1).expect("few");
        let from = Remote { protocol: Protocol::Udp, addr: ([10, 0, 0, host], number).into() };
        let user = format!("user{number}");
        let mut bytes = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        bytes.extend([0; 12]);
        bytes.extend([0, 6, 0, u8::try_from(user.len()).expect("short")]);
        bytes.extend(user.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let datagram = Datagram { from, to: ([10, 0, 0, 8], 1).into(), bytes: &bytes };
        self.engine.handle_datagram(&datagram, self.now);
        self.engine.flush(self.now);
        self.collect();
    }

    pub fn collect(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(event) = output {
                self.events.push(event);
            }
        }
    }

    /// Time passes; these participants speak and are filmed meanwhile.
    pub fn pass(&mut self, span: Duration, talking: &[&'static str]) {
        let end = self.now + span;
        while self.now < end {
            self.now += Duration::from_millis(20);
            for name in talking {
                self.seq += 1;
                let (audio, video) = (self.packet(Codec::Opus), self.packet(Codec::Vp8));
                let (mic, camera) = (Mid::new("0").expect("a mid"), Mid::new("1").expect("a mid"));
                self.event(name, TransportEvent::Packet { mid: mic, rid: None, packet: audio });
                self.event(name, TransportEvent::Packet { mid: camera, rid: None, packet: video });
            }
            self.engine.handle_timeout(self.now);
            self.collect();
        }
    }

    pub fn packet(&self, codec: Codec) -> RtpIn {
        // Every picture is a key frame of 640 × 360.
        let vp8 = [0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 0, 0, 0];
        RtpIn {
            stream: 1,
            seq: self.seq,
            ts: u32::try_from(self.seq * 960).expect("short test"),
            marker: true,
            arrival: self.now,
            captured: self.now,
            payload: vp8.as_slice().into(),
            codec,
            red: false,
            audio_level: Some(20),
            voice: Some(true),
            dependency_descriptor: None,
            video_orientation: None,
            sender_report: None,
        }
    }

    pub fn states(&self, name: &str) -> Vec<(TransportState, Option<CloseReason>)> {
        let states = self.events.iter().filter_map(|event| match event {
            Event::TransportStateChanged { transport_id, state, reason, .. } => {
                (transport_id.as_str() == name).then_some((*state, *reason))
            }
            _ => None,
        });
        states.collect()
    }
}
