//! What waits to be written to the controller: life-cycle events never drop, of speakers and statistics only
//! the newest is kept.

use std::collections::{BTreeMap, VecDeque};

use streamforge_sfu_core::event::Event;
use streamforge_sfu_core::ids::RouterId;

use super::connection::MAX_FRAME;

/// A controller that leaves this much unread is taken for stuck.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The queue of one connection.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
    written: usize,
    speakers: BTreeMap<RouterId, Event>,
    stats: Option<Event>,
}

impl Outbox {
    /// Queues a message that must arrive. False when it is too long: sent, it would end the connection.
    #[must_use]
    pub(super) fn push(&mut self, json: &[u8]) -> bool {
        let Some(length) = u32::try_from(json.len()).ok().filter(|_| json.len() <= MAX_FRAME) else {
            tracing::error!(bytes = json.len(), "a message to the controller is too long");
            return false;
        };
        let mut frame = Vec::with_capacity(json.len() + 4);
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(json);
        self.bytes += frame.len();
        self.frames.push_back(frame);
        true
    }

    /// Queues an event that must arrive. None comes near the limit: each is about one thing.
    fn push_event(&mut self, event: &Event) {
        let queued = self.push(&serde_json::to_vec(event).unwrap_or_default());
        debug_assert!(queued, "an event beyond the limit");
    }

    /// Queues an event.
    pub(super) fn tell(&mut self, event: Event) {
        match &event {
            Event::SpeakersChanged { router_id, .. } => {
                self.speakers.insert(router_id.clone(), event);
            }
            Event::Stats(_) => self.stats = Some(event),
            _ => self.push_event(&event),
        }
    }

    pub(super) const fn is_overfull(&self) -> bool {
        self.bytes > MAX_BYTES
    }

    /// The bytes to write next. Newest-wins events join only when all else is written.
    pub(super) fn front(&mut self) -> Option<&[u8]> {
        if self.frames.is_empty() {
            let speakers = std::mem::take(&mut self.speakers).into_values();
            let newest: Vec<Event> = speakers.chain(self.stats.take()).collect();
            for event in newest {
                self.push_event(&event);
            }
        }
        self.frames.front().and_then(|frame| frame.get(self.written..))
    }

    /// Notes that so many of the front bytes were written.
    pub(super) fn advance(&mut self, count: usize) {
        self.written += count;
        let done = self.frames.front().is_some_and(|frame| self.written >= frame.len());
        if done && let Some(frame) = self.frames.pop_front() {
            self.bytes -= frame.len();
            self.written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use streamforge_sfu_core::stats::Stats;

    fn drain(outbox: &mut Outbox) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(bytes) = outbox.front().map(<[u8]>::to_vec) {
            outbox.advance(bytes.len());
            all.push(String::from_utf8_lossy(&bytes[4..]).into_owned());
        }
        all
    }

    #[test]
    fn life_cycle_events_stay_in_order_and_the_newest_statistics_come_last() {
        let mut outbox = Outbox::default();
        outbox.tell(Event::Stats(Stats { routers: 1, ..Stats::default() }));
        for id in ["prd_1", "prd_2"] {
            outbox.tell(Event::ProducerClosed { transport_id: "trn_1".into(), producer_id: id.into() });
        }
        outbox.tell(Event::Stats(Stats { routers: 2, ..Stats::default() }));
        let speakers = |level| Event::SpeakersChanged {
            router_id: "rtr_1".into(),
            speakers: vec![streamforge_sfu_core::channel::SpeakerLevel {
                participant_id: "ptc_1".into(),
                level,
            }],
        };
        outbox.tell(speakers(10));
        outbox.tell(speakers(20));
        let told = drain(&mut outbox);
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].contains("prd_1") && told[1].contains("prd_2"));
        assert!(told[2].contains("\"level\":20") && told[3].contains("\"routers\":2"));
    }

    #[test]
    fn a_frame_is_written_in_as_many_pieces_as_it_takes() {
        let mut outbox = Outbox::default();
        assert!(outbox.push(b"{}"));
        assert_eq!(outbox.front(), Some(&[0, 0, 0, 2, b'{', b'}'][..]));
        outbox.advance(5);
        assert_eq!(outbox.front(), Some(&b"}"[..]));
        outbox.advance(1);
        assert_eq!(outbox.front(), None);
    }

    #[test]
    fn a_controller_that_never_reads_is_noticed() {
        let mut outbox = Outbox::default();
        for _ in 0..17 {
            assert!(outbox.push(&vec![b' '; MAX_FRAME]));
        }
        assert!(outbox.is_overfull());
    }

    #[test]
    fn a_message_beyond_the_limit_is_refused_and_nothing_of_it_is_sent() {
        let mut outbox = Outbox::default();
        assert!(!outbox.push(&vec![b' '; MAX_FRAME + 1]));
        assert_eq!(outbox.front(), None);
    }
}
