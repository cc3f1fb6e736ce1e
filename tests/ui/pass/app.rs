#![deny(warnings)]
#![forbid(unsafe_code)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

use service_group::{GroupHandle, Outcome};

struct Config {
    data: String,
    rpc: u16,
}

/// Everything this process runs.
#[service_group(stop_within = "25s", lame_duck = "2s", stop_order(compaction, gateway, rpc))]
pub struct App {
    config: Config,

    #[group]
    group: GroupHandle,

    #[service(start = Store::open(&config.data)?, stop = store.close().await)]
    store: Store,

    #[service(start = { let _: &Store = store; Server::bind(config.rpc).await? }, stop_within = "6s")]
    rpc: Server,

    #[service(start = { let _: &GroupHandle = group; Server::bind(rpc.port()).await? }, stop_within = "6s")]
    gateway: Server,

    #[service(start = { let store = store.clone(); Server::bind(std::mem::size_of_val(&store) as u16).await? }, after(gateway), start_within = "1m 30s", stop_within = "2s")]
    compaction: Server,
}

async fn all(config: Config) -> Outcome {
    App::run(config).await
}

async fn fields(config: Config) -> Result<u16, service_group::StartError> {
    let app = App::start(config).await?;
    let App { config, group: _, store: _, rpc, gateway, compaction } = &*app;
    Ok(config.rpc + rpc.port() + gateway.port() + compaction.port())
}

pub fn main() {
    drop(all(Config { data: String::new(), rpc: 1 }));
    drop(fields(Config { data: String::new(), rpc: 1 }));
}
