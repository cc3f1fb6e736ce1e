//! The HTTP server.

mod into_http_service;

use axum::http::{Request, Response};
use axum::serve::Listener;
use hyper::body::Incoming;
use service_group::BoxError;
use tokio::net::TcpListener;
use tower_service::Service;

use self::into_http_service::PerConnection;
pub use self::into_http_service::{IncomingStream, IntoHttpService};
use crate::connection::into_listener::{BindFuture, IntoListener, Listening, without_delay};
use crate::connection::listen_addr::ListenAddr;
use crate::connection::security::{Bound, Security};
use crate::serve;
use crate::serve::conn_service::ConnService;
use crate::serve::http_service::Routes;
use crate::serve::protocol::Protocol;
use crate::serve::raw_service::RawService;
use crate::serve::server_task::ServerTask;
use crate::stop::service_of_task;

/// An axum server that always stops within its window, whatever its clients do.
///
/// It answers from the moment that it exists. When it is asked to stop:
///
/// 1. The listening socket closes, [`Draining`](crate::Draining) fires in all handlers, and HTTP/1 answers carry
///    `Connection: close`; in a group they do so from the start of the lame duck.
/// 2. Open connections may still bring a request that was on its way, for 100 ms in which the runtime runs, one second at
///    most. Without a connection there is no wait.
/// 3. Requests in flight, an open WebSocket among them, get what is left of the window. Connections that carry none are
///    closed.
/// 4. When [`StopContext::forced`](service_group::StopContext::forced) fires, all that is left is cut, and reported by name and age.
///
/// It serves a router, and whatever else is an [`IntoHttpService`]. Dropped without a stop, it cuts everything at once.
///
/// A request head of HTTP/1 must be complete 30 s after its first byte. Idle connections stay open.
///
/// ```
/// # async fn example() -> std::io::Result<()> {
/// use axum::{Router, routing::get};
/// use service_group_servers::HttpServer;
///
/// let router = Router::new().route("/", get(|| async { "hello" }));
/// let server = HttpServer::bind("127.0.0.1:0", router).await?;
/// println!("http://{}", server.local_addr());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropped, a server cuts all its connections"]
pub struct HttpServer {
    pub(crate) task: ServerTask,
}

impl HttpServer {
    /// Listens on an address or on a socket that was handed over, and serves.
    ///
    /// # Errors
    ///
    /// If the address cannot be resolved or listened on, or the socket was not handed over; the error names it. Also if it
    /// is a Unix socket and handlers extract the address of their peer, which only TCP has: bind tokio's `UnixListener`
    /// then, and pass it to [`from_listener`](Self::from_listener). A Unix socket that was handed over stays available to
    /// `InheritedSocket::unix`.
    // Boxed, with a type that mentions neither argument: of an `async fn`, rustc reports a wrong argument again for the
    // future, and once more where it is awaited.
    pub fn bind<'a, M>(address: impl IntoListener + 'a, service: M) -> BindFuture<'a, Self>
    where
        M: IntoHttpService<TcpListener>,
    {
        Box::pin(async move {
            Ok(match service.into_service() {
                service @ PerConnection::PerPeer(_) => {
                    let Bound { socket, security } = address.listen_on_tcp().await?;
                    Self::over_tcp(socket, &security, service)
                }
                PerConnection::Shared(routes) => {
                    let Bound { socket, security } = address.listen().await?;
                    match socket {
                        Listening::Tcp(listener) => {
                            Self::over_tcp(listener, &security, PerConnection::Shared(routes))
                        }
                        #[cfg(unix)]
                        Listening::UnixPath(listener) => {
                            Self::start(listener, &security, move |_, _| Some(routes.clone()))
                        }
                        #[cfg(unix)]
                        Listening::Unix(listener) => {
                            Self::start(listener, &security, move |_, _| Some(routes.clone()))
                        }
                    }
                }
            })
        })
    }

    fn over_tcp<R: Routes>(
        listener: TcpListener,
        security: &Security,
        mut service: PerConnection<TcpListener, R>,
    ) -> Self {
        Self::start(without_delay(listener), security, move |io, peer| service.routes(io, peer))
    }

    /// Serves a listener of your own.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn from_listener<L, M>(listener: L, service: M) -> Self
    where
        L: Listener,
        M: IntoHttpService<L>,
    {
        let mut service = service.into_service();
        Self::start(listener, &Security::default(), move |io, peer| service.routes(io, peer))
    }

    /// Serves a tower service of your own over hyper's bodies, without axum: a proxy, a service of another framework, or
    /// a handler that reads its requests as `hyper` delivers them.
    ///
    /// Each request has a clone of the service, which is polled until it is ready and then called. The extensions of the
    /// request contain [`Draining`](crate::Draining). An error of the service ends its connection over HTTP/1, and resets
    /// its stream over HTTP/2; such a request counts neither as answered nor as cut.
    ///
    /// ```
    /// # async fn example() -> std::io::Result<()> {
    /// use std::convert::Infallible;
    ///
    /// use http_body_util::Full;
    /// use hyper::body::{Bytes, Incoming};
    /// use hyper::{Request, Response};
    /// use service_group_servers::HttpServer;
    /// use tokio::net::TcpListener;
    ///
    /// let service = tower::service_fn(async |request: Request<Incoming>| {
    ///     let body = Full::new(Bytes::from(format!("hello from {}", request.uri().path())));
    ///     Ok::<_, Infallible>(Response::new(body))
    /// });
    /// let server = HttpServer::serve_service(TcpListener::bind("127.0.0.1:0").await?, service);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn serve_service<L, S, B>(listener: L, service: S) -> Self
    where
        L: Listener,
        S: Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>, Future: Send + 'static>
            + Clone
            + Send
            + 'static,
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        let task = serve::spawn(Protocol::Http, listener, move |io, _, _| {
            Some((io, RawService::maker(service.clone())))
        });
        Self { task }
    }

    #[cfg_attr(not(feature = "tls"), expect(unused_variables, reason = "all is plain"))]
    fn start<L, R>(
        listener: L,
        security: &Security,
        mut routes: impl FnMut(&L::Io, L::Addr) -> Option<R> + Send + 'static,
    ) -> Self
    where
        L: Listener,
        R: Routes,
    {
        #[cfg(feature = "tls")]
        if let Some(acceptor) = security.http() {
            let task = serve::spawn(Protocol::Http, listener, move |io, peer, _| {
                let routes = routes(&io, peer)?;
                Some((acceptor.accept(io), ConnService::maker(routes, Protocol::Http)))
            });
            return Self { task };
        }
        let task = serve::spawn(Protocol::Http, listener, move |io, peer, _| {
            let routes = routes(&io, peer)?;
            Some((io, ConnService::maker(routes, Protocol::Http)))
        });
        Self { task }
    }

    /// Returns the address that the server listens on. For port 0 it has the port that the system chose.
    #[must_use]
    pub fn local_addr(&self) -> &ListenAddr {
        self.task.local_addr()
    }
}

service_of_task!(HttpServer);
