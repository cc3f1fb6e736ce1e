//! Servers over the TLS of this crate. That each case of a stop ends as without TLS is in `matrix/`.

mod certificates;
mod drains;
mod handshakes;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::{Extension, Router};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tonic::service::Routes;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Server};

use super::kit::{Stop, finished, soon};
use super::rpc::Calls;
use super::tls::certified;
use crate::{GrpcServer, HttpServer, TlsInfo, tls};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

pub(super) fn config(certified: &CertifiedKey<KeyPair>) -> ServerConfig {
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    config.with_single_cert(vec![certified.cert.der().clone()], key).unwrap()
}

fn router() -> Router {
    let who = async |ConnectInfo(peer): ConnectInfo<SocketAddr>, Extension(tls): Extension<TlsInfo>| {
        assert!(peer.ip().is_loopback() && tls.protocol_version().is_some());
        format!("hello {}", tls.server_name().unwrap_or("nobody"))
    };
    Router::new().route("/", get(who))
}

async fn http(config: ServerConfig) -> (HttpServer, SocketAddr) {
    let router = router().into_make_service_with_connect_info::<SocketAddr>();
    let server = HttpServer::bind(tls("127.0.0.1:0", config), router).await.unwrap();
    let addr = server.local_addr().tcp().unwrap();
    (server, addr)
}

/// A server in a loop of ours, and one in that of tonic.
async fn grpc(config: &ServerConfig, calls: &Calls) -> [GrpcServer; 2] {
    let (address, routes) = (|| tls("127.0.0.1:0", config.clone()), Routes::new(calls.clone()));
    [
        GrpcServer::bind(address(), routes.clone()).await.unwrap(),
        GrpcServer::bind_with(address(), Server::builder(), routes).await.unwrap(),
    ]
}

fn channel(addr: SocketAddr, certified: &CertifiedKey<KeyPair>) -> Channel {
    let certificate = Certificate::from_pem(certified.cert.pem());
    let tls = ClientTlsConfig::new().ca_certificate(certificate).domain_name("localhost");
    Channel::from_shared(format!("https://{addr}")).unwrap().tls_config(tls).unwrap().connect_lazy()
}

async fn connect(addr: SocketAddr, connector: &TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(addr).await?;
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// Reads an answer whose body ends so.
async fn read_to(client: &mut TlsStream<TcpStream>, text: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(text.as_bytes()) {
        let mut bytes = [0; 4096];
        let count = client.read(&mut bytes).await.expect("an answer");
        assert!(count > 0, "{text:?} never came after {:?}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&bytes[..count]);
    }
    String::from_utf8(read).unwrap()
}

/// A connector that offers these ALPN protocols.
fn offers(certified: &CertifiedKey<KeyPair>, protocols: &[&[u8]]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn alpn_is_what_the_server_speaks_unless_it_is_configured() {
    let certified = certified();
    let (_http, http_addr) = http(config(&certified)).await;
    let mut own = config(&certified);
    own.alpn_protocols = vec![b"http/1.1".to_vec()];
    let (_own, own_addr) = http(own).await;
    let grpc = grpc(&config(&certified), &Calls::new()).await;
    let [bound_addr, with_addr] = grpc.each_ref().map(|server| server.local_addr().tcp().unwrap());

    let both: &[&[u8]] = &[b"http/1.1", b"h2"];
    let cases = [
        (http_addr, both, if cfg!(feature = "http2") { "h2" } else { "http/1.1" }),
        (http_addr, &both[..1], "http/1.1"),
        (own_addr, both, "http/1.1"),
        (bound_addr, both, "h2"),
        (with_addr, both, "h2"),
    ];
    for (addr, offered, agreed) in cases {
        let client = soon("the handshake", connect(addr, &offers(&certified, offered))).await.unwrap();
        assert_eq!(client.get_ref().1.alpn_protocol(), Some(agreed.as_bytes()), "{addr}");
    }
    let refused = soon("the handshake", connect(bound_addr, &offers(&certified, &[b"http/1.1"]))).await;
    refused.unwrap_err();
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn http2_is_served_by_alpn() {
    use hyper::client::conn::http2;

    let certified = certified();
    let (server, addr) = http(config(&certified)).await;
    let stream = connect(addr, &offers(&certified, &[b"h2"])).await.unwrap();
    let (mut send, conn) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let conn = tokio::spawn(conn);
    let request = axum::http::Request::get("https://localhost/").body(Full::new(Bytes::new())).unwrap();
    let answer: axum::http::Response<Incoming> =
        soon("the answer", send.send_request(request)).await.unwrap();
    assert!(answer.status().is_success());
    drop(answer);
    assert_eq!(Stop::of(server).over().await, finished(0));
    soon("the end of the connection", conn).await.unwrap().expect("a GOAWAY and an orderly end");
}
