//! Where a client is: at the address from which it last nominated the path, or, when that fell silent, from
//! which it last checked it.
//!
//! str0m keeps to the first of two nominated addresses of the same priority until it was silent for 15 s. A
//! client whose NAT forgot its binding is such a case, and for it 15 s without pictures.

use std::time::{Duration, Instant};

use crate::demux::stun_attribute;
use crate::transport::Remote;

/// RFC 8445, 16.1.
const USE_CANDIDATE: u16 = 0x0025;
/// The type of a STUN response to a check that succeeded (RFC 8489, 5).
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
/// STUN starts with 0 to 3 (RFC 7983, 7).
const STUN_BELOW: u8 = 4;
/// An address is given up for another one after this long without a sign of life: whoever sends or receives
/// media reports several times a second. Only clients that nominate once (RFC 8445, 8.1.1) depend on it;
/// browsers repeat the nomination with every check of a lite server.
const SILENCE: Duration = Duration::from_secs(1);

/// A client's addresses.
#[derive(Debug, Default)]
pub(super) struct Whereabouts {
    /// Where media goes; str0m's choice until the client nominated.
    current: Option<Remote>,
    /// When something came from there.
    heard: Option<Instant>,
    /// The datagram received last, if it may be a check: from where, and whether it nominates.
    check: Option<(Remote, bool)>,
    /// The sender of the datagram received last, when that was a check that succeeded.
    answered: Option<Remote>,
}

impl Whereabouts {
    /// Notes a datagram, before str0m has it.
    pub(super) fn received(&mut self, from: Remote, bytes: &[u8], now: Instant) {
        self.answered = None;
        let is_stun = bytes.first().is_some_and(|first| *first < STUN_BELOW);
        self.check = is_stun.then(|| (from, stun_attribute(bytes, USE_CANDIDATE).is_some()));
        if self.current == Some(from) {
            self.heard = Some(now);
        }
    }

    /// Where a datagram of str0m goes that it would send to `to`.
    pub(super) fn sends(&mut self, to: Remote, bytes: &[u8], now: Instant) -> Remote {
        if bytes.first().is_some_and(|first| *first < STUN_BELOW) {
            // str0m answers a check only when its message integrity holds.
            if bytes.starts_with(&BINDING_SUCCESS) {
                self.answered = Some(to);
                self.follow(to, now);
            }
            return to;
        }
        self.current.unwrap_or(to)
    }

    /// Whether the datagram received last was a check of this sender, and succeeded.
    pub(super) fn vouches_for(&self, from: Remote) -> bool {
        self.answered == Some(from)
    }

    /// Whether what comes from there tells that media arrives. An address that was nominated for somebody who
    /// never asked for media is silent; other addresses of the client must not speak for it.
    pub(super) fn is_answered_by(&self, from: Remote) -> bool {
        self.current.is_none_or(|current| current == from)
    }

    fn follow(&mut self, from: Remote, now: Instant) {
        let Some((_, nominates)) = self.check.filter(|(sender, _)| *sender == from) else { return };
        let is_silent = self.heard.is_some_and(|at| now.saturating_duration_since(at) >= SILENCE);
        if nominates || is_silent {
            self.current = Some(from);
            self.heard = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Protocol;

    const MEDIA: [u8; 2] = [0x80, 0x60];
    const ELSEWHERE: u16 = 9;

    fn remote(port: u16) -> Remote {
        Remote { protocol: Protocol::Udp, addr: ([10, 0, 0, 1], port).into() }
    }

    /// A check: the header, a user name, and perhaps a nomination.
    fn check(nominates: bool) -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        bytes.resize(20, 0);
        bytes.extend([0, 6, 0, 3, b'a', b':', b'b', 0]);
        if nominates {
            bytes.extend([0, 0x25, 0, 0]);
        }
        bytes
    }

    struct Client {
        whereabouts: Whereabouts,
        now: Instant,
    }

    impl Client {
        fn new() -> Self {
            Self { whereabouts: Whereabouts::default(), now: Instant::now() }
        }

        fn checks(&mut self, port: u16, nominates: bool) {
            self.whereabouts.received(remote(port), &check(nominates), self.now);
            assert_eq!(self.whereabouts.sends(remote(port), &BINDING_SUCCESS, self.now), remote(port));
        }

        /// Where media goes that str0m would send elsewhere.
        fn is_at(&mut self) -> u16 {
            self.whereabouts.sends(remote(ELSEWHERE), &MEDIA, self.now).addr.port()
        }

        fn pass(&mut self, ms: u64) {
            self.now += Duration::from_millis(ms);
        }
    }

    #[test]
    fn media_goes_where_the_path_was_nominated_last() {
        let mut client = Client::new();
        client.checks(1, false);
        assert_eq!(client.is_at(), ELSEWHERE, "nothing is nominated yet");
        client.checks(1, true);
        assert_eq!(client.is_at(), 1);
        client.checks(2, true);
        assert_eq!(client.is_at(), 2);
    }

    #[test]
    fn only_the_address_where_media_goes_answers_for_it() {
        let mut client = Client::new();
        client.checks(1, false);
        assert!(client.whereabouts.is_answered_by(remote(1)), "nothing is nominated yet");
        client.checks(1, true);
        client.checks(2, true);
        assert!(!client.whereabouts.is_answered_by(remote(1)));
        assert!(client.whereabouts.is_answered_by(remote(2)));
    }

    #[test]
    fn a_check_of_another_path_moves_nothing_while_the_nominated_one_lives() {
        let mut client = Client::new();
        client.checks(1, true);
        for _ in 0..10 {
            client.pass(500);
            client.whereabouts.received(remote(1), &MEDIA, client.now);
            client.checks(2, false);
            assert_eq!(client.is_at(), 1);
        }
    }

    #[test]
    fn a_client_that_nominates_once_is_followed_when_its_address_falls_silent() {
        let mut client = Client::new();
        client.checks(1, true);
        client.pass(999);
        client.checks(2, false);
        assert_eq!(client.is_at(), 1);
        client.pass(1);
        client.checks(2, false);
        assert_eq!(client.is_at(), 2);
    }

    #[test]
    fn a_check_that_fails_and_media_of_strangers_move_nothing() {
        let mut client = Client::new();
        client.checks(1, true);
        client.whereabouts.received(remote(3), &check(true), client.now);
        assert_eq!(client.is_at(), 1);
        assert!(!client.whereabouts.vouches_for(remote(3)));
        client.pass(5000);
        client.whereabouts.received(remote(3), &MEDIA, client.now);
        assert_eq!(client.is_at(), 1);
    }

    #[test]
    fn a_nomination_that_somebody_appended_moves_nothing() {
        let mut client = Client::new();
        client.checks(1, true);
        let mut bytes = check(false);
        bytes.extend([0, 8, 0, 20]);
        bytes.extend([5; 20]);
        bytes.extend([0, 0x25, 0, 0]);
        client.whereabouts.received(remote(2), &bytes, client.now);
        client.whereabouts.sends(remote(2), &BINDING_SUCCESS, client.now);
        assert_eq!(client.is_at(), 1);
    }

    #[test]
    fn only_the_check_received_last_is_vouched_for() {
        let mut client = Client::new();
        client.checks(1, true);
        assert!(client.whereabouts.vouches_for(remote(1)));
        client.whereabouts.received(remote(1), &MEDIA, client.now);
        assert!(!client.whereabouts.vouches_for(remote(1)));
    }
}
