//! The type with which a user requests a socket that was handed over.

use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;

use super::activation::{InheritedListener, Kind, Which, handed};

/// A listening socket that systemd, or another parent, made and hands over: `LISTEN_FDS`.
///
/// The parent keeps it, so that no connection is refused while this process is restarted: clients that connect meanwhile
/// wait in the socket's queue. A server closes its own end of the socket when its drain begins, and the parent's stays.
///
/// The servers of `service-group-servers` take it in place of an address, TCP sockets and Unix stream sockets;
/// [`tcp`](Self::tcp) and [`unix`](Self::unix) give it to anything else. Each socket is given out once.
///
/// The first use of any takes over all of them, the descriptors from 3 on that listen: nothing else in the process may
/// have closed or taken them by then. What does not listen is left as it is.
///
/// `LISTEN_PID` has to be this process, as systemd sets it. The environment stays as it is: a child process sees
/// variables that are not meant for it, and knows by `LISTEN_PID`.
///
/// ```no_run
/// use service_group::InheritedSocket;
///
/// # fn example() -> std::io::Result<()> {
/// // The socket with `FileDescriptorName=http`.
/// let listener = InheritedSocket::named("http").tcp()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct InheritedSocket {
    which: Which,
}

/// An [`InheritedSocket`] socket, or, where there is none, an address: [`InheritedSocket::or`].
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

    /// Where no such socket was handed over: listen on that address. A socket that was handed over and does not listen is an
    /// error all the same.
    pub fn or<A>(self, address: A) -> InheritedOr<A> {
        InheritedOr { inherited: self, address }
    }

    /// The socket, for a server of your own. It is in the mode, blocking or not, in which it was handed over.
    ///
    /// # Errors
    ///
    /// When no such socket was handed over, it has been given out, or it is not a listening TCP socket; the error
    /// describes what was handed over.
    pub fn tcp(self) -> io::Result<TcpListener> {
        Ok(self.take(Some(Kind::Tcp))?.into_tcp())
    }

    /// The socket, for a server of your own. It is in the mode, blocking or not, in which it was handed over.
    ///
    /// # Errors
    ///
    /// When no such socket was handed over, it has been given out, or it is not a listening Unix stream socket; the
    /// error describes what was handed over.
    #[cfg(unix)]
    pub fn unix(self) -> io::Result<UnixListener> {
        match self.take(Some(Kind::Unix))? {
            InheritedListener::Unix(listener) => Ok(listener),
            InheritedListener::Tcp(_) => unreachable!("a Unix socket was asked for"),
        }
    }

    fn take(&self, expected: Option<Kind>) -> io::Result<InheritedListener> {
        let mut handed = handed();
        handed.take(&self.which, expected)?.ok_or_else(|| handed.missing(&self.which))
    }

    /// Returns the socket, of either kind.
    ///
    /// # Errors
    ///
    /// If no such socket was handed over, it has been given out already, or it does not listen; the error describes what
    /// was handed over.
    pub fn listener(self) -> io::Result<InheritedListener> {
        self.take(None)
    }
}

impl<A> InheritedOr<A> {
    /// Returns the socket, of either kind, or the address if no such socket was handed over.
    ///
    /// # Errors
    ///
    /// If the socket has been given out already, or does not listen.
    pub fn listener_or_address(self) -> io::Result<Result<InheritedListener, A>> {
        let listener = handed().take(&self.inherited.which, None)?;
        Ok(listener.ok_or(self.address))
    }

    /// Returns the TCP socket, or the address if no such socket was handed over.
    ///
    /// # Errors
    ///
    /// If the socket has been given out already, does not listen, or is not a TCP socket: it stays where it is then.
    pub fn tcp_or_address(self) -> io::Result<Result<TcpListener, A>> {
        let listener = handed().take(&self.inherited.which, Some(Kind::Tcp))?;
        Ok(listener.map(InheritedListener::into_tcp).ok_or(self.address))
    }
}
