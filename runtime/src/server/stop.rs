//! The stop of a server, step by step.
//!
//! Timers only make it faster: whatever they do, [`StopContext::forced`] comes from outside and cuts what is left.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tracing::field::debug;

use super::conn::Spared;
use super::core::Core;
use crate::model::Drained;
use crate::model::{ServerStats, StatsSource};
use crate::state::StopContext;

/// How long open connections may still bring a request that their clients wrote before they knew. Only time in which the
/// runtime runs counts: a server that is throttled does not read what lies in its sockets meanwhile.
pub(super) const LINGER: Duration = Duration::from_millis(100);

/// The linger is counted in pieces of this length, and one that takes twice as long counts for nothing.
const PIECE: Duration = Duration::from_millis(10);

/// How long a connection without a request may take for its goodbye: HTTP/2 needs a round trip for it, in which a
/// last request may cross.
pub(super) const GOODBYE: Duration = Duration::from_millis(100);

/// How long it may take with a peer that is far away or busy, if it has asked before. Also, from the last request that
/// we see on, how long a connection is spared that may carry one that we do not: a layer around ours that lets in so
/// many at a time has let it in by then.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long handlers get to notice that their connection was cut: half of what is left of the window, but no longer
/// than this, ..
const AFTERMATH: Duration = Duration::from_millis(250);

/// .. and no shorter than this, since a second signal leaves nothing, and all that they need is a turn.
const TURN: Duration = Duration::from_millis(20);

/// A server that drains. However it ends, dropped half-way too, everything is cut then and told to the report.
struct Drain {
    core: Core,
    stopping: StopContext,
}

/// Stops a server.
pub(super) async fn stop(core: Core, stopping: StopContext) {
    core.begin_drain();
    let ServerStats { connections, requests, oldest, .. } = core.gate().stats();
    let (oldest, age) = oldest.map_or((None, None), |(what, age)| (Some(what), Some(debug(age))));
    tracing::info!(connections, requests, oldest, age, "draining");
    let drain = Drain { core, stopping };
    tokio::select! {
        biased;
        () = drain.stopping.forced() => drain.force().await,
        () = drain.gracefully() => {}
    }
}

impl Drain {
    async fn gracefully(&self) {
        self.linger().await;
        self.core.tell();
        let gate = self.core.gate();
        let told = Instant::now();
        let (mut look, mut busy) = (told + GOODBYE, told);
        while !self.core.is_over() {
            tokio::select! {
                () = gate.tally.next_change() => {}
                () = sleep_until(look) => {
                    if gate.in_flight().0 > 0 {
                        busy = Instant::now();
                    }
                    let (unseen, known) = (busy.elapsed() < PATIENCE, told.elapsed() < PATIENCE);
                    gate.cut_quiet(look - GOODBYE, Spared { unseen, known });
                    look = Instant::now() + GOODBYE;
                }
            }
        }
    }

    /// Waits for requests that are on their way; not at all when nothing is connected.
    async fn linger(&self) {
        let (gate, tally) = (self.core.gate(), &self.core.gate().tally);
        // Whoever waited in the backlog is connected once the listener is gone.
        tally.until(|| !tally.is_listening()).await;
        tokio::select! {
            () = tally.until(|| gate.connections() == 0) => {}
            () = pass(LINGER) => {}
        }
    }

    async fn force(&self) {
        self.cut();
        self.core.tell();
        let tally = &self.core.gate().tally;
        let patience = (self.stopping.time_remaining() / 2).clamp(TURN, AFTERMATH);
        tokio::select! {
            biased;
            () = tally.until(|| self.core.is_over()) => {}
            () = tokio::time::sleep(patience) => {}
        }
    }

    fn cut(&self) {
        self.core.gate().cut_all(Some(&self.stopping.hold()));
    }

    fn drained(&self) -> Drained {
        let tally = &self.core.gate().tally;
        Drained {
            finished: tally.finished(),
            cut: tally.cut(),
            cuts: tally.cuts(),
            still_running: self.core.gate().in_flight().0 as u64,
        }
    }
}

/// Lets that much time pass in which the runtime runs, and at most [`PATIENCE`] in all.
async fn pass(span: Duration) {
    let (begin, mut passed) = (Instant::now(), Duration::ZERO);
    while passed < span && begin.elapsed() < PATIENCE {
        let piece = Instant::now();
        sleep(PIECE).await;
        let took = piece.elapsed();
        if took < 2 * PIECE {
            passed += took;
        }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.cut();
        let drained = self.drained();
        let Drained { finished, cut, still_running, .. } = drained;
        if cut + still_running > 0 {
            let oldest = drained.cuts.first().map(|cut| &*cut.what);
            tracing::warn!(finished, cut, left = still_running, oldest, "drained");
        } else {
            tracing::info!(finished, "drained");
        }
        if drained != Drained::default() {
            self.stopping.detail(drained);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_standstill_is_no_part_of_the_linger() {
        let standstill = Duration::from_millis(80);
        let begin = Instant::now();
        let halt = async {
            sleep(LINGER / 2 + PIECE / 2).await;
            advance(standstill).await;
        };
        tokio::join!(pass(LINGER), halt);
        assert!(begin.elapsed() >= LINGER + standstill, "{:?}", begin.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_runtime_that_is_late_all_the_time_does_not_linger_for_ever() {
        let begin = Instant::now();
        let late = async {
            loop {
                sleep(PIECE / 2).await;
                advance(2 * PIECE).await;
            }
        };
        tokio::select! {
            () = pass(LINGER) => {}
            () = late => {}
        }
        let elapsed = begin.elapsed();
        assert!((PATIENCE..2 * PATIENCE).contains(&elapsed), "{elapsed:?}");
    }
}
