//! The timeout on request heads of HTTP/1: a head must be complete 30 s after its first byte.
//!
//! hyper's `header_read_timeout` counts from the end of the request before, and so would close idle connections.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::requests::conn::ConnShared;

/// How long a request head may take from its first byte on.
pub(crate) const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// Resolves when a head takes too long. To be polled after each poll of its connection.
pub(super) struct HeadTimeout {
    conn: Arc<ConnShared>,
    /// While a head is incomplete. Most heads arrive whole, and need no timer.
    timer: Option<Pin<Box<Sleep>>>,
}

impl HeadTimeout {
    pub(super) fn new(conn: Arc<ConnShared>) -> Self {
        Self { conn, timer: None }
    }
}

impl Future for HeadTimeout {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.conn.is_reading_head() {
            self.timer = None;
            return Poll::Pending;
        }
        self.timer.get_or_insert_with(|| Box::pin(sleep(HEAD_WITHIN))).as_mut().poll(cx)
    }
}
