//! Real sockets: what passes a relay, and what its server sees.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use mio::Events;
use streamforge_impair::orders::{Order, Reply, read};
use streamforge_impair::relay::Relay;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Net {
    relay: Relay,
    server: UdpSocket,
    events: Events,
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.set_nonblocking(true).expect("a mode");
    socket
}

impl Net {
    fn new() -> Self {
        let server = socket();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let relay = Relay::start(listen, server.local_addr().expect("bound"), 1).expect("a relay");
        Self { relay, server, events: Events::with_capacity(16) }
    }

    fn order(&mut self, line: &str) -> Reply {
        self.relay.obey(read(line).expect("an order"))
    }

    /// Turns the relay until something arrives.
    fn until(
        &mut self,
        mut arrived: impl FnMut(&UdpSocket) -> Option<(String, SocketAddr)>,
    ) -> (String, SocketAddr) {
        let started = std::time::Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(found) = arrived(&self.server) {
                return found;
            }
            self.relay.turn(&mut self.events).expect("a turn");
        }
        panic!("nothing arrived");
    }

    fn send(&self, client: &UdpSocket, text: &str) {
        client.send_to(text.as_bytes(), self.relay.address().expect("bound")).expect("sent");
    }

    /// What the server hears of this, and from where.
    fn heard(&mut self, client: &UdpSocket, text: &str) -> SocketAddr {
        self.send(client, text);
        let (heard, from) = self.until(received);
        assert_eq!(heard, text);
        from
    }
}

fn received(socket: &UdpSocket) -> Option<(String, SocketAddr)> {
    let mut buffer = [0; 100];
    let (length, from) = socket.recv_from(&mut buffer).ok()?;
    Some((String::from_utf8_lossy(&buffer[..length]).into_owned(), from))
}

#[test]
fn clients_are_told_apart_and_each_gets_its_own_answer() {
    let (mut net, ada, ben) = (Net::new(), socket(), socket());
    let (from_ada, from_ben) = (net.heard(&ada, "ada"), net.heard(&ben, "ben"));
    assert_ne!(from_ada, from_ben);
    assert_eq!(net.heard(&ada, "again"), from_ada);
    net.server.send_to(b"to ben", from_ben).expect("sent");
    let (text, from) = net.until(|_| received(&ben));
    assert_eq!((text.as_str(), from), ("to ben", net.relay.address().expect("bound")));
    assert_eq!(received(&ada), None);
}

#[test]
fn after_a_rebinding_the_server_hears_another_address_and_the_old_one_is_deaf() {
    let (mut net, ada) = (Net::new(), socket());
    let before = net.heard(&ada, "before");
    assert!(matches!(net.relay.obey(Order::Rebind), Reply::Rebound { clients: 1, .. }));
    let after = net.heard(&ada, "after");
    assert_ne!(before, after);
    net.server.send_to(b"old", before).expect("sent");
    net.server.send_to(b"new", after).expect("sent");
    assert_eq!(net.until(|_| received(&ada)).0, "new");
}

#[test]
fn a_blackout_swallows_and_ends_by_itself() {
    let (mut net, ada) = (Net::new(), socket());
    net.heard(&ada, "light");
    assert!(matches!(net.order(r#"{"type": "blackout", "ms": 50}"#), Reply::BlackedOut { .. }));
    net.send(&ada, "dark");
    let restored = loop {
        if let Some(reply) = net.relay.turn(&mut net.events).expect("a turn") {
            break reply;
        }
    };
    assert!(matches!(restored, Reply::Restored { .. }));
    net.heard(&ada, "light again");
    let Reply::Stats { clients: 1, up, .. } = net.relay.obey(Order::Stats) else { panic!("counters") };
    assert_eq!((up.packets_in, up.packets_out, up.blacked_out), (3, 2, 1));
}

#[test]
fn what_came_while_it_was_dark_is_swallowed_though_it_is_read_when_the_time_is_over() {
    let (mut net, ada) = (Net::new(), socket());
    net.heard(&ada, "light");
    net.order(r#"{"type": "blackout", "ms": 0}"#);
    net.send(&ada, "dark");
    while net.relay.turn(&mut net.events).expect("a turn").is_none() {}
    net.heard(&ada, "light again");
}

#[test]
fn each_way_has_a_blackout_of_its_own() {
    let (mut net, ada) = (Net::new(), socket());
    let from = net.heard(&ada, "light");
    net.order(r#"{"type": "blackout", "direction": "up"}"#);
    net.order(r#"{"type": "blackout", "direction": "down", "ms": 1}"#);
    while net.relay.turn(&mut net.events).expect("a turn").is_none() {}
    net.send(&ada, "dark");
    net.server.send_to(b"down", from).expect("sent");
    assert_eq!(net.until(|_| received(&ada)).0, "down");
    net.order(r#"{"type": "restore"}"#);
    net.heard(&ada, "light again");
}

#[test]
fn a_profile_delays() {
    let (mut net, ada) = (Net::new(), socket());
    net.order(r#"{"type": "shape", "direction": "up", "profile": {"delayMs": 60}}"#);
    let started = std::time::Instant::now();
    net.heard(&ada, "late");
    assert!(started.elapsed() >= Duration::from_millis(60));
}
