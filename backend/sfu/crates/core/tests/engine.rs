//! The engine on a made-up transport and a virtual clock: who ends when, and why.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::disallowed_methods)]

mod world;

use std::time::Duration;

use streamforge_sfu_core::command::{Command, Fault, Policy, Publish};
use streamforge_sfu_core::error::ErrorCode;
use streamforge_sfu_core::event::{CloseReason, Event, TransportState};
use streamforge_sfu_core::ids::Mid;
use streamforge_sfu_core::packet::{Codec, RtpIn, Source};
use streamforge_sfu_core::transport::TransportEvent;
use streamforge_sfu_core::units::Bps;
use world::{World, track};

#[test]
fn a_path_that_answers_nothing_goes_dark_and_comes_back_with_a_low_estimate() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_millis(500), &["ann", "bob"]);
    let before = world.script("bob").borrow().sent;
    assert!(before > 10, "bob receives");

    // Bob's network is gone: he sends nothing, ann goes on.
    world.pass(Duration::from_millis(1400), &["ann"]);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
    world.pass(Duration::from_millis(300), &["ann"]);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Dark, None)));
    let dark = world.script("bob").borrow().sent;
    world.pass(Duration::from_secs(3), &["ann"]);
    assert_eq!(world.script("bob").borrow().sent, dark, "nothing is sent into the dark");

    world.datagram("bob");
    world.pass(Duration::from_millis(200), &["ann"]);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
    assert_eq!(world.script("bob").borrow().resets, [Bps::kilo(600)]);
    assert!(world.script("bob").borrow().sent > dark, "media resumes");
}

#[test]
fn only_the_address_where_media_goes_keeps_a_path_lit() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.datagram_from("bob", 66);
    world.script("bob").borrow_mut().nominated = Some([10, 0, 0, 66]);
    for _ in 0..20 {
        world.pass(Duration::from_millis(100), &["ann"]);
        world.datagram("bob");
    }
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Dark, None)));
    world.pass(Duration::from_secs(31), &["ann", "bob"]);
    assert_eq!(
        world.states("bob").last(),
        Some(&(TransportState::Dark, None)),
        "he is there, and still dark"
    );
    world.datagram_from("bob", 66);
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
}

#[test]
fn a_client_to_whom_little_is_sent_is_not_taken_for_dark() {
    let mut world = World::new();
    world.join("ann");
    world.pass(Duration::from_secs(10), &[]);
    assert_eq!(world.states("ann"), [(TransportState::Connected, None)]);
}

#[test]
fn a_transport_that_stays_silent_ends_and_closes_its_producers() {
    let mut world = World::new();
    world.join("ann");
    world.pass(Duration::from_secs(31), &[]);
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::IceTimeout))));
    let closed = world.events.iter().filter(|event| matches!(event, Event::ProducerClosed { .. })).count();
    assert_eq!(closed, 2);
    let gone = Command::CloseTransport { transport_id: "ann".into() };
    let error = world.engine.handle_command(gone, world.now).expect_err("it is gone");
    assert_eq!(error.code, ErrorCode::TransportNotFound);
}

#[test]
fn a_panic_of_one_transport_leaves_the_others_alone() {
    let mut world = World::new();
    for name in ["ann", "bob", "eve"] {
        world.join(name);
    }
    world.pass(Duration::from_millis(300), &["ann", "bob"]);
    world.script("ann").borrow_mut().panics = Some("receive");
    world.datagram("ann");
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::Panicked))));
    let before = world.script("eve").borrow().sent;
    world.pass(Duration::from_millis(300), &["bob"]);
    assert!(world.script("eve").borrow().sent > before, "bob still reaches eve");
}

/// A way into a router.
type Way = (&'static str, fn(&mut World));

#[test]
fn a_panic_of_a_router_ends_that_room_alone_whatever_called_it() {
    let ways: [Way; 10] = [
        ("a packet", |world| {
            let (mid, packet) = (Mid::new("1").expect("a mid"), world.packet(Codec::Vp8));
            world.event("ann", TransportEvent::Packet { mid, rid: None, packet });
        }),
        ("time", |world| world.pass(Duration::from_millis(60), &[])),
        ("a lost picture", |world| {
            world.event("ann", TransportEvent::KeyFrameRequested { mid: Mid::new("3").expect("a mid") });
        }),
        ("an estimate", |world| {
            let estimate = Some(Bps::kilo(900));
            world.event("ann", TransportEvent::Path { estimate, lost: None, rtt: None });
        }),
        ("a channel", |world| world.event("ann", TransportEvent::ChannelOpen)),
        ("a want", |world| {
            let want = br#"{"v":1,"type":"want","revision":1,"mode":"auto","width":640,"height":360}"#;
            world.event("ann", TransportEvent::ChannelMessage(want.to_vec()));
        }),
        ("an offer", |world| drop(world.offer("ann", "offer", vec![]))),
        ("a policy", |world| {
            let policy = Policy { publish: vec![], subscribe: true };
            world.command(Command::SetPolicy { transport_id: "ann".into(), policy });
        }),
        ("muting", |world| {
            world.command(Command::SetMuted { producer_id: "ann1".into(), muted: true });
        }),
        ("moving away", |world| {
            world.command(Command::AttachTransport { transport_id: "ann".into(), router_id: "other".into() });
        }),
    ];
    for (what, enter) in ways {
        let mut world = World::new();
        world.join("ann");
        world.join("bob");
        world.command(Command::CreateRouter { router_id: "other".into() });
        world.command(Command::InjectFault { transport_id: "ann".into(), fault: Fault::PanicRouter });
        enter(&mut world);
        world.collect();
        let ended = (TransportState::Closed, Some(CloseReason::RouterClosed));
        for name in ["ann", "bob"] {
            assert_eq!(world.states(name).last(), Some(&ended), "{name} after {what}");
        }
        let left = world.engine.inventory();
        assert_eq!(left.iter().map(|router| router.router_id.as_str()).collect::<Vec<_>>(), ["other"]);
    }
}

#[test]
fn a_transport_is_not_left_over_when_its_router_panics_as_it_enters() {
    let mut world = World::new();
    world.join("ann");
    world.command(Command::InjectFault { transport_id: "ann".into(), fault: Fault::PanicRouter });
    let refused = world.create("bob").expect_err("its router is gone");
    assert_eq!(refused.code, ErrorCode::Internal);
    assert_eq!(world.engine.stats().transports, 0);
}

#[test]
fn closing_a_router_ends_its_transports() {
    let mut world = World::new();
    world.join("ann");
    let close = Command::CloseRouter { router_id: "r".into() };
    world.engine.handle_command(close, world.now).expect("done");
    world.collect();
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::RouterClosed))));
    assert!(world.engine.inventory().is_empty());
}

#[test]
fn a_stalled_transport_neither_sends_nor_receives() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_millis(300), &["ann", "bob"]);
    let stall = Command::InjectFault { transport_id: "bob".into(), fault: Fault::Stall };
    world.engine.handle_command(stall, world.now).expect("done");
    let before = world.script("bob").borrow().sent;
    world.pass(Duration::from_millis(300), &["ann"]);
    assert_eq!(world.script("bob").borrow().sent, before);
}

#[test]
fn the_inventory_tells_what_was_negotiated() {
    let mut world = World::new();
    world.join("ann");
    let inventory = serde_json::to_value(world.engine.inventory()).expect("json");
    let transport = &inventory[0]["transports"][0];
    assert_eq!(
        (transport["participantId"].as_str(), transport["state"].as_str()),
        (Some("ann"), Some("connected"))
    );
    assert_eq!(transport["producers"].as_array().map(Vec::len), Some(2));
    assert_eq!(transport["slots"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_check_that_does_not_succeed_is_no_sign_of_life() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_millis(500), &["ann", "bob"]);
    world.script("bob").borrow_mut().refuses = true;
    for _ in 0..40 {
        world.pass(Duration::from_millis(100), &["ann"]);
        world.datagram_from("bob", 66);
    }
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Dark, None)));
}

#[test]
fn a_transport_that_panics_while_it_is_sent_to_ends_alone() {
    for call in ["media", "channel"] {
        let mut world = World::new();
        for name in ["ann", "bob", "eve"] {
            world.join(name);
        }
        world.pass(Duration::from_millis(300), &["ann"]);
        world.script("bob").borrow_mut().panics = Some(call);
        let before = world.script("eve").borrow().sent;
        // Another voice makes slots change, which everybody is told.
        world.pass(Duration::from_millis(1500), &["ann", "eve"]);
        let ended = (TransportState::Closed, Some(CloseReason::Panicked));
        assert_eq!(world.states("bob").last(), Some(&ended), "{call}");
        assert_eq!(world.states("ann").last(), Some(&(TransportState::Connected, None)));
        assert_eq!(world.states("eve").last(), Some(&(TransportState::Connected, None)));
        assert!(world.script("eve").borrow().sent > before, "ann still reaches eve");
    }
}

#[test]
fn what_a_full_channel_refused_is_told_again() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.script("bob").borrow_mut().full = true;
    world.pass(Duration::from_secs(1), &["ann", "bob"]);
    world.script("bob").borrow_mut().full = false;
    world.pass(Duration::from_secs(1), &["ann", "bob"]);
    let told = world.script("bob").borrow().told.clone();
    for kind in ["slots", "layers"] {
        let named = format!("\"type\":\"{kind}\"");
        assert!(told.iter().any(|text| text.contains(&named)), "{kind}: {told:?}");
    }
    assert!(told.iter().any(|text| text.contains("\"ann\"")), "bob learns whom he sees: {told:?}");
}

#[test]
fn a_silence_that_a_full_channel_refused_is_told_again() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.pass(Duration::from_secs(1), &["ann"]);
    let told = |world: &World| world.script("bob").borrow().told.clone();
    let last = |world: &World| told(world).into_iter().rfind(|text| text.contains(r#""type":"speakers""#));
    assert!(last(&world).is_some_and(|text| text.contains("ann")), "{:?}", told(&world));
    world.script("bob").borrow_mut().full = true;
    world.pass(Duration::from_secs(10), &[]);
    world.script("bob").borrow_mut().full = false;
    world.pass(Duration::from_millis(200), &[]);
    assert!(last(&world).is_some_and(|text| !text.contains("ann")), "{:?}", told(&world));
}

#[test]
fn a_refused_offer_has_changed_nothing() {
    let mut world = World::new();
    world.join("ann");
    let before = world.engine.inventory();
    let many = (0..7).map(|mid| track("ann", &mid.to_string(), Source::Camera)).collect();
    let offers = [
        ("an unknown m-line", "offer", vec![track("ann", "9", Source::Camera)], ErrorCode::BadSdp),
        ("one of the other kind", "offer", vec![track("ann", "1", Source::Microphone)], ErrorCode::BadSdp),
        ("one that does not send", "offer", vec![track("ann", "3", Source::Camera)], ErrorCode::BadSdp),
        ("a source too many", "offer", vec![track("ann", "1", Source::Screen)], ErrorCode::PublishNotAllowed),
        ("too many tracks", "offer", many, ErrorCode::LimitExceeded),
        ("an offer that breaks the parser", "panics", vec![], ErrorCode::BadSdp),
    ];
    for (what, sdp, publish, code) in offers {
        let refused = world.offer("ann", sdp, publish).expect_err(what);
        assert_eq!(refused.code, code, "{what}");
        assert_eq!(world.script("ann").borrow().accepted, 1, "{what} reached the transport");
        assert_eq!(world.engine.inventory(), before, "{what}");
    }
    world.offer("ann", "offer", vec![track("ann", "1", Source::Camera)]).expect("a good one is taken");
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Connected, None)));
}

#[test]
fn a_transport_that_fails_on_an_offer_that_seemed_good_ends_alone() {
    let mut world = World::new();
    world.join("ann");
    world.join("bob");
    world.script("ann").borrow_mut().panics = Some("accept");
    let refused = world.offer("ann", "offer", vec![]).expect_err("it panics");
    world.collect();
    assert_eq!(refused.code, ErrorCode::Internal, "unlike a bad offer, after which it goes on");
    assert_eq!(world.states("ann").last(), Some(&(TransportState::Closed, Some(CloseReason::Panicked))));
    assert_eq!(world.states("bob").last(), Some(&(TransportState::Connected, None)));
}

#[test]
fn a_line_that_the_answer_refuses_neither_publishes_nor_receives() {
    let mut world = World::new();
    world.join("ann");
    world.script("ann").borrow_mut().refused_lines = vec!["1", "3"];
    let publish = vec![track("ann", "0", Source::Microphone), track("ann", "1", Source::Camera)];
    let accepted = world.offer("ann", "offer", publish).expect("an answer");
    world.collect();
    let names = |list: &serde_json::Value| -> Vec<String> {
        list.as_array()
            .expect("a list")
            .iter()
            .map(|entry| entry["mid"].as_str().expect("a mid").to_owned())
            .collect()
    };
    assert_eq!(names(&accepted["producers"]), ["0"]);
    assert_eq!(names(&accepted["slots"]), ["2"]);
    let closed = world.events.iter().filter(|event| matches!(event, Event::ProducerClosed { .. })).count();
    assert_eq!((world.engine.stats().producers, closed), (1, 1));
    let muted = Command::SetMuted { producer_id: "ann1".into(), muted: true };
    let error = world.engine.handle_command(muted, world.now).expect_err("it is not published");
    assert_eq!(error.code, ErrorCode::ProducerNotFound);
}

#[test]
fn a_client_that_floods_its_channel_is_told_once_and_listened_to_no_more() {
    let mut world = World::new();
    world.join("a");
    world.script("a").borrow_mut().told.clear();
    for _ in 0..500 {
        world.event("a", TransportEvent::ChannelMessage(b"nonsense".to_vec()));
    }
    let told = world.script("a").borrow().told.clone();
    let refusals = |code: &str| told.iter().filter(|text| text.contains(code)).count();
    assert!(refusals("bad_message") < 100, "{}", refusals("bad_message"));
    assert_eq!(refusals("limit_exceeded"), 1);
}

#[test]
fn the_inventory_tells_what_is_encrypted() {
    let mut world = World::new();
    world.join("ann");
    let camera = Publish { encrypted: true, ..track("ann", "1", Source::Camera) };
    world.offer("ann", "offer", vec![track("ann", "0", Source::Microphone), camera]).expect("an answer");
    let inventory = serde_json::to_value(world.engine.inventory()).expect("json");
    let producers = inventory[0]["transports"][0]["producers"].as_array().expect("producers").iter();
    let encrypted: Vec<_> = producers.map(|producer| producer["encrypted"].as_bool()).collect();
    assert_eq!(encrypted, [Some(false), Some(true)]);
}

#[test]
fn media_that_cannot_be_read_is_counted_unless_it_is_encrypted() {
    let mut world = World::new();
    world.join("ann");
    let broken = |world: &mut World| {
        world.seq += 1;
        // A payload descriptor that promises more than there is (RFC 7741, 4.2).
        let packet = RtpIn { payload: [0x90].into(), ..world.packet(Codec::Vp8) };
        let mid = Mid::new("1").expect("a mid");
        world.event("ann", TransportEvent::Packet { mid, rid: None, packet });
        world.engine.stats().malformed_media
    };
    assert_eq!(broken(&mut world), 1);
    let camera = Publish { encrypted: true, ..track("ann", "1", Source::Camera) };
    world.offer("ann", "offer", vec![camera]).expect("an answer");
    assert_eq!(broken(&mut world), 1);
    let close = Command::CloseRouter { router_id: "r".into() };
    world.engine.handle_command(close, world.now).expect("done");
    assert_eq!(world.engine.stats().malformed_media, 1, "what a closed router counted stays");
}
