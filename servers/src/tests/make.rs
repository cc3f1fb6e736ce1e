//! What an HTTP server serves besides a router: services that know their peer, and layers around the whole router.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::handler::HandlerWithoutStateExt;
use axum::response::Response;
use axum::routing::get;
use axum::{Router, ServiceExt};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::util::{MapRequestLayer, ThenLayer};
use tower_layer::Layer;

use super::http::Site;
use super::kit::{Raw, Stop, eventually, finished, soon};
use crate::{Draining, HttpServer, IncomingStream};
use service_group::Drained;
use service_group::StatsSource;

fn told<C: std::fmt::Debug + Clone + Send + Sync + 'static>() -> Router {
    // Both are there: the address of the peer replaces no other extension.
    let peer = async |ConnectInfo(peer): ConnectInfo<C>, draining: Option<axum::Extension<Draining>>| {
        format!("{peer:?}, {}", draining.is_some())
    };
    Router::new().route("/", get(peer))
}

#[tokio::test]
async fn handlers_know_their_peer() {
    let routes = told::<SocketAddr>().into_make_service_with_connect_info::<SocketAddr>();
    let server = HttpServer::bind("127.0.0.1:0", routes).await.unwrap();
    for _ in 0..2 {
        let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
        let peer = client.0.local_addr().unwrap();
        client.get("/").await;
        client.read_to(&format!("{peer}, true")).await;
    }
}

/// As with `axum::serve`.
#[tokio::test]
async fn a_router_alone_is_not_told() {
    let server = HttpServer::bind("127.0.0.1:0", told::<SocketAddr>()).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/").await;
    client.read_to("Missing request extension").await;
}

#[tokio::test]
async fn handlers_know_what_their_server_wants_to_know() {
    #[derive(Debug, Clone)]
    #[expect(dead_code, reason = "it is shown")]
    struct Ports {
        ours: u16,
        theirs: u16,
    }

    impl Connected<IncomingStream<'_, TcpListener>> for Ports {
        fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
            let ours = stream.io().local_addr().unwrap().port();
            Self { ours, theirs: stream.remote_addr().port() }
        }
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let routes = told::<Ports>().into_make_service_with_connect_info::<Ports>();
    let server = HttpServer::from_listener(listener, routes);
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    let ports = (client.0.peer_addr().unwrap().port(), client.0.local_addr().unwrap().port());
    client.get("/").await;
    client.read_to(&format!("Ports {{ ours: {}, theirs: {} }}, true", ports.0, ports.1)).await;
}

/// The panic ends that connection, and nothing else.
#[tokio::test]
async fn a_panic_over_one_peer_is_not_the_end_of_the_server() {
    static FIRST: AtomicBool = AtomicBool::new(true);

    #[derive(Debug, Clone)]
    struct Second;

    impl Connected<IncomingStream<'_, TcpListener>> for Second {
        fn connect_info(_: IncomingStream<'_, TcpListener>) -> Self {
            assert!(!FIRST.swap(false, Ordering::SeqCst), "on purpose");
            Self
        }
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let routes = told::<Second>().into_make_service_with_connect_info::<Second>();
    let server = HttpServer::from_listener(listener, routes);
    let mut first = Raw::connect(server.local_addr().tcp().unwrap()).await;
    first.get("/").await;
    assert_eq!(first.read_to_end().await, b"");
    let mut second = Raw::connect(server.local_addr().tcp().unwrap()).await;
    second.get("/").await;
    second.read_to("Second, true").await;
    assert_eq!(Stop::of(server).over().await, Drained::default());
}

#[cfg(unix)]
#[tokio::test]
async fn peers_on_a_unix_socket_have_an_address_for_who_gives_the_listener() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::unix::SocketAddr as UnixAddr;
    use tokio::net::{UnixListener, UnixStream};

    use crate::connection::into_listener::Listening;

    let path = std::env::temp_dir().join(format!("service-group-make-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let routes = told::<UnixAddr>().into_make_service_with_connect_info::<UnixAddr>();
    let server = HttpServer::from_listener(listener, routes);
    let mut client = UnixStream::connect(&path).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut read = String::new();
    soon("the answer", client.read_to_string(&mut read)).await.unwrap();
    assert!(read.ends_with("(unnamed), true"), "{read}");
    drop(server);

    // On one that was handed over there are routes for all alike, but none for each.
    let handed_over = || {
        let _ = std::fs::remove_file(&path);
        Listening::Unix(UnixListener::bind(&path).unwrap())
    };
    let routes = told::<SocketAddr>().into_make_service_with_connect_info::<SocketAddr>();
    let error = HttpServer::bind(handed_over(), routes).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let routes = told::<SocketAddr>().into_make_service();
    drop(HttpServer::bind(handed_over(), routes).await.unwrap());
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn what_is_no_router_is_served_too() {
    let hello = async || "hello";
    let servers = [
        HttpServer::bind("127.0.0.1:0", get(hello)).await.unwrap(),
        HttpServer::bind("127.0.0.1:0", hello.into_service()).await.unwrap(),
        HttpServer::bind("127.0.0.1:0", hello.into_make_service()).await.unwrap(),
    ];
    for server in &servers {
        let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
        client.get("/").await;
        client.read_to("hello").await;
    }
}

#[tokio::test]
async fn a_layer_around_the_router_acts_before_the_route_is_found() {
    let moved = MapRequestLayer::new(|mut request: Request| {
        *request.uri_mut() = request.uri().path().trim_end_matches('/').parse().unwrap();
        request
    });
    // Its futures must not be moved.
    let waits = ThenLayer::new(async |answer: Result<Response, Infallible>| answer);
    let inner = Router::new().route("/here", get("found"));
    let routes = ServiceExt::<Request>::into_make_service(moved.layer(waits.layer(inner)));
    let server = HttpServer::bind("127.0.0.1:0", routes).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/here/").await;
    client.read_to("found").await;
}

/// Lets in one request at a time, of whatever connection.
async fn narrow(site: &Site) -> HttpServer {
    let narrow = GlobalConcurrencyLimitLayer::new(1).layer(site.router());
    HttpServer::bind("127.0.0.1:0", ServiceExt::<Request>::into_make_service(narrow)).await.unwrap()
}

/// A request that waits for its turn is in flight: it is notified of the drain, and its answer is waited for.
#[tokio::test]
async fn a_layer_around_the_router_may_let_requests_wait() {
    let site = Site::open().await;
    let server = narrow(&site).await;
    let (mut first, mut second) = (
        Raw::connect(server.local_addr().tcp().unwrap()).await,
        Raw::connect(server.local_addr().tcp().unwrap()).await,
    );
    first.get("/slow").await;
    soon("the handler", site.entered.opened()).await;
    second.get("/").await;
    eventually("both", || server.task.connections().stats().requests == 2).await;
    let quiet = Raw::connect(server.local_addr().tcp().unwrap()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "it waits for both");
    site.leave.open();
    first.read_to("finally").await;
    let answer = second.read_to("hello").await;
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(stop.over().await, finished(2));
}

/// Over HTTP/2 they wait in the tasks of their streams.
#[tokio::test]
async fn requests_that_wait_are_cut_when_forced() {
    let site = Site::open().await;
    let server = narrow(&site).await;
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/stuck").await;
    soon("the handler", site.entered.opened()).await;
    let io = TokioIo::new(TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("http://test/waits").body(Body::empty()).unwrap();
    let waits = tokio::spawn(sender.send_request(request));
    eventually("both", || server.task.connections().stats().requests == 2).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 2, 0));
    let mut cuts: Vec<_> = drained.cuts.iter().map(|cut| &*cut.what).collect();
    cuts.sort_unstable();
    assert_eq!(cuts, ["GET /stuck", "GET /waits"]);
    waits.await.unwrap().unwrap_err();
}
