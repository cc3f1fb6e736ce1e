//! Whether the runtime of a run still runs its tasks: the guard asks, and a task there answers.
//!
//! No timer has a part in it. A paused clock neither jumps nor stands still because of it; and as to answer wakes a
//! thread, which takes over the time driver when it sleeps again, one blocked handler holds tokio's timers no longer than
//! until the next question.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use crate::sync::lock;
use crate::text::HumanDuration;
use crate::text::stderr;

/// The pulse of one runtime. Clones are of the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ping {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    questions: Notify,
    open: Mutex<Option<Question>>,
}

/// The oldest question that has no answer.
#[derive(Debug, Clone, Copy)]
struct Question {
    /// Moved forward by the time in which the whole process was held up.
    at: Instant,
    is_told: bool,
}

impl Ping {
    /// Spawns the task that answers, in the current runtime. It ends with its handle.
    pub(super) fn spawn(group: &'static str) -> (Self, AbortOnDropHandle<()>) {
        let pulse = Self::default();
        let task = tokio::spawn(answer(pulse.clone(), group));
        (pulse, AbortOnDropHandle::new(task))
    }

    /// Asks the runtime to run a task.
    pub(crate) fn ask(&self, now: Instant) {
        self.open().get_or_insert(Question { at: now, is_told: false });
        self.inner.questions.notify_one();
    }

    /// For how long the oldest question has waited for its answer; zero where there is none.
    pub(crate) fn silent_for(&self, now: Instant) -> Duration {
        self.open().map_or(Duration::ZERO, |question| now.saturating_duration_since(question.at))
    }

    /// Notes that the silence is told; gives whether there is one that was not.
    pub(super) fn tell(&self) -> bool {
        self.open().as_mut().is_some_and(|question| !std::mem::replace(&mut question.is_told, true))
    }

    /// The whole process did not run for that long, so that nobody could answer.
    pub(super) fn excuse(&self, held_up: Duration) {
        if let Some(question) = &mut *self.open() {
            question.at += held_up;
        }
    }

    /// Answers; gives how long the silence was, if it was told.
    fn beat(&self) -> Option<Duration> {
        let question = self.open().take().filter(|question| question.is_told)?;
        Some(question.at.elapsed())
    }

    fn open(&self) -> MutexGuard<'_, Option<Question>> {
        lock(&self.inner.open)
    }
}

async fn answer(pulse: Ping, group: &'static str) {
    loop {
        pulse.inner.questions.notified().await;
        if let Some(stalled) = pulse.beat() {
            tell_end(group, stalled);
        }
    }
}

/// Where nobody listens to `tracing`, the end is told where the begin was.
fn tell_end(group: &str, stalled: Duration) {
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
    fn a_silence_counts_from_the_oldest_question_and_is_told_once() {
        let (pulse, begin) = (Ping::default(), Instant::now());
        assert!(!pulse.tell(), "nothing was asked");
        pulse.ask(begin);
        pulse.ask(begin + SECOND);
        assert_eq!(pulse.silent_for(begin + 2 * SECOND), 2 * SECOND);
        assert!(pulse.tell() && !pulse.tell());
        assert!(pulse.beat().is_some(), "its end is told too");
        assert_eq!(pulse.silent_for(begin + 3 * SECOND), Duration::ZERO);
        pulse.ask(begin + 3 * SECOND);
        assert!(pulse.beat().is_none(), "of a silence that nobody told nobody tells the end");
    }

    /// Suspended, stopped by SIGSTOP or a debugger, throttled: the runtime could not have answered.
    #[test]
    fn what_held_up_the_whole_process_is_no_silence() {
        let (pulse, begin) = (Ping::default(), Instant::now());
        pulse.ask(begin);
        pulse.excuse(60 * SECOND);
        assert_eq!(pulse.silent_for(begin + 60 * SECOND), Duration::ZERO);
        assert_eq!(pulse.silent_for(begin + 61 * SECOND), SECOND);
    }
}
