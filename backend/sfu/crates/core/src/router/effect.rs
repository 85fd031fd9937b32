//! What a router wants done: its only output.

use crate::channel::ServerMessage;
use crate::event::Event;
use crate::ids::{Mid, Rid};
use crate::packet::RtpOut;
use crate::transport::TransportKey;
use crate::units::Bps;

/// What a router wants done.
#[derive(Debug)]
pub enum Effect {
    /// Send a media packet.
    Media {
        /// To whom.
        to: TransportKey,
        /// On which slot.
        slot: Mid,
        /// The packet.
        packet: RtpOut,
    },
    /// Ask a publisher for a key frame.
    KeyFrame {
        /// Which publisher.
        of: TransportKey,
        /// Which track.
        mid: Mid,
        /// Which layer.
        rid: Option<Rid>,
    },
    /// Tell a client something.
    Channel {
        /// Whom.
        to: TransportKey,
        /// What.
        message: ServerMessage,
    },
    /// Tell the bandwidth estimator what is sent and what would be wanted.
    Rates {
        /// Whose.
        to: TransportKey,
        /// The next step up.
        min: Bps,
        /// All that is wanted.
        desired: Bps,
    },
    /// Tell the controller something.
    Event(Event),
}
