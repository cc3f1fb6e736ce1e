//! The events of the page: the view, again and again, as long as a client is connected.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::{Instant, sleep_until};

use super::view::{Board, View};
use crate::draining::Draining;
use service_group::{Changes, GroupPhase};

/// Between two events at least, however much happens.
const GAP: Duration = Duration::from_millis(250);
/// The interval of updates for what changes by itself: time, and requests in flight.
const TICK: Duration = Duration::from_secs(1);

/// A watcher of a group. Owned by the answer, so that it ends with its listener.
struct Watcher {
    board: Arc<Board>,
    changes: Changes,
    draining: Draining,
    looked: Option<Instant>,
    shown: String,
    is_over: bool,
}

/// The view now, and whenever it changes. Ends with the drain of the server, or with the group; the last event is how it
/// was then. Where it is the group that has ended, that event is `end`: there is nothing more to ask for.
pub(super) fn events(board: Arc<Board>, draining: Draining) -> Response {
    let changes = board.group.changes();
    let watcher = Watcher { board, changes, draining, looked: None, shown: String::new(), is_over: false };
    let events = stream::unfold(watcher, async |mut watcher| {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

impl Watcher {
    /// Waits until there is something else to show.
    async fn next(&mut self) -> Option<Event> {
        while !self.is_over {
            self.wait().await;
            let is_drained = self.draining.has_started();
            let has_ended = self.board.group.phase() == GroupPhase::Stopped;
            self.is_over = is_drained || has_ended;
            drop(self.board.group.check().await);
            let view = View::of(&self.board).to_string();
            if self.is_over || view != self.shown {
                self.shown.clone_from(&view);
                let event = Event::default().data(view);
                // After a server that goes away, the next one may come.
                return Some(if has_ended && !is_drained { event.event("end") } else { event });
            }
        }
        None
    }

    /// Waits until the view may have changed.
    async fn wait(&mut self) {
        match self.looked {
            Some(looked) => tokio::select! {
                () = self.draining.started() => {}
                () = next_change(&mut self.changes, looked) => {}
            },
            // The status of now, which is there at once.
            None => drop(self.changes.next().await),
        }
        self.looked = Some(Instant::now());
    }
}

async fn next_change(changes: &mut Changes, looked: Instant) {
    sleep_until(looked + GAP).await;
    tokio::select! {
        _ = changes.next() => {}
        () = sleep_until(looked + TICK) => {}
    }
}
