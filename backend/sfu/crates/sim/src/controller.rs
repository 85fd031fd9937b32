//! A controller of a worker, as the Python server is one: for tests and benchmarks. Blocking.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use streamforge_sfu_core::command::{AcceptOffer, Accepted, Command, CreateTransport, Policy, Publish};
use streamforge_sfu_core::error::{Error, ErrorCode};
use streamforge_sfu_core::event::Event;
use streamforge_sfu_core::packet::Source;

use crate::client::Offer;

/// A worker that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(5);

/// What carries the frames.
trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// A connection to a worker.
pub struct Controller {
    stream: Box<dyn Stream>,
    incoming: Vec<u8>,
    next_id: u64,
    /// Events that came, oldest first.
    pub events: Vec<Event>,
}

impl Controller {
    /// Connects, without a greeting: to a Unix socket, or as a file `*.endpoint` says.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn connect(path: &Path) -> io::Result<Self> {
        let stream: Box<dyn Stream> = if path.extension().is_some_and(|kind| kind == "endpoint") {
            let (mut stream, token) = Self::knock(path)?;
            write_frame(&mut stream, token.as_bytes())?;
            Box::new(stream)
        } else {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Box::new(stream)
        };
        Ok(Self { stream, incoming: Vec::new(), next_id: 1, events: Vec::new() })
    }

    /// Connects to a loopback endpoint and returns the token that has to be shown, unshown.
    ///
    /// # Errors
    /// When there is none, or nobody listens.
    pub fn knock(path: &Path) -> io::Result<(TcpStream, String)> {
        let endpoint: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let text = |name: &str| endpoint.get(name).and_then(Value::as_str).unwrap_or_default();
        let port = endpoint.get("port").and_then(Value::as_u64).unwrap_or_default();
        let stream = TcpStream::connect((text("host"), u16::try_from(port).unwrap_or_default()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok((stream, text("token").to_owned()))
    }

    /// Connects and takes control.
    ///
    /// # Errors
    /// When nobody listens or the worker refuses.
    pub fn hello(path: &Path, epoch: u64) -> io::Result<Self> {
        let mut controller = Self::connect(path)?;
        controller
            .call(&Command::Hello { protocol: 1, build: "sim".to_owned(), epoch })?
            .map_err(|error| io::Error::other(error.to_string()))?;
        Ok(controller)
    }

    /// Sends raw JSON as a frame.
    ///
    /// # Errors
    /// When the worker is gone.
    pub fn send(&mut self, message: &Value) -> io::Result<()> {
        write_frame(&mut self.stream, message.to_string().as_bytes())
    }

    /// The next message of the worker.
    ///
    /// # Errors
    /// When it is gone or silent for too long.
    pub fn read(&mut self) -> io::Result<Value> {
        loop {
            if let Some((length, rest)) = self.incoming.split_first_chunk::<4>() {
                let length = usize::try_from(u32::from_be_bytes(*length)).map_err(io::Error::other)?;
                if let Some(frame) = rest.get(..length) {
                    let value = serde_json::from_slice(frame)?;
                    self.incoming.drain(..4 + length);
                    return Ok(value);
                }
            }
            let mut chunk = [0; 16_384];
            let count = self.stream.read(&mut chunk)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.incoming.extend_from_slice(chunk.get(..count).unwrap_or_default());
        }
    }

    /// Sends a command and waits for its answer. Events that come first are kept.
    ///
    /// # Errors
    /// When the worker is gone; what it refuses is the inner error.
    pub fn call(&mut self, command: &Command) -> io::Result<Result<Value, Error>> {
        let mut message = serde_json::to_value(command)?;
        let id = self.next_id;
        self.next_id += 1;
        if let Some(fields) = message.as_object_mut() {
            fields.insert("id".to_owned(), json!(id));
        }
        self.send(&message)?;
        loop {
            let answer = self.read()?;
            if answer.get("id").and_then(Value::as_u64) != Some(id) {
                self.events.extend(serde_json::from_value(answer).ok());
                continue;
            }
            if answer.get("ok").and_then(Value::as_bool) == Some(true) {
                return Ok(Ok(answer.get("result").cloned().unwrap_or_default()));
            }
            let error = answer.get("error").cloned().unwrap_or_default();
            let unreadable = |error: serde_json::Error| Error::new(ErrorCode::Internal, error.to_string());
            return Ok(Err(serde_json::from_value(error).unwrap_or_else(unreadable)));
        }
    }

    /// Takes the events that are there, after a round trip.
    ///
    /// # Errors
    /// When the worker is gone.
    pub fn events(&mut self) -> io::Result<&[Event]> {
        self.call(&Command::Ping)?.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(&self.events)
    }

    /// Makes a transport that may do everything.
    ///
    /// # Errors
    /// When the worker is gone; what it refuses is the inner error.
    pub fn create_transport(&mut self, router: &str, name: &str) -> io::Result<Result<Value, Error>> {
        self.call(&creation(router, name))
    }

    /// Hands a client's offer to the worker.
    ///
    /// # Errors
    /// When the worker is gone; what it refuses is the inner error.
    pub fn accept_offer(&mut self, name: &str, offer: &Offer) -> io::Result<Result<Accepted, Error>> {
        let answer = self.call(&acceptance(name, offer))?;
        Ok(match answer {
            Ok(value) => Ok(serde_json::from_value(value)?),
            Err(error) => Err(error),
        })
    }
}

/// Writes one frame.
///
/// # Errors
/// When the other end is gone.
pub fn write_frame(stream: &mut impl Write, content: &[u8]) -> io::Result<()> {
    let length = u32::try_from(content.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(content)
}

/// The command that makes a transport which may do everything.
#[must_use]
pub fn creation(router: &str, name: &str) -> Command {
    let publish = vec![Source::Microphone, Source::Camera, Source::Screen, Source::ScreenAudio];
    Command::CreateTransport(CreateTransport {
        router_id: router.into(),
        transport_id: transport_id(name).into(),
        participant_id: participant_id(name).into(),
        correlation_id: format!("cor_{name}").into(),
        policy: Policy { publish, subscribe: true },
    })
}

/// The command that hands a client's offer to its transport.
#[must_use]
pub fn acceptance(name: &str, offer: &Offer) -> Command {
    let publish = offer.publish.iter().map(|track| Publish {
        mid: track.mid,
        producer_id: producer_id(name, track.source).into(),
        source: track.source,
        encrypted: false,
        muted: false,
    });
    Command::AcceptOffer(AcceptOffer {
        transport_id: transport_id(name).into(),
        sdp: offer.sdp.clone(),
        publish: publish.collect(),
        want: offer.want.clone(),
    })
}

/// The transport's id of a client of this name.
#[must_use]
pub fn transport_id(name: &str) -> String {
    format!("trn_{name}")
}

/// The participant's id of a client of this name.
#[must_use]
pub fn participant_id(name: &str) -> String {
    format!("ptc_{name}")
}

/// The producer's id of a client's track.
#[must_use]
pub fn producer_id(name: &str, source: Source) -> String {
    format!("prd_{name}_{source:?}")
}
