//! The targets. Each file is about one thing that outside bytes reach.

// A target says by a panic that a property does not hold.
#![allow(clippy::expect_used, clippy::panic)]

mod channel;
mod codec;
mod demux;
mod ipc;
mod path;
mod rewrite;
mod sdp;

use crate::target::Target;

/// All of them.
pub const TARGETS: [Target; 7] = [
    Target { name: "demux", run: demux::run, words: &[], quick: 20_000 },
    Target { name: "codec", run: codec::run, words: &[], quick: 20_000 },
    Target { name: "rewrite", run: rewrite::run, words: &[], quick: 10_000 },
    Target { name: "channel", run: channel::run, words: channel::WORDS, quick: 10_000 },
    Target { name: "ipc", run: ipc::run, words: ipc::WORDS, quick: 2_000 },
    Target { name: "sdp", run: sdp::run, words: sdp::WORDS, quick: 2_000 },
    Target { name: "path", run: path::run, words: &[], quick: 5_000 },
];
