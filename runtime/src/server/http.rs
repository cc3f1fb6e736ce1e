//! The HTTP server.

use std::any::Any;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, Request};
use axum::serve::{IncomingStream, Listener, ListenerExt};
use tower_service::Service as Tower;

use super::book::What;
use super::conn::{Conn, Flight};
use super::core::{Core, Reins};
use super::door::{Door, Source};
use super::draining::Draining;
use super::gate::Gate;
use super::listen::{Address, Listening};
use super::socket::GateIo;
use super::tally::{Presence, Tally};
use super::track::{Enter, Tracked};
use crate::membership::Membership;
use crate::service::{BoxError, Ended, Service};
use crate::stopping::Stopping;

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
/// 4. When [`Stopping::forced`] fires, all that is left is cut, and told in the report by name and age.
///
/// Handlers can ask for [`ConnectInfo`] with the address type of the listener. Dropped without a stop, it cuts
/// everything at once.
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
    pub async fn bind(address: impl Address, router: Router) -> io::Result<Self> {
        Ok(match address.listen().await? {
            Listening::Tcp(listener) => {
                // A stream that is gone already will say so itself.
                let nodelay = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
                Self::serve(nodelay, router)
            }
            #[cfg(unix)]
            Listening::Unix(listener) => Self::serve(listener, router),
        })
    }

    /// Serves a listener of your own.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn serve<L>(listener: L, router: Router) -> Self
    where
        L: Listener,
        L::Addr: Clone + Debug + Sync + 'static,
    {
        let local_addr =
            listener.local_addr().ok().and_then(|addr| (&addr as &dyn Any).downcast_ref().copied());
        let reins = Reins::new(Tally::default());
        let door = Door::new(Listens(listener), Presence::of_door(&reins.gate.tally));
        let make = PerConnection(router.with_state(()));
        let listener = GateListener { door, gate: Arc::clone(&reins.gate) };
        let serve = axum::serve(listener, make).with_graceful_shutdown(reins.graceful());
        Self { core: Core::spawn(reins, serve.into_future()), local_addr }
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
    fn finished(&self) -> impl Future<Output = Ended> + Send + 'static {
        self.core.finished()
    }

    async fn stop(self, stopping: Stopping) -> Result<(), BoxError> {
        super::stop::stop(self.core, stopping).await;
        Ok(())
    }

    fn joined(&self, membership: &Membership) {
        self.core.joined(membership);
    }
}

/// The user's listener, behind the gate.
struct GateListener<L> {
    door: Door<Listens<L>>,
    gate: Arc<Gate>,
}

struct Listens<L>(L);

impl<L: Listener> Source for Listens<L> {
    type Item = (L::Io, L::Addr);

    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send {
        self.0.accept()
    }
}

impl<L: Listener> Listener for GateListener<L> {
    type Io = GateIo<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, addr) = self.door.next().await;
        (self.gate.admit(io, None, ()), addr)
    }

    /// Nobody asks: the server knows its address from the user's listener.
    fn local_addr(&self) -> io::Result<Self::Addr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Makes the service of each connection.
struct PerConnection(Router);

impl<L> Tower<IncomingStream<'_, GateListener<L>>> for PerConnection
where
    L: Listener,
    L::Addr: Clone + Sync + 'static,
{
    type Response = Tracked<Router, Known>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, GateListener<L>>) -> Self::Future {
        let conn = Arc::clone(&stream.io().pass().conn);
        let extensions = extensions(conn.tally.draining.clone(), ConnectInfo(stream.remote_addr().clone()));
        ready(Ok(Tracked { inner: self.0.clone(), enter: Known(Arc::new(Seat { conn, extensions })) }))
    }
}

/// Enters requests into the book of one connection.
#[derive(Debug, Clone)]
struct Known(Arc<Seat>);

/// What all requests of a connection share.
#[derive(Debug)]
struct Seat {
    conn: Arc<Conn>,
    extensions: Extensions,
}

impl Enter for Known {
    fn enter(&self, request: &Request<Body>) -> Flight {
        self.0.conn.begin(What::http(request))
    }

    fn furnish(&self, extensions: &mut Extensions) {
        let own = std::mem::replace(extensions, self.0.extensions.clone());
        if !own.is_empty() {
            extensions.extend(own);
        }
    }

    fn draining(&self) -> &Draining {
        &self.0.conn.tally.draining
    }
}

/// What handlers may ask for, with room for what axum adds: a map that grows with each request moves all that it has.
fn extensions<A: Clone + Send + Sync + 'static>(draining: Draining, peer: ConnectInfo<A>) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(draining);
    extensions.insert(peer);
    extensions.insert(Room::<0>);
    extensions.insert(Room::<1>);
    extensions.remove::<Room<0>>();
    extensions.remove::<Room<1>>();
    extensions
}

#[derive(Clone)]
struct Room<const PLACE: usize>;
