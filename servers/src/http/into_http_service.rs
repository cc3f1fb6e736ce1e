//! What an HTTP server serves: routers, handlers, and what layers have made of them.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected, IntoMakeServiceWithConnectInfo};
use axum::handler::HandlerService;
use axum::middleware::AddExtension;
use axum::routing::{IntoMakeService, MethodRouter};
use axum::serve::Listener;
use futures_util::FutureExt;
use service_group::text::catch_panic;
use tower_service::Service;

use crate::serve::http_service::{Boxed, HttpService, Routes};

/// What an [`HttpServer`](crate::HttpServer) can serve: what `axum::serve` takes, except make-services of your own.
///
/// - A [`Router`], a [`MethodRouter`] or a [handler](axum::handler::HandlerWithoutStateExt).
/// - `router.into_make_service_with_connect_info::<C>()`, where handlers extract the address of their peer: they get `ConnectInfo<C>`,
///   with std's or tokio's `SocketAddr` as the listener has it, or a `C` of your own that is [`Connected`] to an
///   [`IncomingStream`]. If it panics, that connection is dropped, and the server goes on.
/// - `into_make_service()` of a router with layers around it, which act before the route is found, as tower-http's
///   `NormalizePath` has to. A request that waits there for its turn is in flight as well.
///
/// What such layers make of a router has to be `Clone`, to answer with axum's `Response<Body>`, and never to fail: axum's
/// `HandleErrorLayer` makes an answer of an error, for example that of a timeout.
///
/// ```
/// # async fn example() -> std::io::Result<()> {
/// use std::net::SocketAddr;
///
/// use axum::{Router, extract::ConnectInfo, routing::get};
/// use service_group_servers::HttpServer;
///
/// let router = Router::new().route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()));
/// let server =
///     HttpServer::bind("127.0.0.1:0", router.into_make_service_with_connect_info::<SocketAddr>()).await?;
/// # Ok(())
/// # }
/// ```
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    label = "an `HttpServer` cannot serve this",
    note = "it serves a `Router` that has its state, `router.with_state(..)`, or `router.into_make_service()`, or \
            `router.into_make_service_with_connect_info::<SocketAddr>()`",
    note = "what layers around a router make of it has to answer with axum's `Response<Body>` and `Infallible` as its error"
)]
pub trait IntoHttpService<L: Listener>: sealed::IntoService<L> {}

mod sealed {
    use super::{Listener, PerConnection, Routes};

    pub trait IntoService<L: Listener>: Send + 'static {
        type Routes: Routes;

        fn into_service(self) -> PerConnection<L, Self::Routes>;
    }
}

/// What answers the requests of a connection.
pub enum PerConnection<L: Listener, R> {
    /// The same routes for all connections.
    Shared(R),
    /// Routes of its own, which know its peer.
    PerPeer(MakeRoutes<L, R>),
}

type MakeRoutes<L, R> = Box<dyn FnMut(IncomingStream<'_, L>) -> R + Send>;

impl<L: Listener, R> fmt::Debug for PerConnection<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared(_) => "Shared",
            Self::PerPeer(_) => "PerPeer",
        })
    }
}

impl<L: Listener, R: Routes> PerConnection<L, R> {
    /// Returns the routes of a connection; `None` if the user's code panics. Other connections are not affected.
    pub(super) fn routes(&mut self, io: &L::Io, remote_addr: L::Addr) -> Option<R> {
        match self {
            Self::Shared(routes) => Some(routes.clone()),
            Self::PerPeer(make) => {
                let stream = IncomingStream { io, remote_addr };
                let log = |panic: &String| {
                    let event =
                        || tracing::error!(panic, "`connect_info` panicked: the connection is dropped");
                    // A subscriber that panics loses the event alone.
                    let _ = catch_panic(event);
                };
                catch_panic(|| make(stream)).inspect_err(log).ok()
            }
        }
    }
}

/// A connection that was accepted, from which `Connected` makes what handlers extract.
///
/// ```
/// use axum::extract::connect_info::Connected;
/// use service_group_servers::IncomingStream;
/// use tokio::net::TcpListener;
///
/// #[derive(Clone)]
/// struct Client {
///     port: u16,
///     ttl: Option<u32>,
/// }
///
/// impl Connected<IncomingStream<'_, TcpListener>> for Client {
///     fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
///         Self { port: stream.remote_addr().port(), ttl: stream.io().ttl().ok() }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct IncomingStream<'a, L: Listener> {
    io: &'a L::Io,
    remote_addr: L::Addr,
}

impl<L: Listener> IncomingStream<'_, L> {
    /// Returns what the listener has accepted.
    #[must_use]
    pub fn io(&self) -> &L::Io {
        self.io
    }

    /// Returns the address of the peer.
    #[must_use]
    pub fn remote_addr(&self) -> &L::Addr {
        &self.remote_addr
    }
}

impl<L: Listener<Addr = Self>> Connected<IncomingStream<'_, L>> for SocketAddr {
    fn connect_info(stream: IncomingStream<'_, L>) -> Self {
        stream.remote_addr
    }
}

#[cfg(unix)]
impl<L: Listener<Addr = Self>> Connected<IncomingStream<'_, L>> for tokio::net::unix::SocketAddr {
    fn connect_info(stream: IncomingStream<'_, L>) -> Self {
        stream.remote_addr
    }
}

// A type that does not implement the trait is reported with the notes above, and not with a list of these.
#[diagnostic::do_not_recommend]
impl<L: Listener> IntoHttpService<L> for Router {}

impl<L: Listener> sealed::IntoService<L> for Router {
    type Routes = Self;

    fn into_service(self) -> PerConnection<L, Self> {
        PerConnection::Shared(self.with_state(()))
    }
}

#[diagnostic::do_not_recommend]
impl<L: Listener> IntoHttpService<L> for MethodRouter {}

impl<L: Listener> sealed::IntoService<L> for MethodRouter {
    type Routes = Self;

    fn into_service(self) -> PerConnection<L, Self> {
        PerConnection::Shared(self.with_state(()))
    }
}

#[diagnostic::do_not_recommend]
impl<L, H, T, S> IntoHttpService<L> for HandlerService<H, T, S>
where
    L: Listener,
    Self: Routes,
{
}

impl<L, H, T, S> sealed::IntoService<L> for HandlerService<H, T, S>
where
    L: Listener,
    Self: Routes,
{
    type Routes = Self;

    fn into_service(self) -> PerConnection<L, Self> {
        PerConnection::Shared(self)
    }
}

impl<L: Listener, S: HttpService> IntoHttpService<L> for IntoMakeService<S> {}

impl<L: Listener, S: HttpService> sealed::IntoService<L> for IntoMakeService<S> {
    type Routes = Boxed<S>;

    fn into_service(mut self) -> PerConnection<L, Boxed<S>> {
        PerConnection::Shared(Boxed::new(ready(self.call(()))))
    }
}

impl<L, S, C> IntoHttpService<L> for IntoMakeServiceWithConnectInfo<S, C>
where
    L: Listener,
    S: HttpService,
    C: for<'a> Connected<IncomingStream<'a, L>>,
{
}

impl<L, S, C> sealed::IntoService<L> for IntoMakeServiceWithConnectInfo<S, C>
where
    L: Listener,
    S: HttpService,
    C: for<'a> Connected<IncomingStream<'a, L>>,
{
    type Routes = Boxed<AddExtension<S, ConnectInfo<C>>>;

    fn into_service(mut self) -> PerConnection<L, Self::Routes> {
        PerConnection::PerPeer(Box::new(move |stream| Boxed::new(ready(self.call(stream)))))
    }
}

/// Returns the output of a future of axum that is ready at its first poll.
fn ready<R>(making: impl Future<Output = Result<R, Infallible>>) -> R {
    let Ok(routes) = making.now_or_never().expect("ready at its first poll");
    routes
}
