//! Tests of the dependency descriptor, against a writer that follows the specification's syntax.

use proptest::prelude::*;

use super::*;

/// Writes bits, most significant first.
#[derive(Default)]
pub(in crate::codec) struct Writer {
    bits: Vec<bool>,
}

impl Writer {
    fn put(&mut self, value: u32, count: u32) -> &mut Self {
        self.bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| {
            bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | (u8::from(*bit) << (7 - at)))
        };
        self.bits.chunks(8).map(byte).collect()
    }
}

/// The first packet of an L2T2 key frame: templates S0T0 S0T1 S1T0 S1T1, offset 62, four targets, two chains.
pub(in crate::codec) fn l2t2_key(frame_number: u16) -> Vec<u8> {
    let mut w = Writer::default();
    w.put(0b10, 2).put(62, 6).put(u32::from(frame_number), 16);
    w.put(0b10000, 5).put(62, 6).put(3, 5);
    w.put(1, 2).put(2, 2).put(1, 2).put(3, 2);
    // Targets: S0T0, S0T1, S1T0, S1T1. 0 absent, 1 discardable, 2 switch, 3 required.
    for indications in [[2, 2, 3, 3], [0, 1, 0, 3], [0, 0, 2, 2], [0, 0, 0, 1]] {
        for indication in indications {
            w.put(indication, 2);
        }
    }
    for differences in [vec![4], vec![2], vec![4, 1], vec![2, 1]] {
        for difference in differences {
            w.put(1, 1).put(difference - 1, 4);
        }
        w.put(0, 1);
    }
    // ns(5) of 2 is "10"; each target is protected by chain 0 or 1, ns(2), one bit.
    w.put(0b10, 2).put(0b0011, 4);
    for difference in 0..8 {
        w.put(difference, 4);
    }
    w.put(1, 1);
    for (width, height) in [(640, 360), (1280, 720)] {
        w.put(width - 1, 16).put(height - 1, 16);
    }
    w.bytes()
}

/// A packet that refers to the templates of [`l2t2_key`] by index.
pub(in crate::codec) fn l2t2_later(index: u8, frame_number: u16, start: bool, end: bool) -> Vec<u8> {
    let mut w = Writer::default();
    w.put(u32::from(start), 1).put(u32::from(end), 1).put(u32::from((62 + index) % 64), 6);
    w.put(u32::from(frame_number), 16).bytes()
}

fn known() -> Structure {
    let mut structure = Structure::default();
    parse(&l2t2_key(7), &mut structure).expect("a key frame");
    structure
}

#[test]
fn a_key_frame_brings_its_structure() {
    let mut structure = Structure::default();
    let descriptor = parse(&l2t2_key(7), &mut structure).expect("a key frame");
    assert!(descriptor.start && !descriptor.end && descriptor.has_structure);
    assert_eq!((descriptor.frame_number, descriptor.spatial, descriptor.temporal), (7, 0, 0));
    let mut sizes = Resolutions::default();
    structure.copy_resolutions(&mut sizes);
    assert_eq!(sizes[1], Resolution { width: 1280, height: 720 });
}

#[test]
fn later_packets_find_their_layer_across_the_template_wrap() {
    let mut structure = known();
    let layers: Vec<_> = (0..4)
        .map(|index| parse(&l2t2_later(index, 8, true, true), &mut structure).expect("known template"))
        .map(|descriptor| (descriptor.spatial, descriptor.temporal, descriptor.temporal_switch))
        .collect();
    assert_eq!(layers, [(0, 0, Some(1)), (0, 1, None), (1, 0, Some(1)), (1, 1, None)]);
}

#[test]
fn custom_indications_replace_those_of_the_template() {
    let mut structure = known();
    let mut w = Writer::default();
    w.put(0b11, 2).put(63, 6).put(9, 16).put(0b00100, 5);
    w.put(0, 2).put(2, 2).put(0, 2).put(2, 2);
    let descriptor = parse(&w.bytes(), &mut structure).expect("well-formed");
    assert_eq!((descriptor.temporal, descriptor.temporal_switch), (1, Some(1)));
}

#[test]
fn active_targets_stand_before_custom_indications() {
    let mut w = Writer::default();
    w.put(0b11, 2).put(63, 6).put(9, 16).put(0b01100, 5);
    w.put(0b0101, 4).put(0, 2).put(2, 2).put(0, 2).put(0, 2);
    let descriptor = parse(&w.bytes(), &mut known()).expect("well-formed");
    assert_eq!(descriptor.temporal_switch, Some(1));
}

#[test]
fn a_packet_whose_structure_was_lost_is_refused() {
    assert_eq!(parse(&l2t2_later(0, 8, true, true), &mut Structure::default()), None);
    assert_eq!(parse(&l2t2_later(4, 8, true, true), &mut known()), None);
}

#[test]
fn a_cut_structure_does_not_replace_the_known_one() {
    let key = l2t2_key(7);
    for end in 4..key.len() - 1 {
        let mut structure = known();
        assert_eq!(parse(&key[..end], &mut structure), None, "{end} bytes");
        assert_eq!(structure, known(), "{end} bytes");
    }
}

#[test]
fn rewriting_changes_the_frame_number_alone() {
    let rewritten = with_frame_number(&l2t2_key(7), 0xabcd);
    assert_eq!(rewritten, l2t2_key(0xabcd));
    assert_eq!(with_frame_number(&[1, 2], 9), [1, 2]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 1..8)) {
        let mut structure = Structure::default();
        for packet in packets {
            let _ = parse(&packet, &mut structure);
        }
    }

    #[test]
    fn a_damaged_structure_never_panics(at in 0_usize..40, value: u8, index in 0_u8..64) {
        let mut key = l2t2_key(7);
        if let Some(byte) = key.get_mut(at) { *byte = value; }
        let mut structure = Structure::default();
        let _ = parse(&key, &mut structure);
        let _ = parse(&l2t2_later(index, 8, true, true), &mut structure);
    }
}
