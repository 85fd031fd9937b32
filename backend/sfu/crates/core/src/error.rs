//! What can go wrong with a command or a channel message, each with the stable code that travels on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The codes of refused commands and messages. Append only: controllers and clients match on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, or a field is missing or of the wrong type.
    BadMessage,
    /// Something came before `hello`.
    HelloRequired,
    /// A controller with a higher epoch was here.
    StaleEpoch,
    /// The major protocol version is unknown.
    UpgradeRequired,
    /// No such command in this build.
    UnknownCommand,
    /// No router has this id.
    RouterNotFound,
    /// No transport has this id.
    TransportNotFound,
    /// No producer has this id.
    ProducerNotFound,
    /// A transport with this id exists.
    TransportExists,
    /// The offer cannot be parsed or does not fit what was negotiated before.
    BadSdp,
    /// The offer is longer than 64 kB.
    SdpTooLarge,
    /// The offer has more than 64 m-lines.
    TooManyMediaLines,
    /// The policy does not allow this source.
    PublishNotAllowed,
    /// A cap on routers, transports or producers is reached.
    LimitExceeded,
    /// A bug of ours.
    Internal,
}

/// A refused command or message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[error("{code:?}: {message}")]
pub struct Error {
    /// For programs.
    pub code: ErrorCode,
    /// For people who read logs; never shown to users.
    pub message: String,
}

impl Error {
    /// An error with this code and explanation.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// No router has this id.
    #[must_use]
    pub fn router_not_found(id: &str) -> Self {
        Self::new(ErrorCode::RouterNotFound, format!("no router {id}"))
    }

    /// No transport has this id.
    #[must_use]
    pub fn transport_not_found(id: &str) -> Self {
        Self::new(ErrorCode::TransportNotFound, format!("no transport {id}"))
    }

    /// The router panicked, and ended with its transports.
    #[must_use]
    pub fn router_failed() -> Self {
        Self::new(ErrorCode::Internal, "the router failed")
    }
}

/// What most functions here return.
pub type Result<T> = std::result::Result<T, Error>;
