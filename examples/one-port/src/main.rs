//! HTTP and gRPC on one port. tonic's routes are an axum router, so one `HttpServer` serves and stops both.
//!
//! Try `curl localhost:3000`, or query the health of the group with a gRPC client, then press Ctrl-C. The stop waits
//! for gRPC calls as for any request in flight. The report names a call as `POST /package.Service/Method`.

use axum::{Router, routing::get};
use service_group::{GroupHandle, Outcome, service_group};
use service_group_servers::{HttpServer, health};
use tonic::service::Routes;

#[service_group]
struct App {
    address: String,

    #[group]
    group: GroupHandle,

    #[service(start = HttpServer::bind(address.as_str(), routes(group)).await?)]
    server: HttpServer,
}

fn routes(group: &GroupHandle) -> Router {
    let http = Router::new().route("/", get(async || "hello\n")).merge(health::routes(group));
    // tonic's fallback would answer unknown HTTP paths with a gRPC status, so axum's fallback replaces it.
    let grpc = Routes::new(health::grpc(group)).into_axum_router().reset_fallback();
    http.merge(grpc)
}

#[tokio::main]
async fn main() -> Outcome {
    App::run("127.0.0.1:3000".to_owned()).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tonic::transport::Endpoint;
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;

    use service_group::testing;

    use super::App;

    #[tokio::test(flavor = "multi_thread")]
    async fn stops_whatever_fails() {
        testing::faults(|| App::runner("127.0.0.1:0".to_owned())).await;
    }

    #[tokio::test]
    async fn http_and_grpc_are_served_and_stopped_on_one_port() {
        let app = App::start("127.0.0.1:0".to_owned()).await.expect("the group starts");
        let addr = app.server.local_addr().tcp().unwrap();

        let mut http = TcpStream::connect(addr).await.unwrap();
        http.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        http.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello\n"), "{answer}");

        let channel = Endpoint::from_shared(format!("http://{addr}")).unwrap().connect().await.unwrap();
        let mut health = HealthClient::new(channel);
        let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
        let first = watch.message().await.unwrap().expect("a status");
        assert_eq!(first.status(), ServingStatus::Serving);

        // The client holds the watch open. It ends when the server stops.
        let stop = tokio::spawn(app.stop());
        while let Ok(Some(_)) = watch.message().await {}
        let report =
            tokio::time::timeout(Duration::from_secs(20), stop).await.expect("the group stops").unwrap();
        assert!(report.is_clean(), "{report}");
    }
}
