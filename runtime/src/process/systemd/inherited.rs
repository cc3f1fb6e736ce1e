//! What a user says to have a socket that was handed over.

use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;

use super::activation::{Kind, Listener, Which, handed};

/// A listening socket that systemd, or another parent, made and hands over: `LISTEN_FDS`.
///
/// The parent keeps it, so that no connection is refused while this process is restarted: who connects meanwhile waits
/// in the socket's queue. A server closes its own end of the socket when its drain begins, and the parent's stays.
///
/// `HttpServer::bind` and `GrpcServer::bind` take it in place of an address, TCP sockets and Unix stream sockets;
/// [`tcp`](Self::tcp) and [`unix`](Self::unix) give it to anything else. Each socket is given out once.
///
/// The first use of any takes over all of them, the descriptors from 3 on that listen: nothing else in the process may
/// have closed or taken them by then. What does not listen is left as it is.
///
/// `LISTEN_PID` has to be this process, as systemd sets it. The environment stays as it is: a child process sees
/// variables that are not meant for it, and knows by `LISTEN_PID`.
///
/// ```no_run
/// # #[cfg(all(feature = "axum", unix))] mod example {
/// use service_group::{HttpServer, InheritedSocket};
///
/// # async fn example(router: axum::Router) -> std::io::Result<()> {
/// // The socket with `FileDescriptorName=http`, or, started by hand, one of its own.
/// let server = HttpServer::bind(InheritedSocket::named("http").or("127.0.0.1:8080"), router).await?;
/// # Ok(())
/// # }
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct InheritedSocket {
    which: Which,
}

/// An [`InheritedSocket`] socket, or, where there is none, an address: [`InheritedSocket::or`].
#[cfg(feature = "_server")]
#[derive(Debug, Clone)]
pub struct InheritedOr<A> {
    inherited: InheritedSocket,
    address: A,
}

impl InheritedSocket {
    /// The socket of this name: `FileDescriptorName=` in the socket unit, or `LISTEN_FDNAMES`. Of several the first that
    /// has not been given out.
    pub fn named(name: impl Into<String>) -> Self {
        Self { which: Which::Name(name.into()) }
    }

    /// The socket at this place, counted from 0, in the order of the socket units.
    #[must_use]
    pub fn index(index: usize) -> Self {
        Self { which: Which::Index(index) }
    }

    /// Where no such socket was handed over: listen on that address. One that was, and is none that listens, is an
    /// error all the same.
    #[cfg(feature = "_server")]
    pub fn or<A>(self, address: A) -> InheritedOr<A> {
        InheritedOr { inherited: self, address }
    }

    /// The socket, for a server of your own. It is in the mode, blocking or not, in which it was handed over.
    ///
    /// # Errors
    ///
    /// When no such socket was handed over, it has been given out, or it is no TCP socket that listens; the error says
    /// what was handed over.
    pub fn tcp(self) -> io::Result<TcpListener> {
        Ok(self.take(Some(Kind::Tcp))?.into_tcp())
    }

    /// The socket, for a server of your own. It is in the mode, blocking or not, in which it was handed over.
    ///
    /// # Errors
    ///
    /// When no such socket was handed over, it has been given out, or it is no Unix stream socket that listens; the
    /// error says what was handed over.
    #[cfg(unix)]
    pub fn unix(self) -> io::Result<UnixListener> {
        match self.take(Some(Kind::Unix))? {
            Listener::Unix(listener) => Ok(listener),
            Listener::Tcp(_) => unreachable!("a Unix socket was asked for"),
        }
    }

    fn take(&self, expected: Option<Kind>) -> io::Result<Listener> {
        let mut handed = handed();
        handed.take(&self.which, expected)?.ok_or_else(|| handed.missing(&self.which))
    }

    /// Whatever listens there.
    #[cfg(feature = "_server")]
    pub(crate) fn listener(&self) -> io::Result<Listener> {
        self.take(None)
    }
}

#[cfg(feature = "_server")]
impl<A> InheritedOr<A> {
    /// Whatever listens there, or the address.
    pub(crate) fn listener_or_address(self) -> io::Result<Result<Listener, A>> {
        let listener = handed().take(&self.inherited.which, None)?;
        Ok(listener.ok_or(self.address))
    }

    /// The TCP socket that listens there, or the address.
    #[cfg(feature = "axum")]
    pub(crate) fn tcp_or_address(self) -> io::Result<Result<TcpListener, A>> {
        let listener = handed().take(&self.inherited.which, Some(Kind::Tcp))?;
        Ok(listener.map(Listener::into_tcp).ok_or(self.address))
    }
}
