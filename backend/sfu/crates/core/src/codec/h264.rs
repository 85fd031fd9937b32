//! H.264 payloads (RFC 6184): single NAL units, STAP-A and FU-A.

use super::h264_sps::picture_size;
use super::{PacketInfo, Resolutions};

const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// Reads one payload; `None` when it ends too early or a length inside points beyond it.
pub(super) fn parse(payload: &[u8], marker: bool, sizes: &mut Resolutions) -> Option<PacketInfo> {
    let mut info = PacketInfo::opaque(marker);
    let (head, body) = payload.split_first()?;
    let sps = match head & 0x1f {
        SPS => Some(body),
        STAP_A => sps_of_aggregate(body)?,
        FU_A => {
            info.frame_start = body.first()? & 0x80 != 0;
            return Some(info);
        }
        _ => None,
    };
    info.frame_start = true;
    info.key_frame_start = sps.is_some();
    if let Some(size) = sps.and_then(picture_size)
        && let Some(first) = sizes.first_mut()
    {
        *first = size;
    }
    Some(info)
}

/// The parameter set inside a STAP-A, without its NAL header.
///
/// The outer `None` is a malformed aggregate.
#[expect(clippy::option_option, reason = "malformed and absent are two answers")]
fn sps_of_aggregate(mut rest: &[u8]) -> Option<Option<&[u8]>> {
    let mut found = None;
    while let Some((length, tail)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (unit, after) = tail.split_at_checked(length)?;
        let (head, body) = unit.split_first()?;
        if head & 0x1f == SPS && found.is_none() {
            found = Some(body);
        }
        rest = after;
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Resolution;

    /// Constrained baseline, level 3.1, 1280x720.
    const SPS_720P: [u8; 9] = [0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8];

    fn read(payload: &[u8]) -> Option<(PacketInfo, Resolution)> {
        let mut sizes = Resolutions::default();
        parse(payload, false, &mut sizes).map(|info| (info, sizes[0]))
    }

    #[test]
    fn a_parameter_set_starts_a_key_frame_and_tells_the_size() {
        let (info, size) = read(&SPS_720P).expect("well-formed");
        assert!(info.key_frame_start);
        assert_eq!(size, Resolution { width: 1280, height: 720 });
    }

    #[test]
    fn a_parameter_set_is_found_behind_a_delimiter_in_an_aggregate() {
        let mut aggregate = vec![0x78, 0, 2, 9, 0xf0, 0, 9];
        aggregate.extend(SPS_720P);
        let (info, size) = read(&aggregate).expect("well-formed");
        assert!(info.key_frame_start);
        assert_eq!(size.width, 1280);
        for end in [1, 2, 3, 6, 8, aggregate.len() - 1] {
            let cut = read(&aggregate[..end]).map(|(info, _)| info.key_frame_start);
            assert_ne!(cut, Some(true), "{end} bytes");
        }
    }

    #[test]
    fn slices_and_fragments_start_no_key_frame() {
        assert!(!read(&[0x65, 0x88]).expect("well-formed").0.key_frame_start);
        let start = read(&[0x7c, 0x85, 0x88]).expect("well-formed").0;
        assert!(start.frame_start && !start.key_frame_start);
        assert!(!read(&[0x7c, 0x05, 0x88]).expect("well-formed").0.frame_start);
        assert_eq!(read(&[0x7c]), None);
        assert_eq!(read(&[]), None);
    }
}
