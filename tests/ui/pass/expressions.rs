#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

type Result<T> = std::result::Result<T, String>;

fn fails() -> Result<u16> {
    Err("no".to_owned())
}

/// Expressions of many kinds.
#[service_group(stop_within = "60s")]
struct App {
    ports: Vec<u16>,
    #[service(start = if let Some(port) = ports.first() && *port > 1 { Server(*port) } else { Server(1) })]
    chain: Server,
    #[service(start = { let [port, ..] = ports[..] else { return Err("no port".into()) }; Server(port) })]
    or_else: Server,
    #[service(start = loop { if let Ok(port) = fails() { break Server(port) } else { tokio_like().await } })]
    retried: Server,
    #[service(start = {
        let connect = async |port: u16| Server::bind(port).await;
        connect(ports[0]).await?
    })]
    async_closure: Server,
    #[service(start = (|| Server(1))())]
    called: Server,
    #[service(start = Server(match fails() { Ok(port) => port, Err(text) => text.len() as u16 }))]
    matched: Server,
    #[service(start = Store::open(&ports.iter().map(u16::to_string).collect::<Vec<_>>().join(","))?, stop = {
        let mut left = 3;
        while left > 0 {
            left -= 1;
        }
        looped.close().await
    })]
    looped: Store,
}

async fn tokio_like() {}

pub fn main() {
    drop(App::run(Vec::new()));
}
