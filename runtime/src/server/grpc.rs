//! The gRPC server.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Bytes, HttpBody};
use axum::http::{Extensions, Request, Response};
use axum::serve::Listener;
use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::service::Routes;
use tonic::transport::server::Connected;
use tonic::transport::{Channel, Endpoint, Server};
use tower_layer::Layer;
use tower_service::Service as Tower;

use super::calls::{self, CountedRoutes};
use super::core::{Core, Reins};
use super::door::{Door, Source};
use super::gate::Gate;
use super::listen::{Address, Listening, without_delay};
use super::serve::{self, Protocol};
use super::socket::GateIo;
use super::tally::{Presence, Tally};
use crate::model::BoxError;
use crate::service::ServiceContext;
use crate::service::{Service, ServiceExit};
use crate::state::StopContext;

/// A tonic server that always stops within its window, whatever its clients do.
///
/// It answers from the moment that it exists, and stops as an `HttpServer` does: the listening
/// socket closes, handlers hear of it through [`Draining`](crate::Draining) in the extensions of their request, calls
/// in flight get the window, and what is left when [`StopContext::forced`] fires is cut.
///
/// Reflection streams and `Watch` streams of grpc.health.v1 never end by themselves: they are ended with
/// `UNAVAILABLE` when the drain begins, and are no cut requests.
///
/// A call whose `grpc-timeout` passes before its answer begins is answered with `CANCELLED`, as tonic does, and its
/// handler is dropped. Handlers find tonic's `remote_addr()` and what else it tells of a connection.
///
/// Dropped without a stop, it cuts everything at once.
#[derive(Debug)]
#[must_use = "dropped, a server cuts all its connections"]
pub struct GrpcServer {
    pub(super) core: Core,
    local_addr: Option<SocketAddr>,
}

impl GrpcServer {
    /// Listens on a TCP address, or on a socket that was handed over, and serves as `Server::builder()` of tonic would.
    ///
    /// # Errors
    ///
    /// When the address cannot be resolved or listened on, or the socket was not handed over; the error names it.
    pub async fn bind(address: impl Address, routes: Routes) -> io::Result<Self> {
        Ok(match address.listen().await? {
            Listening::Tcp(listener) => {
                let local_addr = Some(listener.local_addr()?);
                Self { core: listening(without_delay(listener), routes), local_addr }
            }
            #[cfg(unix)]
            Listening::Unix(listener) => Self { core: listening(listener, routes), local_addr: None },
        })
    }

    /// Serves connections of your own with a tonic server of your own: its TLS, limits and layers all hold. What
    /// [`Server`] would set on the sockets of its own listener, `tcp_nodelay` and `tcp_keepalive`, is up to
    /// `incoming`.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn serve<I, IO, IE, L, B>(incoming: I, server: Server<L>, routes: Routes) -> Self
    where
        I: Stream<Item = Result<IO, IE>> + Send + 'static,
        IO: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
        IE: Into<BoxError> + Send + 'static,
        L: Layer<CountedRoutes> + Send + 'static,
        L::Service: Tower<Request<tonic::body::Body>, Response = Response<B>> + Clone + Send + 'static,
        <L::Service as Tower<Request<tonic::body::Body>>>::Future: Send,
        <L::Service as Tower<Request<tonic::body::Body>>>::Error: Into<BoxError> + Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let reins = Reins::new(Tally::blind());
        let (incoming, routes) = (gated(incoming, &reins), CountedRoutes::new(routes, &reins.gate));
        let serve = server.serve_with_incoming_shutdown(routes, incoming, reins.graceful());
        Self { core: Core::spawn(reins, serve), local_addr: None }
    }

    /// The address that it listens on.
    ///
    /// # Panics
    ///
    /// When it was not made by [`bind`](Self::bind), since a stream of connections does not tell, or listens on a Unix
    /// socket that was handed over.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr.expect("a server made by `GrpcServer::bind` on TCP")
    }

    /// A channel to this server, for callers in the same process: it connects when it is first used, over loopback
    /// where the server listens on all addresses.
    ///
    /// # Panics
    ///
    /// When the server was not made by [`bind`](Self::bind) on TCP, or outside of a tokio runtime.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let local = self.local_addr.expect(NO_CHANNEL);
        let addr = reachable(local);
        let endpoint =
            Endpoint::from_shared(format!("http://{addr}")).expect("an address and port make a URI");
        endpoint.tcp_nodelay(true).connect_lazy()
    }
}

const NO_CHANNEL: &str = "`GrpcServer::channel` needs a server made by `GrpcServer::bind` on TCP; the address of one made by \
    `GrpcServer::serve` is known to whoever made its listener, for a channel of tonic";

/// What the listener accepts, in a loop of our own.
fn listening<L: Listener<Io: Connected>>(listener: L, routes: Routes) -> Core {
    let reins = Reins::new(Tally::default());
    let routes = routes.prepare().into_axum_router();
    let of = move |io: &L::Io, _, told: &mut Extensions| {
        told.insert(io.connect_info());
        Some(routes.clone())
    };
    let serve = serve::serve(listener, of, Protocol::Grpc, &reins);
    Core::spawn(reins, serve)
}

fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

// See `task.rs`: no list of those that are services.
#[diagnostic::do_not_recommend]
impl Service for GrpcServer {
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

/// The user's connections, behind the gate.
fn gated<I, IO, IE>(
    incoming: I,
    reins: &Reins,
) -> impl Stream<Item = Result<GateIo<IO, IO::ConnectInfo>, IE>> + Send + use<I, IO, IE>
where
    I: Stream<Item = Result<IO, IE>> + Send + 'static,
    IO: AsyncRead + AsyncWrite + Connected + Send + 'static,
    IE: Send + 'static,
{
    let gate = Arc::clone(&reins.gate);
    let door = Door::new(Box::pin(incoming), Presence::of_door(&gate.tally));
    stream::unfold((door, gate), |(mut door, gate)| async move {
        let item = match door.next().await {
            Some(Ok(io)) => Ok(admit(&gate, io)),
            // Neither the end nor errors without end keep a listener from being dropped.
            _ if gate.tally.is_draining() => door.shut().await,
            Some(Err(error)) => Err(error),
            None => return None,
        };
        Some((item, (door, gate)))
    })
}

impl<S: Stream<Item: Send> + Send> Source for Pin<Box<S>> {
    type Item = Option<S::Item>;

    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send {
        self.next()
    }
}

fn admit<IO>(gate: &Arc<Gate>, io: IO) -> GateIo<IO, IO::ConnectInfo>
where
    IO: AsyncWrite + Connected + Send + 'static,
{
    let (info, mut told) = (io.connect_info(), Extensions::new());
    told.insert(info.clone());
    let ends = calls::ends(&told);
    gate.admit(io, ends, info, Extensions::new())
}

impl<IO, I> Connected for GateIo<IO, I>
where
    I: Clone + Send + Sync + 'static,
{
    type ConnectInfo = I;

    fn connect_info(&self) -> I {
        self.info().clone()
    }
}
