//! `HttpServer` serves in a loop of this crate, and `axum::serve` in its own.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, Version};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use futures_util::stream;
use tokio::net::TcpListener;

use super::super::kit::Raw;
use super::{Both, sorted};
use crate::HttpServer;

async fn listen() -> Both<HttpServer> {
    let service = || router().into_make_service_with_connect_info::<SocketAddr>();
    let server = HttpServer::bind("127.0.0.1:0", service()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addrs = [server.local_addr().tcp().unwrap(), listener.local_addr().unwrap()];
    tokio::spawn(axum::serve(listener, service()).into_future());
    Both { _servers: server, addrs }
}

fn router() -> Router {
    let chunks = || stream::iter(["one ", "two ", "three"].map(Ok::<_, std::io::Error>));
    let broken = || {
        let chunks = [Ok(Bytes::from_static(b"a part")), Err(std::io::Error::other("broken"))];
        stream::iter(chunks)
    };
    Router::new()
        .route("/", get(async || "hello").post(async |body: String| body.to_uppercase()))
        .route("/empty", get(async || StatusCode::NO_CONTENT))
        .route("/stream", get(async move || Body::from_stream(chunks())))
        .route("/broken", get(async move || Body::from_stream(broken())))
        .route("/panic", get(async || on_purpose()))
        .route("/peer", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()))
        .route("/unread", post(async || "not read"))
        .route("/error", get(async || (StatusCode::IM_A_TEAPOT, [("x-kind", "pot")], "short and stout")))
        .route("/request", any(shown))
}

fn on_purpose() {
    panic!("on purpose")
}

/// All that a handler sees of a request.
async fn shown(
    method: Method,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    format!("{method} {} {version:?} {} {body:?}", uri, sorted(&headers))
}

#[tokio::test]
async fn http1_is_answered_alike() {
    let both = listen().await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    let answer = both.answer_bytes("a request", get("/").as_bytes()).await;
    assert!(answer.ends_with("hello"), "{answer}");
    for path in [
        "/empty",
        "/stream",
        "/error",
        "/missing",
        "/peer",
        "/request?a=b&c",
        "/%2e%2e/x",
        "*",
        "http://other/",
    ] {
        both.answer_bytes(path, get(path).as_bytes()).await;
    }
    let cases: [(&str, &[u8]); 18] = [
        ("a body that breaks", b"GET /broken HTTP/1.1\r\nhost: test\r\n\r\n"),
        ("a panic", b"GET /panic HTTP/1.1\r\nhost: test\r\n\r\n"),
        ("HEAD", b"HEAD / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"),
        ("HEAD of a stream", b"HEAD /stream HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"),
        ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n"),
        ("HTTP/1.0, a stream", b"GET /stream HTTP/1.0\r\n\r\n"),
        ("HTTP/1.0, kept alive", b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
        ("no host", b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"),
        ("not HTTP", b"hello\r\n\r\n"),
        ("another version", b"GET / HTTP/3.0\r\n\r\n"),
        ("a header that is none", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"),
        ("a method that is not allowed", b"DELETE / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"),
        ("an upload", b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"),
        (
            "an upload in chunks",
            b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ),
        (
            "an upload on demand",
            b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\nexpect: 100-continue\r\nconnection: close\r\n\r\nhello",
        ),
        ("a length that is none", b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: x\r\n\r\n"),
        (
            "two requests at once",
            b"GET / HTTP/1.1\r\nhost: test\r\n\r\nGET /error HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
        ),
        (
            "a tunnel",
            b"CONNECT test:80 HTTP/1.1\r\nhost: test:80\r\nconnection: close\r\n\r\n",
        ),
    ];
    for (what, bytes) in cases {
        both.answer_bytes(what, bytes).await;
    }
    let long = format!("GET / HTTP/1.1\r\nhost: test\r\nx-long: {}\r\n\r\n", "x".repeat(1 << 20));
    both.answer_bytes("a head that is too long", long.as_bytes()).await;
    let many = format!("GET / HTTP/1.1\r\nhost: test\r\n{}\r\n", "x: y\r\n".repeat(200));
    both.answer_bytes("a head with too many headers", many.as_bytes()).await;
}

#[tokio::test]
async fn a_connection_is_used_again_alike() {
    let both = listen().await;
    for addr in both.addrs {
        let mut client = Raw::connect(addr).await;
        for _ in 0..3 {
            client.get("/").await;
            assert!(!client.read_to("hello").await.contains("connection: close"));
        }
        // An upload that the handler does not read is read for it.
        client.write("POST /unread HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello").await;
        client.read_to("not read").await;
        client.get("/error").await;
        client.read_to("short and stout").await;
    }
}

#[tokio::test]
async fn http2_is_answered_alike() {
    let both = listen().await;
    let to = |method: Method, path: &'static str| {
        move || {
            let request = Request::builder().method(method.clone()).uri(format!("http://test{path}"));
            request.version(Version::HTTP_2).body(()).unwrap()
        }
    };
    let answer = both.answer("a request", to(Method::GET, "/"), &[]).await;
    assert!(answer.contains("hello"), "{answer}");
    for path in ["/empty", "/stream", "/broken", "/panic", "/error", "/missing", "/peer", "/request?a=b"] {
        both.answer(path, to(Method::GET, path), &[]).await;
    }
    both.answer("HEAD", to(Method::HEAD, "/stream"), &[]).await;
    both.answer("an upload", to(Method::POST, "/"), b"hello").await;
    both.answer("an upload that is not read", to(Method::POST, "/unread"), b"hello").await;
    both.answer("not allowed", to(Method::DELETE, "/"), &[]).await;
    let tunnel = || Request::connect("test:80").version(Version::HTTP_2).body(()).unwrap();
    both.answer("a tunnel", tunnel, &[]).await;
    let websocket = || {
        let mut request = to(Method::CONNECT, "/request")();
        request.extensions_mut().insert(h2::ext::Protocol::from_static("websocket"));
        request
    };
    both.answer("a WebSocket", websocket, &[]).await;
    let long = || {
        let mut request = to(Method::GET, "/")();
        request.headers_mut().insert("x-long", "x".repeat(1 << 15).parse().unwrap());
        request
    };
    both.answer("a head that is too long", long, &[]).await;
}

#[tokio::test]
async fn connections_of_http2_begin_alike() {
    let both = listen().await;
    both.assert_same_settings().await;
}
