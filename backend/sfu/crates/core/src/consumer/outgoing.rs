//! Makes the outgoing packet from the incoming one and the slot's numbers.

use crate::codec::dependency_descriptor::with_frame_number;
use crate::codec::{PacketInfo, PictureId, Tl0};
use crate::packet::{Patch, RtpIn, RtpOut, Splice};

/// Numbers inside the payload and its descriptors that go on across sources; also the distances from a
/// source's numbers to the slot's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counters {
    picture_id: u16,
    tl0: u8,
    frame_number: u16,
}

impl Counters {
    /// What to add to a source's numbers so that its first picture is the one after these.
    pub(super) fn offsets_to(self, first: &PacketInfo) -> Self {
        let picture_id = first.picture_id.map_or(0, |id| id.value);
        let tl0 = first.tl0.map_or(0, |tl0| tl0.value);
        Self {
            picture_id: self.picture_id.wrapping_add(1).wrapping_sub(picture_id),
            tl0: self.tl0.wrapping_add(1).wrapping_sub(tl0),
            frame_number: self.frame_number.wrapping_add(1).wrapping_sub(first.frame_number.unwrap_or(0)),
        }
    }

    /// A packet's numbers in the slot, `dropped` pictures having been left out before it. A number that the
    /// packet does not have stays what it was.
    pub(super) fn following(self, offsets: Self, dropped: u16, info: &PacketInfo) -> Self {
        let moved = |id: PictureId| {
            let value = id.value.wrapping_add(offsets.picture_id).wrapping_sub(dropped);
            value & id.mask()
        };
        Self {
            picture_id: info.picture_id.map_or(self.picture_id, moved),
            tl0: info.tl0.map_or(self.tl0, |tl0| tl0.value.wrapping_add(offsets.tl0)),
            frame_number: info
                .frame_number
                .map_or(self.frame_number, |number| number.wrapping_add(offsets.frame_number)),
        }
    }
}

/// The packet with its inner numbers replaced; sequence number and timestamp are still the source's.
pub(super) fn outgoing(packet: &RtpIn, info: &PacketInfo, numbers: Counters) -> RtpOut {
    let descriptor = packet.dependency_descriptor.as_deref();
    RtpOut {
        seq: packet.seq,
        ts: packet.ts,
        marker: packet.marker,
        captured: packet.captured,
        payload: packet.payload.clone(),
        patch: Patch {
            picture_id: info.picture_id.map(|id| splice_picture_id(id, numbers.picture_id)),
            tl0: info.tl0.map(|tl0| splice_tl0(tl0, numbers.tl0)),
        },
        codec: packet.codec,
        red: packet.red,
        dependency_descriptor: descriptor.map(|bytes| match info.frame_number {
            Some(_) => with_frame_number(bytes, numbers.frame_number),
            None => bytes.to_vec(),
        }),
        audio_level: packet.audio_level,
        voice: packet.voice,
        video_orientation: packet.video_orientation,
        playout_delay: None,
    }
}

/// An empty packet that takes up the place of a filtered one.
pub(super) fn filler(packet: &RtpIn, seq: u64, ts: u32) -> RtpOut {
    let bare = RtpIn { payload: [].into(), dependency_descriptor: None, ..packet.clone() };
    let empty = outgoing(&bare, &PacketInfo::opaque(false), Counters::default());
    RtpOut { seq, ts, marker: false, ..empty }
}

fn splice_picture_id(id: PictureId, value: u16) -> Splice {
    let [high, low] = value.to_be_bytes();
    if id.long {
        Splice { at: id.at, bytes: [high | 0x80, low], len: 2 }
    } else {
        Splice { at: id.at, bytes: [low, 0], len: 1 }
    }
}

const fn splice_tl0(tl0: Tl0, value: u8) -> Splice {
    Splice { at: tl0.at, bytes: [value, 0], len: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_picture_id_wraps_within_its_seven_bits() {
        let id = PictureId { at: 2, value: 0x7f, long: false };
        let first = PacketInfo { picture_id: Some(id), ..PacketInfo::opaque(true) };
        let slot = Counters { picture_id: 0x7f, ..Counters::default() };
        let numbers = slot.following(slot.offsets_to(&first), 0, &first);
        assert_eq!(numbers.picture_id, 0);
        assert_eq!(splice_picture_id(id, numbers.picture_id), Splice { at: 2, bytes: [0, 0], len: 1 });
    }

    #[test]
    fn numbers_that_a_packet_lacks_stay() {
        let slot = Counters { picture_id: 7, tl0: 8, frame_number: 9 };
        let bare = PacketInfo::opaque(true);
        assert_eq!(slot.following(slot.offsets_to(&bare), 3, &bare), slot);
    }
}
