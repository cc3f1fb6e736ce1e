//! The serve loop: hyper's connections as `axum::serve` has them, for gRPC with what tonic's own loop sets and does,
//! each in a task of its own.
//!
//! It is our own since every request pays for it: the answer of the router goes to hyper as it is, in no further box,
//! and a connection hears that it shall end without looking at anything that all of them share.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{Extensions, Request, Response};
use axum::serve::Listener;
use http_body::Body as _;
use hyper::body::Incoming;
#[cfg(feature = "tonic")]
use hyper::server::conn::http2;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
#[cfg(feature = "axum")]
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};

use super::bell::Listening;
use super::body::CountedBody;
use super::conn::Conn;
use super::core::Reins;
#[cfg(feature = "tonic")]
use super::deadline;
use super::door::{Door, Source};
use super::draining::Draining;
use super::name;
use super::routes::Routes;
use super::socket::GateIo;
use super::tally::Presence;
use super::track::{Answer, Fate, Stage};
use crate::model::BoxError;

/// What a server speaks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Protocol {
    #[cfg(feature = "axum")]
    Http,
    #[cfg(feature = "tonic")]
    Grpc,
}

/// Serves what the listener accepts, until connections are told to end. They end in their own time.
///
/// `routes` makes those of a connection, whose handlers find in the extensions of their request what it adds to ours; a
/// connection for which there are none is dropped.
pub(super) fn serve<L, R>(
    listener: L,
    mut routes: impl FnMut(&L::Io, L::Addr, &mut Extensions) -> Option<R> + Send + 'static,
    protocol: Protocol,
    reins: &Reins,
) -> impl Future<Output = Result<(), Infallible>> + Send + 'static
where
    L: Listener,
    R: Routes,
{
    let (gate, graceful) = (Arc::clone(&reins.gate), reins.graceful());
    let mut door = Door::new(Listens(listener), Presence::of_door(&gate.tally));
    async move {
        let mut graceful = pin!(graceful);
        loop {
            let (io, peer) = tokio::select! {
                accepted = door.next() => accepted,
                () = &mut graceful => return Ok(()),
            };
            let mut extensions = extensions(gate.tally.draining.clone());
            let Some(routes) = routes(&io, peer, &mut extensions) else { continue };
            let io = gate.admit(io, None, (), extensions);
            let seated = Seated { routes, protocol, conn: Arc::clone(&io.pass().conn) };
            tokio::spawn(connection(io, seated));
        }
    }
}

struct Listens<L>(L);

impl<L: Listener> Source for Listens<L> {
    type Item = (L::Io, L::Addr);

    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send {
        self.0.accept()
    }
}

/// Serves one connection.
async fn connection<T, R>(io: GateIo<T>, seated: Seated<R>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    R: Routes,
{
    let (conn, io) = (Arc::clone(&seated.conn), TokioIo::new(io));
    match seated.protocol {
        #[cfg(feature = "axum")]
        Protocol::Http => {
            let mut builder = auto::Builder::new(TokioExecutor::new());
            // For WebSockets over HTTP/2.
            builder.http2().enable_connect_protocol();
            attend(pin!(builder.serve_connection_with_upgrades(io, seated)), &conn).await;
        }
        #[cfg(feature = "tonic")]
        Protocol::Grpc => {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            // As tonic has them; all else that it sets is what hyper has. With hyper's limit of resets a client that still
            // writes when a call has been answered, as streams do, loses its connection after a thousand of them.
            builder.max_concurrent_streams(None).max_local_error_reset_streams(None);
            attend(pin!(builder.serve_connection(io, seated)), &conn).await;
        }
    }
}

/// Waits for the end of a connection, which it tells to end when that is due.
async fn attend<C>(mut serving: Pin<&mut C>, conn: &Conn)
where
    C: GracefulConnection<Error: Into<BoxError>>,
{
    let (mut told, mut listening) = (false, Listening::to(&conn.server));
    let served = poll_fn(|cx| {
        listening.attend(cx.waker());
        // After the waker is in its place, so that the word is not missed.
        if !told && conn.tally().told_since().is_some() {
            told = true;
            // A request that has come is taken before.
            if let Poll::Ready(served) = serving.as_mut().poll(cx) {
                return Poll::Ready(served);
            }
            serving.as_mut().graceful_shutdown();
        }
        serving.as_mut().poll(cx)
    });
    if let Err(error) = served.await {
        tracing::trace!(error = error.into(), "connection");
    }
}

impl Protocol {
    /// How long the client waits.
    #[cfg(feature = "tonic")]
    #[inline]
    fn deadline<B>(self, request: &Request<B>) -> Option<std::time::Duration> {
        match self {
            #[cfg(feature = "axum")]
            Self::Http => None,
            Self::Grpc => deadline::of(request.headers()),
        }
    }

    /// What the report calls a request.
    #[inline]
    fn name<B>(self, request: &Request<B>) -> impl FnOnce(&mut String) {
        move |name| match self {
            #[cfg(feature = "axum")]
            Self::Http => name::http(request, name),
            #[cfg(feature = "tonic")]
            Self::Grpc => name::grpc(request, name),
        }
    }
}

/// Answers the requests of one connection.
struct Seated<R> {
    routes: R,
    protocol: Protocol,
    conn: Arc<Conn>,
}

impl<R: Routes> Service<Request<Incoming>> for Seated<R> {
    type Response = Response<CountedBody>;
    type Error = Infallible;
    type Future = Answer<R>;

    fn call(&self, request: Request<Incoming>) -> Answer<R> {
        let fate = Fate::of(&request, &self.conn, self.protocol.name(&request));
        Answer::later(Ask { routes: self.routes.clone(), protocol: self.protocol, request }, fate)
    }
}

/// What is asked of the routes where the answer is waited for: over HTTP/2 in the task of the stream, not in that of its
/// connection.
pub(super) struct Ask<R> {
    routes: R,
    #[cfg_attr(not(feature = "tonic"), expect(dead_code, reason = "calls alone have deadlines"))]
    protocol: Protocol,
    request: Request<Incoming>,
}

impl<R: Routes> Ask<R> {
    #[inline]
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(cx)
    }

    /// Once it is ready.
    #[inline]
    pub(super) fn now(mut self, fate: &Fate) -> Stage<R> {
        let mut request = self.request.map(boxed);
        if let Some(place) = fate.place() {
            furnish(request.extensions_mut(), place.extensions());
        }
        fate.accompany(&mut request);
        #[cfg(feature = "tonic")]
        if let Some(deadline) = self.protocol.deadline(&request) {
            return Stage::Limited(deadline::hold(deadline, self.routes.call(request)));
        }
        Stage::Answering(self.routes.call(request))
    }
}

/// What is known to be empty needs no box.
#[inline]
fn boxed(body: Incoming) -> Body {
    if body.size_hint().exact() == Some(0) { Body::empty() } else { Body::new(body) }
}

#[inline]
fn furnish(extensions: &mut Extensions, ours: &Extensions) {
    let own = std::mem::replace(extensions, ours.clone());
    if !own.is_empty() {
        extensions.extend(own);
    }
}

/// What handlers may ask for, with room for what axum adds: a map that grows with each request moves all that it has.
fn extensions(draining: Draining) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(draining);
    extensions.insert(Room::<0>);
    extensions.insert(Room::<1>);
    extensions.insert(Room::<2>);
    extensions.remove::<Room<0>>();
    extensions.remove::<Room<1>>();
    extensions.remove::<Room<2>>();
    extensions
}

#[derive(Clone)]
struct Room<const PLACE: usize>;
