//! Payload types, which are negotiated per connection: number → codec on the way in, codec → number out.

use str0m::Rtc;
use str0m::format::{Codec as StrCodec, CodecConfig, FormatParams, PayloadParams};
use str0m::media::{Frequency, Mid as StrMid, Pt};

use crate::packet::{Codec, Codecs};

/// Codecs with their default payload type, retransmission type, and format. The client's numbers win.
pub(super) fn configure(codecs: &mut CodecConfig) {
    let vp9 = FormatParams { profile_id: Some(0), ..FormatParams::default() };
    let av1 = FormatParams { profile: Some(0), ..FormatParams::default() };
    codecs.enable_opus(true, true);
    for (pt, rtx, codec, format) in [
        (96, 97, StrCodec::Vp8, FormatParams::default()),
        (98, 99, StrCodec::Vp9, vp9),
        (45, 46, StrCodec::Av1, av1),
    ] {
        codecs.add_config(
            Pt::new_with_value(pt),
            Some(Pt::new_with_value(rtx)),
            codec,
            Frequency::NINETY_KHZ,
            None,
            format,
        );
    }
    // Constrained baseline, packetization mode 1: what every browser has.
    codecs.add_h264(Pt::new_with_value(108), Some(Pt::new_with_value(109)), true, 0x42_e01f);
}

fn known(codec: StrCodec) -> Option<Codec> {
    match codec {
        StrCodec::Opus => Some(Codec::Opus),
        StrCodec::Vp8 => Some(Codec::Vp8),
        StrCodec::Vp9 => Some(Codec::Vp9),
        StrCodec::Av1 => Some(Codec::Av1),
        StrCodec::H264 => Some(Codec::H264),
        _ => None,
    }
}

/// What an incoming payload type means: the codec, and whether RED is around it.
pub(super) fn meaning(rtc: &Rtc, pt: Pt) -> Option<(Codec, bool)> {
    rtc.codec_config().params().iter().find_map(|params| {
        let red = params.red() == Some(pt);
        if params.pt() == pt || red { known(params.spec().codec).map(|codec| (codec, red)) } else { None }
    })
}

/// The payload types that a slot's receiver takes.
#[derive(Debug, Clone, Default)]
pub(super) struct SlotPayloadTypes(Vec<(Codec, bool, Pt)>);

impl SlotPayloadTypes {
    /// Reads them off the negotiated m-line. `red` says whether that one offered RED: str0m tells what the
    /// connection knows of it, and each m-line has its own set.
    pub(super) fn of(rtc: &Rtc, mid: StrMid, red: bool) -> Self {
        let Some(media) = rtc.media(mid) else { return Self::default() };
        let taken = media.remote_pts();
        let mut types = Vec::new();
        for params in rtc.codec_config().params().iter().filter(|params| taken.contains(&params.pt())) {
            types.extend(entries(params).filter(|(_, is_red, _)| red || !is_red));
        }
        Self(types)
    }

    /// The codecs among them.
    pub(super) fn codecs(&self) -> Codecs {
        self.0.iter().map(|(codec, _, _)| *codec).collect()
    }

    /// The number for a codec. RED that the receiver does not take has none.
    pub(super) fn number(&self, codec: Codec, red: bool) -> Option<Pt> {
        self.0.iter().find(|(c, r, _)| (*c, *r) == (codec, red)).map(|(_, _, pt)| *pt)
    }
}

fn entries(params: &PayloadParams) -> impl Iterator<Item = (Codec, bool, Pt)> {
    let codec = known(params.spec().codec);
    let plain = codec.map(|codec| (codec, false, params.pt()));
    let red = codec.zip(params.red()).map(|(codec, pt)| (codec, true, pt));
    plain.into_iter().chain(red)
}
