//! The controller's socket: who may command this worker, what it asks, and what it is told.
//!
//! One controller at a time; a higher or equal epoch displaces the one before. It parses and answers; what a
//! command does is the engine's business.

mod connection;
mod door;
mod inventory;
mod outbox;
mod token;

use std::io;
use std::time::{Duration, Instant};

use serde_json::Value;
use streamforge_sfu_core::command::{Command, Inventory, PROTOCOL, Request, Response};
use streamforge_sfu_core::error::{Error, ErrorCode, Result};
use streamforge_sfu_core::event::Event;

use crate::accept::{self, Accepted};
use crate::options::Control;
use crate::platform::{Listener, Stream};
use connection::Connection;
use door::Door;

/// Connections that have not said hello yet. One is the rule, two happen when a server restarts.
const MAX_WAITING: usize = 8;
/// Connections that do not say hello for this long make room for those that do.
const MAX_SHYNESS: Duration = Duration::from_secs(5);

/// Does what needs more than this socket knows.
pub trait Handler {
    /// Does a command that is not about the connection itself.
    ///
    /// # Errors
    /// With the code of what was wrong.
    fn command(&mut self, command: Command) -> Result<Value>;

    /// All that runs, for a controller with this epoch.
    fn inventory(&mut self, epoch: u64) -> Inventory;
}

/// The controller's socket.
pub struct Ipc {
    door: Door,
    waiting: Vec<(Connection, Instant)>,
    /// Connections may wait of which the poll does not tell again.
    unaccepted: bool,
    controller: Option<Connection>,
    epoch: u64,
    lonely_since: Instant,
    refused: u64,
}

impl Ipc {
    /// Listens.
    ///
    /// # Errors
    /// When that is not possible, for example because another worker listens there.
    pub fn open(control: &Control, now: Instant) -> io::Result<Self> {
        Ok(Self {
            door: Door::open(control)?,
            waiting: Vec::new(),
            unaccepted: false,
            controller: None,
            epoch: 0,
            lonely_since: now,
            refused: 0,
        })
    }

    /// For the poll.
    pub fn listener(&mut self) -> &mut dyn Listener {
        &mut *self.door.listener
    }

    /// Takes away what led controllers here.
    pub fn close(&self) {
        self.door.remove();
    }

    /// Connections that were refused: of another user, or without the token.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Whether there was no controller for this long.
    #[must_use]
    pub fn is_abandoned(&self, timeout: Duration, now: Instant) -> bool {
        self.controller.is_none() && now.saturating_duration_since(self.lonely_since) >= timeout
    }

    /// Whether [`Ipc::accept`] must be called again although the poll says nothing.
    #[must_use]
    pub const fn has_unaccepted(&self) -> bool {
        self.unaccepted
    }

    /// Takes new connections. `register` makes the poll watch them.
    pub fn accept(&mut self, now: Instant, mut register: impl FnMut(&mut dyn Stream) -> io::Result<()>) {
        loop {
            let accepted = accept::next(|| self.door.listener.accept());
            self.unaccepted = matches!(accepted, Accepted::Later);
            let Accepted::One(stream) = accepted else { return };
            let Some(mut stream) = stream else {
                self.count_refusal();
                continue;
            };
            if self.waiting.len() >= MAX_WAITING || register(&mut *stream).is_err() {
                continue;
            }
            self.waiting.push((Connection::new(stream, self.door.token.clone()), now));
        }
    }

    fn count_refusal(&mut self) {
        self.refused += 1;
        tracing::warn!(refused = self.refused, "somebody who may not command this worker was refused");
    }

    /// Reads what came and answers it.
    pub fn serve(&mut self, handler: &mut impl Handler, now: Instant) {
        self.waiting.retain(|(_, since)| now.saturating_duration_since(*since) < MAX_SHYNESS);
        let mut place = 0;
        while place < self.waiting.len() {
            let (mut connection, since) = self.waiting.swap_remove(place);
            if self.greet(&mut connection, handler) {
                if let Some(mut old) = self.controller.replace(connection) {
                    tracing::info!("another controller took over");
                    old.flush();
                }
            } else if connection.is_open() {
                self.waiting.push((connection, since));
                let last = self.waiting.len() - 1;
                self.waiting.swap(place, last);
                place += 1;
            } else if connection.was_refused() {
                self.count_refusal();
            }
        }
        if let Some(mut controller) = self.controller.take() {
            while let Some(frame) = controller.next_frame() {
                self.respond(&mut controller, &frame, handler);
            }
            controller.flush();
            if controller.is_open() {
                self.controller = Some(controller);
            } else {
                tracing::info!("the controller is gone");
                self.lonely_since = now;
            }
        }
    }

    /// Serves a connection that has not said hello. True when it is the controller from now on.
    fn greet(&mut self, connection: &mut Connection, handler: &mut impl Handler) -> bool {
        while let Some(frame) = connection.next_frame() {
            let (id, command) = parse(&frame);
            let outcome = match command {
                Ok(Command::Hello { protocol, build, epoch }) => self.hello(protocol, &build, epoch, handler),
                Ok(_) => Err(Error::new(ErrorCode::HelloRequired, "say hello first")),
                Err(error) => Err(error),
            };
            let welcome = outcome.is_ok();
            answer_hello(connection, id, outcome);
            if welcome {
                connection.flush();
                return true;
            }
        }
        connection.flush();
        false
    }

    fn hello(
        &mut self,
        protocol: u32,
        build: &str,
        epoch: u64,
        handler: &mut impl Handler,
    ) -> Result<Inventory> {
        if protocol != PROTOCOL {
            return Err(Error::new(
                ErrorCode::UpgradeRequired,
                format!("this worker speaks protocol {PROTOCOL}"),
            ));
        }
        if epoch < self.epoch {
            return Err(Error::new(ErrorCode::StaleEpoch, format!("epoch {} was here", self.epoch)));
        }
        self.epoch = epoch;
        tracing::info!(epoch, build, "controller");
        Ok(handler.inventory(epoch))
    }

    fn respond(&mut self, controller: &mut Connection, frame: &[u8], handler: &mut impl Handler) {
        let (id, command) = parse(frame);
        let outcome = match command {
            Ok(Command::Hello { protocol, build, epoch }) => {
                let outcome = self.hello(protocol, &build, epoch, handler);
                return answer_hello(controller, id, outcome);
            }
            Ok(Command::Ping) => Ok(serde_json::json!({})),
            Ok(command) => handler.command(command),
            Err(error) => Err(error),
        };
        controller.answer(&Response::new(id, outcome));
    }

    /// Tells the controller something. Without one it is not told: the inventory will say how things are.
    pub fn tell(&mut self, event: Event) {
        if let Some(controller) = &mut self.controller {
            controller.tell(event);
        }
    }

    /// Writes what waits.
    pub fn flush(&mut self) {
        if let Some(controller) = &mut self.controller {
            controller.flush();
        }
    }
}

/// Answers a hello. What does not fit into the answer's frame goes ahead of it.
fn answer_hello(connection: &mut Connection, id: u64, outcome: Result<Inventory>) {
    let result = outcome.and_then(|mut inventory| {
        let mut parts = inventory::parts(std::mem::take(&mut inventory.routers));
        inventory.routers = parts.pop().unwrap_or_default();
        for routers in parts {
            connection.tell(Event::InventoryPart { routers });
        }
        serde_json::to_value(inventory).map_err(|error| Error::new(ErrorCode::Internal, error.to_string()))
    });
    connection.answer(&Response::new(id, result));
}

/// Reads a command. The number comes first, so that even a bad command is answered under its own.
fn parse(frame: &[u8]) -> (u64, Result<Command>) {
    let bad = |error: &serde_json::Error| Error::new(ErrorCode::BadMessage, error.to_string());
    let value: Value = match serde_json::from_slice(frame) {
        Ok(value) => value,
        Err(error) => return (0, Err(bad(&error))),
    };
    let id = value.get("id").and_then(Value::as_u64).unwrap_or(0);
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let command = serde_json::from_value::<Request>(value).map(|request| request.command).map_err(|error| {
        // serde names the variants that it knows when the tag is none of them.
        let unknown = error.to_string().starts_with("unknown variant")
            && error.to_string().contains(&format!("`{kind}`"));
        if unknown && !kind.is_empty() && !is_known(&kind) {
            Error::new(ErrorCode::UnknownCommand, format!("no command {kind:?}"))
        } else {
            bad(&error)
        }
    });
    (id, command)
}

/// Whether a command of this name exists: then something else in it was wrong.
fn is_known(kind: &str) -> bool {
    const KNOWN: [&str; 12] = [
        "hello",
        "create-router",
        "close-router",
        "create-transport",
        "accept-offer",
        "close-transport",
        "attach-transport",
        "set-policy",
        "set-muted",
        "get-stats",
        "ping",
        "inject-fault",
    ];
    KNOWN.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> (u64, Option<ErrorCode>) {
        let (id, command) = parse(text.as_bytes());
        (id, command.err().map(|error| error.code))
    }

    #[test]
    fn commands_are_read_and_unknown_fields_ignored() {
        let text = r#"{"id":7,"type":"create-router","routerId":"rtr_1","later":1}"#;
        assert!(matches!(parse(text.as_bytes()), (7, Ok(Command::CreateRouter { .. }))));
    }

    #[test]
    fn what_is_wrong_with_a_command_is_told_under_its_number() {
        assert_eq!(code(r#"{"id":3,"type":"dance"}"#), (3, Some(ErrorCode::UnknownCommand)));
        assert_eq!(code(r#"{"id":4,"type":"create-router"}"#), (4, Some(ErrorCode::BadMessage)));
        let source = r#"{"id":5,"type":"create-transport","routerId":"r","transportId":"t","participantId":"p",
            "correlationId":"c","policy":{"publish":["dance"],"subscribe":true}}"#;
        assert_eq!(code(source), (5, Some(ErrorCode::BadMessage)));
        assert_eq!(code("{\"id\":6}"), (6, Some(ErrorCode::BadMessage)));
        assert_eq!(code("nonsense"), (0, Some(ErrorCode::BadMessage)));
    }
}
