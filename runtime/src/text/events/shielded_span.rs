//! A span whose subscriber may panic.

use tracing::Span;

use super::shield::shielded;

/// A span. Each call of its subscriber is shielded from panics, the drop and the clone included.
#[derive(Debug)]
pub(crate) struct ShieldedSpan(Option<Span>);

impl ShieldedSpan {
    pub(crate) const NONE: Self = Self(None);

    /// Creates the span; there is none if nothing listens, or if the subscriber panics.
    pub(crate) fn new(create: impl FnOnce() -> Span) -> Self {
        let span = shielded(create);
        Self(span.filter(|span| !span.is_disabled()))
    }

    /// Returns the current span.
    pub(crate) fn current() -> Self {
        Self::new(Span::current)
    }

    pub(crate) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Records fields.
    pub(crate) fn record(&self, record: impl FnOnce(&Span)) {
        if let Some(span) = &self.0 {
            shielded(|| record(span));
        }
    }

    /// Runs `run` in the span.
    pub(crate) fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        self.enter();
        let _leave = Leave(self);
        run()
    }

    pub(super) fn enter(&self) {
        self.record(|span| {
            span.with_subscriber(|(id, subscriber)| subscriber.enter(id));
        });
    }

    pub(super) fn leave(&self) {
        self.record(|span| {
            span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
        });
    }
}

/// Leaves the span when it is dropped, also while a panic of the user's code unwinds.
struct Leave<'a>(&'a ShieldedSpan);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Clone for ShieldedSpan {
    fn clone(&self) -> Self {
        Self(self.0.as_ref().and_then(|span| shielded(|| span.clone())))
    }
}

impl Drop for ShieldedSpan {
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            shielded(|| drop(span));
        }
    }
}
