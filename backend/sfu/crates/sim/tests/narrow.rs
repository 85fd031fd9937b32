//! A receiver whose way becomes narrow and wide again.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used)]

mod world;

use std::time::Duration;

use streamforge_impair::profile::{Profile, Queue};
use world::{RECEIVER, World};

fn narrow(world: &mut World, rate_kbps: Option<u32>) {
    let down = Profile { delay_ms: 20, rate_kbps, queue: Queue::Ms(300), ..Profile::default() };
    world.shape(RECEIVER, Profile::default(), down);
}

#[test]
fn a_receiver_goes_down_on_a_narrow_way_and_up_again_on_a_wide_one() {
    let seconds = Duration::from_secs;
    let mut world = World::new();
    narrow(&mut world, Some(3000));
    let full = world.until("f", seconds(30));
    println!("full picture at 3 Mbit/s after {full:?}; {:?}", world.estimates());
    let (still, changes) = world.pass(seconds(10));
    println!("held for 10 s: {changes} changes, still {still:?}; {:?}", world.estimates());
    narrow(&mut world, Some(300));
    let low = world.until("q", seconds(10));
    let (still, changes) = world.pass(seconds(15));
    println!("lowest after {low:?}, then {changes} changes, still {still:?}; {:?}", world.estimates());
    narrow(&mut world, Some(3000));
    let back = world.until("f", seconds(60));
    println!("full again after {back:?}; {:?}", world.estimates());
    let (still, changes) = world.pass(seconds(10));
    println!("held for 10 s: {changes} changes, still {still:?}; {:?}", world.estimates());
    assert!(full.is_some() && low.is_some() && back.is_some());
}
