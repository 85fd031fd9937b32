//! Which transport a datagram is for: any order of transports, vouchers and datagrams, against a naive model.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use streamforge_sfu_core::demux::{Demux, Route};
use streamforge_sfu_core::transport::{Protocol, Remote, TransportKey};

use crate::target::Bytes;

const KEYS: u8 = 4;

/// What may lead to a transport, told without looking anything up.
#[derive(Default)]
struct Model {
    /// The transport that vouched for an address last.
    vouched: BTreeMap<Remote, TransportKey>,
    users: BTreeMap<TransportKey, BTreeSet<String>>,
    dropped: u64,
}

impl Model {
    fn names(&self, key: TransportKey, datagram: &[u8]) -> bool {
        let contains = |user: &String| user.is_empty() || find(datagram, user.as_bytes());
        self.users.get(&key).is_some_and(|users| users.iter().any(contains))
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Takes a list of steps.
pub fn run(input: &[u8]) {
    let mut bytes = Bytes(input);
    let (mut demux, mut model) = (Demux::default(), Model::default());
    let mut now = Instant::now();
    while !bytes.is_empty() {
        let step = bytes.byte();
        let key = TransportKey(u64::from(bytes.byte() % KEYS));
        match step % 5 {
            0 => {
                // As str0m makes them: nobody else has this name.
                let user = format!("{}{}", key.0, String::from_utf8_lossy(bytes.take(3)));
                demux.add(&user, key);
                model.users.entry(key).or_default().insert(user);
            }
            1 => {
                demux.remove(key);
                model.users.remove(&key);
                model.vouched.retain(|_, owner| *owner != key);
            }
            2 => {
                let (from, check) = (remote(&mut bytes), bytes.piece());
                demux.vouch(from, key, check, now);
                if model.users.contains_key(&key) {
                    model.vouched.insert(from, key);
                }
            }
            3 => {
                let (from, datagram) = (remote(&mut bytes), bytes.piece());
                check(demux.route(from, datagram, now), from, datagram, &mut model);
                assert_eq!(demux.dropped(), model.dropped, "every drop is counted once");
            }
            _ => now += Duration::from_millis(u64::from(bytes.byte()) * 10),
        }
    }
}

fn remote(bytes: &mut Bytes<'_>) -> Remote {
    let protocol = if bytes.byte() & 1 == 0 { Protocol::Udp } else { Protocol::Tcp };
    Remote { protocol, addr: ([10, 0, 0, bytes.byte() % 8], 1).into() }
}

fn check(route: Route, from: Remote, datagram: &[u8], model: &mut Model) {
    let is_stun = datagram.len() >= 20
        && datagram.first().is_some_and(|first| *first < 4)
        && datagram.get(4..8) == Some(&[0x21, 0x12, 0xa4, 0x42]);
    match route {
        Route::Drop => model.dropped += 1,
        Route::Known(key) => assert_eq!(model.vouched.get(&from), Some(&key), "known to another"),
        Route::Check(key) => {
            assert!(is_stun, "only STUN comes from strangers");
            assert!(model.names(key, datagram), "a transport that was not addressed");
        }
    }
}
