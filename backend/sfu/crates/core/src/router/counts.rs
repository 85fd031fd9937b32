//! What a router counts, and how the counts of several add up.

use std::ops::AddAssign;

/// What a router counts while it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Key frames asked of publishers.
    pub key_frames_asked: u64,
    /// Requests for key frames that were not passed on.
    pub key_frames_held_back: u64,
    /// Media packets whose payload or descriptor could not be read.
    pub malformed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.key_frames_asked += other.key_frames_asked;
        self.key_frames_held_back += other.key_frames_held_back;
        self.malformed += other.malformed;
    }
}
