//! Tests of the allocator: cases, then properties over arbitrary ladders and budgets.

use proptest::prelude::*;

use super::*;
use crate::consumer::Caps;
use crate::ids::Rid;

fn rung(rid: &str, width: u16, kbps: u64) -> Rung {
    let size = Resolution { width, height: width / 16 * 9 };
    Rung { choice: Choice { rid: Rid::new(rid).ok(), caps: Caps::NONE }, size, rate: Bps::kilo(kbps) }
}

/// 320 at 150, 640 at 500, 1280 at 1500 kbit/s.
fn camera() -> Ladder {
    Ladder::from_rungs(vec![rung("q", 320, 150), rung("h", 640, 500), rung("f", 1280, 1500)])
}

fn demand(ladder: &Ladder, width: u16, priority: u8) -> Demand<'_> {
    Demand { ladder, wanted: Resolution { width, height: width / 16 * 9 }, priority, current: None }
}

/// What the slots cost together.
fn cost(result: &Allocation, demands: &[Demand<'_>]) -> Bps {
    let steps = result.places.iter().zip(demands);
    steps.filter_map(|(place, demand)| demand.ladder.rung((*place)?)).map(|rung| rung.rate).sum()
}

#[test]
fn each_slot_gets_the_layer_of_its_size_when_there_is_room() {
    let camera = camera();
    let demands = [demand(&camera, 1280, 0), demand(&camera, 320, 0), demand(&camera, 640, 0)];
    let result = allocate(Bps::kilo(5000), Bps::kilo(100), &demands);
    assert_eq!(result.places, [Some(2), Some(0), Some(1)]);
    assert_eq!(cost(&result, &demands), Bps::kilo(2150));
    assert_eq!(result.minimum, Bps::kilo(2250), "nothing left to probe for");
    assert_eq!(result.desired, Bps::kilo(2250).scaled(130));
}

#[test]
fn nobody_starves_so_that_another_may_grow() {
    let camera = camera();
    let demands = [demand(&camera, 1280, 9), demand(&camera, 1280, 0), demand(&camera, 1280, 0)];
    let result = allocate(Bps::kilo(700), Bps::kilo(100), &demands);
    assert_eq!(result.places, [Some(0), Some(0), Some(0)]);
}

#[test]
fn what_is_left_goes_by_priority_and_then_evenly() {
    let camera = camera();
    let demands = [demand(&camera, 1280, 0), demand(&camera, 640, 5), demand(&camera, 640, 0)];
    let result = allocate(Bps::kilo(1200), Bps::ZERO, &demands);
    assert_eq!(result.places, [Some(1), Some(1), Some(0)], "priority first, then the larger one");
}

#[test]
fn audio_is_taken_off_first_and_the_last_in_line_starves() {
    let camera = camera();
    let demands = [demand(&camera, 320, 0), demand(&camera, 640, 0), demand(&camera, 320, 1)];
    let result = allocate(Bps::kilo(400), Bps::kilo(100), &demands);
    assert_eq!(result.places, [None, Some(0), Some(0)]);
    assert_eq!(result.minimum, Bps::kilo(400) + Bps::kilo(150).scaled(115));
}

#[test]
fn more_is_probed_for_than_is_there_yet_if_anybody_watches() {
    let camera = Ladder::from_rungs(vec![rung("q", 320, 150)]);
    let watching = allocate(Bps::kilo(600), Bps::ZERO, &[demand(&camera, 1280, 0)]);
    assert_eq!(watching.desired, DESIRED_FLOOR.scaled(130));
    let paused = allocate(Bps::kilo(600), Bps::kilo(40), &[demand(&Ladder::default(), 0, 0)]);
    assert_eq!(paused.desired, Bps::kilo(52));
}

#[test]
fn a_cheaper_track_further_back_is_not_kept_out() {
    let (camera, screen) = (camera(), Ladder::from_rungs(vec![rung("", 1920, 2000)]));
    let demands = [demand(&screen, 1920, 9), demand(&camera, 320, 0)];
    let result = allocate(Bps::kilo(600), Bps::ZERO, &demands);
    assert_eq!(result.places, [None, Some(0)]);
}

#[test]
fn a_step_up_needs_more_room_than_to_stay() {
    let camera = camera();
    let with = |current: usize| Demand {
        current: camera.rung(current).map(|rung| rung.choice),
        ..demand(&camera, 640, 0)
    };
    assert_eq!(allocate(Bps::kilo(510), Bps::ZERO, &[with(1)]).places, [Some(1)]);
    assert_eq!(allocate(Bps::kilo(510), Bps::ZERO, &[with(0)]).places, [Some(0)]);
    assert_eq!(allocate(Bps::kilo(575), Bps::ZERO, &[with(0)]).places, [Some(1)]);
}

#[test]
fn a_track_without_live_layers_costs_nothing() {
    let (camera, empty) = (camera(), Ladder::default());
    let demands = [demand(&empty, 1280, 9), demand(&camera, 320, 0)];
    let result = allocate(Bps::kilo(200), Bps::ZERO, &demands);
    assert_eq!((cost(&result, &demands), result.places), (Bps::kilo(150), vec![None, Some(0)]));
}

fn any_ladder() -> impl Strategy<Value = Ladder> {
    prop::collection::vec((1..2000_u16, 1..3000_u64), 0..5).prop_map(|mut steps| {
        steps.sort_unstable();
        Ladder::from_rungs(steps.into_iter().map(|(width, kbps)| rung("x", width, kbps)).collect())
    })
}

proptest! {
    #[test]
    fn the_budget_is_kept_and_only_the_lowest_step_of_a_starved_slot_does_not_fit(
        tracks in prop::collection::vec((any_ladder(), 1..2000_u16, 0..3_u8), 0..12),
        budget in 0..20_000_u64,
        audio in 0..300_u64,
    ) {
        let demands: Vec<_> = tracks.iter().map(|(ladder, width, priority)| demand(ladder, *width, *priority)).collect();
        let result = allocate(Bps::kilo(budget), Bps::kilo(audio), &demands);
        let spent = cost(&result, &demands) + Bps::kilo(audio);
        prop_assert!(spent <= Bps::kilo(budget.max(audio)));
        prop_assert!(result.minimum >= spent);
        for (slot, demand) in demands.iter().enumerate() {
            let Some(lowest) = demand.ladder.rung(0) else { continue };
            let top = ceiling(demand.ladder, demand.wanted).expect("it has steps");
            prop_assert!(result.places[slot].is_none_or(|place| place <= top));
            if result.places[slot].is_some() { continue }
            // Starved: not even with all higher and equal ones on their lowest step is there room.
            let before = |other: &&Demand<'_>| {
                (other.priority, other.wanted.area()) >= (demand.priority, demand.wanted.area())
            };
            let floor: Bps = demands.iter().filter(before).filter_map(|other| other.ladder.rung(0)).map(|rung| rung.rate).sum();
            prop_assert!(floor + Bps::kilo(audio) > Bps::kilo(budget) || lowest.rate + Bps::kilo(audio) > Bps::kilo(budget));
        }
    }

    #[test]
    fn more_budget_starves_no_more_slots(
        tracks in prop::collection::vec((any_ladder(), 1..2000_u16), 0..8),
        budget in 0..8000_u64,
    ) {
        let demands: Vec<_> = tracks.iter().map(|(ladder, width)| demand(ladder, *width, 0)).collect();
        let enough: Bps = demands.iter().filter_map(|demand| demand.ladder.rung(0)).map(|rung| rung.rate).sum();
        let result = allocate(enough + Bps::kilo(budget), Bps::ZERO, &demands);
        let starved = demands.iter().zip(&result.places).filter(|(demand, place)| place.is_none() && !demand.ladder.rungs().is_empty());
        prop_assert_eq!(starved.count(), 0);
    }
}
