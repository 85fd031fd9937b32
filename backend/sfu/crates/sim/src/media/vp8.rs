//! VP8 frames in RTP payloads (RFC 7741), with picture id and TL0PICIDX as browsers send them.

/// Payload bytes of a packet: leaves room for headers within the usual MTU.
const MAX_PAYLOAD: usize = 1150;
/// Descriptor with X, I and L: two flag bytes, a 15-bit picture id, TL0PICIDX.
const DESCRIPTOR: usize = 5;

/// Cuts frames into payloads.
#[derive(Debug, Default)]
pub struct Packetizer {
    picture: u16,
}

impl Packetizer {
    /// The payloads of one frame, in order.
    pub fn packets(&mut self, frame: &[u8]) -> Vec<Vec<u8>> {
        self.picture = self.picture.wrapping_add(1) & 0x7fff;
        let [high, low] = self.picture.to_be_bytes();
        let payload = |(place, part): (usize, &[u8])| {
            let start = if place == 0 { 0x10 } else { 0 };
            // Without temporal layers every picture is one of the base layer: TL0PICIDX counts along.
            let mut bytes = vec![0x80 | start, 0xc0, 0x80 | high, low, low];
            bytes.extend_from_slice(part);
            bytes
        };
        frame.chunks(MAX_PAYLOAD - DESCRIPTOR).enumerate().map(payload).collect()
    }
}

/// The frame bytes behind a descriptor, if the packet starts a frame; and the descriptor's picture id.
#[must_use]
pub fn frame_start(payload: &[u8]) -> Option<&[u8]> {
    let first = *payload.first()?;
    if first & 0x10 == 0 || first & 0x07 != 0 {
        return None;
    }
    if first & 0x80 == 0 {
        return payload.get(1..);
    }
    let flags = *payload.get(1)?;
    let mut at = 2;
    if flags & 0x80 != 0 {
        at += if payload.get(at)? & 0x80 == 0 { 1 } else { 2 };
    }
    at += usize::from(flags & 0x40 != 0) + usize::from(flags & 0x30 != 0);
    payload.get(at..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_cut_into_packets_of_which_the_first_starts_it() {
        let frame: Vec<u8> = (0..3000).map(|n| u8::try_from(n % 251).expect("small")).collect();
        let packets = Packetizer::default().packets(&frame);
        assert_eq!(packets.len(), 3);
        let start = frame_start(&packets[0]).expect("a start");
        assert_eq!(start, &frame[..MAX_PAYLOAD - DESCRIPTOR]);
        assert!(packets[1..].iter().all(|packet| frame_start(packet).is_none()));
        assert!(packets.iter().all(|packet| packet.len() <= MAX_PAYLOAD));
    }
}
