//! The UDP port: batches in (recvmmsg, GRO) and out (GSO) through `quinn-udp`, plain calls where there is
//! neither.

use std::collections::HashMap;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use socket2::{Domain, Socket, Type};
use streamforge_sfu_core::transport::Transmit;

use crate::platform;

/// One GRO read returns up to 64 kB.
const BUFFER: usize = 65_536;
/// Bytes that fit into one GSO send: an IP packet's length is 16 bits.
const MAX_BURST: usize = 65_000;
/// Local addresses remembered for answers. Beyond them the kernel's routing decides.
const MAX_LOCAL_ADDRESSES: usize = 8192;

/// One bound UDP socket.
pub struct UdpPort {
    socket: mio::net::UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    buffers: Vec<Vec<u8>>,
    /// To which of this host's addresses a client speaks: answers must come from there.
    spoken_to: HashMap<SocketAddr, IpAddr>,
    burst: Vec<u8>,
}

/// A received datagram.
pub struct Received<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// To which of this host's addresses.
    pub to: Option<IpAddr>,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// What a socket had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A batch; there may be more.
    More,
    /// Nothing; the poll tells of the next.
    Empty,
    /// An error. Datagrams may wait behind it, and the poll is silent about them: read again later.
    Failed,
}

impl UdpPort {
    /// Binds all addresses of one family.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn bind(v6: bool, port: u16) -> io::Result<Self> {
        let (domain, any): (Domain, IpAddr) = if v6 {
            (Domain::IPV6, Ipv6Addr::UNSPECIFIED.into())
        } else {
            (Domain::IPV4, Ipv4Addr::UNSPECIFIED.into())
        };
        let socket = Socket::new(domain, Type::DGRAM, None)?;
        if v6 {
            socket.set_only_v6(true)?;
        }
        platform::enlarge_buffers(&socket);
        socket.set_nonblocking(true)?;
        socket.bind(&SocketAddr::new(any, port).into())?;
        let socket = std::net::UdpSocket::from(socket);
        let local = socket.local_addr()?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let buffers = vec![vec![0; BUFFER]; BATCH_SIZE];
        let socket = mio::net::UdpSocket::from_std(socket);
        Ok(Self {
            socket,
            state,
            local,
            buffers,
            spoken_to: HashMap::new(),
            burst: Vec::with_capacity(BUFFER),
        })
    }

    /// The bound port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.local.port()
    }

    /// Whether it is the IPv6 one.
    #[must_use]
    pub const fn is_v6(&self) -> bool {
        self.local.is_ipv6()
    }

    /// For the poll.
    pub fn source(&mut self) -> &mut mio::net::UdpSocket {
        &mut self.socket
    }

    /// Takes one batch.
    pub fn receive(&mut self, mut each: impl FnMut(&Received<'_>)) -> Reading {
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut slices: Vec<IoSliceMut<'_>> =
            self.buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
        let count = match self.state.recv(UdpSockRef::from(&self.socket), &mut slices, &mut metas) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Reading::Empty,
            // Errors of earlier sends (ICMP) surface here: they are news of one peer, not of the socket. But
            // an error may also last, and reading on at once would then be all that this process does.
            Err(error) => {
                tracing::debug!(%error, "receive");
                return Reading::Failed;
            }
        };
        for (meta, buffer) in metas.iter().zip(&self.buffers).take(count) {
            let Some(bytes) = buffer.get(..meta.len) else { continue };
            for datagram in bytes.chunks(meta.stride.max(1)) {
                // Remembered for STUN only, so that a flood of other packets cannot fill the table.
                if let Some(to) = meta.dst_ip.filter(|_| datagram.first().is_some_and(|first| *first < 4)) {
                    if self.spoken_to.len() >= MAX_LOCAL_ADDRESSES {
                        self.spoken_to.clear();
                    }
                    self.spoken_to.insert(meta.addr, to);
                }
                each(&Received { from: meta.addr, to: meta.dst_ip, bytes: datagram });
            }
        }
        Reading::More
    }

    /// Sends datagrams, those of one size to one place as one burst. Returns how many the kernel had no
    /// room for; they are lost, as on any full link.
    pub fn send(&mut self, datagrams: &[Transmit]) -> u64 {
        let most = self.state.max_gso_segments();
        let mut lost = 0;
        let mut rest = datagrams;
        while let Some(first) = rest.first() {
            let count = burst_length(rest, most);
            let (burst, tail) = rest.split_at(count);
            rest = tail;
            let segment = first.bytes.len();
            let contents = if count == 1 {
                first.bytes.as_slice()
            } else {
                self.burst.clear();
                for datagram in burst {
                    self.burst.extend_from_slice(&datagram.bytes);
                }
                self.burst.as_slice()
            };
            let transmit = quinn_udp::Transmit {
                destination: first.to.addr,
                ecn: None,
                contents,
                segment_size: (count > 1).then_some(segment),
                src_ip: self.spoken_to.get(&first.to.addr).copied(),
            };
            if let Err(error) = self.state.try_send(UdpSockRef::from(&self.socket), &transmit) {
                tracing::trace!(%error, "send");
                lost += count as u64;
            }
        }
        lost
    }
}

/// How many of the datagrams go out as one burst: one place, one size, but the last may be shorter.
fn burst_length(datagrams: &[Transmit], most: usize) -> usize {
    let Some(first) = datagrams.first() else { return 0 };
    let segment = first.bytes.len();
    let mut total = segment;
    let mut count = 1;
    for next in datagrams.iter().skip(1).take(most.saturating_sub(1)) {
        total += next.bytes.len();
        if next.to != first.to || next.bytes.len() > segment || total > MAX_BURST {
            break;
        }
        count += 1;
        if next.bytes.len() < segment {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use streamforge_sfu_core::transport::{Protocol, Remote};

    fn datagram(port: u16, size: usize) -> Transmit {
        let to = Remote { protocol: Protocol::Udp, addr: ([127, 0, 0, 1], port).into() };
        Transmit { to, bytes: vec![7; size] }
    }

    #[test]
    fn a_burst_goes_to_one_place_in_one_size_and_ends_with_a_shorter_one() {
        let list = [datagram(1, 9), datagram(1, 9), datagram(1, 4), datagram(1, 9), datagram(2, 9)];
        assert_eq!(burst_length(&list, 64), 3);
        assert_eq!(burst_length(&list[3..], 64), 1);
        assert_eq!(burst_length(&list, 2), 2);
        assert_eq!(burst_length(&[datagram(1, 4), datagram(1, 9)], 64), 1);
        assert_eq!(burst_length(&[], 64), 0);
    }

    #[test]
    fn an_error_that_lasts_is_not_read_over_and_over() {
        let mut port = UdpPort::bind(false, 0).expect("a port");
        assert_eq!(port.receive(|_| ()), Reading::Empty);
        let no_socket = std::fs::File::open("/dev/null").expect("a file");
        port.socket = mio::net::UdpSocket::from_std(std::os::fd::OwnedFd::from(no_socket).into());
        assert_eq!(port.receive(|_| ()), Reading::Failed);
    }

    #[test]
    fn bursts_arrive_as_the_datagrams_that_they_were() {
        let mut from = UdpPort::bind(false, 0).expect("a port");
        let mut to = UdpPort::bind(false, 0).expect("a port");
        let list: Vec<Transmit> =
            [100, 100, 100, 40, 7].iter().map(|size| datagram(to.port(), *size)).collect();
        assert_eq!(from.send(&list), 0);
        let mut sizes = Vec::new();
        let mut tries = 0;
        while sizes.len() < 5 && tries < 1_000_000 {
            to.receive(|received| sizes.push(received.bytes.len()));
            tries += 1;
        }
        assert_eq!(sizes, [100, 100, 100, 40, 7]);
    }
}
