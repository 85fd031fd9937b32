//! Tests of the parser as a whole; each format's own tests stand beside it.

use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;

use super::dependency_descriptor::tests::{l2t2_key, l2t2_later};
use super::*;

fn packet(codec: Codec, payload: &[u8], descriptor: Option<&[u8]>) -> RtpIn {
    RtpIn {
        stream: 1,
        seq: 1,
        ts: 1,
        marker: false,
        arrival: Instant::now(),
        captured: Instant::now(),
        payload: Arc::from(payload),
        codec,
        red: false,
        audio_level: None,
        voice: None,
        dependency_descriptor: descriptor.map(Arc::from),
        video_orientation: None,
        sender_report: None,
    }
}

#[test]
fn an_av1_key_frame_needs_the_template_structure_and_the_start() {
    let mut parser = LayerParser::new();
    let key = parser.parse(&packet(Codec::Av1, &[0x10, 0x0a], Some(&l2t2_key(5))));
    assert!(key.key_frame_start && key.frame_start && !key.frame_end);
    assert_eq!(parser.resolutions()[0], Resolution { width: 640, height: 360 });
    let later = l2t2_later(3, 6, true, true);
    let delta = parser.parse(&packet(Codec::Av1, &[0x18, 0x0a], Some(&later)));
    assert!(!delta.key_frame_start, "the descriptor overrules the payload");
    assert_eq!((delta.spatial, delta.temporal, delta.frame_number), (1, 1, Some(6)));
}

#[test]
fn vp8_keeps_the_layers_of_its_own_descriptor() {
    let mut parser = LayerParser::new();
    let sync = [0x90, 0xa0, 0x05, 0b0110_0000, 0x01];
    let info = parser.parse(&packet(Codec::Vp8, &sync, Some(&l2t2_key(5))));
    assert_eq!((info.spatial, info.temporal, info.frame_number), (0, 1, Some(5)));
}

#[test]
fn no_key_frame_starts_where_the_descriptor_starts_no_frame() {
    let mut parser = LayerParser::new();
    parser.parse(&packet(Codec::Vp8, &[0x10, 0], Some(&l2t2_key(5))));
    let inside = parser.parse(&packet(Codec::Vp8, &[0x10, 0], Some(&l2t2_later(0, 5, false, true))));
    assert!(!inside.key_frame_start && !inside.frame_start);
}

#[test]
fn a_payload_that_cannot_be_read_is_counted_and_passes_opaque() {
    let mut parser = LayerParser::new();
    let info = parser.parse(&packet(Codec::Vp8, &[0x90, 0xff], None));
    assert_eq!((info, parser.malformed()), (PacketInfo::opaque(false), 1));
    let audio = parser.parse(&packet(Codec::Opus, &[], None));
    assert_eq!((audio, parser.malformed()), (PacketInfo::opaque(false), 1));
}

fn any_codec() -> impl Strategy<Value = Codec> {
    prop::sample::select(vec![Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::H264])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn arbitrary_packets_never_panic(
        codec in any_codec(),
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..6),
        descriptor in prop::option::of(prop::collection::vec(any::<u8>(), 0..60)),
    ) {
        let mut parser = LayerParser::new();
        for payload in payloads {
            let info = parser.parse(&packet(codec, &payload, descriptor.as_deref()));
            // Whatever was read can be rewritten in place.
            if let Some(id) = info.picture_id {
                prop_assert!(usize::from(id.at) + usize::from(id.long) < payload.len());
                prop_assert!(id.value <= id.mask());
            }
            if let Some(tl0) = info.tl0 {
                prop_assert_eq!(payload[usize::from(tl0.at)], tl0.value);
            }
            let _ = red::primary(&payload);
        }
    }
}
