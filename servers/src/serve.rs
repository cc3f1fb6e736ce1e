//! The serve loop: hyper's connections as `axum::serve` has them, for gRPC with what tonic's own loop sets and does, each
//! in a task of its own.
//!
//! It is our own, since `axum::serve` boxes each response, clones the service for each request, and polls a list that all
//! connections share, and tonic adds a box, a timeout and an error layer to each call. Around their loops this crate
//! served 0.93 and 0.96 of their requests. `tests/alike/` compares both loops with theirs: look
//! there when axum or tonic changes.

pub(crate) mod conn_service;
#[cfg(feature = "grpc")]
pub(crate) mod deadline;
pub(crate) mod extensions;
#[cfg(feature = "http")]
pub(crate) mod head_timeout;
pub(crate) mod http_service;
pub(crate) mod protocol;
#[cfg(feature = "http")]
pub(crate) mod raw_service;
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
use self::protocol::Protocol;
use self::server_task::{ServerTask, ShutdownHandle};
use crate::connection::io::CuttableIo;
use crate::connection::listen_addr::ListenAddr;
use crate::connection::listener::{DrainingListener, Source};
use crate::connection::waker::LastRegistered;
use crate::requests::conn::ConnShared;
use crate::state::{CountGuard, ServerState};

/// Spawns a task that serves what the listener accepts, until connections are asked to end. They end in their own time.
///
/// `open` returns the IO of a connection, and what makes its service. It may add to the extensions that handlers find in
/// their requests. A connection for which it returns `None` is dropped.
pub(crate) fn spawn<L, T, M, S, B>(
    protocol: Protocol,
    listener: L,
    mut open: impl FnMut(L::Io, L::Addr, &mut Extensions) -> Option<(T, M)> + Send + 'static,
) -> ServerTask
where
    L: Listener,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    M: FnOnce(Arc<ConnShared>) -> S + Send + 'static,
    S: ServiceOfConn<B>,
    B: BodyOfConn,
{
    let local_addr = ListenAddr::of(&listener);
    let shutdown = ShutdownHandle::new(ServerState::default());
    let connections = Arc::clone(&shutdown.connections);
    let graceful = shutdown.graceful();
    let guard = CountGuard::of_listener(&connections.state);
    let mut listener = DrainingListener::new(AxumSource(listener), guard);
    let serve = async move {
        let mut graceful = pin!(graceful);
        loop {
            let (io, peer) = tokio::select! {
                accepted = listener.next() => accepted,
                () = &mut graceful => return Ok::<_, Infallible>(()),
            };
            let mut extensions = extensions::of_connection(connections.state.draining.clone());
            let Some((io, make_service)) = open(io, peer, &mut extensions) else { continue };
            #[cfg(feature = "tls")]
            extensions::insert_tls_info(&mut extensions, &io);
            let io = connections.admit(io, extensions);
            let service = make_service(Arc::clone(io.registration().conn()));
            tokio::spawn(connection(io, service, protocol));
        }
    };
    ServerTask::spawn(shutdown, local_addr, serve)
}

/// What answers the requests of one connection.
pub(crate) trait ServiceOfConn<B>:
    Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>, Future: Send + 'static>
    + Send
    + 'static
{
}

impl<S, B> ServiceOfConn<B> for S where
    S: Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>, Future: Send + 'static>
        + Send
        + 'static
{
}

/// The body of an answer as hyper takes it.
pub(crate) trait BodyOfConn:
    http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static
{
}

impl<B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static> BodyOfConn for B {}

struct AxumSource<L>(L);

impl<L: Listener> Source for AxumSource<L> {
    type Item = (L::Io, L::Addr);

    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send {
        self.0.accept()
    }
}

/// Serves one connection.
async fn connection<T, S, B>(io: CuttableIo<T>, service: S, protocol: Protocol)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: ServiceOfConn<B>,
    B: BodyOfConn,
{
    let registration = io.registration();
    let (conn, task) = (Arc::clone(registration.conn()), Arc::clone(registration.serve_task()));
    let io = TokioIo::new(io);
    match protocol {
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
    let (mut said_goodbye, mut registered) = (false, LastRegistered::default());
    let served = poll_fn(|cx| {
        registered.register(task, cx.waker());
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
