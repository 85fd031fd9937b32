//! A worker that seldom gets the processor: media comes in bunches then, but it comes.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used)]

mod world;

use std::time::Duration;

use world::World;

#[test]
fn pictures_go_on_when_the_worker_is_seldom_woken() {
    let mut world = World::new();
    world.until("f", Duration::from_secs(30)).expect("a full picture");
    for turn in [50, 100, 200] {
        world.starve(Duration::from_millis(turn));
        let before = world.picture().clone();
        let (still, changes) = world.pass(Duration::from_secs(20));
        let now = world.picture();
        let (packets, keys) = (now.packets - before.packets, now.key_frames - before.key_frames);
        println!(
            "a turn each {turn} ms: {packets} packets, {keys} key frames, still {still:?}, {changes} changes"
        );
        assert!(still < Duration::from_secs(1), "still for {still:?}");
        assert!(keys <= 4, "{keys} key frames");
    }
}
