//! Media looped from files: VP8 in IVF, and Opus frames each behind its length.

use std::io;
use std::path::Path;

use super::synthetic::is_key;
use super::{Picture, Pictures, Sound};

/// IVF: a header of 32 bytes, then frames behind 12 bytes of size and time.
const IVF_HEADER: usize = 32;
const IVF_FRAME_HEADER: usize = 12;

/// A looped IVF file. Its first frame is a key frame; a request for one starts the loop anew.
#[derive(Debug, Clone)]
pub struct IvfLoop {
    frames: Vec<Vec<u8>>,
    next: usize,
}

impl IvfLoop {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no IVF file with VP8 that starts with a key frame.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::parse(&std::fs::read(path)?)
    }

    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        if bytes.get(..4) != Some(b"DKIF") || bytes.get(8..12) != Some(b"VP80") {
            return Err(bad("not an IVF file with VP8"));
        }
        let mut frames = Vec::new();
        let mut rest = bytes.get(IVF_HEADER..).unwrap_or_default();
        while let Some((size, _)) = rest.split_first_chunk::<4>() {
            let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX);
            let end = IVF_FRAME_HEADER.saturating_add(size);
            let Some(frame) = rest.get(IVF_FRAME_HEADER..end) else { break };
            frames.push(frame.to_vec());
            rest = rest.get(end..).unwrap_or_default();
        }
        if !frames.first().is_some_and(|first| is_key(first)) {
            return Err(bad("the first frame is no key frame"));
        }
        Ok(Self { frames, next: 0 })
    }
}

impl Pictures for IvfLoop {
    fn next(&mut self, key: bool) -> Picture {
        if key || self.next >= self.frames.len() {
            self.next = 0;
        }
        let frame = self.frames.get(self.next).cloned().unwrap_or_default();
        self.next += 1;
        Picture { key: is_key(&frame), frame }
    }
}

/// Looped Opus frames: repeated little-endian `u16` length and frame.
#[derive(Debug, Clone)]
pub struct OpusLoop {
    frames: Vec<Vec<u8>>,
    next: usize,
}

impl OpusLoop {
    /// Reads a file.
    ///
    /// # Errors
    /// When there is no whole frame in it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let bytes = std::fs::read(path)?;
        let mut frames = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some((length, tail)) = rest.split_first_chunk::<2>() {
            let length = usize::from(u16::from_le_bytes(*length));
            let Some(frame) = tail.get(..length) else { break };
            frames.push(frame.to_vec());
            rest = tail.get(length..).unwrap_or_default();
        }
        if frames.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no Opus frame"));
        }
        Ok(Self { frames, next: 0 })
    }
}

impl Sound for OpusLoop {
    fn next(&mut self) -> Vec<u8> {
        let frame = self.frames.get(self.next % self.frames.len().max(1)).cloned().unwrap_or_default();
        self.next = self.next.wrapping_add(1);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ivf(frames: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"DKIF\0\0\x20\0VP80".to_vec();
        bytes.resize(IVF_HEADER, 0);
        for frame in frames {
            bytes.extend(u32::try_from(frame.len()).expect("short").to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend(*frame);
        }
        bytes
    }

    #[test]
    fn a_file_loops_and_starts_anew_when_a_key_frame_is_asked_for() {
        let mut pictures = IvfLoop::parse(&ivf(&[&[0x10, 1], &[0x11, 2], &[0x11, 3]])).expect("a file");
        let mut next = |key| pictures.next(key).frame[1];
        assert_eq!(
            [next(false), next(false), next(true), next(false), next(false), next(false)],
            [1, 2, 1, 2, 3, 1]
        );
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        assert!(IvfLoop::parse(b"RIFF").is_err());
        assert!(IvfLoop::parse(&ivf(&[&[0x11, 1]])).is_err());
        assert!(IvfLoop::parse(&ivf(&[])).is_err());
    }
}
