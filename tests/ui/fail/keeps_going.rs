//! One mistake in a program that uses every public item: one error.

#[path = "../support.rs"]
mod support;

use service_group::{Outcome, Plan, Running, ServiceGroup, StartError, service_group};
use support::*;

#[service_group(stop_within = "25s", stop_order(server, stor))]
#[derive(Debug)]
pub struct App<T: Send + Sync + 'static> {
    config: T,
    name: String,
    #[service(start = Store::open(name)?, stop = store.close().await)]
    store: Store,
    #[service(start = { let _ = (config, store); Server(1) })]
    server: Server,
}

#[service_group]
struct Outer {
    #[service(start = App::start(1, String::new()).await?)]
    inner: Running<App<u8>>,
    #[service(start = Server(inner.server.port()))]
    server: Server,
}

async fn start() -> Result<u16, StartError> {
    let app: Running<App<u8>> = App::start(1, String::new()).await?;
    Ok(app.server.port())
}

async fn run() -> Outcome {
    App::runner("config", String::new()).run().await
}

fn plan<A: ServiceGroup>() -> Plan {
    A::PLAN
}

fn main() {
    drop((start(), run(), App::run((), String::new())));
    println!("{:?}", (plan::<App<u8>>(), App::<u8>::PLAN, Outer::PLAN));
}
