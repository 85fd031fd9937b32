//! What the transports of a worker have in common: its certificate, addresses and settings.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::config::DtlsCert;
use str0m::net::{Protocol as StrProtocol, TcpType};
use str0m::{Candidate, RtcConfig};

use super::super::{TransportFactory, extension, payload_types};
use super::{Pace, START_ESTIMATE, Ssrcs, WebRtc, Whereabouts, bitrate};
use crate::capture::CaptureClock;
use crate::channel;
use crate::error::{Error, ErrorCode, Result};

/// Messages beyond this much unsent data are refused rather than queued.
const CHANNEL_BUFFER: usize = 256 * 1024;

/// How often it is told what the path carries and loses: as often as bandwidth is shared out.
const PATH_REPORTS: Duration = Duration::from_millis(200);

/// Makes transports with one certificate for all.
pub struct WebRtcFactory {
    certificate: DtlsCert,
    candidates: Vec<Candidate>,
}

impl WebRtcFactory {
    /// A factory whose transports announce these addresses, over UDP and over TCP.
    ///
    /// # Errors
    /// `internal` when no certificate can be made or an address cannot be announced.
    pub fn new(udp: &[SocketAddr], tcp: &[SocketAddr]) -> Result<Self> {
        let provider = str0m_provider();
        let certificate = provider
            .dtls_provider
            .generate_certificate()
            .ok_or_else(|| Error::new(ErrorCode::Internal, "no certificate could be made"))?;
        let over_udp = udp.iter().map(|addr| Candidate::host(*addr, StrProtocol::Udp));
        let over_tcp =
            tcp.iter().map(|addr| Candidate::builder().tcp().tcptype(TcpType::Passive).host(*addr).build());
        let candidates = over_udp
            .chain(over_tcp)
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| Error::new(ErrorCode::Internal, error.to_string()))?;
        Ok(Self { certificate, candidates })
    }
}

fn str0m_provider() -> std::sync::Arc<str0m::config::CryptoProvider> {
    std::sync::Arc::new(str0m::crypto::from_feature_flags())
}

impl TransportFactory for WebRtcFactory {
    type Transport = WebRtc;

    fn create(&mut self, now: Instant) -> WebRtc {
        let mut config = RtcConfig::new()
            .set_rtp_mode(true)
            .set_ice_lite(true)
            .set_dtls_cert(self.certificate.clone())
            .clear_codecs()
            .enable_bwe(Some(bitrate(START_ESTIMATE)))
            .set_sctp_max_message_size(u32::try_from(channel::MAX_MESSAGE).unwrap_or(u32::MAX))
            .set_sctp_max_buffered_amount(CHANNEL_BUFFER)
            .set_stats_interval(Some(PATH_REPORTS))
            // Lip-sync needs early reports; values tried with real browsers.
            .set_rtcp_report_interval_video(Duration::from_millis(500))
            .set_rtcp_report_interval_audio(Duration::from_secs(1));
        payload_types::configure(config.codec_config());
        extension::register(config.extension_map());
        let mut rtc = config.build(now);
        for candidate in &self.candidates {
            rtc.add_local_candidate(candidate.clone());
        }
        let ufrag = rtc.direct_api().local_ice_credentials().ufrag;
        WebRtc {
            rtc,
            ufrag,
            whereabouts: Whereabouts::default(),
            now,
            pace: Pace::new(now),
            oversized: 0,
            channel: None,
            streams: HashMap::new(),
            ssrcs: Ssrcs::default(),
            capture: CaptureClock::default(),
            incoming: [None; 128],
            slots: HashMap::new(),
            sections: Vec::new(),
            failure: None,
        }
    }
}
