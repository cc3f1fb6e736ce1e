//! The serve loop: hyper's connections as `axum::serve` has them, for gRPC with what tonic's own loop sets and does, each
//! in a task of its own.
//!
//! It is our own, since `axum::serve` boxes each response, clones the service for each request, and polls a list that all
//! connections share, and tonic adds a box, a timeout and an error layer to each call. Around their loops this crate
//! served 0.93 and 0.96 of their requests. `tests/alike/` compares both loops with theirs: look
//! there when axum or tonic changes.

#[cfg(feature = "grpc")]
pub(crate) mod deadline;
mod extensions;
#[cfg(feature = "http")]
pub(crate) mod head_timeout;
pub(crate) mod http_service;
pub(crate) mod protocol;
mod response_future;
pub(crate) mod server_task;
#[cfg(feature = "grpc")]
pub(crate) mod tracked_routes;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::http::{Extensions, Request, Response};
use axum::serve::Listener;
use futures_util::task::AtomicWaker;
use hyper::body::Incoming;
#[cfg(feature = "grpc")]
use hyper::server::conn::http2;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
#[cfg(feature = "http")]
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulConnection;
use service_group::BoxError;
use service_group::text::catch_panic;
use tokio::io::{AsyncRead, AsyncWrite};

#[cfg(feature = "http")]
use self::head_timeout::HeadTimeout;
use self::http_service::Routes;
use self::protocol::Protocol;
use self::response_future::{PendingCall, ResponseFuture};
use self::server_task::ShutdownHandle;
use crate::connection::io::CuttableIo;
use crate::connection::listener::{DrainingListener, Source};
use crate::requests::body::TrackedBody;
use crate::requests::conn::ConnShared;
use crate::requests::kind::RequestKind;
use crate::state::CountGuard;

/// Serves what the listener accepts, until connections are asked to end. They end in their own time.
///
/// `routes` returns those of a connection, and may add to the extensions that its handlers find in their requests. A
/// connection for which it returns `None` is dropped.
pub(crate) fn serve<L, R>(
    listener: L,
    mut routes: impl FnMut(&L::Io, L::Addr, &mut Extensions) -> Option<R> + Send + 'static,
    protocol: Protocol,
    shutdown: &ShutdownHandle,
) -> impl Future<Output = Result<(), Infallible>> + Send + 'static
where
    L: Listener,
    R: Routes,
{
    let (connections, graceful) = (Arc::clone(&shutdown.connections), shutdown.graceful());
    let guard = CountGuard::of_listener(&connections.state);
    let mut listener = DrainingListener::new(AxumSource(listener), guard);
    async move {
        let mut graceful = pin!(graceful);
        loop {
            let (io, peer) = tokio::select! {
                accepted = listener.next() => accepted,
                () = &mut graceful => return Ok(()),
            };
            let mut extensions = extensions::of_connection(connections.state.draining.clone());
            let Some(routes) = routes(&io, peer, &mut extensions) else { continue };
            let io = connections.admit(io, extensions);
            let service = ConnService { routes, protocol, conn: Arc::clone(io.registration().conn()) };
            tokio::spawn(connection(io, service));
        }
    }
}

struct AxumSource<L>(L);

impl<L: Listener> Source for AxumSource<L> {
    type Item = (L::Io, L::Addr);

    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send {
        self.0.accept()
    }
}

/// Serves one connection.
async fn connection<T, R>(io: CuttableIo<T>, service: ConnService<R>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    R: Routes,
{
    let (conn, task) = (Arc::clone(&service.conn), Arc::clone(io.registration().serve_task()));
    let io = TokioIo::new(io);
    match service.protocol {
        #[cfg(feature = "http")]
        Protocol::Http => {
            let builder = http_builder();
            let serving = pin!(builder.serve_connection_with_upgrades(io, service));
            let timeout = pin!(HeadTimeout::new(Arc::clone(&conn)));
            drive(serving, &conn, &task, timeout).await;
        }
        #[cfg(feature = "grpc")]
        Protocol::Grpc => {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            // As tonic sets them; what it sets besides is hyper's default. With hyper's limit of resets, a client that
            // still writes when a call has been answered, as streams do, loses its connection after a thousand calls.
            builder.max_concurrent_streams(None).max_local_error_reset_streams(None);
            let serving = pin!(builder.serve_connection(io, service));
            drive(serving, &conn, &task, pin!(std::future::pending())).await;
        }
    }
}

#[cfg(all(feature = "http", feature = "http2"))]
fn http_builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // For WebSockets over HTTP/2.
    builder.http2().enable_connect_protocol();
    builder
}

#[cfg(all(feature = "http", not(feature = "http2")))]
fn http_builder() -> auto::Builder<TokioExecutor> {
    auto::Builder::new(TokioExecutor::new()).http1_only()
}

/// Drives a connection to its end: asks it to end when that is due, and drops it at the timeout.
async fn drive<C>(
    mut serving: Pin<&mut C>,
    conn: &ConnShared,
    task: &AtomicWaker,
    mut timeout: Pin<&mut impl Future<Output = ()>>,
) where
    C: GracefulConnection<Error: Into<BoxError>>,
{
    let mut said_goodbye = false;
    let served = poll_fn(|cx| {
        task.register(cx.waker());
        // After the waker is registered, so that the goodbye is not missed.
        if !said_goodbye && conn.state().goodbye_at().is_some() {
            said_goodbye = true;
            // A request that has arrived is taken first.
            if let Poll::Ready(served) = serving.as_mut().poll(cx) {
                return Poll::Ready(served);
            }
            serving.as_mut().graceful_shutdown();
        }
        let served = serving.as_mut().poll(cx);
        // After the poll, which may have read a part of a head.
        if served.is_pending() && timeout.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        served
    });
    if let Err(error) = served.await {
        // A subscriber that panics loses the event alone.
        let _ = catch_panic(|| tracing::trace!(error = error.into(), "connection"));
    }
    // The waker keeps the memory of this task, and a WebSocket keeps the waker.
    drop(task.take());
}

/// Answers the requests of one connection.
struct ConnService<R> {
    routes: R,
    protocol: Protocol,
    conn: Arc<ConnShared>,
}

impl<R: Routes> Service<Request<Incoming>> for ConnService<R> {
    type Response = Response<TrackedBody>;
    type Error = Infallible;
    type Future = ResponseFuture<R>;

    fn call(&self, request: Request<Incoming>) -> ResponseFuture<R> {
        let kind = RequestKind::of(&request, &self.conn, self.protocol.name(&request));
        let call = PendingCall { routes: self.routes.clone(), protocol: self.protocol, request };
        ResponseFuture::new(call, kind)
    }
}
