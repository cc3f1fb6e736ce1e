//! Streams that only observe: reflection, and the `Watch` of grpc.health.v1.

use tokio::time::Instant;
use tokio_stream::StreamExt;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

use super::kit::{Stop, finished, soon};
use super::rpc::{Calls, both, call, channel};
use crate::GrpcServer;
use crate::requests::conn::GOODBYE;
use crate::stop::LINGER;
use service_group::Drained;

fn routes(calls: &Calls) -> Routes {
    let (_, health) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .unwrap();
    Routes::new(calls.clone()).add_service(health).add_service(reflection)
}

async fn server() -> (GrpcServer, Calls) {
    let calls = Calls::new();
    (GrpcServer::bind("127.0.0.1:0", routes(&calls)).await.unwrap(), calls)
}

async fn servers() -> [(GrpcServer, Channel); 2] {
    both(|| routes(&Calls::new())).await.map(|(server, addr)| (server, channel(addr)))
}

fn is_stopping(status: &Status) {
    assert_eq!((status.code(), status.message()), (Code::Unavailable, "server is stopping"));
}

/// One request, and then nothing, for as long as the stream lives.
fn lists_services() -> impl tokio_stream::Stream<Item = ServerReflectionRequest> {
    let list = MessageRequest::ListServices(String::new());
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    tokio_stream::once(request).chain(tokio_stream::pending())
}

#[tokio::test]
async fn a_reflection_stream_ends_with_the_drain() {
    for (server, channel) in servers().await {
        let mut client = ServerReflectionClient::new(channel);
        let mut stream = client.server_reflection_info(lists_services()).await.unwrap().into_inner();
        stream.message().await.unwrap().expect("the list");
        let stop = Stop::of(server);
        is_stopping(&soon("the end", stream.message()).await.unwrap_err());
        // The client still holds its own side of the stream.
        assert_eq!(stop.over().await, Drained::default());
    }
}

/// Its request ends too, although the client holds it, so that the connection can close. The paused clock goes on only
/// when nothing else can.
#[tokio::test(start_paused = true)]
async fn a_reflection_stream_needs_no_cut() {
    for (server, channel) in servers().await {
        let mut client = ServerReflectionClient::new(channel);
        let mut stream = client.server_reflection_info(lists_services()).await.unwrap().into_inner();
        stream.message().await.unwrap().expect("the list");
        let begun = Instant::now();
        Stop::of(server).over().await;
        assert!(begun.elapsed() < LINGER + GOODBYE, "it came to a cut");
    }
}

#[tokio::test]
async fn a_health_watch_ends_with_the_drain() {
    for (server, channel) in servers().await {
        let mut client = HealthClient::new(channel);
        let mut stream = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
        stream.message().await.unwrap().expect("the status");
        let stop = Stop::of(server);
        is_stopping(&soon("the end", stream.message()).await.unwrap_err());
        assert_eq!(stop.over().await, Drained::default());
    }
}

#[tokio::test]
async fn they_are_not_cut_with_the_rest() {
    let (server, calls) = server().await;
    let mut client = HealthClient::new(server.channel().unwrap());
    let _watch = client.watch(HealthCheckRequest::default()).await.unwrap();
    let stuck = tokio::spawn(call(server.channel().unwrap(), "Stuck"));
    soon("the handler", calls.entered.opened()).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    assert_eq!(drained.cuts[0].what, "/test.Calls/Stuck");
    stuck.await.unwrap().unwrap_err();
}

/// The story that this crate answers: a gateway in the same process holds a reflection stream.
#[cfg(feature = "http")]
#[tokio::test]
async fn a_gateway_that_holds_one_hangs_nobody() {
    use super::kit::{Latch, Raw};
    use crate::HttpServer;
    use axum::routing::get;

    let (rpc, _) = server().await;
    let (channel, entered) = (rpc.channel().unwrap(), Latch::new());
    let enter = entered.clone();
    let proxy = async move || {
        let stream = ServerReflectionClient::new(channel).server_reflection_info(lists_services()).await;
        let mut stream = stream.unwrap().into_inner();
        enter.open();
        while let Ok(Some(_)) = stream.message().await {}
        "the stream has ended"
    };
    let router = axum::Router::new().route("/", get(proxy));
    let gateway = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let mut client = Raw::connect(gateway.local_addr().tcp().unwrap()).await;
    client.get("/").await;
    soon("the stream", entered.opened()).await;
    let (gateway, rpc) = (Stop::of(gateway), Stop::of(rpc));
    assert_eq!(rpc.over().await, Drained::default());
    client.read_to("the stream has ended").await;
    assert_eq!(gateway.over().await, finished(1));
}
