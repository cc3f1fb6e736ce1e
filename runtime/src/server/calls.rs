//! The calls of a tonic server of the user's own: each is entered into the book of its connection.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::http::{Extensions, Request, Response};
use axum::routing::future::RouteFuture;
use tonic::service::Routes;
use tonic::transport::server::TcpConnectInfo;
#[cfg(unix)]
use tonic::transport::server::UdsConnectInfo;
use tower_service::Service;

use super::body::InBytes;
use super::conn::Conn;
use super::ends::Ends;
use super::gate::Gate;
use super::name;
use super::track::Fate;

/// The routes of a [`GrpcServer`](crate::GrpcServer), whose calls are counted: what the layers of a
/// [`Server`](tonic::transport::Server) are put around.
///
/// Ours goes innermost, so that those layers see what they would see without it.
#[derive(Debug, Clone)]
pub struct CountedRoutes {
    router: Router,
    whose: Whose,
}

impl CountedRoutes {
    pub(super) fn new(routes: Routes, gate: &Arc<Gate>) -> Self {
        Self { router: routes.prepare().into_axum_router(), whose: Whose::Server(Arc::clone(gate)) }
    }
}

impl Service<Request<tonic::body::Body>> for CountedRoutes {
    type Response = Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = CountedAnswer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> CountedAnswer {
        let Self { router, whose } = self;
        let (mut request, draining) = (request.map(Body::new), &whose.gate().tally.draining);
        let fate = whose.fate(&request);
        request.extensions_mut().insert(draining.clone());
        fate.accompany(&mut request);
        // A router is always ready.
        CountedAnswer { answering: router.call(request), fate: Some(fate) }
    }
}

/// The answer to a call.
pub struct CountedAnswer {
    answering: RouteFuture<Infallible>,
    /// None when it is over.
    fate: Option<Fate>,
}

impl fmt::Debug for CountedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountedAnswer").field("fate", &self.fate).finish_non_exhaustive()
    }
}

impl Future for CountedAnswer {
    type Output = Result<Response<tonic::body::Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (response, fate) = (ready!(Pin::new(&mut this.answering).poll(cx))?, this.fate.take());
        let response = fate.expect("a future that is over is not polled").answer(response);
        Poll::Ready(Ok(response.map(|body| tonic::body::Body::new(InBytes(body)))))
    }
}

/// Whose calls they are. The connection of a call is found by both of its ends, which tonic tells in an extension: an
/// identity of our own in its place would take `remote_addr` and the certificates of TLS from the user.
#[derive(Debug)]
enum Whose {
    /// What tonic was given, and clones for each connection.
    Server(Arc<Gate>),
    /// Such a clone, and all clones of it: of one connection, unless a layer has made them.
    Connection(Arc<Line>),
}

/// The connection of the first call, which is that of the others in all likelihood.
#[derive(Debug)]
struct Line {
    gate: Arc<Gate>,
    first: OnceLock<(Ends, Arc<Conn>)>,
}

impl Clone for Whose {
    fn clone(&self) -> Self {
        Self::Connection(match self {
            Self::Server(gate) => Arc::new(Line { gate: Arc::clone(gate), first: OnceLock::new() }),
            Self::Connection(line) => Arc::clone(line),
        })
    }
}

impl Whose {
    #[inline]
    fn gate(&self) -> &Arc<Gate> {
        match self {
            Self::Server(gate) => gate,
            Self::Connection(line) => &line.gate,
        }
    }

    #[inline]
    fn fate(&self, request: &Request<Body>) -> Fate {
        let ends = ends(request.extensions());
        let conn = match (self, ends) {
            (Self::Connection(line), Some(ends)) => line.conn(ends),
            _ => Cow::Owned(self.gate().find(ends)),
        };
        Fate::of(request, &conn, |name| name::grpc(request, name))
    }
}

impl Line {
    #[inline]
    fn conn(&self, ends: Ends) -> Cow<'_, Arc<Conn>> {
        let (first, conn) = self.first.get_or_init(|| (ends, self.gate.find(Some(ends))));
        if *first == ends && conn.is_open() {
            Cow::Borrowed(conn)
        } else {
            Cow::Owned(self.gate.find(Some(ends)))
        }
    }
}

/// As tonic tells them with a call.
#[inline]
pub(super) fn ends(extensions: &Extensions) -> Option<Ends> {
    let ends = extensions.get().and_then(tcp);
    #[cfg(unix)]
    let ends = ends.or_else(|| extensions.get().and_then(unix));
    ends
}

#[inline]
fn tcp(info: &TcpConnectInfo) -> Option<Ends> {
    let (ours, peer) = info.local_addr().zip(info.remote_addr())?;
    Some(Ends::Tcp(ours, peer))
}

#[cfg(unix)]
fn unix(info: &UdsConnectInfo) -> Option<Ends> {
    info.peer_addr.as_ref().map(|peer| Ends::Unix(Arc::as_ptr(peer).addr()))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use axum::http::Extensions;

    use super::{Ends, Gate, Whose};
    use crate::server::tally::Tally;

    #[test]
    fn the_first_connection_is_not_the_next_one_between_the_same_ends() {
        let gate = Gate::new(Tally::default());
        let Whose::Connection(line) = Whose::Server(Arc::clone(&gate)).clone() else { panic!("it is one") };
        let addr = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let ends = Ends::Tcp(addr(1), addr(2));
        let open = || gate.admit(tokio::io::duplex(1).0, Some(ends), (), Extensions::new());
        let io = open();
        let first = Arc::clone(&line.conn(ends));
        assert!(Arc::ptr_eq(&first, &line.conn(ends)));
        drop(io);
        let _io = open();
        assert!(line.conn(ends).is_open());
        assert!(!Arc::ptr_eq(&first, &line.conn(ends)));
    }
}
