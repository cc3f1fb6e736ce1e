//! What an HTTP server serves: what `axum::serve` takes.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected, IntoMakeServiceWithConnectInfo};
use axum::middleware::AddExtension;
use axum::routing::IntoMakeService;
use axum::serve::Listener;
use futures_util::FutureExt;
use tower_service::Service;

use super::serve::Routes;

/// What an [`HttpServer`](crate::HttpServer) can serve, as with `axum::serve`:
///
/// - a [`Router`];
/// - `router.into_make_service_with_connect_info::<C>()`, where handlers want to know who asks: they get
///   `ConnectInfo<C>`, with a `C` that is the address of a peer, or a type of your own that is
///   [`Connected`] to an [`IncomingStream`];
/// - `into_make_service()` of a router with a layer around it that acts before the route is found, such as tower-http's
///   `NormalizePath`. A request that waits there for its turn is in flight as well. The futures of such a service have to
///   be [`Unpin`]; where they are not, `boxed_clone` of tower's `ServiceBuilder` makes them so.
///
/// ```
/// # async fn example() -> std::io::Result<()> {
/// use std::net::SocketAddr;
///
/// use axum::{Router, extract::ConnectInfo, routing::get};
/// use service_group::HttpServer;
///
/// let router = Router::new().route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()));
/// let server =
///     HttpServer::bind("127.0.0.1:0", router.into_make_service_with_connect_info::<SocketAddr>()).await?;
/// # Ok(())
/// # }
/// ```
///
/// It is sealed.
#[diagnostic::on_unimplemented(
    label = "an `HttpServer` cannot serve this",
    note = "it serves what `axum::serve` does: a `Router` that has its state, `router.into_make_service()` or \
            `router.into_make_service_with_connect_info::<SocketAddr>()`",
    note = "other types of `ConnectInfo` have to be `Connected` to a `service_group::IncomingStream`, and the futures of \
            layers around a router have to be `Unpin`, as `tower::ServiceBuilder::boxed_clone` makes them"
)]
pub trait MakeService<L: Listener>: sealed::Make<L> {}

mod sealed {
    use super::{Listener, Made, Routes};

    pub trait Make<L: Listener>: Send + 'static {
        type Routes: Routes;

        fn make(self) -> Made<L, Self::Routes>;
    }
}

/// What answers the requests of connections.
pub enum Made<L: Listener, R> {
    /// The same for all.
    Alike(R),
    /// Those of a connection know whose it is.
    Each(Each<L, R>),
}

type Each<L, R> = Box<dyn FnMut(IncomingStream<'_, L>) -> R + Send>;

impl<L: Listener, R> fmt::Debug for Made<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alike(_) => "Alike",
            Self::Each(_) => "Each",
        })
    }
}

impl<L: Listener, R: Routes> Made<L, R> {
    pub(super) fn routes(&mut self, io: &L::Io, remote_addr: L::Addr) -> R {
        match self {
            Self::Alike(routes) => routes.clone(),
            Self::Each(make) => make(IncomingStream { io, remote_addr }),
        }
    }
}

/// A connection that was accepted, for `Connected`: what handlers are told of it.
///
/// ```
/// use axum::extract::connect_info::Connected;
/// use service_group::IncomingStream;
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
    pub(super) io: &'a L::Io,
    pub(super) remote_addr: L::Addr,
}

impl<L: Listener> IncomingStream<'_, L> {
    /// What the listener has accepted.
    #[must_use]
    pub fn io(&self) -> &L::Io {
        self.io
    }

    /// The address of the peer.
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

// What is none is told with what to write, and not with a list of these.
#[diagnostic::do_not_recommend]
impl<L: Listener> MakeService<L> for Router {}

impl<L: Listener> sealed::Make<L> for Router {
    type Routes = Self;

    fn make(self) -> Made<L, Self> {
        Made::Alike(self.with_state(()))
    }
}

#[diagnostic::do_not_recommend]
impl<L: Listener, R: Routes> MakeService<L> for IntoMakeService<R> {}

impl<L: Listener, R: Routes> sealed::Make<L> for IntoMakeService<R> {
    type Routes = R;

    fn make(mut self) -> Made<L, R> {
        Made::Alike(made(self.call(())))
    }
}

#[diagnostic::do_not_recommend]
impl<L, R, C> MakeService<L> for IntoMakeServiceWithConnectInfo<R, C>
where
    L: Listener,
    R: Routes,
    C: for<'a> Connected<IncomingStream<'a, L>>,
{
}

impl<L, R, C> sealed::Make<L> for IntoMakeServiceWithConnectInfo<R, C>
where
    L: Listener,
    R: Routes,
    C: for<'a> Connected<IncomingStream<'a, L>>,
{
    type Routes = AddExtension<R, ConnectInfo<C>>;

    fn make(mut self) -> Made<L, Self::Routes> {
        Made::Each(Box::new(move |stream| made(self.call(stream))))
    }
}

/// These of axum are made at once.
fn made<R>(making: impl Future<Output = Result<R, Infallible>>) -> R {
    let Ok(routes) = making.now_or_never().expect("ready from its begin");
    routes
}
