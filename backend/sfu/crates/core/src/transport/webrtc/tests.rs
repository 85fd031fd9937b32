//! A transport against a real client, in memory and on a virtual clock.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use str0m::media::{Direction, MediaKind, Pt};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Candidate, RtcConfig};

use super::*;
use crate::error::ErrorCode;
use crate::packet::Patch;
use crate::transport::TransportFactory;

pub(super) const STEP: Duration = Duration::from_millis(5);

/// A client that publishes microphone and camera and has a slot for each kind, and its transport.
pub(super) struct Pair {
    pub client: Rtc,
    pub server: WebRtc,
    addresses: [SocketAddr; 2],
    start: Instant,
    pub now: Instant,
    /// The client's clock runs fast by so much.
    pub ppm: u32,
    pub events: Vec<TransportEvent>,
    /// What the client got.
    pub got: Vec<RtpPacket>,
    seq: u64,
    pub camera: StrMid,
    pub microphone: StrMid,
    pub slot: StrMid,
    pub voice_slot: StrMid,
}

impl Pair {
    fn connected() -> Self {
        Self::connected_at(Instant::now(), 0)
    }

    pub fn connected_at(now: Instant, ppm: u32) -> Self {
        let addresses = [([10, 0, 0, 1], 1000).into(), ([10, 0, 0, 2], 2000).into()];
        let mut factory = WebRtcFactory::new(&[addresses[1]], &[]).expect("a factory");
        let config = RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_opus(true, true);
        let config = config.set_rtcp_report_interval_audio(Duration::from_secs(1));
        let mut client = config.enable_vp8(true).build(now);
        client.add_local_candidate(Candidate::host(addresses[0], StrProtocol::Udp).expect("a candidate"));
        let server = factory.create(now);
        let none = StrMid::from("x");
        let mut pair = Self {
            client,
            server,
            addresses,
            start: now,
            now,
            ppm,
            events: Vec::new(),
            got: Vec::new(),
            seq: 0,
            camera: none,
            microphone: none,
            slot: none,
            voice_slot: none,
        };
        let mut mids = [none; 4];
        pair.negotiate(|api| {
            let mut add = |kind, direction| api.add_media(kind, direction, None, None, None);
            mids = [
                add(MediaKind::Video, Direction::SendOnly),
                add(MediaKind::Video, Direction::RecvOnly),
                add(MediaKind::Audio, Direction::SendOnly),
                add(MediaKind::Audio, Direction::RecvOnly),
            ];
        });
        [pair.camera, pair.slot, pair.microphone, pair.voice_slot] = mids;
        for _ in 0..400 {
            pair.turn();
        }
        assert!(pair.events.iter().any(|event| matches!(event, TransportEvent::Connected)), "connected");
        pair
    }

    fn negotiate(&mut self, change: impl FnOnce(&mut str0m::change::SdpApi<'_>)) -> String {
        let mut api = self.client.sdp_api();
        change(&mut api);
        let (offer, pending) = api.apply().expect("an offer");
        let sdp = self.answer(&offer.to_sdp_string()).expect("an answer");
        let answer = str0m::change::SdpAnswer::from_sdp_string(&sdp).expect("an answer");
        self.client.sdp_api().accept_answer(pending, answer).expect("it fits");
        sdp
    }

    fn answer(&mut self, offer: &str) -> Result<String> {
        let read = self.server.read_offer(offer)?;
        self.server.accept_offer(read.offer, self.now).map(|answer| answer.sdp)
    }

    /// The client's time.
    pub fn client_time(&self) -> Instant {
        self.now + (self.now - self.start) * self.ppm / 1_000_000
    }

    /// Time passes and everything that was sent arrives.
    pub fn turn(&mut self) {
        self.now += STEP;
        self.client.handle_input(Input::Timeout(self.client_time())).expect("a live client");
        self.server.handle_timeout(self.now);
        loop {
            let (up, down) = (self.client_sends(), self.server_sends());
            if up.is_empty() && down.is_empty() {
                return;
            }
            for bytes in up {
                self.deliver(Protocol::Udp, &bytes);
            }
            for bytes in down {
                let contents = bytes.as_slice().try_into().expect("a datagram");
                let [destination, source] = self.addresses;
                let receive = Receive { proto: StrProtocol::Udp, source, destination, contents };
                self.client.handle_input(Input::Receive(self.client_time(), receive)).expect("a live client");
            }
        }
    }

    fn deliver(&mut self, protocol: Protocol, bytes: &[u8]) {
        let from = Remote { protocol, addr: self.addresses[0] };
        self.server.receive(&Datagram { from, to: self.addresses[1], bytes }, self.now);
    }

    fn client_sends(&mut self) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        loop {
            match self.client.poll_output().expect("a live client") {
                StrOutput::Timeout(_) => return sent,
                StrOutput::Transmit(transmit) => sent.push(transmit.contents.to_vec()),
                StrOutput::Event(Event::RtpPacket(packet)) => self.got.push(packet),
                StrOutput::Event(_) => {}
            }
        }
    }

    fn server_sends(&mut self) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        loop {
            match self.server.poll() {
                Output::Timeout(_) => return sent,
                Output::Transmit(transmit) => sent.push(transmit.bytes),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    /// The client publishes a packet of so many bytes.
    fn publish(&mut self, bytes: usize) {
        self.seq += 1;
        let pt = self.client.media(self.camera).expect("media").remote_pts()[0];
        let mut api = self.client.direct_api();
        let stream = api.stream_tx_by_mid(self.camera, None).expect("a stream");
        let payload = vec![0x10; bytes];
        let write = RtpWrite::new(Pt::from(*pt), self.seq.into(), 1, self.now, payload);
        stream.write_rtp(write.ext_vals(ExtensionValues::default()));
        self.turn();
    }

    fn packets(&self) -> Vec<usize> {
        let packets = self.events.iter().filter_map(|event| match event {
            TransportEvent::Packet { packet, .. } => Some(packet.payload.len()),
            _ => None,
        });
        packets.collect()
    }

    /// The transport sends a packet of so many bytes on the slot.
    fn forward(&mut self, bytes: usize) {
        self.seq += 1;
        let packet = RtpOut {
            seq: self.seq,
            ts: 1,
            marker: true,
            captured: self.now,
            payload: Arc::from(vec![0x10; bytes]),
            patch: Patch::default(),
            codec: Codec::Vp8,
            red: false,
            dependency_descriptor: None,
            audio_level: None,
            voice: None,
            video_orientation: None,
            playout_delay: None,
        };
        self.server.send_media(Mid::new(&self.slot).expect("a mid"), &packet);
        for _ in 0..10 {
            self.turn();
        }
    }
}

#[test]
fn a_packet_too_large_to_forward_is_dropped_on_its_way_in() {
    let mut pair = Pair::connected();
    for bytes in [1_200, 1_500, 1_000] {
        pair.publish(bytes);
    }
    assert_eq!(pair.packets(), [1_200, 1_000]);
}

#[test]
fn a_packet_too_large_to_send_is_refused_and_ends_nothing() {
    let mut pair = Pair::connected();
    for bytes in [1_200, 2_400, 1_000] {
        pair.forward(bytes);
    }
    assert_eq!(pair.got.len(), 2);
}

#[test]
fn an_ice_restart_changes_the_user_name_that_clients_address() {
    let mut pair = Pair::connected();
    let before = pair.server.ufrag().to_owned();
    let answer = pair.negotiate(|api| {
        api.ice_restart(true);
    });
    assert_ne!(pair.server.ufrag(), before);
    assert!(answer.contains(&format!("a=ice-ufrag:{}", pair.server.ufrag())));
}

#[test]
fn a_sender_is_vouched_for_only_when_its_own_check_succeeded() {
    let mut pair = Pair::connected();
    let mut check = None;
    while check.is_none() {
        pair.now += STEP;
        pair.client.handle_input(Input::Timeout(pair.now)).expect("a live client");
        check = pair.client_sends().into_iter().find(|bytes| bytes.first() == Some(&0));
    }
    let mut check = check.expect("a check");
    let from = |protocol| Remote { protocol, addr: pair.addresses[0] };
    let (udp, tcp) = (from(Protocol::Udp), from(Protocol::Tcp));
    pair.deliver(Protocol::Udp, &check);
    pair.server_sends();
    assert!(pair.server.vouches_for(udp));
    assert!(!pair.server.vouches_for(tcp), "another protocol is another sender");
    // Its integrity no longer holds.
    check[30] ^= 1;
    pair.deliver(Protocol::Udp, &check);
    pair.server_sends();
    assert!(!pair.server.vouches_for(udp));
}

#[test]
fn a_refused_offer_leaves_the_path_and_the_next_good_one_as_they_were() {
    let mut pair = Pair::connected();
    let before = pair.server.ufrag().to_owned();
    let (offer, _) = {
        let mut api = pair.client.sdp_api();
        api.ice_restart(true);
        api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        api.apply().expect("an offer")
    };
    let offer = offer.to_sdp_string();
    for bad in [offer.replace("BUNDLE", "LS"), offer.replace("a=group", "a=grape")] {
        assert_eq!(pair.answer(&bad).map_err(|error| error.code), Err(ErrorCode::BadSdp));
    }
    // The first m-line's name now stands in another place.
    let moved: Vec<&str> = offer.split("m=").collect();
    let moved = format!("{}m={}", moved[0], [moved[2], moved[1], moved[3], moved[4], moved[5]].join("m="));
    assert_eq!(pair.answer(&moved).map_err(|error| error.code), Err(ErrorCode::BadSdp));
    assert_eq!(pair.server.ufrag(), before, "the client still checks under this name");
    pair.publish(1_000);
    pair.forward(1_000);
    assert_eq!((pair.packets(), pair.got.len()), (vec![1_000], 1));
    pair.negotiate(|api| {
        api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
    });
    pair.publish(900);
    assert_eq!(pair.packets(), [1_000, 900]);
}

#[test]
fn a_stranger_cannot_use_up_the_streams_of_a_client() {
    let mut pair = Pair::connected();
    pair.publish(1_000);
    for ssrc in 0..2_000_u32 {
        let mut packet = vec![0x80, 96, 0, 1, 0, 0, 0, 1];
        packet.extend((ssrc + 10).to_be_bytes());
        packet.extend([0; 40]);
        pair.deliver(Protocol::Udp, &packet);
        pair.server_sends();
    }
    pair.publish(900);
    assert_eq!(pair.packets(), [1_000, 900], "a known stream goes on");
    pair.turn();
    let mut mid = None;
    pair.negotiate(|api| mid = Some(api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None)));
    pair.camera = mid.expect("a new track");
    for _ in 0..200 {
        pair.turn();
    }
    pair.publish(800);
    assert_eq!(pair.packets(), [1_000, 900, 800], "and a new one begins");
}

#[test]
fn red_goes_only_to_a_slot_whose_own_line_takes_it() {
    let mut pair = Pair::connected();
    let mut api = pair.client.sdp_api();
    let plain = api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
    let (offer, _) = api.apply().expect("an offer");
    let offer = offer.to_sdp_string();
    // The new line takes plain Opus only; the one before keeps RED.
    let at = offer.rfind("\nm=").expect("an m-line") + 1;
    let red = offer.lines().find_map(|line| line.strip_prefix("a=rtpmap:")?.strip_suffix(" red/48000/2"));
    let red = red.expect("RED is offered").to_owned();
    let lines = offer[at..].lines().filter(|line| {
        !line.starts_with(&format!("a=rtpmap:{red} ")) && !line.starts_with(&format!("a=fmtp:{red} "))
    });
    let lines: Vec<String> = lines
        .map(
            |line| {
                if line.starts_with("m=") { line.replace(&format!(" {red}"), "") } else { line.to_owned() }
            },
        )
        .collect();
    pair.answer(&format!("{}{}\r\n", &offer[..at], lines.join("\r\n"))).expect("an answer");
    let takes = |mid: StrMid| {
        let types = pair.server.slots.get(&Mid::new(&mid).expect("a mid")).expect("a slot");
        [true, false].map(|red| types.number(Codec::Opus, red).is_some())
    };
    assert_eq!(takes(pair.voice_slot), [true, true]);
    assert_eq!(takes(plain), [false, true]);
}
