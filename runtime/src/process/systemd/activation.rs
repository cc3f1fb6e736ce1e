//! The sockets that were handed over to this process when it was started, on systems that do so.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::fmt;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;

#[cfg(target_os = "linux")]
pub(super) use linux::handed;
#[cfg(not(target_os = "linux"))]
pub(super) use other::handed;

/// Which of the sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Which {
    Name(String),
    Index(usize),
}

/// What listens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tcp,
    #[cfg(unix)]
    Unix,
}

/// A listening socket that was handed over, of either kind.
///
/// It is in the mode, blocking or not, in which it was handed over.
#[derive(Debug)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux hands sockets over"))]
pub enum InheritedListener {
    /// A TCP socket.
    Tcp(TcpListener),
    /// A Unix stream socket.
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Kind {
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "nothing is handed over"))]
    fn name(self) -> &'static str {
        match self {
            Self::Tcp => "a TCP socket",
            #[cfg(unix)]
            Self::Unix => "a Unix socket",
        }
    }
}

impl InheritedListener {
    /// One that was asked for as such.
    pub(super) fn into_tcp(self) -> TcpListener {
        match self {
            Self::Tcp(listener) => listener,
            #[cfg(unix)]
            Self::Unix(_) => unreachable!("a TCP socket was asked for"),
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "the socket `{name}`"),
            Self::Index(index) => write!(f, "socket number {index}"),
        }
    }
}
