//! A consumer: one producer's media on its way into one slot of one receiver.
//!
//! `rewrite` makes a slot one continuous stream whatever feeds it, `select` decides which layer feeds it,
//! `keyframe` asks publishers for key frames without drowning them. None of them knows the network.

mod keyframe;
mod outgoing;
mod rewrite;
mod select;
mod sequence;
mod timeline;

pub use keyframe::{KeyframeThrottle, Reason};
pub use rewrite::{Pushed, Rewriter};
pub use select::{Selector, ceiling};

use crate::ids::Rid;

/// Highest SVC layers that a slot lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caps {
    /// Highest spatial layer.
    pub spatial: u8,
    /// Highest temporal layer.
    pub temporal: u8,
}

impl Caps {
    /// Lets everything through.
    pub const NONE: Self = Self { spatial: u8::MAX, temporal: u8::MAX };
}

impl Default for Caps {
    fn default() -> Self {
        Self::NONE
    }
}

/// What a slot shows of a producer: one simulcast layer, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Choice {
    /// The simulcast layer; `None` for a track that has no layers by RID.
    pub rid: Option<Rid>,
    /// How much of that layer.
    pub caps: Caps,
}
