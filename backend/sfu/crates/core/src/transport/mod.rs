//! One participant's peer connection, as the rest of the core sees it.
//!
//! The trait is the seam: below it are ICE, DTLS, SRTP, SDP and RTCP (`webrtc`, the only module that knows
//! str0m), above it an engine that is tested with a made-up transport and a virtual clock.

mod extension;
mod offer;
mod payload_types;
mod sdp;
pub mod webrtc;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::ids::{Mid, Rid};
use crate::packet::{Codecs, Kind, RtpIn, RtpOut};
use crate::units::Bps;

/// The transports of a worker, numbered by it. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransportKey(pub u64);

/// What carries a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// Plain UDP.
    Udp,
    /// TCP with RFC 4571 framing; the frame counts as the datagram.
    Tcp,
}

/// Where a datagram came from, or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Remote {
    /// How.
    pub protocol: Protocol,
    /// Where.
    pub addr: SocketAddr,
}

/// Bytes from the network.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    /// Who sent them.
    pub from: Remote,
    /// Which of the announced addresses they were sent to.
    pub to: SocketAddr,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Bytes for the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where they go.
    pub to: Remote,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What a transport has to say.
#[derive(Debug)]
pub enum Output {
    /// Send this.
    Transmit(Transmit),
    /// Something happened.
    Event(TransportEvent),
    /// Nothing more until this moment, or the next input.
    Timeout(Instant),
}

/// What happened on a transport.
#[derive(Debug)]
pub enum TransportEvent {
    /// ICE and DTLS are up.
    Connected,
    /// The client closed its end.
    Closed,
    /// It cannot go on.
    Failed(String),
    /// A media packet of a published track.
    Packet {
        /// Which track.
        mid: Mid,
        /// Which layer of it.
        rid: Option<Rid>,
        /// The packet.
        packet: RtpIn,
    },
    /// The receiver of a slot lost its picture.
    KeyFrameRequested {
        /// Which slot.
        mid: Mid,
    },
    /// The channel `sfu` is open.
    ChannelOpen,
    /// A message on it.
    ChannelMessage(Vec<u8>),
    /// How the path to the client is, as far as it is known.
    Path {
        /// What it carries.
        estimate: Option<Bps>,
        /// The share of packets that were lost within the last second.
        lost: Option<f32>,
        /// There and back, with what the client waits before it answers.
        rtt: Option<Duration>,
    },
}

/// An m-line in an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLine {
    /// Its name.
    pub mid: Mid,
    /// Audio or video.
    pub kind: Kind,
    /// The client sends on it.
    pub publishes: bool,
    /// The client receives on it: it is a slot.
    pub receives: bool,
    /// The simulcast layers that the client sends, in the order of its offer.
    pub rids: Vec<Rid>,
}

/// An offer that was read and can be accepted; nothing has changed yet.
#[derive(Debug)]
pub struct ReadOffer<O> {
    /// The m-lines in their order, without stopped ones. The answer may still refuse some ([`Answer::lines`]).
    pub media: Vec<MediaLine>,
    /// For [`Transport::accept_offer`].
    pub offer: O,
}

/// An offer's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// For the client.
    pub sdp: String,
    /// The media lines that it takes, with the codecs that both ends know. A line without any is refused.
    pub lines: BTreeMap<Mid, Codecs>,
}

/// One participant's peer connection.
///
/// The caller drains [`Transport::poll`] to `Timeout` after each call that takes `&mut self`.
pub trait Transport {
    /// An offer that was read.
    type Offer;

    /// Reads an offer and judges it. Changes nothing.
    ///
    /// # Errors
    /// `bad_sdp`, `sdp_too_large`, `too_many_media_lines` or `limit_exceeded`.
    fn read_offer(&self, sdp: &str) -> Result<ReadOffer<Self::Offer>>;

    /// Answers the offer that was read last.
    ///
    /// # Errors
    /// When reading it missed something. The transport is then of no use any more.
    fn accept_offer(&mut self, offer: Self::Offer, now: Instant) -> Result<Answer>;

    /// The ICE user name that the client addresses; an offer may change it.
    fn ufrag(&self) -> &str;

    /// Takes bytes from the network.
    fn receive(&mut self, datagram: &Datagram<'_>, now: Instant);

    /// Whether the datagram received and drained last was an ICE check of this sender, and succeeded.
    fn vouches_for(&self, from: Remote) -> bool;

    /// Whether what comes from there tells that media arrives: media goes there, or nobody said yet where to.
    fn is_answered_by(&self, from: Remote) -> bool;

    /// Lets time pass.
    fn handle_timeout(&mut self, now: Instant);

    /// The next thing to do.
    fn poll(&mut self) -> Output;

    /// Queues a media packet on a slot; it leaves after the next `handle_timeout`.
    fn send_media(&mut self, slot: Mid, packet: &RtpOut);

    /// Since when the oldest packet of a slot waits to be sent.
    fn backlog_since(&mut self, slot: Mid) -> Option<Instant>;

    /// Queues a message on the channel `sfu`. False when it is not open or full.
    fn send_channel(&mut self, text: &str) -> bool;

    /// Asks the client for a key frame.
    fn request_key_frame(&mut self, mid: Mid, rid: Option<Rid>);

    /// Tells the bandwidth estimator what is sent at least and what would be wanted.
    fn set_rates(&mut self, min: Bps, desired: Bps);

    /// Starts the bandwidth estimate anew.
    fn reset_estimate(&mut self, start: Bps);

    /// Says goodbye to the client; a drain follows, then nothing.
    fn close(&mut self, now: Instant);
}

/// Makes transports: the worker's certificate, addresses and settings.
pub trait TransportFactory {
    /// What it makes.
    type Transport: Transport;

    /// A new transport that waits for its first offer.
    fn create(&mut self, now: Instant) -> Self::Transport;
}
