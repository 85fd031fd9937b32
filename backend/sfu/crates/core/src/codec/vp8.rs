//! VP8 payload descriptor (RFC 7741, 4.2) and the head of a key frame (RFC 6386, 9.1).

use super::{PacketInfo, PictureId, Resolution, Resolutions, Tl0};

/// Start code of a key frame.
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];

/// Reads one payload; `None` when it ends too early.
pub(super) fn parse(payload: &[u8], marker: bool, sizes: &mut Resolutions) -> Option<PacketInfo> {
    let first = *payload.first()?;
    let mut info = PacketInfo::opaque(marker);
    // S = 1 and partition 0: the frame begins here.
    info.frame_start = first & 0x17 == 0x10;
    let mut at = 1;
    if first & 0x80 != 0 {
        at = parse_extension(payload, &mut info)?;
    }
    let frame = payload.get(at..)?;
    // An empty frame is no VP8; the P bit is clear on key frames.
    let head = *frame.first()?;
    info.key_frame_start = info.frame_start && head & 1 == 0;
    if info.key_frame_start
        && let Some(size) = key_frame_size(frame)
        && let Some(first_size) = sizes.first_mut()
    {
        *first_size = size;
    }
    Some(info)
}

/// Reads the optional fields and returns where the frame begins.
fn parse_extension(payload: &[u8], info: &mut PacketInfo) -> Option<usize> {
    let flags = *payload.get(1)?;
    let mut at = 2_u8;
    if flags & 0x80 != 0 {
        let picture_id = read_picture_id(payload, at)?;
        info.picture_id = Some(picture_id);
        at += if picture_id.long { 2 } else { 1 };
    }
    if flags & 0x40 != 0 {
        info.tl0 = Some(Tl0 { at, value: *payload.get(usize::from(at))? });
        at += 1;
    }
    if flags & 0x30 != 0 {
        let byte = *payload.get(usize::from(at))?;
        if flags & 0x20 != 0 {
            info.temporal = byte >> 6;
            // Y: depends on the base layer only.
            info.temporal_switch = (byte & 0x20 != 0).then_some(info.temporal);
        }
        at += 1;
    }
    Some(usize::from(at))
}

/// A picture id of 7 or 15 bits; VP9 uses the same form.
pub(super) fn read_picture_id(payload: &[u8], at: u8) -> Option<PictureId> {
    let high = *payload.get(usize::from(at))?;
    if high & 0x80 == 0 {
        return Some(PictureId { at, value: u16::from(high), long: false });
    }
    let low = *payload.get(usize::from(at) + 1)?;
    Some(PictureId { at, value: u16::from_be_bytes([high & 0x7f, low]), long: true })
}

/// Size of a key frame; `None` when encrypted (no start code) or too short.
fn key_frame_size(frame: &[u8]) -> Option<Resolution> {
    if frame.get(3..6)? != START_CODE {
        return None;
    }
    let field = |at: usize| -> Option<u16> {
        // Two bits of scaling above 14 bits of size.
        Some(u16::from_le_bytes([*frame.get(at)?, *frame.get(at + 1)?]) & 0x3fff)
    };
    Some(Resolution { width: field(6)?, height: field(8)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &[u8]) -> Option<(PacketInfo, Resolution)> {
        let mut sizes = Resolutions::default();
        parse(payload, true, &mut sizes).map(|info| (info, sizes[0]))
    }

    /// X S=1, I L T K, picture id 15 bits = 0x1234, TL0 = 7, TID 0, a 640x360 key frame.
    const KEY: [u8; 16] =
        [0x90, 0xf0, 0x92, 0x34, 7, 0x00, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];

    #[test]
    fn a_key_frame_start_tells_its_numbers_and_size() {
        let (info, size) = read(&KEY).expect("well-formed");
        assert!(info.key_frame_start && info.frame_start && info.frame_end);
        assert_eq!(info.picture_id, Some(PictureId { at: 2, value: 0x1234, long: true }));
        assert_eq!(info.tl0, Some(Tl0 { at: 4, value: 7 }));
        assert_eq!(size, Resolution { width: 640, height: 360 });
    }

    #[test]
    fn later_packets_and_delta_frames_are_no_key_frame_start() {
        let mut later = KEY;
        later[0] = 0x80;
        assert!(!read(&later).expect("well-formed").0.key_frame_start);
        let mut partition = KEY;
        partition[0] = 0x91;
        assert!(!read(&partition).expect("well-formed").0.frame_start);
        let mut delta = KEY;
        delta[6] |= 1;
        assert!(!read(&delta).expect("well-formed").0.key_frame_start);
    }

    #[test]
    fn temporal_layers_say_where_one_may_join() {
        let sync = [0x90, 0xa0, 0x05, 0b0110_0000, 0x01];
        let (info, _) = read(&sync).expect("well-formed");
        assert_eq!((info.temporal, info.temporal_switch), (1, Some(1)));
        assert_eq!(info.picture_id, Some(PictureId { at: 2, value: 5, long: false }));
        let plain = [0x90, 0xa0, 0x05, 0b1000_0000, 0x01];
        let (info, _) = read(&plain).expect("well-formed");
        assert_eq!((info.temporal, info.temporal_switch), (2, None));
    }

    #[test]
    fn an_encrypted_key_frame_is_seen_and_its_size_is_not() {
        let mut sealed = KEY;
        sealed[9] = 0;
        let (info, size) = read(&sealed).expect("well-formed");
        assert!(info.key_frame_start);
        assert_eq!(size, Resolution::default());
    }

    #[test]
    fn a_descriptor_cut_anywhere_is_refused() {
        for end in 0..=6 {
            assert_eq!(read(&KEY[..end]), None, "{end} bytes");
        }
        assert!(read(&KEY[..7]).is_some());
    }
}
