//! Decides which transport a datagram is for, before any of it is parsed in earnest.
//!
//! An address enters the table only after an ICE check from it succeeded; until then only STUN passes, found
//! by the addressed user name, never by asking all transports. So nobody can speak DTLS or RTP for another
//! (the handshake race of CVE-2023-49786), and an unknown sender costs one table look-up.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::transport::{Remote, TransportKey};

/// Sender addresses per transport: some networks, some of their NAT bindings. The one silent longest makes room.
pub const MAX_ADDRESSES: usize = 32;
/// User names per transport: the current one, and the one before until the client addresses the current one.
const MAX_USERS: usize = 2;
/// STUN from addresses that no transport vouches for, per IP and second: a
/// hundred people behind one NAT may join at once.
pub const UNKNOWN_STUN_PER_SECOND: u32 = 100;
/// IPs whose unknown STUN is counted at a time; beyond them it is dropped until the second is over.
const MAX_COUNTED_IPS: usize = 4096;
const SECOND: Duration = Duration::from_secs(1);
/// The fixed STUN header (RFC 8489, 5), its magic cookie and the USERNAME attribute (14.3).
const STUN_HEADER: usize = 20;
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const STUN_USERNAME: u16 = 0x0006;
/// What stands behind it is signed by nobody, and must be ignored (14.5).
const STUN_INTEGRITY: u16 = 0x0008;

/// What to do with a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The transport vouches for the sender.
    Known(TransportKey),
    /// STUN for this transport from a sender that it does not vouch for yet.
    Check(TransportKey),
    /// Drop it.
    Drop,
}

/// Whom a sender speaks for, and when it did last.
#[derive(Debug, Clone, Copy)]
struct Sender {
    key: TransportKey,
    heard: Instant,
}

/// What leads to a transport.
#[derive(Debug, Default)]
struct Owned {
    remotes: Vec<Remote>,
    /// The newest last.
    users: Vec<String>,
}

/// The tables.
#[derive(Debug, Default)]
pub struct Demux {
    addresses: HashMap<Remote, Sender>,
    users: HashMap<String, TransportKey>,
    owned: HashMap<TransportKey, Owned>,
    strangers: HashMap<IpAddr, u32>,
    window: Option<Instant>,
    dropped: u64,
}

impl Demux {
    /// Datagrams dropped so far.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Makes a transport reachable by its ICE user name, which an ICE restart changes.
    pub fn add(&mut self, ufrag: &str, key: TransportKey) {
        let owned = self.owned.entry(key).or_default();
        if owned.users.last().is_some_and(|newest| newest == ufrag) {
            return;
        }
        owned.users.push(ufrag.to_owned());
        self.users.insert(ufrag.to_owned(), key);
        self.keep_users(key, MAX_USERS);
    }

    /// Forgets a transport.
    pub fn remove(&mut self, key: TransportKey) {
        let owned = self.owned.remove(&key).unwrap_or_default();
        for user in owned.users {
            self.users.remove(&user);
        }
        for remote in owned.remotes {
            self.addresses.remove(&remote);
        }
    }

    /// Notes that this check from this address succeeded.
    pub fn vouch(&mut self, remote: Remote, key: TransportKey, check: &[u8], now: Instant) {
        let Some(owned) = self.owned.get_mut(&key) else { return };
        if local_ufrag(check).is_some() && local_ufrag(check) == owned.users.last().map(String::as_str) {
            self.keep_users(key, 1);
        }
        self.learn(remote, key, now);
    }

    fn learn(&mut self, remote: Remote, key: TransportKey, now: Instant) {
        let before = self.addresses.insert(remote, Sender { key, heard: now });
        if before.is_some_and(|before| before.key == key) {
            return;
        }
        // The client behind the address left and another one got it, or moved between transports.
        if let Some(list) = before.and_then(|before| self.owned.get_mut(&before.key)) {
            list.remotes.retain(|known| *known != remote);
        }
        let Some(owned) = self.owned.get_mut(&key) else { return };
        if owned.remotes.len() >= MAX_ADDRESSES {
            let heard = |remote: &Remote| self.addresses.get(remote).map(|sender| sender.heard);
            let silent = owned.remotes.iter().enumerate().min_by_key(|(_, known)| heard(known));
            if let Some(place) = silent.map(|(place, _)| place) {
                let gone = owned.remotes.swap_remove(place);
                self.addresses.remove(&gone);
            }
        }
        owned.remotes.push(remote);
    }

    fn keep_users(&mut self, key: TransportKey, count: usize) {
        let Some(owned) = self.owned.get_mut(&key) else { return };
        let old = owned.users.len().saturating_sub(count);
        for user in owned.users.drain(..old) {
            self.users.remove(&user);
        }
    }

    /// Where a datagram goes.
    pub fn route(&mut self, from: Remote, bytes: &[u8], now: Instant) -> Route {
        let known = self.addresses.get_mut(&from).map(|sender| {
            sender.heard = now;
            sender.key
        });
        if !is_stun(bytes) {
            return known.map_or_else(|| self.drop(), Route::Known);
        }
        // A known address may start to speak for another transport: a client that joined anew.
        let addressed = local_ufrag(bytes).and_then(|user| self.users.get(user).copied());
        match (known, addressed) {
            (Some(known), None) => Route::Known(known),
            (Some(known), Some(key)) if known == key => Route::Known(known),
            (_, Some(key)) if self.admit_stranger(from.addr.ip(), now) => Route::Check(key),
            _ => self.drop(),
        }
    }

    fn drop(&mut self) -> Route {
        self.dropped += 1;
        Route::Drop
    }

    fn admit_stranger(&mut self, ip: IpAddr, now: Instant) -> bool {
        if self.window.is_none_or(|start| now.saturating_duration_since(start) >= SECOND) {
            self.window = Some(now);
            self.strangers.clear();
        }
        if self.strangers.len() >= MAX_COUNTED_IPS && !self.strangers.contains_key(&ip) {
            return false;
        }
        let count = self.strangers.entry(ip).or_default();
        *count += 1;
        *count <= UNKNOWN_STUN_PER_SECOND
    }
}

/// RFC 7983: STUN starts with 0 to 3; RFC 8489: and carries the cookie.
fn is_stun(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| *first < 4)
        && bytes.get(4..8) == Some(&STUN_COOKIE)
        && bytes.len() >= STUN_HEADER
}

/// The first half of `USERNAME`, which names the addressed agent (RFC 8445, 7.2.2).
fn local_ufrag(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(stun_attribute(bytes, STUN_USERNAME)?).ok()?.split(':').next()
}

/// The value of a STUN message's first attribute of a type, among those that its integrity covers.
pub(crate) fn stun_attribute(bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = bytes.get(STUN_HEADER..)?;
    loop {
        let (kind, tail) = rest.split_first_chunk::<2>()?;
        let (length, tail) = tail.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let kind = u16::from_be_bytes(*kind);
        if kind == wanted {
            return tail.get(..length);
        }
        if kind == STUN_INTEGRITY {
            return None;
        }
        // Attributes are padded to four bytes.
        rest = tail.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
#[path = "demux_tests.rs"]
mod tests;
