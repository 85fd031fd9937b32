//! Payloads and dependency descriptors: what is read of them stays inside them, and says the same twice.

use std::sync::Arc;
use std::time::Instant;

use streamforge_sfu_core::codec::dependency_descriptor::{self, Structure};
use streamforge_sfu_core::codec::{LayerParser, MAX_SPATIAL, PacketInfo, red};
use streamforge_sfu_core::packet::{Codec, RtpIn};

use crate::target::Bytes;

const CODECS: [Codec; 5] = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::H264];
/// Templates reach one spatial layer above those that are told apart (`MAX_SPATIAL` of them from 0 on).
const MOST_TEMPORAL: u8 = 64;

/// The next packet of an input: flags, payload and descriptor.
pub(super) fn packet(bytes: &mut Bytes<'_>, codec: Codec, arrival: Instant) -> RtpIn {
    let flags = bytes.byte();
    let payload = Arc::from(bytes.piece());
    RtpIn {
        stream: 1,
        seq: 1,
        ts: 1,
        marker: flags & 1 != 0,
        arrival,
        captured: arrival,
        payload,
        codec,
        red: flags & 4 != 0,
        audio_level: None,
        voice: None,
        dependency_descriptor: (flags & 2 != 0).then(|| Arc::from(bytes.piece())),
        video_orientation: None,
        sender_report: None,
    }
}

/// The codec that a byte stands for.
pub(super) fn codec(byte: u8) -> Codec {
    CODECS.get(usize::from(byte) % CODECS.len()).copied().unwrap_or(Codec::Vp8)
}

/// Takes a codec and the packets of one stream.
pub fn run(input: &[u8]) {
    let mut bytes = Bytes(input);
    let codec = codec(bytes.byte());
    let (mut parser, mut twin) = (LayerParser::new(), LayerParser::new());
    let now = Instant::now();
    let mut structure = Structure::default();
    while !bytes.is_empty() {
        let packet = packet(&mut bytes, codec, now);
        let before = parser.malformed();
        let info = parser.parse(&packet);
        assert_eq!(twin.parse(&packet), info);
        assert!(parser.malformed() - before <= 1, "a packet counts once");
        check(&packet, &info);
        if let Some(descriptor) = &packet.dependency_descriptor {
            renumber(descriptor, &mut structure);
        }
        if let Some(primary) = red::primary(&packet.payload) {
            assert!(primary.start < primary.end && primary.end == packet.payload.len());
        }
    }
}

fn check(packet: &RtpIn, info: &PacketInfo) {
    let length = packet.payload.len();
    if let Some(id) = info.picture_id {
        let end = usize::from(id.at) + if id.long { 2 } else { 1 };
        assert!(end <= length && id.value <= id.mask());
    }
    assert!(info.tl0.is_none_or(|tl0| usize::from(tl0.at) < length));
    assert!(!info.key_frame_start || info.frame_start, "a key frame starts where a frame does");
    assert!(usize::from(info.spatial) < MAX_SPATIAL.max(8) && info.temporal < MOST_TEMPORAL);
}

/// Another frame number changes nothing else.
fn renumber(descriptor: &[u8], structure: &mut Structure) {
    let mut twin = structure.clone();
    let changed = dependency_descriptor::with_frame_number(descriptor, 0x1234);
    assert_eq!(changed.len(), descriptor.len());
    let (before, after) = (
        dependency_descriptor::parse(descriptor, structure),
        dependency_descriptor::parse(&changed, &mut twin),
    );
    let expected = before.map(|read| dependency_descriptor::Descriptor { frame_number: 0x1234, ..read });
    assert_eq!(after, expected);
    assert_eq!(*structure, twin);
}
