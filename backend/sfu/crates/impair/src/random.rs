//! Random numbers that a seed repeats on every machine. Not for secrets.

/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

/// 2^64 divided by the golden ratio, made odd: the generator's step.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
/// Values of [`Random::below_million`].
const MILLION: u64 = 1_000_000;

impl Random {
    /// A sequence of its own for each seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to `limit`, inclusive. Whole numbers only: floats may differ between machines.
    pub fn up_to(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.bits()) * (u128::from(limit) + 1);
        u64::try_from(wide >> 64).unwrap_or(limit)
    }

    /// Whether something happens that happens `ppm` times in a million.
    pub fn happens(&mut self, ppm: u32) -> bool {
        // Always drawn, so that a probability of zero does not shift what follows.
        self.up_to(MILLION - 1) < u64::from(ppm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_published_sequence() {
        // The reference implementation's first values for seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.bits(), 6_457_827_717_110_365_317);
        assert_eq!(random.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_fill_their_range_evenly() {
        let mut random = Random::new(7);
        let mut counts = [0_u32; 4];
        for _ in 0..40_000 {
            counts[usize::try_from(random.up_to(3)).expect("small")] += 1;
        }
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 400), "{counts:?}");
        assert_eq!(Random::new(1).up_to(0), 0);
    }

    #[test]
    fn what_never_happens_never_does_and_what_always_happens_always_does() {
        let mut random = Random::new(3);
        assert!((0..10_000).all(|_| !random.happens(0)));
        assert!((0..10_000).all(|_| random.happens(1_000_000)));
    }
}
