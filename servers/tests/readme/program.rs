use service_group::{Outcome, Task, service_group};
use service_group_servers::{GrpcServer, HttpServer};

#[service_group(stop_within = "25s")]
struct App {
    config: Config,        // no attribute: an input, a parameter of `App::run`

    #[service(start = Store::open(&config.data).await?, stop = store.close().await)]
    store: Store,          // any type; `stop` is the expression that stops it

    #[service(start = GrpcServer::bind(config.rpc, rpc::routes(store)).await?, stop_within = "6s")]
    rpc: GrpcServer,       // names `store`: starts after it and stops before it

    #[service(start = HttpServer::bind(config.http, http::routes(rpc.channel()?)).await?, stop_within = "6s")]
    gateway: HttpServer,

    #[service(start = Task::spawn(|stop| compact(store.clone(), stop)), stop_within = "2s")]
    compaction: Task,
}

#[tokio::main]
async fn main() -> Outcome {
    App::run(Config::from_env()).await
}

#[derive(Debug)]
struct Config {
    data: PathBuf,
    rpc: SocketAddr,
    http: SocketAddr,
}

impl Config {
    fn from_env() -> Self {
        let addr = ([127, 0, 0, 1], 0).into();
        Self { data: PathBuf::new(), rpc: addr, http: addr }
    }
}

#[derive(Debug, Clone)]
struct Store;

impl Store {
    async fn open(_: &Path) -> io::Result<Self> {
        Ok(Self)
    }

    async fn close(self) -> io::Result<()> {
        Ok(())
    }
}

async fn compact(_: Store, stop: StopToken) {
    stop.requested().await;
}

mod rpc {
    pub(super) fn routes(_: &super::Store) -> tonic::service::Routes {
        tonic::service::Routes::default()
    }
}

mod http {
    pub(super) fn routes(_: tonic::transport::Channel) -> axum::Router {
        axum::Router::new()
    }
}

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use service_group::StopToken;
