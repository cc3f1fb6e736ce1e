//! Certificates: of the server, which may change, and of clients.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Extension, Router};
use rcgen::{CertifiedKey, KeyPair};
use service_group::Drained;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, ServerConfig};

use super::super::kit::{Stop, soon};
use super::super::rpc::Calls;
use super::super::tls::{certified, connector};
use super::{REQUEST, connect, grpc, http, read_to};
use crate::{HttpServer, TlsInfo, tls};

/// The certificate for the next handshake.
#[derive(Debug)]
struct Current(Mutex<Arc<rustls::sign::CertifiedKey>>);

impl Current {
    fn key(certified: &CertifiedKey<KeyPair>) -> Arc<rustls::sign::CertifiedKey> {
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let chain = vec![certified.cert.der().clone()];
        Arc::new(rustls::sign::CertifiedKey::from_der(chain, key, &provider).unwrap())
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::clone(&self.0.lock().unwrap()))
    }
}

#[tokio::test]
async fn a_certificate_changes_while_the_server_runs() {
    let (before, after) = (certified(), certified());
    let current = Arc::new(Current(Mutex::new(Current::key(&before))));
    let resolver = Arc::clone(&current);
    let (_server, addr) =
        http(ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver)).await;
    let mut early = connect(addr, &connector(&before)).await.unwrap();
    connect(addr, &connector(&after)).await.expect_err("not yet");
    *current.0.lock().unwrap() = Current::key(&after);
    let mut late = connect(addr, &connector(&after)).await.unwrap();
    connect(addr, &connector(&before)).await.expect_err("no longer");
    for client in [&mut early, &mut late] {
        client.write_all(REQUEST).await.unwrap();
        soon("the answer", read_to(client, "hello localhost")).await;
    }
}

/// Panics in its first handshake.
#[derive(Debug)]
struct PanicsOnce {
    has_panicked: AtomicBool,
    key: Arc<rustls::sign::CertifiedKey>,
}

impl ResolvesServerCert for PanicsOnce {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        assert!(self.has_panicked.swap(true, Ordering::Relaxed), "the first handshake");
        Some(Arc::clone(&self.key))
    }
}

#[tokio::test]
async fn a_resolver_that_panics_takes_its_connection_alone() {
    let certified = certified();
    let resolver = || PanicsOnce { has_panicked: AtomicBool::new(false), key: Current::key(&certified) };
    let config = || ServerConfig::builder().with_no_client_auth().with_cert_resolver(Arc::new(resolver()));
    let (http, http_addr) = http(config()).await;
    let [bound, _] = grpc(&config(), &Calls::new()).await;
    let [_, own] = grpc(&config(), &Calls::new()).await;
    let addrs = [http_addr, bound.local_addr().tcp().unwrap(), own.local_addr().tcp().unwrap()];
    for addr in addrs {
        soon("the first handshake", connect(addr, &connector(&certified))).await.unwrap_err();
        soon("the next handshake", connect(addr, &connector(&certified))).await.unwrap();
    }
    for stop in [Stop::of(http), Stop::of(bound), Stop::of(own)] {
        assert_eq!(stop.over().await, Drained::default());
    }
}

#[tokio::test]
async fn handlers_see_the_certificates_of_clients() {
    let certified = certified();
    let mut roots = RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let roots = Arc::new(roots);
    let key = || PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let chain = || vec![certified.cert.der().clone()];
    let verifier = WebPkiClientVerifier::builder(Arc::clone(&roots)).build().unwrap();
    let config = ServerConfig::builder().with_client_cert_verifier(verifier);
    let config = Arc::new(config.with_single_cert(chain(), key()).unwrap());

    let count = async |Extension(tls): Extension<TlsInfo>| format!("{}!", tls.peer_certificates().len());
    let router = Router::new().route("/", get(count));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // A listener of one's own, and a configuration that others share.
    let server = HttpServer::from_listener(tls(listener, Arc::clone(&config)), router);
    let client = ClientConfig::builder().with_root_certificates(roots);
    let mut client = client.with_client_auth_cert(chain(), key()).unwrap();
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connector = TlsConnector::from(Arc::new(client));
    let mut client = connect(server.local_addr().tcp().unwrap(), &connector).await.unwrap();
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]), "set for a listener too");
    client.write_all(REQUEST).await.unwrap();
    soon("the answer", read_to(&mut client, "1!")).await;
    assert!(config.alpn_protocols.is_empty(), "the configuration of others is as it was");
}
