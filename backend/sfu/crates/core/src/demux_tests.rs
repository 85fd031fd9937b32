use super::*;
use crate::transport::Protocol;

const A: TransportKey = TransportKey(1);
const B: TransportKey = TransportKey(2);
const RTP: &[u8] = &[0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9];
const DTLS: &[u8] = &[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];

fn remote(host: u8, port: u16) -> Remote {
    Remote { protocol: Protocol::Udp, addr: ([10, 0, 0, host], port).into() }
}

fn stun(user: &str) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 0];
    bytes.extend(STUN_COOKIE);
    bytes.extend([7; 12]);
    // An attribute of odd length comes first: its padding must be skipped.
    bytes.extend([0x80, 0x22, 0, 3, 1, 2, 3, 0]);
    bytes.extend(STUN_USERNAME.to_be_bytes());
    bytes.extend(u16::try_from(user.len()).expect("short").to_be_bytes());
    bytes.extend(user.as_bytes());
    bytes
}

fn demux() -> Demux {
    let mut demux = Demux::default();
    demux.add("aaaa", A);
    demux.add("bbbb", B);
    demux
}

#[test]
fn media_and_handshakes_of_a_stranger_are_dropped_and_counted() {
    let mut demux = demux();
    let now = Instant::now();
    for bytes in [RTP, DTLS, &[], &[0; 20], &[0xff; 1200]] {
        assert_eq!(demux.route(remote(1, 1), bytes, now), Route::Drop);
    }
    assert_eq!(demux.dropped(), 5);
}

#[test]
fn stun_finds_its_transport_by_the_addressed_user() {
    let mut demux = demux();
    let now = Instant::now();
    assert_eq!(demux.route(remote(1, 1), &stun("bbbb:peer"), now), Route::Check(B));
    assert_eq!(demux.route(remote(1, 1), &stun("cccc:peer"), now), Route::Drop);
    let mut cut = stun("bbbb:peer");
    cut.truncate(cut.len() - 4);
    assert_eq!(demux.route(remote(1, 1), &cut, now), Route::Drop);
}

#[test]
fn what_stands_behind_the_integrity_of_a_check_is_not_read() {
    let mut bytes = stun("bbbb:peer");
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let user = bytes.clone();
    bytes.extend([0, 8, 0, 20]);
    bytes.extend([5; 20]);
    bytes.extend([0, 0x25, 0, 0]);
    assert_eq!(stun_attribute(&bytes, STUN_USERNAME), stun_attribute(&user, STUN_USERNAME));
    assert_eq!(stun_attribute(&bytes, 0x0025), None);
}

#[test]
fn a_vouched_address_goes_straight_to_its_transport_until_that_ends() {
    let mut demux = demux();
    let now = Instant::now();
    demux.vouch(remote(1, 1), A, &stun("aaaa:peer"), now);
    assert_eq!(demux.route(remote(1, 1), RTP, now), Route::Known(A));
    assert_eq!(demux.route(remote(1, 2), RTP, now), Route::Drop);
    demux.remove(A);
    assert_eq!(demux.route(remote(1, 1), RTP, now), Route::Drop);
    assert_eq!(demux.route(remote(1, 1), &stun("aaaa:peer"), now), Route::Drop);
}

#[test]
fn an_address_that_moves_to_another_transport_no_longer_belongs_to_the_first() {
    let mut demux = demux();
    let now = Instant::now();
    demux.vouch(remote(1, 1), A, &stun("aaaa:peer"), now);
    assert_eq!(demux.route(remote(1, 1), &stun("bbbb:peer"), now), Route::Check(B));
    demux.vouch(remote(1, 1), B, &stun("bbbb:peer"), now);
    demux.remove(A);
    assert_eq!(demux.route(remote(1, 1), RTP, now), Route::Known(B));
}

#[test]
fn of_too_many_addresses_the_one_silent_longest_makes_room() {
    let mut demux = demux();
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    for port in 0..32 {
        demux.vouch(remote(1, port), A, &stun("aaaa:peer"), at(u64::from(port)));
    }
    // The oldest is still in use.
    assert_eq!(demux.route(remote(1, 0), RTP, at(40)), Route::Known(A));
    assert_eq!(demux.route(remote(2, 1), &stun("aaaa:peer"), at(41)), Route::Check(A));
    demux.vouch(remote(2, 1), A, &stun("aaaa:peer"), at(41));
    assert_eq!(demux.route(remote(2, 1), RTP, at(42)), Route::Known(A));
    assert_eq!(demux.route(remote(1, 0), RTP, at(42)), Route::Known(A));
    assert_eq!(demux.route(remote(1, 1), RTP, at(42)), Route::Drop);
}

#[test]
fn after_an_ice_restart_both_user_names_count_until_the_new_one_is_used() {
    let mut demux = demux();
    let now = Instant::now();
    demux.add("cccc", A);
    for user in ["aaaa:peer", "cccc:peer"] {
        assert_eq!(demux.route(remote(1, 1), &stun(user), now), Route::Check(A), "{user}");
    }
    demux.vouch(remote(1, 1), A, &stun("aaaa:peer"), now);
    assert_eq!(demux.route(remote(1, 2), &stun("aaaa:peer"), now), Route::Check(A));
    demux.vouch(remote(1, 2), A, &stun("cccc:peer"), now);
    assert_eq!(demux.route(remote(1, 3), &stun("aaaa:peer"), now), Route::Drop);
    assert_eq!(demux.route(remote(1, 3), &stun("cccc:peer"), now), Route::Check(A));
    demux.remove(A);
    assert_eq!(demux.route(remote(1, 3), &stun("cccc:peer"), now), Route::Drop);
}

#[test]
fn many_ice_restarts_leave_two_user_names() {
    let mut demux = demux();
    let now = Instant::now();
    for user in ["cccc", "dddd"] {
        demux.add(user, A);
    }
    assert_eq!(demux.route(remote(1, 1), &stun("aaaa:peer"), now), Route::Drop);
    assert_eq!(demux.route(remote(1, 1), &stun("cccc:peer"), now), Route::Check(A));
    assert_eq!(demux.route(remote(1, 1), &stun("dddd:peer"), now), Route::Check(A));
}

#[test]
fn checks_of_strangers_are_limited_by_ip_and_second() {
    let mut demux = demux();
    let now = Instant::now();
    let passed = (0..250).filter(|_| demux.route(remote(1, 1), &stun("aaaa:x"), now) != Route::Drop).count();
    assert_eq!(passed, 100);
    assert_eq!(demux.route(remote(2, 1), &stun("aaaa:x"), now), Route::Check(A));
    let later = now + Duration::from_secs(1);
    assert_eq!(demux.route(remote(1, 1), &stun("aaaa:x"), later), Route::Check(A));
}
