//! The way in: a listener that is dropped the moment that the drain begins.
//!
//! Connections that wait in its backlog at that moment are still let in: their clients may have written already.
//! Afterwards there comes neither another one nor the end, which a serve loop would take for its own.

use std::fmt;
use std::future::{Future, pending};

use futures_util::FutureExt;

use super::tally::Presence;

/// How many are let in at most once the drain has begun: a full backlog, as tokio makes them. Clients that never stop to
/// come would keep the door open.
const BACKLOG: usize = 1024;

/// Where connections come from.
pub(super) trait Source: Send {
    type Item: Send;

    /// The next connection.
    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send;
}

/// A source of connections, until the drain begins.
pub(super) struct Door<S> {
    open: Option<(S, Presence)>,
    /// Those that were let in since the drain has begun.
    late: usize,
}

impl<S: Source> Door<S> {
    pub(super) fn new(source: S, presence: Presence) -> Self {
        Self { open: Some((source, presence)), late: 0 }
    }

    pub(super) async fn next(&mut self) -> S::Item {
        if let Some((source, presence)) = self.open.as_mut().filter(|_| self.late < BACKLOG) {
            self.late += usize::from(presence.draining().has_started());
            let draining = presence.draining().started();
            tokio::select! {
                biased;
                item = source.accept() => return item,
                () = draining => {}
            }
            // The runtime knows of a backlog when it has looked at the socket, which it does before we go on.
            tokio::task::yield_now().await;
            if let Some(item) = source.accept().now_or_never() {
                return item;
            }
        }
        self.shut().await
    }

    /// Drops the source, and never comes back.
    pub(super) async fn shut<T>(&mut self) -> T {
        self.open = None;
        pending().await
    }
}

impl<S> fmt::Debug for Door<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("open", &self.open.is_some()).finish_non_exhaustive()
    }
}
