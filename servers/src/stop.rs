//! The stop of a server, step by step, and why no request on an idle connection is lost.
//!
//! # Invariants
//!
//! 1. A connection stays open for [`LINGER`] after the listening socket has closed. A request that was on its way lies in
//!    the kernel's buffer until then: nothing here stores it.
//! 2. It is then polled once more before it is asked to end (`serve.rs`): a request that has arrived is taken first.
//! 3. One without a request is cut when [`GOODBYE`] has passed, and later if its peer may still answer (`requests/conn.rs`).
//! 4. A connection that has sent everything waits for the end of its peer (`connection/io.rs`): a reset would discard the
//!    last answer.
//! 5. None of these timers delays the end beyond the window: [`StopContext::forced`] fires from outside, and what is left
//!    is cut.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use service_group::{Detail, Drained, ServerStats, StatsSource, StopContext};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::field::debug;
use tracing::level_filters::LevelFilter;

use crate::connection::connections::Connections;
use crate::requests::conn::{GOODBYE, IdlePolicy};
use crate::serve::server_task::ServerTask;

/// How long open connections may still bring a request that their clients wrote before they knew of the stop. Only time
/// in which the runtime runs counts: a server that is throttled does not read its sockets meanwhile.
pub(crate) const LINGER: Duration = Duration::from_millis(100);

/// How long the linger takes at most, if the runtime is too late all the time.
const LINGER_LIMIT: Duration = Duration::from_secs(1);

/// The linger is counted in steps of this length. A step that takes twice as long does not count.
const LINGER_STEP: Duration = Duration::from_millis(10);

/// How long an idle connection may take to end, if its peer has sent a request before: the peer may be far away or busy.
const SLOW_PEER_LIMIT: Duration = Duration::from_secs(1);

/// How long a connection is spared after the last request that this crate sees, if it may carry one that it does not see:
/// a layer that limits the number of calls has let the next one in by then.
const UNSEEN_CALL_LIMIT: Duration = Duration::from_secs(1);

/// How long before the force calls without an answer get one from their layer: the time in which it has to leave.
const ANSWER_LEAD: Duration = Duration::from_millis(100);

/// How long handlers have at most to notice a cut. They have half of what is left of the window.
const CUT_GRACE_MAX: Duration = Duration::from_millis(250);

/// How long handlers have at least to notice a cut: a second signal leaves no time, and a handler has to be polled once.
/// If many were cut, they have more time for as long as they go on to end, until this long before the end of the window.
const CUT_GRACE_MIN: Duration = Duration::from_millis(20);

/// A server that drains. However the stop ends, also by a drop, everything that is left is cut.
struct Drain {
    server: ServerTask,
    context: StopContext,
}

/// Stops a server.
pub(crate) async fn stop(server: ServerTask, context: StopContext) {
    server.begin_drain();
    let ServerStats { connections, requests, oldest, .. } = server.connections().stats();
    let (oldest, age) = oldest.map_or((None, None), |(what, age)| (Some(what), Some(debug(age))));
    emit(&context, LevelFilter::INFO, move || {
        tracing::info!(connections, requests, oldest, age, "draining");
    });
    let counted = Arc::clone(server.connections());
    // Computed when the report is written: a stop that hangs or was aborted reports what it cut as well.
    context.detail_from(move || {
        Some(drained(&counted)).filter(|it| *it != Drained::default()).map(Detail::from)
    });
    let drain = Drain { server, context };
    tokio::select! {
        biased;
        () = drain.context.forced() => drain.force().await,
        () = drain.gracefully() => {}
        never = drain.announce_force() => match never {},
    }
}

impl Drain {
    async fn gracefully(&self) {
        self.linger().await;
        self.server.say_goodbye();
        let connections = self.server.connections();
        let goodbye = Instant::now();
        let mut next_check = goodbye + GOODBYE;
        let mut last_busy = goodbye;
        while !self.server.is_over() {
            tokio::select! {
                () = connections.state.next_change() => {}
                () = sleep_until(next_check) => {
                    if connections.requests() > 0 {
                        last_busy = Instant::now();
                    }
                    let policy = IdlePolicy {
                        spares_unseen: last_busy.elapsed() < UNSEEN_CALL_LIMIT,
                        spares_answering: goodbye.elapsed() < SLOW_PEER_LIMIT,
                    };
                    connections.cut_quiet(next_check - GOODBYE, policy);
                    next_check = Instant::now() + GOODBYE;
                }
            }
        }
    }

    /// Has calls answered by their layers when the force is near. Never returns.
    async fn announce_force(&self) -> Infallible {
        let lead = ANSWER_LEAD.min(self.context.time_until_forced() / 2);
        let time_left = || self.context.time_until_forced().saturating_sub(lead);
        // The window ends later if the process does not run meanwhile.
        while !time_left().is_zero() {
            sleep(time_left()).await;
        }
        self.server.connections().state.draining.announce_force();
        pending().await
    }

    /// Waits for requests that are on their way. Without a connection there is no wait.
    async fn linger(&self) {
        let connections = self.server.connections();
        let state = &connections.state;
        // Clients in the backlog are connected once the listener is gone.
        state.until(|| !state.is_listening()).await;
        tokio::select! {
            () = state.until(|| connections.count() == 0) => {}
            () = pass(LINGER) => {}
        }
    }

    async fn force(&self) {
        let connections = self.server.connections();
        connections.cut_all(Some(&self.context.hold()));
        self.server.say_goodbye();
        connections.close_all().await;
        let mut left = connections.requests();
        loop {
            let grace = (self.context.time_remaining() / 2).clamp(CUT_GRACE_MIN, CUT_GRACE_MAX);
            tokio::select! {
                biased;
                () = connections.state.until(|| self.server.is_over()) => return,
                () = sleep(grace) => {}
            }
            let before = std::mem::replace(&mut left, connections.requests());
            if left == before || self.context.time_remaining() < 2 * CUT_GRACE_MIN {
                return;
            }
        }
    }
}

/// Returns what the server answered and cut since its drain began.
fn drained(connections: &Connections) -> Drained {
    let mut drained = Drained::default();
    drained.finished = connections.state.finished();
    drained.cut = connections.state.cut();
    drained.cuts = connections.state.cuts();
    drained.still_running = connections.requests() as u64;
    drained
}

/// Waits until the runtime has run for this long, at most [`LINGER_LIMIT`] in all.
async fn pass(span: Duration) {
    let start = Instant::now();
    let mut passed = Duration::ZERO;
    while passed < span && start.elapsed() < LINGER_LIMIT {
        let step = Instant::now();
        sleep(LINGER_STEP).await;
        let elapsed = step.elapsed();
        if elapsed < 2 * LINGER_STEP {
            passed += elapsed;
        }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        let connections = self.server.connections();
        connections.cut_all(Some(&self.context.hold()));
        let Drained { finished, cut, still_running, cuts, .. } = drained(connections);
        if cut + still_running > 0 {
            emit(&self.context, LevelFilter::WARN, move || {
                let oldest = cuts.first().map(|cut| &*cut.what);
                tracing::warn!(finished, cut, still_running, oldest, "drained");
            });
        } else {
            emit(&self.context, LevelFilter::INFO, move || tracing::info!(finished, "drained"));
        }
    }
}

/// Emits an event, unless no subscriber listens to its level: the thread for events is not woken for nothing.
fn emit(context: &StopContext, level: LevelFilter, event: impl FnOnce() + Send + 'static) {
    if level <= LevelFilter::current() {
        context.emit(event);
    }
}

/// Implements `Service` for a server with the field `task: ServerTask`.
macro_rules! service_of_task {
    ($server:ty) => {
        // The compiler lists no types that implement `Service`: its notes describe how to stop a value of any type.
        #[diagnostic::do_not_recommend]
        impl service_group::Service for $server {
            fn finished(
                &self,
            ) -> impl std::future::Future<Output = service_group::ServiceExit> + Send + 'static {
                self.task.finished()
            }

            async fn stop(self, context: service_group::StopContext) -> Result<(), service_group::BoxError> {
                crate::stop::stop(self.task, context).await;
                Ok(())
            }

            fn joined(&self, context: &service_group::ServiceContext) {
                self.task.joined(context);
            }
        }
    };
}
pub(crate) use service_of_task;

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_standstill_is_not_part_of_the_linger() {
        let standstill = Duration::from_millis(80);
        let start = Instant::now();
        let halt = async {
            sleep(LINGER / 2 + LINGER_STEP / 2).await;
            advance(standstill).await;
        };
        tokio::join!(pass(LINGER), halt);
        assert!(start.elapsed() >= LINGER + standstill, "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_runtime_that_is_late_all_the_time_does_not_linger_for_ever() {
        let start = Instant::now();
        let late = async {
            loop {
                sleep(LINGER_STEP / 2).await;
                advance(2 * LINGER_STEP).await;
            }
        };
        tokio::select! {
            () = pass(LINGER) => {}
            () = late => {}
        }
        let elapsed = start.elapsed();
        assert!((LINGER_LIMIT..2 * LINGER_LIMIT).contains(&elapsed), "{elapsed:?}");
    }
}
