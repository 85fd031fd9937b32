//! Media packets between str0m's shape and the core's.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use str0m::media::{MediaTime, Mid as StrMid, Pt};
use str0m::rtp::rtcp::SenderInfo;
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, VideoOrientation};

use super::super::TransportEvent;
use super::super::extension::Descriptor;
use super::{SlotPayloadTypes, WebRtc};
use crate::codec::red;
use crate::ids::{Mid, Rid};
use crate::packet::{RtpIn, RtpOut, SenderReport};

/// Seconds between the NTP epoch (1900) and the Unix epoch (RFC 5905, figure 4).
const NTP_TO_UNIX_SECONDS: u64 = 2_208_988_800;

/// Largest payload taken and sent: what an Ethernet frame of 1,500 bytes leaves beside IPv6 (40), UDP (8), the
/// RTP header with extensions and the SRTP tag. Browsers send 1,200 (libwebrtc, `kDefaultMaxPacketSize`);
/// str0m panics on what exceeds its buffer of 2,000 bytes with all headers.
const MAX_PAYLOAD: usize = 1_400;

/// In hundredths of a second; receivers take up to 4,095. A longest delay under half a second together with
/// none at least would make Chromium show frames without smoothing (libwebrtc, `kLowLatencyStreamMaxPlayoutDelayThreshold`).
const MAX_PLAYOUT_DELAY: u64 = 1_000;

impl WebRtc {
    /// A received packet, which was good, or none when its stream or payload type is unknown.
    pub(super) fn incoming(&mut self, packet: RtpPacket) -> Option<TransportEvent> {
        let report = self.believed_report(&packet);
        if packet.payload.len() > MAX_PAYLOAD {
            self.oversized += 1;
            tracing::debug!(bytes = packet.payload.len(), total = self.oversized, "oversized packet dropped");
            return None;
        }
        let (codec, red) = (*self.incoming.get(usize::from(*packet.header.payload_type))?)?;
        let (mid, rid) = self.stream(&packet)?;
        let values = &packet.header.ext_vals;
        let (ts, arrival) = (packet.header.timestamp, packet.timestamp);
        let incoming = RtpIn {
            stream: *packet.header.ssrc,
            seq: *packet.seq_no,
            ts,
            marker: packet.header.marker,
            arrival,
            captured: self.capture.captured(ts, codec.clock_rate(), report, arrival),
            codec,
            red,
            // str0m gives dBov below zero, RFC 6464 sends how far below.
            audio_level: values.audio_level.map(|level| level.unsigned_abs().min(127)),
            voice: values.voice_activity,
            dependency_descriptor: values
                .user_values
                .get::<Descriptor>()
                .map(|Descriptor(bytes)| bytes.clone()),
            video_orientation: values.video_orientation.map(|orientation| orientation as u8),
            sender_report: report,
            payload: packet.payload,
        };
        Some(TransportEvent::Packet { mid, rid, packet: incoming })
    }

    /// The newest sender report of the packet's stream. One that was there before its first packet is of no use:
    /// who has sent nothing has no RTP time to report yet (RFC 3550, 6.4), and some clients say 0 until then.
    fn believed_report(&mut self, packet: &RtpPacket) -> Option<SenderReport> {
        let report = packet.last_sender_info.and_then(|info| sender_report(&info));
        let early = self.ssrcs.prove(*packet.header.ssrc, report);
        report.filter(|report| Some(*report) != early)
    }

    fn stream(&mut self, packet: &RtpPacket) -> Option<(Mid, Option<Rid>)> {
        let ssrc = packet.header.ssrc;
        if let Some(stream) = self.streams.get(&ssrc) {
            return Some(*stream);
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let mid = Mid::new(&stream.mid()).ok()?;
        let rid = stream.rid().and_then(|rid| Rid::new(&rid).ok());
        self.streams.insert(*ssrc, (mid, rid));
        Some((mid, rid))
    }

    /// Queues a packet on a slot's stream; nothing when the receiver does not take its codec.
    pub(super) fn outgoing(&mut self, slot: Mid, packet: &RtpOut) {
        let Some((pt, payload)) = self.slots.get(&slot).and_then(|types| receivable(types, packet)) else {
            return;
        };
        if payload.len() > MAX_PAYLOAD {
            self.oversized += 1;
            return;
        }
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(StrMid::from(slot.as_str()), None) else { return };
        let mut values = ExtensionValues {
            audio_level: packet.audio_level.map(|level| -(level.min(127).cast_signed())),
            voice_activity: packet.voice,
            video_orientation: packet.video_orientation.map(VideoOrientation::from),
            ..ExtensionValues::default()
        };
        if let Some(delay) = packet.playout_delay {
            let hundredths = u64::try_from(delay.as_millis() / 10).unwrap_or(MAX_PLAYOUT_DELAY);
            values.play_delay_min = Some(MediaTime::from_hundredths(hundredths.min(MAX_PLAYOUT_DELAY)));
            values.play_delay_max = Some(MediaTime::from_hundredths(MAX_PLAYOUT_DELAY));
        }
        if let Some(bytes) = &packet.dependency_descriptor {
            values.user_values.set(Descriptor(bytes.as_slice().into()));
        }
        // str0m makes its sender reports of the last packet's two times.
        let write = RtpWrite::new(pt, packet.seq.into(), packet.ts, packet.captured, payload)
            .marker(packet.marker)
            .nackable(true)
            .ext_vals(values);
        stream.write_rtp(write);
    }
}

/// The payload type and payload that the receiver takes. One that does not know RED gets the block inside.
fn receivable(types: &SlotPayloadTypes, packet: &RtpOut) -> Option<(Pt, Arc<[u8]>)> {
    if let Some(pt) = types.number(packet.codec, packet.red) {
        return Some((pt, packet.wire_payload()));
    }
    let pt = types.number(packet.codec, false).filter(|_| packet.red)?;
    let block = red::primary(&packet.payload)?;
    Some((pt, Arc::from(packet.payload.get(block)?)))
}

fn sender_report(info: &SenderInfo) -> Option<SenderReport> {
    let since_unix = info.ntp_time.duration_since(UNIX_EPOCH).ok()?;
    let seconds = since_unix.as_secs().checked_add(NTP_TO_UNIX_SECONDS)?;
    let fraction = (u64::from(since_unix.subsec_nanos()) << 32) / 1_000_000_000;
    // RTP time is 32 bits wide; str0m extends it.
    let rtp = u32::try_from(info.rtp_time.numer() & u64::from(u32::MAX)).ok()?;
    Some(SenderReport { ntp: (seconds << 32) | fraction, rtp })
}
