//! The sockets around two links: clients speak to one address, the server hears each from a port of its own.
//!
//! All clients share the links, for they are one participant's network: a client that makes a new peer
//! connection comes from another port, but through the same access line.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};

use crate::link::Link;
use crate::orders::{Order, Reply};

const WAKER: Token = Token(0);
const CLIENTS: Token = Token(1);
/// Towards the server: sockets are numbered from here.
const FIRST_SERVER_TOKEN: usize = 16;
/// Client addresses relayed at a time; the oldest makes room. A browser takes one per peer connection.
const MAX_CLIENTS: usize = 64;
/// Largest datagram taken: more than the largest frames of any network carry.
const BUFFER: usize = 16_384;
/// Longest sleep: nothing depends on it.
const IDLE: Duration = Duration::from_secs(3600);
/// The two directions must not lose the same packets.
const DOWN_SEED: u64 = 0x5eed_d0e5;

/// A datagram on its way, and whose.
#[derive(Debug, Clone)]
struct Parcel {
    client: usize,
    bytes: Vec<u8>,
}

/// A client address.
struct Client {
    addr: SocketAddr,
    /// From where the server hears it.
    outside: UdpSocket,
    /// Bindings that a router forgot: still open, so that what comes there vanishes instead of bouncing.
    forgotten: Vec<UdpSocket>,
}

/// A relay.
pub struct Relay {
    poll: Poll,
    inside: UdpSocket,
    server: SocketAddr,
    /// By the number of their token.
    clients: HashMap<usize, Client>,
    next_client: usize,
    up: Link<Parcel>,
    down: Link<Parcel>,
    /// When the blackout of a direction ends by itself, if it does.
    up_dark_until: Option<Duration>,
    down_dark_until: Option<Duration>,
    started: Instant,
}

impl Relay {
    /// Listens for clients.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn start(listen: SocketAddr, server: SocketAddr, seed: u64) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut inside = UdpSocket::bind(listen)?;
        poll.registry().register(&mut inside, CLIENTS, Interest::READABLE)?;
        Ok(Self {
            poll,
            inside,
            server,
            clients: HashMap::new(),
            next_client: FIRST_SERVER_TOKEN,
            up: Link::new(seed),
            down: Link::new(seed ^ DOWN_SEED),
            up_dark_until: None,
            down_dark_until: None,
            started: Instant::now(),
        })
    }

    /// Where clients reach it.
    ///
    /// # Errors
    /// When the socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.inside.local_addr()
    }

    /// Ends the sleep of a turn from another thread.
    ///
    /// # Errors
    /// When the poll has no room.
    pub fn waker(&self) -> io::Result<Waker> {
        Waker::new(self.poll.registry(), WAKER)
    }

    /// Sleeps until something is to do, and does it. Returns what there is to tell.
    ///
    /// # Errors
    /// When the poll fails.
    pub fn turn(&mut self, events: &mut Events) -> io::Result<Option<Reply>> {
        let timeout = self.next_at().map_or(IDLE, |at| at.saturating_sub(self.now()));
        match self.poll.poll(events, Some(timeout)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in events.iter() {
            match event.token() {
                WAKER => {}
                CLIENTS => self.hear_clients(),
                Token(number) => self.hear_server(number),
            }
        }
        // What came while it was dark has been heard by now, and was swallowed.
        let restored = self.end_blackouts();
        self.deliver();
        Ok(restored)
    }

    /// Carries out an order.
    pub fn obey(&mut self, order: Order) -> Reply {
        let now = self.now();
        match order {
            Order::Shape { direction, profile } => {
                if direction.is_up() {
                    self.up.shape(profile.clone(), now);
                }
                if direction.is_down() {
                    self.down.shape(profile, now);
                }
                Reply::Shaped
            }
            Order::Blackout { direction, ms } => {
                let until = ms.map(|ms| now + Duration::from_millis(ms));
                if direction.is_up() {
                    self.up_dark_until = until;
                    self.up.set_dark(true);
                }
                if direction.is_down() {
                    self.down_dark_until = until;
                    self.down.set_dark(true);
                }
                Reply::BlackedOut { at: wall_clock() }
            }
            Order::Restore => {
                self.restore_up();
                self.restore_down();
                Reply::Restored { at: wall_clock() }
            }
            Order::Rebind => match self.rebind() {
                Ok(clients) => Reply::Rebound { at: wall_clock(), clients },
                Err(error) => Reply::Error { message: error.to_string() },
            },
            Order::Stats => Reply::Stats {
                clients: self.clients.len(),
                up: self.up.counters(),
                down: self.down.counters(),
            },
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn next_at(&self) -> Option<Duration> {
        let links = [self.up.next_at(), self.down.next_at()];
        links.into_iter().chain([self.up_dark_until, self.down_dark_until]).flatten().min()
    }

    fn restore_up(&mut self) {
        self.up_dark_until = None;
        self.up.set_dark(false);
    }

    fn restore_down(&mut self) {
        self.down_dark_until = None;
        self.down.set_dark(false);
    }

    /// Ends what is due; the two ways end together when they were darkened together.
    fn end_blackouts(&mut self) -> Option<Reply> {
        let now = self.now();
        let up = self.up_dark_until.is_some_and(|until| until <= now);
        let down = self.down_dark_until.is_some_and(|until| until <= now);
        if up {
            self.restore_up();
        }
        if down {
            self.restore_down();
        }
        (up || down).then(|| Reply::Restored { at: wall_clock() })
    }

    fn hear_clients(&mut self) {
        let mut buffer = [0; BUFFER];
        while let Some((bytes, from)) = receive(&self.inside, &mut buffer) {
            match self.client(from) {
                Ok(client) => {
                    let parcel = Parcel { client, bytes: bytes.to_vec() };
                    self.up.offer(parcel, bytes.len(), self.started.elapsed());
                }
                Err(error) => eprintln!("streamforge-impair: {from}: {error}"),
            }
        }
    }

    fn hear_server(&mut self, number: usize) {
        let mut buffer = [0; BUFFER];
        let Some(client) = self.clients.get(&number) else { return };
        while let Some((bytes, from)) = receive(&client.outside, &mut buffer) {
            if from == self.server {
                let parcel = Parcel { client: number, bytes: bytes.to_vec() };
                self.down.offer(parcel, bytes.len(), self.started.elapsed());
            }
        }
    }

    /// Sends what has come out of the links. What a socket has no room for is lost, as anywhere.
    fn deliver(&mut self) {
        let now = self.now();
        while let Some(Parcel { client, bytes }) = self.up.take(now) {
            if let Some(client) = self.clients.get(&client) {
                drop(client.outside.send_to(&bytes, self.server));
            }
        }
        while let Some(Parcel { client, bytes }) = self.down.take(now) {
            if let Some(client) = self.clients.get(&client) {
                drop(self.inside.send_to(&bytes, client.addr));
            }
        }
    }

    /// The number of a client address, which gets a socket of its own when it is new.
    fn client(&mut self, addr: SocketAddr) -> io::Result<usize> {
        if let Some((number, _)) = self.clients.iter().find(|(_, client)| client.addr == addr) {
            return Ok(*number);
        }
        if self.clients.len() >= MAX_CLIENTS
            && let Some(oldest) = self.clients.keys().min().copied()
        {
            self.clients.remove(&oldest);
        }
        let number = self.next_client;
        self.next_client += 1;
        let outside = self.open(number)?;
        self.clients.insert(number, Client { addr, outside, forgotten: Vec::new() });
        Ok(number)
    }

    fn open(&self, number: usize) -> io::Result<UdpSocket> {
        // From the address that clients know: on loopback any other would be none of this relay's business.
        let ip: IpAddr = self.inside.local_addr()?.ip();
        let mut socket = UdpSocket::bind(SocketAddr::new(ip, 0))?;
        self.poll.registry().register(&mut socket, Token(number), Interest::READABLE)?;
        Ok(socket)
    }

    fn rebind(&mut self) -> io::Result<usize> {
        let numbers: Vec<usize> = self.clients.keys().copied().collect();
        for number in &numbers {
            let fresh = self.open(*number)?;
            let Some(client) = self.clients.get_mut(number) else { continue };
            let mut before = std::mem::replace(&mut client.outside, fresh);
            self.poll.registry().deregister(&mut before)?;
            client.forgotten.push(before);
        }
        Ok(numbers.len())
    }
}

/// A datagram, while there is one. Errors of earlier sends (ICMP) surface here: they are skipped.
fn receive<'a>(socket: &UdpSocket, buffer: &'a mut [u8]) -> Option<(&'a [u8], SocketAddr)> {
    loop {
        match socket.recv_from(buffer) {
            Ok((length, from)) => return Some((buffer.get(..length)?, from)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(_) => return None,
        }
    }
}

fn wall_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
