//! The controller's socket of the real worker process.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use streamforge_sfu_core::command::Command;
use streamforge_sfu_core::error::ErrorCode;
use streamforge_sfu_core::event::Event;
use streamforge_sim::controller::{Controller, write_frame};
use streamforge_sim::process::WorkerProcess;

const BINARY: &str = env!("CARGO_BIN_EXE_streamforge-sfu");

fn start(arguments: &[&str]) -> WorkerProcess {
    WorkerProcess::start(Path::new(BINARY), arguments).expect("a worker")
}

fn raw(controller: &mut Controller, message: &Value) -> Value {
    controller.send(message).expect("sent");
    loop {
        let answer = controller.read().expect("an answer");
        if answer.get("id").is_some() {
            return answer;
        }
    }
}

fn hello(epoch: u64) -> Command {
    Command::Hello { protocol: 1, build: "test".into(), epoch }
}

fn code(controller: &mut Controller, command: &Command) -> Option<ErrorCode> {
    controller.call(command).expect("an answer").err().map(|error| error.code)
}

/// A worker of each kind, one after the other.
fn start_both(arguments: &[&'static str]) -> impl Iterator<Item = WorkerProcess> {
    let arguments = arguments.to_vec();
    [WorkerProcess::start, WorkerProcess::start_endpoint]
        .into_iter()
        .map(move |start| start(Path::new(BINARY), &arguments).expect("a worker"))
}

#[test]
fn hello_comes_first_and_tells_what_runs() {
    for worker in start_both(&["--index", "3"]) {
        greets(&worker);
    }
}

fn greets(worker: &WorkerProcess) {
    let mut controller = Controller::connect(&worker.socket()).expect("connected");
    assert_eq!(code(&mut controller, &Command::Ping), Some(ErrorCode::HelloRequired));
    let inventory = controller.call(&hello(5)).expect("an answer").expect("welcome");
    assert_eq!((inventory["index"].as_u64(), inventory["epoch"].as_u64()), (Some(3), Some(5)));
    assert!(inventory["udpPort"].as_u64() > Some(0) && inventory["tcpPort"].as_u64() > Some(0));
    assert_eq!(inventory["routers"], json!([]));
    assert_eq!(code(&mut controller, &Command::Ping), None);
}

#[test]
fn only_this_user_can_connect() {
    for worker in start_both(&[]) {
        let mode = std::fs::metadata(worker.socket()).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn without_the_token_an_endpoint_hears_nothing_and_counts() {
    let worker = WorkerProcess::start_endpoint(Path::new(BINARY), &[]).expect("a worker");
    let hello = json!({"id": 1, "type": "hello", "protocol": 1, "build": "x", "epoch": 9}).to_string();
    let (_, token) = Controller::knock(&worker.socket()).expect("an endpoint");
    let wrong = "0".repeat(token.len());
    for shown in [wrong.as_str(), hello.as_str(), &token[1..], &"x".repeat(1 << 16)] {
        let (mut stream, _) = Controller::knock(&worker.socket()).expect("connected");
        // The worker may have hung up before all is written; then this fails, and that is fine.
        drop(
            write_frame(&mut stream, shown.as_bytes())
                .and_then(|()| write_frame(&mut stream, hello.as_bytes())),
        );
        let end = stream.read(&mut [0; 8]);
        assert!(!matches!(end, Ok(1..)), "it was answered");
        assert!(end.is_ok() || end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    }
    let mut controller = Controller::hello(&worker.socket(), 1).expect("welcome");
    let stats = controller.call(&Command::GetStats).expect("an answer").expect("counters");
    assert_eq!(stats["controllersRefused"], 4);
}

#[test]
fn an_inventory_of_thousands_comes_in_pieces_and_is_whole() {
    const MANY: usize = 2000;
    let worker = start(&[]);
    let mut first = Controller::hello(&worker.socket(), 1).expect("welcome");
    for router in ["rtr_1", "rtr_2"] {
        let create = Command::CreateRouter { router_id: router.into() };
        first.call(&create).expect("an answer").expect("done");
    }
    for number in 0..MANY {
        let router = if number < MANY / 2 { "rtr_1" } else { "rtr_2" };
        // Ids of the greatest length that anybody would think of: far more than a frame holds.
        let name = format!("{number:0300}");
        first.create_transport(router, &name).expect("an answer").expect("done");
    }

    // On a slow machine the first ones are given up meanwhile, as nobody connects to them.
    let before = transports_of(&mut first);
    let mut second = Controller::connect(&worker.socket()).expect("connected");
    let last = second.call(&hello(2)).expect("an answer").expect("welcome");
    let after = transports_of(&mut second);

    let parts = second.events.iter().filter_map(|event| match event {
        Event::InventoryPart { routers } => Some(serde_json::to_value(routers).expect("json")),
        _ => None,
    });
    let parts: Vec<Value> = parts.chain([last["routers"].clone()]).collect();
    assert!(parts.len() > 1, "one frame carries it all");
    let routers = parts.iter().flat_map(|part| part.as_array().cloned().unwrap_or_default());
    let transports = routers.flat_map(|router| router["transports"].as_array().cloned().unwrap_or_default());
    let ids: std::collections::BTreeSet<String> =
        transports.map(|transport| transport["transportId"].to_string()).collect();
    assert!((after..=before).contains(&ids.len()), "{after} <= {} <= {before}", ids.len());
}

fn transports_of(controller: &mut Controller) -> usize {
    let stats = controller.call(&Command::GetStats).expect("an answer").expect("counters");
    usize::try_from(stats["transports"].as_u64().expect("a number")).expect("a count")
}

#[test]
fn a_newer_controller_displaces_an_older_one_and_never_the_other_way_round() {
    for worker in start_both(&[]) {
        displaces(&worker);
    }
}

fn displaces(worker: &WorkerProcess) {
    let mut first = Controller::hello(&worker.socket(), 2).expect("welcome");
    first.call(&Command::CreateRouter { router_id: "rtr_1".into() }).expect("an answer").expect("done");
    let mut stale = Controller::connect(&worker.socket()).expect("connected");
    assert_eq!(code(&mut stale, &hello(1)), Some(ErrorCode::StaleEpoch));
    assert_eq!(code(&mut first, &Command::Ping), None, "the first one still rules");

    let mut second = Controller::connect(&worker.socket()).expect("connected");
    let inventory = second.call(&hello(2)).expect("an answer").expect("welcome");
    assert_eq!(inventory["routers"][0]["routerId"], "rtr_1", "it adopts what runs");
    assert!(first.call(&Command::Ping).is_err(), "the first one is displaced");
    assert_eq!(code(&mut second, &Command::Ping), None);
}

#[test]
fn what_is_wrong_with_a_command_is_told_by_its_code() {
    let worker = start(&[]);
    let mut controller = Controller::hello(&worker.socket(), 1).expect("welcome");
    let cases = [
        (json!({"id": 1, "type": "dance"}), "unknown_command"),
        (json!({"id": 2, "type": "inject-fault", "transportId": "t", "fault": "panic"}), "unknown_command"),
        (json!({"id": 3, "type": "create-router"}), "bad_message"),
        (json!({"id": 4, "type": "close-router", "routerId": "r"}), "router_not_found"),
        (json!({"id": 5, "type": "close-transport", "transportId": "t"}), "transport_not_found"),
        (json!({"id": 6, "type": "set-muted", "producerId": "p", "muted": true}), "producer_not_found"),
        (json!({"id": 7, "type": "hello", "protocol": 2, "build": "x", "epoch": 9}), "upgrade_required"),
    ];
    for (message, code) in cases {
        let answer = raw(&mut controller, &message);
        assert_eq!((&answer["id"], answer["ok"].as_bool()), (&message["id"], Some(false)), "{message}");
        assert_eq!(answer["error"]["code"], code, "{message}");
    }
}

#[test]
fn bad_offers_are_refused_by_their_code_and_change_nothing() {
    let worker = start(&[]);
    let mut controller = Controller::hello(&worker.socket(), 1).expect("welcome");
    controller.call(&Command::CreateRouter { router_id: "rtr_1".into() }).expect("an answer").expect("done");
    controller.create_transport("rtr_1", "ann").expect("an answer").expect("done");
    let again = controller.create_transport("rtr_1", "ann").expect("an answer").map_err(|error| error.code);
    assert_eq!(again.err(), Some(ErrorCode::TransportExists));
    let want = json!({"revision": 0, "mode": "auto", "width": 1, "height": 1});
    let line = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
    for (sdp, code) in [
        (String::new(), "bad_sdp"),
        ("nonsense".to_owned(), "bad_sdp"),
        ("v=0\r\n".repeat(20_000), "sdp_too_large"),
        (line.repeat(65), "too_many_media_lines"),
    ] {
        let message = json!({"id": 9, "type": "accept-offer", "transportId": "trn_ann", "sdp": sdp, "publish": [], "want": want});
        assert_eq!(raw(&mut controller, &message)["error"]["code"], code);
    }
    let inventory = controller.call(&hello(1)).expect("an answer").expect("welcome");
    assert_eq!(inventory["routers"][0]["transports"][0]["state"], "connecting");
}

#[test]
fn a_frame_beyond_the_limit_ends_its_connection_alone() {
    let worker = start(&[]);
    let mut controller = Controller::hello(&worker.socket(), 1).expect("welcome");
    let mut rude = UnixStream::connect(worker.socket()).expect("connected");
    rude.write_all(&(2_u32 << 20).to_be_bytes()).expect("written");
    rude.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    assert_eq!(rude.read(&mut [0; 8]).expect("an end"), 0);
    assert_eq!(code(&mut controller, &Command::Ping), None);
}

#[test]
fn connections_that_say_nothing_make_room_for_the_controller() {
    let worker = start(&[]);
    let mut silent: Vec<UnixStream> =
        (0..8).map(|_| UnixStream::connect(worker.socket()).expect("connected")).collect();
    for stream in &mut silent {
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
        assert_eq!(stream.read(&mut [0; 8]).expect("an end"), 0);
    }
    assert!(Controller::hello(&worker.socket(), 1).is_ok());
}

#[test]
fn statistics_come_every_second() {
    let worker = start(&[]);
    let mut controller = Controller::hello(&worker.socket(), 1).expect("welcome");
    let end = Instant::now() + Duration::from_secs(5);
    while !controller.events.iter().any(|event| matches!(event, Event::Stats(_))) {
        assert!(Instant::now() < end, "none came");
        let message = controller.read().expect("an event");
        controller.events.extend(serde_json::from_value(message).ok());
    }
}

#[test]
fn a_worker_without_a_controller_ends_and_takes_its_socket_along() {
    // Long enough that a busy machine says hello in it, too.
    for mut worker in start_both(&["--controller-timeout-s", "5"]) {
        drop(Controller::hello(&worker.socket(), 1).expect("welcome"));
        let end = Instant::now() + Duration::from_secs(30);
        let status = loop {
            if let Some(status) = worker.ended().expect("a status") {
                break status;
            }
            assert!(Instant::now() < end, "it still runs");
            std::thread::yield_now();
        };
        assert!(status.success());
        assert!(!worker.socket().exists());
    }
}

#[test]
fn the_schema_names_every_command_and_event() {
    let output = std::process::Command::new(BINARY).arg("--print-schema").output().expect("output");
    let schema = String::from_utf8(output.stdout).expect("text");
    serde_json::from_str::<Value>(&schema).expect("JSON");
    for name in ["accept-offer", "set-muted", "transport-state-changed", "publish-layers", "stale_epoch"] {
        assert!(schema.contains(&format!("\"{name}\"")), "{name}");
    }
}
