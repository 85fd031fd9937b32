//! RED (RFC 2198): redundant copies of older audio in front of the newest.
//!
//! A receiver that did not negotiate RED gets the newest block alone.

use std::ops::Range;

/// Where the newest block stands in a RED payload; `None` when the headers contradict the length.
#[must_use]
pub fn primary(payload: &[u8]) -> Option<Range<usize>> {
    let mut at = 0;
    let mut redundant = 0_usize;
    loop {
        let head = *payload.get(at)?;
        if head & 0x80 == 0 {
            at += 1;
            break;
        }
        let [_, _, high, low] = *payload.get(at..)?.first_chunk::<4>()?;
        redundant += usize::from(u16::from_be_bytes([high & 0x03, low]));
        at += 4;
    }
    let start = at.checked_add(redundant)?;
    (start < payload.len()).then_some(start..payload.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_block_stands_last() {
        let payload = [0xef, 0x0f, 0x00, 0x02, 0x6f, 1, 1, 7, 7, 7];
        assert_eq!(primary(&payload), Some(7..10));
        assert_eq!(primary(&[0x6f, 9]), Some(1..2));
    }

    #[test]
    fn a_payload_without_a_newest_block_is_refused() {
        for payload in [&[][..], &[0x6f], &[0xef, 0, 0], &[0xef, 0, 0, 3, 0x6f, 1, 1, 1], &[0xff; 9]] {
            assert_eq!(primary(payload), None, "{payload:?}");
        }
    }
}
