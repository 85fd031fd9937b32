//! The controller's socket: frames, commands in any order, and what a real engine makes of them.

use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use serde_json::Value;
use streamforge_sfu::ipc::{Handler, Ipc};
use streamforge_sfu::options::Control;
use streamforge_sfu_core::command::{Command, Inventory, Response};
use streamforge_sfu_core::engine::Engine;
use streamforge_sfu_core::error::{ErrorCode, Result};
use streamforge_sfu_core::transport::TransportFactory;
use streamforge_sfu_core::transport::webrtc::{WebRtc, WebRtcFactory};

pub const WORDS: &[&str] = &[
    "\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "\"id\":1,",
    "\"type\":\"hello\",",
    "\"type\":\"create-router\",",
    "\"type\":\"close-router\",",
    "\"type\":\"create-transport\",",
    "\"type\":\"accept-offer\",",
    "\"type\":\"close-transport\",",
    "\"type\":\"attach-transport\",",
    "\"type\":\"set-policy\",",
    "\"type\":\"set-muted\",",
    "\"type\":\"inject-fault\",",
    "\"routerId\":\"rtr_2\",",
    "\"transportId\":\"trn_1\",",
    "\"subscribe\":false",
    "\"publish\":[]",
    "[[[[[[[[[[[[[[[[",
    "\\ud800",
];
/// The first byte of an input that is written as it is; any other is cut into frames at its line ends.
const RAW: u8 = 0xff;

/// One certificate for all inputs.
#[derive(Clone)]
struct Factory(Rc<RefCell<WebRtcFactory>>);

impl TransportFactory for Factory {
    type Transport = WebRtc;

    fn create(&mut self, now: Instant) -> WebRtc {
        self.0.borrow_mut().create(now)
    }
}

struct Worker {
    engine: Engine<Factory>,
    now: Instant,
}

impl Handler for Worker {
    fn command(&mut self, command: Command) -> Result<Value> {
        let answer = self.engine.handle_command(command, self.now);
        while self.engine.poll_output().is_some() {}
        answer
    }

    fn inventory(&mut self, epoch: u64) -> Inventory {
        Inventory {
            protocol: 1,
            build: String::new(),
            epoch,
            pid: 0,
            index: 0,
            udp_port: 0,
            tcp_port: 0,
            routers: self.engine.inventory(),
        }
    }
}

thread_local! {
    static SITE: (Factory, PathBuf) = site();
}

fn site() -> (Factory, PathBuf) {
    let address = ([192, 0, 2, 9], 40_000).into();
    let factory = WebRtcFactory::new(&[address], &[address]).expect("a factory");
    let name = format!("streamforge-fuzz-{}-{:?}.sock", std::process::id(), std::thread::current().id());
    (Factory(Rc::new(RefCell::new(factory))), std::env::temp_dir().join(name))
}

/// Takes what a controller writes.
pub fn run(input: &[u8]) {
    SITE.with(|(factory, path)| {
        talk(factory.clone(), path, input);
        drop(std::fs::remove_file(path));
    });
}

fn talk(factory: Factory, path: &Path, input: &[u8]) {
    let now = Instant::now();
    let mut worker = Worker { engine: Engine::new(factory, false), now };
    let mut ipc = Ipc::open(&Control::Socket(path.to_owned()), now).expect("a socket");
    let mut controller = UnixStream::connect(path).expect("a listener");
    controller.set_nonblocking(true).expect("a socket");
    ipc.accept(now, |_| Ok(()));
    let (bytes, frames) = written(input);
    let (mut rest, mut answers) = (bytes.as_slice(), Vec::new());
    let mut hung_up = false;
    loop {
        let wrote = match controller.write(rest) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => break,
        };
        rest = rest.get(wrote..).unwrap_or_default();
        ipc.serve(&mut worker, now);
        ipc.flush();
        let before = answers.len();
        hung_up |= read(&mut controller, &mut answers);
        if hung_up || (wrote == 0 && answers.len() == before) {
            break;
        }
    }
    let count = check(&answers);
    assert!(frames.is_none_or(|frames| frames == count), "{frames:?} commands, {count} answers");
}

/// The bytes of an input, and how many frames they are when that is known.
fn written(input: &[u8]) -> (Vec<u8>, Option<usize>) {
    if let Some((&RAW, raw)) = input.split_first() {
        return (raw.to_vec(), None);
    }
    let mut bytes = Vec::new();
    let mut count = 0;
    for line in input.split(|byte| *byte == b'\n') {
        bytes.extend(u32::try_from(line.len()).unwrap_or(0).to_be_bytes());
        bytes.extend(line);
        count += 1;
    }
    (bytes, Some(count))
}

/// Reads what is there. True when the other end is closed.
fn read(from: &mut UnixStream, into: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 16_384];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return true,
            Ok(count) => into.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

/// Answers, all of them well formed and none of them a bug of ours.
fn check(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).expect("a length");
        let message: Value = serde_json::from_slice(rest.get(..length).expect("whole")).expect("JSON");
        bytes = rest.get(length..).unwrap_or_default();
        // An inventory travels in events ahead of its answer.
        if message.get("ok").is_none() {
            continue;
        }
        let answer: Response = serde_json::from_value(message).expect("an answer");
        assert_eq!(answer.ok, answer.error.is_none());
        assert!(answer.error.is_none_or(|error| error.code != ErrorCode::Internal), "an internal error");
        count += 1;
    }
    count
}
