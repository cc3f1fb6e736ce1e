//! The HTTP server.

use std::any::Any;
use std::future::Future;
use std::io;
use std::net::SocketAddr;

use axum::serve::Listener;
use tokio::net::TcpListener;

use super::core::{Core, Reins};
use super::listen::{Address, Listening, without_delay};
use super::make::{Made, MakeService};
use super::routes::Routes;
use super::serve::{self, Protocol};
use super::tally::Tally;
use crate::model::BoxError;
use crate::service::ServiceContext;
use crate::service::{Service, ServiceExit};
use crate::state::StopContext;

/// An axum server that always stops within its window, whatever its clients do.
///
/// It answers from the moment that it exists. When it is told to stop:
///
/// 1. The listening socket closes, [`Draining`](crate::Draining) fires in all handlers, and HTTP/1 answers carry
///    `Connection: close`; in a group they do so from the begin of the lame duck.
/// 2. Connections then open may still bring a request that was on its way, for 100 ms in which the runtime runs, one
///    second at most. With none there is no wait.
/// 3. Requests in flight, an open WebSocket among them, get what is left of the window. Connections that carry none are
///    closed.
/// 4. When [`StopContext::forced`] fires, all that is left is cut, and told in the report by name and age.
///
/// It serves a router, and what else of axum is a [`MakeService`]. Dropped without a stop, it cuts everything at once.
///
/// ```
/// # async fn example() -> std::io::Result<()> {
/// use axum::{Router, routing::get};
/// use service_group::HttpServer;
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
    pub(super) core: Core,
    local_addr: Option<SocketAddr>,
}

impl HttpServer {
    /// Listens on a TCP address, or on a socket that was handed over, and serves.
    ///
    /// # Errors
    ///
    /// When the address cannot be resolved or listened on, or the socket was not handed over; the error names it.
    /// Also where a Unix socket was handed over and handlers want their peer's address, which only TCP has: the socket is
    /// left for `InheritedSocket::unix`, and its listener for [`serve`](Self::serve).
    pub async fn bind<M>(address: impl Address, make_service: M) -> io::Result<Self>
    where
        M: MakeService<TcpListener>,
    {
        Ok(match make_service.make() {
            made @ Made::Each(_) => Self::over_tcp(address.listen_on_tcp().await?, made),
            Made::Alike(routes) => match address.listen().await? {
                Listening::Tcp(listener) => Self::over_tcp(listener, Made::Alike(routes)),
                #[cfg(unix)]
                Listening::Unix(listener) => Self::start(listener, move |_, _| Some(routes.clone())),
            },
        })
    }

    fn over_tcp<R: Routes>(listener: TcpListener, mut made: Made<TcpListener, R>) -> Self {
        Self::start(without_delay(listener), move |io, peer| made.routes(io, peer))
    }

    /// Serves a listener of your own.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn serve<L, M>(listener: L, make_service: M) -> Self
    where
        L: Listener,
        M: MakeService<L>,
    {
        let mut made = make_service.make();
        Self::start(listener, move |io, peer| made.routes(io, peer))
    }

    fn start<L, R>(listener: L, mut routes: impl FnMut(&L::Io, L::Addr) -> Option<R> + Send + 'static) -> Self
    where
        L: Listener,
        R: Routes,
    {
        let local_addr =
            listener.local_addr().ok().and_then(|addr| (&addr as &dyn Any).downcast_ref().copied());
        let reins = Reins::new(Tally::default());
        let serve = serve::serve(listener, move |io, peer, _| routes(io, peer), Protocol::Http, &reins);
        Self { core: Core::spawn(reins, serve), local_addr }
    }

    /// The address that it listens on.
    ///
    /// # Panics
    ///
    /// When it serves a listener that is not on TCP.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr.expect("a server that listens on TCP")
    }
}

// See `task.rs`: no list of those that are services.
#[diagnostic::do_not_recommend]
impl Service for HttpServer {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        self.core.finished()
    }

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        super::stop::stop(self.core, stopping).await;
        Ok(())
    }

    fn joined(&self, membership: &ServiceContext) {
        self.core.joined(membership);
    }
}
