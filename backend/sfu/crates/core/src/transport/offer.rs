//! A client's offer, read and judged before anything is done about it.
//!
//! str0m changes its state while it takes an offer and has no way back: refused half way, the transport would
//! answer to another user name than the client's. So everything for which str0m could refuse an offer is looked
//! for here, in what its own parser understood. Taking a good offer is the transport's business.

use str0m::change::SdpOffer;
use str0m::media::MediaKind;

use super::{MediaLine, ReadOffer, sdp};
use crate::error::{Error, ErrorCode, Result};
use crate::ids::Mid;
use crate::packet::Kind;

/// Most SSRCs that a client may announce: six for each of the six tracks that it may publish. Firefox announces
/// those of its layers too, three and their retransmission; other browsers with layers by RID announce none.
const MAX_ANNOUNCED: usize = 36;
/// Most simulcast layers of one m-line: browsers send three.
const MAX_LAYERS: usize = 4;

/// An offer that was found good.
pub struct Offer {
    pub(super) parsed: SdpOffer,
    pub(super) sections: Vec<Section>,
}

/// A section of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) mid: Mid,
    /// `None` for the data channel's.
    pub(super) kind: Option<Kind>,
    /// Ended for good; another m-line may take its place (RFC 8829, 5.2.2).
    pub(super) ended: bool,
    /// Its audio may come with redundancy (RFC 2198).
    pub(super) red: bool,
}

impl Offer {
    /// Reads an offer that follows one with these sections.
    pub(super) fn read(text: &str, before: &[Section]) -> Result<ReadOffer<Self>> {
        sdp::check_size(text)?;
        let text = sdp::without_extras(text);
        let parsed = SdpOffer::from_sdp_string(&text).map_err(|error| bad(&error))?;
        check_whole(&parsed, before.is_empty())?;
        let group = sdp::bundle(&text).ok_or_else(|| bad(&"it has no group BUNDLE"))?;
        let names = sdp::mids(&text);
        if names.len() != parsed.media_lines.len() || names.is_empty() {
            return Err(bad(&"an m-line cannot be read"));
        }
        let layers = sdp::sent_layers(&text);
        let (mut sections, mut media, mut bundled) = (Vec::new(), Vec::new(), Vec::new());
        for (line, name) in parsed.media_lines.iter().zip(names) {
            // str0m knows letters, digits and `_` only, and the answer must repeat the name.
            let mid = Mid::new(name).ok().filter(|mid| mid.as_str() == &*line.mid());
            let mid = mid.ok_or_else(|| bad(&format!("the mid {name:?} cannot be used")))?;
            let kind = line.typ.is_media().then(|| kind(MediaKind::from(line.typ.clone())));
            if kind.is_none() && !line.typ.is_channel() {
                return Err(bad(&format!("m-line {mid} is neither audio, video nor application")));
            }
            let alive = !line.disabled || group.contains(&name);
            if alive {
                bundled.push(name);
            }
            let ended_before = before.get(sections.len()).is_some_and(|old| old.mid == mid && old.ended);
            let ended = kind.is_some() && (!alive || ended_before);
            if let Some(kind) = kind.filter(|_| !ended) {
                let rids = layers.iter().filter(|(of, _)| *of == mid).map(|(_, rid)| *rid).collect();
                let (publishes, receives) = (line.direction().is_sending(), line.direction().is_receiving());
                media.push(MediaLine { mid, kind, publishes, receives, rids });
            }
            let red = line.rtp_params().iter().any(|params| params.red().is_some());
            sections.push(Section { mid, kind, ended, red });
        }
        if group != bundled {
            return Err(bad(&"its group BUNDLE does not name its m-lines in their order"));
        }
        if media.iter().any(|line| line.rids.len() > MAX_LAYERS) {
            return Err(limit(&format!("at most {MAX_LAYERS} layers in an m-line")));
        }
        check_sections(&sections, before)?;
        Ok(ReadOffer { media, offer: Self { parsed, sections } })
    }
}

/// What the session and its m-lines must have together, and how much of it.
fn check_whole(offer: &SdpOffer, first: bool) -> Result<()> {
    let session = &offer.session;
    let (mut credentials, mut fingerprint) = (session.ice_creds().is_some(), session.fingerprint().is_some());
    let mut ssrcs = 0;
    for line in &offer.media_lines {
        credentials |= line.ice_creds().is_some();
        fingerprint |= line.fingerprint().is_some();
        if line.direction().is_sending() {
            ssrcs += line.ssrc_info().len();
        }
        if line.rids().len() > MAX_LAYERS {
            return Err(limit(&format!("at most {MAX_LAYERS} layers in an m-line")));
        }
    }
    if session.ice_lite() {
        return Err(bad(&"both ends would be ICE-lite"));
    }
    if !credentials {
        return Err(bad(&"it has no ICE user name or password"));
    }
    if first && !fingerprint {
        return Err(bad(&"it has no certificate fingerprint"));
    }
    if ssrcs > MAX_ANNOUNCED {
        return Err(limit(&format!("{ssrcs} SSRCs, at most {MAX_ANNOUNCED}")));
    }
    Ok(())
}

/// Names are unique, and sections keep their places (RFC 8829, 5.2.2): only one that ended may be replaced.
fn check_sections(now: &[Section], before: &[Section]) -> Result<()> {
    if now.len() < before.len() {
        return Err(bad(&"an m-line of an earlier offer is missing"));
    }
    for (place, section) in now.iter().enumerate() {
        let twice =
            |other: &Section| other.mid == section.mid || (other.kind.is_none() && section.kind.is_none());
        if now.iter().skip(place + 1).any(twice) {
            return Err(bad(&format!("m-line {} is there twice", section.mid)));
        }
        let Some(old) = before.get(place).filter(|old| old.mid == section.mid) else {
            let replaces = before.get(place).is_none_or(|old| old.ended && section.kind.is_some());
            if !replaces || before.iter().any(|old| old.mid == section.mid) {
                return Err(bad(&format!("m-line {} is not in its place", section.mid)));
            }
            continue;
        };
        if old.kind != section.kind {
            return Err(bad(&format!("m-line {} changed its kind", section.mid)));
        }
    }
    Ok(())
}

pub(super) fn kind(kind: MediaKind) -> Kind {
    match kind {
        MediaKind::Audio => Kind::Audio,
        MediaKind::Video => Kind::Video,
    }
}

pub(super) fn bad(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::BadSdp, error.to_string())
}

fn limit(message: &str) -> Error {
    Error::new(ErrorCode::LimitExceeded, message)
}

#[cfg(test)]
#[path = "offer_tests.rs"]
mod tests;
