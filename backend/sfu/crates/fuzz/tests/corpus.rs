//! Every input that once broke a target, and some mutations of each target's corpus.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used, clippy::panic)]

use streamforge_fuzz::{TARGETS, run};

fn check(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    for outcome in [run::replay(target), run::quick(target)] {
        match outcome {
            Ok(tally) => println!("{}", run::line(target, tally)),
            Err(broke) => panic!("{broke}"),
        }
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*

        #[test]
        fn every_target_is_tested() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}

targets!(demux codec rewrite channel ipc sdp path);
