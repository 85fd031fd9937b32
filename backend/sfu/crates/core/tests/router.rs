//! The router's promises, seen from outside: who sees and hears whom, in which layer, through which events.

// Helpers of tests may fail as tests do.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::disallowed_methods)]

mod meeting;

use meeting::{Meeting, mid};
use streamforge_sfu_core::channel::{LayerFlow, ServerMessage};
use streamforge_sfu_core::command::Policy;
use streamforge_sfu_core::event::Event;
use streamforge_sfu_core::ids::ProducerId;
use streamforge_sfu_core::packet::{Codec, RtpOut, Source};

fn is_continuous(packets: &[RtpOut]) -> bool {
    packets.windows(2).all(|pair| {
        let later = pair[1].ts.wrapping_sub(pair[0].ts);
        pair[1].seq == pair[0].seq + 1 && later > 0 && later < 1 << 31
    })
}

/// The P bit of VP8: clear on key frames.
fn is_key_frame(packet: &RtpOut) -> bool {
    packet.payload[5] & 1 == 0
}

#[test]
fn everybody_sees_and_hears_everybody_else_and_nobody_themselves() {
    let mut meeting = Meeting::new();
    for level in [30, 40, 50] {
        let number = meeting.join(3, true);
        meeting.people[number].level = level;
    }
    meeting.run(1000);
    for (number, person) in meeting.people.iter().enumerate() {
        let mut heard: Vec<_> = ["a0", "a1"].iter().filter_map(|slot| person.hears(slot)).collect();
        heard.sort_unstable();
        let others: Vec<u8> = (0..3).filter(|other| usize::from(*other) != number).collect();
        assert_eq!(heard, others);
        for slot in ["v0", "v1"] {
            let packets = &person.got[&mid(slot)];
            assert!(packets.len() > 15 && is_continuous(packets) && is_key_frame(&packets[0]), "{slot}");
        }
    }
    let started = meeting.events.iter().filter(|event| matches!(event, Event::ProducerStarted { .. }));
    assert_eq!(started.count(), 6);
}

#[test]
fn a_slot_follows_the_want_without_a_break_in_its_numbers() {
    let mut meeting = Meeting::new();
    let viewer = meeting.join(0, false);
    let (first, second) = (meeting.join(3, false), meeting.join(3, false));
    assert!(meeting.want(viewer, 1, &[(first, 320)]));
    meeting.run(500);
    assert_eq!((meeting.people[viewer].width("v0"), meeting.people[viewer].count("v1")), (Some(320), 0));
    assert!(meeting.want(viewer, 2, &[(second, 1280)]));
    meeting.run(2500);
    assert!(!meeting.want(viewer, 1, &[(first, 320)]), "an older revision");
    assert_eq!(meeting.people[viewer].width("v0"), Some(1280));
    assert!(is_continuous(&meeting.people[viewer].got[&mid("v0")]));
}

#[test]
fn a_want_for_somebody_unknown_is_kept_until_they_come() {
    let mut meeting = Meeting::new();
    let viewer = meeting.join(0, false);
    meeting.want(viewer, 1, &[(1, 320)]);
    meeting.run(300);
    meeting.join(3, false);
    meeting.run(300);
    assert!(meeting.people[viewer].count("v0") > 3);
}

#[test]
fn a_paused_view_costs_nothing_and_resumes_on_a_key_frame() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(camera, 640)]);
    meeting.run(500);
    meeting.want(viewer, 2, &[(camera, 0)]);
    meeting.run(300);
    meeting.people[viewer].forget();
    meeting.run(500);
    assert_eq!(meeting.people[viewer].count("v0"), 0);
    meeting.want(viewer, 3, &[(camera, 640)]);
    meeting.run(300);
    let packets = &meeting.people[viewer].got[&mid("v0")];
    assert!(is_key_frame(&packets[0]) && is_continuous(packets));
}

#[test]
fn a_muted_producer_is_not_forwarded_and_resumes_on_a_key_frame() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, true));
    meeting.people[camera].level = 20;
    meeting.run(500);
    for track in ["cam", "mic"] {
        let id = ProducerId::from(format!("prd_{track}_{camera}"));
        assert!(meeting.router.set_muted(&id, true, meeting.now));
    }
    meeting.people[viewer].forget();
    meeting.run(500);
    assert_eq!((meeting.people[viewer].count("v0"), meeting.people[viewer].count("a0")), (0, 0));
    let id = ProducerId::from(format!("prd_cam_{camera}"));
    meeting.router.set_muted(&id, false, meeting.now);
    meeting.run(300);
    assert!(is_key_frame(&meeting.people[viewer].got[&mid("v0")][0]));
}

/// After how many milliseconds a watcher of a layer that died gets another one, while somebody else's estimate
/// falls or not.
fn ms_until_replaced(estimate_falls: bool) -> Option<u64> {
    let mut meeting = Meeting::new();
    let (ann, bob) = (meeting.join(0, false), meeting.join(0, false));
    let (first, second) = (meeting.join(3, false), meeting.join(3, false));
    meeting.want(ann, 1, &[(first, 1280)]);
    meeting.want(bob, 1, &[(second, 1280)]);
    meeting.run(3000);
    meeting.switch_layer(second, 2, false);
    (1..200).map(|step| step * 10).find(|ms| {
        if estimate_falls {
            meeting.estimate(ann, 20_000 - ms);
        }
        meeting.run(10);
        meeting.people[bob].width("v0") == Some(640)
    })
}

#[test]
fn a_falling_estimate_is_one_members_business() {
    let alone = ms_until_replaced(false);
    assert!(alone.is_some());
    assert_eq!(ms_until_replaced(true), alone);
}

#[test]
fn bandwidth_that_falls_is_minded_at_once() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(camera, 1280)]);
    meeting.run(3000);
    for _ in 0..5 {
        meeting.people[camera].key_frames_asked.clear();
        meeting.estimate(viewer, 150);
        meeting.run(10);
        assert!(!meeting.people[camera].key_frames_asked.is_empty(), "another layer is asked for");
        meeting.estimate(viewer, 20_000);
        meeting.run(2030);
        assert_eq!(meeting.people[viewer].width("v0"), Some(1280));
    }
}

#[test]
fn a_slot_whose_receiver_lacks_the_codec_is_told_so_and_costs_nobody_anything() {
    let mut meeting = Meeting::new();
    let (viewer, first, second) = (meeting.join(0, false), meeting.join(3, false), meeting.join(3, false));
    for number in [first, second] {
        let policy = Policy { publish: vec![Source::Camera], subscribe: false };
        meeting.router.set_policy(meeting.people[number].key, policy, meeting.now);
    }
    meeting.takes(viewer, [&[Codec::H264], &[Codec::H264, Codec::Vp8]]);
    meeting.want(viewer, 1, &[(first, 1280), (second, 1280)]);
    meeting.run(500);
    // Enough for one of them.
    meeting.estimate(viewer, 300);
    meeting.run(5000);
    let seen = &meeting.people[viewer];
    assert_eq!((seen.count("v0"), seen.flow("v0")), (0, Some(LayerFlow::Unsupported)));
    assert_eq!((seen.width("v1"), seen.flow("v1")), (Some(1280), Some(LayerFlow::Active)));
    assert!(meeting.people[first].key_frames_asked.is_empty());
    assert_eq!(meeting.people[first].wanted_layers(), ["q"], "nobody can see the others");

    meeting.takes(viewer, [&[Codec::Vp8], &[Codec::Vp8]]);
    meeting.estimate(viewer, 5000);
    meeting.run(1000);
    let seen = &meeting.people[viewer];
    assert_eq!(seen.flow("v0"), Some(LayerFlow::Active));

    meeting.takes(viewer, [&[Codec::H264], &[Codec::Vp8]]);
    meeting.run(500);
    meeting.people[viewer].got.clear();
    meeting.run(500);
    let seen = &meeting.people[viewer];
    assert_eq!((seen.count("v0"), seen.flow("v0")), (0, Some(LayerFlow::Unsupported)));
}

#[test]
fn the_layer_falls_at_once_with_the_bandwidth_and_rises_after_a_second() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(camera, 1280)]);
    meeting.run(3000);
    assert_eq!(meeting.people[viewer].width("v0"), Some(1280));
    meeting.estimate(viewer, 150);
    meeting.run(250);
    assert_eq!(meeting.people[viewer].width("v0"), Some(320));
    meeting.estimate(viewer, 20_000);
    meeting.run(700);
    assert_eq!(meeting.people[viewer].width("v0"), Some(320), "too early to trust");
    meeting.run(900);
    assert_eq!(meeting.people[viewer].width("v0"), Some(1280));
    let (minimum, desired) = meeting.people[viewer].rates;
    assert!(desired > minimum, "{minimum} {desired}");
}

#[test]
fn a_slot_without_room_says_that_it_is_starved() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(camera, 320)]);
    meeting.run(500);
    meeting.estimate(viewer, 20);
    meeting.run(300);
    meeting.people[viewer].got.clear();
    meeting.run(300);
    assert_eq!(meeting.people[viewer].count("v0"), 0);
    assert_eq!(meeting.people[viewer].flow("v0"), Some(LayerFlow::Starved));
}

#[test]
fn a_layer_that_dies_is_replaced_by_a_live_one() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(camera, 1280)]);
    meeting.run(3000);
    meeting.switch_layer(camera, 2, false);
    meeting.run(1500);
    assert_eq!(meeting.people[viewer].width("v0"), Some(640));
    assert!(is_continuous(&meeting.people[viewer].got[&mid("v0")]));
}

#[test]
fn a_layer_that_leaves_pictures_out_gives_way_to_a_smaller_one_for_as_long() {
    let mut meeting = Meeting::new();
    let (viewer, publisher) = (meeting.join(0, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(publisher, 640)]);
    meeting.run(4000);
    assert_eq!(meeting.people[viewer].width("v0"), Some(640));
    for layer in [1, 2] {
        meeting.leave_out(publisher, layer, 3);
    }
    meeting.run(4000);
    assert_eq!(meeting.people[viewer].width("v0"), Some(320));
    meeting.leave_out(publisher, 1, 0);
    meeting.run(9000);
    assert_eq!(meeting.people[viewer].width("v0"), Some(640));
    assert!(is_continuous(&meeting.people[viewer].got[&mid("v0")]));
}

#[test]
fn a_dark_path_gets_nothing_and_comes_back_with_key_frames() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, true));
    meeting.people[camera].level = 20;
    meeting.run(500);
    let key = meeting.people[viewer].key;
    meeting.router.set_flowing(key, false, meeting.now);
    let before = meeting.people[viewer].got.clone();
    meeting.people[camera].key_frames_asked.clear();
    meeting.run(2000);
    assert_eq!(meeting.people[viewer].count("v0"), before[&mid("v0")].len());
    assert!(meeting.people[camera].key_frames_asked.is_empty(), "nobody is there to see them");
    meeting.router.set_flowing(key, true, meeting.now);
    meeting.run(300);
    for slot in ["v0", "a0"] {
        let packets = &meeting.people[viewer].got[&mid(slot)];
        assert!(packets.len() > before[&mid(slot)].len() && is_continuous(packets), "{slot}");
    }
    let resumed = &meeting.people[viewer].got[&mid("v0")][before[&mid("v0")].len()];
    assert!(is_key_frame(resumed));
}

#[test]
fn the_loudest_have_the_audio_slots_and_are_told_at_most_five_times_a_second() {
    let mut meeting = Meeting::new();
    let listener = meeting.join(0, false);
    for _ in 0..4 {
        meeting.join(0, true);
    }
    for (speaker, level) in [(1, 127), (2, 20), (3, 127), (4, 30)] {
        meeting.people[speaker].level = level;
    }
    meeting.run(2000);
    let mut heard: Vec<_> =
        ["a0", "a1"].iter().filter_map(|slot| meeting.people[listener].hears(slot)).collect();
    heard.sort_unstable();
    assert_eq!(heard, [2, 4]);
    meeting.people[listener].forget();
    for round in 0..40 {
        meeting.people[1 + round % 4].level = if round % 8 < 4 { 15 } else { 127 };
        meeting.run(50);
    }
    let told = meeting.people[listener].told.iter();
    let speakers = told.filter(|message| matches!(message, ServerMessage::Speakers { .. })).count();
    assert!((3..=11).contains(&speakers), "{speakers} in two seconds");
}

#[test]
fn layers_that_nobody_wants_are_switched_off_at_the_publisher() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(camera, 1280)]);
    meeting.run(500);
    assert_eq!(meeting.people[camera].wanted_layers(), ["q", "h", "f"]);
    meeting.want(viewer, 2, &[(camera, 160)]);
    meeting.run(3000);
    assert_eq!(meeting.people[camera].wanted_layers(), ["q"]);
}

#[test]
fn a_crowd_of_receivers_does_not_drown_a_publisher_in_requests() {
    let mut meeting = Meeting::new();
    let camera = meeting.join(3, false);
    for _ in 0..30 {
        meeting.join(0, false);
    }
    meeting.run(500);
    meeting.people[camera].key_frames_asked.clear();
    for _ in 0..40 {
        for receiver in 1..31 {
            let key = meeting.people[receiver].key;
            meeting.router.key_frame_requested(key, mid("v0"), meeting.now);
        }
        meeting.run(250);
    }
    let count = meeting.people[camera].key_frames_asked.len();
    assert!(count <= 12, "{count} requests in ten seconds");
}

#[test]
fn a_receiver_whose_packets_pile_up_does_not_force_key_frames_on_the_others() {
    let mut meeting = Meeting::new();
    let (slow, fast, camera) = (meeting.join(0, false), meeting.join(0, false), meeting.join(3, false));
    meeting.run(1000);
    meeting.people[camera].key_frames_asked.clear();
    let key = meeting.people[slow].key;
    for _ in 0..100 {
        meeting.router.congested(key, mid("v0"), meeting.now);
        meeting.run(100);
    }
    let count = meeting.people[camera].key_frames_asked.len();
    assert!((1..=5).contains(&count), "{count} requests in ten seconds");
    assert_eq!(meeting.people[slow].flow("v0"), Some(LayerFlow::Starved));
    assert!(is_continuous(&meeting.people[fast].got[&mid("v0")]));
    meeting.run(10_000);
    assert_eq!(meeting.people[slow].flow("v0"), Some(LayerFlow::Active), "the path is free again");
    assert!(is_continuous(&meeting.people[slow].got[&mid("v0")]));
}

#[test]
fn the_share_of_a_slot_that_lets_the_path_breathe_goes_to_the_others() {
    let mut meeting = Meeting::new();
    let (viewer, first, second) = (meeting.join(0, false), meeting.join(3, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(first, 1280), (second, 1280)]);
    meeting.estimate(viewer, 400);
    meeting.run(3000);
    assert_eq!(meeting.people[viewer].width("v1"), Some(320), "there is room for one large picture");
    let key = meeting.people[viewer].key;
    for _ in 0..3 {
        meeting.router.congested(key, mid("v0"), meeting.now);
        meeting.run(100);
    }
    meeting.run(1500);
    assert_eq!(meeting.people[viewer].flow("v0"), Some(LayerFlow::Starved));
    assert!(meeting.people[viewer].width("v1") > Some(320));
}

#[test]
fn what_a_policy_takes_away_is_closed_and_no_longer_seen() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, true));
    meeting.run(500);
    let key = meeting.people[camera].key;
    let policy = Policy { publish: vec![Source::Microphone], subscribe: true };
    meeting.router.set_policy(key, policy, meeting.now);
    let deaf = Policy { publish: vec![], subscribe: false };
    meeting.run(50);
    let closed = meeting.events.iter().filter(|event| matches!(event, Event::ProducerClosed { .. })).count();
    assert_eq!(closed, 1);
    meeting.people[viewer].forget();
    meeting.run(300);
    assert_eq!(meeting.people[viewer].count("v0"), 0);
    assert!(meeting.people[viewer].count("a0") > 5);
    let key = meeting.people[viewer].key;
    meeting.router.set_policy(key, deaf, meeting.now);
    meeting.run(100);
    meeting.people[viewer].forget();
    meeting.run(300);
    assert_eq!(meeting.people[viewer].count("a0"), 0);
}

#[test]
fn who_leaves_is_gone_for_the_others() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, true));
    meeting.run(500);
    let key = meeting.people[camera].key;
    assert!(meeting.router.detach(key, meeting.now).is_some());
    meeting.run(100);
    meeting.people[viewer].forget();
    meeting.run(300);
    assert_eq!((meeting.people[viewer].count("v0"), meeting.people[viewer].count("a0")), (0, 0));
    assert_eq!((meeting.router.producer_count(), meeting.router.consumer_count()), (0, 0));
}

#[test]
fn a_slot_that_still_shows_another_says_that_it_waits() {
    let mut meeting = Meeting::new();
    let viewer = meeting.join(0, false);
    let (first, second) = (meeting.join(3, false), meeting.join(3, false));
    meeting.want(viewer, 1, &[(first, 320)]);
    meeting.run(500);
    assert_eq!(meeting.people[viewer].flow("v0"), Some(LayerFlow::Active));
    meeting.people[viewer].told.clear();
    meeting.want(viewer, 2, &[(second, 320)]);
    meeting.run(10);
    assert_eq!(meeting.people[viewer].flow("v0"), Some(LayerFlow::Waiting));
    meeting.run(500);
    assert_eq!(meeting.people[viewer].flow("v0"), Some(LayerFlow::Active));
}

#[test]
fn an_estimate_that_comes_too_early_is_told_when_its_time_comes() {
    let mut meeting = Meeting::new();
    let viewer = meeting.join(0, false);
    meeting.run(2000);
    let told = |meeting: &Meeting| {
        let messages = meeting.people[viewer].told.iter();
        let bandwidth = messages.filter_map(|message| match message {
            ServerMessage::Bandwidth { available_bps } => Some(*available_bps),
            _ => None,
        });
        bandwidth.collect::<Vec<_>>()
    };
    meeting.people[viewer].forget();
    for kbps in [5_000, 6_000] {
        meeting.estimate(viewer, kbps);
        meeting.run(100);
    }
    assert_eq!(told(&meeting), [5_000_000]);
    meeting.run(1000);
    assert_eq!(told(&meeting), [5_000_000, 6_000_000]);
}

#[test]
fn who_comes_from_another_room_is_told_who_speaks_here_even_when_nobody_does() {
    let mut meeting = Meeting::new();
    let viewer = meeting.join(0, false);
    meeting.run(500);
    meeting.people[viewer].forget();
    let key = meeting.people[viewer].key;
    let member = meeting.router.detach_silently(key, meeting.now).expect("a member");
    meeting.router.attach(key, member, meeting.now);
    meeting.run(10);
    let told = &meeting.people[viewer].told;
    let empty = |message: &ServerMessage| matches!(message, ServerMessage::Speakers { speakers } if speakers.is_empty());
    assert_eq!(told.iter().filter(|message| empty(message)).count(), 1, "{told:?}");
}

#[test]
fn a_producer_that_becomes_encrypted_is_told_to_who_sees_it() {
    let mut meeting = Meeting::new();
    let (viewer, camera) = (meeting.join(0, false), meeting.join(3, false));
    meeting.run(1000);
    meeting.people[viewer].told.clear();
    let mut declared = meeting.declared(camera, false);
    declared[0].publish.encrypted = true;
    meeting.router.publish(meeting.people[camera].key, &declared, meeting.now);
    meeting.run(100);
    let encrypted =
        |message: &ServerMessage| matches!(message, ServerMessage::Slots { slots } if slots[0].encrypted);
    assert!(meeting.people[viewer].told.iter().any(encrypted), "{:?}", meeting.people[viewer].told);
}

#[test]
fn the_same_meeting_twice_is_the_same_bit_for_bit() {
    let run = || {
        let mut meeting = Meeting::new();
        let viewer = meeting.join(3, true);
        for level in [20, 40, 30] {
            let number = meeting.join(3, true);
            meeting.people[number].level = level;
        }
        meeting.run(400);
        meeting.want(viewer, 1, &[(2, 1280), (1, 320)]);
        meeting.estimate(viewer, 900);
        meeting.run(2500);
        let packets = meeting.people.iter().flat_map(|person| &person.got);
        let bits = |packet: &RtpOut| (packet.seq, packet.ts, packet.marker, packet.wire_payload());
        packets
            .map(|(slot, packets)| (*slot, packets.iter().map(bits).collect::<Vec<_>>()))
            .collect::<Vec<_>>()
    };
    assert!(run() == run());
}
