//! The spans that last as long as the services of a group.
//!
//! A task's span is not that of its start: the start ends and the task does not. The task therefore gets the span of the
//! service's life, which a task-local of the start passes on.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

use tracing::Span;

use crate::model::StopOutcome;
use crate::sync::lock;

tokio::task_local! {
    /// The life of the service whose start runs here. What the start spawns, a task for example, is part of it.
    pub(crate) static LIFE: Span;
}

/// Returns the life span of the service whose start runs here; outside of a start, the current span.
pub(crate) fn current_life() -> Span {
    LIFE.try_with(Clone::clone).unwrap_or_else(|_| Span::current())
}

/// The life spans of the services of a group.
#[derive(Debug, Default)]
pub(crate) struct LifeSpans {
    /// Whether any span is enabled. `Relaxed` is enough: the spans themselves are behind the lock, and a stop follows its
    /// start through a channel or a task, which order the two.
    any: AtomicBool,
    spans: Mutex<Vec<Option<Span>>>,
}

impl LifeSpans {
    pub(crate) fn begin(&self, index: usize, life: &Span) {
        if life.is_disabled() {
            return;
        }
        self.any.store(true, Relaxed);
        let mut spans = self.spans();
        if spans.len() <= index {
            spans.resize(index + 1, None);
        }
        spans[index] = Some(life.clone());
    }

    pub(crate) fn end(&self, index: usize, outcome: &StopOutcome) {
        if !self.any.load(Relaxed) {
            return;
        }
        let Some(life) = self.spans().get_mut(index).and_then(Option::take) else { return };
        life.record("service_group.outcome", outcome.word());
        if outcome.exit_code() > 0 {
            life.record("otel.status_code", "ERROR").record("error.type", outcome.word());
        }
        if let Some(reason) = outcome.reason() {
            life.record("exception.message", reason);
        }
    }

    /// Drops the spans of a group that is not stopped.
    pub(crate) fn forget(&self) {
        self.spans().clear();
    }

    fn spans(&self) -> MutexGuard<'_, Vec<Option<Span>>> {
        lock(&self.spans)
    }
}
