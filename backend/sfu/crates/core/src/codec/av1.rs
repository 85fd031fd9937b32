//! AV1 aggregation header (RTP Payload Format For AV1, 4.4).
//!
//! Layers and frame borders are in the dependency descriptor; this is all there is without one.

use super::PacketInfo;

const CONTINUES: u8 = 0x80;
const NEW_SEQUENCE: u8 = 0x08;

/// Reads one payload; `None` when it is empty or contradicts itself.
pub(super) fn parse(payload: &[u8], marker: bool) -> Option<PacketInfo> {
    let head = *payload.first()?;
    // Behind the header there is at least one element.
    payload.get(1)?;
    let continues = head & CONTINUES != 0;
    let new_sequence = head & NEW_SEQUENCE != 0;
    if continues && new_sequence {
        return None;
    }
    let mut info = PacketInfo::opaque(marker);
    info.frame_start = !continues;
    info.key_frame_start = new_sequence;
    Some(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_coded_video_sequence_starts_a_key_frame() {
        assert!(parse(&[0x18, 0x0a], false).expect("well-formed").key_frame_start);
        assert!(!parse(&[0x10, 0x32], true).expect("well-formed").key_frame_start);
    }

    #[test]
    fn empty_and_contradictory_headers_are_refused() {
        assert_eq!(parse(&[], true), None);
        assert_eq!(parse(&[0x18], true), None);
        assert_eq!(parse(&[0x98, 0x0a], true), None);
    }
}
