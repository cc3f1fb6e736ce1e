//! Where a server listens: an address of its own, or a socket that was handed over.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;

use axum::serve::ListenerExt;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

#[cfg(feature = "systemd")]
use crate::process::systemd::{InheritedOr, InheritedSocket, Listener};

/// Where a server can listen: what tokio's [`ToSocketAddrs`] takes, a [`SocketAddr`](std::net::SocketAddr), `"host:port"`
/// or `("host", port)` say, and with the feature `systemd` a socket that was handed over, `InheritedSocket`.
///
/// It is sealed: a listener of your own goes to `HttpServer::serve` or `GrpcServer::serve`.
#[diagnostic::on_unimplemented(
    label = "a server cannot listen on a value of this type",
    note = "write a `SocketAddr`, `\"host:port\"` or `(\"host\", port)`; a listener of your own goes to `serve`"
)]
pub trait Address: sealed::Listen {}

pub(super) mod sealed {
    #[cfg(feature = "axum")]
    use super::TcpListener;
    use super::{Future, Listening, io};

    pub trait Listen: Send {
        fn listen(self) -> impl Future<Output = io::Result<Listening>> + Send;

        /// On nothing else: the error says what there is.
        #[cfg(feature = "axum")]
        fn listen_on_tcp(self) -> impl Future<Output = io::Result<TcpListener>> + Send;
    }
}

/// What listens.
#[derive(Debug)]
pub enum Listening {
    Tcp(TcpListener),
    #[cfg(unix)]
    #[cfg_attr(not(any(feature = "systemd", test)), allow(dead_code, reason = "only a parent gives one"))]
    Unix(UnixListener),
}

// What is no address is told with what to write, and not with all that tokio takes for one.
#[diagnostic::do_not_recommend]
impl<A: ToSocketAddrs + Debug + Send> Address for A {}

impl<A: ToSocketAddrs + Debug + Send> sealed::Listen for A {
    async fn listen(self) -> io::Result<Listening> {
        bind(self).await.map(Listening::Tcp)
    }

    #[cfg(feature = "axum")]
    async fn listen_on_tcp(self) -> io::Result<TcpListener> {
        bind(self).await
    }
}

#[cfg(feature = "systemd")]
#[diagnostic::do_not_recommend]
impl Address for InheritedSocket {}

#[cfg(feature = "systemd")]
impl sealed::Listen for InheritedSocket {
    async fn listen(self) -> io::Result<Listening> {
        self.listener().and_then(Listening::inherited)
    }

    #[cfg(feature = "axum")]
    async fn listen_on_tcp(self) -> io::Result<TcpListener> {
        self.tcp().and_then(inherited_tcp)
    }
}

#[cfg(feature = "systemd")]
#[diagnostic::do_not_recommend]
impl<A: ToSocketAddrs + Debug + Send> Address for InheritedOr<A> {}

#[cfg(feature = "systemd")]
impl<A: ToSocketAddrs + Debug + Send> sealed::Listen for InheritedOr<A> {
    async fn listen(self) -> io::Result<Listening> {
        match self.listener_or_address()? {
            Ok(listener) => Listening::inherited(listener),
            Err(address) => bind(address).await.map(Listening::Tcp),
        }
    }

    #[cfg(feature = "axum")]
    async fn listen_on_tcp(self) -> io::Result<TcpListener> {
        match self.tcp_or_address()? {
            Ok(listener) => inherited_tcp(listener),
            Err(address) => bind(address).await,
        }
    }
}

/// So that tests can bind what only a parent hands over.
#[cfg(test)]
impl Address for Listening {}

#[cfg(test)]
impl sealed::Listen for Listening {
    async fn listen(self) -> io::Result<Listening> {
        Ok(self)
    }

    #[cfg(feature = "axum")]
    async fn listen_on_tcp(self) -> io::Result<TcpListener> {
        match self {
            Self::Tcp(listener) => Ok(listener),
            #[cfg(unix)]
            Self::Unix(_) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

#[cfg(feature = "systemd")]
impl Listening {
    fn inherited(listener: Listener) -> io::Result<Self> {
        match listener {
            Listener::Tcp(listener) => inherited_tcp(listener).map(Self::Tcp),
            #[cfg(unix)]
            Listener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                UnixListener::from_std(listener).map(Self::Unix)
            }
        }
    }
}

#[cfg(feature = "systemd")]
fn inherited_tcp(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Sends what there is at once, without waiting for more.
pub(super) fn without_delay(
    listener: TcpListener,
) -> impl axum::serve::Listener<Io = TcpStream, Addr = SocketAddr> {
    // A stream that is gone already will say so itself.
    listener.tap_io(|stream| drop(stream.set_nodelay(true)))
}

/// A listening socket, or an error that names the address.
async fn bind(address: impl ToSocketAddrs + Debug) -> io::Result<TcpListener> {
    let name = format!("{address:?}").replace('"', "");
    TcpListener::bind(address).await.map_err(|error| {
        let text = error.to_string();
        let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        io::Error::new(error.kind(), format!("cannot listen on {name}: {}{rest}", first.to_lowercase()))
    })
}
