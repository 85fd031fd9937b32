//! Offers of all sorts against str0m itself: what is read is taken, and what is too much is refused.

use std::time::Instant;

use proptest::prelude::*;
use str0m::RtcConfig;
use str0m::media::{Direction, Simulcast, SimulcastLayer};

use super::*;
use crate::packet::Codec;
use crate::transport::webrtc::{WebRtc, WebRtcFactory};
use crate::transport::{Transport, TransportFactory};

/// A client that sends a microphone and a camera in layers, and has two slots and the channel.
struct Client {
    offer: String,
}

impl Client {
    fn new(now: Instant) -> Self {
        let mut rtc = RtcConfig::new().set_rtp_mode(true).build(now);
        let mut api = rtc.sdp_api();
        let layer = |rid: &str| SimulcastLayer { rid: rid.into(), attributes: None };
        let layers = Simulcast { send: vec![layer("q"), layer("h"), layer("f")], recv: vec![] };
        api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        api.add_media(MediaKind::Video, Direction::SendOnly, None, None, Some(layers));
        api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        api.add_channel("sfu".to_owned());
        let (offer, _) = api.apply().expect("an offer");
        Self { offer: offer.to_sdp_string() }
    }
}

fn server(now: Instant) -> WebRtc {
    let addr = ([10, 0, 0, 2], 2000).into();
    WebRtcFactory::new(&[addr], &[]).expect("a factory").create(now)
}

fn take(server: &mut WebRtc, offer: &str) -> Result<Vec<MediaLine>> {
    let read = server.read_offer(offer)?;
    let media = read.media.clone();
    server.accept_offer(read.offer, Instant::now()).map(|_| media)
}

fn refused(offer: &str) -> Option<ErrorCode> {
    let server = server(Instant::now());
    server.read_offer(offer).err().map(|error| error.code)
}

/// The same offer after an ICE restart: other credentials wherever there are some.
fn restarted(offer: &str) -> String {
    let credentials = [("a=ice-ufrag:", "next"), ("a=ice-pwd:", "anotherPasswordOf24Chars")];
    let lines = offer.lines().map(|line| {
        let named = credentials.iter().find(|(name, _)| line.starts_with(name));
        named.map_or_else(|| line.to_owned(), |(name, value)| format!("{name}{value}"))
    });
    lines.map(|line| line + "\r\n").collect()
}

#[test]
fn an_offer_that_restarts_ice_is_taken_and_answered_with_another_user_name() {
    let now = Instant::now();
    let (client, mut server) = (Client::new(now), server(now));
    take(&mut server, &client.offer).expect("a good offer");
    let before = server.ufrag().to_owned();
    let second = restarted(&client.offer);
    assert_ne!(second, client.offer);
    take(&mut server, &second).expect("a good second one");
    assert_ne!(server.ufrag(), before);
}

#[test]
fn the_lines_of_an_offer_are_told_before_it_is_taken() {
    let now = Instant::now();
    let media = take(&mut server(now), &Client::new(now).offer).expect("a good offer");
    let told: Vec<_> =
        media.iter().map(|line| (line.kind, line.publishes, line.receives, line.rids.len())).collect();
    let expected = [
        (Kind::Audio, true, false, 0),
        (Kind::Video, true, false, 3),
        (Kind::Audio, false, true, 0),
        (Kind::Video, false, true, 0),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_answer_tells_what_its_lines_carry_and_leaves_out_those_without_a_codec_in_common() {
    let now = Instant::now();
    let whole = Client::new(now).offer;
    let (sections, mut server) = (whole.split("m=").collect::<Vec<_>>(), server(now));
    // The camera knows nothing that we know, and one slot knows VP8 alone.
    let foreign = ["VP8/", "VP9/", "H264/", "AV1/"]
        .iter()
        .fold(sections[2].to_owned(), |section, codec| section.replace(codec, "H261/"));
    let known = ["VP9/", "H264/", "AV1/"]
        .iter()
        .fold(sections[4].to_owned(), |section, codec| section.replace(codec, "H261/"));
    let offer = [sections[0], sections[1], &foreign, sections[3], &known, sections[5]].join("m=");
    let read = server.read_offer(&offer).expect("a good offer");
    let mids: Vec<Mid> = read.media.iter().map(|line| line.mid).collect();
    let answer = server.accept_offer(read.offer, now).expect("an answer");
    let taken: Vec<bool> = mids.iter().map(|mid| answer.lines.contains_key(mid)).collect();
    assert_eq!(taken, [true, false, true, true]);
    let slot = answer.lines[&mids[3]];
    assert!(slot.contain(Codec::Vp8) && !slot.contain(Codec::Vp9) && !slot.contain(Codec::H264));
}

#[test]
fn more_streams_or_layers_than_anybody_sends_are_refused() {
    let whole = Client::new(Instant::now()).offer;
    let offer: String = whole.split_inclusive('\n').filter(|line| !line.starts_with("a=ssrc")).collect();
    let sections: Vec<&str> = offer.split("m=").collect();
    let audio = sections.iter().find(|section| section.starts_with("audio")).expect("audio");
    let announcing = |count: u32| {
        let ssrcs: Vec<String> = (1..=count).map(|ssrc| format!("a=ssrc:{ssrc} cname:x\r\n")).collect();
        offer.replace(audio, &format!("{audio}{}", ssrcs.concat()))
    };
    assert_eq!(refused(&announcing(36)), None, "six cameras of Firefox");
    assert_eq!(refused(&announcing(37)), Some(ErrorCode::LimitExceeded));
    let layered = offer.replace("a=simulcast:send q;h;f", "a=simulcast:send q;h;f;g;i");
    assert_eq!(refused(&layered), Some(ErrorCode::LimitExceeded));
}

#[test]
fn what_belongs_in_every_offer_is_missed() {
    let offer = Client::new(Instant::now()).offer;
    for line in ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=group:", "a=mid:", "m="] {
        let without: String = offer.split_inclusive('\n').filter(|it| !it.starts_with(line)).collect();
        assert_eq!(refused(&without), Some(ErrorCode::BadSdp), "without {line}");
    }
    assert_eq!(refused(&offer.replace("a=group", "a=ice-lite\r\na=group")), Some(ErrorCode::BadSdp));
}

#[test]
fn sections_keep_their_names_kinds_and_places() {
    let section =
        |mid: &str, kind, ended| Section { mid: Mid::new(mid).expect("a mid"), kind, ended, red: false };
    let (audio, video) = (Some(Kind::Audio), Some(Kind::Video));
    let before = [section("0", audio, false), section("1", video, true), section("2", None, false)];
    let follows = |now: &[Section]| check_sections(now, &before).is_ok();
    let same = before.to_vec();
    assert!(follows(&same));
    let change = |place: usize, new: Section| {
        let mut now = same.clone();
        now[place] = new;
        now
    };
    assert!(follows(&change(1, section("3", audio, false))), "the place of one that ended");
    assert!(!follows(&change(0, section("3", audio, false))), "the place of a live one");
    assert!(!follows(&change(0, section("0", video, false))), "another kind");
    assert!(!follows(&change(2, section("4", None, false))), "another channel");
    assert!(!follows(&change(1, section("3", None, false))), "a second channel");
    assert!(!follows(&change(1, section("0", audio, false))), "a name twice");
    assert!(!follows(&same[..2]), "one is missing");
}

#[test]
fn a_handshake_of_the_channel_that_is_offered_by_sdp_is_not_taken_up() {
    let now = Instant::now();
    let (client, mut server) = (Client::new(now), server(now));
    let offer = client.offer.replace("a=sctp-port:", "a=sctp-init:AQAAFA==\r\na=sctp-port:");
    assert_ne!(offer, client.offer);
    take(&mut server, &offer).expect("an answer");
}

/// Lines that mean something to a parser of SDP.
const LINES: [&str; 24] = [
    "a=group:BUNDLE 0 1",
    "a=group:LS 0",
    "a=mid:0",
    "a=mid:a-b",
    "a=ice-ufrag:abcd",
    "a=ice-lite",
    "a=setup:passive",
    "a=setup:active",
    "a=sctp-init:AQAAFA==",
    "a=rtpmap:111 opus/48000/2",
    "a=rtpmap:111 VP8/90000",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=111",
    "a=fmtp:97 apt=96",
    "a=fmtp:63 111/111",
    "a=rtpmap:63 red/48000/2",
    "a=extmap:16 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=rid:q send",
    "a=simulcast:send q;q;~h recv x",
    "a=ssrc-group:FID 1 2",
    "a=ssrc:1 cname:x",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:new\r\na=sendrecv\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000",
    "m=text 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:text\r\na=sendonly",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:other",
];

#[derive(Debug, Clone)]
enum Edit {
    Drop(usize),
    Repeat(usize),
    Swap(usize, usize),
    Insert(usize, usize),
    Byte(usize, usize, u8),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let place = || 0..10_000_usize;
    prop_oneof![
        place().prop_map(Edit::Drop),
        place().prop_map(Edit::Repeat),
        (place(), place()).prop_map(|(a, b)| Edit::Swap(a, b)),
        (place(), 0..LINES.len()).prop_map(|(at, line)| Edit::Insert(at, line)),
        (place(), place(), 32..127_u8).prop_map(|(at, byte, new)| Edit::Byte(at, byte, new)),
    ]
}

fn edit(offer: &str, edits: &[Edit]) -> String {
    let mut lines: Vec<String> = offer.lines().map(str::to_owned).collect();
    for edit in edits {
        let count = lines.len().max(1);
        match *edit {
            Edit::Drop(at) if lines.len() > 1 => drop(lines.remove(at % count)),
            Edit::Drop(_) => {}
            Edit::Repeat(at) => lines.insert(at % count, lines[at % count].clone()),
            Edit::Swap(a, b) => lines.swap(a % count, b % count),
            Edit::Insert(at, line) => lines.insert(at % count, LINES[line].to_owned()),
            Edit::Byte(at, byte, new) => {
                let mut bytes = std::mem::take(&mut lines[at % count]).into_bytes();
                let length = bytes.len().max(1);
                if let Some(place) = bytes.get_mut(byte % length) {
                    *place = new;
                }
                lines[at % count] = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
    }
    lines.join("\r\n") + "\r\n"
}

proptest! {
    #[test]
    fn whatever_was_done_to_an_offer_one_that_was_read_is_taken(
        edits in prop::collection::vec(any_edit(), 0..6),
        again in prop::collection::vec(any_edit(), 0..4),
    ) {
        let now = Instant::now();
        let client = Client::new(now);
        let mut server = server(now);
        let mut first = edit(&client.offer, &edits);
        if let Ok(read) = server.read_offer(&first) {
            prop_assert!(server.accept_offer(read.offer, now).is_ok(), "{}", first);
        } else {
            prop_assert!(take(&mut server, &client.offer).is_ok(), "the good one after it");
            first.clone_from(&client.offer);
        }
        let second = edit(&restarted(&first), &again);
        if let Ok(read) = server.read_offer(&second) {
            prop_assert!(server.accept_offer(read.offer, now).is_ok(), "{}\nthen\n{}", first, second);
        }
    }
}
