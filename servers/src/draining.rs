//! How handlers learn that their server drains.

use std::future::Future;
use std::sync::Arc;
#[cfg(feature = "ws")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "ws")]
use std::time::Duration;

#[cfg(feature = "ws")]
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::{Stream, StreamExt};
#[cfg(feature = "ws")]
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
#[cfg(feature = "_server")]
use tokio_util::sync::WaitForCancellationFutureOwned;

/// How long the client of a WebSocket has to answer the close frame.
#[cfg(feature = "ws")]
const CLOSE_FRAME_TIMEOUT: Duration = Duration::from_secs(1);

/// The drain of the server that a request came in by, for handlers that answer for long: a stream, a WebSocket, a long
/// poll.
///
/// In axum it is an extractor, which never rejects; in tonic it is an extension of the request:
/// `request.extensions().get::<Draining>()`. Outside of a server of this crate it never fires.
///
/// For a `WebSocket` of axum, the feature `ws` has `Draining::recv`.
///
/// It fires when the server itself is asked to stop, after the lame duck of the group. The handler then has what is
/// left of the server's window to say goodbye.
///
/// ```
/// # #[cfg(feature = "http")] mod example {
/// use axum::body::Body;
/// use futures_util::Stream;
/// use service_group_servers::Draining;
///
/// # fn news() -> impl Stream<Item = Result<String, std::io::Error>> { futures_util::stream::empty() }
/// async fn follow(draining: Draining) -> Body {
///     Body::from_stream(draining.until(news()))
/// }
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Draining {
    // Shared once more, since cloning a token takes its lock, which all requests would share: every request carries a
    // clone. It saves 0.6 % of the instructions of a request over HTTP/1 (callgrind).
    inner: Arc<Inner>,
    /// Until when the client of a WebSocket may go on to send after the close frame.
    #[cfg(feature = "ws")]
    close_deadline: OnceLock<Instant>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The state of the token without its lock: every request reads it. It saves 1.3 % of the instructions of a request
    /// over HTTP/1 (callgrind).
    begun: AtomicBool,
    token: CancellationToken,
    /// Cancelled shortly before the force, for [`AnswersBeforeCut`](crate::AnswersBeforeCut).
    #[cfg(feature = "_server")]
    before_force: CancellationToken,
}

impl Draining {
    #[cfg(feature = "_server")]
    pub(crate) fn begin(&self) {
        // SeqCst: invariant 1 of state.rs.
        self.inner.begun.store(true, Ordering::SeqCst);
        self.inner.token.cancel();
    }

    /// Has calls without an answer answered by their layers.
    #[cfg(feature = "_server")]
    pub(crate) fn announce_force(&self) {
        self.inner.before_force.cancel();
    }

    /// Returns whether the force is near.
    #[cfg(feature = "_server")]
    pub(crate) fn is_before_force(&self) -> bool {
        self.inner.before_force.is_cancelled()
    }

    /// Resolves shortly before the force.
    #[cfg(feature = "_server")]
    pub(crate) fn before_force(&self) -> WaitForCancellationFutureOwned {
        self.inner.before_force.clone().cancelled_owned()
    }

    /// [`started`](Self::started), as a type with a name.
    #[cfg(feature = "_server")]
    pub(crate) fn started_owned(&self) -> WaitForCancellationFutureOwned {
        self.inner.token.clone().cancelled_owned()
    }

    /// Resolves when the drain begins.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and asked for again at any time.
    pub fn started(&self) -> impl Future<Output = ()> + Send + use<> {
        self.inner.token.clone().cancelled_owned()
    }

    /// Returns whether the drain has begun.
    #[must_use]
    #[inline]
    pub fn has_started(&self) -> bool {
        // SeqCst: invariant 1 of state.rs.
        self.inner.begun.load(Ordering::SeqCst)
    }

    /// Returns a stream that ends when the drain begins.
    pub fn until<S: Stream>(&self, stream: S) -> impl Stream<Item = S::Item> + use<S> {
        stream.take_until(self.started())
    }
}

#[cfg(feature = "ws")]
impl Draining {
    /// Returns the next message of a WebSocket.
    ///
    /// When the drain begins, the server sends a close frame with code 1001 (going away). Messages that the client sent
    /// before it received the frame are still returned, and then `None`. `None` is also returned one second after the
    /// frame if the client does not answer, or never stops to send.
    ///
    /// Once [`has_started`](Self::has_started), nothing but the close frame can be sent. The clone of a `Draining` that a
    /// handler gets is for one socket.
    ///
    /// ```
    /// use axum::extract::ws::{Message, WebSocket};
    /// use service_group_servers::Draining;
    ///
    /// async fn echo(mut socket: WebSocket, draining: Draining) {
    ///     while let Some(Ok(Message::Text(text))) = draining.recv(&mut socket).await {
    ///         if socket.send(Message::Text(text)).await.is_err() {
    ///             return;
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// No message is lost when the future is dropped.
    pub async fn recv(&self, socket: &mut WebSocket) -> Option<Result<Message, axum::Error>> {
        if !self.has_started() {
            tokio::select! {
                biased;
                message = socket.recv() => return message,
                () = self.started() => {}
            }
        }
        let end = *self.close_deadline.get_or_init(|| Instant::now() + CLOSE_FRAME_TIMEOUT);
        let away = CloseFrame { code: close_code::AWAY, reason: Utf8Bytes::default() };
        let last = timeout_at(end, async {
            // It fails where a close frame has been sent before, or by the client.
            let _ = socket.send(Message::Close(Some(away))).await;
            socket.recv().await
        });
        last.await.ok().flatten()
    }
}

#[cfg(feature = "http")]
impl<S: Sync> axum::extract::FromRequestParts<S> for Draining {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
