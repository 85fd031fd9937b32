//! Tests of the key-frame throttle on a virtual clock.

use super::*;
use crate::ids::Rid;

const FRAME_MS: u64 = 20;

fn layer(producer: u64, rid: &str) -> LayerId {
    LayerId { producer: ProducerKey(producer), rid: Rid::new(rid).ok() }
}

struct Run {
    throttle: KeyframeThrottle,
    now: Instant,
    start: Instant,
    asked: Vec<(u64, LayerId)>,
}

impl Run {
    fn new() -> Self {
        let start = Instant::now();
        Self { throttle: KeyframeThrottle::default(), now: start, start, asked: Vec::new() }
    }

    /// Lets time pass; `live` layers send a packet each frame.
    fn run(&mut self, ms: u64, live: &[LayerId]) {
        for _ in 0..ms / FRAME_MS {
            for layer in live {
                self.throttle.heard(*layer, self.now);
            }
            let mut asks = Vec::new();
            self.throttle.poll(self.now, &mut asks);
            let at = u64::try_from((self.now - self.start).as_millis()).expect("short run");
            self.asked.extend(asks.into_iter().map(|layer| (at, layer)));
            self.now += Duration::from_millis(FRAME_MS);
        }
    }

    fn request(&mut self, layer: LayerId, reason: Reason) {
        self.throttle.request(layer, reason, self.now);
    }

    fn times(&self, layer: LayerId) -> Vec<u64> {
        self.asked.iter().filter(|(_, asked)| *asked == layer).map(|(at, _)| *at).collect()
    }
}

#[test]
fn the_first_request_goes_out_at_once_and_many_become_one() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    run.run(100, &[q]);
    for _ in 0..5 {
        run.request(q, Reason::Switch);
    }
    run.run(100, &[q]);
    assert_eq!(run.times(q), [100]);
    assert_eq!((run.throttle.sent(), run.throttle.suppressed()), (1, 4));
}

#[test]
fn an_unanswered_request_is_repeated_and_backs_off() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    run.run(20, &[q]);
    run.request(q, Reason::Switch);
    run.run(10_000, &[q]);
    assert_eq!(run.times(q), [20, 320, 920, 2120, 4520, 6920, 9320]);
}

#[test]
fn a_key_frame_ends_the_repetition_and_the_back_off() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    run.run(20, &[q]);
    run.request(q, Reason::Switch);
    run.run(1000, &[q]);
    run.throttle.key_frame_seen(q);
    assert_eq!(run.throttle.next_due(run.now), None);
    run.run(1000, &[q]);
    run.request(q, Reason::Switch);
    run.run(400, &[q]);
    assert_eq!(run.times(q), [20, 320, 920, 2020, 2320]);
}

#[test]
fn a_request_within_the_spacing_waits_for_it_and_is_not_lost() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    run.run(20, &[q]);
    run.request(q, Reason::Switch);
    run.run(100, &[q]);
    run.throttle.key_frame_seen(q);
    run.request(q, Reason::Feedback);
    assert_eq!(run.throttle.next_due(run.now), Some(run.start + Duration::from_millis(320)));
    run.run(400, &[q]);
    assert_eq!(run.times(q), [20, 320]);
}

#[test]
fn a_silent_layer_is_asked_once_it_sends_again() {
    let (mut run, q, h) = (Run::new(), layer(1, "q"), layer(1, "h"));
    run.run(20, &[q, h]);
    run.run(1000, &[q]);
    run.request(h, Reason::Switch);
    run.run(500, &[q]);
    assert_eq!(run.times(h), [0; 0]);
    assert_eq!(run.throttle.next_due(run.now), None, "nothing to wake up for");
    run.run(40, &[q, h]);
    assert_eq!(run.times(h), [1520]);
}

#[test]
fn a_still_screen_is_asked_between_its_pictures() {
    let (mut run, screen) = (Run::new(), LayerId { producer: ProducerKey(1), rid: None });
    run.run(20, &[screen]);
    run.run(900, &[]);
    run.request(screen, Reason::Switch);
    run.run(40, &[]);
    assert_eq!(run.times(screen), [920]);
}

#[test]
fn a_receiver_that_cannot_decode_does_not_drown_the_publisher() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    run.run(20, &[q]);
    for _ in 0..80 {
        run.request(q, Reason::Feedback);
        run.run(240, &[q]);
        // Each request is answered, and the receiver complains all the same.
        run.throttle.key_frame_seen(q);
    }
    let count = run.times(q).len();
    assert!(count <= 12, "{count} requests in 19 s");
    // Others do not suffer from it.
    run.run(2400, &[q]);
    let before = run.times(q).len();
    run.request(q, Reason::Switch);
    run.run(40, &[q]);
    assert_eq!(run.times(q).len(), before + 1);
}

#[test]
fn what_nobody_waits_for_is_not_asked() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    run.request(q, Reason::Switch);
    run.throttle.cancel(q);
    run.run(100, &[q]);
    run.request(q, Reason::Switch);
    run.throttle.forget(q.producer);
    run.run(100, &[q]);
    assert_eq!(run.times(q), [0; 0]);
}

#[test]
fn two_requests_on_one_layer_are_never_closer_than_the_spacing() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    for step in 0..200_u64 {
        run.request(q, if step % 3 == 0 { Reason::Switch } else { Reason::Feedback });
        if step % 2 == 0 {
            run.throttle.key_frame_seen(q);
            run.request(q, Reason::Switch);
        }
        run.run(60, &[q]);
    }
    let times = run.times(q);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 300), "{times:?}");
    assert!(times.len() > 30, "{times:?}");
}

#[test]
fn a_receiver_that_was_calm_for_a_while_is_heard_at_once_again() {
    let (mut run, q) = (Run::new(), layer(1, "q"));
    run.run(20, &[q]);
    for _ in 0..20 {
        run.request(q, Reason::Feedback);
        run.run(240, &[q]);
        run.throttle.key_frame_seen(q);
    }
    run.run(6000, &[q]);
    let before = run.times(q).len();
    for _ in 0..2 {
        run.request(q, Reason::Feedback);
        run.run(400, &[q]);
        run.throttle.key_frame_seen(q);
    }
    assert_eq!(run.times(q).len(), before + 2);
}
