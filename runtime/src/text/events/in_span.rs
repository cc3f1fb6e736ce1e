//! A future that runs in a span.

use std::future::{Future, poll_fn};
use std::pin::pin;

use super::shielded_span::{Leave, ShieldedSpan};

/// Runs a future in a span, and drops it there: what `tracing::Instrument` does, shielded from panics of the subscriber.
pub(crate) async fn in_span<T>(span: ShieldedSpan, future: impl Future<Output = T>) -> T {
    // Locals are dropped in reverse order: the last one enters the span, the first one leaves it.
    let _leave = Leave(&span);
    let mut future = pin!(future);
    let _enter = Enter(&span);
    poll_fn(|cx| span.in_scope(|| future.as_mut().poll(cx))).await
}

/// Enters the span when it is dropped.
struct Enter<'a>(&'a ShieldedSpan);

impl Drop for Enter<'_> {
    fn drop(&mut self) {
        self.0.enter();
    }
}
