//! The engine on a made-up transport and a virtual clock: who ends when, and why.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use streamforge_sfu_core::channel::{Want, WantMode};
use streamforge_sfu_core::command::{AcceptOffer, Command, CreateTransport, Fault, Policy, Publish};
use streamforge_sfu_core::engine::{Engine, Output};
use streamforge_sfu_core::error::{ErrorCode, Result};
use streamforge_sfu_core::event::{CloseReason, Event, TransportState};
use streamforge_sfu_core::ids::{Mid, Rid};
use streamforge_sfu_core::packet::{Codec, Kind, RtpIn, RtpOut, Source};
use streamforge_sfu_core::transport::{
    Datagram, MediaLine, Output as TransportOutput, Protocol, ReadOffer, Remote, Transmit, Transport,
    TransportEvent, TransportFactory,
};
use streamforge_sfu_core::units::Bps;

/// What a test sees and steers of a transport.
#[derive(Default)]
struct Script {
    outputs: VecDeque<TransportOutput>,
    /// Offers that changed it.
    accepted: u32,
    sent: u64,
    told: Vec<String>,
    resets: Vec<Bps>,
    key_frames: u64,
    /// The call that panics.
    panics: Option<&'static str>,
    /// Its channel takes nothing.
    full: bool,
    /// Its checks fail.
    refuses: bool,
    /// The host to which media goes, when it was nominated.
    nominated: Option<[u8; 4]>,
}

type Shared = Rc<RefCell<Script>>;

struct Made {
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

    fn accept_offer(&mut self, (): (), _: Instant) -> Result<String> {
        let mut script = self.script.borrow_mut();
        assert!(script.panics != Some("accept"), "as told");
        script.accepted += 1;
        Ok("answer".to_owned())
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
struct Factory {
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

fn track(name: &str, mid: &str, source: Source) -> Publish {
    Publish {
        mid: Mid::new(mid).expect("a mid"),
        producer_id: format!("{name}{mid}").into(),
        source,
        encrypted: false,
        muted: false,
    }
}

struct World {
    engine: Engine<Factory>,
    factory: Factory,
    now: Instant,
    events: Vec<Event>,
    names: BTreeMap<&'static str, usize>,
    seq: u64,
}

impl World {
    fn new() -> Self {
        let factory = Factory::default();
        let mut engine = Engine::new(factory.clone(), true);
        let now = Instant::now();
        engine.handle_command(Command::CreateRouter { router_id: "r".into() }, now).expect("a router");
        Self { engine, factory, now, events: Vec::new(), names: BTreeMap::new(), seq: 0 }
    }

    /// A connected participant that publishes microphone and camera and has a slot of each kind.
    fn join(&mut self, name: &'static str) {
        let policy = Policy { publish: vec![Source::Microphone, Source::Camera], subscribe: true };
        let create = CreateTransport {
            router_id: "r".into(),
            transport_id: name.into(),
            participant_id: name.into(),
            correlation_id: "c".into(),
            policy,
        };
        self.engine.handle_command(Command::CreateTransport(create), self.now).expect("a transport");
        self.names.insert(name, self.names.len());
        let publish = vec![track(name, "0", Source::Microphone), track(name, "1", Source::Camera)];
        self.offer(name, "offer", publish).expect("an answer");
        self.event(name, TransportEvent::Connected);
        self.event(name, TransportEvent::ChannelOpen);
    }

    fn offer(&mut self, name: &str, sdp: &str, publish: Vec<Publish>) -> Result<serde_json::Value> {
        let offer = AcceptOffer {
            transport_id: name.into(),
            sdp: sdp.to_owned(),
            publish,
            want: Want { revision: 0, mode: WantMode::Auto { width: 640, height: 360 } },
        };
        self.engine.handle_command(Command::AcceptOffer(offer), self.now)
    }

    fn script(&self, name: &str) -> Shared {
        Rc::clone(&self.factory.scripts.borrow()[self.names[name]])
    }

    /// A datagram from the participant, which makes its transport say this.
    fn event(&mut self, name: &'static str, event: TransportEvent) {
        self.script(name).borrow_mut().outputs.push_back(TransportOutput::Event(event));
        self.datagram(name);
    }

    fn datagram(&mut self, name: &str) {
        self.datagram_from(name, 9);
    }

    fn datagram_from(&mut self, name: &str, host: u8) {
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

    fn collect(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(event) = output {
                self.events.push(event);
            }
        }
    }

    /// Time passes; these participants speak and are filmed meanwhile.
    fn pass(&mut self, span: Duration, talking: &[&'static str]) {
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

    fn packet(&self, codec: Codec) -> RtpIn {
        // Every picture is a key frame of 640 × 360.
        let vp8 = [0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 0, 0, 0];
        RtpIn {
            stream: 1,
            seq: self.seq,
            ts: u32::try_from(self.seq * 960).expect("short test"),
            marker: true,
            arrival: self.now,
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

    fn states(&self, name: &str) -> Vec<(TransportState, Option<CloseReason>)> {
        let states = self.events.iter().filter_map(|event| match event {
            Event::TransportStateChanged { transport_id, state, reason, .. } => {
                (transport_id.as_str() == name).then_some((*state, *reason))
            }
            _ => None,
        });
        states.collect()
    }
}

#[test]
fn a_path_that_answers_nothing_goes_dark_and_comes_back_with_a_low_estimate() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_millis(500), &["ann", "bob"]);
    let before = world.script("bob").borrow().sent;
    assert!(before > 10, "bob receives");

    // Bob's network is gone: he sends nothing, ann goes on.
    world.pass(Duration::from_millis(1400), &["ann"]);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
    world.pass(Duration::from_millis(300), &["ann"]);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Dark, None)));
    let dark = world.script("bob").borrow().sent;
    world.pass(Duration::from_secs(3), &["ann"]);
    assert_eq!(world.script("bob").borrow().sent, dark, "nothing is sent into the dark");

    world.datagram("bob");
    world.pass(Duration::from_millis(200), &["ann"]);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
    assert_eq!(world.script("bob").borrow().resets, [Bps::kilo(600)]);
    assert!(world.script("bob").borrow().sent > dark, "media resumes");
}

#[test]
fn only_the_address_where_media_goes_keeps_a_path_lit() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.datagram_from("bob", 66);
    world.script("bob").borrow_mut().nominated = Some([10, 0, 0, 66]);
    for _ in 0..20 {
        world.pass(Duration::from_millis(100), &["ann"]);
        world.datagram("bob");
    }
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Dark, None)));
    world.pass(Duration::from_secs(31), &["ann", "bob"]);
    assert_eq!(
        world.states("bob").last(),
        Some(&(TransportState::Dark, None)),
        "he is there, and still dark"
    );
    world.datagram_from("bob", 66);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
}

#[test]
fn a_client_to_whom_little_is_sent_is_not_taken_for_dark() {
    let mut world = World::new();
    world.join("ann");
    world.pass(Duration::from_secs(10), &[]);
    assert_eq!(world.states("ann"), [(TransportState::Connected, None)]);
}

#[test]
fn a_transport_that_stays_silent_ends_and_closes_its_producers() {
    let mut world = World::new();
    world.join("ann");
    world.pass(Duration::from_secs(31), &[]);
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::IceTimeout))));
    let closed = world.events.iter().filter(|event| matches!(event, Event::ProducerClosed { .. })).count();
    assert_eq!(closed, 2);
    let gone = Command::CloseTransport { transport_id: "ann".into() };
    let error = world.engine.handle_command(gone, world.now).expect_err("it is gone");
    assert_eq!(error.code, ErrorCode::TransportNotFound);
}

#[test]
fn a_panic_of_one_transport_leaves_the_others_alone() {
    let mut world = World::new();
    for name in ["ann", "bob", "eve"] {
        world.join(name);
    }
    world.pass(Duration::from_millis(300), &["ann", "bob"]);
    world.script("ann").borrow_mut().panics = Some("receive");
    world.datagram("ann");
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::Panicked))));
    let before = world.script("eve").borrow().sent;
    world.pass(Duration::from_millis(300), &["bob"]);
    assert!(world.script("eve").borrow().sent > before, "bob still reaches eve");
}

#[test]
fn closing_a_router_ends_its_transports() {
    let mut world = World::new();
    world.join("ann");
    let close = Command::CloseRouter { router_id: "r".into() };
    world.engine.handle_command(close, world.now).expect("done");
    world.collect();
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::RouterClosed))));
    assert!(world.engine.inventory().is_empty());
}

#[test]
fn a_stalled_transport_neither_sends_nor_receives() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_millis(300), &["ann", "bob"]);
    let stall = Command::InjectFault { transport_id: "bob".into(), fault: Fault::Stall };
    world.engine.handle_command(stall, world.now).expect("done");
    let before = world.script("bob").borrow().sent;
    world.pass(Duration::from_millis(300), &["ann"]);
    assert_eq!(world.script("bob").borrow().sent, before);
}

#[test]
fn the_inventory_tells_what_was_negotiated() {
    let mut world = World::new();
    world.join("ann");
    let inventory = serde_json::to_value(world.engine.inventory()).expect("json");
    let transport = &inventory[0]["transports"][0];
    assert_eq!(
        (transport["participantId"].as_str(), transport["state"].as_str()),
        (Some("ann"), Some("connected"))
    );
    assert_eq!(transport["producers"].as_array().map(Vec::len), Some(2));
    assert_eq!(transport["slots"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_check_that_does_not_succeed_is_no_sign_of_life() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_millis(500), &["ann", "bob"]);
    world.script("bob").borrow_mut().refuses = true;
    for _ in 0..40 {
        world.pass(Duration::from_millis(100), &["ann"]);
        world.datagram_from("bob", 66);
    }
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Dark, None)));
}

#[test]
fn a_transport_that_panics_while_it_is_sent_to_ends_alone() {
    for call in ["media", "channel"] {
        let mut world = World::new();
        for name in ["ann", "bob", "eve"] {
            world.join(name);
        }
        world.pass(Duration::from_millis(300), &["ann"]);
        world.script("bob").borrow_mut().panics = Some(call);
        let before = world.script("eve").borrow().sent;
        // Another voice makes slots change, which everybody is told.
        world.pass(Duration::from_millis(1500), &["ann", "eve"]);
        let ended = (TransportState::Closed, Some(CloseReason::Panicked));
        assert_eq!(world.states("bob").last(), Some(&ended), "{call}");
        assert_eq!(world.states("ann").last(), Some(&(TransportState::Connected, None)));
        assert_eq!(world.states("eve").last(), Some(&(TransportState::Connected, None)));
        assert!(world.script("eve").borrow().sent > before, "ann still reaches eve");
    }
}

#[test]
fn what_a_full_channel_refused_is_told_again() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.script("bob").borrow_mut().full = true;
    world.pass(Duration::from_secs(1), &["ann", "bob"]);
    world.script("bob").borrow_mut().full = false;
    world.pass(Duration::from_secs(1), &["ann", "bob"]);
    let told = world.script("bob").borrow().told.clone();
    for kind in ["slots", "layers"] {
        let named = format!("\"type\":\"{kind}\"");
        assert!(told.iter().any(|text| text.contains(&named)), "{kind}: {told:?}");
    }
    assert!(told.iter().any(|text| text.contains("\"ann\"")), "bob learns whom he sees: {told:?}");
}

#[test]
fn a_silence_that_a_full_channel_refused_is_told_again() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_secs(1), &["ann"]);
    let told = |world: &World| world.script("bob").borrow().told.clone();
    let last = |world: &World| told(world).into_iter().rfind(|text| text.contains(r#""type":"speakers""#));
    assert!(last(&world).is_some_and(|text| text.contains("ann")), "{:?}", told(&world));
    world.script("bob").borrow_mut().full = true;
    world.pass(Duration::from_secs(10), &[]);
    world.script("bob").borrow_mut().full = false;
    world.pass(Duration::from_millis(200), &[]);
    assert!(last(&world).is_some_and(|text| !text.contains("ann")), "{:?}", told(&world));
}

#[test]
fn a_refused_offer_has_changed_nothing() {
    let mut world = World::new();
    world.join("ann");
    let before = world.engine.inventory();
    let many = (0..7).map(|mid| track("ann", &mid.to_string(), Source::Camera)).collect();
    let offers = [
        ("an unknown m-line", "offer", vec![track("ann", "9", Source::Camera)], ErrorCode::BadSdp),
        ("one of the other kind", "offer", vec![track("ann", "1", Source::Microphone)], ErrorCode::BadSdp),
        ("one that does not send", "offer", vec![track("ann", "3", Source::Camera)], ErrorCode::BadSdp),
        ("a source too many", "offer", vec![track("ann", "1", Source::Screen)], ErrorCode::PublishNotAllowed),
        ("too many tracks", "offer", many, ErrorCode::LimitExceeded),
        ("an offer that breaks the parser", "panics", vec![], ErrorCode::BadSdp),
    ];
    for (what, sdp, publish, code) in offers {
        let refused = world.offer("ann", sdp, publish).expect_err(what);
        assert_eq!(refused.code, code, "{what}");
        assert_eq!(world.script("ann").borrow().accepted, 1, "{what} reached the transport");
        assert_eq!(world.engine.inventory(), before, "{what}");
    }
    world.offer("ann", "offer", vec![track("ann", "1", Source::Camera)]).expect("a good one is taken");
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Connected, None)));
}

#[test]
fn a_transport_that_fails_on_an_offer_that_seemed_good_ends_alone() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.script("ann").borrow_mut().panics = Some("accept");
    let refused = world.offer("ann", "offer", vec![]).expect_err("it panics");
    world.collect();
    assert_eq!(refused.code, ErrorCode::BadSdp);
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::Panicked))));
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
}

#[test]
fn a_client_that_floods_its_channel_is_told_once_and_listened_to_no_more() {
    let mut world = World::new();
    world.join("a");
    world.script("a").borrow_mut().told.clear();
    for _ in 0..500 {
        world.event("a", TransportEvent::ChannelMessage(b"nonsense".to_vec()));
    }
    let told = world.script("a").borrow().told.clone();
    let refusals = |code: &str| told.iter().filter(|text| text.contains(code)).count();
    assert!(refusals("bad_message") < 100, "{}", refusals("bad_message"));
    assert_eq!(refusals("limit_exceeded"), 1);
}
