//! Media over TCP, for networks that block UDP: RFC 4571 frames on accepted connections.
//!
//! A connection is a remote like any other; what its frames mean, and whether it may stay, is decided by the
//! engine's demultiplexer. Here are only framing and limits.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Socket, Type};

/// Connections at a time, in all and per IP.
const MAX_CONNECTIONS: usize = 1000;
const MAX_PER_IP: usize = 64;
/// Unsent bytes of a connection; beyond them frames are lost, as on a full link. A second at 2 Mbit/s.
const MAX_UNSENT: usize = 256 * 1024;
/// A connection that brought nothing for this long is closed: consent checks come every few seconds.
const MAX_SILENCE: Duration = Duration::from_secs(30);
const BACKLOG: i32 = 128;
const PREFIX: usize = 2;

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    heard: Instant,
}

/// One listening TCP socket and its connections.
pub struct TcpPort {
    listener: TcpListener,
    local: SocketAddr,
    connections: HashMap<Token, Connection>,
    by_peer: HashMap<SocketAddr, Token>,
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

    /// Takes new connections, within the limits.
    pub fn accept(&mut self, registry: &Registry, now: Instant) {
        while let Ok((mut stream, peer)) = self.listener.accept() {
            let same_ip = self.by_peer.keys().filter(|known| known.ip() == peer.ip()).count();
            if self.connections.len() >= MAX_CONNECTIONS || same_ip >= MAX_PER_IP {
                continue;
            }
            let Ok(local) = stream.local_addr() else { continue };
            let token = Token(self.next_token);
            if registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).is_err() {
                continue;
            }
            self.next_token += 1;
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "nodelay");
            }
            let connection =
                Connection { stream, peer, local, incoming: Vec::new(), outgoing: Vec::new(), heard: now };
            self.connections.insert(token, connection);
            self.by_peer.insert(peer, token);
        }
    }

    /// Reads and writes one connection; `each` gets sender, local address and frame.
    pub fn serve(&mut self, token: Token, now: Instant, mut each: impl FnMut(SocketAddr, SocketAddr, &[u8])) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        let open = connection.read(now, &mut each) && connection.write();
        if !open {
            self.close(token);
        }
    }

    /// Sends a frame. False when it was lost.
    pub fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> bool {
        let Some(token) = self.by_peer.get(&to).copied() else { return false };
        let Some(connection) = self.connections.get_mut(&token) else { return false };
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

    /// Closes connections that bring nothing.
    pub fn close_silent(&mut self, now: Instant) {
        let silent = |connection: &Connection| now.saturating_duration_since(connection.heard) >= MAX_SILENCE;
        let old: Vec<Token> = self
            .connections
            .iter()
            .filter(|(_, connection)| silent(connection))
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
    /// False when the connection is over.
    fn read(&mut self, now: Instant, each: &mut impl FnMut(SocketAddr, SocketAddr, &[u8])) -> bool {
        let mut chunk = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => {
                    self.heard = now;
                    self.incoming.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    self.cut_frames(each);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn cut_frames(&mut self, each: &mut impl FnMut(SocketAddr, SocketAddr, &[u8])) {
        let mut start = 0;
        while let Some((prefix, rest)) =
            self.incoming.get(start..).and_then(<[u8]>::split_first_chunk::<PREFIX>)
        {
            let length = usize::from(u16::from_be_bytes(*prefix));
            let Some(frame) = rest.get(..length) else { break };
            each(self.peer, self.local, frame);
            start += PREFIX + length;
        }
        self.incoming.drain(..start);
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

    /// Serves the only connection until the condition holds; a second is ages on loopback.
    fn until(port: &mut TcpPort, poll: &mut mio::Poll, mut holds: impl FnMut(&mut TcpPort) -> bool) -> bool {
        let mut events = mio::Events::with_capacity(8);
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            poll.poll(&mut events, Some(Duration::from_millis(5))).expect("a poll");
            port.accept(poll.registry(), Instant::now());
            if holds(port) {
                return true;
            }
        }
        false
    }

    #[test]
    fn frames_are_cut_out_of_the_stream_and_answers_are_framed() {
        let mut poll = mio::Poll::new().expect("a poll");
        let mut port = TcpPort::bind(false, 0, 100).expect("a port");
        poll.registry().register(port.source(), Token(1), Interest::READABLE).expect("registered");
        let mut client = std::net::TcpStream::connect(("127.0.0.1", port.port())).expect("connected");
        client.write_all(&[0, 3, 1, 2]).expect("written");
        let mut frames: Vec<Vec<u8>> = Vec::new();
        let mut rest = vec![3, 0, 0, 0, 1, 9];
        let came = until(&mut port, &mut poll, |port| {
            client.write_all(&std::mem::take(&mut rest)).expect("written");
            port.serve(Token(100), Instant::now(), |_, _, frame| frames.push(frame.to_vec()));
            frames.len() == 3
        });
        assert!(came, "{frames:?}");
        assert_eq!(frames, [vec![1, 2, 3], vec![], vec![9]]);
        let peer = client.local_addr().expect("an address");
        assert!(port.send(peer, &[7; 5]));
        let mut answer = [0; 7];
        client.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer, [0, 5, 7, 7, 7, 7, 7]);
        assert!(!port.send(([127, 0, 0, 1], 1).into(), &[1]), "nobody is there");
    }

    #[test]
    fn a_connection_that_brings_nothing_is_closed() {
        let mut poll = mio::Poll::new().expect("a poll");
        let mut port = TcpPort::bind(false, 0, 100).expect("a port");
        poll.registry().register(port.source(), Token(1), Interest::READABLE).expect("registered");
        let client = std::net::TcpStream::connect(("127.0.0.1", port.port())).expect("connected");
        let peer = client.local_addr().expect("an address");
        assert!(until(&mut port, &mut poll, |port| port.send(peer, &[1])), "it is accepted");
        port.close_silent(Instant::now() + MAX_SILENCE);
        assert!(!port.send(peer, &[1]), "it is gone");
    }
}
