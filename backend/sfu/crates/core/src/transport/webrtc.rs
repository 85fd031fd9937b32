//! A transport on str0m in RTP mode, as an ICE-lite answerer.
//!
//! The only module that knows str0m (with its two neighbours for extensions and payload types), because its
//! media path will be replaced by one that seals and sends in bursts.
//! str0m's contract: one mutation, then `poll_output` until `Timeout`; else packets are lost in silence.

mod factory;
mod pace;
mod packet;
mod ssrcs;
#[cfg(test)]
mod sync_tests;
#[cfg(test)]
mod tests;
mod whereabouts;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

pub use factory::WebRtcFactory;

use str0m::bwe::Bitrate;
use str0m::channel::ChannelId;
use str0m::media::{KeyframeRequestKind, Mid as StrMid, Rid as StrRid};
use str0m::net::{DatagramRecv, Protocol as StrProtocol, Receive};
use str0m::stats::PeerStats;
use str0m::{Event, Input, Output as StrOutput, Rtc};

use self::pace::Pace;
use self::ssrcs::Ssrcs;
use self::whereabouts::Whereabouts;
use super::offer::{self, Offer, Section};
use super::payload_types::{self, SlotPayloadTypes};
use super::{
    Answer, Datagram, Output, Protocol, ReadOffer, Remote, Transmit, Transport, TransportEvent, sdp,
};
use crate::capture::CaptureClock;
use crate::channel;
use crate::error::Result;
use crate::ids::{Mid, Rid};
use crate::packet::{Codec, Codecs, Kind, RtpOut};
use crate::units::Bps;

/// Where the bandwidth estimate starts. Tried with real browsers: low enough for a phone, high enough
/// that a first picture is not starved.
pub const START_ESTIMATE: Bps = Bps::kilo(600);
/// Lower estimates are not believed: on a busy machine, or when a path becomes longer at once, the delay estimator
/// falls below what the smallest picture takes although the path is free. A path that truly carries less shows it by loss.
const LEAST_ESTIMATE: Bps = Bps::kilo(300);
/// Packets kept for sending again, and for how long: as str0m has it.
const RESEND_PACKETS: usize = 2_000;
const RESEND_AGE: Duration = Duration::from_secs(3);
/// Of what is sent, so much may be sent again. str0m's default of 0.15 throws away all that waits to be sent
/// again just when most is lost; without a limit a narrow path would carry nothing else.
const RESEND_SHARE: f32 = 0.5;

/// One peer connection on str0m.
pub struct WebRtc {
    rtc: Rtc,
    ufrag: String,
    whereabouts: Whereabouts,
    /// Of the last input; what follows from it is sent then.
    now: Instant,
    pace: Pace,
    /// Packets refused for their size.
    oversized: u64,
    channel: Option<ChannelId>,
    /// Mid and rid are only on a stream's first packets.
    streams: HashMap<u32, (Mid, Option<Rid>)>,
    /// The streams that the client may send.
    ssrcs: Ssrcs,
    /// The client's clock.
    capture: CaptureClock,
    /// Payload type → what it means.
    incoming: [Option<(Codec, bool)>; 128],
    slots: HashMap<Mid, SlotPayloadTypes>,
    /// Those of the last offer.
    sections: Vec<Section>,
    failure: Option<String>,
}

impl WebRtc {
    fn wake(&mut self, now: Instant) {
        self.now = now;
        let unpaced = self.pace.wake(now);
        self.set_unpaced(unpaced);
    }

    fn pass_time(&mut self, to: Instant) {
        if let Err(error) = self.rtc.handle_input(Input::Timeout(to)) {
            self.fail(&error);
        }
    }

    /// Lets pictures leave at once, as sound always does, or paces them again.
    fn set_unpaced(&mut self, unpaced: Option<bool>) {
        let Some(unpaced) = unpaced else { return };
        let mut api = self.rtc.direct_api();
        for section in self.sections.iter().filter(|section| section.kind == Some(Kind::Video)) {
            if let Some(stream) = api.stream_tx_by_mid(StrMid::from(section.mid.as_str()), None) {
                stream.set_unpaced(unpaced);
            }
        }
    }

    fn fail(&mut self, error: &dyn std::fmt::Display) {
        // The first failure is the cause; what follows are its effects.
        self.failure.get_or_insert_with(|| error.to_string());
    }

    /// Notes what was negotiated, and returns what each live media line carries.
    fn learn(&mut self, sections: Vec<Section>) -> BTreeMap<Mid, Codecs> {
        let mut lines = BTreeMap::new();
        self.streams.clear();
        let known = std::mem::take(&mut self.slots);
        for pt in 0..128_u8 {
            if let Some(place) = self.incoming.get_mut(usize::from(pt)) {
                *place = payload_types::meaning(&self.rtc, pt.into());
            }
        }
        self.sections = sections;
        for section in &mut self.sections {
            let name = StrMid::from(section.mid.as_str());
            let Some(media) = self.rtc.media(name) else { continue };
            // Also one without a codec in common ended: the answer says so, and the client may replace it.
            section.ended = media.disabled();
            if section.ended {
                continue;
            }
            let sends = media.direction().is_sending();
            let types = SlotPayloadTypes::of(&self.rtc, name, section.red);
            lines.insert(section.mid, types.codecs());
            if sends {
                self.slots.insert(section.mid, types);
                let new = !known.contains_key(&section.mid);
                // Setting it empties what is kept.
                if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(name, None).filter(|_| new) {
                    stream.set_rtx_cache(RESEND_PACKETS, RESEND_AGE, Some(RESEND_SHARE));
                }
            }
        }
        lines
    }

    /// The estimate is taken from here and not from str0m's event, which tells the mean of three seconds.
    fn report(&mut self, stats: &PeerStats) -> TransportEvent {
        let estimate = stats.bwe_tx.map(|estimate| Bps(estimate.as_u64()));
        if let Some(estimate) = estimate {
            let unpaced = self.pace.estimate(estimate < LEAST_ESTIMATE, self.now);
            self.set_unpaced(unpaced);
        }
        let estimate = estimate.map(|estimate| estimate.max(LEAST_ESTIMATE));
        TransportEvent::Path { estimate, lost: stats.egress_loss_fraction, rtt: stats.rtt }
    }

    fn translate(&mut self, event: Event) -> Option<TransportEvent> {
        match event {
            Event::RtpPacket(packet) => self.incoming(packet),
            Event::Connected => Some(TransportEvent::Connected),
            Event::Closed => Some(TransportEvent::Closed),
            Event::KeyframeRequest(request) => {
                Mid::new(&request.mid).ok().map(|mid| TransportEvent::KeyFrameRequested { mid })
            }
            Event::PeerStats(stats) => Some(self.report(&stats)),
            Event::ChannelOpen(id, label) if label == channel::LABEL => {
                self.channel = Some(id);
                Some(TransportEvent::ChannelOpen)
            }
            Event::ChannelData(data) if Some(data.id) == self.channel => {
                Some(TransportEvent::ChannelMessage(data.data))
            }
            _ => None,
        }
    }
}

/// The stream of a media packet: neither STUN nor DTLS (RFC 7983, 7) nor RTCP (RFC 5761, 4).
fn rtp_ssrc(bytes: &[u8]) -> Option<u32> {
    let media = matches!(bytes, [128..=191, kind, ..] if !(64..=95).contains(&(kind & 0x7f)));
    let ssrc = bytes.get(8..12).filter(|_| media)?;
    ssrc.try_into().ok().map(u32::from_be_bytes)
}

fn bitrate(rate: Bps) -> Bitrate {
    Bitrate::bps(rate.0)
}

impl Transport for WebRtc {
    type Offer = Offer;

    fn read_offer(&self, sdp: &str) -> Result<ReadOffer<Offer>> {
        Offer::read(sdp, &self.sections)
    }

    fn accept_offer(&mut self, offer: Offer, _now: Instant) -> Result<Answer> {
        let Offer { parsed, sections } = offer;
        let answer = self.rtc.sdp_api().accept_offer(parsed).map_err(|error| offer::bad(&error))?;
        // An ICE restart makes new ones.
        self.ufrag = self.rtc.direct_api().local_ice_credentials().ufrag;
        let lines = self.learn(sections);
        Ok(Answer { sdp: sdp::repeat_candidates(&answer.to_sdp_string()), lines })
    }

    fn ufrag(&self) -> &str {
        &self.ufrag
    }

    fn receive(&mut self, datagram: &Datagram<'_>, now: Instant) {
        self.wake(now);
        self.whereabouts.received(datagram.from, datagram.bytes, now);
        if !self.ssrcs.take(rtp_ssrc(datagram.bytes), now) {
            return;
        }
        let Ok(contents) = DatagramRecv::try_from(datagram.bytes) else { return };
        let receive = Receive {
            proto: protocol(datagram.from.protocol),
            source: datagram.from.addr,
            destination: datagram.to,
            contents,
        };
        // Whatever a peer sends must not end the transport by itself; str0m's own state decides in `poll`.
        if let Err(error) = self.rtc.handle_input(Input::Receive(now, receive)) {
            tracing::debug!(%error, "input refused");
            if !self.rtc.is_connected() {
                self.fail(&error);
            }
        }
    }

    fn vouches_for(&self, from: Remote) -> bool {
        self.whereabouts.vouches_for(from)
    }

    fn is_answered_by(&self, from: Remote) -> bool {
        self.whereabouts.is_answered_by(from)
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.wake(now);
        self.pass_time(now);
    }

    fn poll(&mut self) -> Output {
        loop {
            if let Some(failure) = self.failure.take() {
                return Output::Event(TransportEvent::Failed(failure));
            }
            match self.rtc.poll_output() {
                Ok(StrOutput::Timeout(at)) => match self.pace.go_on(at) {
                    None => return Output::Timeout(at),
                    Some(at) => self.pass_time(at),
                },
                Ok(StrOutput::Transmit(transmit)) => {
                    let protocol =
                        if transmit.proto == StrProtocol::Udp { Protocol::Udp } else { Protocol::Tcp };
                    let chosen = Remote { protocol, addr: transmit.destination };
                    let bytes: Vec<u8> = transmit.contents.into();
                    let to = self.whereabouts.sends(chosen, &bytes, self.now);
                    return Output::Transmit(Transmit { to, bytes });
                }
                Ok(StrOutput::Event(event)) => {
                    if let Some(event) = self.translate(event) {
                        return Output::Event(event);
                    }
                }
                Err(error) => {
                    self.rtc.disconnect();
                    return Output::Event(TransportEvent::Failed(error.to_string()));
                }
            }
        }
    }

    fn send_media(&mut self, slot: Mid, packet: &RtpOut) {
        self.outgoing(slot, packet);
    }

    fn backlog_since(&mut self, slot: Mid) -> Option<Instant> {
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(StrMid::from(slot.as_str()), None)?;
        stream.queue_info()?.first_unsent()
    }

    fn send_channel(&mut self, text: &str) -> bool {
        let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id)) else { return false };
        channel.write(false, text.as_bytes()).unwrap_or(false)
    }

    fn request_key_frame(&mut self, mid: Mid, rid: Option<Rid>) {
        let mut api = self.rtc.direct_api();
        let rid = rid.map(|rid| StrRid::from(rid.as_str()));
        if let Some(stream) = api.stream_rx_by_mid(StrMid::from(mid.as_str()), rid) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    fn set_rates(&mut self, min: Bps, desired: Bps) {
        self.rtc.bwe().set_bitrate(bitrate(min), bitrate(desired));
    }

    fn reset_estimate(&mut self, start: Bps) {
        self.rtc.bwe().reset(bitrate(start));
    }

    fn close(&mut self, now: Instant) {
        if let Err(error) = self.rtc.close() {
            tracing::debug!(%error, "close");
        }
        self.handle_timeout(now);
    }
}

fn protocol(protocol: Protocol) -> StrProtocol {
    match protocol {
        Protocol::Udp => StrProtocol::Udp,
        Protocol::Tcp => StrProtocol::Tcp,
    }
}
