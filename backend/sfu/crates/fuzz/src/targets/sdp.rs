//! Offers through the transport's own way to an answer, captured ones and what mutation makes of them.

use std::cell::RefCell;
use std::time::Instant;

use streamforge_sfu_core::error::ErrorCode;
use streamforge_sfu_core::transport::webrtc::WebRtcFactory;
use streamforge_sfu_core::transport::{Output, Transport, TransportFactory};

pub const WORDS: &[&str] = &[
    "\r\n",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\r\n",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
    "m=image 9 X 1\r\n",
    "a=mid:0\r\n",
    "a=mid:\r\n",
    "a=group:BUNDLE 0 0 0\r\n",
    "a=inactive\r\n",
    "a=sendrecv\r\n",
    "a=recvonly\r\n",
    "a=sendonly\r\n",
    "a=setup:active\r\n",
    "a=setup:passive\r\n",
    "a=setup:holdconn\r\n",
    "a=ice-lite\r\n",
    "a=ice-ufrag:\r\n",
    "a=ice-pwd:x\r\n",
    "a=fingerprint:sha-256 00\r\n",
    "a=fingerprint:md5 00:11\r\n",
    "a=rtcp-mux\r\n",
    "a=simulcast:send q;h;f recv q\r\n",
    "a=simulcast:send ~q,h;;\r\n",
    "a=rid:q send\r\n",
    "a=rid:q recv pt=96\r\n",
    "a=ssrc:1 cname:x\r\n",
    "a=ssrc-group:FID 1 2\r\n",
    "a=ssrc-group:SIM 1 2 3\r\n",
    "a=rtpmap:128 VP8/90000\r\n",
    "a=rtpmap:96 VP8/0\r\n",
    "a=fmtp:97 apt=97\r\n",
    "a=rtcp-fb:* nack pli\r\n",
    "a=extmap:0 urn:x\r\n",
    "a=extmap:15 urn:ietf:params:rtp-hdrext:sdes:mid\r\n",
    "a=extmap:255 urn:x\r\n",
    "a=sctp-port:0\r\n",
    "a=max-message-size:0\r\n",
    "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n",
    "a=candidate:1 1 tcp 1 ::1 9 typ host tcptype active\r\n",
    "a=end-of-candidates\r\n",
    "a=msid:- -\r\n",
    "c=IN IP6 ::\r\n",
    "b=AS:0\r\n",
    "é",
    "\0",
    " ",
    ":",
    ";",
    "/",
];

thread_local! {
    /// One certificate for all, as in a worker.
    static FACTORY: RefCell<WebRtcFactory> = RefCell::new(factory());
}

fn factory() -> WebRtcFactory {
    let address = ([192, 0, 2, 9], 40_000).into();
    WebRtcFactory::new(&[address], &[address]).expect("a factory")
}

/// Takes an offer; what is answered is offered again.
pub fn run(input: &[u8]) {
    let Ok(offer) = std::str::from_utf8(input) else { return };
    let now = Instant::now();
    let mut transport = FACTORY.with_borrow_mut(|factory| factory.create(now));
    for _ in 0..2 {
        match transport.read_offer(offer) {
            Ok(read) => {
                let answer = transport.accept_offer(read.offer, now).expect("what is read can be answered");
                assert!(answer.sdp.starts_with("v=0"));
            }
            Err(error) => {
                let known = matches!(
                    error.code,
                    ErrorCode::BadSdp
                        | ErrorCode::SdpTooLarge
                        | ErrorCode::TooManyMediaLines
                        | ErrorCode::LimitExceeded
                );
                assert!(known, "{:?}", error.code);
            }
        }
        transport.handle_timeout(now);
        while !matches!(transport.poll(), Output::Timeout(_)) {}
    }
}
