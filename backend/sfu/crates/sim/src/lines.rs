//! Clients driven by JSON lines on standard input and output: somebody else does the signaling.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use streamforge_sfu_core::channel::{ServerMessage, Want, WantMode};

use crate::client::{ClientError, Config, Layer, Offer, Published};
use crate::errand::{Errand, Flood};
use crate::garbage::Garbage;
use crate::media::file::{IvfLoop, OpusLoop};
use crate::media::synthetic::{Mark, MarkedSound};
use crate::media::{Pictures, Sound};
use crate::swarm::Swarm;

/// A line that comes in.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Order {
    /// Make a client and its offer.
    Open(Open),
    /// The server's answer.
    Answer {
        /// Which client.
        client: String,
        /// The SDP.
        sdp: String,
    },
    /// Change a client's loudness.
    AudioLevel {
        /// Which client.
        client: String,
        /// In -dBov.
        level: u8,
    },
    /// Send so many datagrams that mean nothing, from the client's own address.
    Garbage {
        /// Which client.
        client: String,
        /// How many.
        count: u64,
        /// Which ones.
        seed: u64,
    },
    /// Send a message on the channel, again and again.
    Say {
        /// Which client.
        client: String,
        /// The message.
        text: String,
        /// How often.
        count: u64,
    },
    /// End a client.
    Close {
        /// Which client.
        client: String,
    },
    /// Tell the counters.
    Stats,
}

/// The fields of `open`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Open {
    /// Its name.
    client: String,
    /// An IVF file to loop; `"synthetic"` publishes three made-up layers.
    video: Option<PathBuf>,
    /// A file of Opus frames to loop; `"synthetic"` publishes made-up ones.
    audio: Option<PathBuf>,
    /// In -dBov.
    #[serde(default = "silence")]
    audio_level: u8,
    #[serde(default = "audio_slots")]
    audio_slots: usize,
    /// None unless asked for: filling a room takes speakers, not viewers.
    #[serde(default)]
    video_slots: usize,
}

fn silence() -> u8 {
    127
}

fn audio_slots() -> usize {
    3
}

/// A line that goes out.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Reply<'a> {
    Offer { client: &'a str, sdp: String, publish: Vec<Published>, want: Want },
    State { client: &'a str, state: &'a str },
    Sent { client: &'a str },
    Stats { clients: Vec<Counters<'a>> },
    Error { client: Option<&'a str>, message: String },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counters<'a> {
    client: &'a str,
    connected: bool,
    packets_in: u64,
    bytes_in: u64,
    packets_out: u64,
    bytes_out: u64,
    /// The longest time without any media since the last report.
    longest_gap_ms: u64,
    /// Messages of the worker, and those of them that are refusals.
    messages: usize,
    refusals: usize,
}

/// Serves orders until their sender is gone.
///
/// # Errors
/// When the sockets fail.
pub fn serve(orders: &Receiver<String>, ip: IpAddr, mut reply: impl FnMut(String)) -> io::Result<()> {
    let mut swarm = Swarm::new(ip)?;
    let mut waiting: Vec<String> = Vec::new();
    let mut errands: Vec<Errand> = Vec::new();
    let mut number = 0;
    loop {
        loop {
            let line = match orders.try_recv() {
                Ok(line) => line,
                Err(std::sync::mpsc::TryRecvError::Empty) => break,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return Ok(()),
            };
            let answer = |message: &Reply<'_>| serde_json::to_string(message).unwrap_or_default();
            match serde_json::from_str::<Order>(&line) {
                Ok(Order::Stats) => reply(answer(&stats(&mut swarm))),
                Ok(Order::Garbage { client, count, seed }) => {
                    errands.push(Errand { client, flood: Flood::Garbage(Garbage::new(seed)), left: count });
                }
                Ok(Order::Say { client, text, count }) => {
                    errands.push(Errand { client, flood: Flood::Text(text), left: count });
                }
                Ok(order) => {
                    number += 1;
                    if let Some(text) = obey(&mut swarm, &mut waiting, order, number, answer) {
                        reply(text);
                    }
                }
                Err(error) => reply(answer(&Reply::Error { client: None, message: error.to_string() })),
            }
        }
        swarm.turn()?;
        errands.retain_mut(|errand| {
            let done = errand.turn(&mut swarm);
            if done {
                reply(serde_json::to_string(&Reply::Sent { client: &errand.client }).unwrap_or_default());
            }
            !done
        });
        waiting.retain(|name| {
            let connected = swarm.peek(name).is_none_or(crate::client::Client::is_connected);
            if connected {
                let state = Reply::State { client: name, state: "connected" };
                reply(serde_json::to_string(&state).unwrap_or_default());
            }
            !connected
        });
    }
}

fn obey(
    swarm: &mut Swarm,
    waiting: &mut Vec<String>,
    order: Order,
    number: u16,
    write: impl Fn(&Reply<'_>) -> String,
) -> Option<String> {
    let name = match &order {
        Order::Open(open) => open.client.clone(),
        Order::Answer { client, .. } | Order::AudioLevel { client, .. } | Order::Close { client } => {
            client.clone()
        }
        Order::Garbage { .. } | Order::Say { .. } | Order::Stats => return None,
    };
    let outcome = match order {
        Order::Open(open) => make(swarm, &open, number).map(|offer| {
            let Offer { sdp, publish, want } = offer;
            Some(write(&Reply::Offer { client: &name, sdp, publish, want }))
        }),
        Order::Answer { sdp, .. } => {
            waiting.push(name.clone());
            swarm.get(&name).map_or(Ok(()), |client| client.accept_answer(&sdp)).map(|()| None)
        }
        Order::AudioLevel { level, .. } => {
            if let Some(client) = swarm.get(&name) {
                client.set_audio_level(level);
            }
            Ok(None)
        }
        Order::Close { .. } => swarm
            .close(&name)
            .map(|()| Some(write(&Reply::State { client: &name, state: "closed" })))
            .map_err(|error| ClientError::Address(error.to_string())),
        Order::Garbage { .. } | Order::Say { .. } | Order::Stats => Ok(None),
    };
    outcome.unwrap_or_else(|error| {
        Some(write(&Reply::Error { client: Some(&name), message: error.to_string() }))
    })
}

fn make(swarm: &mut Swarm, open: &Open, number: u16) -> Result<Offer, ClientError> {
    let unreadable =
        |path: &Path, error: io::Error| ClientError::Negotiation(format!("{}: {error}", path.display()));
    let camera = match &open.video {
        None => Vec::new(),
        Some(path) if path == Path::new("synthetic") => Layer::simulcast(number),
        Some(path) => {
            let pictures: Box<dyn Pictures> =
                Box::new(IvfLoop::open(path).map_err(|error| unreadable(path, error))?);
            vec![Layer::plain(pictures)]
        }
    };
    let microphone: Option<Box<dyn Sound>> = match &open.audio {
        None => None,
        Some(path) if path == Path::new("synthetic") => {
            Some(Box::new(MarkedSound { mark: Mark { client: number, layer: 0 } }))
        }
        Some(path) => Some(Box::new(OpusLoop::open(path).map_err(|error| unreadable(path, error))?)),
    };
    let config = Config {
        microphone,
        audio_level: open.audio_level,
        camera,
        audio_slots: open.audio_slots,
        video_slots: open.video_slots,
        want: Want { revision: 0, mode: WantMode::Auto { width: 320, height: 180 } },
    };
    swarm.add(&open.client, config)?.offer(Instant::now())
}

fn stats(swarm: &mut Swarm) -> Reply<'_> {
    let now = Instant::now();
    let refusal = |message: &&ServerMessage| matches!(message, ServerMessage::Error(_));
    let clients = swarm.clients_mut().map(|(name, client)| Counters {
        client: name,
        connected: client.is_connected(),
        packets_in: client.received.packets(),
        bytes_in: client.received.bytes(),
        packets_out: client.sent.0,
        bytes_out: client.sent.1,
        longest_gap_ms: u64::try_from(client.received.take_longest_gap(now).as_millis()).unwrap_or(u64::MAX),
        messages: client.messages.len(),
        refusals: client.messages.iter().filter(refusal).count(),
    });
    Reply::Stats { clients: clients.collect() }
}
