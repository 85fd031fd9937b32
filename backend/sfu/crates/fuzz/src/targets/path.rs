//! Garbage from a participant's own address in the middle of a call: whatever it is, the call goes on.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use streamforge_sfu_core::transport::webrtc::{WebRtc, WebRtcFactory};
use streamforge_sfu_core::transport::{
    Datagram, Output, Protocol, Remote, Transport, TransportEvent, TransportFactory,
};
use streamforge_sim::client::{Client, Config};
use streamforge_sim::media::synthetic::{Mark, MarkedSound};

use crate::target::Bytes;

/// A frame of sound.
const STEP: Duration = Duration::from_millis(20);
/// Steps until they are connected; it takes some dozens.
const PATIENCE: usize = 500;
/// Silence by which a call counts as broken.
const MOST_SILENCE: usize = 5;

/// A client with a microphone and its transport, in memory and in virtual time.
struct Call {
    client: Client,
    server: WebRtc,
    client_at: SocketAddr,
    server_at: SocketAddr,
    now: Instant,
    up: Vec<Vec<u8>>,
    packets: usize,
}

thread_local! {
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
}

/// Takes datagrams.
pub fn run(input: &[u8]) {
    let mut call = CALL.take().unwrap_or_else(Call::connected);
    let mut bytes = Bytes(input);
    while !bytes.is_empty() {
        call.deliver(bytes.piece());
    }
    let before = call.packets;
    for _ in 0..MOST_SILENCE {
        call.turn();
    }
    assert!(call.packets > before, "the client is heard no more");
    // Not after a panic: the next input gets a new call.
    CALL.set(Some(call));
}

impl Call {
    fn connected() -> Self {
        let now = Instant::now();
        let (client_at, server_at) = (([192, 0, 2, 1], 1000).into(), ([192, 0, 2, 2], 2000).into());
        let sound = MarkedSound { mark: Mark { client: 1, layer: 0 } };
        let config = Config { microphone: Some(Box::new(sound)), audio_level: 20, ..Config::default() };
        let mut client = Client::new(config, client_at, now).expect("a client");
        let offer = client.offer(now).expect("an offer");
        let mut server = WebRtcFactory::new(&[server_at], &[]).expect("a factory").create(now);
        let read = server.read_offer(&offer.sdp).expect("an offer");
        let answer = server.accept_offer(read.offer, now).expect("an answer").sdp;
        client.accept_answer(&answer).expect("it fits");
        let mut call = Self { client, server, client_at, server_at, now, up: Vec::new(), packets: 0 };
        for _ in 0..PATIENCE {
            call.turn();
            if call.packets > 0 {
                return call;
            }
        }
        panic!("no call comes about");
    }

    fn turn(&mut self) {
        self.now += STEP;
        let up = &mut self.up;
        self.client.handle_timeout(self.now, &mut |_, bytes| up.push(bytes.to_vec()));
        self.server.handle_timeout(self.now);
        self.drain();
        while !self.up.is_empty() {
            for bytes in std::mem::take(&mut self.up) {
                self.deliver(&bytes);
            }
        }
    }

    fn deliver(&mut self, bytes: &[u8]) {
        let from = Remote { protocol: Protocol::Udp, addr: self.client_at };
        self.server.receive(&Datagram { from, to: self.server_at, bytes }, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.server.poll() {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => {
                    let up = &mut self.up;
                    let send = &mut |_, bytes: &[u8]| up.push(bytes.to_vec());
                    self.client.receive(self.server_at, &transmit.bytes, self.now, send);
                }
                Output::Event(TransportEvent::Packet { .. }) => self.packets += 1,
                Output::Event(TransportEvent::Closed) => panic!("the call was closed"),
                Output::Event(TransportEvent::Failed(error)) => panic!("the call failed: {error}"),
                Output::Event(_) => {}
            }
        }
    }
}
