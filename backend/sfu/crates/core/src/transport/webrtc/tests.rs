//! A transport against a real client, in memory and on a virtual clock.

use std::net::SocketAddr;
use std::sync::Arc;

use str0m::media::{Direction, MediaKind, Pt};
use str0m::rtp::{ExtensionValues, RtpWrite};

use super::*;
use crate::packet::Patch;

const STEP: Duration = Duration::from_millis(5);

/// A client that publishes a camera and has a video slot, and its transport.
struct Pair {
    client: Rtc,
    server: WebRtc,
    addresses: [SocketAddr; 2],
    now: Instant,
    events: Vec<TransportEvent>,
    heard: usize,
    seq: u64,
    camera: StrMid,
    slot: StrMid,
}

impl Pair {
    fn connected() -> Self {
        let now = Instant::now();
        let addresses = [([10, 0, 0, 1], 1000).into(), ([10, 0, 0, 2], 2000).into()];
        let mut factory = WebRtcFactory::new(&[addresses[1]], &[]).expect("a factory");
        let config = RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_opus(true, false);
        let mut client = config.enable_vp8(true).build(now);
        client.add_local_candidate(Candidate::host(addresses[0], StrProtocol::Udp).expect("a candidate"));
        let server = factory.create(now);
        let (events, heard, seq) = (Vec::new(), 0, 0);
        let (camera, slot) = (StrMid::from("x"), StrMid::from("x"));
        let mut pair = Self { client, server, addresses, now, events, heard, seq, camera, slot };
        let (mut camera, mut slot) = (camera, slot);
        pair.negotiate(|api| {
            camera = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
            slot = api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        });
        (pair.camera, pair.slot) = (camera, slot);
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
        self.server.accept_offer(read.offer, self.now)
    }

    /// Time passes and everything that was sent arrives.
    fn turn(&mut self) {
        self.now += STEP;
        self.client.handle_input(Input::Timeout(self.now)).expect("a live client");
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
                self.client.handle_input(Input::Receive(self.now, receive)).expect("a live client");
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
                StrOutput::Event(Event::RtpPacket(_)) => self.heard += 1,
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
            arrival: self.now,
            payload: Arc::from(vec![0x10; bytes]),
            patch: Patch::default(),
            codec: Codec::Vp8,
            red: false,
            dependency_descriptor: None,
            audio_level: None,
            voice: None,
            video_orientation: None,
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
    assert_eq!(pair.heard, 2);
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
    let moved = format!("{}m={}", moved[0], [moved[2], moved[1], moved[3]].join("m="));
    assert_eq!(pair.answer(&moved).map_err(|error| error.code), Err(ErrorCode::BadSdp));
    assert_eq!(pair.server.ufrag(), before, "the client still checks under this name");
    pair.publish(1_000);
    pair.forward(1_000);
    assert_eq!((pair.packets(), pair.heard), (vec![1_000], 1));
    pair.negotiate(|api| {
        api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
    });
    pair.publish(900);
    assert_eq!(pair.packets(), [1_000, 900]);
}

#[test]
fn streams_beyond_any_use_are_dropped_before_they_cost_memory() {
    let mut pair = Pair::connected();
    pair.publish(1_000);
    for ssrc in 0..2_000_u32 {
        let mut packet = vec![0x80, 96, 0, 1, 0, 0, 0, 1];
        packet.extend((ssrc + 10).to_be_bytes());
        packet.extend([0; 40]);
        pair.deliver(Protocol::Udp, &packet);
        pair.server_sends();
    }
    assert_eq!(pair.server.ssrcs.len(), MAX_SSRCS);
    pair.publish(900);
    assert_eq!(pair.packets(), [1_000, 900], "a known stream goes on");
}
