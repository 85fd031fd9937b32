//! What a test says to a relay and hears from it: one JSON object a line.

use serde::{Deserialize, Serialize};

use crate::link::Counters;
use crate::profile::Profile;

/// Which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the clients to the server.
    Up,
    /// From the server to the clients.
    Down,
    /// Each way by itself, in the same manner.
    #[default]
    Both,
}

impl Direction {
    /// Whether it includes the way up.
    #[must_use]
    pub const fn is_up(self) -> bool {
        matches!(self, Self::Up | Self::Both)
    }

    /// Whether it includes the way down.
    #[must_use]
    pub const fn is_down(self) -> bool {
        matches!(self, Self::Down | Self::Both)
    }
}

/// A line that comes in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Order {
    /// Be like this from now on.
    Shape {
        /// Which way.
        #[serde(default)]
        direction: Direction,
        /// Like what.
        profile: Profile,
    },
    /// Let nothing through, for so long or until `restore`.
    Blackout {
        /// Which way.
        #[serde(default)]
        direction: Direction,
        /// For how long.
        ms: Option<u64>,
    },
    /// End a blackout.
    Restore,
    /// Speak to the server from other ports, as a router does that forgot its bindings.
    Rebind,
    /// Tell the counters.
    Stats,
}

/// A line that goes out. `at` is the wall clock in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reply {
    /// It relays, and clients reach it here.
    Ready {
        /// Address and port.
        address: String,
    },
    /// `shape` is done.
    Shaped,
    /// A blackout began.
    BlackedOut {
        /// When.
        at: u64,
    },
    /// It is over.
    Restored {
        /// When.
        at: u64,
    },
    /// The server sees other addresses from now on.
    Rebound {
        /// When.
        at: u64,
        /// How many clients' addresses changed.
        clients: usize,
    },
    /// The counters.
    Stats {
        /// Clients' addresses seen.
        clients: usize,
        /// The way up.
        up: Counters,
        /// The way down.
        down: Counters,
    },
    /// The order was not understood.
    Error {
        /// Why.
        message: String,
    },
}

/// Reads an order.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn read(line: &str) -> Result<Order, String> {
    let order = serde_json::from_str(line).map_err(|error| error.to_string())?;
    Ok(match order {
        Order::Shape { direction, profile } => Order::Shape { direction, profile: profile.checked()? },
        other => other,
    })
}

/// Writes a reply.
#[must_use]
pub fn write(reply: &Reply) -> String {
    serde_json::to_string(reply).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        let order = read(r#"{"type": "shape", "direction": "up", "profile": {"delayMs": 75}}"#);
        let profile = Profile { delay_ms: 75, ..Profile::default() };
        assert_eq!(order, Ok(Order::Shape { direction: Direction::Up, profile }));
        let order = read(r#"{"type": "blackout", "ms": 7000}"#);
        assert_eq!(order, Ok(Order::Blackout { direction: Direction::Both, ms: Some(7000) }));
        assert_eq!(read(r#"{"type": "rebind"}"#), Ok(Order::Rebind));
    }

    #[test]
    fn what_is_no_order_is_refused_with_a_reason() {
        for (line, word) in [
            ("nonsense", "expected"),
            (r#"{"type": "dance"}"#, "dance"),
            (r#"{"type": "shape", "profile": {"loss": {"percent": 200}}}"#, "loss.percent"),
        ] {
            let error = read(line).expect_err(line);
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn replies_are_lines_of_json() {
        let line = write(&Reply::Rebound { at: 5, clients: 1 });
        assert_eq!(line, r#"{"type":"rebound","at":5,"clients":1}"#);
        let stats = Reply::Stats { clients: 0, up: Counters::default(), down: Counters::default() };
        assert!(write(&stats).contains(r#""up":{"packetsIn":0,"#));
    }
}
