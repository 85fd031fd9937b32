//! The worker's media ports: one UDP and one TCP port, on IPv4 and, when an IPv6 address is announced, IPv6.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use mio::{Interest, Registry, Token};
use streamforge_sfu_core::transport::{Datagram, Protocol, Remote, Transmit};

use crate::tcp::TcpPort;
use crate::udp::{Reading, UdpPort};

/// Poll tokens: the UDP sockets, the TCP listeners, then each listener's connections.
const UDP: usize = 16;
const TCP: usize = 32;
/// Far enough apart that connections never meet.
const TCP_CONNECTIONS: usize = 1 << 20;
/// Batches read from a socket before others get their turn.
const BATCHES: usize = 4;

/// Both ports.
pub struct Ports {
    udp: Vec<(UdpPort, Reading)>,
    tcp: Vec<TcpPort>,
    announced: Vec<IpAddr>,
    waiting: Vec<Transmit>,
    lost: u64,
}

impl Ports {
    /// Binds them.
    ///
    /// # Errors
    /// When one is taken.
    pub fn bind(udp_port: u16, tcp_port: u16, announced: &[IpAddr], registry: &Registry) -> io::Result<Self> {
        let families: &[bool] = if announced.iter().any(IpAddr::is_ipv6) { &[false, true] } else { &[false] };
        let named = |error: io::Error, what: &str, port: u16| {
            io::Error::new(error.kind(), format!("{what} port {port}: {error}"))
        };
        let (mut udp, mut tcp): (Vec<(UdpPort, Reading)>, Vec<TcpPort>) = (Vec::new(), Vec::new());
        for (place, v6) in families.iter().enumerate() {
            // Both families share a number, also when it was free to choose.
            let port = udp.first().map_or(udp_port, |(first, _)| first.port());
            let mut socket = UdpPort::bind(*v6, port).map_err(|error| named(error, "UDP", port))?;
            registry.register(socket.source(), Token(UDP + place), Interest::READABLE)?;
            udp.push((socket, Reading::More));
            let port = tcp.first().map_or(tcp_port, TcpPort::port);
            let first_token = TCP_CONNECTIONS << place;
            let mut listener =
                TcpPort::bind(*v6, port, first_token).map_err(|error| named(error, "TCP", port))?;
            registry.register(listener.source(), Token(TCP + place), Interest::READABLE)?;
            tcp.push(listener);
        }
        Ok(Self { udp, tcp, announced: announced.to_vec(), waiting: Vec::new(), lost: 0 })
    }

    /// The bound UDP port.
    #[must_use]
    pub fn udp_port(&self) -> u16 {
        self.udp.first().map_or(0, |(port, _)| port.port())
    }

    /// The bound TCP port.
    #[must_use]
    pub fn tcp_port(&self) -> u16 {
        self.tcp.first().map_or(0, TcpPort::port)
    }

    /// The announced addresses with a port.
    #[must_use]
    pub fn announced(&self, port: u16) -> Vec<SocketAddr> {
        self.announced.iter().map(|ip| SocketAddr::new(*ip, port)).collect()
    }

    /// Datagrams and frames that found no room.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether a socket has more to read.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.udp.iter().any(|(_, reading)| *reading == Reading::More)
            || self.tcp.iter().any(TcpPort::has_more)
    }

    /// Whether errors left something of which the poll does not tell again: [`Ports::retry`] it soon.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let failed = self.udp.iter().any(|(_, reading)| *reading == Reading::Failed);
        failed || self.tcp.iter().any(TcpPort::has_unaccepted)
    }

    /// Tries again what errors left.
    pub fn retry(&mut self, registry: &Registry, now: Instant) {
        for (_, reading) in self.udp.iter_mut().filter(|(_, reading)| *reading == Reading::Failed) {
            *reading = Reading::More;
        }
        for listener in self.tcp.iter_mut().filter(|listener| listener.has_unaccepted()) {
            listener.accept(registry, now);
        }
    }

    /// Notes an event of the poll.
    pub fn ready(&mut self, token: Token, registry: &Registry, now: Instant) {
        if let Some(place) = token.0.checked_sub(UDP)
            && let Some((_, reading)) = self.udp.get_mut(place)
        {
            *reading = Reading::More;
            return;
        }
        if let Some(place) = token.0.checked_sub(TCP)
            && let Some(listener) = self.tcp.get_mut(place)
        {
            listener.accept(registry, now);
            return;
        }
        for listener in &mut self.tcp {
            listener.ready(token);
        }
    }

    /// Reads a bounded amount of every readable socket.
    pub fn receive(&mut self, now: Instant, mut each: impl FnMut(&Datagram<'_>)) {
        self.receive_udp(&mut each);
        let (announced, port) = (&self.announced, self.tcp_port());
        for listener in &mut self.tcp {
            listener.receive(now, |peer, local, frame| {
                let from = Remote { protocol: Protocol::Tcp, addr: peer };
                if let Some(to) = as_announced(announced, Some(local.ip()), peer, port) {
                    each(&Datagram { from, to, bytes: frame });
                }
            });
        }
    }

    fn receive_udp(&mut self, each: &mut impl FnMut(&Datagram<'_>)) {
        let announced = &self.announced;
        let port = self.udp.first().map_or(0, |(port, _)| port.port());
        for (socket, reading) in &mut self.udp {
            for _ in 0..BATCHES {
                if *reading != Reading::More {
                    break;
                }
                *reading = socket.receive(|received| {
                    let from = Remote { protocol: Protocol::Udp, addr: received.from };
                    if let Some(to) = as_announced(announced, received.to, received.from, port) {
                        each(&Datagram { from, to, bytes: received.bytes });
                    }
                });
            }
        }
    }

    /// Queues bytes; they leave with [`Ports::flush`].
    pub fn send(&mut self, transmit: Transmit, now: Instant) {
        match transmit.to.protocol {
            Protocol::Udp => self.waiting.push(transmit),
            Protocol::Tcp => {
                let (to, bytes) = (transmit.to.addr, &transmit.bytes);
                let sent = self.tcp.iter_mut().any(|listener| listener.send(to, bytes, now));
                self.lost += u64::from(!sent);
            }
        }
    }

    /// Sends what was queued.
    pub fn flush(&mut self) {
        for (socket, _) in &mut self.udp {
            let family = |transmit: &Transmit| transmit.to.addr.is_ipv6() == socket.is_v6();
            if self.waiting.iter().all(family) {
                self.lost += socket.send(&self.waiting);
                self.waiting.clear();
                return;
            }
            let (mine, rest) = std::mem::take(&mut self.waiting).into_iter().partition(family);
            self.waiting = rest;
            let mine: Vec<Transmit> = mine;
            self.lost += socket.send(&mine);
        }
        self.waiting.clear();
    }

    /// Closes TCP connections that nobody uses.
    pub fn close_silent(&mut self, now: Instant) {
        for listener in &mut self.tcp {
            listener.close_silent(now);
        }
    }
}

/// The announced address that a client spoke to: behind NAT, or on an address that is not announced, the
/// first one of its family.
fn as_announced(
    announced: &[IpAddr],
    spoken_to: Option<IpAddr>,
    from: SocketAddr,
    port: u16,
) -> Option<SocketAddr> {
    let exact = spoken_to.filter(|ip| announced.contains(ip));
    let same_family = || announced.iter().copied().find(|ip| ip.is_ipv6() == from.is_ipv6());
    exact.or_else(same_family).map(|ip| SocketAddr::new(ip, port))
}
