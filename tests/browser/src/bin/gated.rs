//! A group whose start, answers and stop wait for gates, opened over its admin port: `POST /open/GATE`.
//!
//! Prints `admin ADDRESS` and `gateway ADDRESS` on stdout. The first argument is the admin's port.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use service_group::{BoxError, GroupHandle, Outcome, Running, Service, StopContext, service_group};
use service_group_servers::{HttpServer, statusz};
use tokio::sync::watch;

/// Gates, closed until each is opened by name. Clones are the same gates.
#[derive(Debug, Clone, Default)]
struct Gates(Arc<watch::Sender<BTreeSet<String>>>);

impl Gates {
    fn open(&self, name: String) {
        self.0.send_modify(|open| {
            open.insert(name);
        });
    }

    async fn pass(&self, name: &str) {
        // The other end is in `self`.
        let _ = self.0.subscribe().wait_for(|open| open.contains(name)).await;
    }
}

/// Stops when its gate is open.
#[derive(Debug)]
struct Gated(&'static str, Gates);

impl Gated {
    async fn start(gate: &str, stop: &'static str, gates: &Gates) -> Self {
        gates.pass(gate).await;
        Self(stop, gates.clone())
    }
}

impl Service for Gated {
    const STOP_WITHIN: Duration = Duration::from_mins(1);

    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        self.1.pass(self.0).await;
        Ok(())
    }
}

#[service_group(stop_within = "120s")]
struct Storage {
    gates: Gates,
    #[service(start = Gated::start("log-starts", "log-stops", gates).await)]
    write_ahead_log: Gated,
    #[service(start = { let _ = write_ahead_log; Gated::start("index-starts", "index-stops", gates).await })]
    index: Gated,
}

#[service_group(stop_within = "150s", lame_duck = "2s")]
struct App {
    port: u16,
    gates: Gates,
    #[group]
    group: GroupHandle,
    #[service(start = admin(*port, group, gates).await?, first, stop_within = "5s")]
    admin: HttpServer,
    #[service(start = Storage::start(gates.clone()).await?)]
    storage: Running<Storage>,
    #[service(start = gateway(gates).await?, after(storage), stop_within = "20s")]
    gateway: HttpServer,
}

async fn admin(port: u16, group: &GroupHandle, gates: &Gates) -> std::io::Result<HttpServer> {
    let gates = gates.clone();
    let open = post(async move |Path(gate): Path<String>| gates.open(gate));
    let open = Router::new().route("/open/{gate}", open);
    let server = HttpServer::bind(("127.0.0.1", port), open.merge(statusz::routes(group))).await?;
    println!("admin {}", server.local_addr());
    Ok(server)
}

async fn gateway(gates: &Gates) -> std::io::Result<HttpServer> {
    let gates = gates.clone();
    let router = Router::new().route("/{*any}", get(async move || gates.pass("answer").await));
    let server = HttpServer::bind("127.0.0.1:0", router).await?;
    println!("gateway {}", server.local_addr());
    Ok(server)
}

#[tokio::main]
async fn main() -> Outcome {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    App::run(port, Gates::default()).await
}
