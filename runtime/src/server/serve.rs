//! The serve loop for HTTP: hyper's connections as `axum::serve` has them, each in a task of its own.
//!
//! It is our own since every request pays for it: the answer of the router goes to hyper as it is, in no further box,
//! and a connection hears that it shall end without looking at anything that all of them share.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, Request, Response};
use axum::routing::future::RouteFuture;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service as _;

use super::bell::Listening;
use super::body::CountedBody;
use super::conn::Conn;
use super::core::Reins;
use super::door::{Door, Source};
use super::draining::Draining;
use super::name;
use super::socket::GateIo;
use super::tally::Presence;
use super::track::{Answer, Fate};

/// Serves what the listener accepts, until connections are told to end. They end in their own time.
pub(super) fn serve<L>(
    listener: L,
    router: Router,
    reins: &Reins,
) -> impl Future<Output = Result<(), Infallible>> + Send + use<L>
where
    L: Listener,
    L::Addr: Clone + Sync + 'static,
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
            let io = gate.admit(io, None, ());
            let seat = Seat::new(Arc::clone(&io.pass().conn), ConnectInfo(peer));
            tokio::spawn(connection(io, Seated { router: router.clone(), seat }));
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
async fn connection<T>(io: GateIo<T>, seated: Seated)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let conn = Arc::clone(&seated.seat.conn);
    let mut builder = Builder::new(TokioExecutor::new());
    // For WebSockets over HTTP/2.
    builder.http2().enable_connect_protocol();
    let mut serving = pin!(builder.serve_connection_with_upgrades(TokioIo::new(io), seated));
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
        tracing::trace!(error, "connection");
    }
}

/// Answers the requests of one connection.
struct Seated {
    router: Router,
    seat: Arc<Seat>,
}

/// What all requests of a connection share.
pub(super) struct Seat {
    conn: Arc<Conn>,
    extensions: Extensions,
}

impl Service<Request<Incoming>> for Seated {
    type Response = Response<CountedBody>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let conn = &self.seat.conn;
        let fate = Fate::of(request.uri().path(), &conn.tally().draining, || {
            conn.begin(&request, name::http(&request))
        });
        Answer::later(Ask { router: self.router.clone(), seat: Arc::clone(&self.seat), request }, fate)
    }
}

/// What is asked of the router where the answer is waited for: over HTTP/2 in the task of the stream, not in that of its
/// connection.
pub(super) struct Ask {
    router: Router,
    seat: Arc<Seat>,
    request: Request<Incoming>,
}

impl Ask {
    /// A router is always ready.
    #[inline]
    pub(super) fn now(mut self, fate: &Fate) -> RouteFuture<Infallible> {
        let mut request = self.request.map(Body::new);
        self.seat.furnish(request.extensions_mut());
        fate.accompany(&mut request);
        self.router.call(request)
    }
}

impl Seat {
    fn new<A: Clone + Send + Sync + 'static>(conn: Arc<Conn>, peer: ConnectInfo<A>) -> Arc<Self> {
        let extensions = extensions(conn.tally().draining.clone(), peer);
        Arc::new(Self { conn, extensions })
    }

    #[inline]
    fn furnish(&self, extensions: &mut Extensions) {
        let own = std::mem::replace(extensions, self.extensions.clone());
        if !own.is_empty() {
            extensions.extend(own);
        }
    }
}

/// What handlers may ask for, with room for what axum adds: a map that grows with each request moves all that it has.
fn extensions<A: Clone + Send + Sync + 'static>(draining: Draining, peer: ConnectInfo<A>) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(draining);
    extensions.insert(peer);
    extensions.insert(Room::<0>);
    extensions.insert(Room::<1>);
    extensions.remove::<Room<0>>();
    extensions.remove::<Room<1>>();
    extensions
}

#[derive(Clone)]
struct Room<const PLACE: usize>;
