//! Runs one input and decides whether it broke something: a panic, also one that a guard of the product
//! caught, too much time or too much memory.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::heap;
use crate::target::Target;

/// Processor time of one input. A real offer takes under one millisecond; more than this stalls everybody
/// else's media for as long.
const MOST_TIME: Duration = Duration::from_millis(50);
/// Memory of one input. The longest that a client can send is 64 kB, a controller's 1 MiB.
const MOST_MEMORY: usize = 64 * 1024 * 1024;

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static JUDGING: Cell<bool> = const { Cell::new(false) };
}

/// What an input took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Processor time.
    pub time: Duration,
    /// Bytes above what was there before.
    pub memory: usize,
}

/// Runs a target on an input.
///
/// # Errors
/// What broke.
pub fn judge(target: &Target, input: &[u8]) -> Result<Cost, String> {
    let cost = measured(target, input)?;
    if cost.time < MOST_TIME {
        return Ok(cost);
    }
    // A machine that is busy with something else is slow once; an input that is slow is slow again.
    let again = measured(target, input)?;
    if again.time < MOST_TIME {
        return Ok(again);
    }
    Err(format!("{:?} and {:?} of processor time", cost.time, again.time))
}

fn measured(target: &Target, input: &[u8]) -> Result<Cost, String> {
    note_panics();
    PANIC.take();
    let (mark, began) = (heap::mark(), processor_time());
    JUDGING.set(true);
    let done = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    JUDGING.set(false);
    let cost = Cost { time: processor_time().saturating_sub(began), memory: heap::peak_above(mark) };
    if let Some(message) = PANIC.take() {
        return Err(message);
    }
    if done.is_err() {
        return Err("it panicked without a message".to_owned());
    }
    if cost.memory > MOST_MEMORY {
        return Err(format!("{} MiB of memory", cost.memory >> 20));
    }
    Ok(cost)
}

/// The first panic of an input is remembered, whoever catches it; nothing is printed.
fn note_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !JUDGING.get() {
                before(panic);
                return;
            }
            PANIC.with_borrow_mut(|first| {
                first.get_or_insert_with(|| panic.to_string());
            });
        }));
    });
}

fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}
