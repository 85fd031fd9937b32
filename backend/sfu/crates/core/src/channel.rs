//! What a client and its worker tell each other on the data channel `sfu`.
//!
//! Only the shapes and their limits; what they lead to is the router's business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode, Result};
use crate::ids::{Mid, ParticipantId, Rid};
use crate::packet::{Kind, Source};

/// The channel's label.
pub const LABEL: &str = "sfu";
/// The channel's version.
pub const VERSION: u32 = 1;
/// Longest message in either direction.
pub const MAX_MESSAGE: usize = 16 * 1024;
/// Longest explanation of a refusal, in characters: it must fit into a message itself.
const MAX_REASON: usize = 300;
/// Most slots in a want. The SDP limit of 64 m-lines makes more pointless.
pub const MAX_WANTS: usize = 64;

/// The whole of what a client wants to see, with a revision that only grows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Want {
    /// Older revisions than the newest are ignored.
    pub revision: u64,
    /// What to bind.
    #[serde(flatten)]
    pub mode: WantMode,
}

/// How slots are bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum WantMode {
    /// In order of publication, screens first, each at this size.
    Auto {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Exactly these; a slot that is not named is unbound.
    Explicit {
        /// One entry a slot.
        slots: Vec<SlotWant>,
    },
}

/// What one slot should carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotWant {
    /// Which slot.
    pub mid: Mid,
    /// Whose video. Unknown ones stay wanted until they appear.
    pub participant_id: ParticipantId,
    /// Which video.
    pub source: Source,
    /// Pixels; 0 keeps the binding and pauses it.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The higher, the more it keeps when bandwidth is short.
    #[serde(default)]
    pub priority: u8,
}

/// Client → worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ClientMessage {
    /// The new want.
    Want(Want),
}

/// Worker → client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ServerMessage {
    /// What the slots carry; changed ones only, all of them in the first message.
    Slots {
        /// The slots.
        slots: Vec<SlotState>,
    },
    /// Who is heard, loudest first; empty means silence.
    Speakers {
        /// The speakers.
        speakers: Vec<SpeakerLevel>,
    },
    /// Which layers video slots carry; changed ones only.
    Layers {
        /// The slots.
        layers: Vec<LayerState>,
    },
    /// What the path to the client is believed to carry.
    Bandwidth {
        /// Bits per second.
        available_bps: u64,
    },
    /// The layers of one of the client's tracks that somebody wants.
    PublishLayers {
        /// Which track.
        mid: Mid,
        /// The wanted layers.
        rids: Vec<Rid>,
    },
    /// The client's last message was refused.
    Error(Error),
}

/// What a slot carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotState {
    /// Which slot.
    pub mid: Mid,
    /// Audio or video.
    pub kind: Kind,
    /// Whose media, or nobody's.
    pub participant_id: Option<ParticipantId>,
    /// Which media.
    pub source: Option<Source>,
    /// Whether it is end-to-end encrypted.
    pub encrypted: bool,
}

/// How loud somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpeakerLevel {
    /// Who.
    pub participant_id: ParticipantId,
    /// 0 to 100.
    pub level: u8,
}

/// Which layer a video slot carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayerState {
    /// Which slot.
    pub mid: Mid,
    /// The simulcast layer, when there are any.
    pub rid: Option<Rid>,
    /// Pixels, 0 when unknown.
    pub width: u16,
    /// Pixels, 0 when unknown.
    pub height: u16,
    /// Whether it flows.
    pub state: LayerFlow,
}

/// Whether a video slot's layer flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayerFlow {
    /// It flows.
    Active,
    /// It starts with the next key frame.
    Waiting,
    /// The client or the publisher paused it.
    Paused,
    /// The path has no room for it.
    Starved,
    /// The client does not take its codec.
    Unsupported,
}

#[derive(Deserialize)]
struct Envelope<T> {
    v: u32,
    #[serde(flatten)]
    message: T,
}

#[derive(Serialize)]
struct EnvelopeRef<'a> {
    v: u32,
    #[serde(flatten)]
    message: &'a ServerMessage,
}

/// Reads a client's message.
///
/// # Errors
/// `bad_message` when it is too long, no JSON, of an unknown type or breaks a limit; `upgrade_required` when
/// it is of another version.
pub fn parse(bytes: &[u8]) -> Result<ClientMessage> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Error::new(ErrorCode::BadMessage, "longer than 16 kB"));
    }
    let envelope: Envelope<serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|error| refused(&error))?;
    if envelope.v != VERSION {
        return Err(Error::new(ErrorCode::UpgradeRequired, format!("this worker speaks version {VERSION}")));
    }
    let message: ClientMessage = serde_json::from_value(envelope.message).map_err(|error| refused(&error))?;
    let ClientMessage::Want(want) = &message;
    check(want)?;
    Ok(message)
}

/// Checks what the types alone cannot.
///
/// # Errors
/// `bad_message` when there are too many slots or one is named twice.
pub fn check(want: &Want) -> Result<()> {
    let WantMode::Explicit { slots } = &want.mode else { return Ok(()) };
    if slots.len() > MAX_WANTS {
        return Err(Error::new(ErrorCode::BadMessage, format!("more than {MAX_WANTS} slots")));
    }
    let mut mids: Vec<Mid> = slots.iter().map(|slot| slot.mid).collect();
    mids.sort_unstable();
    if mids.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Error::new(ErrorCode::BadMessage, "a slot is named twice"));
    }
    Ok(())
}

/// serde repeats what it did not expect, however long that is.
fn refused(error: &serde_json::Error) -> Error {
    let reason: String = error.to_string().chars().take(MAX_REASON).collect();
    Error::new(ErrorCode::BadMessage, reason)
}

/// Writes a message for a client.
#[must_use]
pub fn write(message: &ServerMessage) -> String {
    // Serialising our own types into a string cannot fail.
    serde_json::to_string(&EnvelopeRef { v: VERSION, message }).unwrap_or_default()
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
