//! Made-up media that carries a mark: who sent it, and in which layer.

use super::{Picture, Pictures, Sound};

/// Starts every mark.
const MAGIC: [u8; 4] = *b"SFSM";
/// VP8 frame tag of three bytes, and for key frames start code and size (RFC 6386, 9.1).
const KEY_HEADER: usize = 10;
const DELTA_HEADER: usize = 3;
/// One byte of Opus table of contents: CELT, 20 ms, mono.
const OPUS_TOC: u8 = 0xf8;
const OPUS_FRAME: usize = 80;

/// Who sent a packet's first bytes, and in which layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// The sender's number.
    pub client: u16,
    /// 0 is the smallest; audio has 0.
    pub layer: u8,
}

impl Mark {
    fn write(self) -> [u8; 7] {
        let [high, low] = self.client.to_be_bytes();
        let [a, b, c, d] = MAGIC;
        [a, b, c, d, high, low, self.layer]
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (client, rest) = rest.split_first_chunk::<2>()?;
        (*magic == MAGIC).then_some(Self { client: u16::from_be_bytes(*client), layer: *rest.first()? })
    }

    /// The mark of a VP8 frame.
    #[must_use]
    pub fn of_frame(frame: &[u8]) -> Option<Self> {
        let header = if is_key(frame) { KEY_HEADER } else { DELTA_HEADER };
        Self::read(frame.get(header..)?)
    }

    /// The mark of an Opus frame.
    #[must_use]
    pub fn of_sound(frame: &[u8]) -> Option<Self> {
        Self::read(frame.get(1..)?)
    }
}

/// Whether a VP8 frame is a key frame: bit P is 0.
#[must_use]
pub fn is_key(frame: &[u8]) -> bool {
    frame.first().is_some_and(|first| first & 1 == 0)
}

/// Pictures of one size and cost.
#[derive(Debug, Clone)]
pub struct MarkedPictures {
    /// Who, and which layer.
    pub mark: Mark,
    /// Pixels.
    pub size: (u16, u16),
    /// Bytes of a picture.
    pub bytes: usize,
}

impl Pictures for MarkedPictures {
    fn next(&mut self, key: bool) -> Picture {
        let mut frame = if key {
            let [width, height] = [self.size.0.to_le_bytes(), self.size.1.to_le_bytes()];
            vec![0x10, 0, 0, 0x9d, 0x01, 0x2a, width[0], width[1], height[0], height[1]]
        } else {
            vec![0x11, 0, 0]
        };
        frame.extend_from_slice(&self.mark.write());
        frame.resize(self.bytes.max(frame.len()), 0xa5);
        Picture { key, frame }
    }
}

/// Opus frames that nobody will decode.
#[derive(Debug, Clone)]
pub struct MarkedSound {
    /// Who.
    pub mark: Mark,
}

impl Sound for MarkedSound {
    fn next(&mut self) -> Vec<u8> {
        let mut frame = vec![OPUS_TOC];
        frame.extend_from_slice(&self.mark.write());
        frame.resize(OPUS_FRAME, 0x5a);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_again_in_every_kind_of_frame() {
        let mark = Mark { client: 513, layer: 2 };
        let mut pictures = MarkedPictures { mark, size: (640, 360), bytes: 300 };
        for key in [true, false] {
            let picture = pictures.next(key);
            assert_eq!((picture.key, is_key(&picture.frame)), (key, key));
            assert_eq!(Mark::of_frame(&picture.frame), Some(mark));
            assert_eq!(picture.frame.len(), 300);
        }
        assert_eq!(Mark::of_sound(&MarkedSound { mark }.next()), Some(mark));
        assert_eq!(Mark::of_sound(&[OPUS_TOC; 40]), None);
    }
}
