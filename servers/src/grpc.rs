//! The gRPC server.

mod channel;
mod incoming;
mod own_server;

use std::io;

use axum::body::{Bytes, HttpBody};
use axum::http::{Extensions, Request, Response};
use axum::serve::Listener;
use futures_util::Stream;
use service_group::BoxError;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::service::Routes;
use tonic::transport::server::Connected;
use tonic::transport::{Channel, Server};
use tower_layer::Layer;
use tower_service::Service as Tower;

use self::incoming::accepted;
use crate::connection::into_listener::{BindFuture, IntoListener, Listening, without_delay};
use crate::connection::listen_addr::ListenAddr;
use crate::connection::security::{Bound, Security};
use crate::serve;
use crate::serve::conn_service::ConnService;
use crate::serve::protocol::Protocol;
use crate::serve::server_task::ServerTask;
use crate::serve::tracked_routes::TrackedRoutes;
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
            let task = serve::spawn(Protocol::Grpc, listener, move |io, _, extensions| {
                let service = conn_service(&io, extensions);
                Some((acceptor.accept(io), service))
            });
            return Self { task, has_tls: true };
        }
        let task = serve::spawn(Protocol::Grpc, listener, move |io, _, extensions| {
            let service = conn_service(&io, extensions);
            Some((io, service))
        });
        Self { task, has_tls: false }
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
        let local_addr = ListenAddr::of(&listener);
        let incoming = accepted(listener);
        #[cfg(feature = "tls")]
        if let Some(acceptor) = security.grpc() {
            let wrap = move |io| acceptor.accept(io);
            return Self {
                task: own_server::spawn(incoming, wrap, local_addr, server, routes),
                has_tls: true,
            };
        }
        Self { task: own_server::spawn(incoming, |io| io, local_addr, server, routes), has_tls: false }
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
        let task = own_server::spawn(incoming, |io| io, ListenAddr::UNKNOWN, server, routes);
        Self { task, has_tls: false }
    }

    /// Returns the address that the server listens on. It is unknown for [`from_incoming`](Self::from_incoming), since a
    /// stream of connections does not report it.
    #[must_use]
    pub fn local_addr(&self) -> &ListenAddr {
        self.task.local_addr()
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
        channel::connect(self.local_addr(), self.has_tls)
    }
}

service_of_task!(GrpcServer);
