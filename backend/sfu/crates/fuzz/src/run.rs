//! Replays a target's corpus, and tries mutations of it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::corpus;
use crate::judge::{Cost, judge};
use crate::mutate::inputs;
use crate::target::Target;

/// Inputs between two looks at the clock.
const ROUND: u32 = 2_000;

/// What a run came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Inputs.
    pub executions: u64,
    /// The dearest of them, in each respect.
    pub worst: Cost,
}

impl Tally {
    fn add(&mut self, cost: Cost) {
        self.executions += 1;
        self.worst.time = self.worst.time.max(cost.time);
        self.worst.memory = self.worst.memory.max(cost.memory);
    }
}

/// Runs every file of a target's corpus.
///
/// # Errors
/// Which file broke what.
pub fn replay(target: &Target) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for (name, input) in corpus::load(target).map_err(|error| error.to_string())? {
        tally.add(judge(target, &input).map_err(|broke| format!("{}/{name}: {broke}", target.name))?);
    }
    if tally.executions == 0 {
        return Err(format!("{} has no corpus", target.name));
    }
    Ok(tally)
}

/// Tries so many mutations, the same ones each time.
///
/// # Errors
/// What broke, and where the smallest such input was written.
pub fn quick(target: &Target) -> Result<Tally, String> {
    explore(target, target.quick, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Tries other mutations for so long.
///
/// # Errors
/// What broke, and where the smallest such input was written.
pub fn long(target: &Target, span: Duration) -> Result<Tally, String> {
    let end = Instant::now() + span;
    let mut total = Tally::default();
    while Instant::now() < end {
        let tally = explore(target, ROUND, TestRng::from_seed(RngAlgorithm::ChaCha, &seed()))?;
        total.executions += tally.executions;
        total.worst.time = total.worst.time.max(tally.worst.time);
        total.worst.memory = total.worst.memory.max(tally.worst.memory);
    }
    Ok(total)
}

fn seed() -> [u8; 32] {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut seed = [0; 32];
    for part in seed.chunks_exact_mut(8) {
        // The standard library's own randomness; nothing here needs better.
        part.copy_from_slice(&RandomState::new().build_hasher().finish().to_be_bytes());
    }
    seed
}

fn explore(target: &Target, cases: u32, rng: TestRng) -> Result<Tally, String> {
    let files = corpus::load(target).map_err(|error| error.to_string())?;
    let files = files.into_iter().map(|(_, input)| input).collect();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let tally = Cell::new(Tally::default());
    let tried = TestRunner::new_with_rng(config, rng).run(&inputs(files, target.words), |input| {
        let cost = judge(target, &input).map_err(TestCaseError::fail)?;
        let mut so_far = tally.get();
        so_far.add(cost);
        tally.set(so_far);
        Ok(())
    });
    match tried {
        Ok(()) => Ok(tally.get()),
        Err(TestError::Fail(broke, input)) => {
            let place = corpus::keep(target, &input);
            Err(format!("{}: {broke}\ninput: {place}", target.name))
        }
        Err(TestError::Abort(reason)) => Err(format!("{}: {reason}", target.name)),
    }
}

/// A line about a run, for people.
#[must_use]
pub fn line(target: &Target, tally: Tally) -> String {
    let Tally { executions, worst } = tally;
    let (time, memory) = (worst.time.as_secs_f64() * 1000.0, worst.memory >> 10);
    format!("{:9} {executions:9} executions, worst {time:6.2} ms and {memory:6} KiB", target.name)
}
