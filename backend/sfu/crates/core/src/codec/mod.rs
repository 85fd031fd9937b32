//! What the core reads of a payload: the only place that looks inside one.
//!
//! A `LayerParser` belongs to one incoming stream and turns each packet into a `PacketInfo`, once, for all
//! slots. Everything comes from outside, so every read is bounds-checked and nothing here can panic;
//! a payload that makes no sense becomes `PacketInfo::opaque`, which is forwarded but never starts a
//! picture. Works on end-to-end encrypted frames too: descriptors and the VP8 P bit stay readable.

mod av1;
mod bits;
pub mod dependency_descriptor;
mod h264;
mod h264_sps;
pub mod red;
mod vp8;
mod vp9;

use crate::packet::{Codec, RtpIn};
use dependency_descriptor::{Descriptor, Structure};

/// More spatial layers than any encoder in the field sends.
pub const MAX_SPATIAL: usize = 4;

/// Picture size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub struct Resolution {
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
}

impl Resolution {
    /// A size told by a client, cut off at what the type holds.
    #[must_use]
    pub fn clamped(width: u32, height: u32) -> Self {
        let side = |pixels| u16::try_from(pixels).unwrap_or(u16::MAX);
        Self { width: side(width), height: side(height) }
    }

    /// Number of pixels.
    #[must_use]
    pub const fn area(self) -> u32 {
        // Widening casts; `From` is not const.
        self.width as u32 * self.height as u32
    }
}

/// A picture id and where it stands in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureId {
    /// Offset of its first byte.
    pub at: u8,
    /// The number.
    pub value: u16,
    /// Whether it has 15 bits (two bytes) or 7 bits (one).
    pub long: bool,
}

impl PictureId {
    /// Bits that the field can hold.
    #[must_use]
    pub const fn mask(self) -> u16 {
        if self.long { 0x7fff } else { 0x7f }
    }
}

/// TL0PICIDX, the running number of base-layer pictures, and where it stands in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tl0 {
    /// Offset of its byte.
    pub at: u8,
    /// The number.
    pub value: u8,
}

/// What a slot must know of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketInfo {
    /// First packet of a picture that decodes without any other.
    pub key_frame_start: bool,
    /// First packet of a frame (of one spatial layer of a picture).
    pub frame_start: bool,
    /// Last packet of a frame.
    pub frame_end: bool,
    /// Spatial layer, 0 is the smallest.
    pub spatial: u8,
    /// Temporal layer, 0 is the slowest.
    pub temporal: u8,
    /// A receiver of lower temporal layers may join up to this one, from this frame on.
    pub temporal_switch: Option<u8>,
    /// VP8 and VP9.
    pub picture_id: Option<PictureId>,
    /// VP8 and VP9.
    pub tl0: Option<Tl0>,
    /// Frame number of the dependency descriptor.
    pub frame_number: Option<u16>,
}

impl PacketInfo {
    /// A packet of which nothing is known but its marker: audio, or a payload that cannot be read.
    #[must_use]
    pub const fn opaque(marker: bool) -> Self {
        Self {
            key_frame_start: false,
            frame_start: false,
            frame_end: marker,
            spatial: 0,
            temporal: 0,
            temporal_switch: None,
            picture_id: None,
            tl0: None,
            frame_number: None,
        }
    }
}

/// Sizes of the spatial layers, smallest first, as far as the stream has told them.
pub type Resolutions = [Resolution; MAX_SPATIAL];

/// Reads the packets of one incoming stream, in order of arrival.
#[derive(Debug, Default)]
pub struct LayerParser {
    structure: Structure,
    resolutions: Resolutions,
    malformed: u64,
}

impl LayerParser {
    /// A parser that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Payloads that could not be read.
    #[must_use]
    pub const fn malformed(&self) -> u64 {
        self.malformed
    }

    /// Sizes of the spatial layers; zero where unknown (encrypted, or before the first key frame).
    #[must_use]
    pub const fn resolutions(&self) -> &Resolutions {
        &self.resolutions
    }

    /// Reads one packet.
    pub fn parse(&mut self, packet: &RtpIn) -> PacketInfo {
        let Some(mut info) = self.parse_payload(packet) else {
            self.malformed += 1;
            return PacketInfo::opaque(packet.marker);
        };
        let Some(bytes) = &packet.dependency_descriptor else { return info };
        if packet.codec.kind() == crate::packet::Kind::Audio {
            return info;
        }
        match dependency_descriptor::parse(bytes, &mut self.structure) {
            Some(descriptor) => self.refine(packet.codec, descriptor, &mut info),
            None => self.malformed += 1,
        }
        info
    }

    fn parse_payload(&mut self, packet: &RtpIn) -> Option<PacketInfo> {
        let payload = &*packet.payload;
        let sizes = &mut self.resolutions;
        match packet.codec {
            Codec::Opus => Some(PacketInfo::opaque(packet.marker)),
            Codec::Vp8 => vp8::parse(payload, packet.marker, sizes),
            Codec::Vp9 => vp9::parse(payload, sizes),
            Codec::Av1 => av1::parse(payload, packet.marker),
            Codec::H264 => h264::parse(payload, packet.marker, sizes),
        }
    }

    /// The descriptor knows frames and layers better than the payload, except for VP8, whose own layer
    /// numbers must agree with the picture ids that are rewritten with them.
    fn refine(&mut self, codec: Codec, descriptor: Descriptor, info: &mut PacketInfo) {
        info.frame_start = descriptor.start;
        info.frame_end = descriptor.end;
        info.key_frame_start &= descriptor.start;
        info.frame_number = Some(descriptor.frame_number);
        if codec != Codec::Vp8 {
            info.spatial = descriptor.spatial;
            info.temporal = descriptor.temporal;
            info.temporal_switch = descriptor.temporal_switch;
        }
        if codec == Codec::Av1 {
            info.key_frame_start = descriptor.start && descriptor.has_structure;
        }
        if descriptor.has_structure {
            self.structure.copy_resolutions(&mut self.resolutions);
        }
    }
}

#[cfg(test)]
mod tests;
