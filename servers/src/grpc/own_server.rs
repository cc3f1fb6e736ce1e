//! Serves with a tonic server of the user's own, in tonic's loop.

use axum::body::{Bytes, HttpBody};
use axum::http::{Request, Response};
use futures_util::Stream;
use service_group::BoxError;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tower_layer::Layer;
use tower_service::Service as Tower;

use super::incoming::cuttable;
use crate::connection::listen_addr::ListenAddr;
use crate::serve::server_task::{ServerTask, ShutdownHandle};
use crate::serve::tracked_routes::TrackedRoutes;
use crate::state::ServerState;

/// Serves connections with a tonic server of the user's own. `wrap` makes of a connection what is served.
pub(super) fn spawn<I, IO, IE, T, L, B>(
    incoming: I,
    wrap: impl Fn(IO) -> T + Send + Sync + 'static,
    local_addr: ListenAddr,
    server: Server<L>,
    routes: Routes,
) -> ServerTask
where
    I: Stream<Item = Result<IO, IE>> + Send + 'static,
    IO: Connected + Send + 'static,
    IE: Into<BoxError> + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    L: Layer<TrackedRoutes> + Send + 'static,
    L::Service: Tower<Request<tonic::body::Body>, Response = Response<B>> + Clone + Send + 'static,
    <L::Service as Tower<Request<tonic::body::Body>>>::Future: Send,
    <L::Service as Tower<Request<tonic::body::Body>>>::Error: Into<BoxError> + Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let shutdown = ShutdownHandle::new(ServerState::with_outer_layers());
    let routes = TrackedRoutes::new(routes, &shutdown.connections);
    let incoming = cuttable(incoming, wrap, &shutdown);
    let serve = server.serve_with_incoming_shutdown(routes, incoming, shutdown.graceful());
    ServerTask::spawn(shutdown, local_addr, serve)
}
