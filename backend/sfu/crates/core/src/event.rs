//! What a worker reports on its own: the types of the IPC, upwards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::SpeakerLevel;
use crate::command::RouterInventory;
use crate::ids::{ParticipantId, ProducerId, RouterId, TransportId};
use crate::packet::{Codec, Kind, Source};
use crate::stats::Stats;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// A transport connected, fell silent, came back or ended.
    TransportStateChanged {
        /// Which one.
        transport_id: TransportId,
        /// Whose it is.
        participant_id: ParticipantId,
        /// How it is now.
        state: TransportState,
        /// Why it ended.
        reason: Option<CloseReason>,
    },
    /// The first packet of a producer came.
    ProducerStarted {
        /// Whose it is.
        transport_id: TransportId,
        /// Which one.
        producer_id: ProducerId,
        /// Audio or video.
        kind: Kind,
        /// What it shows or plays.
        source: Source,
        /// How it is encoded.
        codec: Codec,
    },
    /// A producer is gone.
    ProducerClosed {
        /// Whose it was.
        transport_id: TransportId,
        /// Which one.
        producer_id: ProducerId,
    },
    /// Who is heard changed. The newest of a router replaces the older ones.
    SpeakersChanged {
        /// Where.
        router_id: RouterId,
        /// Loudest first.
        speakers: Vec<SpeakerLevel>,
    },
    /// A piece of the inventory that did not fit into the answer to `hello`; it comes before that answer.
    InventoryPart {
        /// Routers; one that was named before, on this connection, goes on here.
        routers: Vec<RouterInventory>,
    },
    /// The counters, every second. The newest replaces the older ones.
    Stats(Stats),
}

/// How a transport is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TransportState {
    /// Waiting for the client.
    Connecting,
    /// Media may flow.
    Connected,
    /// Nothing comes back: forwarding is stopped until something does.
    Dark,
    /// Gone.
    Closed,
}

/// Why a transport ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CloseReason {
    /// The controller asked.
    Requested,
    /// The client was never or no longer reachable.
    IceTimeout,
    /// The handshake failed.
    DtlsFailed,
    /// The client closed its end.
    PeerClosed,
    /// A bug of ours; this transport alone paid for it.
    Panicked,
    /// Its router was closed.
    RouterClosed,
}
