//! Ways that lose packets: what is lost is sent again, until it arrives.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used)]

mod world;

use std::time::Duration;

use streamforge_impair::profile::{Loss, Profile};
use world::{PUBLISHER, RECEIVER, World};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn lossy(percent: f32, mean_burst: f32, delay_ms: u32) -> Profile {
    let loss = Loss { percent, mean_burst, ..Loss::default() };
    Profile { delay_ms, loss, ..Profile::default() }
}

#[test]
fn what_bursts_take_on_the_way_to_a_receiver_is_sent_again() {
    let mut world = World::new();
    world.run(seconds(3));
    world.shape(RECEIVER, Profile::default(), lossy(20.0, 5.0, 25));
    world.run(seconds(30));
    world.shape(RECEIVER, Profile::default(), Profile::default());
    world.run(seconds(2));
    let stream = world.picture();
    println!("{} packets, {} missing, {} key", stream.packets, stream.missing, stream.key_frames);
    // Who asks five times in vain gives up; in bursts that happens.
    assert!(stream.missing * 100 < stream.packets, "{} of {}", stream.missing, stream.packets);
}

#[test]
fn a_picture_goes_on_through_loss_each_way() {
    for delay in [25, 75] {
        let mut world = World::new();
        world.run(seconds(5));
        world.shape(RECEIVER, lossy(10.0, 1.0, delay), lossy(10.0, 1.0, delay));
        let (still, changes) = world.pass(seconds(60));
        let picture = world.picture();
        println!(
            "{delay} ms: still {still:?}, {changes} changes, {} key frames; {:?}",
            picture.key_frames,
            world.estimates()
        );
        assert!(still < seconds(1), "{still:?}");
    }
}

#[test]
fn a_receiver_is_asked_to_wait_for_what_a_publishers_network_loses_and_only_then() {
    let mut world = World::new();
    world.run(seconds(5));
    assert_eq!(world.picture().playout_delay, None);
    world.shape(PUBLISHER, lossy(10.0, 1.0, 75), lossy(10.0, 1.0, 75));
    world.run(seconds(10));
    let asked = world.picture().playout_delay.expect("it is asked");
    println!("10 % lost, 150 ms round trip, of a publisher: {asked:?}");
    assert!(asked >= Duration::from_millis(150), "{asked:?}");
    world.shape(PUBLISHER, Profile::default(), Profile::default());
    world.run(seconds(12));
    assert_eq!(world.picture().playout_delay, Some(Duration::ZERO));
}

#[test]
fn a_receiver_is_asked_to_wait_for_what_its_own_network_loses() {
    let mut world = World::new();
    world.run(seconds(5));
    world.shape(RECEIVER, lossy(10.0, 1.0, 75), lossy(10.0, 1.0, 75));
    world.run(seconds(5));
    let asked = world.picture().playout_delay.expect("it is asked");
    println!("10 % lost, 150 ms round trip, of a receiver: {asked:?}");
    assert!(asked >= Duration::from_millis(300), "{asked:?}");
}

#[test]
fn a_picture_goes_on_when_the_way_becomes_longer_at_once() {
    for seed in 0..4 {
        let mut world = World::new();
        world.run(seconds(5) + Duration::from_millis(37 * seed));
        let longer = Profile { jitter_ms: 60, ..lossy(10.0, 1.0, 200) };
        world.shape(RECEIVER, longer.clone(), longer);
        let (still, changes) = world.pass(seconds(20));
        println!("still {still:?}, {changes} changes; {:?}", world.estimates());
        assert!(still < seconds(1), "{still:?}");
    }
}
