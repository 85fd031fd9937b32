//! The JSON Schema of everything that a worker says and hears, for those who check their types against it.

use schemars::{JsonSchema, schema_for};
use streamforge_sfu_core::channel::{ClientMessage, ServerMessage};
use streamforge_sfu_core::command::{Accepted, Inventory, Request, Response};
use streamforge_sfu_core::event::Event;

/// All messages in one document, so that shared types appear once.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its shape is used")]
struct Protocols {
    /// IPC, controller → worker.
    request: Request,
    /// IPC, worker → controller.
    response: Response,
    /// The result of `accept-offer`.
    accepted: Accepted,
    /// The result of `hello`.
    inventory: Inventory,
    /// IPC, worker → controller, on its own.
    event: Event,
    /// Channel `sfu`, client → worker (beside `v`).
    client_message: ClientMessage,
    /// Channel `sfu`, worker → client (beside `v`).
    server_message: ServerMessage,
}

/// The schema as indented JSON.
#[must_use]
pub fn print() -> String {
    serde_json::to_string_pretty(&schema_for!(Protocols)).unwrap_or_default()
}
