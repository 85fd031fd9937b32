//! Many clients on one thread, each with its own UDP socket.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use crate::client::{Client, ClientError, Config};

const EVENTS: usize = 256;
const DATAGRAM: usize = 2048;
/// Pictures and sound are due on their own; this bounds how long commands wait.
const MAX_WAIT: Duration = Duration::from_millis(5);
/// After this long nobody hears a goodbye any more.
const FAREWELL_LIMIT: Duration = Duration::from_secs(2);

struct Seat {
    socket: UdpSocket,
    client: Client,
    /// Who sent to it last: the worker.
    peer: Option<SocketAddr>,
}

/// Clients by name.
pub struct Swarm {
    poll: Poll,
    events: Events,
    seats: BTreeMap<String, Seat>,
    tokens: BTreeMap<usize, String>,
    next_token: usize,
    ip: IpAddr,
}

impl Swarm {
    /// An empty swarm whose clients send from this address.
    ///
    /// # Errors
    /// When the system has no poll.
    pub fn new(ip: IpAddr) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            seats: BTreeMap::new(),
            tokens: BTreeMap::new(),
            next_token: 0,
            ip,
        })
    }

    /// Adds a client.
    ///
    /// # Errors
    /// When no socket can be bound.
    pub fn add(&mut self, name: &str, config: Config) -> Result<&mut Client, ClientError> {
        let failed = |error: &dyn std::fmt::Display| ClientError::Address(error.to_string());
        let (mut socket, token) = self.bind().map_err(|error| failed(&error))?;
        let local = socket.local_addr().map_err(|error| failed(&error))?;
        let registry = self.poll.registry();
        registry.register(&mut socket, Token(token), Interest::READABLE).map_err(|error| failed(&error))?;
        let client = Client::new(config, local, Instant::now())?;
        self.tokens.insert(token, name.to_owned());
        self.seats.insert(name.to_owned(), Seat { socket, client, peer: None });
        self.get(name).ok_or_else(|| failed(&"the client is gone"))
    }

    /// A client.
    pub fn get(&mut self, name: &str) -> Option<&mut Client> {
        self.seats.get_mut(name).map(|seat| &mut seat.client)
    }

    /// A client, to look at.
    #[must_use]
    pub fn peek(&self, name: &str) -> Option<&Client> {
        self.seats.get(name).map(|seat| &seat.client)
    }

    /// All clients.
    pub fn clients(&self) -> impl Iterator<Item = (&str, &Client)> {
        self.seats.iter().map(|(name, seat)| (name.as_str(), &seat.client))
    }

    /// All clients, to change.
    pub fn clients_mut(&mut self) -> impl Iterator<Item = (&str, &mut Client)> {
        self.seats.iter_mut().map(|(name, seat)| (name.as_str(), &mut seat.client))
    }

    /// Sends bytes from a client's own address to its worker. False while they find no room; `None` without
    /// such a client, or before it heard of a worker.
    pub fn send_raw(&mut self, name: &str, bytes: &[u8]) -> Option<bool> {
        let seat = self.seats.get(name)?;
        Some(seat.socket.send_to(bytes, seat.peer?).is_ok())
    }

    /// Ends a client with a goodbye, as soon as it can say one; the others go on meanwhile.
    ///
    /// # Errors
    /// When the poll fails.
    pub fn close(&mut self, name: &str) -> io::Result<()> {
        self.until(FAREWELL_LIMIT, |swarm| {
            let Some(seat) = swarm.seats.get_mut(name) else { return true };
            let socket = &seat.socket;
            seat.client.close(Instant::now(), &mut |to, bytes| send(socket, to, bytes))
        })?;
        self.vanish(name);
        Ok(())
    }

    /// Ends a client without a word, as when a machine loses power.
    pub fn vanish(&mut self, name: &str) {
        self.seats.remove(name);
        self.tokens.retain(|_, known| known != name);
    }

    /// Moves a client to another socket, as when it changes networks; nothing reaches the old one.
    ///
    /// # Errors
    /// When no socket can be bound.
    pub fn rebind(&mut self, name: &str) -> Result<(), ClientError> {
        let failed = |error: &dyn std::fmt::Display| ClientError::Address(error.to_string());
        let (mut socket, token) = self.bind().map_err(|error| failed(&error))?;
        let local = socket.local_addr().map_err(|error| failed(&error))?;
        let registry = self.poll.registry();
        registry.register(&mut socket, Token(token), Interest::READABLE).map_err(|error| failed(&error))?;
        let seat = self.seats.get_mut(name).ok_or_else(|| failed(&"no such client"))?;
        seat.client.move_to(local)?;
        seat.socket = socket;
        self.tokens.retain(|_, known| known != name);
        self.tokens.insert(token, name.to_owned());
        Ok(())
    }

    fn bind(&mut self) -> io::Result<(UdpSocket, usize)> {
        let token = self.next_token;
        self.next_token += 1;
        Ok((UdpSocket::bind(SocketAddr::new(self.ip, 0))?, token))
    }

    /// The address that a client sends from.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn local_addr(&self, name: &str) -> io::Result<SocketAddr> {
        let seat = self.seats.get(name).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        seat.socket.local_addr()
    }

    /// One turn: waits a little, reads, publishes.
    ///
    /// # Errors
    /// When the poll fails.
    pub fn turn(&mut self) -> io::Result<()> {
        let now = Instant::now();
        let due = self.seats.values().map(|seat| seat.client.deadline()).min();
        let wait = due.map_or(MAX_WAIT, |due| due.saturating_duration_since(now)).min(MAX_WAIT);
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let ready: Vec<usize> = self.events.iter().map(|event| event.token().0).collect();
        for token in ready {
            let name = self.tokens.get(&token);
            if let Some(seat) = name.and_then(|name| self.seats.get_mut(name)) {
                seat.read();
            }
        }
        let now = Instant::now();
        for seat in self.seats.values_mut().filter(|seat| seat.client.deadline() <= now) {
            let socket = &seat.socket;
            seat.client.handle_timeout(now, &mut |to, bytes| send(socket, to, bytes));
        }
        Ok(())
    }

    /// Turns until the condition holds. False when it does not within the limit.
    ///
    /// # Errors
    /// When the poll fails.
    pub fn until(&mut self, limit: Duration, mut holds: impl FnMut(&mut Self) -> bool) -> io::Result<bool> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if holds(self) {
                return Ok(true);
            }
            self.turn()?;
        }
        Ok(holds(self))
    }
}

impl Seat {
    fn read(&mut self) {
        let mut buffer = [0; DATAGRAM];
        let socket = &self.socket;
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            self.peer = Some(from);
            let bytes = buffer.get(..length).unwrap_or_default();
            self.client.receive(from, bytes, Instant::now(), &mut |to, bytes| send(socket, to, bytes));
        }
    }
}

fn send(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) {
    // A datagram that the kernel does not take is lost, like any other.
    drop(socket.send_to(bytes, to));
}
