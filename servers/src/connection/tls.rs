//! TLS of connections. A handshake takes place in the IO of its connection, and so in the task of that connection.
//!
//! # Invariants
//!
//! 1. A connection is accepted, counted and can be cut before its handshake: a slow client delays neither the listener
//!    nor other clients, and a stop knows of it.
//! 2. A handshake that is not complete [`HANDSHAKE_WITHIN`] after the connection was accepted fails, and with it the
//!    connection.
//! 3. The orderly end of a connection sends `close_notify` before the socket is shut: a client can tell the end of an
//!    answer from a cut.

mod info;

use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream as Session;
use tokio_rustls::{Accept, TlsAcceptor};

pub use self::info::TlsInfo;

/// How long a handshake may take.
pub(crate) const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// What HTTP servers speak, the preferred protocol first.
const HTTP: &[&[u8]] = if cfg!(feature = "http2") { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };

/// What gRPC servers speak.
#[cfg(feature = "grpc")]
const GRPC: &[&[u8]] = &[b"h2"];

/// An address or a listener, and the TLS of its connections: what [`tls`] returns.
pub struct Tls<A> {
    pub(super) address: A,
    pub(super) config: Arc<ServerConfig>,
}

/// Serves TLS on an address or a listener, for both servers:
///
/// - `HttpServer::bind(tls(address, config), ..)`, `GrpcServer::bind(..)` and `GrpcServer::bind_with(..)` with whatever
///   else is an [`IntoListener`](crate::IntoListener);
/// - `HttpServer::from_listener(tls(listener, config), ..)` and `serve_service(..)` with an axum
///   [`Listener`](axum::serve::Listener) of your own.
///
/// Handshakes run side by side. One that is not complete 10 s after its connection was accepted ends with that connection.
/// Where the configuration has no ALPN protocols, they are `h2` and `http/1.1` for HTTP (`http/1.1` alone without the
/// feature `http2`), and `h2` for gRPC. Requests contain [`TlsInfo`] in their extensions.
///
/// The configuration is that of the crate `rustls` 0.23, an `Arc` of it too. It contains the cryptography: this crate
/// chooses no provider, so that `ring`, `aws-lc-rs` or another one is a dependency of yours alone. Certificates that change
/// while the server runs come from a `ResolvesServerCert` of rustls, which is called for each handshake.
///
/// ```
/// # async fn example(config: service_group_servers::rustls::ServerConfig) -> std::io::Result<()> {
/// # #[cfg(feature = "http")] {
/// use axum::{Router, routing::get};
/// use service_group_servers::{HttpServer, tls};
///
/// let router = Router::new().route("/", get(async || "hello"));
/// let server = HttpServer::bind(tls("127.0.0.1:0", config), router).await?;
/// println!("https://{}", server.local_addr());
/// # }
/// # Ok(())
/// # }
/// ```
pub fn tls<A>(address: A, config: impl Into<Arc<ServerConfig>>) -> Tls<A> {
    Tls { address, config: config.into() }
}

impl<A: fmt::Debug> fmt::Debug for Tls<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Only HTTP servers take a listener: what a gRPC server takes is an address.
impl<L: Listener> Listener for Tls<L> {
    type Io = TlsStream;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (TlsStream, L::Addr) {
        let (io, peer) = self.address.accept().await;
        set_alpn(&mut self.config, HTTP);
        (TlsStream::new(io, &self.config), peer)
    }

    fn local_addr(&self) -> io::Result<L::Addr> {
        self.address.local_addr()
    }
}

/// Sets the ALPN protocols of a configuration that has none.
fn set_alpn(config: &mut Arc<ServerConfig>, protocols: &[&[u8]]) {
    if config.alpn_protocols.is_empty() {
        Arc::make_mut(config).alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    }
}

/// What makes TLS of the connections of a listener.
pub(crate) struct Acceptor {
    config: Arc<ServerConfig>,
}

impl Acceptor {
    #[cfg(feature = "http")]
    pub(crate) fn http(mut config: Arc<ServerConfig>) -> Self {
        set_alpn(&mut config, HTTP);
        Self { config }
    }

    #[cfg(feature = "grpc")]
    pub(crate) fn grpc(mut config: Arc<ServerConfig>) -> Self {
        set_alpn(&mut config, GRPC);
        Self { config }
    }

    pub(crate) fn accept(&self, io: impl Io) -> TlsStream {
        TlsStream::new(io, &self.config)
    }
}

/// The socket under TLS. It is boxed: next to the work of TLS, a call by a table costs nothing, and all servers over TLS
/// share their code.
pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Io for T {}

type BoxIo = Box<dyn Io>;

/// A connection over TLS, whose handshake is a part of its first read or write.
pub struct TlsStream {
    state: State,
    info: TlsInfo,
}

enum State {
    Handshake { accept: Accept<BoxIo>, timeout: Pin<Box<Sleep>> },
    Open(Session<BoxIo>),
    Failed,
}

impl TlsStream {
    fn new(io: impl Io, config: &Arc<ServerConfig>) -> Self {
        let accept = TlsAcceptor::from(Arc::clone(config)).accept(Box::new(io) as BoxIo);
        let timeout = Box::pin(sleep(HANDSHAKE_WITHIN));
        Self { state: State::Handshake { accept, timeout }, info: TlsInfo::default() }
    }

    /// Returns what the handshake agrees on. It is complete before the first request is read.
    #[must_use]
    pub fn info(&self) -> &TlsInfo {
        &self.info
    }

    /// Completes the handshake.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Pin<&mut Session<BoxIo>>>> {
        if let State::Handshake { accept, timeout } = &mut self.state {
            let accepted = match Pin::new(accept).poll(cx) {
                Poll::Ready(accepted) => accepted,
                Poll::Pending => {
                    ready!(timeout.as_mut().poll(cx));
                    Err(io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake took longer than 10 s"))
                }
            };
            self.state = State::Failed;
            let session = accepted?;
            self.info.fill(session.get_ref().1);
            self.state = State::Open(session);
        }
        Poll::Ready(match &mut self.state {
            State::Open(session) => Ok(Pin::new(session)),
            _ => Err(io::ErrorKind::NotConnected.into()),
        })
    }
}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").field("info", &self.info).finish_non_exhaustive()
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_read(cx, buf)
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(cx))?.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(cx))?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state {
            State::Open(session) => Pin::new(session).poll_shutdown(cx),
            // An end does not wait for a handshake.
            State::Handshake { accept, .. } => {
                accept.get_mut().map_or(Poll::Ready(Ok(())), |io| Pin::new(io).poll_shutdown(cx))
            }
            State::Failed => Poll::Ready(Ok(())),
        }
    }
}
