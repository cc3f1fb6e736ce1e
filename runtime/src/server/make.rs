//! What an HTTP server serves.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected, IntoMakeServiceWithConnectInfo};
use axum::handler::HandlerService;
use axum::middleware::AddExtension;
use axum::routing::{IntoMakeService, MethodRouter};
use axum::serve::Listener;
use futures_util::FutureExt;
use tower_service::Service;

use super::routes::{Answers, Boxed, Routes};
use crate::text::panic_message;

/// What an [`HttpServer`](crate::HttpServer) can serve: what `axum::serve` takes, but for make-services of your own.
///
/// - A [`Router`], a [`MethodRouter`] or a [handler](axum::handler::HandlerWithoutStateExt).
/// - `router.into_make_service_with_connect_info::<C>()`, where handlers want to know who asks: they get `ConnectInfo<C>`,
///   with std's or tokio's `SocketAddr` as the listener has it, or a `C` of your own that is [`Connected`] to an
///   [`IncomingStream`]. Should it panic, that connection is dropped, and the server goes on.
/// - `into_make_service()` of a router with layers around it, which act before the route is found, as tower-http's
///   `NormalizePath` has to. A request that waits there for its turn is in flight as well.
///
/// What such layers make of a router has to be `Clone`, to answer with axum's `Response<Body>`, and never to fail: axum's
/// `HandleErrorLayer` makes an answer of the error of a timeout, say.
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
    note = "it serves a `Router` that has its state, `router.into_make_service()`, or \
            `router.into_make_service_with_connect_info::<SocketAddr>()`",
    note = "what layers around a router make of it has to answer with axum's `Response<Body>` and `Infallible` as its error"
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
    /// None if the user's code panics over this connection, which takes the server from nobody else.
    pub(super) fn routes(&mut self, io: &L::Io, remote_addr: L::Addr) -> Option<R> {
        match self {
            Self::Alike(routes) => Some(routes.clone()),
            Self::Each(make) => {
                let stream = IncomingStream { io, remote_addr };
                let result = catch_unwind(AssertUnwindSafe(|| make(stream)));
                let told = |panic: &Box<dyn Any + Send>| {
                    tracing::error!(
                        panic = panic_message(&**panic),
                        "`connect_info` panicked: a connection is dropped"
                    );
                };
                result.inspect_err(told).ok()
            }
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
impl<L: Listener> MakeService<L> for MethodRouter {}

impl<L: Listener> sealed::Make<L> for MethodRouter {
    type Routes = Self;

    fn make(self) -> Made<L, Self> {
        Made::Alike(self.with_state(()))
    }
}

#[diagnostic::do_not_recommend]
impl<L, H, T, S> MakeService<L> for HandlerService<H, T, S>
where
    L: Listener,
    Self: Routes,
{
}

impl<L, H, T, S> sealed::Make<L> for HandlerService<H, T, S>
where
    L: Listener,
    Self: Routes,
{
    type Routes = Self;

    fn make(self) -> Made<L, Self> {
        Made::Alike(self)
    }
}

impl<L: Listener, S: Answers> MakeService<L> for IntoMakeService<S> {}

impl<L: Listener, S: Answers> sealed::Make<L> for IntoMakeService<S> {
    type Routes = Boxed<S>;

    fn make(mut self) -> Made<L, Boxed<S>> {
        Made::Alike(Boxed::new(made(self.call(()))))
    }
}

impl<L, S, C> MakeService<L> for IntoMakeServiceWithConnectInfo<S, C>
where
    L: Listener,
    S: Answers,
    C: for<'a> Connected<IncomingStream<'a, L>>,
{
}

impl<L, S, C> sealed::Make<L> for IntoMakeServiceWithConnectInfo<S, C>
where
    L: Listener,
    S: Answers,
    C: for<'a> Connected<IncomingStream<'a, L>>,
{
    type Routes = Boxed<AddExtension<S, ConnectInfo<C>>>;

    fn make(mut self) -> Made<L, Self::Routes> {
        Made::Each(Box::new(move |stream| Boxed::new(made(self.call(stream)))))
    }
}

/// These of axum are made at once.
fn made<R>(making: impl Future<Output = Result<R, Infallible>>) -> R {
    let Ok(routes) = making.now_or_never().expect("ready from its begin");
    routes
}
