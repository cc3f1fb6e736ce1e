//! What this process consists of. The order of start and stop follows from what each start names.

use service_group::{GroupHandle, GrpcServer, HttpServer, Task, service_group};

use crate::options::Options;
use crate::store::Store;
use crate::telemetry::Telemetry;
use crate::{gateway, rpc, totals};

/// An HTTP gateway in front of a gRPC service over a store.
#[service_group(stop_within = "25s")]
pub(crate) struct App {
    options: Options,

    #[group]
    group: GroupHandle,

    #[service(start = Telemetry::new(&options.data), first)]
    telemetry: Telemetry,

    #[service(start = Store::open(&options.data).await?, stop = store.close().await)]
    store: Store,

    #[service(start = Task::spawn({ let store = store.clone(); |stop| totals::keep(store, stop) }), stop_within = "2s")]
    totals: Task,

    // It does not use the totals. It is `after` them to stop before they do, so that they count its last order.
    #[service(start = rpc::start(options, store, telemetry).await?, after(totals), stop_within = "6s")]
    rpc: GrpcServer,

    // `rpc.channel()` orders the two: the gateway starts after the server that it calls, and stops before it.
    #[service(start = gateway::start(options, rpc.channel(), telemetry).await?, stop_within = "6s")]
    gateway: HttpServer,
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    fn options(folder: &TempDir, http: &str) -> Options {
        let data = folder.path().to_str().unwrap();
        Options::parse_from(["gateway-rpc", "--http", http, "--rpc", "127.0.0.1:0", "--data", data])
    }

    #[tokio::test]
    async fn it_starts_takes_an_order_and_stops_cleanly() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::start(options(&folder, "127.0.0.1:0")).await.unwrap();
        let mut client = TcpStream::connect(app.gateway.local_addr()).await.unwrap();
        let order = r#"{"item": "tea", "quantity": 2}"#;
        let head =
            "POST /orders HTTP/1.1\r\nhost: orders\r\ncontent-type: application/json\r\nconnection: close";
        let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{order}", order.len());
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");

        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        let store = Store::open(folder.path()).await.unwrap();
        assert_eq!(store.get(1).await.unwrap().unwrap().item, "tea");
        assert_eq!(store.totals().await.unwrap().into_values().next().unwrap().items, 2);
        assert!(folder.path().join("telemetry.jsonl").exists());
    }

    #[tokio::test]
    async fn a_port_in_use_is_told_and_what_had_started_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let error = App::start(options(&folder, &address)).await.err().unwrap();
        let told = error.to_string();
        let expected = format!("`gateway` did not start: cannot listen on {address}: ");
        assert!(told.starts_with(&expected) && !told.contains('\n'), "{told}");
        Store::open(folder.path()).await.unwrap();
    }
}
