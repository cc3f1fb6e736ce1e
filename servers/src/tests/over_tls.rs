//! Servers over the TLS of this crate. That each case of a stop ends as without TLS is in `matrix/`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::{Extension, Router};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair};
use service_group::Drained;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, ServerConfig};
use tonic::service::Routes;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Server};

use super::kit::{Latch, Raw, Stop, eventually, finished, soon};
use super::rpc::{Calls, call};
use super::tls::{certified, connector};
use crate::connection::tls::HANDSHAKE_WITHIN;
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

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_end_delays_nobody_and_ends_at_its_limit() {
    let certified = certified();
    let (_http, http_addr) = http(config(&certified)).await;
    let [bound, own] = grpc(&config(&certified), &Calls::new()).await;
    let addrs = [http_addr, bound.local_addr().tcp().unwrap(), own.local_addr().tcp().unwrap()];
    for addr in addrs {
        // The first bytes of a `ClientHello` of 512 bytes, or none.
        for start in [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
            let begun = Instant::now();
            let mut slow = Raw(TcpStream::connect(addr).await.unwrap());
            slow.0.write_all(start).await.unwrap();
            sleep(HANDSHAKE_WITHIN / 2).await;
            let others = Instant::now();
            connect(addr, &connector(&certified)).await.expect("a handshake beside a slow one");
            assert_eq!(others.elapsed(), Duration::ZERO);
            let _ = slow.0.read_to_end(&mut Vec::new()).await;
            let elapsed = begun.elapsed();
            let limits = HANDSHAKE_WITHIN..HANDSHAKE_WITHIN + Duration::from_millis(100);
            assert!(limits.contains(&elapsed), "{addr}: {elapsed:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_open_for_longer_than_a_handshake() {
    let certified = certified();
    let (_server, addr) = http(config(&certified)).await;
    let mut client = connect(addr, &connector(&certified)).await.unwrap();
    for _ in 0..2 {
        sleep(3 * HANDSHAKE_WITHIN).await;
        client.write_all(REQUEST).await.unwrap();
        read_to(&mut client, "hello localhost").await;
    }
}

/// Handshakes have the time that open connections have to bring a request, and no more.
#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_handshakes() {
    let certified = certified();
    for kind in 0..3 {
        let ((http, http_addr), [bound, own]) =
            (http(config(&certified)).await, grpc(&config(&certified), &Calls::new()).await);
        let addrs = [http_addr, bound.local_addr().tcp().unwrap(), own.local_addr().tcp().unwrap()];
        let mut clients = Vec::new();
        for start in [&b""[..], b"\x16\x03\x01\x02"] {
            let mut client = TcpStream::connect(addrs[kind]).await.unwrap();
            client.write_all(start).await.unwrap();
            clients.push(client);
        }
        let task = [&http.task, &bound.task, &own.task][kind];
        // `eventually` has timers, which this clock would skip.
        while task.connections().count() < 2 {
            tokio::task::yield_now().await;
        }
        let begun = Instant::now();
        let stop = match kind {
            0 => Stop::of(http),
            1 => Stop::of(bound),
            _ => Stop::of(own),
        };
        assert_eq!(stop.over().await, Drained::default());
        assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
    }
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

#[tokio::test]
async fn calls_over_tls_are_answered_in_the_drain() {
    let (certified, calls) = (certified(), Calls::new());
    for server in grpc(&config(&certified), &calls).await {
        let channel = channel(server.local_addr().tcp().unwrap(), &certified);
        let peer = soon("the call", call(channel.clone(), "Peer")).await.unwrap();
        assert!(peer.starts_with("127.0.0.1:"), "{peer}");
        assert_eq!(soon("the call", call(channel.clone(), "ServerName")).await.unwrap(), "localhost");
        let error = server.channel().unwrap_err().to_string();
        assert!(error.contains("would have to trust its certificate"), "{error}");
        let slow = tokio::spawn(call(channel, "Slow"));
        soon("the handler", calls.entered.opened()).await;
        // A handshake that never begins: it is not waited for, though a call is.
        let shy = Raw::connect(server.local_addr().tcp().unwrap()).await;
        let stop = Stop::of(server);
        assert!(stop.outlives(shy).await);
        calls.leave.open();
        assert_eq!(slow.await.unwrap().unwrap(), "finally");
        assert_eq!(stop.over().await, finished(1));
        calls.leave.close();
        calls.entered.close();
    }
}

/// Sends one request after the other until it is turned away. Returns how many were answered.
async fn asks_until_turned_away(addr: SocketAddr, connector: TlsConnector, asked: Latch) -> u64 {
    let mut answered = 0;
    loop {
        // Refused, since the server has closed its socket: nothing was sent.
        let Ok(mut client) = connect(addr, &connector).await else { return answered };
        loop {
            client.write_all(REQUEST).await.expect("a connection that was not closed before its answer");
            let answer = read_to(&mut client, "hello localhost").await;
            answered += 1;
            asked.open();
            if answer.contains("connection: close") {
                break;
            }
        }
        let end = client.read(&mut [0]).await;
        assert_eq!(end.expect("`close_notify` before the end"), 0);
    }
}

#[tokio::test]
async fn a_drain_over_tls_loses_no_request_and_ends_each_connection_in_order() {
    let certified = certified();
    for _ in 0..5 {
        let (server, addr) = http(config(&certified)).await;
        let asked = Latch::new();
        let ask = || tokio::spawn(asks_until_turned_away(addr, connector(&certified), asked.clone()));
        let clients: Vec<_> = (0..4).map(|_| ask()).collect();
        soon("the first answer", asked.opened()).await;
        let drained = Stop::of(server).over().await;
        assert_eq!((drained.cut, drained.still_running), (0, 0));
        let mut answered = 0;
        for client in clients {
            answered += soon("the client", client).await.expect("no request is lost");
        }
        assert!(answered >= drained.finished && drained.finished > 0, "{answered}, {drained:?}");
    }
}

/// What was cut is no orderly end: a client can tell that its answer is not whole.
#[tokio::test]
async fn a_cut_is_no_orderly_end() {
    let certified = certified();
    let router = Router::new().route("/", get(std::future::pending::<()>));
    let server = HttpServer::bind(tls("127.0.0.1:0", config(&certified)), router).await.unwrap();
    let addr = server.local_addr().tcp().unwrap();
    let mut client = connect(addr, &connector(&certified)).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    eventually("the request", || server.task.connections().requests() == 1).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.cut, &*drained.cuts[0].what), (1, "GET /"));
    let end = soon("the end", client.read(&mut [0])).await.unwrap_err();
    assert!(matches!(end.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{end}");
}

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

#[tokio::test]
async fn a_client_without_tls_is_turned_away_alone() {
    let certified = certified();
    let (server, addr) = http(config(&certified)).await;
    let mut plain = Raw::connect(addr).await;
    plain.get("/").await;
    assert_ne!(plain.read_to_end().await.first(), Some(&b'H'), "no answer in the clear");
    connect(addr, &connector(&certified)).await.expect("the server goes on");
    assert_eq!(Stop::of(server).over().await, Drained::default());
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_has_tls_as_well() {
    let certified = certified();
    let path = std::env::temp_dir().join(format!("service-group-tls-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let router = Router::new().route("/", get(async || "hello"));
    let server = HttpServer::bind(tls(&path, config(&certified)), router).await.unwrap();
    let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = soon("the handshake", connector(&certified).connect(name, stream)).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    soon("the answer", client.read_to_string(&mut answer)).await.expect("an orderly end");
    assert!(answer.ends_with("hello"), "{answer}");
    drop(client);
    assert_eq!(Stop::of(server).over().await, Drained::default());
}
