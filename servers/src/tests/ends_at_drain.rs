//! The layer `EndsAtDrain`.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{Request, Response};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::BodyExt;
use tonic::Code;
use tonic::service::{LayerExt, Routes};
use tower::{Layer, ServiceExt, service_fn};

use super::kit::{Latch, Raw, Stop, eventually, finished, soon};
use super::rpc::{Calls, channel, open};
use crate::{EndsAtDrain, GrpcServer, HttpServer};

/// A first item, and a last one when the latch opens.
fn items(leave: Latch) -> impl Stream<Item = Result<&'static str, Infallible>> + Send {
    let last = stream::once(async move {
        leave.opened().await;
        Ok("last.")
    });
    stream::iter([Ok("first")]).chain(last)
}

#[tokio::test]
async fn the_streams_of_its_route_end_in_order_and_count_as_answered() {
    let leave = Latch::new();
    let [with, without, known] = [0; 3].map(|_| leave.clone());
    let router = Router::new()
        .route("/with", get(async || Body::from_stream(items(with))).layer(EndsAtDrain::new()))
        .route("/without", get(async || Body::from_stream(items(without))))
        .route(
            "/known",
            get(async || ([(CONTENT_LENGTH, "10")], Body::from_stream(items(known))))
                .layer(EndsAtDrain::new()),
        );
    let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let mut clients = Vec::new();
    for path in ["/with", "/without", "/known"] {
        let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
        client.get(path).await;
        client.read_to("first").await;
        clients.push(client);
    }
    let connections = std::sync::Arc::clone(server.task.connections());
    let stop = Stop::of(server);
    let mut ends = clients.into_iter();
    let mut next = || ends.next().unwrap();
    assert!(
        String::from_utf8(next().read_to_end().await).unwrap().ends_with("0\r\n\r\n"),
        "the end of a body"
    );
    eventually("the end of one", || connections.requests() == 2).await;
    assert!(!stop.is_over());
    leave.open();
    next().read_to("last.").await;
    next().read_to("last.").await;
    assert_eq!(stop.over().await, finished(3));
}

#[tokio::test]
async fn a_stream_of_grpc_ends_with_unavailable() {
    let routes = Routes::new(EndsAtDrain::new().named_layer(Calls::new()));
    let server = GrpcServer::bind("127.0.0.1:0", routes).await.unwrap();
    let mut stream = open(channel(server.local_addr().tcp().unwrap()), "Open").await;
    assert_eq!(stream.message().await.unwrap().unwrap(), "first");
    let stop = Stop::of(server);
    let end = soon("the end", stream.message()).await.unwrap_err();
    assert_eq!((end.code(), end.message()), (Code::Unavailable, "server is stopping"));
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn outside_of_a_server_it_does_nothing() {
    let leave = Latch::new();
    leave.open();
    let service = EndsAtDrain::new().layer(service_fn(move |_: Request<()>| {
        let body = Body::from_stream(items(leave.clone()));
        async { Ok::<_, Infallible>(Response::new(body)) }
    }));
    let answer = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(soon("the body", answer.into_body().collect()).await.unwrap().to_bytes(), "firstlast.");
}
