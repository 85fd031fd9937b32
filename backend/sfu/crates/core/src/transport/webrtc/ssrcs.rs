//! Which streams a client may send: str0m keeps state for each SSRC, so there is an end to them.
//!
//! Whoever knows the client's address can send packets in its name. They fail authentication, but str0m looks at
//! their SSRC before; so what they use up comes back with time, and only good packets use up the client's own.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::debt::Debt;
use crate::packet::SenderReport;

/// Proven SSRCs taken from a client in all: six tracks of three layers with retransmission are 36 at a time, and
/// each shared screen brings up to eight.
const MAX_PROVEN: usize = 1_024;
/// Unproven ones at a time: all of a client's tracks at once, three times over. Streams of padding, by which
/// browsers probe the path, stay among them, as str0m does not tell of such packets.
const MAX_UNPROVEN: usize = 128;
/// An unproven one is taken this often beyond those: a client that opens a few streams, also while a stranger sends.
const EACH: Duration = Duration::from_millis(100);

/// The streams of one client.
#[derive(Debug, Default)]
pub(super) struct Ssrcs {
    /// Those of which a packet was good, with the sender report that was there before the first one.
    proven: HashMap<u32, Option<SenderReport>>,
    /// The others that were let through, oldest first.
    unproven: VecDeque<u32>,
    /// What those so far have used up.
    used: Debt,
    /// Of the datagram received last.
    current: Option<u32>,
}

impl Ssrcs {
    /// Whether the stream of a datagram is taken. One that is none, as it is no media, is.
    pub(super) fn take(&mut self, ssrc: Option<u32>, now: Instant) -> bool {
        self.current = ssrc;
        let Some(ssrc) = ssrc.filter(|ssrc| !self.proven.contains_key(ssrc)) else { return true };
        if self.proven.len() >= MAX_PROVEN {
            return false;
        }
        if self.unproven.contains(&ssrc) {
            return true;
        }
        let most = EACH * u32::try_from(MAX_UNPROVEN).unwrap_or(u32::MAX);
        if self.used.left(now) + EACH > most {
            return false;
        }
        self.used.add(EACH, now);
        if self.unproven.len() >= MAX_UNPROVEN {
            self.unproven.pop_front();
        }
        self.unproven.push_back(ssrc);
        true
    }

    /// A packet of this stream came of the last datagram, so that one was good; it may have been a retransmission
    /// on a stream of its own. Returns the report that was there before the first packet.
    pub(super) fn prove(&mut self, ssrc: u32, report: Option<SenderReport>) -> Option<SenderReport> {
        if let Some(current) = self.current.take().filter(|current| *current != ssrc) {
            self.unproven.retain(|known| *known != current);
            self.proven.entry(current).or_default();
        }
        *self.proven.entry(ssrc).or_insert_with(|| {
            self.unproven.retain(|known| *known != ssrc);
            report
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_use_up_comes_back() {
        let (mut ssrcs, start) = (Ssrcs::default(), Instant::now());
        let taken = (0..5_000).filter(|ssrc| ssrcs.take(Some(*ssrc), start)).count();
        assert_eq!(taken, MAX_UNPROVEN);
        assert!(ssrcs.take(Some(3), start) && ssrcs.take(None, start));
        assert!(!ssrcs.take(Some(9_000), start));
        let later = start + EACH;
        assert!(ssrcs.take(Some(9_000), later) && !ssrcs.take(Some(9_001), later));
        let taken = (10_000..20_000).filter(|ssrc| ssrcs.take(Some(*ssrc), later + EACH * 1_000)).count();
        assert_eq!((taken, ssrcs.unproven.len()), (MAX_UNPROVEN, MAX_UNPROVEN));
    }

    #[test]
    fn a_client_has_an_end_too() {
        let (mut ssrcs, mut now) = (Ssrcs::default(), Instant::now());
        let mut taken = 0;
        for ssrc in 0..5_000 {
            now += EACH;
            if ssrcs.take(Some(ssrc), now) {
                ssrcs.prove(ssrc, None);
                taken += 1;
            }
        }
        assert_eq!((taken, ssrcs.unproven.len()), (MAX_PROVEN, 0));
        assert!(ssrcs.take(Some(7), now));
    }

    #[test]
    fn a_retransmission_proves_its_own_stream() {
        let (mut ssrcs, now) = (Ssrcs::default(), Instant::now());
        assert!(ssrcs.take(Some(2), now));
        ssrcs.prove(1, None);
        assert!(ssrcs.proven.contains_key(&2) && ssrcs.unproven.is_empty());
    }

    #[test]
    fn the_report_before_the_first_packet_is_kept() {
        let (mut ssrcs, now) = (Ssrcs::default(), Instant::now());
        let [early, next] = [1, 2].map(|ntp| Some(SenderReport { ntp, rtp: 0 }));
        for report in [early, next] {
            assert!(ssrcs.take(Some(1), now));
            assert_eq!(ssrcs.prove(1, report), early);
        }
    }
}
