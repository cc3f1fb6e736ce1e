//! The gRPC server.

mod incoming;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::body::{Bytes, HttpBody};
use axum::http::{Extensions, Request, Response};
use axum::serve::Listener;
use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::service::Routes;
use tonic::transport::server::Connected;
use tonic::transport::{Channel, Endpoint, Server};
use tower_layer::Layer;
use tower_service::Service as Tower;

use service_group::BoxError;

use self::incoming::{accepted, cuttable};
use crate::connection::into_listener::{BindFuture, IntoListener, Listening, without_delay};
use crate::connection::listen_addr::ListenAddr;
use crate::connection::security::{Bound, Security};
use crate::requests::conn::ConnShared;
use crate::serve::conn_service::ConnService;
use crate::serve::protocol::Protocol;
use crate::serve::server_task::{ServerTask, ShutdownHandle};
use crate::serve::tracked_routes::TrackedRoutes;
use crate::serve::{self, BodyOfConn, ServiceOfConn};
use crate::state::ServerState;
use crate::stop::service_of_task;

/// A tonic server that always stops within its window, whatever its clients do.
///
/// It answers from the moment that it exists, and stops as an `HttpServer` does: the listening socket closes,
/// [`Draining`](crate::Draining) fires in the extensions of all requests, calls in flight get the window, and what is
/// left when [`StopContext::forced`](service_group::StopContext::forced) fires is cut.
///
/// Reflection streams and `Watch` streams of grpc.health.v1 never end by themselves: they end with `UNAVAILABLE` when the
/// drain begins, and do not count as cut.
///
/// A call whose `grpc-timeout` passes before its answer begins is answered with `CANCELLED`, as tonic does, and its
/// handler is dropped. Handlers find tonic's `remote_addr()` and whatever else tonic inserts for a connection.
///
/// Dropped without a stop, it cuts everything at once.
#[derive(Debug)]
#[must_use = "dropped, a server cuts all its connections"]
pub struct GrpcServer {
    pub(crate) task: ServerTask,
    local_addr: ListenAddr,
    /// TLS of this crate.
    has_tls: bool,
}

impl GrpcServer {
    /// Listens on an address or on a socket that was handed over, and serves as `Server::builder()` of tonic would.
    ///
    /// # Errors
    ///
    /// If the address cannot be resolved or listened on, or the socket was not handed over; the error names it.
    // Boxed for the same reason as `HttpServer::bind`.
    pub fn bind<'a>(address: impl IntoListener + 'a, routes: Routes) -> BindFuture<'a, Self> {
        Box::pin(async move {
            let Bound { socket, security } = address.listen().await?;
            Ok(match socket {
                Listening::Tcp(listener) => Self::start(without_delay(listener), &security, routes),
                #[cfg(unix)]
                Listening::UnixPath(listener) => Self::start(listener, &security, routes),
                #[cfg(unix)]
                Listening::Unix(listener) => Self::start(listener, &security, routes),
            })
        })
    }

    /// Serves in our own loop.
    #[cfg_attr(not(feature = "tls"), expect(unused_variables, reason = "all is plain"))]
    fn start<L: Listener<Io: Connected>>(listener: L, security: &Security, routes: Routes) -> Self {
        let routes = routes.prepare().into_axum_router();
        let conn_service = move |io: &L::Io, extensions: &mut Extensions| {
            extensions.insert(io.connect_info());
            ConnService::maker(routes.clone(), Protocol::Grpc)
        };
        #[cfg(feature = "tls")]
        if let Some(acceptor) = security.grpc() {
            let server = Self::spawn(listener, move |io, _, extensions| {
                let service = conn_service(&io, extensions);
                Some((acceptor.accept(io), service))
            });
            return Self { has_tls: true, ..server };
        }
        Self::spawn(listener, move |io, _, extensions| {
            let service = conn_service(&io, extensions);
            Some((io, service))
        })
    }

    /// Spawns the serve loop. `open` is that of [`serve::serve`].
    fn spawn<L, T, M, S, B>(
        listener: L,
        open: impl FnMut(L::Io, L::Addr, &mut Extensions) -> Option<(T, M)> + Send + 'static,
    ) -> Self
    where
        L: Listener,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        M: FnOnce(Arc<ConnShared>) -> S + Send + 'static,
        S: ServiceOfConn<B>,
        B: BodyOfConn,
    {
        let local_addr =
            listener.local_addr().map_or(ListenAddr::UNKNOWN, |addr| ListenAddr::from_any(&addr));
        let shutdown = ShutdownHandle::new(ServerState::default());
        let serve = serve::serve(listener, open, Protocol::Grpc, &shutdown);
        Self { task: ServerTask::spawn(shutdown, serve), local_addr, has_tls: false }
    }

    /// Listens on an address or on a socket that was handed over, and serves with a tonic server of your own: its limits
    /// and layers all apply.
    ///
    /// Layers of the server are outside of the tracking of calls: see [`TrackedRoutes`]. `TCP_NODELAY` is set on all
    /// connections, and [`channel`](Self::channel) connects to this server unless the server has a TLS of its own. What
    /// `Server` would set on the sockets of its own listener, `tcp_nodelay` and `tcp_keepalive`, has no effect.
    ///
    /// ```
    /// # async fn example(routes: tonic::service::Routes) -> std::io::Result<()> {
    /// use std::time::Duration;
    ///
    /// use service_group_servers::GrpcServer;
    /// use tonic::transport::Server;
    ///
    /// let limited = Server::builder().concurrency_limit_per_connection(32).timeout(Duration::from_secs(30));
    /// let server = GrpcServer::bind_with("127.0.0.1:0", limited, routes).await?;
    /// println!("listening on {}", server.local_addr());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the address cannot be resolved or listened on, or the socket was not handed over; the error names it.
    // Boxed for the same reason as `HttpServer::bind`.
    pub fn bind_with<'a, L, B>(
        address: impl IntoListener + 'a,
        server: Server<L>,
        routes: Routes,
    ) -> BindFuture<'a, Self>
    where
        L: Layer<TrackedRoutes> + Send + 'static,
        L::Service: Tower<Request<tonic::body::Body>, Response = Response<B>> + Clone + Send + 'static,
        <L::Service as Tower<Request<tonic::body::Body>>>::Future: Send,
        <L::Service as Tower<Request<tonic::body::Body>>>::Error: Into<BoxError> + Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Box::pin(async move {
            let Bound { socket, security } = address.listen().await?;
            Ok(match socket {
                Listening::Tcp(listener) => {
                    Self::start_with(without_delay(listener), &security, server, routes)
                }
                #[cfg(unix)]
                Listening::UnixPath(listener) => Self::start_with(listener, &security, server, routes),
                #[cfg(unix)]
                Listening::Unix(listener) => Self::start_with(listener, &security, server, routes),
            })
        })
    }

    /// Serves a listener with a tonic server of the user's own.
    #[cfg_attr(not(feature = "tls"), expect(unused_variables, reason = "all is plain"))]
    fn start_with<S, L, B>(listener: S, security: &Security, server: Server<L>, routes: Routes) -> Self
    where
        S: Listener<Io: Connected>,
        L: Layer<TrackedRoutes> + Send + 'static,
        L::Service: Tower<Request<tonic::body::Body>, Response = Response<B>> + Clone + Send + 'static,
        <L::Service as Tower<Request<tonic::body::Body>>>::Future: Send,
        <L::Service as Tower<Request<tonic::body::Body>>>::Error: Into<BoxError> + Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let local_addr =
            listener.local_addr().map_or(ListenAddr::UNKNOWN, |addr| ListenAddr::from_any(&addr));
        let incoming = accepted(listener);
        #[cfg(feature = "tls")]
        if let Some(acceptor) = security.grpc() {
            let server = Self::serve_own(incoming, move |io| acceptor.accept(io), server, routes);
            return Self { local_addr, has_tls: true, ..server };
        }
        Self { local_addr, ..Self::serve_own(incoming, |io| io, server, routes) }
    }

    /// Serves connections of your own with a tonic server of your own: its TLS, limits and layers all apply. What
    /// [`Server`] would set on the sockets of its own listener, `tcp_nodelay` and `tcp_keepalive`, is up to
    /// `incoming`.
    ///
    /// It stays in tonic's loop, since a `Server` does not expose its settings. On an address,
    /// [`bind_with`](Self::bind_with) does the same.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn from_incoming<I, IO, IE, L, B>(incoming: I, server: Server<L>, routes: Routes) -> Self
    where
        I: Stream<Item = Result<IO, IE>> + Send + 'static,
        IO: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
        IE: Into<BoxError> + Send + 'static,
        L: Layer<TrackedRoutes> + Send + 'static,
        L::Service: Tower<Request<tonic::body::Body>, Response = Response<B>> + Clone + Send + 'static,
        <L::Service as Tower<Request<tonic::body::Body>>>::Future: Send,
        <L::Service as Tower<Request<tonic::body::Body>>>::Error: Into<BoxError> + Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::serve_own(incoming, |io| io, server, routes)
    }

    /// Serves connections with a tonic server of the user's own. `wrap` makes of a connection what is served.
    fn serve_own<I, IO, IE, T, L, B>(
        incoming: I,
        wrap: impl Fn(IO) -> T + Send + Sync + 'static,
        server: Server<L>,
        routes: Routes,
    ) -> Self
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
        let task = ServerTask::spawn(shutdown, serve);
        Self { task, local_addr: ListenAddr::UNKNOWN, has_tls: false }
    }

    /// Returns the address that the server listens on. It is unknown for [`from_incoming`](Self::from_incoming), since a
    /// stream of connections does not report it.
    #[must_use]
    pub fn local_addr(&self) -> &ListenAddr {
        &self.local_addr
    }

    /// Returns a channel to this server, for callers in the same process. It connects when it is first used, over loopback
    /// if the server listens on all addresses.
    ///
    /// # Errors
    ///
    /// - If the server has TLS: only its user knows how a client trusts its certificate.
    /// - If it does not listen on TCP, or was made by [`from_incoming`](Self::from_incoming): a channel of tonic to the
    ///   address of its listener does the same.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn channel(&self) -> io::Result<Channel> {
        if self.has_tls {
            let text = format!(
                "a channel of the server on {} would have to trust its certificate; connect an `Endpoint` of tonic that \
                 does, by `tls_config`",
                self.local_addr
            );
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        let local = self.local_addr.tcp().ok_or_else(|| {
            let text = format!(
                "a channel needs a server made by `GrpcServer::bind` or `bind_with` on TCP; this one listens on {}",
                self.local_addr
            );
            io::Error::new(io::ErrorKind::Unsupported, text)
        })?;
        let endpoint = Endpoint::from_shared(format!("http://{}", reachable(local)));
        Ok(endpoint.expect("an address and port make a URI").tcp_nodelay(true).connect_lazy())
    }
}

fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

service_of_task!(GrpcServer);
