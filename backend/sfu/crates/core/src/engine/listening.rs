//! How often a client is listened to on the channel `sfu`: each message costs the loop that everybody's media
//! pass through.

use std::time::{Duration, Instant};

use crate::debt::Debt;

/// The SDK says what it wants at most ten times a second, however fast somebody scrolls.
const PER_SECOND: u32 = 20;
/// A client that lays its tiles out anew a few times in a row.
const BURST: u32 = 60;
const EACH: Duration = Duration::from_millis(1000 / PER_SECOND as u64);
/// A client that goes on is told again this much later.
const REMINDER: Duration = Duration::from_secs(1);

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearing {
    /// It is read.
    Granted,
    /// It is not, and the client is told why.
    Refused,
    /// It is not, as the client knows.
    Ignored,
}

/// One client's budget of messages.
#[derive(Debug, Default)]
pub(super) struct Listening {
    heard: Debt,
    told: Option<Instant>,
}

impl Listening {
    /// Decides about one more message.
    pub(super) fn hear(&mut self, now: Instant) -> Hearing {
        if self.heard.left(now) < EACH * BURST {
            self.heard.add(EACH, now);
            return Hearing::Granted;
        }
        if self.told.is_some_and(|at| now.saturating_duration_since(at) < REMINDER) {
            return Hearing::Ignored;
        }
        self.told = Some(now);
        Hearing::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_refused_once_a_second_and_a_pause_earns_a_hearing() {
        let mut listening = Listening::default();
        let start = Instant::now();
        let heard: Vec<_> = (0..1000).map(|_| listening.hear(start)).collect();
        let count = |wanted| heard.iter().filter(|hearing| **hearing == wanted).count();
        assert_eq!(count(Hearing::Granted), usize::try_from(BURST).expect("small"));
        assert_eq!(count(Hearing::Refused), 1);
        assert_eq!(listening.hear(start + EACH), Hearing::Granted);
        assert_eq!(listening.hear(start + EACH), Hearing::Ignored);
        assert_eq!(listening.hear(start + EACH + REMINDER), Hearing::Granted);
    }
}
