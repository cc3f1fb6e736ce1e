//! Both servers over TLS: inside the gate for axum, whose listener is the user's, and outside of it for tonic.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::serve::Listener;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity, Server, ServerTlsConfig};

use super::kit::{Raw, Stop, eventually, finished, soon};
use super::rpc::{Calls, call};
use crate::{GrpcServer, HttpServer};

const SIZE: usize = 8 << 20;

pub(super) fn certified() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap()
}

/// Makes a handshake with one client after the other.
pub(super) struct TlsListener {
    inner: TcpListener,
    acceptor: TlsAcceptor,
}

impl TlsListener {
    pub(super) fn new(inner: TcpListener, certified: &CertifiedKey<KeyPair>) -> Self {
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
        Self { inner, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, peer) = self.inner.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

pub(super) fn connector(certified: &CertifiedKey<KeyPair>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    TlsConnector::from(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

#[tokio::test]
async fn a_slow_reader_gets_its_answer_whole() {
    let certified = certified();
    let listener = TlsListener::new(TcpListener::bind("127.0.0.1:0").await.unwrap(), &certified);
    let big = async |ConnectInfo(_): ConnectInfo<SocketAddr>| vec![b'x'; SIZE];
    let router = Router::new().route("/", get(big));
    let server =
        HttpServer::from_listener(listener, router.into_make_service_with_connect_info::<SocketAddr>());

    let connect = async || {
        let stream = TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap();
        connector(&certified).connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap()
    };
    let (mut client, mut quiet) = (connect().await, connect().await);
    client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut read = vec![0; 1];
    client.read_exact(&mut read).await.unwrap();
    let stop = Stop::of(server);
    let _ = soon("the end of a quiet connection", quiet.read(&mut [0])).await;
    assert!(!stop.is_over(), "an answer under way is in flight");
    soon("the answer", client.read_to_end(&mut read)).await.expect("an orderly end");
    assert_eq!(read.iter().rev().take_while(|byte| **byte == b'x').count(), SIZE);
    assert_eq!(stop.over().await, finished(1));
}

fn grpc() -> (GrpcServer, SocketAddr, Calls, Channel) {
    let (certified, calls) = (certified(), Calls::new());
    let (cert, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    let tls = ServerTlsConfig::new().identity(Identity::from_pem(&cert, key));
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let addr = incoming.local_addr().unwrap();
    let own = Server::builder().tls_config(tls).unwrap();
    let server = GrpcServer::from_incoming(incoming, own, Routes::new(calls.clone()));
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(cert)).domain_name("localhost");
    let endpoint = Channel::from_shared(format!("https://{addr}")).unwrap().tls_config(tls).unwrap();
    (server, addr, calls, endpoint.connect_lazy())
}

#[tokio::test]
async fn calls_know_their_connection() {
    let (server, addr, calls, channel) = grpc();
    let peer = soon("the call", call(channel.clone(), "Peer")).await.unwrap();
    assert!(peer.starts_with("127.0.0.1:"), "{peer}");
    let slow = tokio::spawn(call(channel, "Slow"));
    let mut shy = Raw::connect(addr).await;
    soon("the handler", calls.entered.opened()).await;
    eventually("both", || server.task.connections().count() == 2).await;
    let stop = Stop::of(server);
    // A handshake that never begins: it is not waited for, though a call is.
    shy.read_to_end().await;
    assert!(!stop.is_over());
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn a_stuck_call_is_cut_when_forced() {
    let (server, _, calls, channel) = grpc();
    let stuck = tokio::spawn(call(channel, "Stuck"));
    soon("the handler", calls.entered.opened()).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    stuck.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn handlers_see_the_certificates_of_clients() {
    let (certified, calls) = (certified(), Calls::new());
    let (cert, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    let (identity, root) = (Identity::from_pem(&cert, key), Certificate::from_pem(&cert));
    let tls = ServerTlsConfig::new().identity(identity.clone()).client_ca_root(root.clone());
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let addr = incoming.local_addr().unwrap();
    let own = Server::builder().tls_config(tls).unwrap();
    let _server = GrpcServer::from_incoming(incoming, own, Routes::new(calls));
    let tls = ClientTlsConfig::new().ca_certificate(root).identity(identity).domain_name("localhost");
    let endpoint = Channel::from_shared(format!("https://{addr}")).unwrap().tls_config(tls).unwrap();
    let seen = soon("the call", call(endpoint.connect_lazy(), "Certificates")).await.unwrap();
    assert_eq!(seen, "1");
}
