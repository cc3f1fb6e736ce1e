//! Whether the connections of a listener are plain, or have TLS.

#[cfg(feature = "tls")]
use std::sync::Arc;

#[cfg(feature = "tls")]
use tokio_rustls::rustls::ServerConfig;

#[cfg(feature = "tls")]
use super::tls::Acceptor;

/// Whether connections are plain, or have TLS. Without the feature `tls` all are plain.
#[derive(Debug, Default)]
pub(crate) struct Security {
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<ServerConfig>>,
}

#[cfg(feature = "tls")]
impl Security {
    pub(super) fn tls(config: Arc<ServerConfig>) -> Self {
        Self { tls: Some(config) }
    }

    /// Returns what makes TLS of the connections of an HTTP server, if they have it.
    #[cfg(feature = "http")]
    pub(crate) fn http(&self) -> Option<Acceptor> {
        self.tls.clone().map(Acceptor::http)
    }

    /// Returns what makes TLS of the connections of a gRPC server, if they have it.
    #[cfg(feature = "grpc")]
    pub(crate) fn grpc(&self) -> Option<Acceptor> {
        self.tls.clone().map(Acceptor::grpc)
    }
}

/// A listening socket, and whether its connections have TLS.
#[derive(Debug)]
pub struct Bound<S> {
    pub(crate) socket: S,
    pub(crate) security: Security,
}

impl<S> Bound<S> {
    /// The connections are plain.
    pub(crate) fn plain(socket: S) -> Self {
        Self { socket, security: Security::default() }
    }

    #[cfg(feature = "tls")]
    pub(super) fn with_tls(self, config: Arc<ServerConfig>) -> Self {
        Self { security: Security::tls(config), ..self }
    }
}
