//! VP9 payload descriptor (RFC 9628, 4.2).

use super::vp8::read_picture_id;
use super::{PacketInfo, Resolution, Resolutions, Tl0};

const PICTURE_ID: u8 = 0x80;
const PREDICTED: u8 = 0x40;
const LAYERS: u8 = 0x20;
const FLEXIBLE: u8 = 0x10;
const BEGIN: u8 = 0x08;
const END: u8 = 0x04;
const STRUCTURE: u8 = 0x02;
/// RFC 9628: at most three reference indices in flexible mode.
const MAX_REFERENCES: usize = 3;

/// Reads one payload; `None` when it ends too early.
pub(super) fn parse(payload: &[u8], sizes: &mut Resolutions) -> Option<PacketInfo> {
    let flags = *payload.first()?;
    let mut info = PacketInfo::opaque(flags & END != 0);
    info.frame_start = flags & BEGIN != 0;
    let mut at = 1_u8;
    if flags & PICTURE_ID != 0 {
        let picture_id = read_picture_id(payload, at)?;
        info.picture_id = Some(picture_id);
        at += if picture_id.long { 2 } else { 1 };
    }
    if flags & LAYERS != 0 {
        let byte = *payload.get(usize::from(at))?;
        at += 1;
        info.temporal = byte >> 5;
        info.spatial = (byte >> 1) & 7;
        // U, the switching-up point. libwebrtc sets it on frames that depend on the base layer only.
        info.temporal_switch = (byte & 0x10 != 0).then_some(info.temporal);
        if flags & FLEXIBLE == 0 {
            info.tl0 = Some(Tl0 { at, value: *payload.get(usize::from(at))? });
            at += 1;
        }
    }
    let mut end = usize::from(at);
    if flags & FLEXIBLE != 0 && flags & PREDICTED != 0 {
        end = skip_references(payload, end)?;
    }
    if flags & STRUCTURE != 0 {
        end = read_structure(payload, end, sizes)?;
    }
    // A descriptor with no frame behind it is no VP9.
    payload.get(end)?;
    info.key_frame_start = flags & PREDICTED == 0 && info.frame_start && info.spatial == 0;
    Some(info)
}

fn skip_references(payload: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..MAX_REFERENCES {
        let more = payload.get(at)? & 1 != 0;
        at += 1;
        if !more {
            return Some(at);
        }
    }
    None
}

/// Scalability structure: sizes of the spatial layers, and the picture group, which nobody here needs.
fn read_structure(payload: &[u8], mut at: usize, sizes: &mut Resolutions) -> Option<usize> {
    let head = *payload.get(at)?;
    at += 1;
    let count = usize::from(head >> 5) + 1;
    if head & 0x10 != 0 {
        let mut told = Resolutions::default();
        for layer in 0..count {
            let [w0, w1, h0, h1] = *payload.get(at..at + 4)?.first_chunk::<4>()?;
            at += 4;
            if let Some(size) = told.get_mut(layer) {
                *size =
                    Resolution { width: u16::from_be_bytes([w0, w1]), height: u16::from_be_bytes([h0, h1]) };
            }
        }
        *sizes = told;
    }
    if head & 0x08 != 0 {
        let pictures = *payload.get(at)?;
        at += 1;
        for _ in 0..pictures {
            let references = (*payload.get(at)? >> 2) & 3;
            at += 1 + usize::from(references);
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::PictureId;

    fn read(payload: &[u8]) -> Option<(PacketInfo, Resolutions)> {
        let mut sizes = Resolutions::default();
        parse(payload, &mut sizes).map(|info| (info, sizes))
    }

    /// I L B V: picture id 15 bits, T0 S0, TL0 = 9, two layers of 320x180 and 640x360, one picture in the group.
    const KEY: [u8; 18] =
        [0xaa, 0x80, 0x11, 0x00, 9, 0x38, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 1, 0x04, 1, 0xee];

    #[test]
    fn a_key_frame_start_tells_its_layers() {
        let (info, sizes) = read(&KEY).expect("well-formed");
        assert!(info.key_frame_start && info.frame_start && !info.frame_end);
        assert_eq!(info.picture_id, Some(PictureId { at: 1, value: 0x11, long: true }));
        assert_eq!(info.tl0, Some(Tl0 { at: 4, value: 9 }));
        assert_eq!(sizes[0], Resolution { width: 320, height: 180 });
        assert_eq!(sizes[1], Resolution { width: 640, height: 360 });
    }

    #[test]
    fn upper_layers_and_predicted_frames_start_no_key_frame() {
        // I L B, S1 of the key picture
        let upper = [0xa8, 0x11, 0x02, 9, 0xee];
        let (info, _) = read(&upper).expect("well-formed");
        assert_eq!((info.spatial, info.key_frame_start), (1, false));
        // I P L B E, T2 U
        let predicted = [0xec, 0x11, 0x50, 9, 0xee];
        let (info, _) = read(&predicted).expect("well-formed");
        assert_eq!((info.temporal, info.temporal_switch, info.key_frame_start), (2, Some(2), false));
        assert!(info.frame_end);
    }

    #[test]
    fn flexible_mode_has_references_and_no_tl0() {
        // I P L F B: two references
        let (info, _) = read(&[0xf8, 0x11, 0x00, 0x03, 0x04, 0xee]).expect("well-formed");
        assert_eq!(info.tl0, None);
        assert_eq!(read(&[0xf8, 0x11, 0x00, 0x03, 0x05, 0x07, 0x09, 0xee]), None, "four references");
    }

    #[test]
    fn a_descriptor_cut_anywhere_is_refused() {
        for end in 0..KEY.len() {
            assert_eq!(read(&KEY[..end]), None, "{end} bytes");
        }
    }
}
