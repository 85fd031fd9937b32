//! Media over TCP, for networks that block UDP: RFC 4571 frames on accepted connections.
//!
//! A connection is a remote like any other; what its frames mean, and whether it may stay, is decided by the
//! engine's demultiplexer. Here are only framing and limits.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Socket, Type};

use crate::accept::{self, Accepted};

/// Connections at a time, in all and per IP.
const MAX_CONNECTIONS: usize = 1000;
const MAX_PER_IP: usize = 64;
/// Unsent bytes of a connection; beyond them frames are lost, as on a full link. A second at 2 Mbit/s.
const MAX_UNSENT: usize = 256 * 1024;
/// A connection that brought nothing, or got nothing, for this long is closed: consent checks come every few
/// seconds, and a transport that vouches for the address answers them.
const MAX_SILENCE: Duration = Duration::from_secs(30);
/// A connection to which no transport said anything for this long is a stranger's: only a sender with a
/// transport's ICE password is answered at all, and browsers check as soon as they are connected.
const MAX_STRANGE: Duration = Duration::from_secs(5);
/// Bytes of a read, and reads of a turn over all connections, before others get their turn.
const CHUNK: usize = 16 * 1024;
const READS: usize = 16;
const BACKLOG: i32 = 128;
const PREFIX: usize = 2;

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// It waits in the queue of readable ones.
    readable: bool,
    opened: Instant,
    heard: Instant,
    answered: Option<Instant>,
}

/// What a read found.
enum Reading {
    /// There may be more.
    More,
    /// Nothing is left.
    Empty,
    /// The connection is over.
    Over,
}

/// One listening TCP socket and its connections.
pub struct TcpPort {
    listener: TcpListener,
    local: SocketAddr,
    connections: HashMap<Token, Connection>,
    by_peer: HashMap<SocketAddr, Token>,
    /// Connections with unread bytes, in the order of their turns.
    readable: VecDeque<Token>,
    /// Connections may wait of which the poll does not tell again.
    unaccepted: bool,
    next_token: usize,
}

impl TcpPort {
    /// Listens on all addresses of one family. Connections get poll tokens from `first_token` up.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn bind(v6: bool, port: u16, first_token: usize) -> io::Result<Self> {
        let (domain, any): (Domain, IpAddr) = if v6 {
            (Domain::IPV6, Ipv6Addr::UNSPECIFIED.into())
        } else {
            (Domain::IPV4, Ipv4Addr::UNSPECIFIED.into())
        };
        let socket = Socket::new(domain, Type::STREAM, None)?;
        if v6 {
            socket.set_only_v6(true)?;
        }
        // A restarted worker takes its port again while old connections linger.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&SocketAddr::new(any, port).into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from_std(socket.into());
        let local = listener.local_addr()?;
        Ok(Self {
            listener,
            local,
            connections: HashMap::new(),
            by_peer: HashMap::new(),
            readable: VecDeque::new(),
            unaccepted: false,
            next_token: first_token,
        })
    }

    /// The bound port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.local.port()
    }

    /// For the poll.
    pub fn source(&mut self) -> &mut TcpListener {
        &mut self.listener
    }

    /// Whether [`TcpPort::accept`] must be called again although the poll says nothing.
    #[must_use]
    pub const fn has_unaccepted(&self) -> bool {
        self.unaccepted
    }

    /// Takes new connections, within the limits.
    pub fn accept(&mut self, registry: &Registry, now: Instant) {
        loop {
            let accepted = accept::next(|| self.listener.accept());
            self.unaccepted = matches!(accepted, Accepted::Later);
            let Accepted::One((stream, peer)) = accepted else { return };
            self.admit(stream, peer, registry, now);
        }
    }

    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr, registry: &Registry, now: Instant) {
        let same_ip = self.by_peer.keys().filter(|known| known.ip() == peer.ip()).count();
        if self.connections.len() >= MAX_CONNECTIONS || same_ip >= MAX_PER_IP {
            return;
        }
        let Ok(local) = stream.local_addr() else { return };
        let token = Token(self.next_token);
        if registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).is_err() {
            return;
        }
        self.next_token += 1;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "nodelay");
        }
        self.connections.insert(token, Connection::new(stream, peer, local, now));
        self.by_peer.insert(peer, token);
    }

    /// Notes an event of the poll: the connection may be readable and writable.
    pub fn ready(&mut self, token: Token) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        if !connection.readable {
            connection.readable = true;
            self.readable.push_back(token);
        }
        if !connection.write() {
            self.close(token);
        }
    }

    /// Whether a connection has more to read.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.readable.is_empty()
    }

    /// Reads a bounded amount, the readable connections in turn; `each` gets sender, local address and frame.
    pub fn receive(&mut self, now: Instant, mut each: impl FnMut(SocketAddr, SocketAddr, &[u8])) {
        for _ in 0..READS {
            let Some(token) = self.readable.pop_front() else { return };
            let Some(connection) = self.connections.get_mut(&token) else { continue };
            match connection.read(now, &mut each) {
                Reading::More => self.readable.push_back(token),
                Reading::Empty => connection.readable = false,
                Reading::Over => self.close(token),
            }
        }
    }

    /// Sends a frame. False when it was lost.
    pub fn send(&mut self, to: SocketAddr, bytes: &[u8], now: Instant) -> bool {
        let Some(token) = self.by_peer.get(&to).copied() else { return false };
        let Some(connection) = self.connections.get_mut(&token) else { return false };
        connection.answered = Some(now);
        let Ok(length) = u16::try_from(bytes.len()) else { return false };
        if connection.outgoing.len() + bytes.len() > MAX_UNSENT {
            return false;
        }
        connection.outgoing.extend_from_slice(&length.to_be_bytes());
        connection.outgoing.extend_from_slice(bytes);
        if !connection.write() {
            self.close(token);
        }
        true
    }

    /// Closes connections that bring nothing, and those that no transport knows.
    pub fn close_silent(&mut self, now: Instant) {
        let old: Vec<Token> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.is_idle(now))
            .map(|(token, _)| *token)
            .collect();
        for token in old {
            self.close(token);
        }
    }

    fn close(&mut self, token: Token) {
        if let Some(connection) = self.connections.remove(&token) {
            self.by_peer.remove(&connection.peer);
        }
    }
}

impl Connection {
    fn new(stream: TcpStream, peer: SocketAddr, local: SocketAddr, now: Instant) -> Self {
        Self {
            stream,
            peer,
            local,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            readable: false,
            opened: now,
            heard: now,
            answered: None,
        }
    }

    /// Nobody uses it, whatever its other end sends.
    fn is_idle(&self, now: Instant) -> bool {
        let passed = |since: Instant| now.saturating_duration_since(since);
        self.answered.map_or(passed(self.opened) >= MAX_STRANGE, |answered| {
            passed(answered) >= MAX_SILENCE || passed(self.heard) >= MAX_SILENCE
        })
    }

    fn read(&mut self, now: Instant, each: &mut impl FnMut(SocketAddr, SocketAddr, &[u8])) -> Reading {
        let mut chunk = [0; CHUNK];
        match self.stream.read(&mut chunk) {
            Ok(0) => Reading::Over,
            Ok(count) => {
                self.heard = now;
                self.incoming.extend_from_slice(chunk.get(..count).unwrap_or_default());
                if self.cut_frames(each) { Reading::More } else { Reading::Over }
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Reading::Empty,
                io::ErrorKind::Interrupted => Reading::More,
                _ => Reading::Over,
            },
        }
    }

    /// False after an empty frame: nothing that is spoken here is empty, and two bytes that cost a turn
    /// through the demultiplexer are cheap to send.
    fn cut_frames(&mut self, each: &mut impl FnMut(SocketAddr, SocketAddr, &[u8])) -> bool {
        let mut start = 0;
        while let Some((prefix, rest)) =
            self.incoming.get(start..).and_then(<[u8]>::split_first_chunk::<PREFIX>)
        {
            let length = usize::from(u16::from_be_bytes(*prefix));
            if length == 0 {
                return false;
            }
            let Some(frame) = rest.get(..length) else { break };
            each(self.peer, self.local, frame);
            start += PREFIX + length;
        }
        self.incoming.drain(..start);
        true
    }

    /// False when the connection is over.
    fn write(&mut self) -> bool {
        while !self.outgoing.is_empty() {
            match self.stream.write(&self.outgoing) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Token = Token(100);

    struct Site {
        poll: mio::Poll,
        port: TcpPort,
    }

    impl Site {
        fn new() -> Self {
            let poll = mio::Poll::new().expect("a poll");
            let mut port = TcpPort::bind(false, 0, FIRST.0).expect("a port");
            poll.registry().register(port.source(), Token(1), Interest::READABLE).expect("registered");
            Self { poll, port }
        }

        fn connect(&self) -> std::net::TcpStream {
            std::net::TcpStream::connect(("127.0.0.1", self.port.port())).expect("connected")
        }

        /// Serves until the condition holds; five seconds are ages on loopback.
        fn until(&mut self, mut holds: impl FnMut(&mut TcpPort) -> bool) -> bool {
            let mut events = mio::Events::with_capacity(8);
            let end = Instant::now() + Duration::from_secs(5);
            while Instant::now() < end {
                self.poll.poll(&mut events, Some(Duration::from_millis(5))).expect("a poll");
                self.port.accept(self.poll.registry(), Instant::now());
                events.iter().for_each(|event| self.port.ready(event.token()));
                if holds(&mut self.port) {
                    return true;
                }
            }
            false
        }
    }

    #[test]
    fn frames_are_cut_out_of_the_stream_and_answers_are_framed() {
        let mut site = Site::new();
        let mut client = site.connect();
        client.write_all(&[0, 3, 1, 2]).expect("written");
        let mut frames: Vec<Vec<u8>> = Vec::new();
        let mut rest = vec![3, 0, 1, 9];
        let came = site.until(|port| {
            client.write_all(&std::mem::take(&mut rest)).expect("written");
            port.receive(Instant::now(), |_, _, frame| frames.push(frame.to_vec()));
            frames.len() == 2
        });
        assert!(came, "{frames:?}");
        assert_eq!(frames, [vec![1, 2, 3], vec![9]]);
        let peer = client.local_addr().expect("an address");
        assert!(site.port.send(peer, &[7; 5], Instant::now()));
        let mut answer = [0; 7];
        client.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer, [0, 5, 7, 7, 7, 7, 7]);
        assert!(!site.port.send(([127, 0, 0, 1], 1).into(), &[1], Instant::now()), "nobody is there");
    }

    #[test]
    fn an_empty_frame_ends_its_connection() {
        let mut site = Site::new();
        let mut client = site.connect();
        client.write_all(&[0, 0, 0, 1, 9]).expect("written");
        let mut frames = 0;
        let mut accepted = false;
        assert!(site.until(|port| {
            accepted |= !port.connections.is_empty();
            port.receive(Instant::now(), |_, _, _| frames += 1);
            accepted && port.connections.is_empty()
        }));
        assert_eq!(frames, 0);
    }

    #[test]
    fn a_client_that_sends_without_end_gets_a_share_of_a_turn_and_waits_for_the_next() {
        let mut site = Site::new();
        let mut client = site.connect();
        client.set_nonblocking(true).expect("set");
        let flood = [0, 1, 5].repeat(CHUNK);
        // More than a turn takes waits in the socket's buffers; then it is read in one turn.
        let mut sent = 0;
        assert!(site.until(|port| {
            sent += client.write(&flood).unwrap_or(0);
            port.has_more() && sent > (READS + 2) * CHUNK
        }));
        let mut bytes = 0;
        site.port.receive(Instant::now(), |_, _, frame| bytes += PREFIX + frame.len());
        assert!(bytes > 0 && bytes <= READS * CHUNK, "{bytes} bytes in one turn");
        assert!(site.port.has_more(), "the poll will not tell of the rest again");
        assert!(site.until(|port| {
            port.receive(Instant::now(), |_, _, frame| bytes += PREFIX + frame.len());
            bytes > READS * CHUNK && !port.has_more()
        }));
    }

    #[test]
    fn readable_connections_take_turns() {
        let mut site = Site::new();
        let (mut loud, mut quiet) = (site.connect(), site.connect());
        loud.set_nonblocking(true).expect("set");
        let flood = [0, 1, 5].repeat(CHUNK);
        quiet.write_all(&[0, 1, 8]).expect("written");
        let mut sent = 0;
        assert!(site.until(|port| {
            sent += loud.write(&flood).unwrap_or(0);
            port.readable.len() == 2 && sent > (READS + 2) * CHUNK
        }));
        let mut heard = false;
        site.port.receive(Instant::now(), |_, _, frame| heard |= frame == [8]);
        assert!(heard);
    }

    #[test]
    fn an_error_of_the_listener_is_no_end_of_accepting() {
        let mut site = Site::new();
        let no_socket = std::fs::File::open("/dev/null").expect("a file");
        let broken = TcpListener::from_std(std::os::fd::OwnedFd::from(no_socket).into());
        let listener = std::mem::replace(&mut site.port.listener, broken);
        site.port.accept(site.poll.registry(), Instant::now());
        assert!(site.port.has_unaccepted());
        site.port.listener = listener;
        let _client = site.connect();
        assert!(site.until(|port| port.connections.len() == 1));
        assert!(!site.port.has_unaccepted());
    }

    #[test]
    fn a_connection_that_brings_nothing_is_closed() {
        let mut site = Site::new();
        let client = site.connect();
        let peer = client.local_addr().expect("an address");
        let start = Instant::now();
        assert!(site.until(|port| port.send(peer, &[1], start)), "it is accepted");
        site.port.close_silent(start + MAX_STRANGE);
        assert!(site.port.send(peer, &[1], start + MAX_SILENCE), "a transport vouches for it");
        site.port.close_silent(Instant::now() + MAX_SILENCE);
        assert!(!site.port.send(peer, &[1], start + MAX_SILENCE), "it is gone");
    }

    #[test]
    fn a_connection_that_no_transport_answers_is_closed_whatever_it_brings() {
        let mut site = Site::new();
        let mut client = site.connect();
        assert!(site.until(|port| !port.connections.is_empty()), "it is accepted");
        client.write_all(&[0, 1, 5]).expect("written");
        let late = Instant::now() + MAX_STRANGE;
        let mut frames = 0;
        assert!(site.until(|port| {
            port.receive(late, |_, _, _| frames += 1);
            frames == 1
        }));
        site.port.close_silent(late);
        assert!(site.port.connections.is_empty());
    }
}
