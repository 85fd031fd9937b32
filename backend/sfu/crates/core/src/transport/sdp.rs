//! The little that is read and changed in SDP text itself: limits before the parser sees an offer, the names
//! and order of m-lines, and candidate lines, which leave an offer and come into every section of an answer.

use crate::error::{Error, ErrorCode, Result};
use crate::ids::{Mid, Rid};

/// Longest offer taken.
pub(super) const MAX_BYTES: usize = 64 * 1024;
/// Most m-lines taken.
pub(super) const MAX_MEDIA_LINES: usize = 64;

/// Refuses what is too large to be parsed.
pub(super) fn check_size(sdp: &str) -> Result<()> {
    if sdp.len() > MAX_BYTES {
        return Err(Error::new(ErrorCode::SdpTooLarge, format!("{} bytes, at most {MAX_BYTES}", sdp.len())));
    }
    let lines = sdp.lines().filter(|line| line.starts_with("m=")).count();
    if lines > MAX_MEDIA_LINES {
        let message = format!("{lines} m-lines, at most {MAX_MEDIA_LINES}");
        return Err(Error::new(ErrorCode::TooManyMediaLines, message));
    }
    Ok(())
}

/// The offer without what is not taken up. Candidates: an ICE-lite agent sends no checks, it learns from those that
/// come, and str0m would remember every one that was ever offered. `sctp-init`, the data channel's handshake by SDP: it
/// is a draft that no browser sends unasked, whoever does must do without it when the answer has none, and str0m fails
/// half way through an offer whose handshake it cannot read.
pub(super) fn without_extras(sdp: &str) -> String {
    let is_extra = |line: &str| line.starts_with("a=candidate:") || line.starts_with("a=sctp-init:");
    sdp.split_inclusive('\n').filter(|line| !is_extra(line)).collect()
}

/// The mids of the sections, in their order; empty where one has none.
pub(super) fn mids(sdp: &str) -> Vec<&str> {
    let mut mids = Vec::new();
    for line in sdp.lines() {
        if line.starts_with("m=") {
            mids.push("");
        } else if let (Some(last), Some(mid)) = (mids.last_mut(), line.strip_prefix("a=mid:")) {
            *last = mid;
        }
    }
    mids
}

/// The mids in the offer's first group, when that is a BUNDLE (RFC 9143).
pub(super) fn bundle(sdp: &str) -> Option<Vec<&str>> {
    let session = sdp.lines().take_while(|line| !line.starts_with("m="));
    let mut groups = session.filter_map(|line| line.strip_prefix("a=group:"));
    let mids = groups.next()?.strip_prefix("BUNDLE")?;
    let mids = mids.strip_suffix(' ').unwrap_or(mids);
    Some(mids.split(' ').skip(1).collect())
}

/// The simulcast layers that the offer sends, section by section, in their order (RFC 8853: `~` is paused).
pub(super) fn sent_layers(sdp: &str) -> Vec<(Mid, Rid)> {
    let mut layers = Vec::new();
    let mut mid = None;
    for line in sdp.lines() {
        if line.starts_with("m=") {
            mid = None;
        } else if let Some(name) = line.strip_prefix("a=mid:") {
            mid = Mid::new(name.trim_end()).ok();
        } else if let (Some(mid), Some(list)) = (mid, line.strip_prefix("a=simulcast:send ")) {
            let list = list.split_whitespace().next().unwrap_or_default();
            let rids = list.split(';').filter_map(|rid| rid.split(',').next());
            layers.extend(
                rids.filter_map(|rid| Rid::new(rid.trim_start_matches('~')).ok()).map(|rid| (mid, rid)),
            );
        }
    }
    layers
}

/// Repeats the candidate lines in each section: aiortc reads those of the last bundled one only.
pub(super) fn repeat_candidates(answer: &str) -> String {
    let candidates: Vec<&str> = answer
        .lines()
        .skip_while(|line| !line.starts_with("a=candidate:"))
        .take_while(|line| line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates"))
        .collect();
    let mut out = String::with_capacity(answer.len() * 2);
    let without = answer
        .lines()
        .filter(|line| !line.starts_with("a=candidate:") && !line.starts_with("a=end-of-candidates"));
    for line in without {
        out.push_str(line);
        out.push_str("\r\n");
        if line.starts_with("a=mid:") {
            for candidate in &candidates {
                out.push_str(candidate);
                out.push_str("\r\n");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_beyond_the_limits_is_refused_before_it_is_parsed() {
        let long = "v=0\r\n".repeat(MAX_BYTES / 4);
        assert_eq!(check_size(&long).map_err(|error| error.code), Err(ErrorCode::SdpTooLarge));
        let wide = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(MAX_MEDIA_LINES + 1);
        assert_eq!(check_size(&wide).map_err(|error| error.code), Err(ErrorCode::TooManyMediaLines));
        assert_eq!(check_size("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"), Ok(()));
    }

    #[test]
    fn sections_keep_their_order_and_one_without_a_name_is_seen() {
        let sdp =
            "a=mid:x\r\nm=audio 9 X 1\r\na=mid:b\r\nm=application 9 X y\r\nm=video 9 X 1\r\na=mid:a\r\n";
        assert_eq!(mids(sdp), ["b", "", "a"]);
    }

    #[test]
    fn only_a_bundle_in_front_counts() {
        let of = |lines: &str| bundle(lines).map(|mids| mids.join("+"));
        assert_eq!(of("v=0\r\na=group:BUNDLE 0 1 \r\nm=audio 9 X 1\r\n"), Some("0+1".to_owned()));
        assert_eq!(of("a=group:BUNDLE\r\n"), Some(String::new()));
        assert_eq!(of("a=group:LS 0\r\na=group:BUNDLE 0\r\n"), None);
        assert_eq!(of("v=0\r\nm=audio 9 X 1\r\na=group:BUNDLE 0\r\n"), None);
    }

    #[test]
    fn candidates_are_left_out_of_an_offer() {
        let sdp = "m=audio 9 X 1\r\na=candidate:1 1 udp 1 10.0.0.1 4 typ host\r\na=mid:0\r\n";
        assert_eq!(without_extras(sdp), "m=audio 9 X 1\r\na=mid:0\r\n");
    }

    #[test]
    fn simulcast_layers_are_read_in_their_order() {
        let sdp = "m=video 9 X 1\r\na=mid:2\r\na=rid:q send\r\na=simulcast:send q;~h;f,g recv x\r\n";
        let layers: Vec<String> = sent_layers(sdp).iter().map(|(mid, rid)| format!("{mid}{rid}")).collect();
        assert_eq!(layers, ["2q", "2h", "2f"]);
        assert_eq!(sent_layers("a=simulcast:send q\r\nm=video 9 X 1\r\na=simulcast:recv q\r\n"), []);
    }

    #[test]
    fn every_section_of_an_answer_gets_the_candidates() {
        let answer = "v=0\r\nm=audio 9 X 1\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 4 typ host\r\n\
                      a=end-of-candidates\r\na=x\r\nm=video 9 X 1\r\na=mid:1\r\na=y\r\n";
        let out = repeat_candidates(answer);
        assert_eq!(out.matches("a=candidate:1 1 udp").count(), 2);
        assert_eq!(out.matches("a=end-of-candidates").count(), 2);
        assert!(out.ends_with("a=y\r\n"));
    }
}
