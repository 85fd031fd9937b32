//! A meeting without a network: a router, people who send made-up packets, and a virtual clock.
//!
//! Cameras have up to three VP8 layers and answer key-frame requests with key frames on all layers, as
//! Chromium does. Everything that the router wants done is carried out here and counted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use streamforge_sfu_core::channel::{LayerFlow, ServerMessage, SlotWant, Want, WantMode};
use streamforge_sfu_core::command::{Policy, Publish, SlotInfo};
use streamforge_sfu_core::event::Event;
use streamforge_sfu_core::ids::{Mid, ProducerId, Rid, RouterId};
use streamforge_sfu_core::packet::{Codec, Codecs, Kind, RtpIn, RtpOut, Source};
use streamforge_sfu_core::router::{Declared, Effect, Member, Router};
use streamforge_sfu_core::transport::TransportKey;
use streamforge_sfu_core::units::Bps;

pub const LAYERS: [(&str, u16, usize); 3] = [("q", 320, 375), ("h", 640, 1200), ("f", 1280, 3600)];
const STEP: Duration = Duration::from_millis(10);
/// 25 pictures a second.
const PICTURE_STEPS: u64 = 4;
const AUDIO_STEPS: u64 = 2;

pub fn mid(text: &str) -> Mid {
    Mid::new(text).expect("a mid")
}

/// A stream of one layer of somebody's camera.
#[derive(Default)]
struct Stream {
    seq: u64,
    picture: u16,
    key: bool,
    off: bool,
    /// Every so many pictures one is left out; none at 0.
    gaps: u16,
}

pub struct Person {
    pub key: TransportKey,
    camera: Vec<Stream>,
    sends_audio: bool,
    audio_seq: u64,
    pub level: u8,
    /// Packets by slot.
    pub got: BTreeMap<Mid, Vec<RtpOut>>,
    pub told: Vec<ServerMessage>,
    pub key_frames_asked: Vec<Duration>,
    pub rates: (Bps, Bps),
}

impl Person {
    /// The picture width that a video slot got last.
    pub fn width(&self, slot: &str) -> Option<u16> {
        let packet = self.got.get(&mid(slot))?.last()?;
        // The layer's number stands behind the frame tag.
        LAYERS.get(usize::from(*packet.payload.get(7)?)).map(|(_, width, _)| *width)
    }

    pub fn count(&self, slot: &str) -> usize {
        self.got.get(&mid(slot)).map_or(0, Vec::len)
    }

    /// Whose sound a slot got last.
    pub fn hears(&self, slot: &str) -> Option<u8> {
        self.got.get(&mid(slot))?.last()?.payload.first().copied()
    }

    /// How a video slot flows, as the client was told.
    pub fn flow(&self, slot: &str) -> Option<LayerFlow> {
        let layers = self.told.iter().filter_map(|message| match message {
            ServerMessage::Layers { layers } => Some(layers),
            _ => None,
        });
        layers.flatten().filter(|layer| layer.mid == mid(slot)).map(|layer| layer.state).next_back()
    }

    /// The layers that were wanted of the camera last.
    pub fn wanted_layers(&self) -> Vec<String> {
        let told = self.told.iter().rev().find_map(|message| match message {
            ServerMessage::PublishLayers { rids, .. } => Some(rids),
            _ => None,
        });
        told.into_iter().flatten().map(ToString::to_string).collect()
    }

    pub fn forget(&mut self) {
        self.got.clear();
        self.told.clear();
        self.key_frames_asked.clear();
    }
}

pub struct Meeting {
    pub router: Router,
    pub people: Vec<Person>,
    pub events: Vec<Event>,
    start: Instant,
    pub now: Instant,
    steps: u64,
}

impl Meeting {
    pub fn new() -> Self {
        let start = Instant::now();
        let router = Router::new(RouterId::from("rtr_1"));
        Self { router, people: Vec::new(), events: Vec::new(), start, now: start, steps: 0 }
    }

    /// Somebody joins with a microphone, and a camera of so many layers, and is connected at once.
    pub fn join(&mut self, layers: usize, audio: bool) -> usize {
        let number = self.people.len();
        let key = TransportKey(number as u64);
        let publish = vec![Source::Microphone, Source::Camera];
        let policy = Policy { publish, subscribe: true };
        let (transport, participant) = (format!("trn_{number}"), format!("ptc_{number}"));
        let member =
            Member::new(transport.as_str().into(), participant.as_str().into(), "cor_1".into(), policy);
        self.router.attach(key, member, self.now);
        let slot = |(kind, name)| (SlotInfo { mid: mid(name), kind }, Codecs::ALL);
        let slots = [(Kind::Audio, "a0"), (Kind::Audio, "a1"), (Kind::Video, "v0"), (Kind::Video, "v1")];
        self.router.set_slots(key, &slots.map(slot), self.now);
        let camera = (0..layers).map(|_| Stream { seq: 65_000, key: true, ..Stream::default() }).collect();
        self.people.push(Person {
            key,
            camera,
            sends_audio: audio,
            audio_seq: 0,
            level: 127,
            got: BTreeMap::new(),
            told: Vec::new(),
            key_frames_asked: Vec::new(),
            rates: (Bps::ZERO, Bps::ZERO),
        });
        self.router.publish(key, &self.declared(number, false), self.now);
        self.router.set_flowing(key, true, self.now);
        self.router.channel_opened(key);
        self.estimate(number, 20_000);
        number
    }

    /// What a person publishes.
    pub fn declared(&self, number: usize, muted: bool) -> Vec<Declared> {
        let person = &self.people[number];
        let track = |name: &str, source, layers: usize| Declared {
            publish: Publish {
                mid: mid(name),
                producer_id: ProducerId::from(format!("prd_{name}_{number}")),
                source,
                encrypted: false,
                muted,
            },
            rids: LAYERS.iter().take(layers).filter_map(|(rid, _, _)| Rid::new(rid).ok()).collect(),
        };
        let microphone = person.sends_audio.then(|| track("mic", Source::Microphone, 0));
        let camera = (!person.camera.is_empty()).then(|| track("cam", Source::Camera, person.camera.len()));
        microphone.into_iter().chain(camera).collect()
    }

    /// A person's video slots take these codecs from now on.
    pub fn takes(&mut self, number: usize, codecs: [&[Codec]; 2]) {
        let slot = |kind, name| SlotInfo { mid: mid(name), kind };
        let [v0, v1] = codecs.map(|codecs| codecs.iter().copied().collect());
        let slots = [
            (slot(Kind::Audio, "a0"), Codecs::ALL),
            (slot(Kind::Audio, "a1"), Codecs::ALL),
            (slot(Kind::Video, "v0"), v0),
            (slot(Kind::Video, "v1"), v1),
        ];
        self.router.set_slots(self.people[number].key, &slots, self.now);
    }

    pub fn estimate(&mut self, number: usize, kbps: u64) {
        self.router.estimate(self.people[number].key, Bps::kilo(kbps));
    }

    /// Wants cameras on the video slots, in order, at these widths.
    pub fn want(&mut self, number: usize, revision: u64, views: &[(usize, u32)]) -> bool {
        let slot = |(place, (whom, width)): (usize, &(usize, u32))| SlotWant {
            mid: mid(&format!("v{place}")),
            participant_id: format!("ptc_{whom}").as_str().into(),
            source: Source::Camera,
            width: *width,
            height: width * 9 / 16,
            priority: 0,
        };
        let mode = WantMode::Explicit { slots: views.iter().enumerate().map(slot).collect() };
        self.router.want(self.people[number].key, Want { revision, mode }, self.now)
    }

    /// A layer of a camera stops or starts.
    pub fn switch_layer(&mut self, number: usize, layer: usize, on: bool) {
        let stream = &mut self.people[number].camera[layer];
        (stream.off, stream.key) = (!on, true);
    }

    /// A layer of a camera leaves out each nth picture, or none at 0.
    pub fn leave_out(&mut self, number: usize, layer: usize, nth: u16) {
        self.people[number].camera[layer].gaps = nth;
    }

    /// Lets time pass.
    pub fn run(&mut self, ms: u64) {
        for _ in 0..ms / 10 {
            self.steps += 1;
            self.now += STEP;
            for number in 0..self.people.len() {
                if self.steps.is_multiple_of(AUDIO_STEPS) && self.people[number].sends_audio {
                    self.send_audio(number);
                }
                if self.steps.is_multiple_of(PICTURE_STEPS) {
                    for layer in 0..self.people[number].camera.len() {
                        self.send_picture(number, layer);
                    }
                }
            }
            if self.router.never_ticked()
                || self.router.next_timeout(self.now).is_some_and(|at| at <= self.now)
            {
                self.router.handle_timeout(self.now);
            }
            self.carry_out();
        }
    }

    fn send_audio(&mut self, number: usize) {
        let person = &mut self.people[number];
        person.audio_seq += 1;
        let ts = u32::try_from(person.audio_seq).expect("short").wrapping_mul(960);
        let payload = [u8::try_from(number).expect("few"), 1, 2];
        let level = Some(person.level);
        let packet =
            RtpIn { audio_level: level, ..packet(Codec::Opus, person.audio_seq, ts, &payload, self.now) };
        self.router.packet(person.key, mid("mic"), None, &packet, self.now);
    }

    fn send_picture(&mut self, number: usize, layer: usize) {
        let person = &mut self.people[number];
        let alone = person.camera.len() == 1;
        let stream = &mut person.camera[layer];
        if stream.off {
            return;
        }
        if stream.gaps > 0 && !stream.key && (self.steps / PICTURE_STEPS).is_multiple_of(stream.gaps.into()) {
            return;
        }
        let (_, width, bytes) = LAYERS[layer];
        let (rid, _, _) = LAYERS[layer];
        let rid = Rid::new(rid).ok().filter(|_| !alone);
        let key = std::mem::take(&mut stream.key);
        stream.picture = stream.picture.wrapping_add(1) & 0x7fff;
        stream.seq += 1;
        let [high, low] = stream.picture.to_be_bytes();
        let [w0, w1] = width.to_le_bytes();
        let [h0, h1] = (width / 16 * 9).to_le_bytes();
        // Descriptor with picture id and TL0; frame tag with the layer's number in it; start code and size.
        let tag = u8::from(!key);
        let number = u8::try_from(layer).expect("few");
        let mut payload =
            vec![0x90, 0xc0, high | 0x80, low, low, tag, 0, number, 0x9d, 0x01, 0x2a, w0, w1, h0, h1];
        payload.resize(bytes.min(1100), 0);
        let ts = u32::from(stream.picture).wrapping_mul(3_600);
        let mut packet = packet(Codec::Vp8, stream.seq, ts, &payload, self.now);
        packet.marker = true;
        self.router.packet(person.key, mid("cam"), rid, &packet, self.now);
    }

    fn carry_out(&mut self) {
        let at = self.now - self.start;
        while let Some(effect) = self.router.poll_effect() {
            let person = |key: TransportKey| usize::try_from(key.0).expect("few");
            match effect {
                Effect::Media { to, slot, packet } => {
                    self.people[person(to)].got.entry(slot).or_default().push(packet);
                }
                Effect::KeyFrame { of, .. } => {
                    let person = &mut self.people[person(of)];
                    person.key_frames_asked.push(at);
                    person.camera.iter_mut().for_each(|stream| stream.key = true);
                }
                Effect::Channel { to, message } => self.people[person(to)].told.push(message),
                Effect::Rates { to, min, desired } => self.people[person(to)].rates = (min, desired),
                Effect::Event(event) => self.events.push(event),
            }
        }
    }
}

fn packet(codec: Codec, seq: u64, ts: u32, payload: &[u8], arrival: Instant) -> RtpIn {
    RtpIn {
        stream: 1,
        seq,
        ts,
        marker: false,
        arrival,
        captured: arrival,
        payload: payload.into(),
        codec,
        red: false,
        audio_level: None,
        voice: None,
        dependency_descriptor: None,
        video_orientation: None,
        sender_report: None,
    }
}
