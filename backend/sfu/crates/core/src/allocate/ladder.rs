//! The layers of one track as steps from cheap to good.

use std::time::Instant;

use super::meter::LayerMeter;
use crate::codec::{Resolution, Resolutions};
use crate::consumer::{Caps, Choice};
use crate::ids::Rid;
use crate::units::Bps;

/// One live incoming stream of a track. A stream that fell silent is not shown to the ladder.
#[derive(Debug, Clone, Copy)]
pub struct LayerView<'a> {
    /// Which simulcast layer it is.
    pub rid: Option<Rid>,
    /// Sizes of its spatial layers; zero where unknown.
    pub resolutions: &'a Resolutions,
    /// What it carries.
    pub meter: &'a LayerMeter,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// What to forward.
    pub choice: Choice,
    /// Its picture size; zero when unknown.
    pub size: Resolution,
    /// What it costs.
    pub rate: Bps,
}

/// A track's steps: sizes and rates never fall on the way up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ladder {
    rungs: Vec<Rung>,
}

impl Ladder {
    /// Orders the live streams of a track.
    #[must_use]
    pub fn build(layers: &[LayerView<'_>], now: Instant) -> Self {
        let mut rungs: Vec<Rung> = layers.iter().flat_map(|layer| spatial_rungs(layer, now)).collect();
        if rungs.iter().all(|rung| rung.size.area() > 0) {
            rungs.sort_by_key(|rung| (rung.size.area(), rung.rate));
        } else {
            // Sizes are hidden (encrypted, or not told yet): the costlier, the better.
            rungs.sort_by_key(|rung| rung.rate);
        }
        if let Some(lowest) = rungs.first().copied()
            && let Some(layer) = layers.iter().find(|layer| layer.rid == lowest.choice.rid)
        {
            rungs.splice(0..0, temporal_rungs(layer, lowest, now));
        }
        Self::from_rungs(rungs)
    }

    /// Takes steps that are in order already, and makes their rates so: a still picture in a large layer may
    /// cost less than a moving one in a small layer, and that must not turn the order round.
    #[must_use]
    pub fn from_rungs(mut rungs: Vec<Rung>) -> Self {
        let mut floor = Bps::ZERO;
        for rung in &mut rungs {
            rung.rate = rung.rate.max(floor);
            floor = rung.rate;
        }
        Self { rungs }
    }

    /// The steps, cheapest first.
    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// A step by its place.
    #[must_use]
    pub fn rung(&self, place: usize) -> Option<&Rung> {
        self.rungs.get(place)
    }

    /// The place of a choice; `None` when its layer is no longer there.
    #[must_use]
    pub fn position(&self, choice: &Choice) -> Option<usize> {
        self.rungs.iter().position(|rung| rung.choice == *choice)
    }
}

/// One step for each spatial layer. The highest has no cap, so that a layer which appears later passes.
fn spatial_rungs(layer: &LayerView<'_>, now: Instant) -> Vec<Rung> {
    let Some(top) = layer.meter.top_spatial(now) else { return Vec::new() };
    let rung = |spatial: u8| Rung {
        choice: Choice {
            rid: layer.rid,
            caps: Caps { spatial: if spatial == top { u8::MAX } else { spatial }, temporal: u8::MAX },
        },
        size: layer.resolutions.get(usize::from(spatial)).copied().unwrap_or_default(),
        rate: layer.meter.rate_up_to(spatial, u8::MAX, now),
    };
    (0..=top).map(rung).collect()
}

/// Steps below the lowest picture size: the same pictures, fewer of them.
fn temporal_rungs(layer: &LayerView<'_>, lowest: Rung, now: Instant) -> Vec<Rung> {
    let top = layer.meter.top_temporal(now).unwrap_or(0);
    let rung = |temporal: u8| Rung {
        choice: Choice { caps: Caps { temporal, ..lowest.choice.caps }, ..lowest.choice },
        rate: layer.meter.rate_up_to(0, temporal, now),
        ..lowest
    };
    (0..top).map(rung).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::PacketInfo;

    fn sizes(list: &[(u16, u16)]) -> Resolutions {
        let mut sizes = Resolutions::default();
        for (place, (width, height)) in sizes.iter_mut().zip(list) {
            *place = Resolution { width: *width, height: *height };
        }
        sizes
    }

    fn meter(layers: &[(u8, u8, usize)], now: Instant) -> LayerMeter {
        let mut meter = LayerMeter::default();
        for (spatial, temporal, bytes) in layers {
            let info = PacketInfo { spatial: *spatial, temporal: *temporal, ..PacketInfo::opaque(true) };
            meter.add(&info, *bytes, now);
        }
        meter
    }

    fn steps(ladder: &Ladder) -> Vec<(String, u8, u8)> {
        let step = |rung: &Rung| {
            let rid = rung.choice.rid.map(|rid| rid.to_string()).unwrap_or_default();
            (rid, rung.choice.caps.spatial, rung.choice.caps.temporal)
        };
        ladder.rungs().iter().map(step).collect()
    }

    #[test]
    fn simulcast_layers_are_ordered_by_size_and_the_lowest_by_frame_rate_too() {
        let now = Instant::now();
        let (q, f) = (meter(&[(0, 0, 100), (0, 1, 50)], now), meter(&[(0, 0, 900), (0, 1, 500)], now));
        let (small, large) = (sizes(&[(320, 180)]), sizes(&[(1280, 720)]));
        let ladder = Ladder::build(
            &[
                LayerView { rid: Rid::new("f").ok(), resolutions: &large, meter: &f },
                LayerView { rid: Rid::new("q").ok(), resolutions: &small, meter: &q },
            ],
            now,
        );
        let max = u8::MAX;
        assert_eq!(steps(&ladder), [("q".into(), max, 0), ("q".into(), max, max), ("f".into(), max, max)]);
        let rates: Vec<_> = ladder.rungs().iter().map(|rung| rung.rate.0 / 16).collect();
        assert_eq!(rates, [100, 150, 1400]);
    }

    #[test]
    fn spatial_layers_of_one_stream_are_steps() {
        let now = Instant::now();
        let meter = meter(&[(0, 0, 100), (1, 0, 300)], now);
        let sizes = sizes(&[(320, 180), (640, 360)]);
        let ladder = Ladder::build(&[LayerView { rid: None, resolutions: &sizes, meter: &meter }], now);
        assert_eq!(steps(&ladder), [(String::new(), 0, u8::MAX), (String::new(), u8::MAX, u8::MAX)]);
        assert_eq!(ladder.rung(1).map(|rung| rung.rate.0 / 16), Some(400));
    }

    #[test]
    fn without_sizes_the_costlier_layer_is_the_better() {
        let now = Instant::now();
        let (q, h) = (meter(&[(0, 0, 100)], now), meter(&[(0, 0, 300)], now));
        let (none, some) = (Resolutions::default(), sizes(&[(64, 36)]));
        let ladder = Ladder::build(
            &[
                LayerView { rid: Rid::new("h").ok(), resolutions: &some, meter: &h },
                LayerView { rid: Rid::new("q").ok(), resolutions: &none, meter: &q },
            ],
            now,
        );
        assert_eq!(ladder.rung(0).and_then(|rung| rung.choice.rid), Rid::new("q").ok());
    }

    #[test]
    fn a_still_picture_does_not_turn_the_order_round() {
        let now = Instant::now();
        let (q, f) = (meter(&[(0, 0, 500)], now), meter(&[(0, 0, 100)], now));
        let (small, large) = (sizes(&[(320, 180)]), sizes(&[(1280, 720)]));
        let layers = [
            LayerView { rid: Rid::new("q").ok(), resolutions: &small, meter: &q },
            LayerView { rid: Rid::new("f").ok(), resolutions: &large, meter: &f },
        ];
        let ladder = Ladder::build(&layers, now);
        let rates: Vec<_> = ladder.rungs().iter().map(|rung| rung.rate.0 / 16).collect();
        assert_eq!(rates, [500, 500]);
    }

    #[test]
    fn a_track_that_sends_nothing_has_no_steps() {
        let (meter, sizes) = (LayerMeter::default(), Resolutions::default());
        let layers = [LayerView { rid: None, resolutions: &sizes, meter: &meter }];
        assert_eq!(Ladder::build(&layers, Instant::now()), Ladder::default());
    }
}
