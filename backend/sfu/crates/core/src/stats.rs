//! The counters of a worker, since its start.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The body of the `stats` event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Processor time used by the process.
    pub cpu_seconds: f64,
    /// Resident memory of the process.
    pub rss_bytes: u64,
    /// Datagrams and frames received.
    pub packets_in: u64,
    /// Datagrams and frames sent.
    pub packets_out: u64,
    /// Bytes received, without IP and UDP headers.
    pub bytes_in: u64,
    /// Bytes sent, without IP and UDP headers.
    pub bytes_out: u64,
    /// Dropped because no transport vouches for the sender.
    pub dropped_unknown: u64,
    /// Dropped because a queue was full.
    pub dropped_queue: u64,
    /// The longest turn of the event loop since the last report, in milliseconds.
    pub loop_lag_max_ms: f64,
    /// Routers now.
    pub routers: u64,
    /// Transports now.
    pub transports: u64,
    /// Producers now.
    pub producers: u64,
    /// Producers bound to a slot now, counted once a slot.
    pub consumers: u64,
    /// Key frames asked of publishers.
    pub pli_sent: u64,
    /// Requests for key frames that were not passed on.
    pub pli_suppressed: u64,
    /// Connections to the controller's socket that were refused: of another user, or without the token.
    pub controllers_refused: u64,
    /// Media packets whose payload or descriptor could not be read.
    pub malformed_media: u64,
}
