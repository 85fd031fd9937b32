//! Native clients through a real worker process, over loopback.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod rig;

use std::time::Duration;

use rig::{Rig, speaker, want};
use streamforge_sfu_core::channel::ServerMessage;
use streamforge_sfu_core::command::{Command, Fault, Policy};
use streamforge_sfu_core::error::ErrorCode;
use streamforge_sfu_core::event::{CloseReason, TransportState};
use streamforge_sfu_core::packet::{Kind, Source};
use streamforge_sim::client::Config;
use streamforge_sim::controller::{participant_id, producer_id, transport_id};
use streamforge_sim::media::synthetic::{Mark, MarkedPictures};

const LOUD: u8 = 20;

fn hears(rig: &mut Rig, name: &str, sender: u16) -> bool {
    let streams = rig.client(name).received.streams.values();
    streams
        .clone()
        .any(|stream| stream.key_frames == 0 && stream.marks.keys().any(|mark| mark.client == sender))
}

fn sees(rig: &mut Rig, name: &str, sender: u16) -> bool {
    let mut streams = rig.client(name).received.streams.values();
    streams.any(|stream| stream.key_frames > 0 && stream.marks.keys().any(|mark| mark.client == sender))
}

#[test]
fn two_clients_see_and_hear_each_other_without_a_gap() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", speaker(2, LOUD));
    assert!(rig.until(|rig| sees(rig, "ann", 2) && sees(rig, "bob", 1)), "both see");
    assert!(rig.until(|rig| hears(rig, "ann", 2) && hears(rig, "bob", 1)), "both hear");
    rig.run(Duration::from_millis(500));
    for name in ["ann", "bob"] {
        for (mid, stream) in &rig.client(name).received.streams {
            assert_eq!((stream.missing, stream.backwards), (0, 0), "{name} {mid}");
        }
        let own = if name == "ann" { 1 } else { 2 };
        assert!(!rig.client(name).received.senders().contains(&own), "{name} gets nothing of its own");
    }
    let told = rig
        .client("bob")
        .slots
        .iter()
        .any(|slot| slot.participant_id.as_ref().is_some_and(|id| id.as_str() == participant_id("ann")));
    assert!(told, "bob is told whom his slots carry");
}

#[test]
fn a_slot_shows_whom_the_client_wants_and_switches() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", speaker(2, LOUD));
    rig.join("eve", Config { video_slots: 1, ..Config::default() });
    let mid = rig.slots("eve", Kind::Video)[0];
    for (revision, (whom, number)) in (1..).zip([("ann", 1), ("bob", 2), ("ann", 1)]) {
        rig.want("eve", revision, vec![want(mid, whom, Source::Camera, (320, 180))]);
        let switched = rig.until(|rig| {
            let told = rig.client("eve").slot(mid).and_then(|slot| slot.participant_id.clone());
            let shown = rig.client("eve").received.streams.get(&mid).and_then(|stream| stream.mark);
            told.is_some_and(|id| id.as_str() == participant_id(whom))
                && shown.is_some_and(|mark| mark.client == number)
        });
        assert!(switched, "eve sees {whom}");
    }
    let stream = rig.client("eve").received.streams[&mid].clone();
    assert_eq!((stream.missing, stream.backwards), (0, 0), "one continuous stream");
    rig.want("eve", 9, vec![]);
    assert!(rig.until(|rig| rig.client("eve").slot(mid).is_some_and(|slot| slot.participant_id.is_none())));
}

#[test]
fn the_layer_follows_the_size_of_the_view() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("eve", Config { video_slots: 1, ..Config::default() });
    let mid = rig.slots("eve", Kind::Video)[0];
    for (revision, (size, layer)) in (1..).zip([((320, 180), 0), ((1280, 720), 2), ((640, 360), 1)]) {
        rig.want("eve", revision, vec![want(mid, "ann", Source::Camera, size)]);
        let shows =
            |rig: &mut Rig| rig.client("eve").received.streams.get(&mid).and_then(|stream| stream.mark);
        assert!(
            rig.until(|rig| shows(rig) == Some(Mark { client: 1, layer })),
            "{size:?} → {:?}",
            shows(&mut rig)
        );
    }
}

#[test]
fn of_five_speakers_the_three_loudest_are_heard() {
    let mut rig = Rig::start();
    for (number, level) in [(1, 50), (2, 15), (3, 55), (4, 20), (5, 25)] {
        rig.join(
            &format!("p{number}"),
            Config { camera: Vec::new(), video_slots: 0, ..speaker(number, level) },
        );
    }
    rig.join("eve", Config { video_slots: 0, ..Config::default() });
    let heard = |rig: &mut Rig, expected: [u16; 3]| {
        rig.client("eve").received.forget();
        rig.run(Duration::from_millis(300));
        rig.client("eve").received.senders().into_iter().eq(expected)
    };
    assert!(rig.until(|rig| heard(rig, [2, 4, 5])), "{:?}", rig.client("eve").received.senders());
    rig.client("p2").set_audio_level(127);
    rig.client("p1").set_audio_level(10);
    assert!(rig.until(|rig| heard(rig, [1, 4, 5])), "{:?}", rig.client("eve").received.senders());
    let says = rig
        .client("eve")
        .messages
        .iter()
        .any(|message| matches!(message, ServerMessage::Speakers { speakers } if !speakers.is_empty()));
    assert!(says, "eve is told who speaks");
}

#[test]
fn muting_stops_forwarding_at_once_and_unmuting_resumes_it() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", Config::default());
    assert!(rig.until(|rig| sees(rig, "bob", 1) && hears(rig, "bob", 1)));
    for muted in [true, false] {
        for source in [Source::Microphone, Source::Camera] {
            let producer_id = producer_id("ann", source).as_str().into();
            rig.command(&Command::SetMuted { producer_id, muted });
        }
        if muted {
            rig.run(Duration::from_millis(100));
            rig.client("bob").received.forget();
            rig.run(Duration::from_millis(400));
            assert!(rig.client("bob").received.senders().is_empty(), "nothing comes while muted");
        }
    }
    assert!(rig.until(|rig| sees(rig, "bob", 1) && hears(rig, "bob", 1)), "media resumes");
    for (mid, stream) in &rig.client("bob").received.streams {
        assert_eq!((stream.missing, stream.backwards), (0, 0), "{mid}");
    }
}

#[test]
fn a_screen_is_added_by_another_offer_and_comes_first() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", Config::default());
    assert!(rig.until(|rig| sees(rig, "bob", 1)));
    let mark = Mark { client: 77, layer: 0 };
    let pictures = Box::new(MarkedPictures { mark, size: (1280, 720), bytes: 900 });
    let offer = rig.client("ann").offer_screen(pictures, std::time::Instant::now()).expect("an offer");
    let accepted = rig.controller.accept_offer("ann", &offer).expect("an answer").expect("accepted");
    assert_eq!(accepted.producers.len(), 3);
    rig.client("ann").accept_answer(&accepted.sdp).expect("it fits");
    rig.client("bob").received.forget();
    assert!(rig.until(|rig| sees(rig, "bob", 77) && sees(rig, "bob", 1)), "bob sees screen and camera");
}

#[test]
fn an_ice_restart_carries_media_over_to_another_network() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", Config::default());
    assert!(rig.until(|rig| sees(rig, "bob", 1)));
    rig.swarm.rebind("ann").expect("another socket");
    let offer = rig.client("ann").offer_ice_restart().expect("an offer");
    let accepted = rig.controller.accept_offer("ann", &offer).expect("an answer").expect("accepted");
    rig.client("ann").accept_answer(&accepted.sdp).expect("it fits");
    for _ in 0..3 {
        rig.client("bob").received.forget();
        assert!(rig.until(|rig| rig.client("bob").received.senders().contains(&1)), "media goes on");
        rig.run(Duration::from_millis(300));
    }
    assert!(rig.until(|rig| !rig.states("ann").iter().any(|(state, _)| *state == TransportState::Closed)));
}

#[test]
fn a_panic_ends_one_transport_alone() {
    let mut rig = Rig::start();
    for (number, name) in [(1, "ann"), (2, "bob"), (3, "eve")] {
        rig.join(name, speaker(number, LOUD));
    }
    assert!(rig.until(|rig| sees(rig, "eve", 1) && sees(rig, "eve", 2)));
    rig.command(&Command::InjectFault {
        transport_id: transport_id("ann").as_str().into(),
        fault: Fault::Panic,
    });
    assert!(rig.until(|rig| rig.ended("ann", CloseReason::Panicked)), "the controller is told");
    rig.client("eve").received.forget();
    assert!(rig.until(|rig| sees(rig, "eve", 2) && hears(rig, "eve", 2)), "bob goes on");
    assert!(!rig.ended("bob", CloseReason::Panicked) && !rig.ended("eve", CloseReason::Panicked));
}

#[test]
fn garbage_from_a_foreign_address_is_dropped_and_counted() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", Config::default());
    let hello = Command::Hello { protocol: 1, build: "test".into(), epoch: 1 };
    let port =
        rig.command(&hello)["udpPort"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
    let socket = std::net::UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
    for first in [0x80, 0x90, 0xc8, 22, 0, 255] {
        for size in [1, 20, 27, 1200] {
            let mut bytes = vec![0xaa; size];
            bytes[0] = first;
            socket.send_to(&bytes, ("127.0.0.1", port)).expect("sent");
        }
    }
    let dropped = |rig: &mut Rig| rig.command(&Command::GetStats)["droppedUnknown"].as_u64().unwrap_or(0);
    assert!(rig.until(|rig| dropped(rig) >= 24));
    rig.client("bob").received.forget();
    assert!(rig.until(|rig| sees(rig, "bob", 1)), "media goes on");
}

#[test]
fn the_policy_decides_who_publishes_and_receives() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", Config::default());
    assert!(rig.until(|rig| sees(rig, "bob", 1) && hears(rig, "bob", 1)));
    let deaf = Policy { publish: vec![], subscribe: false };
    rig.command(&Command::SetPolicy { transport_id: transport_id("bob").as_str().into(), policy: deaf });
    rig.run(Duration::from_millis(200));
    rig.client("bob").received.forget();
    rig.run(Duration::from_millis(300));
    assert!(rig.client("bob").received.senders().is_empty(), "bob gets nothing");
    let silent = Policy { publish: vec![Source::Microphone], subscribe: true };
    rig.command(&Command::SetPolicy { transport_id: transport_id("ann").as_str().into(), policy: silent });
    let left = rig.inventory();
    assert!(!format!("{left:?}").contains("Camera"), "her camera is closed: {left:?}");
    let offer = rig.client("ann").offer_ice_restart().expect("an offer");
    let refused = rig.controller.accept_offer("ann", &offer).expect("an answer").map_err(|error| error.code);
    assert_eq!(refused.err(), Some(ErrorCode::PublishNotAllowed));
}

#[test]
fn a_client_that_falls_silent_goes_dark_and_others_stay() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", speaker(2, LOUD));
    assert!(rig.until(|rig| sees(rig, "ann", 2)));
    rig.swarm.vanish("ann");
    assert!(
        rig.until(|rig| rig.states("ann").last() == Some(&(TransportState::Dark, None))),
        "{:?}",
        rig.states("ann")
    );
    assert_eq!(rig.states("bob").last(), Some(&(TransportState::Connected, None)));
}

#[test]
fn a_client_that_closes_is_gone_at_once() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.swarm.close("ann").expect("a swarm");
    assert!(rig.until(|rig| rig.ended("ann", CloseReason::PeerClosed)), "{:?}", rig.states("ann"));
}

#[test]
fn a_transport_moves_to_another_router_without_an_offer() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    rig.join("bob", speaker(2, LOUD));
    rig.join("eve", speaker(3, LOUD));
    assert!(rig.until(|rig| sees(rig, "bob", 1) && sees(rig, "bob", 3)));
    for name in ["ann", "bob"] {
        let transport_id = transport_id(name).as_str().into();
        rig.command(&Command::AttachTransport { transport_id, router_id: "rtr_2".into() });
    }
    rig.run(Duration::from_millis(200));
    rig.client("bob").received.forget();
    assert!(rig.until(|rig| sees(rig, "bob", 1) && hears(rig, "bob", 1)), "bob sees ann in the other room");
    assert!(!rig.client("bob").received.senders().contains(&3), "and no longer eve");
}

#[test]
fn a_malformed_message_is_answered_and_ends_nothing() {
    let mut rig = Rig::start();
    rig.join("ann", speaker(1, LOUD));
    assert!(rig.until(|rig| rig.client("ann").say("{\"v\":1,\"type\":\"dance\"}")));
    let refused = |rig: &mut Rig| {
        let messages = rig.client("ann").messages.iter();
        messages.clone().any(
            |message| matches!(message, ServerMessage::Error(error) if error.code == ErrorCode::BadMessage),
        )
    };
    assert!(rig.until(refused));
    assert!(rig.client("ann").is_connected());
}
