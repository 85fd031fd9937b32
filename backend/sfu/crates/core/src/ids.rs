//! Names of the things the media core handles.
//!
//! Two families. Ids that cross the IPC (`RouterId`, `ProducerId`, …) are shared strings chosen by the
//! controller; cloning one costs a reference count. Names inside the packet path (`Mid`, `Rid`,
//! `ProducerKey`, `LayerId`) are small `Copy` values, because every forwarded packet compares them.
//! This module generates no id: randomness belongs to the callers.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares a newtype over a shared string.
macro_rules! shared_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text, exactly as the controller sent it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

shared_id!(
    /// A meeting's media on one worker.
    RouterId
);
shared_id!(
    /// A participant's peer connection.
    TransportId
);
shared_id!(
    /// A person or agent in a meeting.
    ParticipantId
);
shared_id!(
    /// A published track.
    ProducerId
);
shared_id!(
    /// Ties the log lines of one client together, from browser to worker.
    CorrelationId
);

/// Longest media or restriction identifier taken. libwebrtc caps both at 16 characters.
const MAX_STREAM_NAME: usize = 16;

/// A media or restriction identifier was empty, too long or not printable ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mid or rid must be 1 to {MAX_STREAM_NAME} printable ASCII characters")]
pub struct BadStreamName;

/// Declares an inline, `Copy` identifier of at most [`MAX_STREAM_NAME`] bytes.
macro_rules! inline_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; MAX_STREAM_NAME]);

        impl $name {
            /// Takes a name from the wire.
            ///
            /// # Errors
            /// When the text is empty, longer than 16 bytes or not printable ASCII.
            pub fn new(text: &str) -> Result<Self, BadStreamName> {
                let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
                if text.is_empty() || !printable {
                    return Err(BadStreamName);
                }
                let mut bytes = [0; MAX_STREAM_NAME];
                let place = bytes.get_mut(..text.len()).ok_or(BadStreamName)?;
                place.copy_from_slice(text.as_bytes());
                Ok(Self(bytes))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(MAX_STREAM_NAME);
                let name = self.0.get(..end).unwrap_or_default();
                // Only `new` fills the bytes, and it takes ASCII alone.
                std::str::from_utf8(name).unwrap_or_default()
            }
        }

        impl TryFrom<&str> for $name {
            type Error = BadStreamName;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Self::new(&text).map_err(D::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string", "minLength": 1, "maxLength": MAX_STREAM_NAME
                })
            }
        }
    };
}

inline_name!(
    /// A media identifier: which m-line, and so which slot or published track (RFC 9143).
    Mid
);
inline_name!(
    /// A restriction identifier: which simulcast layer of a track (RFC 8851).
    Rid
);

/// A producer's number within its router, given by the router. Never reused while the router lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProducerKey(pub u64);

/// One incoming RTP stream: a producer, and which simulcast layer of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId {
    /// Whose stream.
    pub producer: ProducerKey,
    /// `None` for audio, and for video that is not simulcast (plain or SVC).
    pub rid: Option<Rid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_name_keeps_its_text() {
        for text in ["0", "q", "abcdefghijklmnop"] {
            assert_eq!(Mid::new(text).map(|mid| mid.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_stream_name_that_is_empty_long_or_unprintable_is_refused() {
        for text in ["", "abcdefghijklmnopq", "a b", "é", "a\0b"] {
            assert_eq!(Rid::new(text), Err(BadStreamName), "{text:?}");
        }
    }

    #[test]
    fn ids_travel_as_plain_json_strings() {
        let mid: Mid = serde_json::from_str("\"4\"").expect("a mid");
        assert_eq!(serde_json::to_string(&mid).expect("json"), "\"4\"");
        assert!(serde_json::from_str::<Rid>("\"much-too-long-to-be-a-rid\"").is_err());
        let id: ProducerId = serde_json::from_str("\"prd_1\"").expect("an id");
        assert_eq!((id.as_str(), serde_json::to_string(&id).expect("json").as_str()), ("prd_1", "\"prd_1\""));
    }
}
