//! Floods that lines order: so much of something, a part each turn, beside the client's ordinary life.

use crate::garbage::Garbage;
use crate::swarm::Swarm;

/// Datagrams and messages of a turn: the sender must stay alive itself.
const SHARE: u64 = 200;

/// What a client is told to send too much of.
#[derive(Debug)]
pub enum Flood {
    /// Datagrams from its own address.
    Garbage(Garbage),
    /// Messages on its channel.
    Text(String),
}

/// A flood that is under way.
#[derive(Debug)]
pub struct Errand {
    /// Whose.
    pub client: String,
    /// Of what.
    pub flood: Flood,
    /// How many are left.
    pub left: u64,
}

impl Errand {
    /// Sends a part. True when nothing is left, or the client is gone.
    pub fn turn(&mut self, swarm: &mut Swarm) -> bool {
        for _ in 0..self.left.min(SHARE) {
            let sent = match &mut self.flood {
                Flood::Garbage(garbage) => swarm.send_raw(&self.client, &garbage.datagram()),
                Flood::Text(text) => swarm.get(&self.client).map(|client| client.say(text)),
            };
            match sent {
                Some(true) => self.left -= 1,
                // The channel or the socket is full: later.
                Some(false) => break,
                None => return true,
            }
        }
        self.left == 0
    }
}
