//! A listener that is dropped the moment that the drain begins.
//!
//! Connections that wait in its backlog at that moment are still accepted: their clients may have written already. After
//! that neither a connection nor the end comes, which a serve loop would take for its own.

use std::fmt;
use std::future::{Future, pending};

use futures_util::FutureExt;

use crate::state::CountGuard;

/// How many connections are accepted at most after the drain has begun: a full backlog, as tokio makes them. Clients that
/// never stop to connect would keep the listener open.
const BACKLOG: usize = 1024;

/// Where connections come from.
pub(crate) trait Source: Send {
    type Item: Send;

    /// Accepts the next connection.
    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send;
}

/// A source of connections, until the drain begins.
pub(crate) struct DrainingListener<S> {
    open: Option<(S, CountGuard)>,
    /// The number of connections that were accepted since the drain has begun.
    late: usize,
}

impl<S: Source> DrainingListener<S> {
    pub(crate) fn new(source: S, guard: CountGuard) -> Self {
        Self { open: Some((source, guard)), late: 0 }
    }

    pub(crate) async fn next(&mut self) -> S::Item {
        if let Some((source, guard)) = self.open.as_mut().filter(|_| self.late < BACKLOG) {
            self.late += usize::from(guard.draining().has_started());
            let draining = guard.draining().started();
            tokio::select! {
                biased;
                item = source.accept() => return item,
                () = draining => {}
            }
            // The runtime learns of a backlog when it polls the socket, which it does before this task goes on.
            tokio::task::yield_now().await;
            if let Some(item) = source.accept().now_or_never() {
                return item;
            }
        }
        self.shut().await
    }

    /// Drops the source, and never returns.
    pub(crate) async fn shut<T>(&mut self) -> T {
        self.open = None;
        pending().await
    }
}

impl<S> fmt::Debug for DrainingListener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainingListener").field("is_open", &self.open.is_some()).finish_non_exhaustive()
    }
}
