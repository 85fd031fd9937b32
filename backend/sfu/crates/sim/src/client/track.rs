//! A published track: takes frames from its source on time and writes them as RTP.

use std::time::{Duration, Instant};

use str0m::Rtc;
use str0m::format::{Codec, PayloadParams};
use str0m::media::{Mid as StrMid, Pt, Rid as StrRid};
use str0m::rtp::{ExtensionValues, RtpWrite};
use streamforge_sfu_core::ids::{Mid, Rid};
use streamforge_sfu_core::packet::Source;

use super::Published;
use crate::media::synthetic::{Mark, MarkedPictures};
use crate::media::vp8::Packetizer;
use crate::media::{Pictures, Sound};

/// An Opus frame.
const AUDIO_STEP: Duration = Duration::from_millis(20);
const AUDIO_TICKS: u32 = 960;
/// Fifteen pictures a second.
const VIDEO_STEP: Duration = Duration::from_micros(66_667);
const VIDEO_TICKS: u32 = 6_000;
/// After a stall frames are left out rather than sent all at once.
const MAX_BEHIND: Duration = Duration::from_millis(200);

/// A simulcast layer, or the only one.
pub struct Layer {
    pub(super) rid: Option<Rid>,
    pictures: Box<dyn Pictures>,
    packetizer: Packetizer,
    seq: u64,
    key_wanted: bool,
    active: bool,
}

impl Layer {
    /// A track without simulcast.
    #[must_use]
    pub fn plain(pictures: Box<dyn Pictures>) -> Self {
        Self {
            rid: None,
            pictures,
            packetizer: Packetizer::default(),
            seq: 1,
            key_wanted: true,
            active: true,
        }
    }

    /// Three layers as browsers send them, with the client's mark; about 100, 250 and 700 kbit/s.
    #[must_use]
    pub fn simulcast(client: u16) -> Vec<Self> {
        let layers = [("q", (320, 180), 800), ("h", (640, 360), 2_000), ("f", (1280, 720), 6_000)];
        layers
            .into_iter()
            .zip(0..)
            .map(|((rid, size, bytes), layer)| {
                let mark = Mark { client, layer };
                let pictures = Box::new(MarkedPictures { mark, size, bytes });
                Self { rid: Rid::new(rid).ok(), ..Self::plain(pictures) }
            })
            .collect()
    }
}

enum Content {
    Sound { sound: Box<dyn Sound>, level: u8, seq: u64 },
    Pictures { layers: Vec<Layer>, on: bool },
}

pub(super) struct Track {
    mid: StrMid,
    source: Source,
    content: Content,
    timestamp: u32,
    due: Instant,
}

impl Track {
    pub(super) fn sound(mid: StrMid, source: Source, sound: Box<dyn Sound>, level: u8, now: Instant) -> Self {
        Self { mid, source, content: Content::Sound { sound, level, seq: 1 }, timestamp: 1, due: now }
    }

    pub(super) fn pictures(mid: StrMid, source: Source, layers: Vec<Layer>, now: Instant) -> Self {
        Self { mid, source, content: Content::Pictures { layers, on: true }, timestamp: 1, due: now }
    }

    pub(super) fn published(&self) -> Option<Published> {
        Mid::new(&self.mid).ok().map(|mid| Published { mid, source: self.source })
    }

    pub(super) fn set_level(&mut self, new: u8) {
        if let Content::Sound { level, .. } = &mut self.content {
            *level = new;
        }
    }

    pub(super) fn set_pictures_on(&mut self, new: bool) {
        if let Content::Pictures { layers, on } = &mut self.content {
            *on = new;
            for layer in layers {
                layer.key_wanted = true;
            }
        }
    }

    pub(super) fn wants_key_frame(&mut self, mid: StrMid, rid: Option<StrRid>) {
        if let (true, Content::Pictures { layers, .. }) = (self.mid == mid, &mut self.content) {
            for layer in
                layers.iter_mut().filter(|layer| layer.rid.map(|rid| StrRid::from(rid.as_str())) == rid)
            {
                layer.key_wanted = true;
            }
        }
    }

    pub(super) fn set_wanted_layers(&mut self, mid: StrMid, rids: &[Rid]) {
        if let (true, Content::Pictures { layers, .. }) = (self.mid == mid, &mut self.content) {
            for layer in layers {
                let active = layer.rid.is_none_or(|rid| rids.contains(&rid));
                // An encoder that starts again starts with a key frame.
                layer.key_wanted |= active && !layer.active;
                layer.active = active;
            }
        }
    }

    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    /// Writes the frames that are due. Returns packets and bytes.
    pub(super) fn publish(&mut self, rtc: &mut Rtc, now: Instant) -> (u64, u64) {
        let mut sent = (0, 0);
        if self.due + MAX_BEHIND < now {
            self.due = now;
        }
        while self.due <= now {
            let wrote = match &mut self.content {
                Content::Sound { sound, level, seq } => {
                    self.due += AUDIO_STEP;
                    self.timestamp = self.timestamp.wrapping_add(AUDIO_TICKS);
                    *seq += 1;
                    let frame = Frame { mid: self.mid, rid: None, timestamp: self.timestamp, at: now };
                    frame.write_sound(rtc, *seq, &sound.next(), *level)
                }
                Content::Pictures { layers, on } => {
                    self.due += VIDEO_STEP;
                    self.timestamp = self.timestamp.wrapping_add(VIDEO_TICKS);
                    let live = layers.iter_mut().filter(|layer| *on && layer.active);
                    live.map(|layer| {
                        let frame =
                            Frame { mid: self.mid, rid: layer.rid, timestamp: self.timestamp, at: now };
                        frame.write_picture(rtc, layer)
                    })
                    .fold((0, 0), |sum, wrote| (sum.0 + wrote.0, sum.1 + wrote.1))
                }
            };
            sent = (sent.0 + wrote.0, sent.1 + wrote.1);
        }
        sent
    }
}

struct Frame {
    mid: StrMid,
    rid: Option<Rid>,
    timestamp: u32,
    at: Instant,
}

impl Frame {
    fn write_sound(&self, rtc: &mut Rtc, seq: u64, frame: &[u8], level: u8) -> (u64, u64) {
        let values = ExtensionValues {
            audio_level: Some(-(level.min(127).cast_signed())),
            voice_activity: Some(level < 127),
            ..ExtensionValues::default()
        };
        self.write(rtc, Codec::Opus, seq, frame.to_vec(), true, values);
        (1, frame.len() as u64)
    }

    fn write_picture(&self, rtc: &mut Rtc, layer: &mut Layer) -> (u64, u64) {
        let picture = layer.pictures.next(std::mem::take(&mut layer.key_wanted));
        let packets = layer.packetizer.packets(&picture.frame);
        let count = packets.len();
        for (place, packet) in packets.into_iter().enumerate() {
            layer.seq += 1;
            self.write(rtc, Codec::Vp8, layer.seq, packet, place + 1 == count, ExtensionValues::default());
        }
        (count as u64, picture.frame.len() as u64)
    }

    fn write(
        &self,
        rtc: &mut Rtc,
        codec: Codec,
        seq: u64,
        payload: Vec<u8>,
        marker: bool,
        values: ExtensionValues,
    ) {
        let Some(pt) = payload_type(rtc, codec) else { return };
        let rid = self.rid.map(|rid| StrRid::from(rid.as_str()));
        let mut api = rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(self.mid, rid) else { return };
        let write = RtpWrite::new(pt, seq.into(), self.timestamp, self.at, payload)
            .marker(marker)
            .nackable(codec == Codec::Vp8)
            .ext_vals(values);
        stream.write_rtp(write);
    }
}

fn payload_type(rtc: &Rtc, codec: Codec) -> Option<Pt> {
    rtc.codec_config().params().iter().find(|params| params.spec().codec == codec).map(PayloadParams::pt)
}
