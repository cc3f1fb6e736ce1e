//! The calls of a tonic server of the user's own: each is in flight on its connection.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::http::{Request, Response};
use axum::routing::future::RouteFuture;
use tonic::service::Routes;
use tower_service::Service;

use crate::connection::connections::Connections;
use crate::connection::key::ConnectionKey;
#[cfg(feature = "tls")]
use crate::connection::tls::TlsInfo;
use crate::requests::body::BytesBody;
use crate::requests::cut_answer::OuterCall;
use crate::requests::kind::RequestKind;
use crate::requests::name::RequestName;

/// The routes of a [`GrpcServer`](crate::GrpcServer), whose calls are tracked: what the layers of a
/// [`Server`](tonic::transport::Server) are put around.
///
/// The tracking is innermost, so that those layers see what they would see without it.
#[derive(Debug, Clone)]
pub struct TrackedRoutes {
    router: Router,
    connections: Arc<Connections>,
}

impl TrackedRoutes {
    pub(crate) fn new(routes: Routes, connections: &Arc<Connections>) -> Self {
        Self { router: routes.prepare().into_axum_router(), connections: Arc::clone(connections) }
    }
}

impl Service<Request<tonic::body::Body>> for TrackedRoutes {
    type Response = Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = TrackedResponse;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<tonic::body::Body>) -> TrackedResponse {
        let Self { router, connections } = self;
        let draining = &connections.state.draining;
        let kind = kind(connections, &request);
        let outer = request.extensions_mut().remove::<OuterCall>();
        if let Some(outer) = &outer {
            outer.set_draining(draining.clone());
        }
        request.extensions_mut().insert(draining.clone());
        #[cfg(feature = "tls")]
        if let Some(info) = kind.conn().extensions().get::<TlsInfo>() {
            request.extensions_mut().insert(info.clone());
        }
        kind.prepare(&mut request, tonic::body::Body::new);
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

/// Returns how a call is tracked on its connection.
///
/// The connection is found by its key, which tonic inserts into the extensions: an identity of our own in its place would take
/// `remote_addr` and the certificates of TLS from the user.
#[inline]
fn kind(connections: &Connections, request: &Request<tonic::body::Body>) -> RequestKind {
    let conn = connections.find(ConnectionKey::from_extensions(request.extensions()));
    RequestKind::of(request, conn, RequestName::grpc(request))
}
