//! What clients publish: made up, or looped from a file.

pub mod file;
pub mod synthetic;
pub mod vp8;

/// A source of encoded pictures.
pub trait Pictures: Send {
    /// The next picture. `key` asks for one that decodes alone.
    fn next(&mut self, key: bool) -> Picture;
}

/// An encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Whether it decodes alone.
    pub key: bool,
    /// The VP8 frame.
    pub frame: Vec<u8>,
}

/// A source of Opus frames of 20 ms.
pub trait Sound: Send {
    /// The next frame.
    fn next(&mut self) -> Vec<u8>;
}
