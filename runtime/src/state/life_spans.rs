//! The spans that last as long as the services of a group.
//!
//! A task's span is not that of its start: the start ends and the task does not. The task therefore gets the span of the
//! service's life, which a task-local of the start passes on.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

use crate::model::StopOutcome;
use crate::sync::lock;
use crate::text::events::{EventSink, ShieldedSpan};

tokio::task_local! {
    /// The life of the service whose start runs here. What the start spawns, a task for example, is part of it.
    pub(crate) static LIFE: Life;
}

/// The life of a service, as what its start spawns sees it.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) span: ShieldedSpan,
    /// For events in that span.
    pub(crate) events: EventSink,
}

impl Life {
    pub(crate) fn new(span: ShieldedSpan, group: &EventSink) -> Self {
        let events = if span.is_none() { group.clone() } else { group.within(span.clone()) };
        Self { span, events }
    }

    /// Returns the life of the service whose start runs here; outside of a start, the current span, with events in place.
    pub(crate) fn current() -> Self {
        let outside = || Self { span: ShieldedSpan::current(), events: EventSink::in_place() };
        LIFE.try_with(Clone::clone).unwrap_or_else(|_| outside())
    }
}

/// The life spans of the services of a group.
#[derive(Debug, Default)]
pub(crate) struct LifeSpans {
    /// Whether any span is enabled. `Relaxed` is enough: the spans themselves are behind the lock, and a stop follows its
    /// start through a channel or a task, which order the two.
    any: AtomicBool,
    spans: Mutex<Vec<Option<ShieldedSpan>>>,
}

impl LifeSpans {
    pub(crate) fn begin(&self, index: usize, life: &ShieldedSpan) {
        if life.is_none() {
            return;
        }
        self.any.store(true, Relaxed);
        let life = life.clone();
        let mut spans = self.spans();
        if spans.len() <= index {
            spans.resize_with(index + 1, || None);
        }
        spans[index] = Some(life);
    }

    pub(crate) fn end(&self, index: usize, outcome: &StopOutcome, events: &EventSink) {
        if !self.any.load(Relaxed) {
            return;
        }
        let Some(life) = self.spans().get_mut(index).and_then(Option::take) else { return };
        let word = outcome.word();
        let failed = outcome.exit_code() > 0;
        let reason = outcome.reason();
        events.emit(move || {
            life.record(|life| {
                life.record("service_group.outcome", word);
                if failed {
                    life.record("otel.status_code", "ERROR").record("error.type", word);
                }
                if let Some(reason) = reason {
                    life.record("exception.message", reason);
                }
            });
        });
    }

    /// Drops the spans of a group that is not stopped.
    pub(crate) fn forget(&self, events: &EventSink) {
        if !self.any.load(Relaxed) {
            return;
        }
        let spans = std::mem::take(&mut *self.spans());
        events.emit(move || drop(spans));
    }

    fn spans(&self) -> MutexGuard<'_, Vec<Option<ShieldedSpan>>> {
        lock(&self.spans)
    }
}
