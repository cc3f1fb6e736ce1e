//! Two gRPC servers and their three clients in one group, with a stream held open from each client to each server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use service_group::{BoxError, GroupHandle, StopToken, Task, service_group};
use service_group_servers::{GrpcServer, HttpServer, health};
use tonic::Streaming;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Two upstreams, and two gateways and a task that each call both of them.
#[service_group]
struct Several {
    #[group]
    group: GroupHandle,
    #[service(start = upstream(group).await?)]
    orders: GrpcServer,
    #[service(start = upstream(group).await?)]
    users: GrpcServer,
    #[service(start = gateway([orders.channel()?, users.channel()?]).await?)]
    shop: HttpServer,
    #[service(start = gateway([users.channel()?, orders.channel()?]).await?)]
    admin: HttpServer,
    #[service(start = Task::spawn({
        let both = [orders.channel()?, users.channel()?];
        |stop| follow(both, stop)
    }))]
    follower: Task,
}

async fn upstream(group: &GroupHandle) -> std::io::Result<GrpcServer> {
    GrpcServer::bind(ANYWHERE, Routes::new(health::grpc(group))).await
}

type Held = Arc<Mutex<Vec<Streaming<HealthCheckResponse>>>>;

/// Binds a gateway. Each of its requests opens a stream to each upstream, which neither side ends.
async fn gateway(upstreams: [Channel; 2]) -> std::io::Result<HttpServer> {
    let answer = async |State((upstreams, held)): State<([Channel; 2], Held)>| {
        let streams = watch(upstreams).await.expect("both upstreams answer");
        held.lock().expect("no other holder of the lock panics").extend(streams);
        "held"
    };
    HttpServer::bind(ANYWHERE, Router::new().route("/", get(answer)).with_state((upstreams, Held::default())))
        .await
}

/// Opens a stream to each upstream and receives its first message.
async fn watch(upstreams: [Channel; 2]) -> Result<Vec<Streaming<HealthCheckResponse>>, tonic::Status> {
    let mut streams = Vec::new();
    for upstream in upstreams {
        let mut stream = HealthClient::new(upstream).watch(HealthCheckRequest::default()).await?.into_inner();
        stream.message().await?.expect("a first message");
        streams.push(stream);
    }
    Ok(streams)
}

/// Holds a stream to each upstream until a stop is requested.
async fn follow(upstreams: [Channel; 2], stop: StopToken) -> Result<(), BoxError> {
    let _streams = watch(upstreams).await?;
    stop.requested().await;
    Ok(())
}

fn ask(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).expect("the gateway listens");
    client.write_all(b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n").expect("the gateway reads the request");
    let mut answer = [0; 12];
    client.read_exact(&mut answer).expect("the gateway answers");
    assert_eq!(&answer, b"HTTP/1.1 200");
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_upstreams_and_clients_stop_in_order() {
    let app = Several::start().await.expect("the group starts");
    let addresses = [&app.shop, &app.admin, &app.shop].map(|server| server.local_addr().tcp().unwrap());
    let clients = tokio::task::spawn_blocking(move || addresses.map(ask)).await.expect("all are answered");
    let report = app.stop().await;
    drop(clients);
    assert!(report.is_clean(), "{report}");
    let asked: Vec<_> = report.services.iter().map(|service| &*service.name).collect();
    assert_eq!(asked[..3], ["shop", "admin", "follower"], "services without dependents stop first: {report}");
    let clients_ended =
        report.services[..3].iter().map(|service| service.stop_requested_after + service.stop_duration).max();
    for upstream in &report.services[3..] {
        assert!(
            Some(upstream.stop_requested_after) >= clients_ended,
            "an upstream stopped before its clients had ended: {report}"
        );
    }
}
