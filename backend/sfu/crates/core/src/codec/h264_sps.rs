//! Picture size from an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1.1).

use super::Resolution;
use super::bits::Bits;

/// Profiles that carry the chroma and scaling fields.
const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// Bytes looked at: the size stands in the first few dozen, whatever follows.
const LIMIT: usize = 256;

/// Size of the pictures, or `None` when the set cannot be read (or is encrypted).
pub(super) fn picture_size(body: &[u8]) -> Option<Resolution> {
    let raw = without_emulation_prevention(body);
    let mut bits = Bits::new(&raw);
    let profile = bits.small(8)?;
    bits.skip(16)?;
    bits.exp_golomb()?; // seq_parameter_set_id
    let chroma = if HIGH_PROFILES.contains(&profile) { read_high_fields(&mut bits)? } else { 1 };
    bits.exp_golomb()?; // log2_max_frame_num_minus4
    skip_picture_order(&mut bits)?;
    bits.exp_golomb()?; // max_num_ref_frames
    bits.skip(1)?;
    let width = bits.exp_golomb()?.checked_add(1)?.checked_mul(16)?;
    let map_units = bits.exp_golomb()?.checked_add(1)?;
    let frames_only = bits.flag()?;
    let field_factor = if frames_only { 1 } else { 2 };
    if !frames_only {
        bits.skip(1)?;
    }
    let height = map_units.checked_mul(16 * field_factor)?;
    bits.skip(1)?; // direct_8x8_inference_flag
    let (mut cut_x, mut cut_y) = (0, 0);
    if bits.flag()? {
        let unit_x = if matches!(chroma, 1 | 2) { 2 } else { 1 };
        let unit_y = if chroma == 1 { 2 * field_factor } else { field_factor };
        let mut sum = || bits.exp_golomb()?.checked_add(bits.exp_golomb()?);
        cut_x = sum()?.checked_mul(unit_x)?;
        cut_y = sum()?.checked_mul(unit_y)?;
    }
    Some(Resolution {
        width: u16::try_from(width.checked_sub(cut_x)?).ok()?,
        height: u16::try_from(height.checked_sub(cut_y)?).ok()?,
    })
}

/// Drops the 3 of every 0 0 3 (7.4.1.1).
fn without_emulation_prevention(body: &[u8]) -> Vec<u8> {
    let mut zeros = 0;
    let mut raw = Vec::with_capacity(body.len().min(LIMIT));
    for byte in body.iter().take(LIMIT) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        raw.push(*byte);
    }
    raw
}

/// Reads up to the scaling lists and returns `chroma_format_idc`.
fn read_high_fields(bits: &mut Bits<'_>) -> Option<u32> {
    let chroma = bits.exp_golomb()?;
    if chroma == 3 {
        bits.skip(1)?;
    }
    bits.exp_golomb()?; // bit_depth_luma_minus8
    bits.exp_golomb()?; // bit_depth_chroma_minus8
    bits.skip(1)?;
    if bits.flag()? {
        let lists = if chroma == 3 { 12 } else { 8 };
        for list in 0..lists {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(chroma)
}

fn skip_scaling_list(bits: &mut Bits<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..size {
        if next != 0 {
            let code = i64::from(bits.exp_golomb()?);
            // se(v): 0, 1, -1, 2, -2, …
            let delta = if code % 2 == 0 { -(code / 2) } else { (code + 1) / 2 };
            next = (last + delta).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

fn skip_picture_order(bits: &mut Bits<'_>) -> Option<()> {
    match bits.exp_golomb()? {
        0 => {
            bits.exp_golomb()?;
        }
        1 => {
            bits.skip(1)?;
            bits.exp_golomb()?;
            bits.exp_golomb()?;
            let cycle = bits.exp_golomb()?;
            if cycle > 255 {
                return None;
            }
            for _ in 0..cycle {
                bits.exp_golomb()?;
            }
        }
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cropped_1080p_of_the_high_profile_is_read() {
        let sps = [
            0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00,
            0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
        ];
        assert_eq!(picture_size(&sps), Some(Resolution { width: 1920, height: 1080 }));
    }

    #[test]
    fn a_cut_or_senseless_parameter_set_has_no_size() {
        let sps = [0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8];
        for end in 0..6 {
            assert_eq!(picture_size(&sps[..end]), None, "{end} bytes");
        }
        assert_eq!(picture_size(&[0; 300]), None);
    }
}
