//! Drops the inputs of a group after its last service. A drop is foreign code: it may panic, block, or never return.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use super::GroupCore;
use super::timers::Timers;
use crate::model::StopOutcome;
use crate::text::catch_panic;

/// How long the drop may take if nothing is left of the budget. It fits between the budget and the hard deadline.
const GRACE: Duration = Duration::from_millis(500);
/// How long after the budget no drop is waited for any longer, since the hard deadline is near.
const LATEST: Duration = Duration::from_millis(800);

/// An input whose drop went wrong.
pub(super) struct DroppedInput {
    pub(super) index: usize,
    pub(super) name: &'static str,
    pub(super) since: Instant,
    pub(super) window: Duration,
    pub(super) stop_duration: Duration,
    pub(super) outcome: StopOutcome,
}

/// Drops all inputs side by side, and returns those whose drop panicked or did not end in time.
///
/// They have what is left until `end`, the end of the budget, or 500 ms.
pub(super) async fn drop_all(core: &GroupCore, end: Instant) -> Vec<DroppedInput> {
    let mut running = core.services.inputs();
    if running.is_empty() {
        return Vec::new();
    }
    let since = Instant::now();
    let deadline = end.max((since + GRACE).min(end + LATEST));
    let (sender, mut ended) = unbounded_channel();
    for &(index, _) in &running {
        let (services, sender) = (Arc::clone(&core.services), sender.clone());
        drop_apart(move || {
            let dropped = catch_panic(|| services.discard_input(index));
            // The receiver is gone if this took too long.
            let _ = sender.send((index, dropped));
        });
    }
    let mut timers = Timers::new();
    timers.add(deadline, ());
    let mut wrong = Vec::new();
    let report = |index, name, outcome| {
        let stop_duration = Instant::now() - since;
        DroppedInput { index, name, since, window: deadline - since, stop_duration, outcome }
    };
    while !running.is_empty() {
        tokio::select! {
            biased;
            Some((index, dropped)) = ended.recv() => {
                let Some(at) = running.iter().position(|&(of, _)| of == index) else { continue };
                let (_, name) = running.swap_remove(at);
                if let Err(panic) = dropped {
                    wrong.push(report(index, name, StopOutcome::Panicked(panic)));
                }
            }
            () = timers.wait() => if timers.pop(Instant::now()).is_some() { break },
        }
    }
    let stuck = || StopOutcome::Stuck { lent_to: None };
    wrong.extend(running.into_iter().map(|(index, name)| report(index, name, stuck())));
    wrong.sort_by_key(|input| input.index);
    wrong
}

/// Runs a drop on a thread for blocking work: on a thread of the runtime it could block the driver, and the value may be
/// a runtime, which panics if it is dropped there.
fn drop_apart(drop: impl FnOnce() + Clone + Send + 'static) {
    let again = drop.clone();
    // tokio panics if the system grants no thread at all.
    if catch_panic(|| tokio::task::spawn_blocking(drop)).is_err() {
        again();
    }
}
