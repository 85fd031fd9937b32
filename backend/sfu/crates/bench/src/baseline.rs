//! The least that a forwarded packet can cost: one AES-GCM seal and its share of a segmented send.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use rustix::time::{ClockId, clock_gettime};

/// Packets of one measurement.
const PACKETS: usize = 6_000;
/// RTP header with extensions, which is authenticated and not encrypted.
const HEADER: usize = 32;
const TAG: usize = 16;

/// A sender to a socket of its own that nobody else knows.
pub struct Baseline {
    sender: UdpSocket,
    state: UdpSocketState,
    sink: UdpSocket,
    to: SocketAddr,
    key: LessSafeKey,
    size: usize,
}

impl Baseline {
    /// Packets of `size` bytes each.
    ///
    /// # Errors
    /// When the system gives no sockets.
    pub fn new(size: usize) -> io::Result<Self> {
        let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let sink = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        sink.set_nonblocking(true)?;
        let state = UdpSocketState::new(UdpSockRef::from(&sender))?;
        let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(io::Error::other)?;
        let to = sink.local_addr()?;
        Ok(Self { sender, state, sink, to, key: LessSafeKey::new(key), size: size.max(HEADER + TAG + 1) })
    }

    /// Processor time per packet, sent in bursts of so many.
    ///
    /// # Errors
    /// When sending fails.
    pub fn micros_per_packet(&self, burst: usize) -> io::Result<f64> {
        let burst = burst.min(self.state.max_gso_segments());
        let body = self.size - HEADER - TAG;
        let mut spent = Duration::ZERO;
        let mut datagrams = Vec::with_capacity(burst * self.size);
        let mut nonce = 0_u64;
        for _ in 0..PACKETS / burst {
            let before = thread_time();
            datagrams.clear();
            for _ in 0..burst {
                nonce += 1;
                self.seal(&mut datagrams, body, nonce)?;
            }
            self.state.send(
                UdpSockRef::from(&self.sender),
                &Transmit {
                    destination: self.to,
                    ecn: None,
                    contents: &datagrams,
                    segment_size: Some(self.size),
                    src_ip: None,
                },
            )?;
            spent += thread_time().saturating_sub(before);
            self.empty_sink();
        }
        let packets = f64::from(u32::try_from(PACKETS / burst * burst).unwrap_or(u32::MAX));
        Ok(spent.as_secs_f64() * 1e6 / packets)
    }

    /// Appends one packet: header, copy of the payload, tag.
    fn seal(&self, datagrams: &mut Vec<u8>, body: usize, number: u64) -> io::Result<()> {
        let start = datagrams.len();
        datagrams.resize(start + HEADER + body, 0x5a);
        let mut nonce = [0; NONCE_LEN];
        nonce[4..].copy_from_slice(&number.to_be_bytes());
        let (header, payload) = datagrams.split_at_mut(start + HEADER);
        let header = header.get(start..).unwrap_or_default();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(header), payload)
            .map_err(io::Error::other)?;
        datagrams.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// A full receive buffer would make sending cheaper than it is.
    fn empty_sink(&self) {
        let mut buffer = [0; 2048];
        while self.sink.recv(&mut buffer).is_ok() {}
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
