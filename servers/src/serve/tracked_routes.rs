//! The calls of a tonic server of the user's own: each is in flight on its connection.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::routing::future::RouteFuture;
use tonic::service::Routes;
use tower_service::Service;

use crate::connection::connections::Connections;
use crate::connection::key::ConnectionKey;
#[cfg(feature = "tls")]
use crate::connection::tls::TlsInfo;
use crate::requests::body::BytesBody;
use crate::requests::conn::ConnShared;
use crate::requests::cut_answer::OuterCall;
use crate::requests::kind::RequestKind;
use crate::requests::name;

/// The routes of a [`GrpcServer`](crate::GrpcServer), whose calls are tracked: what the layers of a
/// [`Server`](tonic::transport::Server) are put around.
///
/// The tracking is innermost, so that those layers see what they would see without it.
#[derive(Debug, Clone)]
pub struct TrackedRoutes {
    router: Router,
    lookup: ConnLookup,
}

impl TrackedRoutes {
    pub(crate) fn new(routes: Routes, connections: &Arc<Connections>) -> Self {
        let lookup = ConnLookup::OfServer(Arc::clone(connections));
        Self { router: routes.prepare().into_axum_router(), lookup }
    }
}

impl Service<Request<tonic::body::Body>> for TrackedRoutes {
    type Response = Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = TrackedResponse;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> TrackedResponse {
        let Self { router, lookup } = self;
        let (mut request, draining) = (request.map(Body::new), &lookup.connections().state.draining);
        let kind = lookup.kind(&request);
        let outer = request.extensions_mut().remove::<OuterCall>();
        if let Some(outer) = &outer {
            outer.set_draining(draining.clone());
        }
        request.extensions_mut().insert(draining.clone());
        #[cfg(feature = "tls")]
        if let Some(info) = kind.conn().extensions().get::<TlsInfo>() {
            request.extensions_mut().insert(info.clone());
        }
        kind.prepare(&mut request);
        // A router is always ready.
        TrackedResponse { called: router.call(request), kind: Some(kind), outer }
    }
}

/// The response to a call.
pub struct TrackedResponse {
    called: RouteFuture<Infallible>,
    /// None once the response is returned.
    kind: Option<RequestKind>,
    /// A layer around the routes that may answer in place of the handler.
    outer: Option<OuterCall>,
}

impl Drop for TrackedResponse {
    fn drop(&mut self) {
        if let (Some(kind), Some(outer)) = (&self.kind, &self.outer)
            && outer.is_cut()
        {
            kind.count_cut();
        }
    }
}

impl fmt::Debug for TrackedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedResponse").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Future for TrackedResponse {
    type Output = Result<Response<tonic::body::Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (response, kind) = (ready!(Pin::new(&mut this.called).poll(cx))?, this.kind.take());
        let response = kind.expect("not polled after it was ready").answer(response);
        Poll::Ready(Ok(response.map(|body| tonic::body::Body::new(BytesBody(body)))))
    }
}

/// Finds the connection of a call by its key, which tonic inserts into the extensions: an identity of our own in its
/// place would take `remote_addr` and the certificates of TLS from the user.
#[derive(Debug)]
enum ConnLookup {
    /// That of the server, which tonic clones for each connection.
    OfServer(Arc<Connections>),
    /// Such a clone, and all clones of it: of one connection, unless a layer made them.
    OfConnection(Arc<CachedConn>),
}

/// The connection of the first call, which most likely is that of the others. Without it, each call takes the lock of
/// the table, which all connections share. In one thread that costs no more instructions (callgrind): what it saves is the
/// wait for other threads.
#[derive(Debug)]
struct CachedConn {
    connections: Arc<Connections>,
    first: OnceLock<(ConnectionKey, Arc<ConnShared>)>,
}

impl Clone for ConnLookup {
    fn clone(&self) -> Self {
        Self::OfConnection(match self {
            Self::OfServer(connections) => {
                Arc::new(CachedConn { connections: Arc::clone(connections), first: OnceLock::new() })
            }
            Self::OfConnection(cached) => Arc::clone(cached),
        })
    }
}

impl ConnLookup {
    #[inline]
    fn connections(&self) -> &Arc<Connections> {
        match self {
            Self::OfServer(connections) => connections,
            Self::OfConnection(cached) => &cached.connections,
        }
    }

    #[inline]
    fn kind(&self, request: &Request<Body>) -> RequestKind {
        let key = ConnectionKey::from_extensions(request.extensions());
        let conn = match (self, key) {
            (Self::OfConnection(cached), Some(key)) => cached.get(key),
            _ => Cow::Owned(self.connections().find(key)),
        };
        RequestKind::of(request, &conn, |name| name::grpc(request, name))
    }
}

impl CachedConn {
    #[inline]
    fn get(&self, key: ConnectionKey) -> Cow<'_, Arc<ConnShared>> {
        let (first, conn) = self.first.get_or_init(|| (key, self.connections.find(Some(key))));
        if *first == key && conn.is_open() {
            Cow::Borrowed(conn)
        } else {
            Cow::Owned(self.connections.find(Some(key)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use axum::http::Extensions;

    use super::{ConnLookup, ConnectionKey, Connections};
    use crate::state::ServerState;

    #[test]
    fn the_first_connection_is_not_the_next_one_with_the_same_key() {
        let connections = Connections::new(ServerState::default());
        let of_server = ConnLookup::OfServer(Arc::clone(&connections));
        let ConnLookup::OfConnection(cached) = of_server.clone() else { panic!("it is one") };
        let addr = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let key = ConnectionKey::Tcp(addr(1), addr(2));
        let open = || connections.admit_incoming(tokio::io::duplex(1).0, Some(key), (), Extensions::new());
        let io = open();
        let first = Arc::clone(&cached.get(key));
        assert!(Arc::ptr_eq(&first, &cached.get(key)));
        drop(io);
        let _io = open();
        assert!(cached.get(key).is_open());
        assert!(!Arc::ptr_eq(&first, &cached.get(key)));
    }
}
