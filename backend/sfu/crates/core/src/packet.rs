//! What one RTP packet is inside the core, on its way in (`RtpIn`) and out (`RtpOut`).
//!
//! The transport fills `RtpIn` and turns `RtpOut` into bytes; nothing here knows the RTP header layout,
//! SRTP, SSRCs or payload types. Payloads are shared, not copied: the few bytes that a slot changes in a
//! payload descriptor travel beside it as `Patch`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Audio or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// What a producer shows or plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A voice.
    Microphone,
    /// A face.
    Camera,
    /// A shared screen or window.
    Screen,
    /// The sound of what is shared.
    ScreenAudio,
}

impl Source {
    /// The kind of media that this source produces.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Microphone | Self::ScreenAudio => Kind::Audio,
            Self::Camera | Self::Screen => Kind::Video,
        }
    }
}

/// The codecs that are forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Codec {
    /// RFC 7587; with RED (RFC 2198) around it when [`RtpIn::red`] says so.
    Opus,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
    /// AV1 RTP payload, with the dependency descriptor.
    Av1,
    /// RFC 6184.
    H264,
}

impl Codec {
    /// The kind of media that this codec carries.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Opus => Kind::Audio,
            Self::Vp8 | Self::Vp9 | Self::Av1 | Self::H264 => Kind::Video,
        }
    }

    /// RTP clock rate in Hz.
    #[must_use]
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Vp8 | Self::Vp9 | Self::Av1 | Self::H264 => 90_000,
        }
    }
}

/// Some of the codecs: what a receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Codecs(u8);

impl Codecs {
    /// Every codec that is forwarded.
    pub const ALL: Self = Self(u8::MAX);

    /// Whether this one is among them.
    #[must_use]
    pub const fn contain(self, codec: Codec) -> bool {
        self.0 & 1 << codec as u8 != 0
    }
}

impl FromIterator<Codec> for Codecs {
    fn from_iter<I: IntoIterator<Item = Codec>>(codecs: I) -> Self {
        Self(codecs.into_iter().fold(0, |set, codec| set | 1 << codec as u8))
    }
}

/// The last RTCP sender report of an incoming stream: one moment, on the sender's clock and in RTP time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderReport {
    /// NTP timestamp, 32.32 fixed point seconds since 1900 (RFC 3550, 6.4.1).
    pub ntp: u64,
    /// The RTP timestamp of that same moment.
    pub rtp: u32,
}

/// A packet as it came from a publisher: decrypted, in the order of arrival, each one once.
#[derive(Debug, Clone)]
pub struct RtpIn {
    /// The stream within its layer: its SSRC. Numbers and timestamps of another one start anew.
    pub stream: u32,
    /// Sequence number, extended by the transport so that it never wraps.
    pub seq: u64,
    /// RTP timestamp.
    pub ts: u32,
    /// RTP marker bit.
    pub marker: bool,
    /// When it arrived.
    pub arrival: Instant,
    /// When it was captured, on the worker's clock and the same for all streams of a participant; where that
    /// is not known, when it arrived.
    pub captured: Instant,
    /// The RTP payload, without padding.
    pub payload: Arc<[u8]>,
    /// What the payload is.
    pub codec: Codec,
    /// Whether the payload is RED (RFC 2198) around `codec`.
    pub red: bool,
    /// RFC 6464 level in -dBov: 0 is the loudest, 127 silence.
    pub audio_level: Option<u8>,
    /// RFC 6464 voice-activity flag.
    pub voice: Option<bool>,
    /// The dependency descriptor extension, undecoded.
    pub dependency_descriptor: Option<Arc<[u8]>>,
    /// The coordination-of-video-orientation extension byte.
    pub video_orientation: Option<u8>,
    /// The newest sender report of the stream, when there was one.
    pub sender_report: Option<SenderReport>,
}

/// Bytes to change at one place of a shared payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splice {
    /// Offset of the first byte.
    pub at: u8,
    /// The new bytes; only the first `len` count.
    pub bytes: [u8; 2],
    /// One or two.
    pub len: u8,
}

/// What a slot changes in a payload descriptor. Never changes the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Patch {
    /// The new picture id, in place of the old one and as wide as it was.
    pub picture_id: Option<Splice>,
    /// The new TL0PICIDX.
    pub tl0: Option<Splice>,
}

impl Patch {
    /// Whether nothing changes, so that the payload can go out as it is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.picture_id.is_none() && self.tl0.is_none()
    }

    /// Writes the changes into a copy of the payload. Places outside of it are left alone.
    pub fn apply(&self, payload: &mut [u8]) {
        for splice in [self.picture_id, self.tl0].into_iter().flatten() {
            let (at, len) = (usize::from(splice.at), usize::from(splice.len));
            if let (Some(place), Some(new)) = (payload.get_mut(at..at + len), splice.bytes.get(..len)) {
                place.copy_from_slice(new);
            }
        }
    }
}

/// A packet as a slot's receiver gets it.
#[derive(Debug, Clone)]
pub struct RtpOut {
    /// Sequence number, extended; consecutive within a slot, starting below 65,536.
    pub seq: u64,
    /// RTP timestamp.
    pub ts: u32,
    /// RTP marker bit.
    pub marker: bool,
    /// When the packet was captured, as in [`RtpIn::captured`].
    pub captured: Instant,
    /// The publisher's payload, shared by all receivers; apply `patch` to a copy. Empty for a packet that
    /// only fills its sequence number (a late one of a dropped layer).
    pub payload: Arc<[u8]>,
    /// What to change in the payload.
    pub patch: Patch,
    /// What the payload is.
    pub codec: Codec,
    /// Whether the payload is RED around `codec`.
    pub red: bool,
    /// The dependency descriptor with its frame number rewritten.
    pub dependency_descriptor: Option<Vec<u8>>,
    /// Forwarded as it came.
    pub audio_level: Option<u8>,
    /// Forwarded as it came.
    pub voice: Option<bool>,
    /// Forwarded as it came.
    pub video_orientation: Option<u8>,
    /// How long the receiver should hold pictures back at least.
    pub playout_delay: Option<Duration>,
}

impl RtpOut {
    /// The payload as it goes on the wire: shared when nothing changes, else a patched copy.
    #[must_use]
    pub fn wire_payload(&self) -> Arc<[u8]> {
        if self.patch.is_empty() {
            return Arc::clone(&self.payload);
        }
        let mut copy: Arc<[u8]> = Arc::from(&*self.payload);
        if let Some(bytes) = Arc::get_mut(&mut copy) {
            self.patch.apply(bytes);
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_its_bytes_and_no_others() {
        let patch = Patch {
            picture_id: Some(Splice { at: 1, bytes: [0x81, 0x02], len: 2 }),
            tl0: Some(Splice { at: 4, bytes: [9, 0], len: 1 }),
        };
        let mut payload = [0, 1, 2, 3, 4, 5];
        patch.apply(&mut payload);
        assert_eq!(payload, [0, 0x81, 0x02, 3, 9, 5]);
    }

    #[test]
    fn a_patch_beyond_the_payload_is_left_out() {
        let patch = Patch { picture_id: Some(Splice { at: 2, bytes: [7, 7], len: 2 }), tl0: None };
        let mut payload = [1, 2, 3];
        patch.apply(&mut payload);
        assert_eq!(payload, [1, 2, 3]);
    }

    #[test]
    fn sources_and_codecs_know_their_kind() {
        assert_eq!(Source::ScreenAudio.kind(), Kind::Audio);
        assert_eq!(Source::Screen.kind(), Kind::Video);
        assert_eq!((Codec::Opus.kind(), Codec::Opus.clock_rate()), (Kind::Audio, 48_000));
        assert_eq!((Codec::H264.kind(), Codec::H264.clock_rate()), (Kind::Video, 90_000));
    }
}
