//! What a server can listen on: an address or a path of its own, a listener, or a socket that was handed over.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::Pin;

use axum::serve::ListenerExt;
#[cfg(feature = "systemd")]
use service_group::{InheritedListener, InheritedOr, InheritedSocket};
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

use super::security::Bound;
#[cfg(feature = "tls")]
use super::tls::Tls;
#[cfg(unix)]
use super::unix_socket::BoundUnixSocket;

/// Ends when a server listens.
pub type BindFuture<'a, S> = Pin<Box<dyn Future<Output = io::Result<S>> + Send + 'a>>;

/// What a server can listen on:
///
/// - an address: a [`SocketAddr`], `"host:port"`, `("host", port)`, and what else this list of implementations has;
/// - on Unix, the path of a Unix socket: a [`Path`](std::path::Path) or a [`PathBuf`](std::path::PathBuf). The file is created, and is removed again
///   when the socket closes. A file that exists is an error: it belongs to another process that listens, or an earlier
///   run was killed and has left it. The error names the case;
/// - a TCP listener that is bound already, of tokio or of std;
/// - with the feature `systemd`, a socket that was handed over: `service_group::InheritedSocket`;
/// - with the feature `tls`, one of these with TLS: `tls(address, config)`.
///
/// The trait is sealed. A listener of your own goes to `HttpServer::from_listener` or `GrpcServer::from_incoming`.
#[diagnostic::on_unimplemented(
    label = "a server cannot listen on a value of this type",
    note = "write a `SocketAddr`, `\"host:port\"`, `(\"host\", port)`, or a `Path` for a Unix socket; a listener of your own goes to \
            `HttpServer::from_listener` or `GrpcServer::from_incoming`"
)]
pub trait IntoListener: sealed::Listen {}

pub(crate) mod sealed {
    #[cfg(feature = "http")]
    use super::TcpListener;
    use super::{Bound, Future, Listening, io};

    pub trait Listen: Send {
        fn listen(self) -> impl Future<Output = io::Result<Bound<Listening>>> + Send;

        /// Listens on a TCP socket. Anything else is an error, and a socket that was handed over stays where it is.
        #[cfg(feature = "http")]
        fn listen_on_tcp(self) -> impl Future<Output = io::Result<Bound<TcpListener>>> + Send;
    }

    /// Without TLS: whatever such an address is put into cannot lose the TLS of it.
    #[cfg(any(feature = "systemd", feature = "tls"))]
    pub trait PlainAddress {}
}

/// A listening socket.
#[derive(Debug)]
pub enum Listening {
    Tcp(TcpListener),
    /// A socket of our own, with its file.
    #[cfg(unix)]
    UnixPath(BoundUnixSocket),
    /// A socket whose file belongs to others.
    #[cfg(unix)]
    #[cfg_attr(not(any(feature = "systemd", test)), allow(dead_code, reason = "only systemd hands one over"))]
    Unix(UnixListener),
}

/// Implements [`IntoListener`] for types that become a TCP listener by a function.
macro_rules! listens {
    ($($address:ty => $listen:expr;)+) => {$(
        // A type that is not in the list is reported with the notes above, and not with the list.
        #[diagnostic::do_not_recommend]
        impl IntoListener for $address {}

        impl sealed::Listen for $address {
            async fn listen(self) -> io::Result<Bound<Listening>> {
                $listen(self).await.map(Listening::Tcp).map(Bound::plain)
            }

            #[cfg(feature = "http")]
            async fn listen_on_tcp(self) -> io::Result<Bound<TcpListener>> {
                $listen(self).await.map(Bound::plain)
            }
        }

        #[cfg(any(feature = "systemd", feature = "tls"))]
        impl sealed::PlainAddress for $address {}
    )+};
}

listens! {
    &str => bind;
    String => bind;
    (&str, u16) => bind;
    (String, u16) => bind;
    SocketAddr => bind;
    SocketAddrV4 => bind;
    SocketAddrV6 => bind;
    (IpAddr, u16) => bind;
    (Ipv4Addr, u16) => bind;
    (Ipv6Addr, u16) => bind;
    &[SocketAddr] => bind;
    TcpListener => async |listener| Ok(listener);
    std::net::TcpListener => async |listener| from_std(listener);
}

/// Implements [`IntoListener`] for the types of a path.
#[cfg(unix)]
macro_rules! binds_paths {
    ($($path:ty)+) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoListener for $path {}

        impl sealed::Listen for $path {
            async fn listen(self) -> io::Result<Bound<Listening>> {
                BoundUnixSocket::bind(self.as_ref()).await.map(Listening::UnixPath).map(Bound::plain)
            }

            #[cfg(feature = "http")]
            async fn listen_on_tcp(self) -> io::Result<Bound<TcpListener>> {
                Err(super::unix_socket::no_peer_address(self.as_ref()))
            }
        }

        #[cfg(any(feature = "systemd", feature = "tls"))]
        impl sealed::PlainAddress for $path {}
    )+};
}

#[cfg(unix)]
binds_paths! {
    &std::path::Path
    &std::path::PathBuf
    std::path::PathBuf
}

#[cfg(feature = "systemd")]
#[diagnostic::do_not_recommend]
impl IntoListener for InheritedSocket {}

#[cfg(feature = "systemd")]
impl sealed::Listen for InheritedSocket {
    async fn listen(self) -> io::Result<Bound<Listening>> {
        self.listener().and_then(Listening::from_inherited).map(Bound::plain)
    }

    #[cfg(feature = "http")]
    async fn listen_on_tcp(self) -> io::Result<Bound<TcpListener>> {
        self.tcp().and_then(from_std).map(Bound::plain)
    }
}

#[cfg(feature = "systemd")]
impl sealed::PlainAddress for InheritedSocket {}

#[cfg(feature = "systemd")]
#[diagnostic::do_not_recommend]
impl<A: IntoListener + sealed::PlainAddress> IntoListener for InheritedOr<A> {}

#[cfg(feature = "systemd")]
impl<A: sealed::PlainAddress> sealed::PlainAddress for InheritedOr<A> {}

#[cfg(feature = "systemd")]
impl<A: IntoListener + sealed::PlainAddress> sealed::Listen for InheritedOr<A> {
    async fn listen(self) -> io::Result<Bound<Listening>> {
        match self.listener_or_address()? {
            Ok(listener) => Listening::from_inherited(listener).map(Bound::plain),
            Err(address) => address.listen().await,
        }
    }

    #[cfg(feature = "http")]
    async fn listen_on_tcp(self) -> io::Result<Bound<TcpListener>> {
        match self.tcp_or_address()? {
            Ok(listener) => from_std(listener).map(Bound::plain),
            Err(address) => address.listen_on_tcp().await,
        }
    }
}

#[cfg(feature = "tls")]
#[diagnostic::do_not_recommend]
impl<A: IntoListener + sealed::PlainAddress> IntoListener for Tls<A> {}

#[cfg(feature = "tls")]
impl<A: IntoListener + sealed::PlainAddress> sealed::Listen for Tls<A> {
    async fn listen(self) -> io::Result<Bound<Listening>> {
        Ok(self.address.listen().await?.with_tls(self.config))
    }

    #[cfg(feature = "http")]
    async fn listen_on_tcp(self) -> io::Result<Bound<TcpListener>> {
        Ok(self.address.listen_on_tcp().await?.with_tls(self.config))
    }
}

/// Tests bind what only a parent process hands over.
#[cfg(test)]
impl IntoListener for Listening {}

#[cfg(test)]
impl sealed::Listen for Listening {
    async fn listen(self) -> io::Result<Bound<Listening>> {
        Ok(Bound::plain(self))
    }

    #[cfg(feature = "http")]
    async fn listen_on_tcp(self) -> io::Result<Bound<TcpListener>> {
        match self {
            Self::Tcp(listener) => Ok(Bound::plain(listener)),
            #[cfg(unix)]
            Self::UnixPath(_) | Self::Unix(_) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

#[cfg(feature = "systemd")]
impl Listening {
    fn from_inherited(listener: InheritedListener) -> io::Result<Self> {
        match listener {
            InheritedListener::Tcp(listener) => from_std(listener).map(Self::Tcp),
            #[cfg(unix)]
            InheritedListener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                UnixListener::from_std(listener).map(Self::Unix)
            }
        }
    }
}

fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Sends small writes at once: `TCP_NODELAY`.
pub(crate) fn without_delay(
    listener: TcpListener,
) -> impl axum::serve::Listener<Io = TcpStream, Addr = SocketAddr> {
    // A stream that is gone already reports that when it is polled.
    listener.tap_io(|stream| drop(stream.set_nodelay(true)))
}

/// Binds a listening socket. The error names the address.
async fn bind(address: impl ToSocketAddrs + std::fmt::Debug) -> io::Result<TcpListener> {
    let name = format!("{address:?}").replace('"', "");
    TcpListener::bind(address).await.map_err(|error| cannot_listen(&name, &error, ""))
}

/// The error of a bind, with the address and what else is known.
pub(super) fn cannot_listen(address: &str, error: &io::Error, hint: &str) -> io::Error {
    let text = error.to_string();
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    let text = format!("cannot listen on {address}: {}{rest}{hint}", first.to_lowercase());
    io::Error::new(error.kind(), text)
}
