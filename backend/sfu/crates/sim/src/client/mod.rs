//! One native client: offers, publishes, receives. Sans I/O; the swarm owns its socket.

mod track;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::channel::ChannelId;
use str0m::media::{Direction, KeyframeRequest, MediaKind, Mid as StrMid, Simulcast, SimulcastLayer};
use str0m::net::{DatagramRecv, Protocol, Receive};
use str0m::rtp::Extension;
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};
use streamforge_sfu_core::channel::{self, ServerMessage, SlotState, Want, WantMode};
use streamforge_sfu_core::ids::Mid;
use streamforge_sfu_core::packet::{Kind, Source};

use crate::media::{Pictures, Sound};
use crate::receiver::{Packet, Received};
pub use track::Layer;
use track::Track;

/// Turns that a goodbye gets, and how far apart they are at most.
const FAREWELL_TURNS: usize = 8;
const FAREWELL_STEP: Duration = Duration::from_millis(20);

/// Any number that str0m leaves free will do.
const PLAYOUT_DELAY_ID: u8 = 5;

/// What went wrong with a client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The offer or answer did not work out.
    #[error("negotiation: {0}")]
    Negotiation(String),
    /// An address cannot be used.
    #[error("address: {0}")]
    Address(String),
}

/// What a client publishes and how many slots it has.
pub struct Config {
    /// Its microphone.
    pub microphone: Option<Box<dyn Sound>>,
    /// The level of its sound, in -dBov.
    pub audio_level: u8,
    /// Its camera: one layer without a rid, or several with.
    pub camera: Vec<Layer>,
    /// Receive slots.
    pub audio_slots: usize,
    /// Receive slots.
    pub video_slots: usize,
    /// What it wants to see until it says otherwise.
    pub want: Want,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            microphone: None,
            audio_level: 127,
            camera: Vec::new(),
            audio_slots: 3,
            video_slots: 9,
            want: Want { revision: 0, mode: WantMode::Auto { width: 640, height: 360 } },
        }
    }
}

/// A track in an offer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Published {
    /// On which m-line.
    pub mid: Mid,
    /// What it is.
    pub source: Source,
}

/// An offer for the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Offer {
    /// The SDP.
    pub sdp: String,
    /// All tracks.
    pub publish: Vec<Published>,
    /// What it wants to see.
    pub want: Want,
}

/// A native client.
pub struct Client {
    rtc: Rtc,
    local: SocketAddr,
    config: Config,
    pending: Option<SdpPendingOffer>,
    tracks: Vec<Track>,
    channel: Option<ChannelId>,
    connected: bool,
    /// It has begun to say goodbye.
    leaving: bool,
    deadline: Instant,
    /// What arrived.
    pub received: Received,
    /// What the worker said, oldest first.
    pub messages: Vec<ServerMessage>,
    /// What the worker says each slot carries.
    pub slots: Vec<SlotState>,
    /// Packets and payload bytes published.
    pub sent: (u64, u64),
}

impl Client {
    /// A client that sends from this address.
    ///
    /// # Errors
    /// When the address cannot be a candidate.
    pub fn new(config: Config, local: SocketAddr, now: Instant) -> Result<Self, ClientError> {
        let mut config_rtc =
            RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_opus(true, false).enable_vp8(true);
        config_rtc.extension_map().set(PLAYOUT_DELAY_ID, Extension::PlayoutDelay);
        let mut rtc = config_rtc.build(now);
        let candidate = Candidate::host(local, Protocol::Udp);
        rtc.add_local_candidate(candidate.map_err(|error| ClientError::Address(error.to_string()))?);
        Ok(Self {
            rtc,
            local,
            config,
            pending: None,
            tracks: Vec::new(),
            channel: None,
            connected: false,
            leaving: false,
            deadline: now,
            received: Received::default(),
            messages: Vec::new(),
            slots: Vec::new(),
            sent: (0, 0),
        })
    }

    /// Sends from another address from now on; the next offer must restart ICE.
    ///
    /// # Errors
    /// When the address cannot be a candidate.
    pub fn move_to(&mut self, local: SocketAddr) -> Result<(), ClientError> {
        let candidate = |addr| {
            Candidate::host(addr, Protocol::Udp).map_err(|error| ClientError::Address(error.to_string()))
        };
        let (old, new) = (candidate(self.local)?, candidate(local)?);
        self.rtc.direct_api().invalidate_candidate(&old);
        self.rtc.add_local_candidate(new);
        self.local = local;
        Ok(())
    }

    /// The first offer: microphone, camera, slots and the channel.
    ///
    /// # Errors
    /// When str0m makes no offer.
    pub fn offer(&mut self, now: Instant) -> Result<Offer, ClientError> {
        let mut api = self.rtc.sdp_api();
        if let Some(sound) = self.config.microphone.take() {
            let mid = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
            self.tracks.push(Track::sound(mid, Source::Microphone, sound, self.config.audio_level, now));
        }
        let layers = std::mem::take(&mut self.config.camera);
        if !layers.is_empty() {
            let mid = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, simulcast(&layers));
            self.tracks.push(Track::pictures(mid, Source::Camera, layers, now));
        }
        for _ in 0..self.config.audio_slots {
            api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        }
        for _ in 0..self.config.video_slots {
            api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        }
        self.channel = Some(api.add_channel(channel::LABEL.to_owned()));
        let offer = api_offer(api);
        self.apply(offer)
    }

    /// Another offer that adds a screen.
    ///
    /// # Errors
    /// When str0m makes no offer.
    pub fn offer_screen(&mut self, pictures: Box<dyn Pictures>, now: Instant) -> Result<Offer, ClientError> {
        let mut api = self.rtc.sdp_api();
        let mid = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
        self.tracks.push(Track::pictures(mid, Source::Screen, vec![Layer::plain(pictures)], now));
        let offer = api_offer(api);
        self.apply(offer)
    }

    /// Another offer with new ICE credentials.
    ///
    /// # Errors
    /// When str0m makes no offer.
    pub fn offer_ice_restart(&mut self) -> Result<Offer, ClientError> {
        let mut api = self.rtc.sdp_api();
        api.ice_restart(true);
        let offer = api_offer(api);
        self.apply(offer)
    }

    fn apply(&mut self, offer: Option<(String, SdpPendingOffer)>) -> Result<Offer, ClientError> {
        let (sdp, pending) =
            offer.ok_or_else(|| ClientError::Negotiation("no changes to offer".to_owned()))?;
        self.pending = Some(pending);
        let publish = self.tracks.iter().filter_map(Track::published).collect();
        Ok(Offer { sdp, publish, want: self.config.want.clone() })
    }

    /// Takes the server's answer.
    ///
    /// # Errors
    /// When it does not fit the offer.
    pub fn accept_answer(&mut self, sdp: &str) -> Result<(), ClientError> {
        let wrong = |error: &dyn std::fmt::Display| ClientError::Negotiation(error.to_string());
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(|error| wrong(&error))?;
        let pending = self.pending.take().ok_or_else(|| wrong(&"nothing was offered"))?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(|error| wrong(&error))
    }

    /// Whether media may flow.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Sets the level of its sound, in -dBov.
    pub fn set_audio_level(&mut self, level: u8) {
        for track in &mut self.tracks {
            track.set_level(level);
        }
    }

    /// Stops or resumes its camera's pictures.
    pub fn set_camera_on(&mut self, on: bool) {
        for track in &mut self.tracks {
            track.set_pictures_on(on);
        }
    }

    /// Says what it wants to see. False while the channel is not open.
    pub fn want(&mut self, want: &Want) -> bool {
        self.config.want = want.clone();
        let mut message = serde_json::to_value(want).unwrap_or_default();
        if let Some(fields) = message.as_object_mut() {
            fields.insert("v".to_owned(), channel::VERSION.into());
            fields.insert("type".to_owned(), "want".into());
        }
        self.say(&message.to_string())
    }

    /// Sends text on the channel. False while it is not open.
    pub fn say(&mut self, text: &str) -> bool {
        let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id)) else { return false };
        channel.write(false, text.as_bytes()).unwrap_or(false)
    }

    /// What the worker says a slot carries.
    #[must_use]
    pub fn slot(&self, mid: Mid) -> Option<&SlotState> {
        self.slots.iter().find(|slot| slot.mid == mid)
    }

    /// Its slots of one kind.
    #[must_use]
    pub fn slots_of(&self, kind: Kind) -> Vec<&SlotState> {
        self.slots.iter().filter(|slot| slot.kind == kind).collect()
    }

    /// When it has something to do.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.tracks.iter().filter(|_| self.publishes()).map(Track::due).fold(self.deadline, Instant::min)
    }

    const fn publishes(&self) -> bool {
        self.connected && !self.leaving
    }

    /// Takes a datagram; `send` gets what goes out.
    pub fn receive(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        now: Instant,
        send: &mut impl FnMut(SocketAddr, &[u8]),
    ) {
        let Ok(contents) = DatagramRecv::try_from(bytes) else { return };
        let receive = Receive { proto: Protocol::Udp, source: from, destination: self.local, contents };
        if self.rtc.handle_input(Input::Receive(now, receive)).is_err() {
            self.rtc.disconnect();
        }
        self.drain(send);
    }

    /// Publishes what is due and lets timers run.
    pub fn handle_timeout(&mut self, now: Instant, send: &mut impl FnMut(SocketAddr, &[u8])) {
        if self.publishes() {
            for track in &mut self.tracks {
                let (packets, bytes) = track.publish(&mut self.rtc, now);
                self.sent.0 += packets;
                self.sent.1 += bytes;
            }
        }
        if self.rtc.handle_input(Input::Timeout(now)).is_err() {
            self.rtc.disconnect();
        }
        self.drain(send);
    }

    fn drain(&mut self, send: &mut impl FnMut(SocketAddr, &[u8])) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.deadline = at;
                    return;
                }
                Ok(Output::Transmit(transmit)) => send(transmit.destination, &transmit.contents),
                Ok(Output::Event(event)) => self.event(event),
                Err(_) => {
                    self.rtc.disconnect();
                    self.connected = false;
                    return;
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed => {
                self.connected = false;
            }
            Event::IceConnectionStateChange(
                IceConnectionState::Connected | IceConnectionState::Completed,
            ) => {
                // A restart brings it back without another `Connected`.
                self.connected = self.connected || self.rtc.is_connected();
            }
            Event::KeyframeRequest(KeyframeRequest { mid, rid, .. }) => {
                for track in &mut self.tracks {
                    track.wants_key_frame(mid, rid);
                }
            }
            Event::ChannelData(data) => self.message(&data.data),
            Event::RtpPacket(packet) => {
                let mut api = self.rtc.direct_api();
                let Some(mid) = api.stream_rx(&packet.header.ssrc).map(|stream| stream.mid()) else { return };
                let video = self.rtc.media(mid).is_some_and(|media| media.kind() == MediaKind::Video);
                let Ok(mid) = Mid::new(&mid) else { return };
                let (seq, timestamp) = (*packet.seq_no, packet.header.timestamp);
                let (arrival, payload) = (packet.timestamp, &*packet.payload);
                let playout_delay = packet.header.ext_vals.play_delay_min.map(Duration::from);
                self.received.take(&Packet { mid, arrival, seq, timestamp, video, payload, playout_delay });
            }
            _ => {}
        }
    }

    fn message(&mut self, bytes: &[u8]) {
        let Ok(message) = serde_json::from_slice::<ServerMessage>(bytes) else { return };
        match &message {
            ServerMessage::Slots { slots } => {
                for slot in slots {
                    self.slots.retain(|known| known.mid != slot.mid);
                    self.slots.push(slot.clone());
                }
            }
            ServerMessage::PublishLayers { mid, rids } => {
                for track in &mut self.tracks {
                    track.set_wanted_layers(StrMid::from(mid.as_str()), rids);
                }
            }
            _ => {}
        }
        self.messages.push(message);
    }

    /// Says goodbye. False while it cannot yet: str0m refuses to close, and DTLS stays silent, while the
    /// channel's association is being made. It takes a few more datagrams; then ask again.
    #[must_use]
    pub fn close(&mut self, now: Instant, send: &mut impl FnMut(SocketAddr, &[u8])) -> bool {
        self.leaving = true;
        let refused = self.rtc.close().is_err();
        // Without a connection there is nobody to tell.
        if refused && self.connected {
            self.drain(send);
            return false;
        }
        self.connected = false;
        // Reports and the handshake's farewell leave one after the other.
        let mut at = now;
        for _ in 0..FAREWELL_TURNS {
            self.handle_timeout(at, send);
            at = self.deadline.clamp(at, at + FAREWELL_STEP);
        }
        true
    }
}

fn api_offer(api: str0m::change::SdpApi<'_>) -> Option<(String, SdpPendingOffer)> {
    api.apply().map(|(offer, pending)| (offer.to_sdp_string(), pending))
}

fn simulcast(layers: &[Layer]) -> Option<Simulcast> {
    let mut simulcast = Simulcast::new();
    let rids: Vec<_> = layers.iter().filter_map(|layer| layer.rid.as_ref()).collect();
    for rid in &rids {
        simulcast.add_send_layer(SimulcastLayer::new(rid.as_str()));
    }
    (!rids.is_empty()).then_some(simulcast)
}
