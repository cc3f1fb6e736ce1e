//! The address that a server listens on.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::Path;

use axum::serve::Listener;

/// The address that a server listens on.
///
/// ```
/// # async fn example() -> std::io::Result<()> {
/// # #[cfg(feature = "http")] {
/// use axum::Router;
/// use service_group_servers::HttpServer;
///
/// let server = HttpServer::bind("127.0.0.1:0", Router::new()).await?;
/// println!("listening on {}", server.local_addr());
/// let port = server.local_addr().tcp().map(|addr| addr.port());
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ListenAddr {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Tcp(SocketAddr),
    #[cfg(unix)]
    Unix(tokio::net::unix::SocketAddr),
    Unknown,
}

impl ListenAddr {
    pub(crate) const UNKNOWN: Self = Self { kind: Kind::Unknown };

    /// The address of a listener, if that reports one.
    pub(crate) fn of<L: Listener>(listener: &L) -> Self {
        listener.local_addr().map_or(Self::UNKNOWN, |addr| Self::from_any(&addr))
    }

    /// From the address of a listener, of whatever type that is.
    fn from_any(addr: &dyn Any) -> Self {
        if let Some(addr) = addr.downcast_ref() {
            return Self { kind: Kind::Tcp(*addr) };
        }
        #[cfg(unix)]
        if let Some(addr) = addr.downcast_ref::<tokio::net::unix::SocketAddr>() {
            return Self { kind: Kind::Unix(addr.clone()) };
        }
        Self::UNKNOWN
    }

    /// Returns the address of a TCP socket; `None` for a Unix socket, or if the listener does not report an address.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self.kind {
            Kind::Tcp(addr) => Some(addr),
            _ => None,
        }
    }

    /// Returns the path of a Unix socket; `None` for a TCP socket, a Unix socket without a path, or if the listener does
    /// not report an address.
    #[cfg(unix)]
    #[must_use]
    pub fn unix_path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Unix(addr) => addr.as_pathname(),
            _ => None,
        }
    }
}

/// `127.0.0.1:8080`, `/run/app.sock`, or words where there is neither.
impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Tcp(addr) => addr.fmt(f),
            #[cfg(unix)]
            Kind::Unix(addr) => match addr.as_pathname() {
                Some(path) => path.display().fmt(f),
                None => f.write_str("a Unix socket without a path"),
            },
            Kind::Unknown => f.write_str("an unknown address"),
        }
    }
}
