//! The certificate of all listeners.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use service_group::BoxError;

/// Where the certificate and its key are.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// A certificate that can change while servers use it. Clones are handles of the same one.
#[derive(Debug, Clone)]
pub(crate) struct Certificates {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    files: Files,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificates {
    /// Reads the files.
    pub(crate) fn load(files: Files) -> Result<Self, BoxError> {
        let provider = Arc::new(ring::default_provider());
        let current = RwLock::new(read(&files, &provider)?);
        Ok(Self { shared: Arc::new(Shared { files, provider, current }) })
    }

    /// Reads the files again. After an error the certificate is the one before.
    pub(crate) fn reload(&self) -> Result<(), BoxError> {
        let current = read(&self.shared.files, &self.shared.provider)?;
        *self.shared.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }

    /// Returns the configuration of a listener, each handshake of which has the certificate of that moment.
    pub(crate) fn config(&self) -> Result<ServerConfig, rustls::Error> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.shared.provider));
        let config = config.with_safe_default_protocol_versions()?.with_no_client_auth();
        Ok(config.with_cert_resolver(Arc::clone(&self.shared) as Arc<dyn ResolvesServerCert>))
    }
}

impl ResolvesServerCert for Shared {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn read(files: &Files, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, BoxError> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&files.key)?;
    // It also checks that the key is that of the certificate.
    Ok(Arc::new(CertifiedKey::from_der(chain, key, provider)?))
}
