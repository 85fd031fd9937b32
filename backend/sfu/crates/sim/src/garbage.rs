//! Datagrams that look like something and are nothing: what a broken or hostile client would send.
//!
//! Made from a seed, so that a run can be repeated. Not cryptography: nothing here is ever valid.

/// Longest datagram: an Ethernet frame's worth.
const MOST: u64 = 1_400;
/// STUN's magic cookie (RFC 8489, 5).
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// An endless supply.
#[derive(Debug, Clone)]
pub struct Garbage(u64);

impl Garbage {
    /// The same seed gives the same datagrams.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed | 1)
    }

    /// xorshift64 (Marsaglia, 2003).
    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, count: u64) -> Vec<u8> {
        (0..count).map(|_| self.next().to_be_bytes()[0]).collect()
    }

    /// The next datagram: STUN, DTLS, RTP or RTCP by its first bytes (RFC 7983), or noise.
    pub fn datagram(&mut self) -> Vec<u8> {
        let length = self.next() % MOST;
        let body = self.bytes(length);
        let mut head = match self.next() % 5 {
            0 => {
                let kind = self.next().to_be_bytes();
                let mut head = vec![kind[0] & 3, kind[1], kind[2], kind[3] & 0xfc];
                head.extend(COOKIE);
                head
            }
            1 => vec![20 + self.next().to_be_bytes()[0] % 44, 254, 253, 0, 1],
            2 => vec![0x80 | self.next().to_be_bytes()[0] & 0x3f, self.next().to_be_bytes()[0] & 0x7f],
            3 => vec![0x80 | self.next().to_be_bytes()[0] & 0x3f, 192 + self.next().to_be_bytes()[0] % 32],
            _ => Vec::new(),
        };
        head.extend(body);
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_datagrams_of_every_kind() {
        let (mut one, mut two) = (Garbage::new(7), Garbage::new(7));
        let datagrams: Vec<_> = (0..200).map(|_| one.datagram()).collect();
        assert!(datagrams.iter().all(|bytes| *bytes == two.datagram()));
        for (from, to) in [(0, 3), (20, 63), (128, 191), (192, 255)] {
            assert!(
                datagrams.iter().any(|bytes| bytes.first().is_some_and(|first| (from..=to).contains(first)))
            );
        }
    }
}
