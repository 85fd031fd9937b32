//! Messages of a client on the channel `sfu`: read, and wanted of a router with somebody to see.

use std::time::Instant;

use streamforge_sfu_core::channel::{self, ClientMessage, MAX_MESSAGE, ServerMessage};
use streamforge_sfu_core::command::{Policy, Publish, SlotInfo};
use streamforge_sfu_core::error::ErrorCode;
use streamforge_sfu_core::ids::{Mid, RouterId};
use streamforge_sfu_core::packet::{Codecs, Kind, Source};
use streamforge_sfu_core::router::{Declared, Effect, Member, Router};
use streamforge_sfu_core::transport::TransportKey;

pub const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0000",
    "null",
    "true",
    "1e400",
    "-0",
    "\"v\":1,",
    "\"type\":\"want\",",
    "\"mode\":\"auto\",",
    "\"mode\":\"explicit\",",
    "\"slots\":[",
    "\"revision\":",
    "\"participantId\":\"ptc_0\",",
    "\"source\":\"camera\",",
    "\"mid\":\"v0\",",
    "[[[[[[[[[[[[[[[[",
    "\u{feff}",
    "é",
];
const VIEWER: TransportKey = TransportKey(1);

/// Takes one message a line.
pub fn run(input: &[u8]) {
    let now = Instant::now();
    let mut router = meeting(now);
    for message in input.split(|byte| *byte == b'\n') {
        match channel::parse(message) {
            Ok(ClientMessage::Want(want)) => {
                channel::check(&want).expect("what is read was checked");
                router.want(VIEWER, want, now);
            }
            Err(error) => {
                assert!(
                    matches!(error.code, ErrorCode::BadMessage | ErrorCode::UpgradeRequired),
                    "{:?}",
                    error.code
                );
                says(&ServerMessage::Error(error));
            }
        }
        router.handle_timeout(now);
        while let Some(effect) = router.poll_effect() {
            if let Effect::Channel { message, .. } = effect {
                says(&message);
            }
        }
    }
}

fn says(message: &ServerMessage) {
    let text = channel::write(message);
    assert!(text.len() <= MAX_MESSAGE, "{} bytes go back", text.len());
}

/// Somebody with a camera, and somebody who may want it.
fn meeting(now: Instant) -> Router {
    let mid = |name| Mid::new(name).expect("a mid");
    let mut router = Router::new(RouterId::from("rtr_1"));
    let policy = Policy { publish: vec![Source::Camera], subscribe: true };
    for (key, name) in [(TransportKey(0), "0"), (VIEWER, "1")] {
        let (transport, participant) = (format!("trn_{name}"), format!("ptc_{name}"));
        let member = Member::new(transport.into(), participant.into(), "cor_1".into(), policy.clone());
        router.attach(key, member, now);
        let slots = [("a0", Kind::Audio), ("v0", Kind::Video), ("v1", Kind::Video)];
        router.set_slots(
            key,
            &slots.map(|(name, kind)| (SlotInfo { mid: mid(name), kind }, Codecs::ALL)),
            now,
        );
        let publish = Publish {
            mid: mid("c"),
            producer_id: format!("prd_{name}").into(),
            source: Source::Camera,
            encrypted: false,
            muted: false,
        };
        router.publish(key, &[Declared { publish, rids: Vec::new() }], now);
        router.set_flowing(key, true, now);
        router.channel_opened(key);
    }
    router
}
