//! An offer: what it declares is judged against the policy and its own m-lines, then the transport answers it.
//!
//! A refused offer has changed nothing, so that a client whose offer was wrong goes on with the last good one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::{Engine, MAX_PUBLISH};
use crate::channel;
use crate::command::{AcceptOffer, Accepted, AcceptedProducer, Publish, SlotInfo};
use crate::error::{Error, ErrorCode, Result};
use crate::event::CloseReason;
use crate::packet::Codecs;
use crate::router::Declared;
use crate::transport::{Answer, MediaLine, ReadOffer, Transport, TransportFactory, TransportKey};

/// An offer as the factory's transports read it.
type OfferOf<F> = <<F as TransportFactory>::Transport as Transport>::Offer;

impl<F: TransportFactory> Engine<F> {
    pub(super) fn accept_offer(&mut self, offer: &AcceptOffer, now: Instant) -> Result<Accepted> {
        let key = self.key_of(&offer.transport_id)?;
        channel::check(&offer.want)?;
        self.check_publish(key, &offer.publish, now)?;
        let read = self.read_offer(key, &offer.sdp)?;
        let mut declared = declare(&offer.publish, &read.media)?;
        // From here on nothing is refused: whoever is would be left with half of a change. (Whose router fails has
        // no transport any more.)
        let answer = self.negotiate(key, read.offer, now)?;
        let slots = receiving(&read.media, &answer);
        // What has no codec in common with us is not published.
        declared.retain(|track| answer.lines.contains_key(&track.publish.mid));
        self.remember_producers(key, &declared);
        let taken = self.with_router_of(key, now, |router| {
            router.set_slots(key, &slots, now);
            router.publish(key, &declared, now);
            router.want(key, offer.want.clone(), now)
        });
        taken.ok_or_else(Error::router_failed)?;
        self.dirty.insert(key);
        self.settle(key, now);
        let producers = declared.into_iter().map(|Declared { publish, .. }| AcceptedProducer {
            mid: publish.mid,
            kind: publish.source.kind(),
            source: publish.source,
            producer_id: publish.producer_id,
        });
        Ok(Accepted { sdp: answer.sdp, slots: self.slots_of(key), producers: producers.collect() })
    }

    /// A panic while reading has changed nothing: that offer is bad, and the transport goes on.
    fn read_offer(&self, key: TransportKey, sdp: &str) -> Result<ReadOffer<OfferOf<F>>> {
        let unreadable = || Error::new(ErrorCode::BadSdp, "the offer cannot be read");
        let gone = || Error::new(ErrorCode::TransportNotFound, "the transport is gone");
        let peer = self.peers.get(&key).ok_or_else(gone)?;
        let read = catch_unwind(AssertUnwindSafe(|| peer.transport.read_offer(sdp)));
        read.unwrap_or_else(|_| Err(unreadable()))
    }

    /// A transport that fails here is in a state that its client does not know: it ends, and `internal` says so.
    /// After `bad_sdp` it goes on.
    fn negotiate(&mut self, key: TransportKey, offer: OfferOf<F>, now: Instant) -> Result<Answer> {
        let unanswerable = || Error::new(ErrorCode::Internal, "the transport failed on the offer");
        let mut outcome = Err(unanswerable());
        self.guarded(key, now, |engine| {
            let Some(peer) = engine.peers.get_mut(&key) else { return };
            outcome = peer.transport.accept_offer(offer, now);
            if let Err(error) = &outcome {
                tracing::error!(%error, "an offer that was found good is refused");
                return engine.close(key, CloseReason::Panicked, now);
            }
            engine.demux.add(peer.transport.ufrag(), key);
            engine.drain(key, now);
        });
        outcome.ok().filter(|_| self.peers.contains_key(&key)).ok_or_else(unanswerable)
    }

    fn check_publish(&mut self, key: TransportKey, publish: &[Publish], now: Instant) -> Result<()> {
        if publish.len() > MAX_PUBLISH {
            return Err(Error::new(ErrorCode::LimitExceeded, format!("at most {MAX_PUBLISH} tracks")));
        }
        for (place, track) in publish.iter().enumerate() {
            let others = publish.iter().skip(place + 1);
            if others.clone().any(|other| other.mid == track.mid || other.producer_id == track.producer_id) {
                return Err(Error::new(ErrorCode::BadMessage, "a mid or producer is named twice"));
            }
            if self.producers.get(&track.producer_id).is_some_and(|owner| *owner != key) {
                return Err(Error::new(ErrorCode::BadMessage, "the producer is another transport's"));
            }
        }
        let allowed = self.with_router_of(key, now, |router| router.check_publish(key, publish));
        allowed.unwrap_or_else(|| Err(Error::router_failed()))
    }

    fn remember_producers(&mut self, key: TransportKey, declared: &[Declared]) {
        self.producers.retain(|_, owner| *owner != key);
        self.producers.extend(declared.iter().map(|track| (track.publish.producer_id.clone(), key)));
    }
}

/// The slots: what the client receives on, with the codecs that it takes there.
fn receiving(media: &[MediaLine], answer: &Answer) -> Vec<(SlotInfo, Codecs)> {
    let lines = media.iter().filter(|line| line.receives);
    lines
        .filter_map(|line| {
            let codecs = answer.lines.get(&line.mid)?;
            Some((SlotInfo { mid: line.mid, kind: line.kind }, *codecs))
        })
        .collect()
}

/// Joins what the client says it publishes with what the answer says of those m-lines.
fn declare(publish: &[Publish], media: &[MediaLine]) -> Result<Vec<Declared>> {
    let line_of = |track: &Publish| {
        media.iter().find(|line| line.mid == track.mid && line.publishes && line.kind == track.source.kind())
    };
    publish
        .iter()
        .map(|track| {
            let line = line_of(track).ok_or_else(|| {
                Error::new(ErrorCode::BadSdp, format!("m-line {} sends no {:?}", track.mid, track.source))
            })?;
            Ok(Declared { publish: track.clone(), rids: line.rids.clone() })
        })
        .collect()
}
