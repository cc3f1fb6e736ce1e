//! What a handshake agrees on, for handlers.

use std::fmt;
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ProtocolVersion, ServerConnection};

/// What the handshake of a connection has agreed on, in the extensions of its requests:
/// `Extension<TlsInfo>` in axum, `request.extensions().get::<TlsInfo>()` in tonic and in a service of your own.
///
/// A layer of a tonic server, by `GrpcServer::bind_with`, does not see it: the handlers do.
///
/// ```
/// # #[cfg(feature = "http")] mod example {
/// use axum::Extension;
/// use service_group_servers::TlsInfo;
///
/// async fn who(Extension(tls): Extension<TlsInfo>) -> String {
///     format!("{} certificates for {:?}", tls.peer_certificates().len(), tls.server_name())
/// }
/// # }
/// ```
#[derive(Clone, Default)]
pub struct TlsInfo {
    agreed: Arc<OnceLock<Agreed>>,
}

#[derive(Debug)]
struct Agreed {
    server_name: Option<String>,
    alpn_protocol: Option<Vec<u8>>,
    protocol_version: Option<ProtocolVersion>,
    peer_certificates: Vec<CertificateDer<'static>>,
}

impl TlsInfo {
    pub(super) fn fill(&self, session: &ServerConnection) {
        let agreed = Agreed {
            server_name: session.server_name().map(str::to_owned),
            alpn_protocol: session.alpn_protocol().map(<[u8]>::to_vec),
            protocol_version: session.protocol_version(),
            peer_certificates: session.peer_certificates().unwrap_or_default().to_vec(),
        };
        // A connection has one handshake.
        let _ = self.agreed.set(agreed);
    }

    /// Returns the name of the server that the client has asked for (SNI), if it did.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.agreed.get()?.server_name.as_deref()
    }

    /// Returns the ALPN protocol, for example `h2`, if the client has offered one.
    #[must_use]
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        self.agreed.get()?.alpn_protocol.as_deref()
    }

    /// Returns the version of TLS; `None` before the end of the handshake.
    #[must_use]
    pub fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.agreed.get()?.protocol_version
    }

    /// Returns the certificates of the client, its own first; none where the configuration asks for none.
    #[must_use]
    pub fn peer_certificates(&self) -> &[CertificateDer<'static>] {
        self.agreed.get().map_or(&[], |agreed| &agreed.peer_certificates)
    }
}

impl fmt::Debug for TlsInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsInfo")
            .field("server_name", &self.server_name())
            .field("alpn_protocol", &self.alpn_protocol().map(String::from_utf8_lossy))
            .field("protocol_version", &self.protocol_version())
            .field("peer_certificates", &self.peer_certificates().len())
            .finish()
    }
}
