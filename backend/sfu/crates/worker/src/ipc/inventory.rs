//! Cuts the inventory into pieces that fit a frame each.

use streamforge_sfu_core::command::RouterInventory;

/// Bytes of JSON a piece has at most, but for what a single transport adds to the last: far below a frame.
const MAX_PART: usize = super::connection::MAX_FRAME / 4;

/// Returns the routers in pieces, in order. A router may begin in one and go on in the next.
pub(super) fn parts(routers: Vec<RouterInventory>) -> Vec<Vec<RouterInventory>> {
    let mut parts: Vec<Vec<RouterInventory>> = vec![Vec::new()];
    let mut bytes = 0;
    for RouterInventory { router_id, transports } in routers {
        let fresh = || RouterInventory { router_id: router_id.clone(), transports: Vec::new() };
        let overhead = size(&fresh());
        let mut router = fresh();
        bytes += overhead;
        for transport in transports {
            bytes += size(&transport);
            router.transports.push(transport);
            if bytes >= MAX_PART {
                put(&mut parts, std::mem::replace(&mut router, fresh()));
                parts.push(Vec::new());
                bytes = overhead;
            }
        }
        put(&mut parts, router);
        if bytes >= MAX_PART {
            parts.push(Vec::new());
            bytes = 0;
        }
    }
    parts
}

fn put(parts: &mut [Vec<RouterInventory>], router: RouterInventory) {
    if let Some(last) = parts.last_mut() {
        last.push(router);
    }
}

fn size(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use streamforge_sfu_core::command::{ProducerInventory, SlotInfo, TransportInventory};
    use streamforge_sfu_core::event::TransportState;
    use streamforge_sfu_core::ids::Mid;
    use streamforge_sfu_core::packet::{Kind, Source};

    /// A transport with all that one can have.
    fn transport(number: usize) -> TransportInventory {
        let mid = Mid::new("63").expect("a mid");
        let producer = |place: usize| ProducerInventory {
            producer_id: format!("prd_0196f0c0-0000-7000-8000-{number:08}{place:04}").into(),
            mid,
            kind: Kind::Video,
            source: Source::Camera,
            encrypted: false,
            muted: false,
        };
        TransportInventory {
            transport_id: format!("trn_0196f0c0-0000-7000-8000-{number:012}").into(),
            participant_id: format!("ptc_0196f0c0-0000-7000-8000-{number:012}").into(),
            state: TransportState::Connected,
            correlation_id: format!("cor_0196f0c0-0000-7000-8000-{number:012}").into(),
            producers: (0..6).map(producer).collect(),
            slots: vec![SlotInfo { mid, kind: Kind::Video }; 58],
        }
    }

    fn router(id: &str, transports: std::ops::Range<usize>) -> RouterInventory {
        RouterInventory { router_id: id.into(), transports: transports.map(transport).collect() }
    }

    #[test]
    fn nothing_runs_is_one_empty_piece() {
        assert_eq!(parts(Vec::new()), vec![Vec::new()]);
    }

    #[test]
    fn every_piece_fits_a_frame_and_together_they_are_the_whole_in_order() {
        let whole = vec![router("rtr_1", 0..1500), router("rtr_2", 0..0), router("rtr_3", 1500..4000)];
        let parts = parts(whole.clone());
        assert!(parts.len() > 10, "{}", parts.len());
        for part in &parts {
            assert!(size(part) < super::super::connection::MAX_FRAME / 2, "{}", size(part));
        }
        let mut joined: Vec<RouterInventory> = Vec::new();
        for router in parts.into_iter().flatten() {
            match joined.iter_mut().find(|known| known.router_id == router.router_id) {
                Some(known) => known.transports.extend(router.transports),
                None => joined.push(router),
            }
        }
        assert_eq!(joined, whole);
    }

    #[test]
    fn many_empty_routers_are_cut_as_well() {
        let many = (0..10_000).map(|number| router(&format!("rtr_{number:036}"), 0..0)).collect();
        let parts = parts(many);
        assert!(
            parts.len() > 1 && parts.iter().all(|part| size(part) < super::super::connection::MAX_FRAME / 2)
        );
    }
}
