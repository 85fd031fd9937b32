//! What the controller may ask of a worker, and the answers: the types of the IPC, downwards.
//!
//! `docs/architecture/protocol.md` explains them. Unknown fields are ignored; unknown commands are refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Want;
use crate::ids::{CorrelationId, Mid, ParticipantId, ProducerId, RouterId, TransportId};
use crate::packet::{Kind, Source};

/// The IPC's version. A controller with another one is refused.
pub const PROTOCOL: u32 = 1;

/// A command with the number under which it is answered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// Chosen by the controller; the answer repeats it.
    pub id: u64,
    /// What to do.
    #[serde(flatten)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Command {
    /// Takes control; answered by the inventory.
    Hello {
        /// [`PROTOCOL`].
        protocol: u32,
        /// The controller's build, for the log.
        build: String,
        /// Grows with each start of the server; a lower one is refused.
        epoch: u64,
    },
    /// Makes room for a meeting's media.
    CreateRouter {
        /// The router's id; creating it twice is fine.
        router_id: RouterId,
    },
    /// Ends a router and all its transports.
    CloseRouter {
        /// The router's id.
        router_id: RouterId,
    },
    /// Prepares a participant's peer connection.
    CreateTransport(CreateTransport),
    /// Answers a first offer or a re-offer.
    AcceptOffer(AcceptOffer),
    /// Ends a transport.
    CloseTransport {
        /// The transport's id.
        transport_id: TransportId,
    },
    /// Moves a transport to another router of this worker, without SDP.
    AttachTransport {
        /// The transport's id.
        transport_id: TransportId,
        /// Where it goes.
        router_id: RouterId,
    },
    /// Changes what a participant may publish and receive.
    SetPolicy {
        /// The transport's id.
        transport_id: TransportId,
        /// The new policy, whole.
        policy: Policy,
    },
    /// Stops or resumes the forwarding of a producer.
    SetMuted {
        /// The producer's id.
        producer_id: ProducerId,
        /// Whether it is muted from now on.
        muted: bool,
    },
    /// Asks for the counters.
    GetStats,
    /// Asks whether the worker is alive.
    Ping,
    /// Breaks something on purpose; builds for tests only.
    InjectFault {
        /// The transport's id.
        transport_id: TransportId,
        /// What breaks.
        fault: Fault,
    },
}

/// The fields of `create-transport`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateTransport {
    /// Where it is attached.
    pub router_id: RouterId,
    /// Its id.
    pub transport_id: TransportId,
    /// Whose it is.
    pub participant_id: ParticipantId,
    /// Ties its log lines to the client's.
    pub correlation_id: CorrelationId,
    /// What it may do.
    pub policy: Policy,
}

/// The fields of `accept-offer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptOffer {
    /// Which transport.
    pub transport_id: TransportId,
    /// The client's offer.
    pub sdp: String,
    /// The whole set of its producers: one that is missing is closed.
    pub publish: Vec<Publish>,
    /// What it wants to see.
    pub want: Want,
}

/// A track that a client offers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Publish {
    /// The m-line that carries it.
    pub mid: Mid,
    /// Its id.
    pub producer_id: ProducerId,
    /// What it shows or plays.
    pub source: Source,
    /// End-to-end encrypted: the payload is opaque.
    #[serde(default)]
    pub encrypted: bool,
    /// Starts muted.
    #[serde(default)]
    pub muted: bool,
}

/// What a participant may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// The sources that may be published.
    pub publish: Vec<Source>,
    /// Whether media of others is forwarded to it.
    pub subscribe: bool,
}

/// What `inject-fault` breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The next packet of the transport panics.
    Panic,
    /// The transport stops sending and receiving.
    Stall,
    /// The next call into the transport's router panics.
    PanicRouter,
}

/// The answer to `accept-offer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// The answer for the client.
    pub sdp: String,
    /// Its receive slots, in m-line order.
    pub slots: Vec<SlotInfo>,
    /// Its producers, as in `publish`.
    pub producers: Vec<AcceptedProducer>,
}

/// A receive slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlotInfo {
    /// The m-line.
    pub mid: Mid,
    /// Audio or video.
    pub kind: Kind,
}

/// A producer as the answer to `accept-offer` names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedProducer {
    /// Its id.
    pub producer_id: ProducerId,
    /// The m-line.
    pub mid: Mid,
    /// Audio or video.
    pub kind: Kind,
    /// What it shows or plays.
    pub source: Source,
}

/// The answer to `hello`: all that runs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The worker's build.
    pub build: String,
    /// The epoch now in force.
    pub epoch: u64,
    /// The process.
    pub pid: u32,
    /// The worker's index.
    pub index: u32,
    /// The bound UDP port.
    pub udp_port: u16,
    /// The bound TCP port.
    pub tcp_port: u16,
    /// The routers; those of earlier `inventory-part` events belong in front.
    pub routers: Vec<RouterInventory>,
}

/// A router and what is attached to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouterInventory {
    /// Its id.
    pub router_id: RouterId,
    /// Its transports.
    pub transports: Vec<TransportInventory>,
}

/// A transport and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransportInventory {
    /// Its id.
    pub transport_id: TransportId,
    /// Whose it is.
    pub participant_id: ParticipantId,
    /// How it is.
    pub state: crate::event::TransportState,
    /// Ties its log lines to the client's.
    pub correlation_id: CorrelationId,
    /// What it publishes.
    pub producers: Vec<ProducerInventory>,
    /// Where it receives.
    pub slots: Vec<SlotInfo>,
}

/// A producer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerInventory {
    /// Its id.
    pub producer_id: ProducerId,
    /// The m-line.
    pub mid: Mid,
    /// Audio or video.
    pub kind: Kind,
    /// What it shows or plays.
    pub source: Source,
    /// Whether forwarding is stopped.
    pub muted: bool,
    /// Whether its payload is end-to-end encrypted.
    #[serde(default)]
    pub encrypted: bool,
}

/// An answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    /// The command's number.
    pub id: u64,
    /// Whether it was done.
    pub ok: bool,
    /// When it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<serde_json::Value>,
    /// When it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<crate::error::Error>,
}

impl Response {
    /// The answer to command `id`.
    #[must_use]
    pub fn new(id: u64, outcome: crate::error::Result<serde_json::Value>) -> Self {
        match outcome {
            Ok(result) => Self { id, ok: true, result: Some(result), error: None },
            Err(error) => Self { id, ok: false, result: None, error: Some(error) },
        }
    }
}
