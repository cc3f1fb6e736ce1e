//! Checks that the runtime of a run still runs tasks: the supervisor pings, and a task of the runtime answers.
//!
//! No timer takes part. So a paused clock neither jumps nor stands still because of a ping. And to answer wakes a thread,
//! which takes over the time driver when it sleeps again: with one of two threads blocked for 2 s, `sleep(100 ms)` took
//! 2.03 s without the ping in every round, and 0.44 s at most with it. Timers therefore do not stall for long while tasks
//! run, and a stall means that no task runs.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use crate::sync::lock;
use crate::text::events::EventSink;
use crate::text::{HumanDuration, stderr};

/// The pings of one runtime. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ping {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sent: Notify,
    unanswered: Mutex<Option<Unanswered>>,
}

/// The oldest ping without an answer.
#[derive(Debug, Clone, Copy)]
struct Unanswered {
    /// Moved forward by the time in which the whole process did not run.
    at: Instant,
    is_reported: bool,
}

impl Ping {
    /// Spawns the task that answers, in the current runtime. The task ends with its handle.
    pub(super) fn spawn(group: &'static str, events: &EventSink) -> (Self, AbortOnDropHandle<()>) {
        let ping = Self::default();
        let task = tokio::spawn(answer(ping.clone(), group, events.clone()));
        (ping, AbortOnDropHandle::new(task))
    }

    /// Pings the runtime.
    pub(crate) fn send(&self, now: Instant) {
        self.unanswered().get_or_insert(Unanswered { at: now, is_reported: false });
        self.inner.sent.notify_one();
    }

    /// Returns for how long the oldest ping has waited for its answer; zero if none waits.
    pub(crate) fn silent_for(&self, now: Instant) -> Duration {
        self.unanswered().map_or(Duration::ZERO, |ping| now.saturating_duration_since(ping.at))
    }

    /// Marks the silence as reported, and returns whether there is one that was not.
    pub(super) fn mark_reported(&self) -> bool {
        self.unanswered().as_mut().is_some_and(|ping| !std::mem::replace(&mut ping.is_reported, true))
    }

    /// Moves the ping by a time in which the whole process did not run, so that no task could answer.
    pub(super) fn postpone(&self, suspended: Duration) {
        if let Some(ping) = &mut *self.unanswered() {
            ping.at += suspended;
        }
    }

    /// Answers, and returns how long the silence was, if it was reported.
    fn answer(&self) -> Option<Duration> {
        let ping = self.unanswered().take().filter(|ping| ping.is_reported)?;
        Some(ping.at.elapsed())
    }

    fn unanswered(&self) -> MutexGuard<'_, Option<Unanswered>> {
        lock(&self.inner.unanswered)
    }
}

async fn answer(ping: Ping, group: &'static str, events: EventSink) {
    loop {
        ping.inner.sent.notified().await;
        if let Some(stalled) = ping.answer() {
            events.emit(move || report_end(group, stalled));
        }
    }
}

/// Reports the end of a stall: to `tracing`, or on stderr, where its beginning was reported, if no subscriber listens.
fn report_end(group: &str, stalled: Duration) {
    if tracing::enabled!(tracing::Level::WARN) {
        tracing::warn!(group, stalled = %HumanDuration(stalled), "the runtime runs again");
    } else {
        let stalled = HumanDuration(stalled);
        stderr::print_or_drop(format!("service-group: the runtime of `{group}` runs again, after {stalled}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_silence_counts_from_the_oldest_ping_and_is_reported_once() {
        let (ping, begin) = (Ping::default(), Instant::now());
        assert!(!ping.mark_reported(), "no ping was sent");
        ping.send(begin);
        ping.send(begin + SECOND);
        assert_eq!(ping.silent_for(begin + 2 * SECOND), 2 * SECOND);
        assert!(ping.mark_reported() && !ping.mark_reported());
        assert!(ping.answer().is_some(), "its end is reported too");
        assert_eq!(ping.silent_for(begin + 3 * SECOND), Duration::ZERO);
        ping.send(begin + 3 * SECOND);
        assert!(ping.answer().is_none(), "the end of a silence is reported only if the silence was");
    }

    /// Suspended, stopped by SIGSTOP or a debugger, throttled: the runtime could not answer.
    #[test]
    fn time_in_which_the_process_did_not_run_is_not_silence() {
        let (ping, begin) = (Ping::default(), Instant::now());
        ping.send(begin);
        ping.postpone(60 * SECOND);
        assert_eq!(ping.silent_for(begin + 60 * SECOND), Duration::ZERO);
        assert_eq!(ping.silent_for(begin + 61 * SECOND), SECOND);
    }
}
